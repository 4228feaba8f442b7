"""A week of rates on the link: seven days, committed together and read back."""

from __future__ import annotations

from drivers.itb_pump.link import PumpLink
from drivers.itb_pump.programming import (
    Programme,
    commit,
    read_programme,
    require_programme,
    stage,
)
from drivers.itb_pump.translation import rounded
from harness.errors import LinkViolation
from harness.schedule import Step, WeekSchedule, clock_time
from protocols.pump_link.fields import ScheduleStep
from protocols.pump_link.requests import GetScheduleDay, WriteScheduleDay
from protocols.pump_link.vocabulary import PumpMode

WireWeek = tuple[WriteScheduleDay, ...]


def wire_week(week: WeekSchedule) -> WireWeek:
    """Return the requests for a week, Monday first.

    Raises:
        ConfigurationError: the link cannot carry a rate.
    """
    return tuple(
        WriteScheduleDay(day, tuple(_wire_step(day, step) for step in steps))
        for day, steps in enumerate(week.days)
    )


def run_week(link: PumpLink, week: WireWeek) -> None:
    """Put a week into force, compare each day before the commit and behind it.

    Raises:
        CommandRefused: the pump cannot run it.
        LinkViolation: the pump understood something else, or runs something else.
    """
    *_, sunday = [stage(link, day) for day in week]
    rates = {step.rate_nl_per_h for day in week for step in day.steps}
    commit(link, sunday, PumpMode.SCHEDULE, rates)
    for day in week:
        told = link.ask(GetScheduleDay(day.day))
        if (told.day, told.steps) != (day.day, day.steps):
            raise LinkViolation(
                f"{link.name} committed {day} and reads back {told}; stop it and keep"
                " the journal as a finding"
            )
    meant = [Programme(PumpMode.SCHEDULE, rate) for rate in sorted(rates)]
    require_programme(link, read_programme(link), meant)


def _wire_step(day: int, step: Step) -> ScheduleStep:
    what = f"the rate from {clock_time(step.minute)} of day {day} on"
    return ScheduleStep(step.minute, rounded(step.rate, "nL/hour", what))
