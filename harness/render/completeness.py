"""Whether the record is whole: its end, its chain, and where it was interrupted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from harness.evidence.records import Kind
from harness.render import wording
from harness.render.bench_record import LinkRecord
from harness.render.provenance import place
from harness.render.run_record import ResumeRecord, RunRecord

Row = tuple[str, str]


@dataclass(frozen=True, slots=True)
class ResumeView:
    """Where a run was taken up again, in words."""

    at: str
    gap: str
    case: str
    decision: str
    reason: str
    place: str


@dataclass(frozen=True, slots=True)
class LinkView:
    """A wire that was lost, restored or refused, in words."""

    at: str
    instrument: str
    event: str
    reason: str


@dataclass(frozen=True, slots=True)
class CompletenessView:
    """Whether the record is whole; ``rows`` name hashes and counts."""

    rows: tuple[Row, ...]
    resumes: tuple[ResumeView, ...]
    links: tuple[LinkView, ...]


def completeness(run: RunRecord) -> CompletenessView:
    """Put into words how whole the record of a run is."""
    return CompletenessView(
        rows=tuple((name, said) for name, said in _rows(run) if said),
        resumes=tuple(_resume(each, run) for each in run.resumes),
        links=tuple(_link(each) for each in run.links),
    )


def _rows(run: RunRecord) -> Iterable[Row]:
    integrity = run.integrity
    broken = integrity.broken
    chain = "every record follows from the one before" if broken is None else "BROKEN"
    yield "hash chain", f"{chain}; {integrity.records} records were read"
    yield "end record", _end(run)
    yield "unfinished line", "at the end, left out" if integrity.torn_tail else ""
    yield "interrupted", _times(len(run.resumes), "the run was resumed")
    yield "links lost", _times(len(run.links), "a wire was lost or came back")
    yield "on the wire", _traffic(run)
    yield "first record", run.digest
    yield "last record", integrity.head
    yield "files", "; ".join(_files(run))


def _end(run: RunRecord) -> str:
    if run.end_state is None:
        return "MISSING: the run still goes on, or it was cut off"
    state = run.end_state.name.replace("_", " ")
    if not run.is_complete:
        return f"read as {state}, but the journal is not whole"
    return f"present, state {state}: nothing is missing after it"


def _times(count: int, what: str) -> str:
    return f"{what}, {count} times" if count > 1 else what if count else "never"


def _traffic(run: RunRecord) -> str:
    named = (
        (Kind.EXCHANGE, "exchanges"),
        (Kind.REJECTION, "rejected answers"),
        (Kind.RETRY, "retries"),
    )
    return ", ".join(f"{run.counts.get(kind, 0)} {name}" for kind, name in named)


def _files(run: RunRecord) -> Iterable[str]:
    begins = [each.first_seq for each in run.files]
    ends = [*(first - 1 for first in begins[1:]), run.integrity.records]
    for each, last in zip(run.files, ends, strict=True):
        yield f"{each.name}, records {each.first_seq} to {last}"


def _resume(resume: ResumeRecord, run: RunRecord) -> ResumeView:
    torn = f", {resume.torn_bytes} bytes cut off" if resume.torn_bytes else ""
    return ResumeView(
        at=wording.utc(resume.t_ns),
        gap=f"{wording.duration(resume.t_ns - resume.last_ns)}{torn}",
        case=resume.case or "none was open",
        decision=f"{resume.decision}, rule {resume.rule or 'none'}",
        reason=resume.reason,
        place=f"record {resume.seq}, {place(resume.seq, run.files)}",
    )


def _link(link: LinkRecord) -> LinkView:
    return LinkView(wording.utc(link.t_ns), link.instrument, link.event, link.reason)
