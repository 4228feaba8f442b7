"""Settings that a pump must take: within its ranges, and what it makes of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, floor

from fixtures.procedures import refusals
from harness.execution.case import Case
from harness.plans.profile import Profile
from harness.readings import ProgramReading, PumpMode
from harness.units import FLOW, TIME, VOLUME, Quantity, magnitude, ureg

_NL_PER_H, _NL = "nL/hour", "nL"
# Rates are sent in whole nL/h.
_ROUNDED = 1.0


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting within the pump's ranges.

    Attributes:
        words: what it is.
        give: tells it to the pump.
        wrong: asks the pump, and says what is another than was given; "" if nothing is.
    """

    words: str
    give: Callable[[], object]
    wrong: Callable[[], str]


@dataclass(frozen=True, slots=True)
class Dose:
    """A volume over a time."""

    volume: Quantity
    duration: Quantity

    def __str__(self) -> str:
        return f"{self.volume:~P} in {self.duration:~P}"


def judge(case: Case, settings: Sequence[Setting]) -> None:
    """Give settings in turn; each must be accepted and read back (ITB-ACC-001)."""
    found = []
    for setting in settings:
        objection = refusals.answer_to(setting.give)
        wrong = setting.wrong() if objection is None else str(objection)
        if wrong:
            found.append(f"{setting.words}: {wrong}")
    said = "; ".join(found) or f"all {len(settings)} settings accepted and read back"
    case.judge_fact("ITB-ACC-001", not found, said)


def rates(profile: Profile) -> tuple[Quantity, Quantity, Quantity]:
    """The ends of the range of rates, and one between them."""
    low, high = (
        profile.quantity(f"flow.{end}", FLOW) for end in ("minimum", "maximum")
    )
    middle = (magnitude(low, FLOW) * magnitude(high, FLOW)) ** 0.5
    return low, ureg.Quantity(middle, FLOW), high


def doses(profile: Profile) -> tuple[Dose, ...]:
    """The smallest and the largest bolus, as fast and as slow as the rates permit."""
    sizes = (
        profile.quantity(f"bolus.{end}", VOLUME) for end in ("smallest", "largest")
    )
    return tuple(dose for size in sizes for dose in fast_and_slow(profile, size))


def fast_and_slow(profile: Profile, volume: Quantity) -> tuple[Dose, Dose]:
    """A volume as fast and as slow as the rates permit, in whole seconds."""
    slowest, _, fastest = rates(profile)
    shortest = ceil(magnitude(volume / fastest, TIME) - 1e-6)
    longest = floor(magnitude(volume / slowest, TIME) + 1e-6)
    return (
        Dose(volume, ureg.Quantity(float(shortest), TIME)),
        Dose(volume, ureg.Quantity(float(longest), TIME)),
    )


def other_rate(told: ProgramReading, mode: PumpMode, rate: Quantity) -> str:
    """Say which mode and rate a programme has instead of the given ones."""
    is_rate = abs(told.rate_nl_per_h - magnitude(rate, _NL_PER_H)) <= _ROUNDED
    if told.mode is mode and is_rate:
        return ""
    return f"{told.mode.value} at {told.rate_nl_per_h} nL/h is read back"


def other_dose(told: ProgramReading, mode: PumpMode, rate: Quantity, dose: Dose) -> str:
    """Likewise, and the dose."""
    volume_nl = round(magnitude(dose.volume, _NL))
    duration_s = round(magnitude(dose.duration, TIME))
    if (told.bolus_nl, told.bolus_duration_s) == (volume_nl, duration_s):
        return other_rate(told, mode, rate)
    return f"{told.bolus_nl} nL in {told.bolus_duration_s} s are read back"
