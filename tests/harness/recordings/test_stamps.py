"""Clock times and dates against the standard library's own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.recordings.stamps import ClockTimes, Form

FIRST = datetime(2026, 2, 28, 21, 30, tzinfo=UTC)
moments = st.timedeltas(timedelta(0), timedelta(days=900))


@given(moments, st.sampled_from(["%Y-%m-%dT%H:%M:%S", "%d.%m.%Y %H:%M:%S"]))
def test_a_date_and_time_is_what_the_library_says(later: timedelta, form: str) -> None:
    later -= timedelta(microseconds=later.microseconds)
    times = ClockTimes(Form.FULL)

    begin = times.stamp(FIRST.strftime(form))

    assert times.stamp((FIRST + later).strftime(form)) - begin == later.total_seconds()


@given(moments, st.integers(-12, 12))
def test_a_time_zone_moves_nothing(later: timedelta, hours: int) -> None:
    later -= timedelta(microseconds=later.microseconds)
    times = ClockTimes(Form.FULL)
    zoned = (FIRST + later).astimezone(timezone(timedelta(hours=hours)))

    begin = times.stamp(FIRST.isoformat())

    assert times.stamp(zoned.isoformat()) - begin == later.total_seconds()


def test_days_go_on_over_midnights() -> None:
    times = ClockTimes(Form.FULL)
    cells = ["22:00:00", "23:59:59.5", "00:00:00", "13:00:01", "01:00:00"]

    seconds = [times.time_of_day(cell) for cell in cells]

    assert seconds == [79200.0, 86399.5, 86400.0, 133201.0, 176400.0]


def test_a_small_step_back_is_no_midnight() -> None:
    times = ClockTimes(Form.FULL)

    assert times.time_of_day("12:00:00") - times.time_of_day("11:00:00") == 3600.0
    assert times.time_of_day("12:00:05") > times.time_of_day("12:00:04")


@pytest.mark.parametrize(
    ("form", "cell", "seconds"),
    [
        (Form.HOURS, "10:30", 37800.0),
        (Form.MINUTES, "90:15", 5415.0),
        (Form.MINUTES, "01:02,5", 62.5),
        (Form.FULL, "100:00:01", 360001.0),
        (Form.FULL, "12:00:01 AM", 1.0),
        (Form.FULL, "12:00:01 pm", 43201.0),
        (Form.FULL, "1:00:00 p.m.", 46800.0),
    ],
)
def test_forms_of_a_clock(form: Form, cell: str, seconds: float) -> None:
    assert ClockTimes(form).time_of_day(cell) == seconds


@pytest.mark.parametrize("cell", ["10:60:00", "10:00:60", "13:00:00 PM", "10", "x"])
def test_what_is_no_time_is_refused(cell: str) -> None:
    with pytest.raises(ValueError, match="is no time of day"):
        ClockTimes(Form.FULL).time_of_day(cell)
