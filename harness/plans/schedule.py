"""A week of rates as a plan writes it.

::

    [case.numbers.days]
    default = ["00:00 1 mL/day", "06:30 2 mL/day"]
    sunday = ["00:00 flow.minimum", "08:00 0.5 * flow.maximum"]
"""

from __future__ import annotations

import re
from itertools import pairwise

from harness.errors import ConfigurationError
from harness.plans.flow_range import refuse_outside
from harness.plans.profile import Profile
from harness.plans.references import resolve
from harness.schedule import Step, WeekSchedule, clock_time
from harness.toml_files import Table
from harness.units import FLOW, magnitude

DAYS = (
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)
DEFAULT = "default"
STEPS_PER_DAY = "schedule.steps_per_day"
# What the pumps that are known at all can keep; a profile may say less.
_MOST_STEPS = 13
_STEP = re.compile(r"(\d\d):(\d\d) (.+)")


def read(
    table: Table, key: str, profile: Profile, *, expects_refusal: bool = False
) -> WeekSchedule:
    """Read a week; a day that is left out follows ``default``.

    Args:
        table: the case's numbers.
        key: the week's name there.
        profile: gives rates by reference, their range, and the most steps of a day.
        expects_refusal: whether the pump shall refuse the week: then rates and steps
            beyond the profile's are what the case is for.

    Raises:
        ConfigurationError: an unknown or missing day, a step that cannot be read, times
            that do not rise from 00:00, too many steps, or a rate outside the range.
        UnitError: a rate without a unit of a rate.
        NotSpecified: a rate refers to a key that the profile lacks.
    """
    week = table.table(key)
    steps = {
        day: _day(week, day, profile, expects_refusal=expects_refusal)
        for day in (*DAYS, DEFAULT)
        if day in week
    }
    week.done()
    for day in DAYS:
        if day not in steps and DEFAULT not in steps:
            raise ConfigurationError(
                f"{week.where}: {day} has no steps; add {day} ="
                f' ["00:00 1 mL/day", ...], or {DEFAULT} = [...] for every day left out'
            )
    return WeekSchedule(
        tuple(steps[day] if day in steps else steps[DEFAULT] for day in DAYS)
    )


def _day(
    week: Table, day: str, profile: Profile, *, expects_refusal: bool
) -> tuple[Step, ...]:
    where = f"{week.where}: {day}"
    steps = tuple(_step(text, profile, where) for text in week.texts(day))
    minutes = [step.minute for step in steps]
    if minutes[:1] != [0]:
        raise ConfigurationError(
            f"{where}: the first step must begin at 00:00; add the rate at midnight"
        )
    for before, after in pairwise(minutes):
        if after <= before:
            raise ConfigurationError(
                f"{where}: the step at {clock_time(after)} overlaps the one before it,"
                f" at {clock_time(before)}; write each time once, in rising order"
            )
    if len(steps) > _MOST_STEPS:
        raise ConfigurationError(
            f"{where}: {len(steps)} steps, but a programmer can enter {_MOST_STEPS} a"
            " day at most; leave some out"
        )
    if not expects_refusal:
        _refuse_too_many(len(steps), profile, where)
        # A rate of 0 is a pause.
        for step in (each for each in steps if magnitude(each.rate, FLOW) != 0.0):
            at = f"{where}, {clock_time(step.minute)}"
            refuse_outside(step.rate, profile, at)
    return steps


def _refuse_too_many(count: int, profile: Profile, where: str) -> None:
    if not profile.specifies(STEPS_PER_DAY):
        return
    most = profile.count(STEPS_PER_DAY)
    if count > most:
        raise ConfigurationError(
            f"{where}: {count} steps, but a day has at most {most}; leave some out, or"
            " write expects_refusal = true if the pump shall refuse them"
        )


def _step(text: str, profile: Profile, where: str) -> Step:
    match = _STEP.fullmatch(text)
    if match is None:
        raise ConfigurationError(
            f"{where}: the step {text!r:.80} cannot be read; write time and rate, as in"
            ' "06:30 2 mL/day"'
        )
    hour, minute = int(match[1]), int(match[2])
    if hour > 23 or minute > 59:
        raise ConfigurationError(
            f"{where}: {match[1]}:{match[2]} is no time of a day; write 00:00 to 23:59"
        )
    at = f"{where}, {match[1]}:{match[2]}"
    return Step(60 * hour + minute, resolve(match[3], FLOW, profile, at).value)
