"""Nested spread against the guide's own worked example and by simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from harness.populations.spread import spread

# GUM (JCGM 100) H.5: means of ten days of five voltages each, µV above 10 V.
DAY_MEANS = (172, 116, 13, 144, 106, 31, 60, 125, 163, 41)
DAY_S = (60, 77, 111, 101, 67, 93, 80, 73, 88, 86)


def five_with(mean: float, s: float) -> list[float]:
    """Five values with this mean and this standard deviation."""
    shape = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
    return list(mean + s * shape / shape.std(ddof=1))


def test_the_guide_s_analysis_of_variance() -> None:
    found = spread([five_with(*day) for day in zip(DAY_MEANS, DAY_S, strict=True)])
    assert found.mean == pytest.approx(97.1)
    assert found.s_within == pytest.approx(84.89, abs=0.2)
    assert found.f == pytest.approx(2.262, abs=0.01)
    assert found.s_between == pytest.approx(42.6, abs=0.2)
    assert found.s == pytest.approx(math.hypot(42.6, 84.9), rel=0.005)
    assert (found.units, found.values) == (10, 50)


def test_f_and_p_are_those_of_scipy_with_unequal_repeats() -> None:
    groups = [[1.0, 1.2, 0.9], [2.0, 2.2], [1.4, 1.1, 1.2, 1.3]]
    found = spread(groups)
    test = stats.f_oneway(*groups)
    assert found.f == pytest.approx(test.statistic)
    assert found.p == pytest.approx(test.pvalue)


def test_single_values_have_the_plain_standard_deviation() -> None:
    values = [1.0, 2.5, 2.0, 4.0]
    found = spread([[value] for value in values])
    assert found.s == pytest.approx(np.std(values, ddof=1))
    assert found.s_between == pytest.approx(found.s)
    assert found.s_within == 0.0
    assert math.isnan(found.f)


def test_s_is_that_of_a_single_value_and_not_of_a_mean() -> None:
    drawn = np.random.default_rng(5)
    units = 4000
    counts = drawn.integers(1, 5, units)
    truth = drawn.normal(0.0, 2.0, units)
    values = [
        [float(v) for v in drawn.normal(mean, 1.0, n)]
        for mean, n in zip(truth, counts, strict=True)
    ]
    found = spread(values)
    assert found.s_between == pytest.approx(2.0, rel=0.05)
    assert found.s_within == pytest.approx(1.0, rel=0.05)
    assert found.s == pytest.approx(math.sqrt(5.0), rel=0.05)


def test_noise_alone_gives_no_negative_variance() -> None:
    found = spread([[1.0, -1.0], [-1.0, 1.0], [1.0, -1.0]])
    assert found.s_between == 0.0
    assert found.s_within == pytest.approx(math.sqrt(2.0))


def test_one_unit_has_no_spread_between() -> None:
    found = spread([[1.0, 2.0]])
    assert math.isnan(found.s)
    assert math.isnan(found.s_between)


@pytest.mark.parametrize("values", [[], [[1.0], []]])
def test_a_unit_without_a_value_is_refused(values: list[list[float]]) -> None:
    with pytest.raises(ValueError, match="needs a value"):
        spread(values)
