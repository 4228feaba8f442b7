import json

import numpy as np
import pytest

from harness.errors import ConfigurationError, MeasurementRefused
from harness.flow.analysis import FlowAnalysis, analyse
from harness.flow.methods import Edition, Method
from harness.flow.noise import Noise
from harness.flow.options import Options
from harness.flow.series import Floats, WeightSeries

DENSITY = 0.998
HOUR = 3600.0
MIN = 60.0


def steady(rate_ml_per_h: float, hours: float, every_s: float) -> WeightSeries:
    t_s = np.arange(0.0, hours * HOUR + every_s / 2.0, every_s)
    return WeightSeries(t_s, rate_ml_per_h * DENSITY * t_s / HOUR)


def without(series: WeightSeries, gone: list[int]) -> WeightSeries:
    return WeightSeries(np.delete(series.t_s, gone), np.delete(series.mass_g, gone))


def extremes(found: FlowAnalysis) -> list[tuple[float, float]]:
    return [
        (each.ep_max_percent, each.ep_min_percent) for each in found.trumpet.windows
    ]


def test_a_syringe_pump_over_two_hours() -> None:
    found = analyse(steady(5.1, 2.0, 1.0), 5.0, DENSITY, Options(method=Method.SYRINGE))
    assert (found.trumpet.start_s, found.trumpet.end_s) == (HOUR, 2 * HOUR)
    assert (found.interval_s, found.trumpet.samples) == (30.0, 121)
    assert [each.count for each in found.trumpet.windows] == [117, 111, 99, 83, 59]
    assert found.trumpet.mean_error_percent == pytest.approx(2.0)
    assert found.start_up is not None
    assert len(found.start_up.rate_ml_per_h) == 240
    assert found.start_up.rate_ml_per_h == pytest.approx([5.1] * 240)
    assert (found.last_hour, found.floor, found.warnings) == (None, (), ())
    assert found.text.endswith("IEC 60601-2-24:1998, clause 50.102")


def test_a_volumetric_pump_has_a_last_hour_too() -> None:
    t_s = np.arange(0.0, 5.0 * HOUR + 1.0, 30.0)
    mass = DENSITY * (25.0 * t_s + 5.0 * np.maximum(0.0, t_s - 4.0 * HOUR)) / HOUR
    found = analyse(
        WeightSeries(t_s, mass), 25.0, DENSITY, Options(method=Method.VOLUMETRIC)
    )
    assert found.trumpet.mean_error_percent == pytest.approx(0.0, abs=1e-9)
    assert found.last_hour is not None
    assert (found.last_hour.start_s, found.last_hour.end_s) == (4 * HOUR, 5 * HOUR)
    assert found.last_hour.mean_error_percent == pytest.approx(20.0)


def test_only_samples_within_the_period_count() -> None:
    # Anything from before 60 min or after 120 min would show: the pump ran wild there.
    t_s = np.arange(0.0, 3.0 * HOUR + 1.0, 120.0)
    wild = np.where((t_s > HOUR) & (t_s <= 2 * HOUR), 5.0, 50.0)
    mass = np.cumsum(wild * DENSITY * 120.0 / HOUR)
    options = Options(windows_s=(120.0, 600.0), start_s=HOUR, end_s=2 * HOUR)
    found = analyse(WeightSeries(t_s, mass), 5.0, DENSITY, options)
    assert found.trumpet.samples == 31
    assert [each.count for each in found.trumpet.windows] == [30, 26]
    assert np.array(extremes(found)) == pytest.approx(np.zeros((2, 2)), abs=1e-9)


def test_two_minute_samples_give_no_five_minute_window() -> None:
    options = Options(windows_s=(120.0, 300.0))
    with pytest.raises(ConfigurationError, match=r"window 5 min.* interval 2 min"):
        analyse(steady(5.0, 2.0, 120.0), 5.0, DENSITY, options)


def test_two_minute_samples_do_not_serve_the_method() -> None:
    with pytest.raises(MeasurementRefused, match="one every 120 s where one every 30"):
        analyse(steady(5.0, 2.0, 120.0), 5.0, DENSITY, Options(method=Method.SYRINGE))


def test_own_windows_use_the_recordings_own_interval() -> None:
    found = analyse(
        steady(5.0, 2.0, 20.0), 5.0, DENSITY, Options(windows_s=(100.0, 60.0))
    )
    assert found.interval_s == pytest.approx(20.0)
    assert [each.window_s for each in found.trumpet.windows] == pytest.approx([60, 100])
    assert (found.trumpet.start_s, found.trumpet.end_s) == (0.0, 2 * HOUR)


def test_a_missing_sample_is_refused_in_the_analysis_but_not_before_it() -> None:
    series = steady(5.0, 2.0, 30.0)
    options = Options(method=Method.SYRINGE)
    with pytest.raises(MeasurementRefused, match="no sample at 4500 s"):
        analyse(without(series, [150]), 5.0, DENSITY, options)
    found = analyse(without(series, [50]), 5.0, DENSITY, options)
    assert found.start_up is None
    (warning,) = found.warnings
    assert "no start-up curve" in warning
    assert "no sample at 1500 s" in warning


def test_an_interpolated_sample_is_noted() -> None:
    options = Options(method=Method.SYRINGE, interpolate=True)
    found = analyse(without(steady(5.0, 2.0, 30.0), [150]), 5.0, DENSITY, options)
    assert found.interpolated == 1
    assert "1 of 121 places had no sample" in found.warnings[0]
    assert found.trumpet.mean_error_percent == pytest.approx(0.0, abs=1e-9)


def test_a_recording_without_the_second_hour_is_refused() -> None:
    with pytest.raises(MeasurementRefused, match="60 min to 120 min is not covered"):
        analyse(steady(5.0, 1.5, 30.0), 5.0, DENSITY, Options(method=Method.VOLUMETRIC))


def test_another_period_than_the_methods_is_said() -> None:
    options = Options(method=Method.SYRINGE, start_s=0.5 * HOUR)
    found = analyse(steady(5.0, 1.5, 30.0), 5.0, DENSITY, options)
    assert (found.trumpet.start_s, found.trumpet.end_s) == (0.5 * HOUR, 1.5 * HOUR)
    assert "30 min to 90 min is analysed, not the method's 60" in found.warnings[0]


def test_a_period_that_begins_between_samples_is_said() -> None:
    options = Options(windows_s=(120.0,), start_s=61 * MIN, end_s=120 * MIN)
    found = analyse(steady(5.0, 2.0, 120.0), 5.0, DENSITY, options)
    assert found.trumpet.start_s == 62 * MIN
    assert "lie at 62 min to 120 min" in found.warnings[0]


def test_late_samples_are_weighed_against_the_shortest_window() -> None:
    series = steady(5.0, 2.0, 30.0)
    late = series.t_s.copy()
    late[150] += 0.2
    found = analyse(
        WeightSeries(late, series.mass_g), 5.0, DENSITY, Options(method=Method.SYRINGE)
    )
    assert found.largest_offset_s == pytest.approx(0.2)
    assert "by up to 0.33 percent" in found.warnings[0]


def test_ambulatory_1_by_its_own_definition() -> None:
    t_s = np.arange(0.0, 30.0 * HOUR + 1.0, 900.0)
    rng = np.random.Generator(np.random.PCG64(1))
    microlitres = np.cumsum(rng.uniform(8.0, 12.0, t_s.size))
    options = Options(method=Method.AMBULATORY_1, container_ml=0.4)
    found = analyse(
        WeightSeries(t_s, microlitres * 1e-3 * DENSITY), 0.04, DENSITY, options
    )
    # Half of 0.4 mL at 0.04 mL/h is 5 h; then 25 h in steps of 15 min.
    assert (found.trumpet.start_s, found.trumpet.end_s) == (5 * HOUR, 30 * HOUR)
    assert [each.count for each in found.trumpet.windows] == [100, 97, 91, 79, 63, 39]
    flows = 4.0 * np.diff(microlitres[20:])
    by_hand = [
        (100.0 * (max(means) / 40.0 - 1.0), 100.0 * (min(means) / 40.0 - 1.0))
        for n in (1, 4, 10, 22, 38, 62)
        for means in [[flows[j : j + n].mean() for j in range(100 - n + 1)]]
    ]
    assert np.array(extremes(found)) == pytest.approx(np.array(by_hand), abs=1e-7)
    assert found.start_up is not None
    assert found.start_up.t_s.tolist() == [1800.0 * (k + 1) for k in range(10)]


def test_without_a_container_the_stabilisation_is_a_day_and_that_is_said() -> None:
    found = analyse(
        steady(0.1, 49.0, 900.0), 0.1, DENSITY, Options(method=Method.AMBULATORY_1)
    )
    assert found.trumpet.start_s == 24 * HOUR
    assert "stabilisation is taken as 24 h" in found.warnings[0]


def shots(cycle_s: float, hours: float) -> tuple[Floats, Floats]:
    """0.05 mL in 2 s at the end of each cycle, by time and volume."""
    t_s = np.arange(0.0, hours * HOUR + 1.0)
    into = t_s % cycle_s
    done = np.floor(t_s / cycle_s) + np.clip((into - cycle_s + 2.0) / 2.0, 0.0, 1.0)
    return t_s, 0.05 * done


@pytest.mark.parametrize(("cycle_s", "cycles"), [(180.37, 1), (12.6, 2)])
def test_ambulatory_2_reads_in_step_with_the_shots(cycle_s: float, cycles: int) -> None:
    t_s, volume = shots(cycle_s, 8.0)
    rate = 0.05 * HOUR / cycle_s
    options = Options(method=Method.AMBULATORY_2, container_ml=4.0 * rate)
    found = analyse(WeightSeries(t_s, DENSITY * volume), rate, DENSITY, options)
    assert found.shot_cycle_s == pytest.approx(cycle_s, rel=1e-3)
    assert found.interval_s == pytest.approx(cycles * cycle_s, rel=1e-3)
    assert [each.count for each in found.trumpet.windows] == [100, 99, 96, 90, 82, 70]
    assert found.trumpet.start_s == pytest.approx(2.0 * HOUR, abs=found.interval_s * 2)
    assert np.array(extremes(found)) == pytest.approx(np.zeros((6, 2)), abs=0.1)
    assert found.start_up is not None
    assert len(found.start_up.t_s) == 4
    assert found.start_up.rate_ml_per_h == pytest.approx([rate] * 4, rel=1e-3)


def test_a_sample_interval_out_of_step_with_the_shots_is_refused() -> None:
    t_s, volume = shots(180.0, 7.0)
    options = Options(method=Method.AMBULATORY_2, container_ml=1.0, interval_s=200.0)
    with pytest.raises(ConfigurationError, match="not a whole number of shot cycles"):
        analyse(WeightSeries(t_s, DENSITY * volume), 1.0, DENSITY, options)


def test_a_given_shot_cycle_is_believed() -> None:
    options = Options(method=Method.AMBULATORY_2, container_ml=1.0, shot_cycle_s=180.0)
    found = analyse(steady(1.0, 6.0, 180.0), 1.0, DENSITY, options)
    assert (found.shot_cycle_s, found.interval_s) == (180.0, 180.0)
    assert found.trumpet.samples == 101


def test_the_noise_floor_follows_the_windows() -> None:
    rng = np.random.Generator(np.random.PCG64(2))
    series = steady(0.01, 2.0, 30.0)
    noisy = WeightSeries(
        series.t_s, series.mass_g + 1e-5 * rng.standard_normal(series.t_s.size)
    )
    options = Options(method=Method.SYRINGE)
    found = analyse(noisy, 0.01, DENSITY, options, Noise(1e-5))
    published = (10.9, 4.3, 1.9, 1.1, 0.63)
    assert [each.ep_max_percent for each in found.floor] == pytest.approx(
        published, rel=0.03
    )
    # 100 sqrt(2) s / (r d T) for the whole hour.
    assert found.mean_error_u_percent == pytest.approx(0.1417, rel=1e-3)
    assert "may be the measurement's own noise" in found.warnings[-1]


def test_the_edition_is_named_and_the_options_are_kept() -> None:
    options = Options(method=Method.SYRINGE, edition=Edition.SECOND, interval_s=10.0)
    found = analyse(steady(5.0, 2.0, 10.0), 5.0, DENSITY, options)
    assert "IEC 60601-2-24:2012, clause 201.12.1.102" in found.text
    assert found.options == options
    assert [each.count for each in found.trumpet.windows] == [349, 331, 295, 247, 175]


def test_json_holds_everything_in_full_precision() -> None:
    options = Options(
        method=Method.VOLUMETRIC, limits_percent=(-5.0, 5.0), container_ml=None
    )
    found = analyse(steady(5.1, 3.0, 30.0), 5.0, DENSITY, options, Noise(1e-4))
    data = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert data["mean_error_percent"] == found.trumpet.mean_error_percent
    for row, window in zip(data["windows"], found.trumpet.windows, strict=True):
        assert row["window_s"] == window.window_s
        assert row["ep_max_percent"] == window.ep_max_percent
        assert row["ep_min_percent"] == window.ep_min_percent
        assert row["inside_percent"] == 100.0
    assert data["options"]["method"] == "volumetric"
    assert data["options"]["edition"] == "1998"
    assert len(data["start_up"]["t_s"]) == 240
    assert len(data["noise_floor"]) == 5
    assert data["last_hour"]["mean_error_percent"] == pytest.approx(2.0)
    assert data["density_g_per_ml"] == DENSITY


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (Options(), "neither a method nor windows"),
        (Options(method=Method.SYRINGE, interval_s=-1.0), "sample interval"),
        (Options(method=Method.AMBULATORY_1, container_ml=0.0), "container volume"),
        (Options(method=Method.AMBULATORY_2, shot_cycle_s=0.0), "shot cycle"),
        (Options(method=Method.SYRINGE, limits_percent=(5.0, -5.0)), "lower one first"),
        (Options(method=Method.SYRINGE, tolerance_s=20.0), "two places"),
    ],
)
def test_an_option_that_is_wrong_is_named(options: Options, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        analyse(steady(5.0, 2.0, 30.0), 5.0, DENSITY, options)


def test_rounded_stamps_are_analysed_and_said() -> None:
    exact = steady(5.0, 2.0, 30.0)
    t_s = exact.t_s + np.tile([0.0, 1.0, 0.0], 81)[: len(exact.t_s)]

    found = analyse(
        WeightSeries(t_s, exact.mass_g), 5.0, DENSITY, Options(method=Method.SYRINGE)
    )

    (said,) = found.warnings
    assert said.startswith("samples are up to 1 s from their places by the rounding of")
    assert "shortest window by up to 1.7 percent" in said


def test_windows_in_place_of_the_methods_are_said() -> None:
    options = Options(method=Method.SYRINGE, windows_s=(120.0, 420.0))

    found = analyse(steady(5.0, 2.0, 30.0), 5.0, DENSITY, options)

    assert found.warnings == (
        "windows of 2 min, 7 min as given are analysed, not the method's 2 min, 5 min,"
        " 11 min, 19 min, 31 min",
    )
