import math
from collections.abc import Callable

import GTC
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.metrology.budget import (
    BudgetEntry,
    Correlation,
    Estimate,
    Input,
    chain,
    effective_dof,
    evaluate,
)
from harness.metrology.draws import Draws


def draws(trials: int = 1000) -> Draws:
    return Draws(trials, np.random.default_rng(1))


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


def test_an_exact_result_has_infinite_degrees_of_freedom() -> None:
    estimate = evaluate(lambda x: 2 * x, (Input("x", 1.0, 0.0, "mg", dof=3),))
    assert (estimate.value, estimate.u, estimate.dof) == (2.0, 0.0, math.inf)
    assert effective_dof(()) == math.inf


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
    # A dof is a fourth power of contributions, themselves differences of the model.
    assert chained.dof == pytest.approx(whole.dof, rel=1e-3)
    assert [line.source.name for line in chained.budget] == ["x0", "x1", "x2", "x3"]


@given(st.lists(st.tuples(st.floats(1e-6, 1e6), st.integers(1, 99)), min_size=1))
def test_effective_dof_lies_between_the_smallest_and_the_sum(
    rows: list[tuple[float, int]],
) -> None:
    inputs = tuple(Input("x", 0.0, u, "mg", dof=dof) for u, dof in rows)
    estimate: Estimate = evaluate(lambda *x: sum(x), inputs)
    smallest, total = min(dof for _, dof in rows), sum(dof for _, dof in rows)
    assert smallest * (1 - 1e-6) <= estimate.dof <= total * (1 + 1e-6)


def span(value: float = 1.0, u: float = 0.01) -> Input:
    return Input("span", value, u, "", cause="span of the balance")


def test_a_shared_cause_is_one_line_with_the_sum_of_the_sensitivities() -> None:
    inputs = (Input("a", 3.0, 0.1, "mg"), span(), Input("b", 5.0, 0.2, "mg"), span())
    estimate = evaluate(lambda a, s, b, t: b * t - a * s, inputs)
    assert [line.source.name for line in estimate.budget] == ["a", "span", "b"]
    assert estimate.budget[1].sensitivity == pytest.approx(5.0 - 3.0)
    assert estimate.u == pytest.approx(math.hypot(0.1, 0.2, 0.02))


def test_a_shared_cause_with_few_degrees_of_freedom_counts_once() -> None:
    inputs = tuple(Input(f"x{i}", 1.0, 0.1, "", dof=4, cause="drift") for i in range(3))
    estimate = evaluate(lambda *x: sum(x), inputs)
    assert estimate.u == pytest.approx(0.3)
    assert estimate.dof == pytest.approx(4.0)


def test_inputs_without_a_cause_stay_independent() -> None:
    same = Input("x", 1.0, 0.1, "mg")
    assert evaluate(lambda a, b: a - b, (same, same)).u == pytest.approx(
        0.1 * math.sqrt(2)
    )
    whole = evaluate(lambda x: x, (same,))
    assert chain(lambda a, b: a - b, whole, whole).u == pytest.approx(
        0.1 * math.sqrt(2)
    )


def test_a_chain_merges_causes_of_its_parts() -> None:
    parts = [
        evaluate(lambda m, s: m * s, (Input("reading", mass, 0.1, "mg"), span()))
        for mass in (100.0, 110.0)
    ]
    change = chain(lambda a, b: b - a, *parts)
    assert [line.source.name for line in change.budget] == [
        "reading",
        "span",
        "reading",
    ]
    assert change.u == pytest.approx(math.hypot(0.1, 0.1, 0.1))
    again = chain(lambda a, b: a + b, change, parts[0])
    assert again.u == pytest.approx(math.hypot(0.1, 0.1, 0.1, 0.01 * 110.0))


def test_one_cause_with_two_uncertainties_is_refused() -> None:
    with pytest.raises(ValueError, match="span of the balance"):
        evaluate(lambda a, b: a + b, (span(u=0.01), span(u=0.02)))
    parts = [evaluate(lambda a: a, (span(u=u),)) for u in (0.01, 0.02)]
    with pytest.raises(ValueError, match="span of the balance"):
        chain(lambda a, b: a + b, *parts)


@given(
    st.floats(0.5, 2.0),
    st.floats(1e-4, 0.1),
    st.floats(0.1, 100.0),
    st.floats(-100.0, 100.0),
    st.floats(1.0, 50.0),
)
def test_a_cause_equals_a_model_in_which_the_shared_input_is_one_argument(
    shared: float, u: float, first: float, second: float, dof: float
) -> None:
    a, b = Input("a", first, 0.01, "mg"), Input("b", second, 0.02, "mg", dof=7)

    def error(name: str) -> Input:
        return Input(name, shared, u * shared, "", dof=dof, cause="span")

    once = evaluate(lambda x, y, s: x * s**2 - y / s, (a, b, error("s")))
    twice = evaluate(
        lambda x, s, y, t: x * s**2 - y / t, (a, error("s"), b, error("t"))
    )
    left = evaluate(lambda x, s: x * s**2, (a, error("s")))
    right = evaluate(lambda y, t: y / t, (b, error("t")))
    for each in (twice, chain(lambda x, y: x - y, left, right)):
        assert each.value == pytest.approx(once.value, rel=1e-9, abs=1e-9)
        assert each.u == pytest.approx(once.u, rel=1e-4)
        assert each.dof == pytest.approx(once.dof, rel=1e-3)


# JCGM 100 H.2: five sets of simultaneous observations, V, mA and rad.
VOLTAGE = (5.007, 4.994, 5.005, 4.990, 4.999)
CURRENT = (19.663, 19.639, 19.640, 19.685, 19.678)
PHASE = (1.0456, 1.0438, 1.0468, 1.0428, 1.0433)
H2_INPUTS = (
    Input.observed("V", VOLTAGE, "V"),
    Input.observed("I", CURRENT, "mA"),
    Input.observed("phi", PHASE, "rad"),
)
H2_CORRELATIONS = (
    Correlation.observed("V", "I", VOLTAGE, CURRENT),
    Correlation.observed("V", "phi", VOLTAGE, PHASE),
    Correlation.observed("I", "phi", CURRENT, PHASE),
)
H2_MODELS: dict[str, Callable[..., float]] = {
    "R": lambda v, i, phi: 1e3 * v / i * np.cos(phi),
    "X": lambda v, i, phi: 1e3 * v / i * np.sin(phi),
    "Z": lambda v, i, phi: 1e3 * v / i,
}


@pytest.mark.parametrize(
    ("name", "value", "u"),
    [("R", 127.732, 0.071), ("X", 219.847, 0.295), ("Z", 254.260, 0.236)],
)
def test_gum_example_h2_simultaneous_observations(
    name: str, value: float, u: float
) -> None:
    estimate = evaluate(H2_MODELS[name], H2_INPUTS, H2_CORRELATIONS)
    assert estimate.value == pytest.approx(value, abs=5e-4)
    # The second way below gives 0.29549 for X, where this one gives 0.29558.
    assert estimate.u == pytest.approx(u, abs=6e-4)
    # Everything was observed five times, and together.
    assert estimate.dof == pytest.approx(4.0)


def test_gum_example_h2_by_the_second_way() -> None:
    # Each set of observations gives a value of its own; every printed digit agrees.
    sets = list(zip(VOLTAGE, CURRENT, PHASE, strict=True))
    series = {
        name: [float(model(*each)) for each in sets]
        for name, model in H2_MODELS.items()
    }
    found = {name: Input.observed(name, series[name], "Ohm") for name in series}
    assert {name: (round(x.value, 3), round(x.u, 3)) for name, x in found.items()} == {
        "R": (127.732, 0.071),
        "X": (219.847, 0.295),
        "Z": (254.260, 0.236),
    }
    pairs = (("R", "X"), ("R", "Z"), ("X", "Z"))
    rs = [Correlation.observed(a, b, series[a], series[b]).r for a, b in pairs]
    assert [round(r, 3) for r in rs] == [-0.588, -0.485, 0.993]


@pytest.mark.parametrize(
    ("first", "second", "r"),
    [("R", "X", -0.588), ("R", "Z", -0.485), ("X", "Z", 0.993)],
)
def test_gum_example_h2_correlations_of_the_results(
    first: str, second: str, r: float
) -> None:
    def u(model: Callable[..., float]) -> float:
        return evaluate(model, H2_INPUTS, H2_CORRELATIONS).u

    a, b = H2_MODELS[first], H2_MODELS[second]
    of_sum = u(lambda *x: a(*x) + b(*x))
    mixed = (of_sum**2 - u(a) ** 2 - u(b) ** 2) / (2 * u(a) * u(b))
    assert mixed == pytest.approx(r, abs=5e-4)


def test_gum_example_h2_agrees_with_gtc() -> None:
    v, i, phi = GTC.multiple_ureal(
        [each.value for each in H2_INPUTS], [each.u for each in H2_INPUTS], 4
    )
    GTC.set_correlation(H2_CORRELATIONS[0].r, v, i)
    GTC.set_correlation(H2_CORRELATIONS[1].r, v, phi)
    GTC.set_correlation(H2_CORRELATIONS[2].r, i, phi)
    oracle = 1e3 * v / i * GTC.cos(phi)
    estimate = evaluate(H2_MODELS["R"], H2_INPUTS, H2_CORRELATIONS)
    assert estimate.u == pytest.approx(oracle.u, rel=1e-6)
    assert estimate.dof == pytest.approx(oracle.df, rel=1e-6)


def test_gum_example_h4_correlated_counts() -> None:
    inputs = (
        Input("activity of the standard", 0.1368, 0.0018, "Bq/g"),
        Input("mass of the standard", 5.0192, 0.0050, "g"),
        Input("mass of the sample", 5.0571, 0.0010, "g"),
        Input("counts of the sample", 652.60, 6.42, "1/min", dof=5),
        Input("counts of the standard", 206.09, 3.79, "1/min", dof=5),
    )
    correlation = Correlation("counts of the sample", "counts of the standard", 0.646)
    estimate = evaluate(lambda a, m, s, x, y: a * m / s * x / y, inputs, (correlation,))
    assert estimate.value == pytest.approx(0.42995, abs=1e-5)
    assert estimate.u == pytest.approx(0.00834, abs=1e-5)


@given(
    st.lists(st.floats(0.5, 5.0), min_size=3, max_size=3),
    st.lists(st.floats(0.01, 0.2), min_size=3, max_size=3),
    st.lists(st.floats(-0.45, 0.45), min_size=3, max_size=3),
)
def test_correlated_inputs_agree_with_gtc(
    values: list[float], us: list[float], rs: list[float]
) -> None:
    names, pairs = ("x", "y", "z"), ((0, 1), (0, 2), (1, 2))
    inputs = tuple(Input(*row, "mg") for row in zip(names, values, us, strict=True))
    oracles = [
        GTC.ureal(value, u, independent=False)
        for value, u in zip(values, us, strict=True)
    ]
    for (i, j), r in zip(pairs, rs, strict=True):
        GTC.set_correlation(r, oracles[i], oracles[j])
    x, y, z = oracles
    oracle = x * y / GTC.sqrt(z)
    correlations = tuple(
        Correlation(names[i], names[j], r) for (i, j), r in zip(pairs, rs, strict=True)
    )
    estimate = evaluate(product_over_root, inputs, correlations)
    assert estimate.u == pytest.approx(oracle.u, rel=1e-5)
    assert estimate.dof == math.inf


def test_uncorrelated_lines_keep_their_own_degrees_of_freedom() -> None:
    inputs = (
        Input("a", 1.0, 0.3, "", dof=5),
        Input("b", 1.0, 0.4, "", dof=9),
        Input("c", 1.0, 0.2, "", dof=3),
    )
    estimate = evaluate(lambda *x: sum(x), inputs, (Correlation("a", "b", 1.0),))
    u = math.hypot(0.7, 0.2)
    assert estimate.u == pytest.approx(u)
    assert estimate.dof == pytest.approx(u**4 / (0.7**4 / 5 + 0.2**4 / 3))


def test_perfectly_correlated_errors_cancel() -> None:
    inputs = (Input("a", 1.0, 0.1, ""), Input("b", 1.0, 0.1, ""))
    estimate = evaluate(lambda a, b: a - b, inputs, (Correlation("a", "b", 1.0),))
    assert estimate.u == pytest.approx(0.0, abs=1e-9)
    assert np.ptp(estimate.drawn(draws())) == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize(
    ("names", "correlation"),
    [
        (("a", "b"), Correlation("a", "c", 0.5)),
        (("a", "a"), Correlation("a", "b", 0.5)),
        (("a", "span"), Correlation("a", "span", 0.5)),
    ],
)
def test_a_correlation_must_name_two_inputs_of_their_own(
    names: tuple[str, ...], correlation: Correlation
) -> None:
    inputs = tuple(
        span() if name == "span" else Input(name, 1.0, 0.1, "") for name in names
    )
    with pytest.raises(ValueError, match="exactly one input"):
        evaluate(lambda *x: sum(x), inputs, (correlation,))


def test_correlations_that_contradict_each_other_are_refused() -> None:
    inputs = tuple(Input(name, 1.0, 0.1, "") for name in "abc")
    impossible = (
        Correlation("a", "b", 0.9),
        Correlation("b", "c", 0.9),
        Correlation("a", "c", -0.9),
    )
    with pytest.raises(ValueError, match="contradict each other"):
        evaluate(lambda *x: sum(x), inputs, impossible)


def test_correlations_survive_equal_names_in_a_chain() -> None:
    def pair(r: float) -> Estimate:
        inputs = (Input("left", 1.0, 0.3, "mg"), Input("right", 1.0, 0.4, "mg"))
        return evaluate(lambda a, b: a + b, inputs, (Correlation("left", "right", r),))

    def u(r: float) -> float:
        return math.sqrt(0.25 + 2 * r * 0.12)

    both = chain(lambda a, b: a - b, pair(1.0), pair(-1.0))
    assert both.u == pytest.approx(math.hypot(u(1.0), u(-1.0)))
    three = chain(lambda a, b: a + b, both, pair(0.5))
    assert three.u == pytest.approx(math.hypot(u(1.0), u(-1.0), u(0.5)))
    assert [line.source.name for line in three.budget] == [
        "left",
        "right",
        "left (2)",
        "right (2)",
        "left (3)",
        "right (3)",
    ]
    assert effective_dof(three.budget, three.correlations) == math.inf


def test_names_stay_where_nothing_is_correlated() -> None:
    part = evaluate(lambda a: a, (Input("reading", 1.0, 0.1, "mg"),))
    names = [line.source.name for line in chain(lambda a, b: a + b, part, part).budget]
    assert names == ["reading", "reading"]


def test_draws_go_through_the_model_and_through_a_chain() -> None:
    inner = evaluate(lambda x: x * x, (Input("x", 0.0, 1.0, ""),))
    outer = chain(lambda a, b: a + b, inner, inner)
    drawn = outer.drawn(draws(20_000))
    assert drawn.shape == (20_000,)
    # The sum of two independent squares: chi-squared with two degrees of freedom.
    assert drawn.min() >= 0.0
    assert drawn.mean() == pytest.approx(2.0, abs=0.1)


def test_a_shared_cause_is_drawn_once() -> None:
    parts = [evaluate(lambda s: s, (span(value),)) for value in (1.0, 3.0)]
    drawn = chain(lambda a, b: b - a, *parts).drawn(draws())
    assert drawn == pytest.approx(np.full(1000, 2.0))


def test_a_budget_without_a_model_is_drawn_as_a_linear_one() -> None:
    lines = (BudgetEntry(span(5.0, 0.1), 2.0), BudgetEntry(span(7.0, 0.1), -2.0))
    drawn = Estimate(1.0, 0.0, math.inf, lines).drawn(draws())
    assert drawn == pytest.approx(np.full(1000, 1.0))
    joint = evaluate(lambda *x: sum(x), H2_INPUTS, H2_CORRELATIONS)
    blind = Estimate(joint.value, joint.u, joint.dof, joint.budget, joint.correlations)
    assert blind == joint
    assert blind.drawn(draws()) == pytest.approx(joint.drawn(draws()))


def test_a_model_that_ignores_its_inputs_still_has_one_value_a_trial() -> None:
    constant = evaluate(lambda _: 3.0, (Input("x", 1.0, 0.1, ""),))
    assert constant.drawn(draws()).tolist() == [3.0] * 1000
