"""Programmed volumes between two bench times, against a count by the second."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.procedures.alarm_moments import ClockReading, Moment
from harness.clock import NS_PER_S
from harness.schedule import Step, WeekSchedule
from harness.units import VOLUME, Quantity, magnitude, ureg
from test_plans.implanted.programmed import Constant, Periodic, Weekly

S = NS_PER_S
HOUR_S = 3_600
BEGAN_S = 1_000


def rate(ml_per_day: float) -> Quantity:
    return ureg.Quantity(ml_per_day, "mL/day")


def seconds(value: float) -> Quantity:
    return ureg.Quantity(value, "s")


def test_a_constant_rate_gives_rate_times_time() -> None:
    volume = Constant(rate(24.0)).volume(5 * S, (5 + 90 * 60) * S)
    assert magnitude(volume, VOLUME) == pytest.approx(1.5)


@given(
    start_s=st.integers(BEGAN_S, BEGAN_S + 900),
    span_s=st.integers(0, 900),
    length_s=st.integers(1, 60),
    pause_s=st.integers(0, 200),
)
def test_periodic_doses_add_up_second_by_second(
    start_s: int, span_s: int, length_s: int, pause_s: int
) -> None:
    """Every second brings its share of a dose, or of the rate between them."""
    period_s = length_s + pause_s
    programme = Periodic(
        BEGAN_S * S,
        rate(86.4),  # 1 µL/s
        ureg.Quantity(5.0 * length_s, "µL"),
        seconds(length_s),
        seconds(period_s),
    )
    counted_ul = sum(
        5.0 if (t_s - BEGAN_S) % period_s < length_s else 1.0
        for t_s in range(start_s, start_s + span_s)
    )
    volume = programme.volume(start_s * S, (start_s + span_s) * S)
    assert magnitude(volume, "µL") == pytest.approx(counted_ul, abs=1e-6)


NIGHT, DAY = rate(24.0), rate(48.0)
WEEK = WeekSchedule(((Step(0, NIGHT), Step(720, DAY)),) * 7)
# The pump's clock began on a Saturday; 42 s on the bench are 11:00 on that day.
AT_ELEVEN = ClockReading(Moment(41 * S, 42 * S), 11 * HOUR_S, 0.0)


def test_a_week_follows_the_pumps_clock() -> None:
    programme = Weekly(WEEK, AT_ELEVEN)
    noon_ns = (42 + HOUR_S) * S
    assert programme.rate(noon_ns - S) == NIGHT
    assert programme.rate(noon_ns + S) == DAY
    volume = programme.volume(noon_ns - HOUR_S * S, noon_ns + HOUR_S * S)
    assert magnitude(volume, VOLUME) == pytest.approx(1.0 + 2.0)


def test_a_week_is_known_before_its_clock_was_read() -> None:
    programme = Weekly(WEEK, AT_ELEVEN)
    assert programme.rate(42 * S - 10 * HOUR_S * S) == NIGHT
    volume = programme.volume(42 * S - HOUR_S * S, 42 * S)
    assert magnitude(volume, VOLUME) == pytest.approx(1.0)
