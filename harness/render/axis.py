"""Round places on an axis of time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from harness.units import NS_PER_S

_MOST_TICKS: Final = 10
_UNITS: Final = (
    ("ms", NS_PER_S // 1000, (1, 2, 5, 10, 20, 50, 100)),
    ("s", NS_PER_S, (1, 2, 5, 10, 20, 30)),
    ("min", 60 * NS_PER_S, (1, 2, 5, 10, 20, 30)),
    ("h", 3600 * NS_PER_S, (1, 2, 3, 6, 12)),
    ("d", 86400 * NS_PER_S, (1, 2, 5, 10, 20, 30, 60, 90, 180)),
    ("y", 365 * 86400 * NS_PER_S, (1, 2, 5, 10, 20, 50, 100)),
)


@dataclass(frozen=True, slots=True)
class Place:
    """A place on an axis, in ns from its begin, and what is written there."""

    t_ns: int
    said: str


def places(length_ns: int) -> tuple[Place, ...]:
    """Return round places from zero to the end of an axis, at most eleven."""
    name, unit_ns, step = _step(length_ns)
    count = length_ns // (unit_ns * step)
    return tuple(
        Place(n * step * unit_ns, f"{n * step} {name}") for n in range(count + 1)
    )


def _step(length_ns: int) -> tuple[str, int, int]:
    for name, unit_ns, steps in _UNITS:
        for step in steps:
            if length_ns <= _MOST_TICKS * step * unit_ns:
                return name, unit_ns, step
    name, unit_ns, _ = _UNITS[-1]
    return name, unit_ns, -(-length_ns // (_MOST_TICKS * unit_ns))
