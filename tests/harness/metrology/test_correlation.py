import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.metrology.correlation import Correlation, correlation_matrix, groups


@pytest.mark.parametrize("r", [1.01, -1.01, math.nan])
def test_an_impossible_coefficient_is_refused(r: float) -> None:
    with pytest.raises(ValueError, match="between -1 and 1"):
        Correlation("a", "b", r)


def test_an_input_is_not_correlated_with_itself() -> None:
    with pytest.raises(ValueError, match="two inputs"):
        Correlation("a", "a", 1.0)


@given(
    st.lists(
        st.tuples(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3)), min_size=3, max_size=20
    ).filter(
        lambda rows: all(np.std(column) > 1e-3 for column in zip(*rows, strict=True))
    )
)
def test_observed_correlations_agree_with_numpy(
    rows: list[tuple[float, float]],
) -> None:
    first, second = zip(*rows, strict=True)
    found = Correlation.observed("a", "b", first, second).r
    assert found == pytest.approx(np.corrcoef(first, second)[0, 1], abs=1e-9)


def test_a_perfect_correlation_is_not_refused_for_its_rounding() -> None:
    values = [0.1, 0.2, 0.3, 0.7]
    tripled = [3 * each for each in values]
    assert Correlation.observed("a", "b", values, tripled).r == pytest.approx(1.0)


def test_series_that_cannot_be_correlated_are_refused() -> None:
    for second in ([1.0, 1.0, 1.0], [1.0, 2.0]):
        with pytest.raises(ValueError, match=r"constant|same number"):
            Correlation.observed("a", "b", [1.0, 2.0, 3.0], second)


def test_what_hangs_together_is_one_group() -> None:
    pairs = [("a", "b"), ("c", "d"), ("e", "f"), ("d", "a")]
    found = groups([Correlation(*pair, 0.1) for pair in pairs])
    assert sorted(sorted(group) for group in found) == [
        ["a", "b", "c", "d"],
        ["e", "f"],
    ]


def test_the_matrix_has_its_coefficients_in_place() -> None:
    matrix = correlation_matrix(
        ["c", "a", "b"], [Correlation("a", "b", 0.5), Correlation("x", "y", 0.9)]
    )
    assert matrix.tolist() == [[1, 0, 0], [0, 1, 0.5], [0, 0.5, 1]]
