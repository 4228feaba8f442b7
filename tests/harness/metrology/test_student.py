import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm, t

from harness.metrology.student import coverage_factor


@pytest.mark.parametrize("p", [0.01, 0.5, 0.6827, 0.90, 0.95, 0.9545, 0.99, 0.9973])
def test_coverage_factor_agrees_with_scipy(p: float) -> None:
    for dof in (*range(1, 30), 99, 100, 198, 199, 200, 201, 1000, 10**6):
        assert coverage_factor(dof, p) == pytest.approx(
            t.ppf((1 + p) / 2, dof), rel=1e-9
        )


def test_coverage_factor_of_known_u_is_the_normal_one() -> None:
    assert coverage_factor(math.inf) == pytest.approx(norm.ppf(0.975), rel=1e-12)


# Two-sided 95 % values as printed in the tables of textbooks.
@pytest.mark.parametrize(
    ("dof", "k"), [(1, 12.706), (2, 4.303), (4, 2.776), (10, 2.228), (30, 2.042)]
)
def test_coverage_factor_agrees_with_printed_tables(dof: int, k: float) -> None:
    assert coverage_factor(dof) == pytest.approx(k, abs=5e-4)


def test_degrees_of_freedom_are_floored_but_survive_rounding() -> None:
    assert coverage_factor(4.999) == coverage_factor(4)
    assert coverage_factor(3.9999999999999996) == coverage_factor(4)


@pytest.mark.parametrize("dof", [0.0, 0.99, -1.0, math.nan, -math.inf])
def test_without_a_degree_of_freedom_there_is_no_interval(dof: float) -> None:
    assert coverage_factor(dof) == math.inf


@pytest.mark.parametrize("p", [0.0, -0.1, 1.0, 0.99999, math.nan])
def test_impossible_coverage_is_refused(p: float) -> None:
    with pytest.raises(ValueError, match="coverage probability"):
        coverage_factor(5, p)


@given(st.integers(1, 2000), st.floats(0.5, 0.999))
def test_fewer_degrees_of_freedom_never_shrink_the_interval(dof: int, p: float) -> None:
    assert coverage_factor(dof, p) >= coverage_factor(dof + 1, p) * (1 - 1e-12)
