"""What a pump makes of settings that it must take: accepted, and told as they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fixtures.procedures import refusals
from harness.execution.case import Case
from harness.readings import ProgramReading
from harness.units import TIME, VOLUME, Quantity, magnitude

_REQUIREMENT = "ITB-ACC-001"
# A link in whole nL/h, nL and seconds may round.
_ONE = 1


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting within the pump's ranges.

    Attributes:
        words: what it is.
        give: tells it to the pump.
        wrong: says what the pump tells of it behind that, "" if it is as it was given.
    """

    words: str
    give: Callable[[], object]
    wrong: Callable[[], str]


@dataclass(frozen=True, slots=True)
class Kept:
    """What a programme must be, as it is read back; None where it may be anything."""

    rate: Quantity | None = None
    bolus: Quantity | None = None
    duration: Quantity | None = None
    period: Quantity | None = None
    start_clock_s: int | None = None

    def wrong(self, told: ProgramReading) -> str:
        """Say what a programme is instead; "" if it is this one."""
        pairs = (
            ("rate", told.rate_nl_per_h, _in(self.rate, "nL/hour")),
            ("bolus", told.bolus_nl, _in(self.bolus, "nL")),
            ("duration", told.bolus_duration_s, _in(self.duration, "s")),
            ("period", told.period_s, _in(self.period, "s")),
            ("start", told.start_clock_s, self.start_clock_s),
        )
        others = [
            f"{name} {was} instead of {given:.0f}"
            for name, was, given in pairs
            if given is not None and abs(was - given) > _ONE
        ]
        return ", ".join(others)


def judge(
    case: Case, settings: Sequence[Setting], behind: Callable[[], object] = lambda: None
) -> None:
    """Give settings in turn; each must be accepted and read back (ITB-ACC-001).

    Args:
        case: the case.
        settings: all within the pump's ranges.
        behind: done behind each, such as a stop.
    """
    found = []
    for setting in settings:
        objection = refusals.answer_to(setting.give)
        wrong = setting.wrong() if objection is None else str(objection)
        behind()
        if wrong:
            found.append(f"{setting.words}: {wrong}")
    said = "; ".join(found) or f"all {len(settings)} settings accepted and read back"
    case.judge_fact(_REQUIREMENT, not found, said)


def rates(case: Case) -> tuple[Quantity, ...]:
    """The ends of the range of rates, and one between."""
    low, high = (case.profile.quantity(f"flow.{key}", "mL/day") for key in _ENDS)
    return low, (low * high) ** 0.5, high


def doses(case: Case) -> tuple[tuple[Quantity, Quantity], ...]:
    """The smallest and the largest bolus, each nearly as fast and slow as may be."""
    low, *_, high = rates(case)
    sizes = (case.profile.quantity(f"bolus.{k}", VOLUME) for k in _SIZES)
    return tuple(
        (size, duration)
        for size in sizes
        for duration in spans(size, low, high)
    )


def spans(volume: Quantity, low: Quantity, high: Quantity) -> tuple[Quantity, ...]:
    """The shortest and the longest time for a volume, to a second on the safe side."""
    shortest = magnitude(volume / high, TIME)
    longest = magnitude(volume / low, TIME)
    return tuple(volume.units._REGISTRY.Quantity(t, TIME) for t in (shortest, longest))


def _in(quantity: Quantity | None, unit: str) -> float | None:
    return None if quantity is None else magnitude(quantity, unit)


_ENDS = ("minimum", "maximum")
_SIZES = ("smallest", "largest")
