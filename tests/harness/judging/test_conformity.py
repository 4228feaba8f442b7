"""Probabilities and risks, against published tables and independent quadrature."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats
from scipy.optimize import brentq

from harness.judging import DecisionRule, guard_band, simple_acceptance, specific_risk
from harness.judging.chances import chances
from harness.judging.conformity import (
    acceptance_probability,
    conformance_probability,
    global_risk,
)
from harness.judging.rules import Spread
from harness.judging.verdicts import Verdict, Zone
from harness.metrology.student import coverage_factor

# The coverage probability of U = 2u.
K2 = math.erf(math.sqrt(2.0))
LOOSE = 1.0


# --- one item, measured ----------------------------------------------------------


def test_the_conformance_probability_of_the_zener_diode_of_jcgm_106() -> None:
    p_c = conformance_probability(-5.47, 0.05, math.inf, -math.inf, -5.40)
    assert p_c == pytest.approx(0.9192, abs=5e-5)


@pytest.mark.parametrize(
    ("value", "p_c"),
    [(3.1, 0.97128), (4.9, 0.53983), (5.1, 0.46017), (7.1, 0.01786)],
)
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_conformance_probabilities_within_five_percent(
    value: float, p_c: float, sign: float
) -> None:
    found = conformance_probability(sign * value, 1.0, math.inf, -5.0, 5.0)
    assert found == pytest.approx(p_c, abs=5e-6)


@pytest.mark.parametrize(
    ("guard_in_u_expanded", "false_accept", "tolerance"),
    [
        (3.0, 9.9e-10, 5e-12),
        (1.5, 0.00135, 5e-6),
        (1.0, 0.0228, 5e-5),
        (0.83, 0.0485, 5e-5),
        (1.6449 / 2.0, 0.05, 5e-6),
        (0.0, 0.5, 1e-15),
    ],
)
def test_false_acceptance_on_the_acceptance_limit(
    guard_in_u_expanded: float, false_accept: float, tolerance: float
) -> None:
    # U = 2u; the limit is 10, and the value lies on the edge of the acceptance zone.
    value = 10.0 - guard_in_u_expanded * 2.0
    found = chances(value, 1.0, math.inf, -math.inf, 10.0)
    assert found.above == pytest.approx(false_accept, abs=tolerance)


@given(
    st.floats(-20.0, 20.0),
    st.floats(0.01, 20.0),
    st.one_of(st.floats(1.0, 400.0), st.just(math.inf)),
)
def test_chances_are_those_of_student_with_floored_degrees_of_freedom(
    value: float, u: float, dof: float
) -> None:
    found = chances(value, u, dof, -5.0, 5.0)
    curve = stats.norm if math.isinf(dof) else stats.t(math.floor(dof + 1e-9))
    below, above = curve.cdf((-5.0 - value) / u), curve.sf((5.0 - value) / u)
    assert found.below == pytest.approx(below, rel=1e-9, abs=1e-300)
    assert found.above == pytest.approx(above, rel=1e-9, abs=1e-300)
    assert found.inside == pytest.approx(1.0 - below - above, abs=1e-12)


def test_a_small_chance_keeps_its_digits() -> None:
    # Far outside, where 1 - (1 - p) would be 0: scipy's own tail is the oracle.
    found = chances(-25.0, 1.0, math.inf, -5.0, 5.0).inside
    assert found == pytest.approx(stats.norm.sf(20.0) - stats.norm.sf(30.0), rel=1e-12)
    assert chances(25.0, 1.0, math.inf, -5.0, 5.0).inside == pytest.approx(found)


@pytest.mark.parametrize(
    ("value", "u", "dof"),
    [(math.nan, 1.0, 9.0), (1.0, math.inf, 9.0), (1.0, 1.0, 0.9), (1.0, 1.0, math.nan)],
)
def test_without_evidence_there_is_no_probability(
    value: float, u: float, dof: float
) -> None:
    assert math.isnan(conformance_probability(value, u, dof, -5.0, 5.0))


@pytest.mark.parametrize(("value", "p_c"), [(5.0, 1.0), (5.1, 0.0), (-5.1, 0.0)])
def test_an_exact_value_conforms_or_not(value: float, p_c: float) -> None:
    assert conformance_probability(value, 0.0, math.inf, -5.0, 5.0) == p_c


# --- one item, before it is measured ---------------------------------------------


@pytest.mark.parametrize(
    ("rule", "lower", "upper"),
    [
        (simple_acceptance(largest_u=LOOSE), -5.0, 5.0),
        (guard_band(1.0, K2), -3.0, 3.0),
        (guard_band(0.5, K2, binary=True), -4.0, 4.0),
        (guard_band(1.0, K2, accepts=(Zone.CONDITIONAL_PASS,)), -5.0, 5.0),
    ],
)
@pytest.mark.parametrize("true", [-7.0, -3.0, 0.0, 4.9])
def test_a_rule_accepts_what_falls_into_its_acceptance_zone(
    rule: DecisionRule, lower: float, upper: float, true: float
) -> None:
    expected = stats.norm.cdf(upper, true, 1.0) - stats.norm.cdf(lower, true, 1.0)
    found = acceptance_probability(true, 1.0, -5.0, 5.0, rule)
    assert found == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(("lower", "upper"), [(-math.inf, 5.0), (-5.0, math.inf)])
def test_of_one_limit_the_specific_risk_is_a_guard_band(
    lower: float, upper: float
) -> None:
    # 1.6449 u inside: there the item conforms with 95 %.
    edge = math.copysign(5.0 - 1.6448536269514722, upper if lower < -5 else lower)
    found = acceptance_probability(edge, 1.0, lower, upper, specific_risk(0.05))
    assert found == pytest.approx(0.5, abs=1e-9)


@pytest.mark.parametrize("u", [0.01, 1.0, 100.0])
def test_the_guard_band_of_a_specific_risk_grows_with_u(u: float) -> None:
    # As above, one limit in another unit: 1.6449 u inside, whatever u is.
    edge = 1000.0 - 1.6448536269514722 * u
    found = acceptance_probability(edge, u, -math.inf, 1000.0, specific_risk(0.05))
    assert found == pytest.approx(0.5, abs=1e-6)


# The last leaves a narrow zone in the middle, the first all but the ends.
@pytest.mark.parametrize(("u", "risk"), [(0.1, 0.1), (2.0, 0.1), (2.4, 0.05)])
def test_the_acceptance_zone_of_a_specific_risk_ends_where_its_p_c_does(
    u: float, risk: float
) -> None:
    # Within ±5, the zone is where p_c >= 1 - risk, found by scipy's root finder.
    def excess(y: float) -> float:
        inside = stats.norm.cdf(5.0, y, u) - stats.norm.cdf(-5.0, y, u)
        return float(inside - (1.0 - risk))

    edge = brentq(excess, 0.0, 5.0, xtol=1e-14)
    expected = stats.norm.cdf(edge, edge, u) - stats.norm.cdf(-edge, edge, u)
    found = acceptance_probability(edge, u, -5.0, 5.0, specific_risk(risk))
    assert found == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("true", "accepted"), [(5.0, 1.0), (-5.0, 1.0), (5.0625, 0.0), (-5.0625, 0.0)]
)
@pytest.mark.parametrize(
    "rule", [simple_acceptance(), guard_band(), specific_risk(0.05)]
)
def test_without_uncertainty_what_conforms_is_accepted(
    rule: DecisionRule, true: float, accepted: float
) -> None:
    assert acceptance_probability(true, 0.0, -5.0, 5.0, rule) == accepted


@pytest.mark.parametrize(
    ("rule", "u"),
    [
        (guard_band(1.0, K2), 2.6),
        (guard_band(1.0, K2, accepts=(Zone.CONDITIONAL_PASS,)), 2.6),
        (simple_acceptance(K2), 0.84),
        (specific_risk(0.05), 3.0),
    ],
)
def test_what_is_too_uncertain_is_never_accepted(rule: DecisionRule, u: float) -> None:
    assert acceptance_probability(0.0, u, -5.0, 5.0, rule) == 0.0


@pytest.mark.parametrize(
    "rule",
    [
        simple_acceptance(largest_u=LOOSE),
        guard_band(),
        guard_band(0.4, 0.8, binary=True),
        guard_band(accepts=(Zone.CONDITIONAL_PASS,)),
        specific_risk(0.05),
    ],
)
def test_the_operating_characteristic_is_that_of_the_rule_itself(
    rule: DecisionRule,
) -> None:
    # The zones of many readings about one true value, weighted by their density.
    u, true, bounds = 1.0, 2.2, (-5.0, 5.0)
    u_expanded = coverage_factor(math.inf, rule.coverage) * u
    step, passed = 0.001, 0.0
    for n in range(-9000, 9001):
        y = n * step
        found = chances(y, u, math.inf, *bounds)
        zone = rule.zone(y, Spread(u_expanded, u_expanded), bounds, found)
        if rule.verdict(zone, u_expanded, bounds) is Verdict.PASS:
            passed += step * math.exp(-((y - true) ** 2) / 2) / math.sqrt(2 * math.pi)
    assert acceptance_probability(true, u, *bounds, rule) == pytest.approx(
        passed, abs=step
    )


# --- all items of a process ------------------------------------------------------


@pytest.mark.parametrize(
    ("guard", "consumer", "producer"),
    [
        (0.0, 0.018942207, 0.037207800),
        (0.08, 0.000468634, 0.24766964),
        (-0.08, 0.0694046, 0.00068060),
    ],
)
def test_global_risks_of_the_resistors(
    guard: float, consumer: float, producer: float
) -> None:
    found = global_risk(1500.0, 0.12, 0.04, (1499.8, 1500.2), guard)
    assert found.consumer == pytest.approx(consumer, abs=5e-9 if guard >= 0 else 5e-8)
    assert found.producer == pytest.approx(producer, abs=5e-9)


@pytest.mark.parametrize(
    ("in_tolerance", "unconditional", "conditional"),
    [
        (60, 4.83860326, 8.26008199),
        (70, 3.92234109, 5.72322042),
        (80, 2.85583037, 3.63227145),
        (90, 1.59995312, 1.79880430),
        (95, 0.87100925, 0.92389664),
        (99, 0.19991684, 0.20243866),
    ],
)
def test_false_accept_of_ncsli_rp_19(
    in_tolerance: float, unconditional: float, conditional: float
) -> None:
    # Process of standard deviation 1, measurement a quarter of it.
    limit = float(stats.norm.ppf((1.0 + in_tolerance / 100.0) / 2.0))
    found = 100.0 * global_risk(0.0, 1.0, 0.25, (-limit, limit), 0.0).consumer
    accepted = 1.0 - 2.0 * stats.norm.sf(limit, scale=math.hypot(1.0, 0.25))
    assert found == pytest.approx(unconditional, abs=1e-6)
    assert found / accepted == pytest.approx(conditional, abs=1e-6)


def test_false_accept_and_reject_of_deaver() -> None:
    # Limits of two process deviations, TUR 4.
    found = global_risk(0.0, 1.0, 0.25, (-2.0, 2.0), 0.0)
    assert found.consumer == pytest.approx(0.0080061, abs=5e-8)
    assert found.producer == pytest.approx(0.0148509, abs=5e-8)


@pytest.mark.parametrize("unit", [1e-3, 4.0, 1e6])
def test_the_risks_are_the_same_in_every_unit(unit: float) -> None:
    # Deaver's, with everything written in a smaller or larger unit.
    found = global_risk(0.0, unit, 0.25 * unit, (-2.0 * unit, 2.0 * unit), 0.0)
    assert found.consumer == pytest.approx(0.0080061, abs=5e-8)
    assert found.producer == pytest.approx(0.0148509, abs=5e-8)


@pytest.mark.parametrize(
    ("mean", "sd", "u", "tolerance", "guard"),
    [
        (0.3, 1.0, 0.001, (-2.0, 2.0), 0.0),
        (0.0, 1.0, 3.0, (-2.0, 2.0), 0.5),
        (-4.0, 0.5, 0.2, (-2.0, 2.0), 0.1),
        (1.0, 1.0, 0.3, (-math.inf, 2.0), 0.2),
        (1.0, 1.0, 0.3, (0.5, math.inf), -0.1),
    ],
)
def test_global_risks_agree_with_adaptive_quadrature(
    mean: float, sd: float, u: float, tolerance: tuple[float, float], guard: float
) -> None:
    lower, upper = tolerance

    def density(x: float) -> float:
        return float(stats.norm.pdf(x, mean, sd))

    def accepted(x: float) -> float:
        high = stats.norm.cdf((upper - guard - x) / u)
        return float(high - stats.norm.cdf((lower + guard - x) / u))

    first, last = mean - 10 * sd, mean + 10 * sd
    low, high = max(lower, first), min(upper, last)
    edges = [
        x for t in tolerance for x in (t - 6 * u, t, t + 6 * u) if math.isfinite(x)
    ]

    def part(a: float, b: float, weight: str) -> float:
        def integrand(x: float) -> float:
            chance = accepted(x) if weight == "accepted" else 1.0 - accepted(x)
            return density(x) * chance

        cuts = [a, *sorted(x for x in edges if a < x < b), b]
        parts = (
            integrate.quad(integrand, p, q, epsabs=1e-13) for p, q in pairwise(cuts)
        )
        return float(sum(value for value, _ in parts))

    found = global_risk(mean, sd, u, tolerance, guard)
    outside = (part(first, low, "accepted") if low > first else 0.0) + (
        part(high, last, "accepted") if high < last else 0.0
    )
    assert found.consumer == pytest.approx(outside, abs=1e-9)
    assert found.producer == pytest.approx(part(low, high, "rejected"), abs=1e-9)


def test_a_guard_band_that_closes_the_zone_rejects_everything() -> None:
    found = global_risk(0.0, 1.0, 0.25, (-2.0, 2.0), 2.5)
    assert found.consumer == pytest.approx(0.0, abs=1e-15)
    assert found.producer == pytest.approx(1.0 - 2.0 * stats.norm.sf(2.0))


@pytest.mark.parametrize(("sd", "u"), [(0.0, 1.0), (1.0, 0.0), (-1.0, 1.0)])
def test_a_spread_must_be_positive(sd: float, u: float) -> None:
    with pytest.raises(ValueError, match="must be positive"):
        global_risk(0.0, sd, u, (-1.0, 1.0), 0.0)
