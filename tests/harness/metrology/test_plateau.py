import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import MeasurementRefused
from harness.metrology.plateau import halves, plateau
from harness.readings import WeightReading

weights = st.lists(
    st.tuples(st.integers(0, 10**15), st.integers(-(10**11), 10**11)),
    min_size=3,
    max_size=40,
).map(lambda rows: [WeightReading(t, m, True) for t, m in rows])


@given(weights)
def test_a_plateau_agrees_with_exact_arithmetic(readings: list[WeightReading]) -> None:
    masses = [each.mass_ng for each in readings]
    result = plateau(readings)
    assert result.mass_ng == pytest.approx(statistics.mean(masses), rel=1e-12, abs=1e-3)
    assert result.s_ng == pytest.approx(statistics.stdev(masses), rel=1e-9, abs=1e-3)
    assert 0 <= statistics.mean(each.t_ns for each in readings) - result.t_ns < 1
    assert result.n == len(readings)


def test_scatter_survives_a_heavy_vessel() -> None:
    # NIST NumAcc4 in spirit: 0.1 and 0.3 about 0.2, beside a tare of 200 g in ng.
    readings = [
        WeightReading(i, 200 * 10**9 + 2 + (-1) ** i, True) for i in range(1000)
    ]
    assert plateau(readings).s_ng == pytest.approx(1.0005, abs=1e-4)


def test_unstable_readings_count() -> None:
    readings = [WeightReading(i, 10 * i, stable=i == 0) for i in range(5)]
    assert (plateau(readings).mass_ng, plateau(readings).n) == (20.0, 5)


def test_too_few_readings_are_refused() -> None:
    with pytest.raises(MeasurementRefused, match="2 readings make no plateau"):
        plateau([WeightReading(0, 1, True)] * 2)
    with pytest.raises(MeasurementRefused, match="2 readings"):
        halves([WeightReading(0, 1, True)] * 5)


def test_halves_of_a_steady_loss_give_its_slope() -> None:
    readings = [WeightReading(i * 10, 1000 - 3 * i, True) for i in range(20)]
    first, last = halves(readings)
    slope = (last.mass_ng - first.mass_ng) / (last.t_ns - first.t_ns)
    assert slope == pytest.approx(-0.3)
