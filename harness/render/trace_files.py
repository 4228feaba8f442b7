"""Traceability as JSON and as CSV, for programs and for spreadsheets."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

from harness.render import spreadsheet
from harness.render.header_record import Hashed, Proof
from harness.render.marks import words
from harness.render.run_record import RunRecord
from harness.render.subject_trace import SubjectTrace, trace_subjects
from harness.render.traceability import (
    CaseTrace,
    Link,
    RequirementTrace,
    Traceability,
    trace,
)

SCHEMA: Final = "dosebench-traceability/1"
COLUMNS: Final = (
    "requirement",
    "text",
    "kind",
    "limit",
    "source",
    "gip",
    "coverage",
    "requirement_verdict",
    "seeded_faults",
    "not_applicable_because",
    "case",
    "procedure",
    "verdict",
    "not_run_because",
    "subject",
    "subject_kind",
    "side",
    "subject_shown",
    "subject_verdict",
    "marks",
)


def as_json(run: RunRecord) -> str:
    """Return both directions of a run, with what restricts them."""
    header, traced = run.header, trace(run)
    document = {
        "schema": SCHEMA,
        "plan": _file(header.plan),
        "profile": _file(header.profile),
        "register": _file(header.register),
        "coverage": None if header.coverage is None else _file(header.coverage),
        "journal": run.integrity.head,
        "verdict": run.verdict.name,
        "state": run.state.name,
        "complete": run.is_complete,
        "marks": list(words(run)),
        "simulated": header.is_simulated,
        "engineering": list(header.engineering),
        "partial": list(header.partial),
        "requirements": [_requirement(each) for each in traced.requirements],
        "cases": [_case(each) for each in traced.cases],
        "subjects": [_subject(each) for each in trace_subjects(run, traced)],
    }
    return json.dumps(document, indent=1, ensure_ascii=True, allow_nan=False) + "\n"


def as_csv(run: RunRecord) -> str:
    """Return one row for each requirement and case that belong together.

    A requirement without a case, and a case without a requirement, has a row of its
    own. Rows of the subjects follow, one for each side and case; a side without a case
    has a row too. Each row has the marks of the run, for whoever reads one row alone.
    Rows end with CR LF, as RFC 4180 has it.
    """
    traced = trace(run)
    subjects = trace_subjects(run, traced)
    marks = {"marks": ", ".join(words(run))}
    rows = ({**row, **marks} for row in (*_rows(traced), *_subject_rows(subjects)))
    return spreadsheet.table(
        COLUMNS, ([row.get(column, "") for column in COLUMNS] for row in rows)
    )


def _rows(traced: Traceability) -> Iterable[dict[str, str]]:
    procedures = {each.case.id: each.case.procedure for each in traced.cases}
    for each in traced.requirements:
        own = _requirement_cells(each)
        for link in each.links:
            yield {
                **own,
                "case": link.case,
                "procedure": procedures[link.case],
                "verdict": link.verdict.name,
                "not_run_because": link.why_not,
            }
        if not each.links:
            yield own
    for orphan in traced.orphans:
        yield _case_cells(orphan)


def _subject_rows(subjects: Iterable[SubjectTrace]) -> Iterable[dict[str, str]]:
    for each in subjects:
        own = {
            "subject": each.subject.id,
            "text": each.subject.title,
            "subject_kind": each.subject.kind,
            "subject_shown": each.shown,
            "subject_verdict": each.verdict.name,
            "not_applicable_because": each.subject.absent,
        }
        for side, cases in (("positive", each.positive), ("negative", each.negative)):
            for case in cases:
                yield {**own, "side": side, **_case_cells(case)}
            if not cases:
                yield {**own, "side": side}


def _case_cells(each: CaseTrace) -> dict[str, str]:
    return {
        "case": each.case.id,
        "procedure": each.case.procedure,
        "verdict": each.verdict.name,
        "not_run_because": each.case.why_not,
    }


def _requirement_cells(each: RequirementTrace) -> dict[str, str]:
    asked = each.requirement
    return {
        "requirement": asked.id,
        "text": asked.text,
        "kind": asked.kind,
        "limit": asked.limit,
        "source": asked.source,
        "gip": " ".join(asked.gip),
        "coverage": each.coverage,
        "requirement_verdict": each.verdict.name,
        "seeded_faults": "; ".join(proof.fault for proof in each.proofs),
        "not_applicable_because": asked.absent,
    }


def _file(file: Hashed) -> dict[str, str]:
    return {"name": file.name, "sha256": file.sha256}


def _requirement(each: RequirementTrace) -> dict[str, Any]:
    asked = each.requirement
    return {
        "id": asked.id,
        "text": asked.text,
        "kind": asked.kind,
        "limit": asked.limit,
        "source": asked.source,
        "hazard": asked.hazard,
        "gip": list(asked.gip),
        "features": list(asked.features),
        "absent": asked.absent,
        "coverage": each.coverage,
        "verdict": each.verdict.name,
        "partial": each.is_partial,
        "cases": [{"id": link.case, **_end(link)} for link in each.links],
        "seeded_faults": [_proof(proof) for proof in each.proofs],
    }


def _case(each: CaseTrace) -> dict[str, Any]:
    return {
        **_of_side(each),
        "procedure": each.case.procedure,
        "form": each.case.form,
        "requirements": [{"id": link.requirement, **_end(link)} for link in each.links],
    }


def _subject(each: SubjectTrace) -> dict[str, Any]:
    subject = each.subject
    return {
        "id": subject.id,
        "kind": subject.kind,
        "title": subject.title,
        "absent": subject.absent,
        "shown": each.shown,
        "verdict": each.verdict.name,
        "partial": each.is_partial,
        "positive": [_of_side(case) for case in each.positive],
        "negative": [_of_side(case) for case in each.negative],
    }


def _of_side(each: CaseTrace) -> dict[str, Any]:
    case = each.case
    return {
        "id": case.id,
        "verdict": each.verdict.name,
        "applies": case.applies,
        "why_not": case.why_not,
    }


def _end(link: Link) -> dict[str, str]:
    return {"verdict": link.verdict.name, "why_not": link.why_not}


def _proof(proof: Proof) -> dict[str, Any]:
    return {
        "case": proof.case,
        "fault": proof.fault,
        "also_fails": list(proof.also_fails),
        "because": proof.because,
    }
