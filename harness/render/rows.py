"""One row a case, for a table that a person sorts and filters."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from harness.evidence.records import Kind
from harness.judging import Verdict
from harness.render.case_record import CaseRecord
from harness.render.case_view import case_duration
from harness.render.judgement_view import JudgementView, judgement_view
from harness.render.run_record import RunRecord

COLUMNS: Final = (
    "Verdict",
    "Case",
    "Requirement",
    "Measured ± U",
    "Limit",
    "Margin",
    "Duration",
)
_LONGEST_FACT: Final = 44


class Outcome(StrEnum):
    """What pytest-html colours, filters and counts a row by."""

    PASSED = "Passed"
    FAILED = "Failed"
    ERROR = "Error"


@dataclass(frozen=True, slots=True)
class TableRow:
    """A case in the table; ``cells`` are lines of text in the order of `COLUMNS`."""

    outcome: Outcome
    cells: tuple[tuple[str, ...], ...]


def table_row(run: RunRecord, case: CaseRecord) -> TableRow:
    """Return a case's row; a fault of the run in its midst shows in its verdict."""
    cells = case_row(run, case)
    if any(event.kind is Kind.FAULT for event in case.events):
        return TableRow(Outcome.ERROR, ((*cells[0], "run fault"), *cells[1:]))
    passed = case.verdict is Verdict.PASS
    return TableRow(Outcome.PASSED if passed else Outcome.FAILED, cells)


def case_row(run: RunRecord, case: CaseRecord) -> tuple[tuple[str, ...], ...]:
    """Return the cells of a case in the order of `COLUMNS`, each as lines of text."""
    requirements = {each.id: each for each in run.header.requirements}
    judged = [judgement_view(case, each, requirements) for each in case.verdicts]
    return (
        (case.verdict.name.replace("_", " "),),
        (case.id,),
        tuple(each.requirement.id for each in judged),
        tuple(each.measured or _fact(each) for each in judged),
        tuple(each.limit for each in judged),
        tuple(each.margin for each in judged),
        (case_duration(case),),
    )


def _fact(judgement: JudgementView) -> str:
    said = judgement.statement
    if len(said) <= _LONGEST_FACT:
        return said
    return f"{said[: _LONGEST_FACT - 1]}…"
