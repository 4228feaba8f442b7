import numpy as np
import pytest

from harness.errors import ConfigurationError
from harness.flow.series import Grid
from harness.flow.startup import start_up


def test_31_weights_at_two_minutes_give_30_flows() -> None:
    grid = Grid(120.0, 3600.0, np.arange(31.0) * 0.2)
    curve = start_up(grid, 0.998)
    assert len(curve.rate_ml_per_h) == 30
    # 60 (W_i - W_(i-1)) / (S d), with S in minutes.
    assert curve.rate_ml_per_h == pytest.approx([60.0 * 0.2 / (2.0 * 0.998)] * 30)
    assert (curve.t_s[0], curve.t_s[-1]) == (3720.0, 7200.0)


def test_a_delayed_pump_starts_late() -> None:
    mass = np.maximum(0.0, np.arange(241) - 20.0) * 0.1
    rates = start_up(Grid(30.0, 0.0, mass), 1.0).rate_ml_per_h
    assert rates[:20].tolist() == [0.0] * 20
    assert rates[20:] == pytest.approx([12.0] * 220)


def test_points_over_two_intervals_leave_an_odd_one_out() -> None:
    mass = np.array([0.0, 1.0, 3.0, 6.0, 10.0, 99.0])
    curve = start_up(Grid(900.0, 0.0, mass), 1.0, every=2)
    assert curve.interval_s == 1800.0
    assert curve.rate_ml_per_h.tolist() == [6.0, 14.0]
    assert curve.t_s.tolist() == [1800.0, 3600.0]


def test_the_curve_as_json() -> None:
    curve = start_up(Grid(3600.0, 0.0, np.array([0.0, 2.0])), 1.0)
    assert curve.to_json() == {
        "interval_s": 3600.0,
        "t_s": [3600.0],
        "rate_ml_per_h": [2.0],
    }


@pytest.mark.parametrize("every", [0, 3])
def test_a_curve_without_a_point_is_refused(every: int) -> None:
    with pytest.raises(ConfigurationError, match="give no point"):
        start_up(Grid(30.0, 0.0, np.arange(3.0)), 1.0, every)
