import math

import numpy as np
import pytest
from scipy import stats

from harness.errors import ConfigurationError, MeasurementRefused
from harness.flow.noise import Noise, allan_variance_g2, estimate, noise_floor
from harness.flow.series import Grid

WINDOWS_S = tuple(60.0 * p for p in (2, 5, 11, 19, 31))
SAMPLES = 121


@pytest.mark.parametrize(
    ("rate_ul_per_h", "white_mg", "published"),
    [
        (10.0, 0.01, (10.9, 4.3, 1.9, 1.1, 0.63)),
        (100.0, 0.01, (1.09, 0.43, 0.19, 0.11, 0.06)),
        (1000.0, 0.1, (1.08, 0.43, 0.19, 0.11, 0.06)),
    ],
)
def test_the_floor_of_the_second_hour_is_as_tabulated(
    rate_ul_per_h: float, white_mg: float, published: tuple[float, ...]
) -> None:
    noise = Noise(white_mg / 1000.0)
    floors = noise_floor(noise, SAMPLES, 30.0, rate_ul_per_h / 1000.0, WINDOWS_S)
    for floor, expected in zip(floors, published, strict=True):
        last_digit = 0.1 if expected > 1.2 else 0.01
        assert floor.ep_max_percent == pytest.approx(expected, abs=0.7 * last_digit)
        assert floor.ep_min_percent == -floor.ep_max_percent


def test_one_window_has_the_closed_form() -> None:
    # 2 µL/h read to 0.01 mg, as tabulated for one window.
    minutes = (2, 5, 11, 19, 31, 60, 150, 330)
    floors = noise_floor(Noise(1e-5), 1000, 60.0, 0.002, [60.0 * p for p in minutes])
    published = (21, 8.5, 3.9, 2.2, 1.4, 0.71, 0.28, 0.13)
    found = [floor.u_percent for floor in floors]
    assert found == pytest.approx(published, rel=0.03)


def test_the_extreme_of_two_independent_windows_is_known() -> None:
    # A walk of two steps: E max of two independent normal values is 1/sqrt(pi).
    (floor,) = noise_floor(Noise(0.0, 1e-3), 3, 30.0, 1.0, (30.0,))
    sigma_percent = 100.0 * 1e-3 * math.sqrt(30.0) * 3600.0 / 30.0
    assert floor.u_percent == pytest.approx(sigma_percent)
    expected = sigma_percent / math.sqrt(math.pi)
    assert floor.ep_max_percent == pytest.approx(expected, rel=0.05)


def test_the_extreme_of_independent_windows_is_that_of_normal_values() -> None:
    (floor,) = noise_floor(Noise(0.0, 1e-3), 101, 30.0, 1.0, (30.0,))
    grid = np.linspace(-6.0, 8.0, 4001)
    density = 100.0 * stats.norm.cdf(grid) ** 99 * stats.norm.pdf(grid)
    mean = float(np.trapezoid(grid * density, grid))
    assert floor.ep_max_percent / floor.u_percent == pytest.approx(mean, rel=0.01)


def test_a_drift_moves_all_windows_alike() -> None:
    still, drifting = (
        noise_floor(Noise(1e-5, 0.0, drift), SAMPLES, 30.0, 1.0, WINDOWS_S)
        for drift in (0.0, 1e-6)
    )
    for before, after in zip(still, drifting, strict=True):
        shift = after.ep_max_percent - before.ep_max_percent
        assert shift == pytest.approx(100.0 * 3600.0 * 1e-6)
        assert after.ep_min_percent == -after.ep_max_percent


def test_the_floor_repeats_itself() -> None:
    runs = [noise_floor(Noise(1e-5), SAMPLES, 30.0, 1.0, WINDOWS_S) for _ in range(2)]
    assert runs[0] == runs[1]


def test_a_window_longer_than_the_samples_has_no_floor() -> None:
    with pytest.raises(ConfigurationError, match="do not hold"):
        noise_floor(Noise(1e-5), SAMPLES, 30.0, 1.0, (3630.0,))


@pytest.mark.parametrize("parts", [(-1.0, 0.0), (0.0, math.nan), (math.inf, 0.0)])
def test_noise_is_not_negative(parts: tuple[float, float]) -> None:
    with pytest.raises(ConfigurationError, match="at least zero"):
        Noise(*parts)


def blank(white_g: float, walk_g: float, size: int, seed: int) -> Grid:
    rng = np.random.Generator(np.random.PCG64(seed))
    walked = np.cumsum(walk_g * rng.standard_normal(size))
    evaporated = -1e-3 * np.arange(size)
    return Grid(1.0, 0.0, white_g * rng.standard_normal(size) + walked + evaporated)


@pytest.mark.parametrize("n", [1, 10, 100])
def test_the_allan_variance_is_three_s2_and_the_walk(n: int) -> None:
    white, walk = 0.01, 0.002
    found = allan_variance_g2(blank(white, walk, 200_000, 1), n)
    assert found == pytest.approx(3.0 * white**2 + walk**2 * n, rel=0.06)


def test_the_allan_variance_of_few_weights_by_hand() -> None:
    grid = Grid(1.0, 0.0, np.array([0.0, 1.0, 4.0, 9.0, 20.0]))
    assert allan_variance_g2(grid, 1) == pytest.approx((4 + 4 + 36) / 6)
    assert allan_variance_g2(grid, 2) == pytest.approx(12.0**2 / 2)
    with pytest.raises(ConfigurationError, match="5 weights do not hold twice 3"):
        allan_variance_g2(grid, 3)


def test_a_blank_tells_white_noise_from_a_walk() -> None:
    found = [estimate(blank(0.01, 0.002, 3600, seed)) for seed in range(20)]
    white = np.array([each.white_g for each in found])
    walk = np.array([each.walk_g_per_sqrt_s for each in found])
    assert white.mean() == pytest.approx(0.01, rel=0.01)
    assert walk.mean() == pytest.approx(0.002, rel=0.05)


def test_pure_noise_of_either_kind_is_recognised() -> None:
    white = estimate(blank(0.01, 0.0, 20_000, 3))
    assert white.white_g == pytest.approx(0.01, rel=0.02)
    assert white.walk_g_per_sqrt_s < 3e-5
    walk = estimate(blank(0.0, 0.002, 20_000, 4))
    assert walk.walk_g_per_sqrt_s == pytest.approx(0.002, rel=0.05)
    assert walk.white_g < 3e-4


def test_a_silent_balance_is_not_believed() -> None:
    still = Grid(1.0, 0.0, np.full(100, 20.0))
    with pytest.raises(MeasurementRefused, match="below the last digit"):
        estimate(still)
    assert estimate(still, 1e-4).white_g == pytest.approx(1e-4 / math.sqrt(12.0))


def test_a_short_blank_is_refused() -> None:
    with pytest.raises(MeasurementRefused, match="59 weights do not show the noise"):
        estimate(Grid(1.0, 0.0, np.arange(59.0) ** 2))
