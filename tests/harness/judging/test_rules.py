"""Each decision rule, by the table of ILAC-G8 and by what must hold for any value."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.judging import (
    GUARD_BAND_U,
    DecisionRule,
    Judgement,
    Limit,
    Verdict,
    Zone,
    guard_band,
    simple_acceptance,
    specific_risk,
)
from harness.metrology.measurement import Measurement
from harness.metrology.monte_carlo import Check, Sample
from harness.units import ureg

# The coverage probability of U = 2u.
K2 = math.erf(math.sqrt(2.0))
ACCEPTING = (Zone.CONDITIONAL_PASS, Zone.CONDITIONAL_FAIL)
PASS, FAIL, OPEN = Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE

values = st.floats(-30.0, 30.0)
spreads = st.floats(0.001, 30.0)
rules = st.one_of(
    st.just(simple_acceptance()),
    st.builds(
        guard_band,
        st.floats(0.0, 3.0),
        st.floats(0.5, 0.9999),
        st.booleans(),
        largest_u=st.one_of(st.none(), st.floats(0.05, 1.0)),
    ),
    st.builds(guard_band, st.floats(0.0, 3.0), accepts=st.just(ACCEPTING)),
    st.builds(specific_risk, st.floats(2e-4, 0.49)),
)


def judged(
    rule: DecisionRule,
    value: float,
    u: float,
    lower: float | None = -5.0,
    upper: float | None = 5.0,
    sampled: Check | None = None,
    dof: float = math.inf,
) -> Judgement:
    low, high = (
        None if bound is None else ureg.Quantity(bound, "percent")
        for bound in (lower, upper)
    )
    limit = Limit("F-1", low, high, rule, "percent", "profile")
    quantity = ureg.Quantity(value, "percent"), ureg.Quantity(u, "percent")
    measured = Measurement(*quantity, dof, (), "balance", 0, 1)
    return limit.judge(measured, sampled)


# --- the table of ILAC-G8:09/2019: ±5 %, u = 1 %, w = U = 2 % ---------------------


@pytest.mark.parametrize(
    ("value", "zone", "non_binary", "binary", "simple", "accepted"),
    [
        (0.0, Zone.PASS, PASS, PASS, PASS, PASS),
        (3.1, Zone.CONDITIONAL_PASS, OPEN, FAIL, PASS, PASS),
        (4.9, Zone.CONDITIONAL_PASS, OPEN, FAIL, PASS, PASS),
        (5.1, Zone.CONDITIONAL_FAIL, OPEN, FAIL, FAIL, FAIL),
        (7.1, Zone.FAIL, FAIL, FAIL, FAIL, FAIL),
    ],
)
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_the_verdicts_of_ilac_g8(
    value: float,
    zone: Zone,
    non_binary: Verdict,
    binary: Verdict,
    simple: Verdict,
    accepted: Verdict,
    sign: float,
) -> None:
    by_rule = {
        guard_band(1.0, K2): non_binary,
        guard_band(1.0, K2, binary=True): binary,
        simple_acceptance(K2, largest_u=1.0): simple,
        guard_band(1.0, K2, accepts=ACCEPTING): accepted,
    }
    for rule, verdict in by_rule.items():
        assert judged(rule, sign * value, 1.0).verdict is verdict, rule.describe()
    assert judged(guard_band(1.0, K2), sign * value, 1.0).zone is zone


def test_only_the_zone_that_is_named_is_accepted() -> None:
    rule = guard_band(1.0, K2, accepts=(Zone.CONDITIONAL_PASS,))
    inside, outside = judged(rule, 4.0, 1.0), judged(rule, 6.0, 1.0)
    assert (inside.verdict, inside.zone) == (PASS, Zone.CONDITIONAL_PASS)
    assert "inside, but by less than U, accepted by the plan" in inside.statement
    assert (outside.verdict, outside.zone) == (OPEN, Zone.CONDITIONAL_FAIL)
    assert "accepted" not in outside.statement


@pytest.mark.parametrize("value", [0.0, 4.0, 6.0])
def test_nothing_is_accepted_where_nothing_could_pass(value: float) -> None:
    judgement = judged(guard_band(1.0, K2, accepts=ACCEPTING), value, 2.6)
    assert judgement.verdict is OPEN
    assert "no value at all could pass" in judgement.statement
    assert "accepted" not in judgement.statement


def test_a_binary_rule_rejects_nothing_where_nothing_could_pass() -> None:
    # U = 8 is more than half of the tolerance: the best of all pumps could not pass.
    rule = guard_band(1.0, K2, binary=True)
    for value in (0.0, 6.0):
        perfect = judged(rule, value, 4.0)
        assert perfect.verdict is OPEN
        assert "so no value at all could pass" in perfect.statement
    assert judged(rule, 13.1, 4.0).verdict is FAIL
    assert judged(rule, 6.0, 2.0).verdict is FAIL


def test_a_binary_rule_rejects_with_its_reason() -> None:
    judgement = judged(guard_band(0.83, K2, binary=True), 4.0, 1.0)
    assert (judgement.verdict, judgement.zone) == (FAIL, Zone.REJECTED)
    assert judgement.statement.endswith(
        "rejected, for it is not inside by at least 0.83 U."
    )


@pytest.mark.parametrize(
    ("factor", "value", "verdict"),
    [
        (0.0, 4.99, PASS),
        (0.5, 3.99, PASS),
        (0.5, 4.01, OPEN),
        (0.5, 6.01, FAIL),
        (1.5, 1.99, PASS),
        (1.5, 2.01, OPEN),
        (1.5, 7.99, OPEN),
        (1.5, 8.01, FAIL),
    ],
)
def test_the_guard_band_is_r_times_u(
    factor: float, value: float, verdict: Verdict
) -> None:
    rule = guard_band(factor, K2, largest_u=1.0)
    assert judged(rule, value, 1.0).verdict is verdict


# --- U that is too large ---------------------------------------------------------


@pytest.mark.parametrize("value", [0.0, 4.9, 40.0])
def test_a_value_alone_decides_only_if_u_is_small(value: float) -> None:
    # A third of half the tolerance is 1.6667 %, so u may be 0.8333 %.
    assert judged(simple_acceptance(K2), value, 0.8332).verdict is not OPEN
    judgement = judged(simple_acceptance(K2), value, 0.8335)
    assert (judgement.verdict, judgement.zone) == (OPEN, Zone.TOO_UNCERTAIN)
    assert "U is more than 33.333 % of half the tolerance" in judgement.statement


def test_the_largest_u_of_a_single_limit_is_a_share_of_the_limit() -> None:
    rule = simple_acceptance(K2, largest_u=0.1)
    for lower, upper in ((None, 60.0), (60.0, None)):
        assert judged(rule, 60.0, 2.99, lower, upper).verdict is PASS
        assert judged(rule, 60.0, 3.01, lower, upper).verdict is OPEN


def test_without_a_guard_band_u_has_a_bound_all_the_same() -> None:
    assert guard_band(0.0).largest_u == simple_acceptance().largest_u == 1.0 / 3.0
    assert guard_band(1.0).largest_u is None


# --- specific risk ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "verdict"),
    [(3.355, PASS), (3.356, OPEN), (5.0, OPEN), (6.644, OPEN), (6.645, FAIL)],
)
@pytest.mark.parametrize(("lower", "upper"), [(None, 5.0), (-50.0, 5.0)])
def test_a_specific_risk_of_five_percent(
    value: float, verdict: Verdict, lower: float | None, upper: float
) -> None:
    # 1.6449 u from the limit on either side.
    judgement = judged(specific_risk(0.05), value, 1.0, lower, upper)
    assert judgement.verdict is verdict
    assert judged(specific_risk(0.05), -value, 1.0, -5.0, lower and 50.0).verdict is (
        verdict
    )


def test_a_specific_risk_follows_the_floored_degrees_of_freedom() -> None:
    # Student's 95 % quantile for 4 degrees of freedom is 2.1318.
    rule = specific_risk(0.05)
    assert judged(rule, 5.0 - 2.132, 1.0, None, dof=4.9).verdict is PASS
    assert judged(rule, 5.0 - 2.131, 1.0, None, dof=4.9).verdict is OPEN


@pytest.mark.parametrize("value", [0.0, 4.0, 6.0])
def test_bad_evidence_does_not_fail_by_a_low_probability(value: float) -> None:
    # p_c is about 4 %, below the risk, because u is 100 %, not because the value is.
    judgement = judged(specific_risk(0.05), value, 100.0)
    assert judgement.p_c is not None
    assert judgement.p_c < 0.05
    assert (judgement.verdict, judgement.zone) == (OPEN, Zone.UNDECIDED)


# --- what holds for any value ----------------------------------------------------


@given(values, spreads)
def test_what_passes_a_guard_band_passes_by_the_value(value: float, u: float) -> None:
    by_value = simple_acceptance(largest_u=1.0)
    if judged(GUARD_BAND_U, value, u).verdict is PASS:
        assert judged(by_value, value, u).verdict is PASS


@given(values, spreads)
def test_what_passes_a_guard_band_conforms_with_its_probability(
    value: float, u: float
) -> None:
    judgement = judged(GUARD_BAND_U, value, u)
    assert judgement.p_c is not None
    if judgement.verdict is PASS:
        assert judgement.p_c >= 0.95 - 1e-12
    if judgement.verdict is FAIL:
        assert judgement.p_c <= 0.025 + 1e-12


@given(values, spreads, st.floats(0.01, 0.49))
def test_a_decision_by_risk_keeps_its_risk(value: float, u: float, risk: float) -> None:
    judgement = judged(specific_risk(risk), value, u)
    assert judgement.p_c is not None
    if judgement.verdict is PASS:
        assert 1.0 - judgement.p_c <= risk + 1e-12
    if judgement.verdict is FAIL:
        assert judgement.p_c <= risk + 1e-12


@given(rules, values, spreads, spreads)
def test_more_uncertainty_never_proves_conformity(
    rule: DecisionRule, value: float, a: float, b: float
) -> None:
    small, large = sorted((a, b))
    if judged(rule, value, large).verdict is PASS:
        assert judged(rule, value, small).verdict is PASS


@given(rules, values, values, spreads)
def test_moving_outward_never_improves(
    rule: DecisionRule, a: float, b: float, u: float
) -> None:
    nearer, further = sorted((a, b), key=abs)
    assert judged(rule, further, u).verdict >= judged(rule, nearer, u).verdict


@given(rules, values, spreads, values, values)
def test_mirrored_limits_mirror_the_judgement(
    rule: DecisionRule, value: float, u: float, a: float, b: float
) -> None:
    lower, upper = sorted((a, b))
    here = judged(rule, value, u, lower, upper)
    there = judged(rule, -value, u, -upper, -lower)
    assert (here.verdict, here.zone) == (there.verdict, there.zone)
    assert here.p_c == pytest.approx(there.p_c, abs=1e-12)


@given(rules, st.sampled_from([math.nan, math.inf, -math.inf]), spreads)
def test_nothing_follows_from_what_is_not_finite(
    rule: DecisionRule, odd: float, u: float
) -> None:
    for judgement in (judged(rule, odd, u), judged(rule, 1.0, abs(odd))):
        assert (judgement.verdict, judgement.zone) == (OPEN, Zone.UNUSABLE)
        assert judgement.p_c is None


@given(rules.filter(lambda rule: rule.coverage < 0.9998), values, spreads)
def test_one_of_two_looks_decides_less(
    rule: DecisionRule, value: float, u: float
) -> None:
    alone, shared = judged(rule, value, u), judged(rule.shared(), value, u)
    assert (shared.verdict is PASS) <= (alone.verdict is PASS)
    if not rule.is_binary:
        assert (shared.verdict is FAIL) <= (alone.verdict is FAIL)


# --- Monte Carlo against the linear U --------------------------------------------


def check(low: float, high: float, *, agrees: bool = False) -> Check:
    sample = Sample((low + high) / 2, 1.0, low, high, 100, 1, "PCG64", 0.01)
    return Check(sample, agrees, 0.1, "the sentence")


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(-1.0, 4.9, PASS), (-1.0, 5.1, OPEN), (-5.1, 1.0, OPEN), (5.1, 6.0, OPEN)],
)
def test_a_pass_must_stand_by_the_monte_carlo_interval_too(
    low: float, high: float, verdict: Verdict
) -> None:
    judgement = judged(GUARD_BAND_U, 0.0, 1.0, sampled=check(low, high))
    assert judgement.verdict is verdict
    assert (f"interval, {low:g} % to {high:g} %," in judgement.statement) is (
        verdict is OPEN
    )
    agreeing = check(low, high, agrees=True)
    assert judged(GUARD_BAND_U, 0.0, 1.0, sampled=agreeing).verdict is PASS


@pytest.mark.parametrize(
    ("low", "high", "verdict"), [(5.1, 20.0, FAIL), (4.9, 20.0, OPEN)]
)
def test_a_fail_must_stand_by_the_monte_carlo_interval_too(
    low: float, high: float, verdict: Verdict
) -> None:
    sampled = check(low, high)
    assert judged(GUARD_BAND_U, 9.0, 1.0, sampled=sampled).verdict is verdict


@pytest.mark.parametrize(
    "rule", [simple_acceptance(), guard_band(0.2, largest_u=0.3)], ids=str
)
def test_an_interval_that_the_rule_does_not_bear_proves_nothing(
    rule: DecisionRule,
) -> None:
    # U = 0.98 is small enough for either rule, an interval of ± 1.7 for neither.
    assert judged(rule, 0.0, 0.5).verdict is PASS
    assert judged(rule, 0.0, 0.5, sampled=check(-1.2, 1.2)).verdict is PASS
    wide = judged(rule, 0.0, 0.5, sampled=check(-1.7, 1.7))
    assert wide.verdict is OPEN
    assert "would make it too uncertain" in wide.statement


def test_an_interval_without_ends_proves_nothing() -> None:
    broken = check(math.nan, math.nan)
    for value in (0.0, 9.0):
        assert judged(GUARD_BAND_U, value, 1.0, sampled=broken).verdict is OPEN


def test_what_is_undecided_is_not_decided_by_monte_carlo() -> None:
    assert judged(GUARD_BAND_U, 4.0, 1.0, sampled=check(3.9, 4.1)).verdict is OPEN


@pytest.mark.parametrize(("high", "verdict"), [(4.9, PASS), (5.1, OPEN)])
def test_by_risk_too_the_interval_must_lie_inside(
    high: float, verdict: Verdict
) -> None:
    sampled = check(-1.0, high)
    assert judged(specific_risk(0.05), 0.0, 1.0, sampled=sampled).verdict is verdict
    assert specific_risk(0.05).interval == 0.95


# --- in words, and what is refused -----------------------------------------------


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (GUARD_BAND_U, "guard band w = U (95 %), non-binary"),
        (
            guard_band(0.83, 0.99, binary=True, largest_u=0.5),
            "guard band w = 0.83 U (99 %), binary, U at most 50 % of half the"
            " tolerance",
        ),
        (
            guard_band(accepts=ACCEPTING),
            "guard band w = U (95 %), non-binary, conditional pass accepted by the"
            " plan, conditional fail accepted by the plan",
        ),
        (
            simple_acceptance(),
            "simple acceptance, U (95 %), U at most 33.333 % of half the tolerance",
        ),
        (specific_risk(0.05), "specific risk at most 5 %, U (95 %)"),
        (
            GUARD_BAND_U.shared(),
            "guard band w = U (97.5 %), non-binary, each of 2 looks with its share"
            " (Bonferroni)",
        ),
        (
            specific_risk(0.05).shared(),
            "specific risk at most 2.5 %, U (97.5 %), each of 2 looks with its share"
            " (Bonferroni)",
        ),
    ],
)
def test_rules_describe_themselves(rule: DecisionRule, said: str) -> None:
    assert rule.describe() == said


@pytest.mark.parametrize(
    ("make", "begins"),
    [
        (lambda: guard_band(coverage=0.49), "coverage is 0.49; write 0.5 to 0.9999"),
        (lambda: guard_band(coverage=1.0), "coverage is 1"),
        (lambda: guard_band(coverage=math.nan), "coverage is nan"),
        (lambda: guard_band(-0.1), "guard_factor is -0.1; write 0 or more"),
        (lambda: guard_band(math.inf), "guard_factor is inf"),
        (lambda: specific_risk(0.0), "risk is 0 %; write more than 0 %"),
        (lambda: specific_risk(0.5), "risk is 50 %"),
        (lambda: simple_acceptance(largest_u=0.0), "largest_u is 0 %"),
        (lambda: simple_acceptance(largest_u=1.1), "largest_u is 110 %"),
        (lambda: guard_band(accepts=(Zone.FAIL,)), "accept names fail"),
        (
            lambda: guard_band(binary=True, accepts=ACCEPTING),
            "accept has no meaning where statement is binary",
        ),
        (lambda: guard_band(coverage=0.9999).shared(), "coverage is 0.99995"),
    ],
)
def test_impossible_rules_are_refused(
    make: Callable[[], DecisionRule], begins: str
) -> None:
    with pytest.raises(ValueError, match=f"^{begins}"):
        make()


def test_two_looks_share_what_one_may_err() -> None:
    shared = replace(specific_risk(0.04), coverage=0.9).shared()
    assert shared.coverage == pytest.approx(0.95)
    assert shared.risk == pytest.approx(0.02)
