"""Modes, refills and alarms in the report: both sides, or one that stands out."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from harness.evidence.records import JsonValue
from harness.judging import Verdict
from harness.render import trace_files
from harness.render.html import page
from harness.render.run_fold import of_journal
from harness.render.run_record import RunRecord
from harness.render.subject_trace import Shown, SubjectTrace, trace_subjects
from harness.render.subject_view import MISSING, SubjectRow
from harness.render.traceability import trace
from harness.render.views import run_view
from tests.harness.render.sample_run import CASES, Writer, measured, planned

LOW, MIDDLE, MAGNET, DAY = CASES
STALL = "ITB-STL-001"
NOT_SELECTED = "not selected"
NO_ROTOR = "motor-stall: there is no rotor"


def subject(name: str, kind: str = "alarm", absent: str = "") -> dict[str, JsonValue]:
    """A subject of the register."""
    title = name.replace("-", " ")
    return {"id": name, "kind": kind, "title": title, "features": [], "absent": absent}


def shows(
    case: str,
    positive: Sequence[str] = (),
    negative: Sequence[str] = (),
    why_not: str = "",
    *,
    applies: bool = True,
) -> dict[str, JsonValue]:
    """A case of the plan that shows sides of subjects."""
    return {
        **planned(case, [STALL], why_not, applies=applies),
        "positive": list(positive),
        "negative": list(negative),
    }


def write(
    folder: Path,
    subjects: Sequence[dict[str, JsonValue]],
    cases: Sequence[dict[str, JsonValue]],
    minutes: float = 5.0,
) -> RunRecord:
    """A run of the magnet case alone, which passes below 20 minutes."""
    run = Writer(folder)
    run.begin(cases=[MAGNET], subjects=list(subjects), plan_cases=list(cases))
    run.begin_case(MAGNET)
    run.judge(MAGNET, STALL, measured(minutes, 0.05, "minute"))
    run.end_case(MAGNET, "PASS", "inside")
    run.end()
    return of_journal(folder)


def traced(run: RunRecord, name: str = "stall") -> SubjectTrace:
    found = trace_subjects(run, trace(run))
    return next(each for each in found if each.subject.id == name)


def row(run: RunRecord, name: str = "stall") -> SubjectRow:
    rows = (each for group in run_view(run).subjects.groups for each in group.rows)
    return next(each for each in rows if each.id == name)


@pytest.fixture(scope="module")
def gaps(tmp_path_factory: pytest.TempPathFactory) -> RunRecord:
    """One subject of each kind of trouble."""
    return write(
        tmp_path_factory.mktemp("run"),
        [
            subject("stall"),
            subject("low"),
            subject("never"),
            subject("bolus", "mode"),
            subject("rotor", absent=NO_ROTOR),
        ],
        [
            shows(MAGNET, ["stall", "low"], ["bolus"]),
            shows(LOW, [], ["stall"], NOT_SELECTED),
            shows(MIDDLE, ["bolus"], ["rotor"], "no sound", applies=False),
        ],
    )


def test_the_sides_from_which_a_plan_shows_a_subject(gaps: RunRecord) -> None:
    assert {
        each.subject.id: each.shown for each in trace_subjects(gaps, trace(gaps))
    } == {
        "stall": Shown.BOTH_SIDES,
        "low": Shown.NO_NEGATIVE,
        "never": Shown.NO_CASE,
        # Its positive case does not apply to the pump, which has boluses.
        "bolus": Shown.NO_POSITIVE,
        "rotor": Shown.NOT_APPLICABLE,
    }


@pytest.mark.parametrize(
    ("other", "minutes", "verdict", "word"),
    [
        (shows(LOW, [], ["stall"]), 5.0, Verdict.INCONCLUSIVE, "INCONCLUSIVE"),
        (shows(LOW, [], ["stall"]), 30.0, Verdict.FAIL, "FAIL"),
        (
            shows(LOW, [], ["stall"], NOT_SELECTED),
            5.0,
            Verdict.INCONCLUSIVE,
            "INCONCLUSIVE",
        ),
        (shows(LOW, [], ["stall"], NOT_SELECTED), 30.0, Verdict.FAIL, "FAIL"),
    ],
)
def test_no_subject_passes_while_one_of_its_sides_has_not_run(
    tmp_path: Path,
    other: dict[str, JsonValue],
    minutes: float,
    verdict: Verdict,
    word: str,
) -> None:
    cases = [shows(MAGNET, ["stall"]), other]
    run = write(tmp_path, [subject("stall")], cases, minutes)

    assert traced(run).verdict is verdict
    assert row(run).chip.word == word
    assert row(run).stands_out


@pytest.mark.parametrize(
    ("why_not", "verdict", "word"),
    [
        ("", Verdict.INCONCLUSIVE, "INCONCLUSIVE"),
        (NOT_SELECTED, Verdict.PASS, "PASS, PARTIAL"),
    ],
)
def test_a_side_of_which_a_case_did_not_run(
    tmp_path: Path, why_not: str, verdict: Verdict, word: str
) -> None:
    cases = [
        shows(MAGNET, ["stall"]),
        shows(LOW, ["stall"], [], why_not),
        shows(DAY, [], ["stall"]),
    ]
    run = Writer(tmp_path)
    run.begin(cases=[MAGNET, DAY], subjects=[subject("stall")], plan_cases=cases)
    run.begin_case(MAGNET)
    run.judge(MAGNET, STALL, measured(5.0, 0.05, "minute"))
    run.end_case(MAGNET, "PASS", "inside")
    run.begin_case(DAY)
    run.judge_fact(DAY, "ITB-ALM-001", True, "no alarm")
    run.judge(DAY, "ITB-FLOW-001", measured(1.0, 0.1))
    run.end_case(DAY, "PASS", "all claims hold")
    run.end()
    read = of_journal(tmp_path)

    assert traced(read).verdict is verdict
    assert row(read).chip.word == word


def test_a_case_may_be_all_there_is_of_two_subjects(tmp_path: Path) -> None:
    cases = [shows(MAGNET, ["stall"], ["low"])]
    run = write(tmp_path, [subject("stall"), subject("low")], cases)

    assert row(run, "stall").negative.warning == MISSING
    assert row(run, "low").positive.warning == MISSING


def test_a_missing_side_stands_out_by_word_and_colour(gaps: RunRecord) -> None:
    low, bolus = row(gaps, "low"), row(gaps, "bolus")

    assert (low.chip.word, low.chip.tone) == (f"{MISSING}: no negative case", "fail")
    assert [each.id for each in low.positive.links] == [MAGNET]
    assert (low.positive.warning, low.negative.warning) == ("", MISSING)
    assert [each.why_not for each in bolus.positive.links] == ["no sound"]
    assert bolus.positive.warning == MISSING
    assert row(gaps, "never").chip.word == f"{MISSING}: no case"
    html = page(run_view(gaps))
    assert html.count(f'<span class="chip fail">{MISSING}: no negative case') == 1
    assert html.count(f'<span class="chip fail">{MISSING}</span>') == 4


def test_what_a_pump_lacks_is_not_applicable_with_its_justification(
    gaps: RunRecord,
) -> None:
    rotor = row(gaps, "rotor")

    assert (rotor.chip.word, rotor.note) == ("NOT APPLICABLE", NO_ROTOR)
    assert not rotor.stands_out
    assert (rotor.positive.warning, rotor.negative.warning) == ("", "")
    assert f"not applicable: {NO_ROTOR}" in page(run_view(gaps))


def test_subjects_are_grouped_and_counted(gaps: RunRecord) -> None:
    shown = run_view(gaps).subjects

    assert [group.subject for group in shown.groups] == ["alarms", "modes"]
    assert shown.groups[0].tally == (
        "1 INCONCLUSIVE; 1 MISSING: no negative case; 1 MISSING: no case;"
        " 1 NOT APPLICABLE"
    )
    every = "of 5 modes, refills and alarms"
    assert dict(shown.summary) == {
        "both sides": f"1 {every} have a case on both sides",
        "missing side": f"3 {every} lack a positive or a negative case",
        "absent": f"1 {every} are absent by the profile",
    }


def test_a_run_without_subjects_shows_no_table(tmp_path: Path) -> None:
    run = write(tmp_path, [], [shows(MAGNET)])

    assert run_view(run).subjects.summary == ()
    assert "from both sides" not in page(run_view(run))


def test_the_json_holds_both_sides(gaps: RunRecord) -> None:
    read = json.loads(trace_files.as_json(gaps))["subjects"]

    by_id = {each["id"]: each for each in read}
    assert by_id["stall"] == {
        "id": "stall",
        "kind": "alarm",
        "title": "stall",
        "absent": "",
        "shown": "both sides",
        "verdict": "INCONCLUSIVE",
        "partial": True,
        "positive": [{"id": MAGNET, "verdict": "PASS", "applies": True, "why_not": ""}],
        "negative": [
            {"id": LOW, "verdict": "NOT_RUN", "applies": True, "why_not": NOT_SELECTED}
        ],
    }
    assert by_id["low"]["shown"] == "no negative case"


def test_the_csv_has_a_row_for_each_side_and_for_each_gap(gaps: RunRecord) -> None:
    text = trace_files.as_csv(gaps)
    rows = [
        each
        for each in csv.DictReader(io.StringIO(text, newline=""))
        if each["subject"]
    ]

    assert [(r["subject"], r["side"], r["case"], r["verdict"]) for r in rows] == [
        ("stall", "positive", MAGNET, "PASS"),
        ("stall", "negative", LOW, "NOT_RUN"),
        ("low", "positive", MAGNET, "PASS"),
        ("low", "negative", "", ""),
        ("never", "positive", "", ""),
        ("never", "negative", "", ""),
        ("bolus", "positive", MIDDLE, "NOT_RUN"),
        ("bolus", "negative", MAGNET, "PASS"),
        ("rotor", "positive", "", ""),
        ("rotor", "negative", MIDDLE, "NOT_RUN"),
    ]
    assert {r["requirement"] for r in rows} == {""}
    assert rows[3]["subject_shown"] == "no negative case"
    assert rows[8]["not_applicable_because"] == NO_ROTOR
