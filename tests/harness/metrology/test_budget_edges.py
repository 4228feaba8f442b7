"""What a budget says of itself and refuses, and how it is drawn without a model."""

from __future__ import annotations

import math

import numpy as np
import pytest

from harness.metrology.budget import (
    BudgetEntry,
    Correlation,
    Estimate,
    Input,
    combined_u,
    evaluate,
)
from harness.metrology.draws import Draws

A = Input("a", 1.0, 0.3, "mg")
B = Input("b", 1.0, 0.4, "mg")


def draws() -> Draws:
    return Draws(1000, np.random.default_rng(1))


def test_a_correlation_refused_says_which_name_is_wrong() -> None:
    with pytest.raises(ValueError, match="correlation") as caught:
        evaluate(lambda a, b: a + b, (A, B), (Correlation("a", "c", 0.5),))
    assert str(caught.value) == (
        "correlation of a and c: 'c' must be the name of exactly one input, and that"
        " must not name a cause"
    )


@pytest.mark.parametrize(("first", "second"), [("a", "c"), ("c", "a")])
def test_either_name_of_a_correlation_is_looked_up(first: str, second: str) -> None:
    with pytest.raises(ValueError, match="'c' must be the name of exactly one input"):
        evaluate(lambda a, b: a + b, (A, B), (Correlation(first, second, 0.5),))


def test_a_result_of_which_only_u_is_known_is_drawn_with_its_degrees_of_freedom() -> (
    None
):
    known = Estimate(5.0, 0.1, 4.0, ())
    assert known.correlations == ()
    # Of Student's distribution with 4 degrees of freedom, scaled: the same draws.
    expected = draws().of(Input("anything", 5.0, 0.1, "", dof=4.0))
    assert known.drawn(draws()) == pytest.approx(expected)


def test_a_linear_budget_is_drawn_about_its_value_and_not_about_its_inputs() -> None:
    # Inputs far away from 0, as masses are: only their errors count.
    far = (BudgetEntry(Input("x", 1e6, 0.5, "mg"), 2.0),)
    drawn = Estimate(7.0, 1.0, math.inf, far).drawn(Draws(40_000, generator()))
    assert drawn.mean() == pytest.approx(7.0, abs=0.03)
    assert drawn.std() == pytest.approx(1.0, rel=0.02)


def generator() -> np.random.Generator:
    return np.random.default_rng(3)


def test_a_contribution_has_no_sign_and_a_change_has() -> None:
    line = BudgetEntry(A, -2.0)
    assert line.signed == pytest.approx(-0.6)
    assert line.contribution == pytest.approx(0.6)


@pytest.mark.parametrize(
    ("r", "u"), [(1.0, 0.7), (-1.0, 0.1), (0.0, 0.5), (0.5, math.sqrt(0.37))]
)
def test_correlated_errors_add_as_vectors(r: float, u: float) -> None:
    # By the law of cosines, of 0.3 and 0.4: 0.09 + 0.16 + 2 r 0.12.
    lines = (BudgetEntry(A, 1.0), BudgetEntry(B, 1.0))
    assert combined_u(lines, (Correlation("a", "b", r),)) == pytest.approx(u)
    assert combined_u(iter(lines)) == pytest.approx(0.5)


def test_other_names_change_a_budget_and_its_correlations_and_no_number() -> None:
    joint = evaluate(lambda a, b: a + b, (A, B), (Correlation("a", "b", 0.5),))
    other = joint.renamed({"b": "c"})
    assert [line.source.name for line in other.budget] == ["a", "c"]
    assert other.correlations == (Correlation("a", "c", 0.5),)
    assert (other.value, other.u, other.dof) == (joint.value, joint.u, joint.dof)
    assert other.drawn(draws()) == pytest.approx(joint.drawn(draws()))
    assert joint.renamed({"b": "b"}) == joint


def test_how_an_estimate_is_drawn_is_not_printed() -> None:
    assert "draw" not in repr(evaluate(lambda a: a, (A,)))
