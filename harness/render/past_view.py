"""What came before a verdict, and beside it: attempts, earlier runs, deviations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from harness.judging import Verdict
from harness.render import wording
from harness.render.case_record import CaseRecord
from harness.render.case_view import case_duration, case_statement
from harness.render.run_record import DeviationRecord, RunRecord
from harness.render.trace_parts import Chip, verdict_chip

_INVALIDATED: Final = "invalidated by deviation"


@dataclass(frozen=True, slots=True)
class ReasonView:
    """A case that is no PASS, and why."""

    case: str
    anchor: str
    chip: Chip
    statement: str


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """One attempt of a case, in a line.

    Attributes:
        case, anchor: of the case.
        number: of the attempt.
        chips: the verdicts that it gave, or that it gave none.
        began, lasted: bench time.
        records: its first and last record.
        remark: why it does not stand alone.
    """

    case: str
    anchor: str
    number: str
    chips: tuple[Chip, ...]
    began: str
    lasted: str
    records: str
    remark: str


@dataclass(frozen=True, slots=True)
class EarlierRow:
    """A verdict that an earlier formal run gave on the same unit."""

    case: str
    requirement: str
    run: str
    record: str
    chip: Chip
    statement: str
    remark: str


@dataclass(frozen=True, slots=True)
class DeviationView:
    """A deviation as it was signed, and whether it invalidates anything."""

    id: str
    text: str
    root_cause: str
    signed: str
    key_id: str
    concerns: str
    effect: str
    in_force: bool


def reasons(run: RunRecord, anchors: Mapping[str, str]) -> tuple[ReasonView, ...]:
    """Say of every case that is no PASS why; the worst first."""
    found = [case for case in run.cases if case.verdict is not Verdict.PASS]
    found.sort(key=lambda case: case.verdict, reverse=True)
    return tuple(
        ReasonView(case.id, anchors[case.id], verdict_chip(case.verdict), _why(case))
        for case in found
    )


def _why(case: CaseRecord) -> str:
    if case.verdict is case.own_verdict:
        return case_statement(case)
    return f"an earlier attempt or run decides; the last one: {case_statement(case)}"


def attempts(run: RunRecord, anchors: Mapping[str, str]) -> tuple[AttemptRow, ...]:
    """List the attempts of every case that took more than one, or whose one is marred.

    All others have one attempt, which their own section shows.
    """
    rows = [
        [_attempt(each, case, anchors[case.id]) for each in (*case.attempts, case)]
        for case in run.cases
        if case.t_begin_ns is not None
    ]
    told = (each for each in rows if len(each) > 1 or each[0].remark)
    return tuple(row for each in told for row in each)


def _attempt(attempt: CaseRecord, case: CaseRecord, anchor: str) -> AttemptRow:
    given = dict.fromkeys(each.recorded for each in attempt.verdicts)
    chips = tuple(verdict_chip(each) for each in sorted(given, reverse=True))
    return AttemptRow(
        case=case.id,
        anchor=anchor,
        number=f"{attempt.attempt} of {case.attempt}",
        chips=chips,
        began=wording.utc(attempt.t_begin_ns or 0),
        lasted=case_duration(attempt),
        records=f"{attempt.first_seq} to {attempt.last_seq}",
        remark="; ".join(_remarks(attempt)),
    )


def _remarks(attempt: CaseRecord) -> Iterable[str]:
    if attempt.ended is None:
        yield "broken off"
    if any(each.settled for each in attempt.verdicts):
        yield "settled in place of a judgement that never came"
    if any(each.void is not None for each in attempt.verdicts):
        yield "verdicts withdrawn"
    ids = dict.fromkeys(v.invalidated for v in attempt.verdicts if v.invalidated)
    for each in ids:
        yield f"{_INVALIDATED} {each}"


def earlier(cases: Iterable[CaseRecord]) -> tuple[EarlierRow, ...]:
    """List what earlier formal runs said of cases."""
    return tuple(
        EarlierRow(
            case=case.id,
            requirement=each.requirement,
            run=each.run,
            record=f"record {each.seq} of the run {each.run_digest[:16]}…",
            chip=verdict_chip(each.recorded),
            statement=each.statement,
            remark=_force(each.invalidated),
        )
        for case in cases
        for each in case.earlier
    )


def _force(invalidated: str) -> str:
    return f"{_INVALIDATED} {invalidated}" if invalidated else "in force"


def deviations(found: Iterable[DeviationRecord]) -> tuple[DeviationView, ...]:
    """Put deviations into words."""
    return tuple(
        DeviationView(
            id=each.id,
            text=each.text,
            root_cause=each.root_cause or "not known",
            signed=f"{each.name}, {each.role}, {each.time}",
            key_id=each.key_id,
            concerns=", ".join(each.requirements) or "no requirement is named",
            effect=_effect(each),
            in_force=each.in_force,
        )
        for each in found
    )


def _effect(deviation: DeviationRecord) -> str:
    named = [
        f"record {seq} of the run {run[:16]}…" for run, seq in deviation.invalidates
    ]
    said = ", ".join(named) or "no verdict"
    if deviation.in_force:
        return f"in force: invalidates {said}"
    return f"NOT IN FORCE ({deviation.why_not}): would invalidate {said}"
