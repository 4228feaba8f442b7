"""What the report shows of one verdict: rule, probability, looks and budget."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from harness.evidence.records import JsonValue, Kind
from harness.metrology.budget import Correlation, Input, evaluate
from harness.metrology.measurement import Measurement, from_estimate
from harness.render import wording
from harness.render.case_record import CaseRecord
from harness.render.case_view import RunParts, case_view
from harness.render.html import page
from harness.render.judgement_view import JudgementView, judgement_view
from harness.render.measurement_record import BudgetLine
from harness.render.run_fold import of_journal
from harness.render.run_record import RunRecord
from harness.render.views import run_view
from tests.harness.render.sample_run import Writer

LOW = "ITB-FLOW-001/low"
FLOW = "ITB-FLOW-001"
REMARK = "volume at 37 °C <b>assumed</b>"


def flow(value: float, u: float) -> Measurement:
    """Two correlated inputs of equal u, one type A, and a remark."""
    parts = (
        Input.observed("plateau", [value - u, value + u], "percent"),
        Input("span", 0.0, u, "percent"),
    )
    model = evaluate(lambda a, b: a + b, parts, (Correlation("plateau", "span", 0.5),))
    return replace(from_estimate(model, "percent", "balance", 0, 1), remarks=(REMARK,))


def looked_at(folder: Path, finding: str) -> RunRecord:
    """A case with a look and its verdict; if the look is open, with a second value."""
    run = Writer(folder)
    run.begin(cases=[LOW])
    run.record(
        Kind.CASE_BEGIN,
        case=LOW,
        attempt=1,
        requirements=[FLOW],
        second_look="48 hour",
    )
    limit: dict[str, JsonValue] = {
        "requirement": FLOW,
        "lower": -10.0,
        "upper": 10.0,
        "unit": "percent",
        "rule": "the rule",
        "source": "the profile",
    }
    declared = run.record(Kind.LIMIT, case=LOW, **limit)
    numbers: dict[str, JsonValue] = {"monte_carlo": None, "name": FLOW}
    first = run.record(
        Kind.MEASUREMENT, case=LOW, **flow(9.0, 0.1).to_json(0.975), **numbers
    )
    look = run.record(
        Kind.LOOK,
        case=LOW,
        requirement=FLOW,
        number=1,
        of=2,
        finding=finding,
        statement="the first reason",
        p_c=0.8413447,
        evidence=[declared, first],
    )
    numbers["monte_carlo"] = {"statement": "the distributions agree"}
    last = run.record(
        Kind.MEASUREMENT, case=LOW, **flow(8.5, 0.1).to_json(0.975), **numbers
    )
    evidence = first if finding == "PASS" else last
    run.record(
        Kind.VERDICT,
        case=LOW,
        requirement=FLOW,
        verdict="PASS",
        statement="the last reason",
        zone="pass",
        margin=1.5,
        expanded_u=0.6,
        k=2.24,
        p_c=0.99999,
        unit="percent",
        evidence=[declared, evidence, look],
        settled=False,
    )
    run.end_case(LOW, "PASS", "fine")
    run.end()
    return of_journal(folder)


@pytest.fixture
def open_run(tmp_path: Path) -> RunRecord:
    return looked_at(tmp_path, "INCONCLUSIVE")


def judged(run: RunRecord) -> JudgementView:
    case = run.cases[0]
    return judgement_view(case, case.verdicts[0], {})


def test_both_looks_are_shown_in_their_order(open_run: RunRecord) -> None:
    assert judged(open_run).looks == (
        ("look 1 of 2", "INCONCLUSIVE (p_c 84.13 %): the first reason"),
        ("look 2 of 2", "PASS: the last reason"),
    )
    assert judged(open_run).measured == "+8.50 % ± 0.60 %"


def test_a_conclusive_look_is_the_only_one(tmp_path: Path) -> None:
    assert judged(looked_at(tmp_path, "PASS")).looks == (
        ("look 1 of 2", "PASS (p_c 84.13 %): the first reason"),
    )


def test_a_case_shows_its_declaration_and_its_look(open_run: RunRecord) -> None:
    view = case_view(1, open_run.cases[0], RunParts({})).last
    said = "48 hour more, if the first look decides nothing"
    assert ("second look", said) in view.facts
    (event,) = [each for each in view.events if each.kind == "look"]
    assert event.text == ("ITB-FLOW-001: look 1 of 2 is INCONCLUSIVE: the first reason")


def test_rule_probability_and_distributions_are_named(open_run: RunRecord) -> None:
    details = dict(judged(open_run).details)
    assert details["decision rule"] == "the rule"
    assert details["conformance probability p_c"] == "more than 99.99 %"
    assert details["coverage"].startswith("97.5 %, k = ")
    assert details["distributions"] == "the distributions agree"


def test_types_correlations_and_remarks_are_shown(open_run: RunRecord) -> None:
    view = judged(open_run)
    assert {line.name: line.evaluation for line in view.budget} == {
        "plateau": "A",
        "span": "B",
    }
    assert view.correlations == ("plateau and span: r = 0.5",)
    assert view.remarks == (REMARK,)
    html = page(run_view(open_run))
    assert "Correlated: plateau and span: r = 0.5." in html
    assert "volume at 37 °C &lt;b&gt;assumed&lt;/b&gt;" in html
    assert "<td>A</td><td>normal</td>" in html
    assert "look 2 of 2" in html


def with_budget(case: CaseRecord, *contributions: float) -> JudgementView:
    measurement = replace(
        case.measurements[-1],
        budget=tuple(
            BudgetLine(f"n{i}", 0.0, c, "percent", "normal", math.inf, 1.0, c, "B")
            for i, c in enumerate(contributions)
        ),
    )
    changed = replace(case, measurements=(measurement,))
    return judgement_view(changed, case.verdicts[0], {})


def test_what_makes_no_difference_stands_in_one_line(open_run: RunRecord) -> None:
    case = open_run.cases[0]
    many = with_budget(case, *[1e-4] * 40, 1.0, 0.5)
    assert [(line.name, line.share) for line in many.budget[2:]] == [
        ("40 more, which stand in the journal", "< 0.01 %")
    ]
    assert [line.name for line in many.budget[:2]] == ["n40", "n41"]
    # Many small ones that count together are all shown.
    assert len(with_budget(case, *[0.01] * 40, 1.0).budget) == 41
    assert len(with_budget(case, 1.0, math.nan, 1e-9).budget) == 3
    assert with_budget(case).budget == ()


@pytest.mark.parametrize(
    ("p", "said"),
    [
        (0.97128, "97.13 %"),
        (0.0179, "1.79 %"),
        (1.0, "more than 99.99 %"),
        (0.99995, "more than 99.99 %"),
        (1e-9, "less than 0.01 %"),
        (0.0, "less than 0.01 %"),
    ],
)
def test_a_probability_is_no_certainty(p: float, said: str) -> None:
    assert wording.probability(p) == said
