"""Marks: each cause alone puts its own word beside the verdict."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.evidence.records import JsonValue
from harness.render.marks import Word, marks, words
from harness.render.run_fold import of_journal
from harness.render.run_record import DeviationRecord, RunRecord
from tests.harness.render.sample_run import Writer

DEVIATION = DeviationRecord(
    "DEV-2026-001", "t", "c", "n", "reviewer", "", "k", (), (("0" * 64, 3),), True, ""
)


def run_of(folder: Path, state: str = "COMPLETE", **changes: JsonValue) -> RunRecord:
    run = Writer(folder)
    run.begin(**{"fidelity": "hardware", "cases": [], **changes})
    run.instrument("balance", "XPR205", "B1", "2026-01-01")
    if state:
        run.end(state)
    else:
        run.cut_off()
    return of_journal(folder)


@pytest.mark.parametrize(
    ("changes", "state", "word", "meaning"),
    [
        ({"fidelity": "replay"}, "COMPLETE", Word.SIMULATED, "fidelity: replay"),
        (
            {"git": {"commit": "abc", "clean": False}},
            "COMPLETE",
            Word.DIRTY,
            "differed from its commit abc",
        ),
        (
            {"git": {"commit": None, "clean": None}},
            "COMPLETE",
            Word.DIRTY,
            "is not known",
        ),
        ({"engineering": ["a", "b"]}, "COMPLETE", Word.ENGINEERING, "a; b"),
        ({"partial_reasons": ["3 cases"]}, "COMPLETE", Word.PARTIAL, "3 cases"),
        ({}, "BENCH_FAULT", Word.BENCH_FAULT, "did not end as planned"),
    ],
)
def test_each_cause_has_its_mark(
    tmp_path: Path,
    changes: dict[str, JsonValue],
    state: str,
    word: Word,
    meaning: str,
) -> None:
    run = run_of(tmp_path, state, **changes)
    (mark,) = marks(run, in_bundle=True)

    assert mark.word is word
    assert meaning in mark.meaning


def test_a_run_without_a_flaw_is_unsigned_outside_of_a_bundle(tmp_path: Path) -> None:
    run = run_of(tmp_path)

    assert words(run) == ("UNSIGNED",)
    assert words(run, in_bundle=True) == ()


def test_a_run_that_was_cut_off(tmp_path: Path) -> None:
    run = run_of(tmp_path, "")

    assert words(run, in_bundle=True) == ("INCOMPLETE", "ABORTED")


def test_a_calibration_that_ended_while_the_run_went_on(tmp_path: Path) -> None:
    run = run_of(tmp_path)
    day_ns = 86_400 * 10**9
    late = replace(run, t_last_ns=run.t_first_ns + day_ns)
    (mark,) = marks(late, in_bundle=True)

    assert mark.word is Word.OVERDUE
    assert "balance B1 (due 2026-01-01)" in mark.meaning


def test_a_deviation_in_force_is_said(tmp_path: Path) -> None:
    run = run_of(tmp_path)
    powerless = replace(DEVIATION, in_force=False)

    assert words(replace(run, deviations=(powerless,)), in_bundle=True) == ()
    assert words(replace(run, deviations=(DEVIATION,)), in_bundle=True) == (
        "DEVIATION",
    )
