import math
from itertools import accumulate

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import ConfigurationError, MeasurementRefused
from harness.flow.series import Grid, WeightSeries, number, on_grid, span


def series(times: list[float]) -> WeightSeries:
    t_s = np.array(times)
    return WeightSeries(t_s, 10.0 * t_s)


def test_samples_on_the_grid_are_taken_and_no_others() -> None:
    times = np.array([0, 1, 30, 31, 60, 61, 90], dtype=float)
    grid = on_grid(WeightSeries(times, np.arange(7.0)), 30.0)
    assert grid.mass_g.tolist() == [0.0, 2.0, 4.0, 6.0]
    assert (grid.start_s, grid.end_s, grid.duration_s) == (0.0, 90.0, 90.0)
    assert (grid.largest_offset_s, grid.interpolated) == (0.0, 0)


def test_times_count_from_the_first_sample() -> None:
    grid = on_grid(series([1e9 + 60.0 * k for k in range(10)]), 60.0, start_s=120.0)
    assert grid.start_s == 120.0
    assert len(grid.mass_g) == 8


def test_sixty_to_120_minutes_at_two_minutes_are_31_weights() -> None:
    grid = on_grid(
        series([120.0 * k for k in range(101)]), 120.0, start_s=3600.0, end_s=7200.0
    )
    assert len(grid.mass_g) == 31
    assert grid.mass_g[0] == 36_000.0
    assert grid.mass_g[-1] == 72_000.0


def test_a_period_that_begins_between_samples_starts_with_the_next() -> None:
    grid = on_grid(
        series([1e6 + 120.0 * k for k in range(101)]),
        120.0,
        start_s=3660.0,
        end_s=7200.0,
    )
    assert (grid.start_s, len(grid.mass_g)) == (3720.0, 30)


def test_a_missing_sample_is_refused_with_its_time() -> None:
    times = [30.0 * k for k in range(41) if k != 17]
    with pytest.raises(MeasurementRefused, match="no sample at 510 s"):
        on_grid(series(times), 30.0)


@pytest.mark.parametrize("offset", [-0.4, 0.4])
def test_a_late_or_early_sample_is_refused_beyond_the_tolerance(offset: float) -> None:
    times = [30.0 * k for k in range(41)]
    times[17] += offset
    with pytest.raises(MeasurementRefused, match=r"no sample at 510 s .* nearest"):
        on_grid(series(times), 30.0)
    grid = on_grid(series(times), 30.0, 0.5)
    assert grid.largest_offset_s == pytest.approx(0.4)
    assert grid.mass_g[17] == 10.0 * times[17]


def test_a_recording_that_falls_behind_is_refused() -> None:
    with pytest.raises(MeasurementRefused, match=r"one every 30\.02 s where"):
        on_grid(series([30.02 * k for k in range(241)]), 30.0)


def test_interpolation_fills_one_missing_sample_and_says_so() -> None:
    times = [30.0 * k for k in range(41) if k != 17]
    grid = on_grid(series(times), 30.0, interpolate=True)
    assert grid.interpolated == 1
    assert grid.mass_g == pytest.approx(300.0 * np.arange(41))


def test_interpolation_invents_nothing_in_a_longer_gap() -> None:
    times = [30.0 * k for k in range(41) if k not in {17, 18}]
    with pytest.raises(MeasurementRefused, match="no sample at 510 s"):
        on_grid(series(times), 30.0, interpolate=True)


def test_a_gap_at_the_beginning_of_a_period_is_refused() -> None:
    times = [30.0 * k for k in range(41) if k not in {17, 18}]
    with pytest.raises(MeasurementRefused, match="no sample at 510 s"):
        on_grid(series(times), 30.0, start_s=510.0)


def test_a_sample_never_stands_for_two_places() -> None:
    with pytest.raises(ConfigurationError, match="stand for two places"):
        on_grid(series([30.0 * k for k in range(41)]), 30.0, 16.0)


@pytest.mark.parametrize(("start", "end"), [(-30.0, None), (0.0, 1230.0)])
def test_a_period_outside_the_recording_is_refused(
    start: float, end: float | None
) -> None:
    with pytest.raises(MeasurementRefused, match="lasts from 0 to 20 min"):
        on_grid(series([30.0 * k for k in range(41)]), 30.0, start_s=start, end_s=end)


def test_a_period_without_an_interval_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="no whole sample interval"):
        on_grid(series([30.0 * k for k in range(41)]), 30.0, start_s=60.0, end_s=61.0)


@given(
    steps=st.lists(
        st.tuples(st.sampled_from([0.25, 0.5, 1.0]), st.floats(-0.1, 0.1)),
        min_size=2,
        max_size=60,
    ),
    interval=st.sampled_from([0.5, 1.0, 3.0]),
    tolerance=st.floats(0.05, 0.25),
)
def test_the_grid_is_what_a_plain_search_finds(
    steps: list[tuple[float, float]], interval: float, tolerance: float
) -> None:
    exact = list(accumulate(step for step, _ in steps))
    times = [0.0, *(t + jitter for t, (_, jitter) in zip(exact, steps, strict=True))]
    count = math.floor((times[-1] + tolerance) / interval) + 1
    wanted = [interval * k for k in range(count)]
    nearest = [closest(times, place) for place in wanted]
    missing = any(abs(t - w) > tolerance for t, w in zip(nearest, wanted, strict=True))
    if count < 2:
        with pytest.raises(ConfigurationError):
            on_grid(series(times), interval, tolerance)
    elif missing:
        with pytest.raises(MeasurementRefused):
            on_grid(series(times), interval, tolerance)
    else:
        found = on_grid(series(times), interval, tolerance).mass_g
        assert found == pytest.approx([10.0 * t for t in nearest])


def closest(times: list[float], place: float) -> float:
    return min(times, key=lambda t: abs(t - place))


@pytest.mark.parametrize("count", [32_767, 32_768, 32_769, 65_537])
def test_pieces_join_at_every_length(count: int) -> None:
    t_s = np.arange(float(count))
    assert on_grid(WeightSeries(t_s, -t_s), 1.0).mass_g.tolist() == (-t_s).tolist()


def test_a_long_irregular_recording_is_searched_piece_by_piece() -> None:
    rng = np.random.Generator(np.random.PCG64(1))
    exact = np.arange(100_001.0)
    times = exact + np.where(exact > 0, rng.uniform(-0.009, 0.009, exact.size), 0.0)
    grid = on_grid(WeightSeries(times, exact), 1.0)
    assert grid.mass_g.tolist() == exact.tolist()
    assert grid.largest_offset_s == pytest.approx(np.abs(times - exact).max(), abs=1e-9)


def test_the_recordings_own_interval_survives_missing_samples() -> None:
    assert series(
        [7.0 * k for k in range(1000) if k % 10 != 5]
    ).interval_s == pytest.approx(7.0)


@pytest.mark.parametrize(
    ("times", "masses", "message"),
    [
        ([0.0, 1.0, 1.0], [1.0, 2.0, 3.0], r"sample 3 is at 1 s, not after 1 s"),
        ([0.0, 2.0, 1.0], [1.0, 2.0, 3.0], r"sample 3 is at 1 s, not after 2 s"),
        ([0.0, 1.0], [1.0, 2.0, 3.0], "2 times but 3 masses"),
        ([0.0, 1.0], [1.0, np.nan], "mass_g of sample 2 is nan"),
        ([0.0, np.inf], [1.0, 2.0], "t_s of sample 2 is inf"),
        ([0.0], [1.0], "at least two"),
    ],
)
def test_a_malformed_series_is_refused(
    times: list[float], masses: list[float], message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        WeightSeries(np.array(times), np.array(masses))


def test_a_grid_without_an_interval_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="sample interval: 0"):
        Grid(0.0, 0.0, np.zeros(3))


def test_arrays_cannot_be_changed_afterwards_and_the_callers_own_can() -> None:
    own = np.arange(3.0)
    kept = WeightSeries(own, own)
    with pytest.raises(ValueError, match="read-only"):
        kept.mass_g[0] = 1.0
    own[0] = -1.0


def test_times_in_messages_have_no_exponent() -> None:
    assert (number(15_552_000.0), span(15_552_000.0)) == ("15552000", "259200 min")
    assert (span(90.0), span(120.0), span(0.0)) == ("90 s", "2 min", "0 s")


def test_rounding_to_whole_seconds_explains_one_second_and_no_more() -> None:
    jitter_s = np.tile([0.0, 1.0, -1.0, 0.0], 30)
    t_s = 30.0 * np.arange(120.0) + jitter_s

    grid = on_grid(WeightSeries(t_s, t_s), 30.0)

    assert grid.largest_offset_s == 1.0
    assert grid.mass_g.tolist() == t_s.tolist()
    t_s[50] += 3.0
    with pytest.raises(MeasurementRefused, match="no sample at 1500 s"):
        on_grid(WeightSeries(t_s, t_s), 30.0)


@pytest.mark.parametrize(
    ("every_s", "late_s", "interval_s"),
    [
        (30.0, 0.6, 30.0),  # no whole second: nothing was rounded
        (1.0, 1.0, 30.0),  # a whole sample is missing
        (10.0, 1.0, 10.0),  # a tenth of the interval is no rounding
    ],
)
def test_what_rounding_does_not_explain_is_refused(
    every_s: float, late_s: float, interval_s: float
) -> None:
    t_s = np.arange(0.0, 901.0, every_s)
    at = int(np.flatnonzero(t_s == 300.0)[0])
    if every_s == 1.0:
        t_s = np.delete(t_s, at)
    else:
        t_s[at] += late_s

    with pytest.raises(MeasurementRefused, match="no sample at 300 s"):
        on_grid(WeightSeries(t_s, t_s), interval_s)


def test_an_interval_far_below_the_recordings_own_is_refused_at_once() -> None:
    t_s = np.arange(0.0, 901.0, 30.0)

    with pytest.raises(MeasurementRefused, match="where one every 1e-09 s is needed"):
        on_grid(WeightSeries(t_s, t_s), 1e-9, interpolate=True)


def test_a_period_that_begins_after_the_end_is_not_covered() -> None:
    t_s = np.arange(0.0, 901.0, 30.0)

    with pytest.raises(MeasurementRefused, match="is not covered"):
        on_grid(WeightSeries(t_s, t_s), 30.0, start_s=1800.0)
