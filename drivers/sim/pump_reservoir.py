"""The reservoir by the pump's bookkeeping, and the dates that follow from it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from math import floor
from typing import Final

from drivers.sim.pump_defects import Defect
from protocols.pump_link.requests import WriteRefill

_S_PER_DAY: Final = 86_400
_CLOCK_MAX_S: Final = 0xFFFF_FFFF
_DRIFT_DIVISOR: Final = 1_000
_MISBOOKED_NL: Final = 100_000


@dataclass(frozen=True, slots=True)
class RefillRecord:
    """A refill as the host reported it, and where the pump stood then.

    Attributes:
        refill: the committed request.
        delivered_nl: the volume counter at the refill, whole nL.
        clock_s: the pump clock at the refill.
        u_ns: pump time of the refill.
    """

    refill: WriteRefill
    delivered_nl: int
    clock_s: int
    u_ns: int

    @property
    def low_count_nl(self) -> int:
        """The volume counter at which the content is at the low threshold, nL."""
        left_nl = self.refill.volume_nl - self.refill.low_threshold_nl
        return self.delivered_nl + left_nl

    @property
    def latest_clock_s(self) -> int:
        """The end of the drug's stability or of the label's interval, if earlier."""
        days = min(self.refill.stability_days, self.refill.label_max_days)
        return self.clock_s + days * _S_PER_DAY

    def content_nl(self, delivered_nl: int) -> int:
        """Return the counted content, nL; the count stops at 0."""
        return max(self.refill.volume_nl + self.delivered_nl - delivered_nl, 0)

    def low_clock_s(
        self,
        count_nl: Fraction,
        clock_s: Fraction,
        wait_s: Callable[[Fraction], Fraction | None],
    ) -> int:
        """Return the clock at which the content reaches the low threshold.

        Args:
            count_nl: the volume counter now.
            clock_s: the pump clock now.
            wait_s: how long the program takes for a volume in nL, None for ever.

        Returns:
            The present clock once the threshold is reached; else 0 if it never is or
            the date is beyond the clock.
        """
        left_nl = self.low_count_nl - count_nl
        if left_nl <= 0:
            return floor(clock_s)
        left_s = wait_s(left_nl)
        if left_s is None:
            return 0
        date_s = floor(clock_s + left_s)
        return date_s if date_s <= _CLOCK_MAX_S else 0

    def refill_by_clock_s(self, low_clock_s: int) -> int:
        """Return the earliest of the low date (0 = none) and the fixed dates."""
        return min(low_clock_s or _CLOCK_MAX_S, self.latest_clock_s)


def record_of(
    refill: WriteRefill,
    delivered_nl: int,
    clock_s: int,
    u_ns: int,
    defects: frozenset[Defect],
) -> RefillRecord:
    """Return what a unit keeps of a refill; what is wrong with it costs others nothing.

    Args:
        refill: the committed request.
        delivered_nl: the volume counter now, whole nL.
        clock_s: the pump clock now.
        u_ns: pump time now.
        defects: of the unit.
    """
    if not defects:
        return RefillRecord(refill, delivered_nl, clock_s, u_ns)
    if Defect.REFILL_MISBOOKED in defects:
        refill = replace(refill, volume_nl=refill.volume_nl + _MISBOOKED_NL)
    if Defect.LABEL_IGNORED in defects:
        refill = replace(refill, label_max_days=refill.stability_days)
    return FaultyRefillRecord(refill, delivered_nl, clock_s, u_ns, defects)


@dataclass(frozen=True, slots=True)
class FaultyRefillRecord(RefillRecord):
    """The record of a defective unit.

    Attributes:
        defects: what it gets wrong.
    """

    defects: frozenset[Defect]

    def content_nl(self, delivered_nl: int) -> int:
        """Return the counted content, nL, as this unit counts it."""
        if Defect.RESERVOIR_DRIFTS in self.defects:
            delivered_nl += (delivered_nl - self.delivered_nl) // _DRIFT_DIVISOR
        return RefillRecord.content_nl(self, delivered_nl)

    def low_clock_s(
        self,
        count_nl: Fraction,
        clock_s: Fraction,
        wait_s: Callable[[Fraction], Fraction | None],
    ) -> int:
        """Return the clock at which this unit expects the low threshold."""
        if Defect.LOW_DATE_LATE in self.defects:
            count_nl -= self.refill.low_threshold_nl
        return RefillRecord.low_clock_s(self, count_nl, clock_s, wait_s)

    def refill_by_clock_s(self, low_clock_s: int) -> int:
        """Return the date by which this unit wants its refill."""
        if Defect.STABILITY_IGNORED in self.defects:
            return low_clock_s or _CLOCK_MAX_S
        return RefillRecord.refill_by_clock_s(self, low_clock_s)
