import math
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from harness.metrology.air import air_density_kg_per_m3
from harness.metrology.budget import Correlation, Estimate, Input, chain, evaluate
from harness.metrology.buoyancy import z_factor_ul_per_mg
from harness.metrology.measurement import error_percent, from_estimate
from harness.metrology.monte_carlo import Sample, check, propagate
from harness.metrology.water import water_density_kg_per_m3
from harness.units import ureg

UNIT_HALF_WIDTH = math.sqrt(3.0)


def total(*inputs: Input) -> Estimate:
    return evaluate(lambda *x: sum(x), inputs)


def unit_rectangular(scale: float = 1.0) -> Input:
    return Input.rectangular("x", 0.0, UNIT_HALF_WIDTH * scale, "")


FOUR_NORMAL = total(*(Input(f"x{i}", 0.0, 1.0, "") for i in range(4)))
FOUR_RECTANGULAR = total(*(unit_rectangular() for _ in range(4)))
ONE_DOMINATES = total(*(unit_rectangular() for _ in range(3)), unit_rectangular(10.0))


@pytest.mark.parametrize(
    ("estimate", "u", "half_width"),
    [
        (FOUR_NORMAL, 2.00, 3.92),
        (FOUR_RECTANGULAR, 2.00, 3.88),
        (ONE_DOMINATES, 10.1, 17.0),
    ],
)
def test_jcgm_101_example_9_2_additive_model(
    estimate: Estimate, u: float, half_width: float
) -> None:
    sample = propagate(estimate, 400_000, 1)
    assert sample.u == pytest.approx(u, rel=6e-3)
    assert sample.high == pytest.approx(half_width, abs=4 * sample.resolution)
    assert sample.low == pytest.approx(-half_width, abs=4 * sample.resolution)
    assert sample.resolution < 0.02 * u


def test_a_dominating_rectangular_input_is_noticed() -> None:
    # 1.96 times 10.1 is 19.9, and the interval reaches 17.0 only.
    assert check(FOUR_NORMAL).agrees
    assert check(FOUR_RECTANGULAR).agrees
    found = check(ONE_DOMINATES)
    assert not found.agrees
    assert found.sample.high == pytest.approx(17.0, abs=0.2)


def mass_calibration() -> Estimate:
    def model(
        reference: float, difference: float, air: float, weight: float, standard: float
    ) -> float:
        buoyancy = (air - 1.2) * (1.0 / weight - 1.0 / standard)
        return (reference + difference) * (1.0 + buoyancy) - 100_000.0

    return evaluate(
        model,
        (
            Input("reference", 100_000.0, 0.050, "mg"),
            Input("difference", 1.234, 0.020, "mg"),
            Input.rectangular("air", 1.20, 0.10, "kg/m3"),
            Input.rectangular("weight", 8000.0, 1000.0, "kg/m3"),
            Input.rectangular("standard", 8000.0, 50.0, "kg/m3"),
        ),
    )


def test_jcgm_101_example_9_3_mass_calibration() -> None:
    linear = mass_calibration()
    assert (linear.value, linear.u) == pytest.approx((1.2340, 0.0539), abs=1e-4)
    sample = propagate(linear, 1_000_000, 1)
    assert sample.value == pytest.approx(1.2340, abs=3e-4)
    assert sample.u == pytest.approx(0.0754, abs=2e-4)
    assert (sample.low, sample.high) == pytest.approx((1.0846, 1.3833), abs=1.5e-3)


def test_a_model_that_is_not_linear_raises_the_warning() -> None:
    mass = from_estimate(mass_calibration(), "mg", "comparator", 0, 1)
    found = check(mass, trials=50_000)
    assert not found.agrees
    # u = 0.0539 is 5e-2, and half a unit of its last digit is 0.005.
    assert found.tolerance == pytest.approx(0.005)
    assert found.statement == (
        "Monte Carlo (30 000 trials, PCG64, seed 1) disagrees with the linear result:"
        " 1.083 mg to 1.383 mg instead of 1.128 mg to 1.340 mg"
    )


def test_a_linear_u_that_is_too_large_is_said_to_be_safe() -> None:
    alone = evaluate(lambda x: x, (Input.rectangular("tolerance", 0.0, 1.0, ""),))
    found = check(alone)
    assert not found.agrees
    assert "finds less than the linear U, which errs on the safe side" in (
        found.statement
    )


def comparison_loss(x1: float) -> Estimate:
    inputs = (Input("x1", x1, 0.005, ""), Input("x2", 0.0, 0.005, ""))
    return evaluate(lambda a, b: (a * a + b * b) * 1e6, inputs)


@pytest.mark.parametrize(
    ("x1", "value", "u"),
    [(0.0, 50.0, 50.0), (0.010, 150.0, 112.0), (0.050, 2551.0, 502.0)],
)
def test_jcgm_101_example_9_4_comparison_loss(
    x1: float, value: float, u: float
) -> None:
    sample = propagate(comparison_loss(x1), 400_000, 1)
    assert sample.value == pytest.approx(value, abs=2.5)
    assert sample.u == pytest.approx(u, rel=8e-3)
    # In units of u² the loss follows a non-central chi-squared distribution.
    exact = stats.ncx2(2, (x1 / 0.005) ** 2, scale=25.0)
    ends = exact.ppf(0.025), exact.ppf(0.975)
    assert (sample.low, sample.high) == pytest.approx(ends, abs=sample.resolution)


@pytest.mark.parametrize(("x1", "high"), [(0.0, 150.0), (0.010, 367.0)])
def test_jcgm_101_example_9_4_intervals_that_begin_at_zero(
    x1: float, high: float
) -> None:
    # The published intervals are the shortest; 95 % of the trials lie below their end.
    sample = propagate(comparison_loss(x1), 400_000, 1, p=0.90)
    assert sample.high == pytest.approx(high, rel=5e-3)
    assert not check(comparison_loss(x1)).agrees


def flow_ul_per_h() -> Estimate:
    def model(
        start: float, end: float, loss: float, hours: float, *air: float
    ) -> float:
        water_c, air_c, hpa, humidity, weights = air
        density = air_density_kg_per_m3(air_c, hpa, humidity)
        z = z_factor_ul_per_mg(water_density_kg_per_m3(water_c), density, weights)
        return ((end - start) / hours + loss) * z

    return evaluate(
        model,
        (
            Input("start", 0.0, 0.01, "mg", dof=9),
            Input("end", 48.0, 0.01, "mg", dof=9),
            Input("evaporation", 0.05, 0.02, "mg/h", dof=4),
            Input("time", 24.0, 1e-4, "h"),
            Input.rectangular("water", 21.0, 0.2, "degC"),
            Input.rectangular("air", 21.5, 0.5, "degC"),
            Input("pressure", 1005.0, 1.0, "hPa"),
            Input("humidity", 50.0, 5.0, "percent"),
            Input.rectangular("weights", 8000.0, 100.0, "kg/m3"),
        ),
    )


def test_worked_vector_of_a_day_at_two_microlitres_an_hour() -> None:
    flow = flow_ul_per_h()
    assert flow.value == pytest.approx(2.056252, abs=5e-7)
    assert flow.u == pytest.approx(0.020070, abs=5e-7)
    assert flow.dof == pytest.approx(4.007, abs=5e-4)
    sample = propagate(flow, 1_000_000, 1)
    assert (sample.high - sample.low) / 2 == pytest.approx(0.05554, abs=3e-4)
    # sqrt(nu / (nu - 2)) larger than u, for few degrees of freedom have long tails.
    assert sample.u == pytest.approx(0.0283, rel=0.02)
    assert check(flow).agrees


def test_the_statement_of_an_agreement() -> None:
    volume = from_estimate(flow_ul_per_h(), "µL/h", "balance", 0, 1)
    assert check(volume, trials=50_000).statement == (
        "Monte Carlo (10 000 trials, PCG64, seed 1) agrees: 2.003 µL/h to 2.114 µL/h"
    )
    error = check(error_percent(volume, ureg.Quantity(48, "µL/day"))).statement
    assert error.startswith("Monte Carlo (10 000 trials, PCG64, seed 1) agrees: ")
    assert error.endswith(" %")


@pytest.mark.parametrize(
    ("u", "trials"),
    # Half a digit of 0.3 is a sixth of it, which ten thousand resolve; of 7, 7 %.
    [(0.3, 10_000), (7.0, 20_000)],
)
def test_a_check_ends_when_both_ends_are_sharp(u: float, trials: int) -> None:
    result = total(Input("x", 0.0, u, ""))
    found = check(result)
    assert found.agrees
    assert found.sample == propagate(result, trials, 1)


def test_the_same_seed_gives_the_same_sample() -> None:
    first, again = (propagate(flow_ul_per_h(), 10_000, 3) for _ in range(2))
    assert first == again
    assert propagate(flow_ul_per_h(), 10_000, 4) != first
    assert (first.trials, first.seed, first.generator) == (10_000, 3, "PCG64")


def test_a_sample_agrees_with_numpy() -> None:
    normal = total(Input("x", 0.0, 1.0, ""))
    sample = propagate(normal, 40_000, 5, p=0.9)
    drawn = np.random.Generator(np.random.PCG64(5)).standard_normal(40_000)
    assert sample.value == pytest.approx(drawn.mean())
    assert sample.u == pytest.approx(drawn.std(ddof=1))
    # One rank more or less is all that definitions of a quantile differ by.
    ends = np.quantile(drawn, [0.05, 0.95])
    assert (sample.low, sample.high) == pytest.approx(tuple(ends), abs=1e-3)


@given(st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_the_resolution_holds_the_true_quantile(seed: int) -> None:
    sample = propagate(total(Input("x", 0.0, 1.0, "")), 5_000, seed)
    true = stats.norm.ppf(0.975)
    # Three standard deviations fail about once in 400; five practically never.
    assert abs(sample.high - true) < 5 / 3 * sample.resolution
    assert sample.resolution < 0.3


@given(st.integers(0, 10_000), st.sampled_from([1.0, 2.0, 4.0, 30.0, math.inf]))
@settings(max_examples=25, deadline=None)
def test_a_single_input_always_agrees_with_its_own_t(seed: int, dof: float) -> None:
    assert check(total(Input("x", 3.0, 0.2, "", dof=dof)), seed=seed).agrees


def test_shared_causes_and_correlations_count_as_in_the_linear_result() -> None:
    span = [Input("span", 1.0, 0.01, "", cause="span") for _ in range(2)]
    parts = [
        evaluate(lambda s, m=mass: m * s, (each,))
        for each, mass in zip(span, (90.0, 110.0), strict=True)
    ]
    change = chain(lambda a, b: b - a, *parts)
    assert change.u == pytest.approx(0.2)
    assert check(change).agrees
    inputs = (Input("a", 1.0, 0.3, "", dof=5), Input("b", 1.0, 0.4, "", dof=9))
    joint = evaluate(lambda a, b: a + b, inputs, (Correlation("a", "b", 0.7),))
    assert check(joint).agrees
    exact = tuple(replace(each, dof=math.inf) for each in inputs)
    joint = evaluate(lambda a, b: a + b, exact, (Correlation("a", "b", 0.7),))
    both = chain(lambda a, b: a - b, joint, joint)
    assert both.u == pytest.approx(joint.u * math.sqrt(2))
    assert check(both).agrees


def test_a_result_without_an_interval_does_not_agree_and_does_not_crash() -> None:
    few = check(total(Input("x", 1.0, 0.1, "mg", dof=0.5)))
    assert not few.agrees
    assert few.statement.endswith("the linear result has no finite interval")
    unknown = check(total(Input("x", 1.0, math.nan, "mg")))
    assert not unknown.agrees
    assert math.isnan(unknown.sample.low)
    assert "no finite interval" in unknown.statement


def test_one_trial_without_a_value_is_enough_to_disagree() -> None:
    root = evaluate(np.sqrt, (Input("x", 4.0, 1.5, ""),))
    found = check(root)
    assert not found.agrees
    assert math.isnan(found.sample.u)
    assert "no finite interval instead of" in found.statement


def test_a_pole_in_the_tail_does_not_crash() -> None:
    inverse = evaluate(lambda x: 1.0 / x, (Input("x", 4.0, 1.0, ""),))
    assert not check(inverse).agrees
    assert isinstance(propagate(inverse, 10_000, 1), Sample)


def test_infinite_tails_do_not_agree_with_anything() -> None:
    steep = evaluate(lambda x: np.exp(700.0 * x), (Input("x", 0.0, 1.0, ""),))
    found = check(steep)
    assert math.isinf(found.sample.high)
    assert not found.agrees
    # Here the ends are finite, but how well they are known is not.
    edge = evaluate(
        lambda x: x - np.log(1.0 * (x <= 1.98)), (Input("x", 0.0, 1.0, ""),)
    )
    found = check(edge)
    assert math.isfinite(found.sample.high)
    assert math.isinf(found.tolerance)
    assert not found.agrees


def test_an_exact_result_agrees() -> None:
    exact = check(evaluate(lambda x: x / 3.0, (Input("x", 0.7, 0.0, ""),)))
    assert exact.agrees
    assert exact.statement.endswith("agrees: 0.233333 to 0.233333")


@pytest.mark.parametrize(("trials", "p"), [(1999, 0.95), (50_000, 0.999), (50_000, 1)])
def test_too_few_trials_are_refused(trials: int, p: float) -> None:
    with pytest.raises(ValueError, match="too few"):
        propagate(FOUR_NORMAL, trials, 1, p)


def test_a_leading_one_does_not_let_half_of_u_pass() -> None:
    # In one digit 1.05 is 1, and half a unit of that digit is nearly half of u.
    skewed = evaluate(lambda x: 0.7 * np.exp(x), (Input("x", 0.0, 0.5, ""),))
    for scale in (1.0, 3.0):
        found = check(chain(lambda y, s=scale: s * y, skewed))
        assert found.tolerance <= 0.2 * 0.35 * scale * (1 + 1e-6)
        assert not found.agrees


def test_memory_does_not_grow_with_the_number_of_inputs() -> None:
    many = total(*(Input(f"x{i}", 0.0, 1.0, "") for i in range(100)))
    tracemalloc.start()
    propagate(many, 200_000, 1)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # All inputs of all trials at once would be 160 MB.
    assert peak < 60e6
