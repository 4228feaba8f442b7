"""A schedule across days at which a calendar may go wrong: leap day, New Year."""

from __future__ import annotations

from calendar import isleap
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import islice

import pytest

from fixtures.procedures import orders, spans
from fixtures.procedures.extremes import worst
from fixtures.procedures.phases import STEADY, Phases
from fixtures.weighing import WeighingStation
from harness.bench import Bench
from harness.execution.case import Case
from harness.metrology.measurement import error_percent
from harness.roles import ClockSetting, InfusionPump, Schedule
from harness.units import FRACTION, VOLUME, nanoseconds, ureg
from test_plans.implanted import doses
from test_plans.implanted.pump_calendar import midnights, read_calendar

_DAY = ureg.Quantity(1.0, "day")
# The days from one midnight to the next: 29 February and 1 March, or 1 and 2 January.
_DAYS = 2


@pytest.mark.procedure(days="schedule", ahead="s", blank="s")
def test_leap_day(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    schedule: Schedule,
    pump_clock: ClockSetting,
    weighing: WeighingStation,
) -> None:
    """Set the clock to 28 February of a leap year; weigh the two days behind it."""
    _judge_days(case, bench, pump, schedule, pump_clock, weighing, _leap_day_after)


@pytest.mark.procedure(days="schedule", ahead="s", blank="s")
def test_new_year(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    schedule: Schedule,
    pump_clock: ClockSetting,
    weighing: WeighingStation,
) -> None:
    """Set the clock to 31 December; weigh the first two days of the year behind it.

    It is a year that does not begin with a Monday: who numbers its days anew must err.
    """
    _judge_days(case, bench, pump, schedule, pump_clock, weighing, _new_year_after)


def _judge_days(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    schedule: Schedule,
    pump_clock: ClockSetting,
    weighing: WeighingStation,
    first_after: Callable[[datetime], datetime],
) -> None:
    """Set the clock to the eve of a day, and weigh two days from then on."""
    limit = case.limit("ITB-SCH-004")
    week, ahead = case.schedules["days"], case.numbers["ahead"]
    accuracy = case.profile.quantity("schedule.accuracy", FRACTION)
    slowest = min(step.rate for day in week.days for step in day)

    tolerance = (accuracy * slowest * _DAY / 2).to(VOLUME)
    run = Phases(weighing, case.numbers["blank"], tolerance, STEADY)
    calendar = read_calendar(bench, pump_clock)
    first_day = first_after(calendar.date(bench.now_ns()))
    evening_ns = calendar.t_ns(first_day) - nanoseconds(ahead)
    shift_s = calendar.clock_s(evening_ns) - calendar.clock_s(bench.now_ns())
    pump_clock.set_clock(pump_clock.read_clock() + shift_s)
    calendar = read_calendar(bench, pump_clock)
    orders.give(case, bench, lambda: schedule.start_schedule(week))
    marks = []
    for midnight in islice(midnights(calendar.date(bench.now_ns())), _DAYS + 1):
        spans.wait_until(bench, calendar.t_ns(midnight))
        marks.append(run.mark())
    pump.stop()
    run.close()
    pump_clock.set_clock(pump_clock.read_clock() - shift_s)

    errors = [
        error_percent(
            day.volume,
            week.volume_between(
                *(calendar.date(mark.plateau.t_ns) for mark in (day.start, day.end))
            ),
        )
        for day in doses.in_turn(run, marks)
    ]
    case.judge(limit, worst(limit, errors))


def _leap_day_after(date: datetime) -> datetime:
    """The first 29 February of the years behind a date's."""
    year = next(year for year in range(date.year + 1, date.year + 9) if isleap(year))
    return datetime(year, 2, 29, tzinfo=UTC)


def _new_year_after(date: datetime) -> datetime:
    """The first 1 January behind a date that is neither a Monday nor in a leap year."""
    year = next(
        year
        for year in range(date.year + 1, date.year + 9)
        if not isleap(year) and datetime(year, 1, 1, tzinfo=UTC).weekday()
    )
    return datetime(year, 1, 1, tzinfo=UTC)
