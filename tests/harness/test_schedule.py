"""A week of rates: what is in force, and what it adds up to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.schedule import Step, WeekSchedule
from harness.units import magnitude, ureg


def steps(*pairs: tuple[int, float]) -> tuple[Step, ...]:
    return tuple(Step(m, ureg.Quantity(rate, "mL/day")) for m, rate in pairs)


PLAIN = steps((0, 1.0), (390, 2.0), (1320, 0.5))
SUNDAY = steps((0, 24.0))
WEEK = WeekSchedule((PLAIN,) * 6 + (SUNDAY,))
MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
DAY_ML = (390 * 1.0 + 930 * 2.0 + 120 * 0.5) / 1440


@pytest.mark.parametrize(
    ("day", "minute", "rate"),
    [(0, 0, 1.0), (0, 389.99, 1.0), (0, 390, 2.0), (5, 1439.9, 0.5), (6, 700, 24.0)],
)
def test_the_rate_in_force(day: int, minute: float, rate: float) -> None:
    assert magnitude(WEEK.rate_at(day, minute), "mL/day") == rate


@pytest.mark.parametrize(("day", "minute"), [(7, 0), (-1, 0), (0, 1440), (0, -1)])
def test_no_time_of_a_week(day: int, minute: float) -> None:
    with pytest.raises(ValueError, match="no time of a week"):
        WEEK.rate_at(day, minute)


@pytest.mark.parametrize(
    ("start", "end", "volume_ml"),
    [
        (MONDAY, MONDAY, 0.0),
        (MONDAY, MONDAY + timedelta(days=1), DAY_ML),
        (MONDAY, MONDAY + timedelta(days=7), 6 * DAY_ML + 24.0),
        (MONDAY, MONDAY + timedelta(days=28), 24 * DAY_ML + 96.0),
        (MONDAY, MONDAY + timedelta(minutes=391), (390 * 1.0 + 2.0) / 1440),
        # From Sunday's last hour into Monday's first, over the end of the week.
        (
            MONDAY - timedelta(hours=1),
            MONDAY + timedelta(hours=1),
            24.0 / 24 + 1.0 / 24,
        ),
    ],
)
def test_the_volume_asked_for(start: datetime, end: datetime, volume_ml: float) -> None:
    volume = WEEK.volume_between(start, end)
    assert magnitude(volume, "mL") == pytest.approx(volume_ml, rel=1e-14, abs=0.0)


def test_the_pump_keeps_utc() -> None:
    zone = timezone(timedelta(hours=2))
    start = MONDAY.astimezone(zone)
    assert WEEK.volume_between(start, start + timedelta(days=1)) == WEEK.volume_between(
        MONDAY, MONDAY + timedelta(days=1)
    )


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (MONDAY, MONDAY - timedelta(seconds=1)),
        (MONDAY.replace(tzinfo=None), MONDAY),
        (MONDAY, MONDAY.replace(tzinfo=None)),
    ],
)
def test_no_interval(start: datetime, end: datetime) -> None:
    with pytest.raises(ValueError, match="is no interval"):
        WEEK.volume_between(start, end)


@given(
    st.integers(0, 20 * 86_400), st.integers(0, 10 * 86_400), st.integers(0, 864_000)
)
def test_intervals_add_up(start_s: int, first_s: int, second_s: int) -> None:
    a = MONDAY + timedelta(seconds=start_s)
    b = a + timedelta(seconds=first_s)
    c = b + timedelta(seconds=second_s)
    parts = WEEK.volume_between(a, b) + WEEK.volume_between(b, c)
    whole = magnitude(WEEK.volume_between(a, c), "mL")
    assert magnitude(parts, "mL") == pytest.approx(whole, rel=1e-12)


@pytest.mark.parametrize(
    ("days", "message"),
    [
        ((PLAIN,) * 6, "7 days, not 6"),
        (((),) + (PLAIN,) * 6, "day 0"),
        ((PLAIN,) * 6 + (steps((1, 1.0)),), "day 6"),
        ((PLAIN,) * 6 + (steps((0, 1.0), (5, 1.0), (5, 2.0)),), "must rise"),
        ((PLAIN,) * 6 + (steps((0, 1.0), (1440, 1.0)),), "stay below 1440"),
    ],
)
def test_no_week(days: tuple[tuple[Step, ...], ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        WeekSchedule(days)
