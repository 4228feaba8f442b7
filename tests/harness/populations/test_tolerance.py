"""Factors and sample sizes against published tables and independent methods."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from harness.populations import tolerance
from harness.populations.assurance import Assurance

COLUMNS = ((0.95, 0.90), (0.95, 0.95), (0.95, 0.99), (0.90, 0.90))
# n: one-sided exact / two-sided exact / two-sided by Howe, for each column.
TABLE = """
3 6.1553/8.3059/8.3862 7.6559/9.7888/9.9928 10.5527/12.6471/13.1328 4.2582/5.7881/5.8514
5 3.4066/4.2906/4.2746 4.2027/5.0769/5.0935 5.7411/6.5980/6.6940 2.7423/3.4993/3.4942
10 2.3546/2.8563/2.8382 2.9110/3.3934/3.3819 3.9811/4.4369/4.4446 2.0657/2.5459/2.5350
15 2.0684/2.4922/2.4797 2.5660/2.9649/2.9548 3.5201/3.8853/3.8832 1.8668/2.2855/2.2775
20 1.9260/2.3188/2.3098 2.3960/2.7603/2.7523 3.2952/3.6210/3.6171 1.7652/2.1583/2.1524
22 1.8864/2.2717/2.2637 2.3490/2.7047/2.6974 3.2332/3.5490/3.5450 1.7366/2.1235/2.1181
30 1.7773/2.1451/2.1397 2.2198/2.5549/2.5496 3.0639/3.3546/3.3508 1.6571/2.0289/2.0252
59 1.6121/1.9633/1.9611 2.0259/2.3391/2.3368 2.8119/3.0733/3.0711 1.5344/1.8910/1.8895
"""
ROWS = [
    (int(line.split()[0]), Assurance(*column), cell)
    for line in TABLE.split("\n")
    if line
    for column, cell in zip(COLUMNS, line.split()[1:], strict=True)
]
ASSURED = Assurance(0.95, 0.90)


def howe(units: int, assurance: Assurance) -> float:
    """An approximation, for comparison."""
    z = NormalDist().inv_cdf((1.0 + assurance.reliability) / 2.0)
    chi = stats.chi2.ppf(1.0 - assurance.confidence, units - 1)
    return float(z * math.sqrt((units - 1) * (1.0 + 1.0 / units) / chi))


@pytest.mark.parametrize(("units", "assurance", "cell"), ROWS)
def test_every_printed_factor(units: int, assurance: Assurance, cell: str) -> None:
    ours = (
        tolerance.one_sided_factor(units, assurance),
        tolerance.two_sided_factor(units, assurance),
        howe(units, assurance),
    )
    assert [f"{k:.4f}" for k in ours] == cell.split("/")


@pytest.mark.parametrize("units", [2, 7, 200, 2000])
@pytest.mark.parametrize("assurance", [Assurance(0.99, 0.999), Assurance(0.5, 0.6)])
def test_the_one_sided_factor_is_a_quantile_of_non_central_t(
    units: int, assurance: Assurance
) -> None:
    shift = NormalDist().inv_cdf(assurance.reliability) * math.sqrt(units)
    for k, tail in (
        (tolerance.one_sided_factor(units, assurance), assurance.confidence),
        (tolerance.least_failing_factor(units, assurance), 1 - assurance.confidence),
    ):
        quantile = stats.nct.ppf(tail, units - 1, shift)
        assert k == pytest.approx(quantile / math.sqrt(units), rel=1e-8)


@pytest.mark.parametrize(("sides", "units"), [(1, 5), (2, 5), (1, 22), (2, 22)])
def test_so_many_intervals_hold_so_many_units(sides: int, units: int) -> None:
    k = tolerance.factor(sides)(units, ASSURED)
    drawn = np.random.default_rng(20261122).normal(size=(40_000, units))
    mean, s = drawn.mean(axis=1), drawn.std(axis=1, ddof=1)
    below = np.zeros_like(s) if sides == 1 else stats.norm.cdf(mean - k * s)
    held = stats.norm.cdf(mean + k * s) - below
    assert np.mean(held >= ASSURED.reliability) == pytest.approx(0.95, abs=0.004)


@settings(max_examples=60)
@given(st.integers(2, 400), st.floats(0.5, 0.999), st.floats(0.5, 0.999))
def test_more_units_never_need_a_wider_interval(
    units: int, confidence: float, reliability: float
) -> None:
    assurance = Assurance(confidence, reliability)
    for sides in (1, 2):
        k = tolerance.factor(sides)
        # Below one half the one-sided factor grows towards its limit.
        if sides == 2 or confidence > 0.6:
            assert k(units + 1, assurance) <= k(units, assurance) * (1.0 + 1e-9)
    one, two = (tolerance.factor(sides)(units, assurance) for sides in (1, 2))
    assert two >= one * (1.0 - 1e-9)


@pytest.mark.parametrize(
    ("confidence", "reliability", "units"),
    [(0.95, 0.95, 93), (0.95, 0.90, 46), (0.90, 0.90, 38), (0.95, 0.99, 473)],
)
def test_units_for_a_range(confidence: float, reliability: float, units: int) -> None:
    assurance = Assurance(confidence, reliability)
    assert tolerance.units_for_range(2, assurance) == units
    assert tolerance.confidence_of_range(units, 2, reliability) >= confidence
    assert tolerance.confidence_of_range(units - 1, 2, reliability) < confidence


def test_units_for_one_end_of_a_range() -> None:
    assert tolerance.units_for_range(1, ASSURED) == 29
    assert tolerance.confidence_of_range(29, 1, 0.9) == pytest.approx(1 - 0.9**29)
    assert tolerance.confidence_of_range(1, 2, 0.9) == 0.0


@pytest.mark.parametrize("sides", [1, 2])
def test_units_for_a_margin_are_the_fewest(sides: int) -> None:
    k = tolerance.factor(sides)
    needed = tolerance.units_for_margin(2.5, sides, ASSURED)
    assert needed is not None
    assert k(needed, ASSURED) <= 2.5 < k(needed - 1, ASSURED)
    # 90 % of a normal population reach 1.2816 s, or 1.6449 s to both sides.
    assert tolerance.units_for_margin((1.28, 1.64)[sides - 1], sides, ASSURED) is None


def test_the_chance_to_pass_by_simulation() -> None:
    units, margin = 10, 3.0
    k = tolerance.two_sided_factor(units, ASSURED)
    drawn = np.random.default_rng(7).normal(size=(40_000, units))
    passed = drawn.mean(axis=1) + k * drawn.std(axis=1, ddof=1) <= margin
    chance = tolerance.chance_to_pass(units, margin, 2, ASSURED)
    assert chance == pytest.approx(float(np.mean(passed)), abs=0.01)
    enough = tolerance.units_for_chance(0.9, margin, 2, ASSURED)
    assert enough is not None
    assert tolerance.chance_to_pass(enough, margin, 2, ASSURED) >= 0.9
    assert tolerance.chance_to_pass(enough - 1, margin, 2, ASSURED) < 0.9


@pytest.mark.parametrize(
    "function",
    [
        tolerance.one_sided_factor,
        tolerance.two_sided_factor,
        tolerance.least_failing_factor,
    ],
)
def test_one_unit_has_no_spread(function: tolerance.Factor) -> None:
    with pytest.raises(ValueError, match="1 units have no spread"):
        function(1, ASSURED)
