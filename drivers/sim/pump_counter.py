"""The pump's count of what it believes to have delivered, in exact arithmetic.

The count is the integral of the programmed flow over pump time: a rational number, from
which the pump reports whole nanolitres. No rounding ever accumulates.
"""

from dataclasses import dataclass
from fractions import Fraction
from hashlib import blake2b
from typing import Final

from drivers.sim.contracts import FAR
from drivers.sim.pump_defects import Defect
from drivers.sim.pump_time import NS_PER_S

_S_PER_H: Final = 3600
_BEFORE_DELIVERED_NL: Final = 1_000_000_000
"""The pump has delivered less than this when the twin begins: tests and priming."""
_WRAP_NL: Final = 1 << 24
_DRIFTING: Final = (998, 1_000)


@dataclass(frozen=True, slots=True)
class Flow:
    """A constant flow: a volume in a time, both whole numbers.

    Attributes:
        volume_nl: volume, nL; 0 for no flow.
        duration_ns: pump time in which it is delivered, ns, above 0.
    """

    volume_nl: int
    duration_ns: int

    @property
    def nl_per_h(self) -> float:
        """The flow in nL/h."""
        return self.volume_nl * _S_PER_H * NS_PER_S / self.duration_ns


def hourly(rate_nl_per_h: int) -> Flow:
    """Return the flow of a programmed rate in nL/h."""
    return Flow(rate_nl_per_h, _S_PER_H * NS_PER_S)


NO_FLOW: Final = hourly(0)


class VolumeCounter:
    """Volume delivered since manufacture, by the pump's own belief."""

    __slots__ = ("_base", "_flow", "_since_ns")

    def __init__(self, start_nl: int) -> None:
        """Start with a count and no flow at pump time 0."""
        self._base = Fraction(start_nl)
        self._since_ns = 0
        self._flow = NO_FLOW

    def exact_nl(self, u_ns: int) -> Fraction:
        """Return the count at a pump time, nL, not rounded."""
        flow = self._flow
        elapsed_ns = u_ns - self._since_ns
        return self._base + Fraction(flow.volume_nl * elapsed_ns, flow.duration_ns)

    def whole_nl(self, u_ns: int) -> int:
        """Return the count at a pump time in whole nL, as `exact_nl` rounded down."""
        base, flow = self._base, self._flow
        flowed = flow.volume_nl * (u_ns - self._since_ns) * base.denominator
        scale = base.denominator * flow.duration_ns
        return (base.numerator * flow.duration_ns + flowed) // scale

    def set_flow(self, u_ns: int, flow: Flow) -> None:
        """Count another flow from a pump time on."""
        if flow != self._flow:
            self._base = self.exact_nl(u_ns)
            self._since_ns = u_ns
            self._flow = flow

    def set_count(self, u_ns: int, count_nl: Fraction) -> None:
        """Correct the count, keeping the flow."""
        self._base = count_nl
        self._since_ns = u_ns

    def reaches_ns(self, count_nl: int | Fraction) -> int:
        """Return the first pump time at which the count is reached at this flow.

        FAR when it is never reached; 0 when it had been by the last change of flow.
        """
        missing = count_nl - self._base
        if missing <= 0:
            return 0
        if not self._flow.volume_nl:
            return FAR
        wait = missing * self._flow.duration_ns / self._flow.volume_nl
        return self._since_ns - (-wait.numerator // wait.denominator)


def counter_of(defects: frozenset[Defect], start_nl: int) -> VolumeCounter:
    """Return the counter of a unit, with its count and no flow at pump time 0."""
    if Defect.COUNTER_STUCK in defects:
        return StuckCounter(start_nl)
    if Defect.COUNTER_DRIFTS in defects:
        return DriftingCounter(start_nl)
    if Defect.COUNTER_WRAPS in defects:
        return WrappingCounter(start_nl)
    return VolumeCounter(start_nl)


class StuckCounter(VolumeCounter):
    """The counter of a defective unit: it never moves."""

    __slots__ = ()

    def set_flow(self, u_ns: int, flow: Flow) -> None:
        """Count nothing, whatever flows."""


class DriftingCounter(VolumeCounter):
    """The counter of a defective unit: it loses a little of every flow."""

    __slots__ = ()

    def set_flow(self, u_ns: int, flow: Flow) -> None:
        """Count less than flows from a pump time on."""
        kept, of = _DRIFTING
        super().set_flow(u_ns, Flow(kept * flow.volume_nl, of * flow.duration_ns))


class WrappingCounter(VolumeCounter):
    """The counter of a defective unit: it has 24 bits."""

    __slots__ = ()

    def __init__(self, start_nl: int) -> None:
        """Start with what 24 bits hold of a count, and no flow, at pump time 0."""
        super().__init__(start_nl % _WRAP_NL)

    def exact_nl(self, u_ns: int) -> Fraction:
        """Return the count in nL, not rounded, as this unit holds it."""
        return super().exact_nl(u_ns) % _WRAP_NL

    def whole_nl(self, u_ns: int) -> int:
        """Return the count in whole nL, as this unit holds it."""
        return super().whole_nl(u_ns) % _WRAP_NL


def delivered_before(seed: int, serial: int) -> int:
    """Return what the volume counter shows at the start, nL."""
    digest = blake2b(f"delivered/{seed}/{serial}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % _BEFORE_DELIVERED_NL
