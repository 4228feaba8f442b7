"""A measurement is judged with the propagation of its distributions beside its U."""

from __future__ import annotations

import json
import math

import pytest

from harness.errors import UnitError
from harness.execution.measured import judge, with_gaps
from harness.judging import (
    GUARD_BAND_U,
    DecisionRule,
    Limit,
    Verdict,
    guard_band,
    specific_risk,
)
from harness.metrology.budget import Input, evaluate
from harness.metrology.measurement import Measurement, bracketed, from_estimate
from harness.units import ureg

PERCENT = "percent"


def limit(upper: float, rule: DecisionRule = GUARD_BAND_U) -> Limit:
    high = ureg.Quantity(upper, PERCENT)
    return Limit("M-1", None, high, rule, PERCENT, "test")


def squared() -> Measurement:
    """100 (x1² + x2²) with x = 0 ± 0.07: by first order 0 ± 0, in truth chi-square.

    Its 95 % interval ends at -2 ln(0.025) times 100 · 0.07² = 3.615 (JCGM 101, 9.4).
    """
    parts = tuple(Input(name, 0.0, 0.07, "") for name in ("x1", "x2"))
    model = evaluate(lambda a, b: 100.0 * (a * a + b * b), parts)
    return from_estimate(model, PERCENT, "balance", 0, 1)


def test_agreement_is_journalled_and_changes_nothing() -> None:
    normal = evaluate(lambda x: x, (Input("x", 1.0, 1.0, PERCENT),))
    judged = judge(limit(5.0), from_estimate(normal, PERCENT, "balance", 0, 1))
    assert judged.judgement.verdict is Verdict.PASS
    assert judged.fields["name"] == "M-1"
    assert judged.fields["remarks"] == []
    sampled = judged.fields["monte_carlo"]
    assert isinstance(sampled, dict)
    assert sampled["agrees"] is True
    assert sampled["low"] == pytest.approx(1.0 - 1.96, abs=0.05)
    assert sampled["high"] == pytest.approx(1.0 + 1.96, abs=0.05)
    assert "agrees" in str(sampled["statement"])


def test_a_measurement_names_the_gaps_that_it_spans_and_no_other() -> None:
    normal = evaluate(lambda x: x, (Input("x", 1.0, 1.0, PERCENT),))
    second_ns = 10**9
    of = from_estimate(normal, PERCENT, "balance", 5 * second_ns, 20 * second_ns)
    gaps = [(0, second_ns), (6 * second_ns, 18 * second_ns), (25 * second_ns, 10**12)]
    (remark,) = with_gaps(of, gaps).remarks
    assert remark.startswith("nobody looked at the bench for 12 s of it")
    assert with_gaps(of, []) == of


@pytest.mark.parametrize(("upper", "verdict"), [(5.0, "PASS"), (2.0, "INCONCLUSIVE")])
def test_where_the_linear_u_fails_the_interval_must_agree_on_the_verdict(
    upper: float, verdict: str
) -> None:
    judged = judge(limit(upper), squared())
    # By the linear U alone, which is 0, both would pass.
    assert limit(upper).judge(squared()).verdict is Verdict.PASS
    assert judged.judgement.verdict.name == verdict
    sampled = judged.fields["monte_carlo"]
    assert isinstance(sampled, dict)
    assert sampled["agrees"] is False
    assert sampled["high"] == pytest.approx(3.615, abs=0.1)
    assert judged.fields["remarks"] == [sampled["statement"]]
    assert ("Monte Carlo interval" in judged.judgement.statement) is (upper == 2.0)


@pytest.mark.parametrize(
    ("rule", "p"),
    [
        (guard_band(coverage=0.5), 0.5),
        (guard_band(coverage=0.9999), 0.9999),
        (specific_risk(0.1), 0.9),
    ],
)
def test_the_interval_has_the_coverage_of_the_rule(
    rule: DecisionRule, p: float
) -> None:
    low, high = (ureg.Quantity(x, PERCENT) for x in (-1.0, 1.0))
    sampled = judge(limit(5.0, rule), bracketed(low, high, "b", 0, 1)).fields[
        "monte_carlo"
    ]
    assert isinstance(sampled, dict)
    assert sampled["coverage"] == pytest.approx(p)
    assert sampled["high"] == pytest.approx(p, abs=0.02)


@pytest.mark.parametrize(
    ("value", "u", "dof"),
    [(math.nan, 1.0, 9.0), (0.0, math.inf, 9.0), (0.0, 1.0, 0.5)],
)
def test_without_an_interval_there_is_nothing_to_propagate(
    value: float, u: float, dof: float
) -> None:
    quantity = ureg.Quantity(value, PERCENT), ureg.Quantity(u, PERCENT)
    judged = judge(limit(5.0), Measurement(*quantity, dof, (), "balance", 0, 1))
    assert judged.judgement.verdict is Verdict.INCONCLUSIVE
    assert judged.fields["monte_carlo"] is None
    json.dumps(judged.fields, allow_nan=False)


def test_bare_numbers_and_other_dimensions_are_refused() -> None:
    with pytest.raises(TypeError, match="is not a Measurement"):
        judge(limit(5.0), 1.0)  # type: ignore[arg-type]
    volume = bracketed(ureg.Quantity(1, "mL"), ureg.Quantity(2, "mL"), "b", 0, 1)
    with pytest.raises(UnitError):
        judge(limit(5.0), volume)
