"""A live run and its journal agree on what earlier formal runs leave in force."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.evidence.records import Kind
from harness.execution import summary
from harness.execution.earlier import EarlierFormal, Judged
from harness.execution.exit_code import ExitCode
from harness.execution.formal import Basis
from harness.execution.run import Run
from harness.judging import Verdict
from harness.render.run_fold import of_journal
from tests.harness.execution.test_run import CASES, judge, start

JUDGED = (Verdict.PASS, Verdict.INCONCLUSIVE, Verdict.FAIL)
HOLDS = {Verdict.PASS: True, Verdict.INCONCLUSIVE: None, Verdict.FAIL: False}
CODES = {
    Verdict.PASS: ExitCode.PASSED,
    Verdict.INCONCLUSIVE: ExitCode.INCONCLUSIVE,
    Verdict.FAIL: ExitCode.FAILED,
}


def earlier(verdict: Verdict, case: str = "A-1/b", serial: str = "S1") -> EarlierFormal:
    return EarlierFormal(
        run=f"run-{serial}",
        digest="d" * 64,
        head="e" * 64,
        state="COMPLETE",
        model="RP",
        serial=serial,
        verdicts=(Judged(case, "A-1", verdict, 9, "long ago"),),
    )


def repeated(folder: Path, before: EarlierFormal, now: Verdict) -> Run:
    run = start(folder)
    run.basis = replace(Basis(), earlier=(before,))
    run.meet_unit("RP", "S1")
    for case in CASES:
        judge(run, case.id, HOLDS[now] if case.id == "A-1/b" else True)
    run.end()
    return run


@pytest.mark.parametrize("before", JUDGED)
@pytest.mark.parametrize("now", JUDGED)
def test_exit_code_and_journal_count_the_worst(
    tmp_path: Path, before: Verdict, now: Verdict
) -> None:
    run = repeated(tmp_path / "run", earlier(before), now)
    record = of_journal(tmp_path / "run")
    by_case = {each.id: each.verdict for each in record.cases}

    assert run.exit_code is CODES[max(before, now)]
    assert record.verdict is run.verdict is max(before, now)
    assert by_case == {each.case_id: run.verdict_of(each) for each in run.results}


@pytest.mark.parametrize("before", JUDGED)
def test_a_case_that_left_the_plan(tmp_path: Path, before: Verdict) -> None:
    run = repeated(tmp_path / "run", earlier(before, "A-1/gone"), Verdict.PASS)

    assert of_journal(tmp_path / "run").verdict is run.verdict is before


def test_another_unit_has_a_past_of_its_own(tmp_path: Path) -> None:
    other = earlier(Verdict.FAIL, serial="S2")
    run = repeated(tmp_path / "run", other, Verdict.PASS)

    assert run.exit_code is ExitCode.PASSED
    assert of_journal(tmp_path / "run").earlier == ()


def test_what_still_counts_is_said_at_the_end(tmp_path: Path) -> None:
    run = repeated(tmp_path / "run", earlier(Verdict.FAIL), Verdict.PASS)
    (said,) = (each for each in summary.closing(run) if "still counts" in each)

    assert "from run-S1: FAIL of A-1 in A-1/b, record 9" in said


def test_a_past_is_written_down_once(tmp_path: Path) -> None:
    run = repeated(tmp_path / "run", earlier(Verdict.FAIL), Verdict.PASS)

    assert len(run.earlier) == 1
    assert of_journal(tmp_path / "run").counts[Kind.EARLIER] == 1
