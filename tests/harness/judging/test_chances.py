"""Where the true value lies: its edges, its far tails, and no evidence at all."""

from __future__ import annotations

import math

import pytest
from scipy import stats

from harness.judging.chances import Chances, chances


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (-5.0, Chances(0.0, 1.0, 0.0)),
        (5.0, Chances(0.0, 1.0, 0.0)),
        (math.nextafter(-5.0, -math.inf), Chances(1.0, 0.0, 0.0)),
        (math.nextafter(5.0, math.inf), Chances(0.0, 0.0, 1.0)),
    ],
)
def test_an_exact_value_on_a_limit_conforms(value: float, expected: Chances) -> None:
    assert chances(value, 0.0, math.inf, -5.0, 5.0) == expected


@pytest.mark.parametrize(
    ("value", "u", "dof"),
    [(math.nan, 1.0, 9.0), (1.0, math.inf, 9.0), (1.0, 1.0, 0.9), (math.inf, 1.0, 9.0)],
)
def test_without_evidence_no_side_has_a_probability(
    value: float, u: float, dof: float
) -> None:
    found = chances(value, u, dof, -5.0, 5.0)
    assert all(math.isnan(each) for each in (found.below, found.inside, found.above))


@pytest.mark.parametrize("dof", [math.inf, 8.0])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_far_tail_keeps_its_digits(dof: float, sign: float) -> None:
    # 25 against ±5 with u = 1: scipy's own tails, 20 u and 30 u out.
    curve = stats.norm if math.isinf(dof) else stats.t(dof)
    found = chances(sign * 25.0, 1.0, dof, -5.0, 5.0)
    expected = curve.sf(20.0) - curve.sf(30.0)
    assert found.inside == pytest.approx(expected, rel=1e-9, abs=0.0)
    near, far = (found.above, found.below) if sign > 0 else (found.below, found.above)
    assert far == pytest.approx(curve.sf(30.0), rel=1e-9, abs=0.0)
    assert near == pytest.approx(1.0)
