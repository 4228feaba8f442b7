"""What every fault of a bench says of itself, and how it gets onto a simulated one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Final

from drivers.sim.bench_faults.meddling import Meddling
from drivers.sim.contracts import FAR
from drivers.sim.parts import Simulation

_NS_PER_S: Final = 1_000_000_000
NG_PER_MG: Final = 1_000_000
NS_PER_H: Final = 3_600 * _NS_PER_S


@dataclass(frozen=True, slots=True)
class Window:
    """From when until when a fault lasts, counted from the start of the bench.

    Attributes:
        from_s: when it begins.
        until_s: when it is over; None if it stays.
    """

    from_s: float = 0.0
    until_s: float | None = None

    def since(self, start_ns: int) -> Span:
        """Return it as bench times of a bench that starts then."""
        until = FAR if self.until_s is None else round(self.until_s * _NS_PER_S)
        return Span(start_ns + round(self.from_s * _NS_PER_S), start_ns + until)


@dataclass(frozen=True, slots=True)
class Span:
    """The same in bench time."""

    from_ns: int
    until_ns: int

    def holds(self, t_ns: int) -> bool:
        """Tell whether the fault is there."""
        return self.from_ns <= t_ns < self.until_ns

    def passed_ns(self, t_ns: int) -> int:
        """Return for how long it has been there by ``t_ns``."""
        return max(0, min(t_ns, self.until_ns) - self.from_ns)


class BenchFault:
    """One fault of one bench, by :meth:`simulation` or by :meth:`meddling`.

    Args:
        window: when it is there.
        size: how much larger than usual it is; 1 is what a bench meets.

    Attributes:
        id: short and stable.
        title: the fault in a few words.
        does: what it does to what the bench shows.
        found: by what the bench must find it; or up to where nobody can.
    """

    id: ClassVar[str]
    title: ClassVar[str]
    does: ClassVar[str]
    found: ClassVar[str]

    def __init__(self, window: Window, size: float = 1.0) -> None:
        self.window = window
        self.size = size

    def simulation(self, good: Simulation) -> Simulation:
        """Return the bench with this fault on it."""
        return replace(good, bench_faults=(*good.bench_faults, self))

    def meddling(self, start_ns: int) -> Meddling:
        """Return what goes wrong on a bench that starts then."""
        return Meddling()
