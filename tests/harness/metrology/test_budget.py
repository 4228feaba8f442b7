import math

import GTC
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.metrology.budget import (
    Distribution,
    Estimate,
    Input,
    chain,
    effective_dof,
    evaluate,
)


def product_over_root(x: float, y: float, z: float) -> float:
    return x * y / math.sqrt(z)


def test_evaluate_agrees_with_gtc() -> None:
    inputs = (
        Input("x", 3.0, 0.02, "m", dof=5),
        Input("y", -2.0, 0.05, "m", dof=11),
        Input.rectangular("z", 4.0, 0.1, "m"),
    )
    x = GTC.ureal(3.0, 0.02, 5)
    y = GTC.ureal(-2.0, 0.05, 11)
    z = GTC.ureal(4.0, 0.1 / math.sqrt(3))
    oracle = x * y / GTC.sqrt(z)

    estimate = evaluate(product_over_root, inputs)

    assert estimate.value == pytest.approx(oracle.x, rel=1e-12)
    assert estimate.u == pytest.approx(oracle.u, rel=1e-8)
    assert estimate.dof == pytest.approx(oracle.df, rel=1e-7)
    sensitivities = [entry.sensitivity for entry in estimate.budget]
    assert sensitivities == pytest.approx([-1.0, 1.5, 0.375], rel=1e-7)


def test_gum_example_h1_end_gauge() -> None:
    # JCGM 100 H.1, lengths in nm: u_c = 32, nu_eff = 16.
    inputs = (
        Input("standard", 50_000_623.0, 25.0, "nm", dof=18),
        Input("difference", 215.0, math.hypot(5.8, 3.9, 6.7), "nm", dof=25.6),
        Input.rectangular("difference of expansion", 0.0, 1e-6, "1/K", dof=50),
        Input.rectangular("difference of temperature", 0.0, 0.05, "K", dof=2),
        Input("temperature", -0.1, 0.41, "K"),
        Input("expansion", 11.5e-6, 1.2e-6, "1/K"),
    )

    def length(s: float, d: float, da: float, dt: float, t: float, a: float) -> float:
        return s + d - s * (da * t + a * dt)

    estimate = evaluate(length, inputs)

    assert estimate.value == pytest.approx(50_000_838.0, abs=0.5)
    assert estimate.u == pytest.approx(31.7, abs=0.1)
    assert math.floor(estimate.dof) == 16
    assert estimate.budget[3].contribution == pytest.approx(16.599, abs=2e-3)
    assert estimate.budget[2].contribution == pytest.approx(2.8868, abs=1e-3)


def test_half_widths_become_standard_uncertainties() -> None:
    rectangular = Input.rectangular("a", 0.0, 3.0, "mg")
    triangular = Input.triangular("b", 0.0, 3.0, "mg")
    assert rectangular.u == pytest.approx(math.sqrt(3))
    assert rectangular.distribution is Distribution.RECTANGULAR
    assert triangular.u == pytest.approx(math.sqrt(1.5))
    assert triangular.distribution is Distribution.TRIANGULAR


def test_an_exact_result_has_infinite_degrees_of_freedom() -> None:
    estimate = evaluate(lambda x: 2 * x, (Input("x", 1.0, 0.0, "mg", dof=3),))
    assert (estimate.value, estimate.u, estimate.dof) == (2.0, 0.0, math.inf)
    assert effective_dof(()) == math.inf


@pytest.mark.parametrize(("u", "dof"), [(-1e-9, 5.0), (1.0, 0.0), (1.0, -2.0)])
def test_impossible_inputs_are_refused(u: float, dof: float) -> None:
    with pytest.raises(ValueError, match="blank"):
        Input("blank", 0.0, u, "mg", dof=dof)


def test_a_nan_uncertainty_reaches_the_result_of_a_chain() -> None:
    unknown = evaluate(lambda x: x, (Input("x", 1.0, math.nan, "mg"),))
    exact = evaluate(lambda x: x, (Input("y", 1.0, 0.0, "mg"),))
    assert math.isnan(chain(lambda a, b: a + b, unknown, exact).u)


@given(
    st.lists(
        st.tuples(st.floats(1e-3, 1e3), st.floats(1e-6, 1.0), st.integers(1, 50)),
        min_size=4,
        max_size=4,
    ),
)
def test_a_chain_equals_the_model_in_one_piece(
    rows: list[tuple[float, float, int]],
) -> None:
    inputs = tuple(
        Input(f"x{i}", x, x * relative * 0.1, "mg", dof=dof)
        for i, (x, relative, dof) in enumerate(rows)
    )
    whole = evaluate(lambda a, b, c, d: (a + b) * (c + 2 * d), inputs)
    left = evaluate(lambda a, b: a + b, inputs[:2])
    right = evaluate(lambda c, d: c + 2 * d, inputs[2:])

    chained = chain(lambda m, f: m * f, left, right)

    assert chained.value == pytest.approx(whole.value, rel=1e-12)
    assert chained.u == pytest.approx(whole.u, rel=1e-6)
    assert chained.dof == pytest.approx(whole.dof, rel=1e-5)
    assert [line.source.name for line in chained.budget] == ["x0", "x1", "x2", "x3"]


@given(st.lists(st.tuples(st.floats(1e-6, 1e6), st.integers(1, 99)), min_size=1))
def test_effective_dof_lies_between_the_smallest_and_the_sum(
    rows: list[tuple[float, int]],
) -> None:
    inputs = tuple(Input("x", 0.0, u, "mg", dof=dof) for u, dof in rows)
    estimate: Estimate = evaluate(lambda *x: sum(x), inputs)
    smallest, total = min(dof for _, dof in rows), sum(dof for _, dof in rows)
    assert smallest * (1 - 1e-6) <= estimate.dof <= total * (1 + 1e-6)
