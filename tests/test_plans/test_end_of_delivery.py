"""When delivery ended, from a curve that drifts and scatters."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.clock import NS_PER_S
from harness.readings import Alarm, AlarmEvent
from harness.units import magnitude
from test_plans.implanted import end_of_delivery
from test_plans.implanted.alarm_moments import Moment

S = NS_PER_S
HOUR_NS = 3600 * S
POLL_NS = 300 * S
RATE_ML_PER_H = 1.0 / 24.0
NOISE_ML = 1.2e-4
DRIFT_ML_PER_H = 2.5e-5


def still_at(
    times_ns: Sequence[int], end_ns: int, slope_ml_per_h: float, noise_ml: float
) -> list[float]:
    """Volumes up to a sharp end, as a balance that drifts and scatters tells them."""
    drawn = random.Random(end_ns)
    return [
        RATE_ML_PER_H * min(t_ns, end_ns) / HOUR_NS
        + slope_ml_per_h * t_ns / HOUR_NS
        + drawn.uniform(-noise_ml, noise_ml)
        for t_ns in times_ns
    ]


def grid(last_ns: int) -> list[int]:
    return list(range(0, last_ns + 1, POLL_NS))


def end_of(times_ns: Sequence[int], volumes_ml: Sequence[float]) -> Moment | None:
    return end_of_delivery.bracket(
        times_ns, volumes_ml, NOISE_ML, DRIFT_ML_PER_H, RATE_ML_PER_H
    )


@settings(deadline=None)
@given(
    end_h=st.floats(1.0, 40.0),
    rest_h=st.floats(1.5, 300.0),
    slope=st.floats(-1.0, 1.0),
    scatter=st.floats(0.0, 0.49),
)
def test_the_bracket_holds_the_end_whatever_noise_and_drift_may_be(
    end_h: float, rest_h: float, slope: float, scatter: float
) -> None:
    end_ns = round(end_h * HOUR_NS)
    times_ns = grid(end_ns + round(rest_h * HOUR_NS))
    volumes_ml = still_at(times_ns, end_ns, slope * DRIFT_ML_PER_H, scatter * NOISE_ML)
    found = end_of_delivery.bracket(
        times_ns, volumes_ml, NOISE_ML, DRIFT_ML_PER_H, RATE_ML_PER_H
    )
    assert found is not None
    assert found.earliest_ns <= end_ns <= found.latest_ns
    # Two polls, and what noise and drift can hide at this rate.
    hidden_h = 4 * (NOISE_ML + DRIFT_ML_PER_H * (rest_h + 1)) / RATE_ML_PER_H
    assert found.latest_ns - found.earliest_ns <= 2 * POLL_NS + hidden_h * HOUR_NS


def test_a_sharp_end_is_found_between_two_readings() -> None:
    times_ns = grid(12 * HOUR_NS)
    end_ns = 6 * HOUR_NS + 100 * S
    volumes_ml = still_at(times_ns, end_ns, 0.0, 0.0)
    found = end_of_delivery.bracket(times_ns, volumes_ml, 1e-9, 0.0, RATE_ML_PER_H)
    assert found is not None
    assert found.earliest_ns == 6 * HOUR_NS
    assert found.latest_ns == pytest.approx(6 * HOUR_NS + POLL_NS, abs=S)


def test_a_late_alarm_is_not_excused_by_a_rising_zero() -> None:
    """Days after the end a drift has added more than the noise; still no flow."""
    end_ns = 10 * HOUR_NS
    times_ns = grid(end_ns + 200 * HOUR_NS)
    volumes_ml = still_at(times_ns, end_ns, DRIFT_ML_PER_H, 0.0)
    found = end_of_delivery.bracket(
        times_ns, volumes_ml, NOISE_ML, DRIFT_ML_PER_H, RATE_ML_PER_H
    )
    assert found is not None
    event = AlarmEvent(
        end_ns + 194 * HOUR_NS, 0, Alarm.EMPTY_RESERVOIR, Alarm.NONE, Alarm.NONE
    )
    delay = end_of_delivery.delay(found, event)
    assert magnitude(delay.value - 2 * delay.u, "hour") > 193


@pytest.mark.parametrize(
    "volumes_ml",
    [
        pytest.param([0.01 * n for n in range(100)], id="never ends"),
        pytest.param([0.0] * 100, id="never begins"),
        pytest.param([0.01 * min(n, 92) for n in range(100)], id="in the last hour"),
        pytest.param([1.0], id="one reading"),
        pytest.param([1.0, 2.0], id="two readings"),
        pytest.param([float("nan")] * 100, id="no numbers"),
    ],
)
def test_no_end_is_made_up(volumes_ml: list[float]) -> None:
    times_ns = [POLL_NS * index for index in range(len(volumes_ml))]
    assert end_of(times_ns, volumes_ml) is None


def test_an_interval_may_be_negative_but_time_does_not_run_back() -> None:
    end = Moment(10 * HOUR_NS, 11 * HOUR_NS)
    early = AlarmEvent(4 * HOUR_NS, 0, Alarm.EMPTY_RESERVOIR, Alarm.NONE, Alarm.NONE)
    delay = end_of_delivery.delay(end, early)
    assert magnitude(delay.value, "hour") == pytest.approx(-6.5)
    assert (delay.t_start_ns, delay.t_end_ns) == (4 * HOUR_NS, 11 * HOUR_NS)
    lead = end_of_delivery.lead(12 * HOUR_NS, end)
    assert magnitude(lead.value, "hour") == pytest.approx(-1.5)
    assert lead.t_start_ns <= lead.t_end_ns


def test_an_end_that_was_not_seen_is_no_cause() -> None:
    end = Moment(1, 2)
    assert end_of_delivery.as_cause(end, 5).when == end
    assert end_of_delivery.as_cause(end, 5).doubt == ""
    assert "not visibly ended" in end_of_delivery.as_cause(None, 5).doubt
