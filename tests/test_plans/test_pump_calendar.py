"""The pump's calendar and the changes of a schedule, with dates looked up by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice

import pytest

from harness.clock import NS_PER_S
from harness.schedule import Step, WeekSchedule
from harness.units import FLOW, magnitude, ureg
from test_plans.implanted.pump_calendar import Calendar, changes, midnights
from test_plans.implanted.test_schedule import _least_day, _least_step

# 2026-01-01 00:00 UTC, a Thursday, is so many seconds after 2000-01-01.
NEW_YEAR_S = 820_540_800


def steps(*rates: tuple[int, float]) -> tuple[Step, ...]:
    return tuple(Step(minute, ureg.Quantity(rate, FLOW)) for minute, rate in rates)


def at(day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(2026, 1, day, hour, minute, tzinfo=UTC)


PLAIN = steps((0, 1.0), (360, 2.0))
WEEK = WeekSchedule((PLAIN,) * 5 + (steps((0, 2.0)), steps((0, 3.0))))


def test_the_calendar_turns_bench_time_into_dates_and_back() -> None:
    calendar = Calendar(zero_ns=7 * NS_PER_S)
    t_ns = (NEW_YEAR_S + 7) * NS_PER_S
    assert calendar.date(t_ns) == at(1)
    assert calendar.t_ns(at(1)) == t_ns
    assert calendar.clock_s(t_ns + 1) == NEW_YEAR_S
    assert calendar.clock_s(t_ns - 1) == NEW_YEAR_S - 1


def test_changes_follow_the_days_of_the_week() -> None:
    # The 2nd is a Friday: 1, then 2 mL/day; Saturday keeps 2, Sunday has 3.
    found = [
        (each.date, magnitude(each.old, FLOW), magnitude(each.new, FLOW))
        for each in changes(WEEK, at(2, 3), at(5, 6, 1))
    ]
    assert found == [
        (at(2, 6), 1.0, 2.0),
        (at(4), 2.0, 3.0),
        (at(5), 3.0, 1.0),
        (at(5, 6), 1.0, 2.0),
    ]


def test_the_ends_of_the_time_are_left_out() -> None:
    assert list(changes(WEEK, at(2, 6), at(4))) == []


def test_a_week_of_one_rate_has_no_changes() -> None:
    flat = WeekSchedule((steps((0, 1.0), (600, 1.0)),) * 7)
    assert list(changes(flat, at(1), at(30))) == []


def test_midnights_come_after_the_start() -> None:
    assert list(islice(midnights(at(1)), 2)) == [at(2), at(3)]
    assert next(midnights(at(1, 23, 59))) == at(2)


def test_the_least_volumes_of_a_week() -> None:
    # 6 h at 1 mL/day; a plain day has 0.25 + 1.5 mL.
    assert magnitude(_least_step(WEEK), "mL") == pytest.approx(0.25)
    assert magnitude(_least_day(WEEK), "mL") == pytest.approx(1.75)
