"""Which requirement is verified by which case, and what no case verifies."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.evidence.records import JsonValue
from harness.judging import Verdict
from harness.render import trace_files
from harness.render.facts import facts
from harness.render.html import page
from harness.render.run_fold import of_journal
from harness.render.run_record import RunRecord
from harness.render.trace_parts import groups
from harness.render.trace_view import (
    NO_CASE,
    NO_FAULT,
    NO_REQUIREMENT,
    CaseRow,
    RequirementRow,
)
from harness.render.traceability import Coverage, RequirementTrace, trace
from harness.render.views import RunView, run_view
from tests.harness.render.sample_run import (
    CASES,
    NO_SCHEDULES,
    TEXTS,
    Writer,
    asked,
    measured,
    planned,
    proof,
    write,
)

FLOW, COUNT, STALL, ALARM = TEXTS
LOW, MIDDLE, MAGNET, DAY = CASES
REGISTER: list[JsonValue] = [asked(each, said) for each, said in TEXTS.items()]
NOT_SELECTED = "not selected"
PROVEN = "have a case, and a seeded fault that it must find"
ABSENT = "concern what the profile declares absent"


def traced(run: RunRecord, requirement: str) -> RequirementTrace:
    (found,) = (r for r in trace(run).requirements if r.requirement.id == requirement)
    return found


def row(view: RunView, requirement: str) -> RequirementRow:
    rows = (row for group in view.trace.requirements for row in group.rows)
    return next(row for row in rows if row.id == requirement)


def case_row(view: RunView, case: str) -> CaseRow:
    rows = (row for group in view.trace.cases for row in group.rows)
    return next(row for row in rows if row.id == case)


def stalled(folder: Path, **changes: JsonValue) -> RunRecord:
    """A run of the magnet case alone, which passes; ``changes`` are of the header."""
    run = Writer(folder)
    run.begin(**{"cases": [MAGNET], **changes})
    run.begin_case(MAGNET)
    run.judge(MAGNET, STALL, measured(5.0, 0.05, "minute"))
    run.end_case(MAGNET, "PASS", "inside")
    run.end()
    return of_journal(folder)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> RunRecord:
    return of_journal(write(tmp_path_factory.mktemp("run")))


@pytest.fixture(scope="module")
def gaps(tmp_path_factory: pytest.TempPathFactory) -> RunRecord:
    """A run with everything that can be missing from a matrix."""
    return stalled(
        tmp_path_factory.mktemp("run"),
        requirements=REGISTER,
        plan_cases=[
            planned(MAGNET, [STALL]),
            planned(LOW, [COUNT], NOT_SELECTED),
            planned(MIDDLE, ["ITB-ALM-001"], "no sound", applies=False),
            planned("ITB-XXX-001/free", ["ITB-XXX-001"], NOT_SELECTED),
        ],
        proofs=[
            proof(STALL, MAGNET, "never tells a stall"),
            proof(ALARM, MIDDLE, "false alarm"),
        ],
        partial=True,
        partial_reasons=["2 requirements of the register have no case"],
    )


def test_the_verdict_of_a_requirement_is_the_worst_of_its_cases(
    sample: RunRecord,
) -> None:
    assert {t.requirement.id: t.verdict for t in trace(sample).requirements} == {
        FLOW: Verdict.INCONCLUSIVE,
        COUNT: Verdict.PASS,
        STALL: Verdict.FAIL,
        ALARM: Verdict.PASS,
        "ITB-SCH-001": Verdict.NOT_RUN,
    }


def test_both_directions_hold_the_same_links(sample: RunRecord) -> None:
    both = trace(sample)
    forth = {
        (each.requirement, each.case) for t in both.requirements for each in t.links
    }
    back = {(each.requirement, each.case) for t in both.cases for each in t.links}

    assert forth == back
    assert forth == {
        *((claim, case) for case, claims in CASES.items() for claim in claims),
        ("ITB-SCH-001", "ITB-SCH-001/steps"),
    }


def test_every_requirement_is_proven_unproven_uncovered_or_not_applicable(
    sample: RunRecord, gaps: RunRecord
) -> None:
    assert traced(sample, FLOW).coverage is Coverage.PROVEN
    assert traced(sample, "ITB-SCH-001").coverage is Coverage.NOT_APPLICABLE
    assert traced(gaps, STALL).coverage is Coverage.PROVEN
    assert traced(gaps, COUNT).coverage is Coverage.UNPROVEN
    assert traced(gaps, FLOW).coverage is Coverage.UNCOVERED


def test_a_case_that_does_not_apply_covers_nothing(gaps: RunRecord) -> None:
    alarm = traced(gaps, ALARM)

    assert alarm.coverage is Coverage.UNCOVERED
    assert alarm.proofs == ()
    assert [link.case for link in alarm.links] == [MIDDLE]


def test_a_case_without_a_requirement_is_found(gaps: RunRecord) -> None:
    assert [each.case.id for each in trace(gaps).orphans] == ["ITB-XXX-001/free"]


def test_a_case_that_only_the_journal_knows_is_shown(tmp_path: Path) -> None:
    run = stalled(tmp_path, plan_cases=[])

    (only,) = trace(run).cases
    assert (only.case.id, only.verdict) == (MAGNET, Verdict.PASS)
    assert traced(run, STALL).coverage is Coverage.PROVEN


def test_no_requirement_passes_while_one_of_its_cases_has_not_run(
    tmp_path: Path,
) -> None:
    both = [planned(MAGNET, [STALL]), planned(LOW, [STALL])]
    run = stalled(tmp_path / "open", plan_cases=both, cases=[MAGNET, LOW])
    neither = stalled(tmp_path / "closed", plan_cases=[planned(LOW, [COUNT])])

    assert traced(run, STALL).verdict is Verdict.INCONCLUSIVE
    assert json.loads(facts(run))["requirements"][STALL] == "INCONCLUSIVE"
    assert traced(neither, COUNT).verdict is Verdict.NOT_RUN


def test_a_pass_without_some_of_its_cases_is_shown_as_a_part(tmp_path: Path) -> None:
    cases = [planned(MAGNET, [STALL]), planned(LOW, [STALL], NOT_SELECTED)]
    run = stalled(tmp_path, plan_cases=cases)

    shown = row(run_view(run), STALL)

    assert traced(run, STALL).verdict is Verdict.PASS
    assert (shown.chip.word, shown.chip.tone) == ("PASS, PARTIAL", "inconclusive")
    assert [link.why_not for link in shown.links] == ["", NOT_SELECTED]


def test_what_is_missing_stands_out(gaps: RunRecord) -> None:
    view = run_view(gaps)

    assert (row(view, FLOW).chip.word, row(view, FLOW).chip.tone) == (NO_CASE, "fail")
    assert row(view, COUNT).warning == NO_FAULT
    assert case_row(view, "ITB-XXX-001/free").warning == NO_REQUIREMENT
    assert case_row(view, MIDDLE).chip.word == "NOT APPLICABLE"
    loud = {r.id for g in view.trace.requirements for r in g.rows if r.stands_out}
    assert loud == {FLOW, COUNT, ALARM}
    loud = {r.id for g in view.trace.cases for r in g.rows if r.stands_out}
    assert loud == {LOW, "ITB-XXX-001/free"}
    assert dict(view.trace.summary) == {
        "proven": f"1 of 4 requirements {PROVEN}",
        "unproven": "1 of 4 requirements have a case, but no seeded fault",
        "uncovered": "2 of 4 requirements have no case",
        "not applicable": f"0 of 4 requirements {ABSENT}",
        "left out": "2 of 4 cases that apply did not run",
        "for others": "1 of 4 cases need what this pump lacks",
        "no requirement": "1 of 4 cases",
    }


def test_the_head_says_what_makes_the_run_partial(gaps: RunRecord) -> None:
    view = run_view(gaps)

    assert view.headline == "PASS, PARTIAL"
    meanings = {stamp.word: stamp.meaning for stamp in view.stamps}
    assert meanings["PARTIAL"] == "2 requirements of the register have no case"


def test_an_unproven_requirement_is_a_warning_and_restricts_nothing(
    tmp_path: Path,
) -> None:
    run = stalled(tmp_path, fidelity="hardware", proofs=[])

    view = run_view(run)

    assert view.headline == "PASS"
    assert [stamp.word for stamp in view.stamps] == ["UNSIGNED"]
    assert [each.word for each in view.warnings] == ["UNPROVEN"]
    assert "4 requirements have no seeded fault" in view.warnings[0].meaning


def test_groups_are_by_subject_and_count_what_they_hold(gaps: RunRecord) -> None:
    groups = run_view(gaps).trace.requirements

    assert {group.subject: group.tally for group in groups} == {
        "ITB-FLOW": f"1 {NO_CASE}",
        "ITB-CNT": f"1 NOT RUN; 1 {NO_FAULT}",
        "ITB-STL": "1 PASS",
        "ITB-ALM": f"1 {NO_CASE}",
    }
    assert [group.subject for group in groups if not group.stands_out] == ["ITB-STL"]


def test_the_page_shows_both_directions(sample: RunRecord) -> None:
    html = page(run_view(sample))

    flow, count = row(run_view(sample), FLOW), row(run_view(sample), COUNT)
    assert flow.faults == ("delivers 14 % more: found by ITB-FLOW-001/low",)
    assert count.faults == (
        "counter stuck: found by ITB-FLOW-001/low, with ITB-FLOW-001, because it"
        " delivers until the counter is full",
    )
    assert flow.notes == ("limit: -10 % to 10 %", "GIP v1.0: 1.2.1")
    for text in (*flow.faults, *count.faults, f"not applicable: {NO_SCHEDULES}"):
        assert text in html


def test_the_json_holds_both_directions(gaps: RunRecord) -> None:
    read = json.loads(trace_files.as_json(gaps))

    assert read["partial"] == ["2 requirements of the register have no case"]
    assert read["engineering"] == []
    assert read["journal"] == gaps.integrity.head
    stall = next(each for each in read["requirements"] if each["id"] == STALL)
    assert stall["coverage"] == "proven"
    assert stall["cases"] == [{"id": MAGNET, "verdict": "PASS", "why_not": ""}]
    assert [each["fault"] for each in stall["seeded_faults"]] == ["never tells a stall"]
    magnet = next(each for each in read["cases"] if each["id"] == MAGNET)
    assert magnet["requirements"] == [{"id": STALL, "verdict": "PASS", "why_not": ""}]


def test_the_csv_has_a_row_for_each_link_and_for_each_gap(gaps: RunRecord) -> None:
    rows = list(csv.DictReader(io.StringIO(trace_files.as_csv(gaps), newline="")))

    assert [(r["requirement"], r["case"], r["coverage"]) for r in rows] == [
        (FLOW, "", "uncovered"),
        (COUNT, LOW, "unproven"),
        (STALL, MAGNET, "proven"),
        (ALARM, MIDDLE, "uncovered"),
        ("", "ITB-XXX-001/free", ""),
    ]
    assert rows[1]["not_run_because"] == NOT_SELECTED
    assert rows[2]["verdict"] == rows[2]["requirement_verdict"] == "PASS"
    assert rows[2]["seeded_faults"] == "never tells a stall"
    assert {tuple(r) for r in rows} == {trace_files.COLUMNS}


@pytest.mark.parametrize("first", list("=+-@\t\r\n"))
def test_no_cell_of_the_csv_is_a_formula(tmp_path: Path, first: str) -> None:
    formula = f'{first}HYPERLINK("http://evil","{first}")'
    evil = {**asked(STALL, formula), "id": formula, "absent": formula}
    run = stalled(
        tmp_path,
        requirements=[evil],
        plan_cases=[planned(formula, [formula], formula)],
        proofs=[proof(formula, formula, formula)],
    )

    (row, _) = csv.DictReader(io.StringIO(trace_files.as_csv(run), newline=""))

    assert row["requirement"] == f"'{formula}"
    assert row["seeded_faults"] == row["case"] == row["text"] == f"'{formula}"
    assert not [cell for cell in row.values() if cell.startswith(tuple("=+-@\t\r\n"))]


def test_one_record_gives_one_text(sample: RunRecord) -> None:
    assert trace_files.as_json(sample) == trace_files.as_json(sample)
    assert trace_files.as_csv(sample) == trace_files.as_csv(sample)


@dataclass(frozen=True, slots=True)
class Line:
    """A row as a group sees it."""

    words: tuple[str, ...]
    stands_out: bool


@pytest.mark.parametrize(
    ("rows", "stands_out", "is_open"),
    [
        ([Line(("PASS",), False)], False, False),
        ([Line(("NOT RUN",), True)], True, False),
        ([Line(("NOT RUN", NO_REQUIREMENT), True)], True, True),
        ([Line(("NOT RUN",), True), Line(("FAIL",), True)], True, True),
    ],
)
def test_what_merely_has_not_run_stays_closed(
    rows: list[Line], stands_out: bool, is_open: bool
) -> None:
    (group,) = groups(rows, lambda row: "all")
    assert (group.stands_out, group.is_open) == (stands_out, is_open)
