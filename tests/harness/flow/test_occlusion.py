import numpy as np
import pytest

from harness.errors import ConfigurationError, MeasurementRefused
from harness.flow.jumps import Search
from harness.flow.occlusion import Events, occlusion
from harness.flow.series import WeightSeries

DENSITY = 0.998
# 12 mL/h into 0.010 mL/kPa from 15 to 85 kPa, and 8 s until the alarm sounds.
STORED_ML = 0.010 * (85.0 - 15.0)
ALARM_S = 100.0 + STORED_ML / 12.0 * 3600.0 + 8.0
RELEASED_S = 500.0


def recording(commanded_ml_per_h: float) -> WeightSeries:
    t_s = np.arange(0.0, 1000.0)
    running = 12.0 / 3600.0 * np.minimum(t_s, 100.0)
    released = STORED_ML * (1.0 - np.exp(-np.maximum(0.0, t_s - RELEASED_S) / 5.0))
    after = commanded_ml_per_h / 3600.0 * np.maximum(0.0, t_s - RELEASED_S)
    noise = np.random.Generator(np.random.PCG64(1)).standard_normal(t_s.size)
    return WeightSeries(t_s, DENSITY * (running + released + after) + 1e-4 * noise)


@pytest.mark.parametrize("commanded", [0.0, 12.0])
def test_the_teaching_case_is_reproduced(commanded: float) -> None:
    events = Events(100.0, ALARM_S, RELEASED_S)
    found = occlusion(recording(commanded), events, DENSITY, Search(), commanded)
    assert found.time_to_alarm_s == pytest.approx(218.0)
    assert found.detected
    assert found.bolus_ml == pytest.approx(0.70, abs=5 * found.u_bolus_ml)
    assert found.u_bolus_ml < 1e-4


def test_what_was_commanded_meanwhile_is_no_bolus() -> None:
    events = Events(100.0, ALARM_S, RELEASED_S)
    counted = occlusion(recording(12.0), events, DENSITY, Search(), 0.0)
    assert counted.bolus_ml > 0.70 + 60.0 * 12.0 / 3600.0


def test_a_release_that_shows_nothing_is_said() -> None:
    t_s = np.arange(0.0, 1000.0)
    rng = np.random.Generator(np.random.PCG64(2))
    series = WeightSeries(t_s, 1e-4 * rng.standard_normal(t_s.size))
    found = occlusion(series, Events(100.0, ALARM_S, RELEASED_S), DENSITY, Search())
    assert not found.detected
    assert found.bolus_ml == pytest.approx(0.0, abs=5 * found.u_bolus_ml)


def test_a_release_at_the_end_of_the_recording_is_refused() -> None:
    with pytest.raises(
        MeasurementRefused, match="0 readings are left after the release"
    ):
        occlusion(recording(0.0), Events(100.0, ALARM_S, 990.0), DENSITY, Search())


def test_a_pump_that_ran_until_the_closing_does_not_blur_the_bolus() -> None:
    events = Events(100.0, 110.0, 130.0)
    t_s = np.arange(0.0, 400.0)
    mass_g = np.minimum(t_s, 100.0) * 0.01 + np.where(t_s > 130.0, 0.5, 0.0)

    found = occlusion(WeightSeries(t_s, mass_g), events, 1.0, Search())

    assert found.bolus_ml == pytest.approx(0.5, abs=1e-12)
    assert (found.tight, found.settled) == (True, True)


def test_readings_that_are_all_the_same_are_not_certain_beyond_their_digit() -> None:
    t_s = np.arange(0.0, 400.0)
    mass_g = np.round(np.minimum(t_s, 100.0) * 0.01, 3)

    found = occlusion(WeightSeries(t_s, mass_g), Events(100, 110, 130), 1.0, Search())

    assert (found.bolus_ml, found.detected) == (0.0, False)
    assert found.u_bolus_ml == pytest.approx(0.01 / 6.0**0.5, rel=1e-9)
    with pytest.raises(MeasurementRefused, match="the mass never changes"):
        occlusion(WeightSeries(t_s, 0.0 * t_s), Events(100, 110, 130), 1.0, Search())


def test_a_leak_through_the_closed_line_is_told() -> None:
    series = recording(0.0)
    leak_g = 2e-4 * np.clip(series.t_s - 100.0, 0.0, 400.0)

    found = occlusion(
        WeightSeries(series.t_s, series.mass_g + leak_g),
        Events(100.0, ALARM_S, RELEASED_S),
        DENSITY,
        Search(),
    )

    assert not found.tight
    assert found.settled


def test_a_pump_that_goes_on_uncommanded_is_told() -> None:
    events = Events(100.0, ALARM_S, RELEASED_S)

    assert not occlusion(recording(12.0), events, DENSITY, Search()).settled
    found = occlusion(recording(12.0), events, DENSITY, Search(), 12.0)
    assert (found.tight, found.settled) == (True, True)
    # 60 s for the bolus at most, then lag, settling and half a plateau of 50 s.
    assert 0.2 < found.commanded_ml < 0.5


@pytest.mark.parametrize(
    ("events", "search", "said"),
    [
        (Events(100.0, 200.0, 1000.0), Search(), "released at 1000 s, but the record"),
        (Events(100.0, 110.0, 112.0), Search(), "3 settled readings between closing"),
        (Events(100.0, 200.0, 900.5), Search(within_s=0.4), "no reading within 0.4 s"),
        (Events(100.0, 200.0, 960.0), Search(lag=1), "0 readings are left after the"),
    ],
)
def test_a_recording_without_the_rest_it_needs_is_refused(
    events: Events, search: Search, said: str
) -> None:
    with pytest.raises(MeasurementRefused, match=said):
        occlusion(recording(0.0), events, DENSITY, search)


@pytest.mark.parametrize("times", [(-1, 2, 3), (5, 4, 6), (1, 7, 6)])
def test_events_out_of_order_are_refused(times: tuple[float, float, float]) -> None:
    with pytest.raises(ConfigurationError, match="give them in this order"):
        Events(*times)
