"""One case in the words in which the report shows it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from harness.judging import Verdict
from harness.render import timeline_picture, wording
from harness.render.case_record import CaseRecord
from harness.render.header_record import Requirement
from harness.render.judgement_view import JudgementView, Row, judgement_view
from harness.render.run_record import JournalFile, ResumeRecord
from harness.render.timeline import timeline

if TYPE_CHECKING:
    from harness.render.plots import Picture

_MOST_EVENTS: Final = 80


@dataclass(frozen=True, slots=True)
class RunParts:
    """What a case needs to know of its run.

    Attributes:
        requirements: what the header says of each requirement, by id.
        resumes: where the run was taken up again.
        files: of the journal.
    """

    requirements: Mapping[str, Requirement]
    resumes: Sequence[ResumeRecord] = ()
    files: Sequence[JournalFile] = ()


@dataclass(frozen=True, slots=True)
class EventView:
    """A line of the timeline, with the number of its record."""

    at: str
    kind: str
    text: str
    seq: int


@dataclass(frozen=True, slots=True)
class AttemptView:
    """One attempt of a case; ``omitted`` events stand in the journal only.

    ``title`` is empty where the case has one attempt.
    """

    title: str
    statement: str
    facts: tuple[Row, ...]
    judgements: tuple[JudgementView, ...]
    pictures: tuple[Picture, ...]
    events: tuple[EventView, ...]
    omitted: int


@dataclass(frozen=True, slots=True)
class CaseView:
    """One case as the report shows it.

    Attributes:
        anchor: where it stands in the page.
        id: requirement/point.
        verdict: the worst of all attempts.
        statement: why.
        timeline: all attempts over one axis, an SVG element; empty if it never began.
        attempts: in their order; the last one stands for the case.
    """

    anchor: str
    id: str
    verdict: Verdict
    statement: str
    timeline: str
    attempts: tuple[AttemptView, ...]

    @property
    def last(self) -> AttemptView:
        """The attempt that stands for the case."""
        return self.attempts[-1]


def case_view(number: int, case: CaseRecord, run: RunParts) -> CaseView:
    """Put a case into words.

    Args:
        number: its place in the report, from 1.
        case: the case.
        run: what it needs to know of its run.
    """
    attempts = (*case.attempts, case)
    return CaseView(
        anchor=f"case-{number}",
        id=case.id,
        verdict=case.verdict,
        statement=case_statement(case),
        timeline=_timeline(case, run),
        attempts=tuple(_attempt(each, len(attempts), run) for each in attempts),
    )


def case_statement(case: CaseRecord) -> str:
    """What became of an attempt, in one sentence."""
    if case.ended is not None:
        return case.statement
    if case.verdict is Verdict.NOT_RUN:
        return "planned but not run"
    return "the case began but has no end record"


def case_duration(case: CaseRecord) -> str:
    """How long an attempt took on the bench, or why that is not known."""
    if case.t_begin_ns is None:
        return "not begun"
    if case.t_end_ns is None:
        return "not ended"
    return wording.duration(case.t_end_ns - case.t_begin_ns)


def _timeline(case: CaseRecord, run: RunParts) -> str:
    shown = timeline(case, run.resumes)
    if shown is None:
        return ""
    return timeline_picture.picture(shown, f"Timeline of {case.id}")


def _attempt(attempt: CaseRecord, of: int, run: RunParts) -> AttemptView:
    return AttemptView(
        title="" if of == 1 else f"Attempt {attempt.attempt} of {of}",
        statement=case_statement(attempt),
        facts=tuple((name, said) for name, said in _facts(attempt) if said),
        judgements=tuple(
            judgement_view(attempt, each, run.requirements, run.files)
            for each in attempt.verdicts
        ),
        pictures=_pictures(attempt),
        events=tuple(_events(attempt)),
        omitted=max(0, len(attempt.events) - _MOST_EVENTS),
    )


def _pictures(case: CaseRecord) -> tuple[Picture, ...]:
    if not case.series:
        return ()
    from harness.render.plots import pictures  # noqa: PLC0415 - matplotlib is slow to import.

    return pictures(case)


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
        yield "records", f"{case.first_seq} to {case.last_seq}"
    if case.rejections or case.retries:
        yield "link", f"{case.rejections} rejected answers, {case.retries} retries"


def _second_look(case: CaseRecord) -> str:
    if not case.second_look:
        return ""
    return f"{case.second_look} more, if the first look decides nothing"


def _events(case: CaseRecord) -> Iterable[EventView]:
    began_ns = case.t_begin_ns or 0
    for event in case.events[:_MOST_EVENTS]:
        at = wording.clock(event.t_ns - began_ns)
        yield EventView(at, event.kind.value, event.text, event.seq)
