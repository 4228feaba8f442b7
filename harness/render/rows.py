"""One row a case, for a table that a person sorts and filters."""

from __future__ import annotations

from typing import Final

from harness.render.case_view import case_duration
from harness.render.judgement_view import JudgementView, judgement_view
from harness.render.run_record import CaseRecord, RunRecord

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
