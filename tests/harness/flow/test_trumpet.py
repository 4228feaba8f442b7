import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import ConfigurationError
from harness.flow.series import Grid
from harness.flow.trumpet import trumpet

DENSITY = 0.998
S = 30.0
HOUR_WINDOWS_S = tuple(60.0 * p for p in (2, 5, 11, 19, 31))


def steady(rate: float, intervals: int, interval_s: float = S) -> Grid:
    mass = rate * DENSITY * interval_s / 3600.0 * np.arange(intervals + 1.0)
    return Grid(interval_s, 3600.0, mass)


def from_flows(rates: list[float], interval_s: float = S) -> Grid:
    grams = np.cumsum([0.0, *rates]) * DENSITY * interval_s / 3600.0
    return Grid(interval_s, 0.0, grams)


def brute_force(
    mass: list[float], interval_s: float, rate: float, windows_s: list[float]
) -> list[tuple[int, float, float]]:
    """The double sum of the definition, in plain Python and with S in minutes."""
    minutes = interval_s / 60.0
    errors = []
    for before, after in pairwise(mass):
        flow = 60.0 * (after - before) / (minutes * DENSITY)
        errors.append(100.0 * (flow - rate) / rate)
    rows = []
    for window_s in windows_s:
        n = round(window_s / interval_s)
        means = [
            sum(errors[i] for i in range(j, j + n)) / n
            for j in range(len(errors) - n + 1)
        ]
        rows.append((len(means), max(means), min(means)))
    return rows


@given(
    rates=st.lists(st.floats(0.0, 300.0), min_size=2, max_size=80),
    set_rate=st.floats(0.5, 200.0),
    windows=st.sets(st.integers(1, 80), min_size=1, max_size=5),
    interval=st.sampled_from([1.0, 20.0, 30.0, 900.0]),
)
def test_every_curve_equals_its_brute_force_twin(
    rates: list[float], set_rate: float, windows: set[int], interval: float
) -> None:
    fitting = sorted(n for n in windows if n <= len(rates)) or [1]
    grid = from_flows(rates, interval)
    windows_s = [n * interval for n in fitting]
    curve = trumpet(grid, set_rate, DENSITY, windows_s)
    expected = brute_force(grid.mass_g.tolist(), interval, set_rate, windows_s)
    for window, (count, highest, lowest) in zip(curve.windows, expected, strict=True):
        assert window.count == count
        assert window.ep_max_percent == pytest.approx(highest, rel=1e-9, abs=1e-6)
        assert window.ep_min_percent == pytest.approx(lowest, rel=1e-9, abs=1e-6)
    mean = 100.0 * (sum(rates) / len(rates) / set_rate - 1.0)
    assert curve.mean_error_percent == pytest.approx(mean, rel=1e-9, abs=1e-6)


def test_pieces_join_without_a_seam() -> None:
    rng = np.random.Generator(np.random.PCG64(7))
    mass = np.cumsum(rng.uniform(0.0, 1.0, 100_001))
    grid = Grid(1.0, 0.0, mass)
    curve = trumpet(grid, 1800.0, 1.0, [7.0, 40_000.0], (-10.0, 10.0))
    for window in curve.windows:
        n = round(window.window_s)
        every = 100.0 * ((mass[n:] - mass[:-n]) / n * 2.0 - 1.0)
        assert window.count == len(every)
        assert window.ep_max_percent == pytest.approx(every.max(), abs=1e-9)
        assert window.ep_max_s == every.argmax()
        assert window.ep_min_percent == pytest.approx(every.min(), abs=1e-9)
        assert window.ep_min_s == every.argmin()
        share = 100.0 * np.mean(np.abs(every) <= 10.0)
        assert window.inside_percent == pytest.approx(share)


def test_of_equal_windows_the_first_is_named() -> None:
    steps = np.ones(100_000)
    steps[[40_000, 80_000]] = 3.0
    grid = Grid(1.0, 3600.0, np.cumsum(steps))
    (window,) = trumpet(grid, 3600.0, 1.0, (10.0,)).windows
    assert window.ep_max_percent == pytest.approx(20.0)
    assert (window.ep_max_s, window.ep_min_s) == (3600.0 + 39_990.0, 3600.0)


@pytest.mark.parametrize(
    ("intervals", "interval_s", "windows", "counts"),
    [
        (120, 30.0, (4, 10, 22, 38, 62), [117, 111, 99, 83, 59]),
        (100, 900.0, (1, 4, 10, 22, 38, 62), [100, 97, 91, 79, 63, 39]),
        (100, 180.0, (1, 2, 5, 11, 19, 31), [100, 99, 96, 90, 82, 70]),
    ],
)
def test_windows_are_counted_as_published(
    intervals: int, interval_s: float, windows: tuple[int, ...], counts: list[int]
) -> None:
    windows_s = [n * interval_s for n in windows]
    curve = trumpet(steady(5.0, intervals, interval_s), 5.0, DENSITY, windows_s)
    assert [each.count for each in curve.windows] == counts


@pytest.mark.parametrize("error", [0.0, 2.5, -14.5])
def test_a_steady_error_is_the_same_in_every_window(error: float) -> None:
    rate = 5.0 * (1.0 + error / 100.0)
    curve = trumpet(steady(rate, 120), 5.0, DENSITY, HOUR_WINDOWS_S)
    assert curve.mean_error_percent == pytest.approx(error, abs=1e-9)
    for each in curve.windows:
        assert each.ep_max_percent == pytest.approx(error, abs=1e-9)
        assert each.ep_min_percent == pytest.approx(error, abs=1e-9)


def test_a_square_wave_shows_its_extremes_and_vanishes_over_whole_periods() -> None:
    # Two minutes at twice the rate, two minutes at none.
    flows = ([10.0] * 4 + [0.0] * 4) * 15
    curve = trumpet(from_flows(flows), 5.0, DENSITY, (60.0, 120.0, 180.0, 240.0, 720.0))
    widths = [(each.ep_max_percent, each.ep_min_percent) for each in curve.windows]
    thirds = (100.0 / 3.0, -100.0 / 3.0)
    expected = [(100.0, -100.0), (100.0, -100.0), thirds, (0.0, 0.0), (0.0, 0.0)]
    for found, known in zip(widths, expected, strict=True):
        assert found == pytest.approx(known, abs=1e-9)


def test_a_half_sine_has_the_integral_as_its_mean_and_its_top_as_the_extreme() -> None:
    def delivered(x: float) -> float:
        """Integral of sin over 0 to 1 h, in shares of an hour at the peak rate."""
        return (1.0 - math.cos(math.pi * x)) / math.pi

    grams = [5.0 * DENSITY * delivered(k / 120) for k in range(121)]
    curve = trumpet(Grid(S, 0.0, np.array(grams)), 5.0, DENSITY, (600.0,))
    assert curve.mean_error_percent == pytest.approx(100.0 * (2.0 / math.pi - 1.0))
    (window,) = curve.windows
    top = (delivered(70 / 120) - delivered(50 / 120)) * 6.0
    assert window.ep_max_percent == pytest.approx(100.0 * (top - 1.0))
    assert window.ep_max_s == pytest.approx(25.0 * 60.0)
    edge = delivered(10 / 60) * 6.0
    assert window.ep_min_percent == pytest.approx(100.0 * (edge - 1.0))


@given(st.lists(st.floats(0.0, 50.0), min_size=40, max_size=80))
def test_a_longer_window_of_whole_shorter_ones_lies_inside(rates: list[float]) -> None:
    curve = trumpet(from_flows(rates), 5.0, DENSITY, (60.0, 120.0, 360.0, 1080.0))
    for inner, outer in zip(curve.windows[1:], curve.windows, strict=False):
        assert inner.ep_max_percent <= outer.ep_max_percent + 1e-6
        assert inner.ep_min_percent >= outer.ep_min_percent - 1e-6


def test_one_flow_from_before_the_period_is_seen() -> None:
    # An off-by-one at the edge would let the first hour's last flow in.
    flows = [50.0] * 120 + [5.0] * 120
    mass = from_flows(flows).mass_g
    second_hour = Grid(S, 3600.0, mass[120:])
    (window,) = trumpet(second_hour, 5.0, DENSITY, (120.0,)).windows
    assert window.ep_max_percent == pytest.approx(0.0, abs=1e-9)
    (window,) = trumpet(Grid(S, 0.0, mass[119:]), 5.0, DENSITY, (120.0,)).windows
    assert window.ep_max_percent == pytest.approx(225.0)


def test_density_moves_every_number() -> None:
    curve = trumpet(steady(5.0, 120), 5.0, 0.997, HOUR_WINDOWS_S)
    assert curve.mean_error_percent == pytest.approx(0.1003, abs=1e-4)


def test_a_heavy_vessel_costs_no_digit() -> None:
    grid = steady(5.0, 120)
    heavy = Grid(S, 0.0, grid.mass_g + 200.0)
    curve = trumpet(heavy, 5.0, DENSITY, HOUR_WINDOWS_S)
    assert curve.windows[0].ep_max_percent == pytest.approx(0.0, abs=1e-7)


@pytest.mark.parametrize(
    ("windows", "message"),
    [
        ((120.0, 300.0), r"window 5 min: not a whole multiple of the sample interval"),
        ((60.0,), "window 1 min: not a whole multiple"),
        ((7200.0,), "window 120 min: longer than the analysed period of 60 min"),
        ((0.0,), "window: 0.0 is not above zero"),
        ((), "none is given"),
    ],
)
def test_windows_that_cannot_be_computed_are_refused(
    windows: tuple[float, ...], message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        trumpet(steady(5.0, 30, 120.0), 5.0, DENSITY, windows)


@pytest.mark.parametrize(("rate", "density"), [(0.0, 1.0), (5.0, -1.0), (math.nan, 1)])
def test_a_rate_and_a_density_above_zero_are_needed(
    rate: float, density: float
) -> None:
    with pytest.raises(ConfigurationError, match="is not above zero"):
        trumpet(steady(5.0, 120), rate, density, (120.0,))


def test_limits_the_wrong_way_round_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="lower one first"):
        trumpet(steady(5.0, 120), 5.0, DENSITY, (120.0,), (5.0, -5.0))


def test_the_share_of_windows_inside_the_limits_is_counted() -> None:
    flows = [5.0] * 90 + [5.5] * 30
    (window,) = trumpet(from_flows(flows), 5.0, DENSITY, (30.0,), (-5.0, 5.0)).windows
    assert window.inside_percent == pytest.approx(75.0)
