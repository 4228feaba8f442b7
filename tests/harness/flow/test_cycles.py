import numpy as np
import pytest

from harness.errors import ConfigurationError, MeasurementRefused
from harness.flow.cycles import quiet_phase_s, require_whole_cycles, shot_cycle_s
from harness.flow.series import WeightSeries

FIRST = 0.37


def shots(cycle_s: float, count: int, noise_g: float = 0.0) -> WeightSeries:
    """A shot of 50 mg every cycle, each 2 s long, read every second."""
    t_s = np.arange(0.0, count * cycle_s)
    since = t_s - FIRST * cycle_s
    done = np.floor(since / cycle_s) + np.clip(since % cycle_s / 2.0, 0.0, 1.0)
    rng = np.random.Generator(np.random.PCG64(1))
    return WeightSeries(t_s, 0.05 * done + noise_g * rng.standard_normal(t_s.size))


@pytest.mark.parametrize("cycle_s", [5.1, 12.7, 31.0, 47.3, 180.0, 180.37, 600.0])
@pytest.mark.parametrize("noise_g", [0.0, 1e-4, 1e-3])
def test_the_cycle_is_found_and_the_pumps_rest(cycle_s: float, noise_g: float) -> None:
    series = shots(cycle_s, 120, noise_g)
    found = shot_cycle_s(series)
    assert found == pytest.approx(cycle_s, rel=1e-3)
    if cycle_s > 10.0:
        # Shots come at 0.37 of a cycle; the rest's middle is at least a fifth away.
        after = (quiet_phase_s(series, found, 0.0) / found - FIRST) % 1.0
        assert 0.2 < after < 0.85


def test_the_pumps_rest_counts_from_the_period() -> None:
    series = shots(180.0, 120)
    later = quiet_phase_s(series, 180.0, 60.0) - quiet_phase_s(series, 180.0, 0.0)
    assert later % 180.0 == pytest.approx(120.0, abs=15.0)


def test_a_steady_flow_has_no_cycle() -> None:
    t_s = np.arange(7200.0)
    rng = np.random.Generator(np.random.PCG64(2))
    for mass in (1e-3 * t_s, 1e-3 * t_s + 1e-4 * rng.standard_normal(t_s.size)):
        with pytest.raises(MeasurementRefused, match="nothing repeats 40 times"):
            shot_cycle_s(WeightSeries(t_s, mass))


def test_too_few_cycles_are_refused() -> None:
    with pytest.raises(MeasurementRefused, match="nothing repeats 40 times"):
        shot_cycle_s(shots(180.0, 30))


@pytest.mark.parametrize("interval_s", [180.0, 360.0, 180.2])
def test_whole_cycles_are_accepted(interval_s: float) -> None:
    require_whole_cycles(interval_s, 180.0, 100)


@pytest.mark.parametrize("interval_s", [30.0, 270.0, 181.0, 60.0])
def test_parts_of_a_cycle_are_refused(interval_s: float) -> None:
    with pytest.raises(ConfigurationError, match="not a whole number of shot cycles"):
        require_whole_cycles(interval_s, 180.0, 100)
