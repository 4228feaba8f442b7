"""One case in the words in which the report shows it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from harness.judging import Verdict
from harness.render import wording
from harness.render.header_record import Requirement
from harness.render.judgement_view import JudgementView, Row, judgement_view
from harness.render.run_record import CaseRecord

if TYPE_CHECKING:
    from harness.render.plots import Picture

_MOST_EVENTS: Final = 80


@dataclass(frozen=True, slots=True)
class EventView:
    """A line of the timeline."""

    at: str
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class CaseView:
    """One case as the report shows it; ``omitted`` events stand in the journal only."""

    anchor: str
    id: str
    verdict: Verdict
    statement: str
    facts: tuple[Row, ...]
    judgements: tuple[JudgementView, ...]
    pictures: tuple[Picture, ...]
    events: tuple[EventView, ...]
    omitted: int
    duration: str


def case_view(
    number: int, case: CaseRecord, requirements: Mapping[str, Requirement]
) -> CaseView:
    """Put a case into words.

    Args:
        number: its place in the report, from 1.
        case: the case.
        requirements: what the header says of each requirement, by id.
    """
    return CaseView(
        anchor=f"case-{number}",
        id=case.id,
        verdict=case.verdict,
        statement=_statement(case),
        facts=tuple((name, said) for name, said in _facts(case) if said),
        judgements=tuple(
            judgement_view(case, each, requirements) for each in case.verdicts
        ),
        pictures=_pictures(case),
        events=tuple(_events(case)),
        omitted=max(0, len(case.events) - _MOST_EVENTS),
        duration=case_duration(case),
    )


def _pictures(case: CaseRecord) -> tuple[Picture, ...]:
    if not case.series:
        return ()
    from harness.render.plots import pictures  # noqa: PLC0415 - matplotlib is slow to import.

    return pictures(case)


def _statement(case: CaseRecord) -> str:
    if case.ended is not None:
        return case.statement
    if case.verdict is Verdict.NOT_RUN:
        return "planned but not run"
    return "the case began but has no end record"


def _facts(case: CaseRecord) -> Iterable[Row]:
    yield "procedure", case.procedure
    yield "start state", ", ".join(f"{k} {v}" for k, v in case.start.items())
    yield "numbers", ", ".join(f"{k} {v}" for k, v in case.numbers.items())
    yield "form", case.form
    yield "second look", _second_look(case)
    yield "effect on the unit", case.effect
    if case.t_begin_ns is not None:
        lasted = case_duration(case)
        yield "bench time", f"{wording.utc(case.t_begin_ns)}, {lasted}"
    if case.rejections or case.retries:
        yield "link", f"{case.rejections} rejected answers, {case.retries} retries"


def case_duration(case: CaseRecord) -> str:
    """How long a case took on the bench, or why that is not known."""
    if case.t_begin_ns is None:
        return "not begun"
    if case.t_end_ns is None:
        return "not ended"
    return wording.duration(case.t_end_ns - case.t_begin_ns)


def _second_look(case: CaseRecord) -> str:
    if not case.second_look:
        return ""
    return f"{case.second_look} more, if the first look decides nothing"


def _events(case: CaseRecord) -> Iterable[EventView]:
    began_ns = case.t_begin_ns or 0
    for event in case.events[:_MOST_EVENTS]:
        at = wording.clock(event.t_ns - began_ns)
        yield EventView(at, event.kind.value, event.text)
