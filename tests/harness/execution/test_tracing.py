"""What the first record says of requirements and cases that nobody verifies."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from harness.execution import tracing
from harness.plans import loading
from harness.plans.plan import Form, Plan
from tests.harness.plans.written import (
    HEAD,
    attribute,
    case,
    measured,
    register,
    write,
)

DEMANDS = (
    measured(
        "M-1", 'lower = "-flow.accuracy"\nupper = "flow.accuracy"\ngip = ["1.2.1"]'
    ),
    measured("M-2", 'upper = "flow.drift"'),
    attribute("B-1", 'features = ["bolus"]'),
)
COVERAGE = """
[coverage]
register = "r"
[[covered]]
requirement = "M-1"
case = "M-1/a"
fault = "too much"
[covered.pump]
flow_error = "20 %"
"""
SUBJECTS = """
[[subject]]
id = "stall"
kind = "alarm"
title = "motor stall"
[[subject]]
id = "bolus"
kind = "mode"
title = "bolus"
features = ["bolus"]
"""
ROLES = frozenset({"pump"})
WHOLE = (case("M-1", "a"), case("M-2", "a"), case("B-1", "a"))


def load(folder: Path, *cases: str, subjects: str = "") -> Plan:
    return loading.load(
        write(folder, HEAD, *cases, register=register(*DEMANDS, subjects))
    )


def every(plan: Plan) -> frozenset[str]:
    return frozenset(each.id for each in plan.cases)


def by_id(described: Mapping[str, Any], name: str) -> dict[str, Mapping[str, Any]]:
    return {each["id"]: each for each in described[name]}


def test_a_plan_that_covers_all_that_applies_is_whole(tmp_path: Path) -> None:
    plan = load(tmp_path, *WHOLE)

    assert tracing.partial_reasons(plan, ROLES, every(plan)) == ()
    assert tracing.describe(plan, ROLES, every(plan))["partial"] is False


@pytest.mark.parametrize(
    ("cases", "selected", "reason"),
    [
        (WHOLE, {"M-1/a"}, "1 cases of the plan were not selected"),
        (WHOLE[1:], {"M-2/a"}, "1 requirements of the register have no case"),
        (
            (case("M-1", "a", 'simulator_only = "weeks"'), *WHOLE[1:]),
            {"M-1/a", "M-2/a"},
            "1 cases need a simulated bench",
        ),
        (
            (case("M-1", "a", 'capabilities = ["bolus"]'), *WHOLE[1:]),
            {"M-2/a"},
            "1 requirements of the register have no case",
        ),
    ],
)
def test_what_is_missing_makes_a_run_partial(
    tmp_path: Path, cases: tuple[str, ...], selected: set[str], reason: str
) -> None:
    plan = load(tmp_path, *cases)

    described = tracing.describe(plan, ROLES, selected)

    assert described["partial"] is True
    assert described["partial_reasons"] == [reason]


def test_the_whole_register_is_described(tmp_path: Path) -> None:
    described = by_id(
        tracing.describe(load(tmp_path, *WHOLE), ROLES, ()), "requirements"
    )

    assert list(described) == ["M-1", "M-2", "B-1"]
    assert described["M-1"]["limit"] == "-5 % to 5 %"
    assert described["M-1"]["gip"] == ["1.2.1"]
    assert described["M-1"]["absent"] == ""
    assert described["M-2"]["limit"].startswith("not specified")
    assert described["B-1"]["features"] == ["bolus"]
    assert "constant rates only" in described["B-1"]["absent"]


def test_every_case_says_why_it_was_not_to_run(tmp_path: Path) -> None:
    unreal = case("M-2", "b", 'simulator_only = "it takes weeks"')
    plan = load(tmp_path, *WHOLE, unreal)

    described = tracing.describe(plan, ROLES, {"M-1/a", "M-2/b"})

    cases = by_id(described, "plan_cases")
    assert {
        name: (each["why_not"], each["applies"]) for name, each in cases.items()
    } == {
        "M-1/a": ("", True),
        "M-2/a": ("not selected", True),
        "M-2/b": ("simulator only: it takes weeks", True),
        "B-1/a": ("not applicable: bolus: constant rates only", False),
    }
    assert cases["M-1/a"]["claims"] == ["M-1"]
    assert described["cases"] == ["M-1/a"]
    assert described["not_selected"] == ["M-2/a"]
    assert described["not_applicable"] == ["B-1/a"]


def test_a_case_says_in_which_form_it_runs(tmp_path: Path) -> None:
    fast = '[case.accelerated]\njustification = "as good"\nhardware_duration = "1 s"\n'
    cases = (
        case("M-1", "a", fast),
        case("M-2", "a", 'simulator_only = "it takes weeks"'),
        case("M-2", "b"),
    )
    load(tmp_path, *cases)
    plan = loading.load(tmp_path / "plan.toml", form=Form.ACCELERATED)

    forms = {each.id: tracing.form_of(each) for each in plan.cases}
    assert forms == {
        "M-1/a": "accelerated: as good",
        "M-2/a": "simulator only: it takes weeks",
        "M-2/b": "full",
    }
    described = by_id(tracing.describe(plan, ROLES, every(plan)), "plan_cases")
    assert {name: each["form"] for name, each in described.items()} == forms
    assert tracing.form_of(load(tmp_path, *cases).cases[0]) == "full"


def test_a_subject_that_is_shown_from_one_side_makes_a_run_partial(
    tmp_path: Path,
) -> None:
    positive = case("M-1", "a", 'positive = ["stall", "bolus"]')
    negative = case("M-2", "a", 'negative = ["stall", "bolus"]')
    one_sided = load(tmp_path, positive, *WHOLE[1:], subjects=SUBJECTS)
    whole = load(tmp_path, positive, negative, WHOLE[2], subjects=SUBJECTS)

    assert tracing.partial_reasons(one_sided, ROLES, every(one_sided)) == (
        "1 modes, refills or alarms have no negative case",
    )
    assert tracing.partial_reasons(whole, ROLES, every(whole)) == ()
    described = tracing.describe(whole, ROLES, every(whole))
    cases = by_id(described, "plan_cases")
    assert cases["M-1/a"]["positive"] == ["stall", "bolus"]
    assert cases["M-2/a"]["negative"] == ["stall", "bolus"]
    absent = {name: e["absent"] for name, e in by_id(described, "subjects").items()}
    assert absent == {"stall": "", "bolus": "bolus: constant rates only"}


def test_a_bench_with_a_simulator_leaves_nothing_out(tmp_path: Path) -> None:
    unreal = case("M-1", "a", 'simulator_only = "it takes weeks"')
    plan = load(tmp_path, unreal, *WHOLE[1:])

    described = tracing.describe(plan, {*ROLES, "simulator"}, every(plan))

    assert described["partial"] is False
    assert described["cases"] == ["M-1/a", "M-2/a"]


def test_seeded_faults_stand_in_the_record(tmp_path: Path) -> None:
    plan = load(tmp_path, *WHOLE)
    without = tracing.describe(plan, ROLES, every(plan))
    (tmp_path / "coverage.toml").write_text(COVERAGE, encoding="utf-8")
    plan = load(tmp_path, *WHOLE)
    described: Mapping[str, Any] = tracing.describe(plan, ROLES, every(plan))

    assert (without["coverage"], without["proofs"]) == (None, [])
    assert described["coverage"]["name"] == "coverage.toml"
    assert described["proofs"] == [
        {
            "requirement": "M-1",
            "case": "M-1/a",
            "fault": "too much",
            "also_fails": [],
            "because": "",
        }
    ]
