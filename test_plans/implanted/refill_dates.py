"""The two dates of a refill: what arithmetic makes of them, and what the pump says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.execution.case import Case
from harness.judging import Limit
from harness.metrology.measurement import Measurement, counted, difference
from harness.plans.profile import Profile
from harness.readings import ReservoirReading
from harness.roles import Refillable
from harness.units import FRACTION, TIME, VOLUME, Quantity, magnitude, ureg

_S_PER_DAY = 86_400
_NEVER = 0  # as a date of the pump's calendar
HEADING = "days to the low alarm / refill by / dry at the limit of the accuracy"
UNNAMED = "the pump delivers and yet names no date"


@dataclass(frozen=True, slots=True)
class Dates:
    """Days from now, by arithmetic.

    Attributes:
        low: until the low-reservoir alarm, at the programmed rate.
        refill_by: until the earliest of that, the drug's stability and the label.
        earliest_dry: until the reservoir of a pump that delivers too much, within its
            accuracy, is really empty.
    """

    low: Quantity
    refill_by: Quantity
    earliest_dry: Quantity

    def __str__(self) -> str:
        """The three in days."""
        each = (self.low, self.refill_by, self.earliest_dry)
        return " / ".join(f"{magnitude(days, 'day'):.1f}" for days in each)


@dataclass(frozen=True, slots=True)
class Reported:
    """What the pump names just after a refill; None where it names no date."""

    low: Measurement | None
    refill_by: Measurement | None


def expected(profile: Profile, content: Quantity, rate: Quantity) -> Dates:
    """The dates of a fresh refill: low = (V - V_low) / q, dry = V / (q (1 + e))."""
    low = (content - profile.quantity("reservoir.low_threshold", VOLUME)) / rate
    longest = (
        profile.quantity(f"refill.{key}", TIME)
        for key in ("stability", "label_maximum")
    )
    share = magnitude(profile.quantity("flow.accuracy", FRACTION), "dimensionless")
    return Dates(
        low=low.to("day"),
        refill_by=min(low, *longest).to("day"),
        earliest_dry=(content / rate / (1.0 + share)).to("day"),
    )


def read(refillable: Refillable) -> Reported:
    """Ask the pump for its clock and its dates."""
    clock_s = refillable.read_clock()
    reading = refillable.read_reservoir()
    return Reported(
        _days_from(clock_s, reading.low_clock_s, reading),
        _days_from(clock_s, reading.refill_by_clock_s, reading),
    )


def judge(
    case: Case, limit: Limit, reported: Measurement | None, days: Quantity
) -> None:
    """Judge one reported date against the arithmetic."""
    if reported is None:
        case.judge_fact(limit.requirement, False, UNNAMED)
    else:
        case.judge(limit, difference(reported, days))


def judge_worst(
    case: Case, limit: Limit, dated: Sequence[tuple[Measurement | None, Quantity]]
) -> None:
    """Judge the reported date that is furthest from the arithmetic, or is missing."""
    errors = [
        None if reported is None else difference(reported, days)
        for reported, days in dated
    ]
    there = [error for error in errors if error is not None]
    if not errors:
        case.judge_fact(limit.requirement, None, "the pump ran none of the doses")
    elif len(there) < len(errors):
        case.judge_fact(limit.requirement, False, UNNAMED)
    else:
        case.judge(limit, max(there, key=lambda each: abs(each.value)))


def flag(case: Case, dates: Dates) -> None:
    """Remark on a prescription that refills too often or too seldom: no failure."""
    shortest = case.profile.quantity("refill.shortest", TIME)
    longest = case.profile.quantity("refill.longest", TIME)
    if not shortest <= dates.low <= longest:
        lasts, least, most = (
            magnitude(each, "day") for each in (dates.low, shortest, longest)
        )
        case.note(
            f"FLAGGED prescription: it lasts {lasts:.1f} days to the low alarm,"
            f" outside {least:g} to {most:g} days; choose another concentration"
        )


def _days_from(
    clock_s: int, date_s: int, reading: ReservoirReading
) -> Measurement | None:
    """A date that the pump reported, in days from its own clock's now."""
    if date_s == _NEVER:
        return None
    return counted(
        ureg.Quantity((date_s - clock_s) / _S_PER_DAY, "day"),
        ureg.Quantity(2.0 / _S_PER_DAY, "day"),
        "pump's calendar",
        reading.t_ns,
        reading.t_ns,
    )
