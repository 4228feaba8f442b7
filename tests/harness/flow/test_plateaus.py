import math

import numpy as np
import pytest

from harness.errors import MeasurementRefused
from harness.flow.noise import Noise
from harness.flow.plateaus import delivered
from harness.flow.series import WeightSeries


def test_a_steady_flow_is_exact_between_the_mean_times() -> None:
    t_s = 500.0 + np.arange(0.0, 3601.0)
    found = delivered(WeightSeries(t_s, 7.0 + 2e-3 * t_s), 0.0, 3600.0, 51)
    assert (found.start_s, found.end_s) == (25.0, 3575.0)
    assert found.mass_g == pytest.approx(2e-3 * 3550.0, rel=1e-12)
    assert found.u_g == pytest.approx(0.0, abs=1e-12)


def test_a_pump_that_rests_at_both_ends_gives_the_whole_volume() -> None:
    t_s = np.arange(0.0, 3000.0)
    mass = 3.0 * np.clip((t_s - 1000.0) / 500.0, 0.0, 1.0)
    assert delivered(WeightSeries(t_s, mass), 0.0, 2999.0, 300).mass_g == 3.0


def test_a_fluctuating_flow_counts_in_full_unlike_a_fitted_line() -> None:
    # q = 10 + 3 sin(2 pi t / 2T): the mean is 11.910, the slope of a fit 12.320.
    t_s = np.linspace(0.0, 1000.0, 10_001)
    mass = 10.0 * t_s + 3000.0 / math.pi * (1.0 - np.cos(math.pi * t_s / 1000.0))
    found = delivered(WeightSeries(t_s, mass), 0.0, 1000.0, 10)
    rate = found.mass_g / (found.end_s - found.start_s)
    assert rate == pytest.approx(11.910, abs=2e-3)
    assert np.polyfit(t_s, mass, 1)[0] == pytest.approx(12.320, abs=2e-3)


@pytest.mark.parametrize("walk", [0.0, 0.002])
def test_the_uncertainty_is_the_scatter_of_many_recordings(walk: float) -> None:
    rng = np.random.Generator(np.random.PCG64(3))
    t_s = np.arange(0.0, 361.0)
    errors, stated = [], []
    for _ in range(1000):
        walked = np.cumsum(walk * rng.standard_normal(t_s.size))
        mass = 0.05 * t_s + walked + 0.01 * rng.standard_normal(t_s.size)
        found = delivered(WeightSeries(t_s, mass), 0.0, 360.0, 20, Noise(0.01, walk))
        errors.append(found.mass_g - 0.05 * (found.end_s - found.start_s))
        stated.append(found.u_g)
    assert np.std(errors) == pytest.approx(np.mean(stated), rel=0.08)
    covered = np.abs(errors) <= 1.96 * np.array(stated)
    assert 0.93 <= covered.mean() <= 0.97


def test_the_scatter_of_few_readings_is_not_too_small() -> None:
    rng = np.random.Generator(np.random.PCG64(4))
    t_s = np.arange(0.0, 11.0)
    squares = [
        delivered(WeightSeries(t_s, 0.05 * t_s + 0.01 * noise), 0.0, 10.0, 5).u_g ** 2
        for noise in rng.standard_normal((4000, t_s.size))
    ]
    assert np.mean(squares) == pytest.approx(2.0 * 0.01**2 / 5.0, rel=0.05)


def test_readings_that_agree_by_chance_are_not_believed() -> None:
    t_s = np.arange(0.0, 100.0)
    series = WeightSeries(t_s, np.where(t_s < 50.0, 0.0, 1.0))
    found = delivered(series, 0.0, 99.0, 10, Noise(1e-3))
    assert found.u_g == pytest.approx(1e-3 * math.sqrt(2.0 / 10.0))


@pytest.mark.parametrize(("end", "readings"), [(99.0, 2), (98.0, 50), (9.0, 6)])
def test_an_interval_without_two_plateaus_is_refused(end: float, readings: int) -> None:
    t_s = np.arange(0.0, 100.0)
    with pytest.raises(MeasurementRefused, match="are not two plateaus"):
        delivered(WeightSeries(t_s, t_s), 0.0, end, readings)
