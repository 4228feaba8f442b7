"""What an auditor reads: every finding word for word, and everything as JSON."""

from __future__ import annotations

import math

import pytest

from harness.judging import (
    DecisionRule,
    Judgement,
    Limit,
    Zone,
    guard_band,
    judge_fact,
    simple_acceptance,
    specific_risk,
)
from harness.metrology.measurement import Measurement
from harness.metrology.monte_carlo import Check, Sample
from harness.units import ureg

# The coverage probability of U = 2u.
K2 = math.erf(math.sqrt(2.0))
BAND = guard_band(1.0, K2)
NARROW = guard_band(0.5, K2)
BINARY = guard_band(1.0, K2, binary=True)
ACCEPTING = guard_band(1.0, K2, accepts=(Zone.CONDITIONAL_PASS, Zone.CONDITIONAL_FAIL))
SIMPLE = simple_acceptance(K2, largest_u=0.5)
RISK = specific_risk(0.05, K2)

AGAIN = "Not proven either way: measure longer or with a smaller U, and judge again"
SMALLER = "Measure longer or with a smaller U, and judge again"


def judged(
    rule: DecisionRule, value: float, u: float = 1.0, sampled: Check | None = None
) -> Judgement:
    """Judge a percentage against ±5 %."""
    bounds = ureg.Quantity(-5.0, "percent"), ureg.Quantity(5.0, "percent")
    limit = Limit("F-1", *bounds, rule, "percent", "profile")
    quantity = ureg.Quantity(value, "percent"), ureg.Quantity(u, "percent")
    return limit.judge(Measurement(*quantity, math.inf, (), "balance", 0, 1), sampled)


@pytest.mark.parametrize(
    ("rule", "value", "finding"),
    [
        (BAND, 2.9, "inside by at least U"),
        (BAND, 3.5, f"inside, but by less than U. {AGAIN}"),
        (BAND, 7.0, f"outside, but by no more than U. {AGAIN}"),
        (BAND, 7.5, "outside by more than U"),
        (NARROW, 3.9, "inside by at least 0.5 U"),
        (NARROW, 6.5, "outside by more than 0.5 U"),
        (BINARY, 3.5, "rejected, for it is not inside by at least U"),
        (BINARY, 2.9, "inside by at least U"),
        (ACCEPTING, 2.9, "inside by at least U"),
        (ACCEPTING, 3.5, "inside, but by less than U, accepted by the plan"),
        (ACCEPTING, 6.5, "outside, but by no more than U, accepted by the plan"),
        (ACCEPTING, 7.5, "outside by more than U"),
        (SIMPLE, 5.0, "inside; the value alone decides"),
        (SIMPLE, 5.01, "outside; the value alone decides"),
        # Phi(2) = 0.97725, Phi(0.5) = 0.69146, both less the other tail, which is none.
        (RISK, 3.0, "inside with a probability of 97.725 %, of which 95 % is demanded"),
        (
            RISK,
            7.0,
            "outside with a probability of 97.725 %, of which 95 % is demanded",
        ),
        (
            RISK,
            -7.0,
            "outside with a probability of 97.725 %, of which 95 % is demanded",
        ),
        (
            RISK,
            4.5,
            "inside with a probability of 69.146 %, and 95 % is demanded of either"
            f" decision. {AGAIN}",
        ),
    ],
)
def test_a_finding_word_for_word(
    rule: DecisionRule, value: float, finding: str
) -> None:
    against = f"{value:g} % ± 2 % (k = 2) against -5 % to 5 %"
    assert judged(rule, value).statement == f"{against}: {finding}."


def test_a_value_that_is_not_finite_says_where_to_look() -> None:
    assert judged(BAND, math.nan).statement.endswith(
        ": no evidence, because the value or its uncertainty is not a finite number."
        " Find the cause in the journal and measure again."
    )


def test_a_limit_that_is_not_specified_says_what_to_add() -> None:
    silent = Limit("F-1", None, None, BAND, "percent", "", ("flow.accuracy", "b"))
    quantity = ureg.Quantity(1.0, "percent"), ureg.Quantity(0.5, "percent")
    judgement = silent.judge(Measurement(*quantity, math.inf, (), "balance", 0, 1))
    assert judgement.statement == (
        "not specified: the profile says nothing about flow.accuracy, b; measured 1 %"
        " ± 1 % (k = 2): add the limit to the profile, or declare the feature absent"
        " there."
    )
    assert (judgement.p_c, judgement.margin) == (None, None)


def test_too_large_a_u_says_how_small_it_must_be() -> None:
    assert judged(SIMPLE, 0.0, 1.26).statement == (
        "0 % ± 2.52 % (k = 2) against -5 % to 5 %: no evidence, because U is more than"
        f" 50 % of half the tolerance. {SMALLER}."
    )


def test_where_no_value_could_pass_it_is_said() -> None:
    band = guard_band(0.5, K2)
    assert judged(band, 4.0, 5.5).statement == (
        "4 % ± 11 % (k = 2) against -5 % to 5 %: inside, but by less than 0.5 U."
        f" {AGAIN}. 0.5 U is more than half the tolerance, so no value at all could"
        " pass."
    )


def test_a_contradiction_names_its_interval_and_what_it_would_be() -> None:
    sample = Sample(1.0, 1.0, -1.0, 9.0, 10, 1, "", 0.0)
    doubted = judged(BAND, 1.0, 1.0, Check(sample, False, 0.1, ""))
    assert doubted.statement == (
        "1 % ± 2 % (k = 2) against -5 % to 5 %: inside by at least U. But the Monte"
        " Carlo interval, -1 % to 9 %, would make it conditional pass: the linear U"
        " does not hold here, so nothing is proven. Find the input of the budget that"
        " acts non-linearly, or measure longer or with a smaller U, and judge again."
    )


def test_a_judgement_keeps_all_that_an_auditor_needs() -> None:
    judgement = judged(BAND, 2.9)
    assert judgement.requirement == "F-1"
    assert judgement.limit is not None
    assert judgement.limit.requirement == "F-1"
    assert judgement.measurement is not None
    assert judgement.measurement.instrument == "balance"
    # Phi(2.1) - Phi(-7.9).
    assert judgement.to_json() == {
        "requirement": "F-1",
        "verdict": "PASS",
        "statement": judgement.statement,
        "zone": "pass",
        "margin": pytest.approx(2.1),
        "expanded_u": pytest.approx(2.0),
        "k": pytest.approx(2.0),
        "p_c": pytest.approx(0.9821355794371835),
        "unit": "percent",
    }


def test_a_judged_fact_has_neither_limit_nor_measurement() -> None:
    fact = judge_fact("PRG-3", True, "refused")
    assert (fact.limit, fact.measurement) == (None, None)


def test_a_judged_fact_has_no_numbers() -> None:
    assert judge_fact("PRG-3", False, "accepted").to_json() == {
        "requirement": "PRG-3",
        "verdict": "FAIL",
        "statement": "accepted",
        "zone": None,
        "margin": None,
        "expanded_u": None,
        "k": None,
        "p_c": None,
        "unit": "",
    }


@pytest.mark.parametrize("holds", [1, 0, "no"])
def test_what_is_no_yes_and_no_no_is_refused_with_its_requirement(
    holds: object,
) -> None:
    with pytest.raises(TypeError) as caught:
        judge_fact("PRG-3", holds, "")  # type: ignore[arg-type]
    assert str(caught.value) == f"PRG-3: {holds!r} is not a yes, a no or None"
