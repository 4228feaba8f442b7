"""What is expected of the cases of the shipped plan."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.metrology.student import coverage_factor
from harness.planning import cases
from harness.planning.remedies import UNKNOWN, remedy
from harness.plans import loading
from harness.plans.findings import Severity
from harness.plans.plan import FILE_NAME, Plan
from harness.units import ureg
from tests.harness.planning.benches import balance, setup

PLAN = Path(__file__).parents[3] / "test_plans" / "implanted" / FILE_NAME
LOW = "ITB-FLOW-001/low"
GOOD = setup(balance(0.015, drift_mg_per_h=0.01))


@pytest.fixture(scope="module")
def plan() -> Plan:
    return loading.load(PLAN, None)


def of_one(plan: Plan, case_id: str) -> Plan:
    (case,) = [each for each in plan.cases if each.id == case_id]
    return replace(plan, cases=(case,))


def test_a_dose_becomes_a_rate_by_its_concentration(plan: Plan) -> None:
    (found,) = cases.expectations(of_one(plan, LOW), GOOD).values()
    delivery = found.forecast.delivery
    # 24 µg/day of 500 µg/mL are 2 µL/h.
    assert delivery.rate_ul_per_h == pytest.approx(2.0)
    assert (delivery.duration_h, delivery.blank_h) == (48.0, 2.0)
    assert found.limit_percent == 10.0
    assert found.share == found.forecast.expanded_percent / 10.0


def test_each_of_two_looks_has_the_larger_coverage(plan: Plan) -> None:
    (case,) = of_one(plan, LOW).cases
    second = case.numbers["duration"]
    found = {
        looks: cases.expectations(
            replace(
                plan, cases=(replace(case, second_look=second if looks else None),)
            ),
            GOOD,
        )[LOW].forecast
        for looks in (False, True)
    }
    assert found[False].k == pytest.approx(coverage_factor(found[False].dof, 0.95))
    assert found[True].k == pytest.approx(coverage_factor(found[True].dof, 0.975))


def test_only_one_constant_rate_can_be_told(plan: Plan) -> None:
    found = cases.expectations(plan, GOOD)
    assert LOW in found
    assert "ITB-FLOW-012/uptime-wrap" in found
    for other in (
        "ITB-FLOW-002/stopped",
        "ITB-FLOW-004/5-days",
        "ITB-FLOW-005/twelvefold",
        "ITB-FLOW-007/body",
        "ITB-BOL-001/large",
        "ITB-SCH-003/30-days",
    ):
        assert other not in found


def test_a_case_without_a_flow_is_passed_over(plan: Plan) -> None:
    (case,) = of_one(plan, "ITB-FLOW-001/3-ml-a-day").cases
    rate = replace(case.numbers["rate"], value=ureg.Quantity(0.0, "mL/day"))
    still = replace(case, numbers={**case.numbers, "rate": rate})
    assert cases.expectations(replace(plan, cases=(still,)), GOOD) == {}


def test_good_expectations_raise_no_doubts(plan: Plan) -> None:
    assert not list(cases.doubts(cases.expectations(plan, GOOD), "plan.toml"))


def test_a_case_that_is_too_uncertain(plan: Plan) -> None:
    bad = setup(balance(0.015, drift_mg_per_h=0.2))
    expected = cases.expectations(of_one(plan, LOW), bad)
    (found,) = cases.doubts(expected, "plan.toml")
    assert found.severity is Severity.WARNING
    assert found.text.startswith(f"plan.toml: {LOW}: U is expected to be 14 %, ")
    assert "mostly from zero drift unseen by blanks" in found.text


def test_a_case_that_would_be_refused(plan: Plan) -> None:
    bad = setup(balance(50.0))
    (found,) = cases.doubts(cases.expectations(of_one(plan, LOW), bad), "plan.toml")
    assert "its weighing would be refused: balance: its U" in found.text


def test_an_unknown_source_has_no_remedy() -> None:
    assert remedy("phase of the moon") == UNKNOWN
    assert remedy("contact line") != UNKNOWN
