"""What lies exactly on an edge, in numbers that a computer holds exactly."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from harness.judging import (
    DecisionRule,
    Verdict,
    Zone,
    guard_band,
    simple_acceptance,
    specific_risk,
)
from harness.judging.chances import Chances
from harness.judging.rules import (
    COVERAGE,
    HIGHEST_COVERAGE,
    LOOKS,
    LOWEST_COVERAGE,
    RuleKind,
    Spread,
    Statement,
    percent,
)

FIVE = (-5.0, 5.0)
CONDITIONAL = (Zone.CONDITIONAL_PASS, Zone.CONDITIONAL_FAIL)


# --- the zones of ILAC-G8: an acceptance limit belongs to what it accepts ---------


@pytest.mark.parametrize(
    ("value", "zone"),
    [
        (3.0, Zone.PASS),
        (3.0625, Zone.CONDITIONAL_PASS),
        (5.0, Zone.CONDITIONAL_PASS),
        (5.0625, Zone.CONDITIONAL_FAIL),
        (7.0, Zone.CONDITIONAL_FAIL),
        (7.0625, Zone.FAIL),
    ],
)
@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize(("factor", "u_expanded"), [(1.0, 2.0), (0.5, 4.0), (2.0, 1.0)])
def test_the_edges_of_a_guard_band(
    value: float, zone: Zone, sign: float, factor: float, u_expanded: float
) -> None:
    spread = Spread(u_expanded, u_expanded)
    assert guard_band(factor).zone(sign * value, spread, FIVE) is zone


@pytest.mark.parametrize(
    ("value", "zone"),
    [(3.0, Zone.PASS), (3.0625, Zone.REJECTED), (7.0625, Zone.REJECTED)],
)
def test_the_edges_of_a_binary_guard_band(value: float, zone: Zone) -> None:
    rule = guard_band(binary=True)
    assert rule.zone(value, Spread(2.0, 2.0), FIVE) is zone
    assert rule.verdict(zone, 2.0, FIVE) is not Verdict.INCONCLUSIVE


@pytest.mark.parametrize(("value", "zone"), [(5.0, Zone.PASS), (5.0625, Zone.FAIL)])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_on_the_limit_the_value_alone_passes(
    value: float, zone: Zone, sign: float
) -> None:
    found = simple_acceptance().zone(sign * value, Spread(1.0, 1.0), FIVE)
    assert found is zone


# An interval of 1 downward and 3 upward: each end is held against the nearer limit.
@pytest.mark.parametrize(
    ("value", "zone"),
    [
        (-6.0, Zone.CONDITIONAL_FAIL),
        (-8.0, Zone.CONDITIONAL_FAIL),
        (-8.0625, Zone.FAIL),
        (-4.0, Zone.PASS),
        (-4.0625, Zone.CONDITIONAL_PASS),
        (2.0, Zone.PASS),
        (2.0625, Zone.CONDITIONAL_PASS),
        (6.0, Zone.CONDITIONAL_FAIL),
        (6.0625, Zone.FAIL),
    ],
)
def test_a_lopsided_interval_is_not_turned_round(value: float, zone: Zone) -> None:
    assert guard_band().zone(value, Spread(down=1.0, up=3.0), FIVE) is zone


@pytest.mark.parametrize(("value", "zone"), [(-3.0, Zone.PASS), (3.5, Zone.PASS)])
def test_a_guard_factor_widens_either_side_by_itself(value: float, zone: Zone) -> None:
    # Half of 4 downward and of 3 upward.
    assert guard_band(0.5).zone(value, Spread(down=4.0, up=3.0), FIVE) is zone
    beyond = value + math.copysign(0.0625, value)
    other = guard_band(0.5).zone(beyond, Spread(down=4.0, up=3.0), FIVE)
    assert other is Zone.CONDITIONAL_PASS


@pytest.mark.parametrize(
    ("spread", "zone"),
    [
        # The mean of both is what U stands for: 5 of ±5 still leave one value.
        (Spread(4.0, 6.0), Zone.REJECTED),
        (Spread(4.0, 6.125), Zone.CONDITIONAL_PASS),
        (Spread(6.125, 4.0), Zone.CONDITIONAL_PASS),
    ],
)
def test_a_binary_rule_rejects_only_while_some_value_could_pass(
    spread: Spread, zone: Zone
) -> None:
    assert guard_band(binary=True).zone(2.0, spread, FIVE) is zone


# --- specific risk: the probability demanded is enough ---------------------------


@pytest.mark.parametrize(
    ("below", "inside", "above", "zone"),
    [
        (0.0, 0.75, 0.25, Zone.PASS),
        (0.0, 0.6875, 0.3125, Zone.UNDECIDED),
        (0.0, 0.25, 0.75, Zone.FAIL),
        (0.75, 0.25, 0.0, Zone.FAIL),
        (0.6875, 0.0, 0.3125, Zone.UNDECIDED),
        # Outside for certain, but nobody knows on which side.
        (0.5, 0.0, 0.5, Zone.UNDECIDED),
    ],
)
def test_the_edges_of_a_specific_risk(
    below: float, inside: float, above: float, zone: Zone
) -> None:
    found = Chances(below, inside, above)
    assert specific_risk(0.25).zone(0.0, Spread(1.0, 1.0), FIVE, found) is zone


@pytest.mark.parametrize(
    ("value", "zone"),
    [
        (3.0, Zone.PASS),
        (4.0, Zone.UNDECIDED),
        (6.0, Zone.UNDECIDED),
        (8.0, Zone.FAIL),
    ],
)
def test_a_specific_risk_by_the_interval_alone(value: float, zone: Zone) -> None:
    assert specific_risk(0.05).zone(value, Spread(2.0, 2.0), FIVE) is zone


# --- a zone amounts to a verdict -------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "plain", "accepted"),
    [
        (Zone.PASS, Verdict.PASS, Verdict.PASS),
        (Zone.CONDITIONAL_PASS, Verdict.INCONCLUSIVE, Verdict.PASS),
        (Zone.CONDITIONAL_FAIL, Verdict.INCONCLUSIVE, Verdict.FAIL),
        (Zone.FAIL, Verdict.FAIL, Verdict.FAIL),
        (Zone.REJECTED, Verdict.FAIL, Verdict.FAIL),
        (Zone.UNDECIDED, Verdict.INCONCLUSIVE, Verdict.INCONCLUSIVE),
        (Zone.TOO_UNCERTAIN, Verdict.INCONCLUSIVE, Verdict.INCONCLUSIVE),
        (Zone.UNUSABLE, Verdict.INCONCLUSIVE, Verdict.INCONCLUSIVE),
        (Zone.NOT_SPECIFIED, Verdict.INCONCLUSIVE, Verdict.INCONCLUSIVE),
    ],
)
def test_every_zone_has_its_verdict(
    zone: Zone, plain: Verdict, accepted: Verdict
) -> None:
    assert guard_band().verdict(zone, 1.0, FIVE) is plain
    assert guard_band(accepts=CONDITIONAL).verdict(zone, 1.0, FIVE) is accepted


def test_a_zone_is_accepted_while_the_best_value_could_pass() -> None:
    rule = guard_band(accepts=CONDITIONAL)
    assert rule.verdict(Zone.CONDITIONAL_PASS, 5.0, FIVE) is Verdict.PASS
    assert rule.verdict(Zone.CONDITIONAL_PASS, 5.0625, FIVE) is Verdict.INCONCLUSIVE


@pytest.mark.parametrize(
    ("bounds", "factor", "u_expanded", "is_empty"),
    [
        (FIVE, 1.0, 5.0, False),
        (FIVE, 1.0, 5.0625, True),
        (FIVE, 0.5, 10.0, False),
        (FIVE, 0.5, 10.0625, True),
        ((100.0, 102.0), 1.0, 1.0, False),
        ((100.0, 102.0), 1.0, 1.0625, True),
        ((-math.inf, 5.0), 1.0, 1e9, False),
    ],
)
def test_when_no_value_could_pass(
    bounds: tuple[float, float], factor: float, u_expanded: float, is_empty: bool
) -> None:
    assert guard_band(factor).is_empty(u_expanded, bounds) is is_empty


@pytest.mark.parametrize(
    ("bounds", "u_expanded", "is_too_uncertain"),
    [
        (FIVE, 1.25, False),
        (FIVE, 1.3125, True),
        # Half of the tolerance counts, wherever it lies.
        ((100.0, 104.0), 0.5, False),
        ((100.0, 104.0), 0.5625, True),
        # A single limit counts by its own size, whatever its sign.
        ((-math.inf, -8.0), 2.0, False),
        ((-math.inf, -8.0), 2.0625, True),
        ((8.0, math.inf), 2.0, False),
        ((8.0, math.inf), 2.0625, True),
    ],
)
def test_when_u_is_more_than_the_rule_bears(
    bounds: tuple[float, float], u_expanded: float, is_too_uncertain: bool
) -> None:
    rule = simple_acceptance(largest_u=0.25)
    assert rule.is_too_uncertain(u_expanded, bounds) is is_too_uncertain
    assert not guard_band().is_too_uncertain(u_expanded, bounds)


# --- what rules are made of ------------------------------------------------------


def test_the_words_that_a_plan_writes() -> None:
    assert {str(each) for each in RuleKind} == {
        "simple-acceptance",
        "guard-band",
        "specific-risk",
    }
    assert {str(each) for each in Statement} == {"binary", "non-binary"}
    assert guard_band().kind == "guard-band"
    assert simple_acceptance().kind == "simple-acceptance"
    assert specific_risk(0.1).kind == "specific-risk"


def test_what_stands_where_a_plan_says_nothing() -> None:
    assert (COVERAGE, LOWEST_COVERAGE, HIGHEST_COVERAGE) == (0.95, 0.5, 0.9999)
    assert LOOKS == 2
    for rule in (guard_band(), simple_acceptance(), specific_risk(0.1)):
        assert rule.coverage == 0.95
        assert (rule.looks, rule.accepts, rule.is_binary) == (1, (), False)
    assert guard_band().guard_factor == 1.0
    assert simple_acceptance().guard_factor == specific_risk(0.1).guard_factor == 0.0
    assert (guard_band().risk, simple_acceptance().risk) == (0.0, 0.0)
    assert specific_risk(0.1).largest_u is None


def test_a_rule_without_more_is_not_binary_and_bears_any_u() -> None:
    plain = DecisionRule(RuleKind.GUARD_BAND, 0.95, guard_factor=1.0)
    assert plain == guard_band()
    assert DecisionRule(RuleKind.SPECIFIC_RISK, 0.95, risk=0.1) == specific_risk(0.1)


def test_a_bound_of_u_that_a_plan_writes_stands() -> None:
    assert guard_band(0.0, largest_u=0.5).largest_u == 0.5
    assert guard_band(1.0, largest_u=0.5).largest_u == 0.5
    assert specific_risk(0.1, largest_u=0.5).largest_u == 0.5


@pytest.mark.parametrize(
    "rule",
    [
        guard_band(coverage=0.5),
        guard_band(coverage=0.9999),
        guard_band(0.0),
        simple_acceptance(largest_u=1.0),
        specific_risk(0.00011),
        specific_risk(0.4999),
    ],
)
def test_the_last_number_of_a_range_is_in_it(rule: DecisionRule) -> None:
    assert replace(rule) == rule


@pytest.mark.parametrize(
    ("coverage", "factor", "message"),
    [
        (0.4, 1.0, "coverage is 0.4; write 0.5 to 0.9999"),
        (
            0.95,
            -1.0,
            "guard_factor is -1; write 0 or more: a limit is never widened",
        ),
    ],
)
def test_a_rule_refused_says_what_may_be_written(
    coverage: float, factor: float, message: str
) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        guard_band(factor, coverage)


@pytest.mark.parametrize(
    ("risk", "message"),
    [
        (0.0, "risk is 0 %; write more than 0 % and less than 50 %"),
        (
            0.00005,
            "risk is 0.005 %; write 0.01 % or more, for a smaller one needs a wider"
            " interval than can be found",
        ),
    ],
)
def test_a_risk_refused_says_what_may_be_written(risk: float, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        specific_risk(risk)


def test_a_bound_of_u_refused_says_what_may_be_written() -> None:
    message = "largest_u is 0 %; write more than 0 % and at most 100 % of half the"
    with pytest.raises(ValueError, match=f"^{message} tolerance$"):
        guard_band(largest_u=0.0)


def test_a_binary_rule_that_accepts_says_what_to_leave_out() -> None:
    message = (
        "accept has no meaning where statement is binary, for nothing is conditional;"
        " leave one of the two out"
    )
    with pytest.raises(ValueError, match=f"^{message}$"):
        guard_band(binary=True, accepts=(Zone.CONDITIONAL_PASS,))


def test_a_zone_refused_says_which_may_be_accepted() -> None:
    with pytest.raises(ValueError, match=r"^accept names fail, pass; only conditional"):
        guard_band(accepts=(Zone.FAIL, Zone.PASS))
    with pytest.raises(
        ValueError, match=r"only conditional pass and conditional fail can be accepted$"
    ):
        guard_band(accepts=(Zone.FAIL,))


def test_each_of_two_looks_has_half_of_what_may_err() -> None:
    shared = replace(specific_risk(0.25), coverage=0.75).shared()
    assert (shared.coverage, shared.risk, shared.looks) == (0.875, 0.125, 2)
    assert shared.interval == 0.875
    assert guard_band(coverage=0.75).shared().interval == 0.875


@pytest.mark.parametrize(
    ("share", "said"), [(0.975, "97.5 %"), (1.0, "100 %"), (0.123456789, "12.346 %")]
)
def test_a_share_in_words(share: float, said: str) -> None:
    assert percent(share) == said
