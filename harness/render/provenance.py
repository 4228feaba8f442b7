"""Where a verdict comes from: its records in the journal, and the raw frames."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from harness.render import wording
from harness.render.case_record import CaseRecord
from harness.render.frames import Frame, Frames
from harness.render.run_record import JournalFile
from harness.render.verdict_record import VerdictRecord

# Of a frame, in hex digits; longer ones end with what is left out.
_LONGEST_HEX: Final = 256


@dataclass(frozen=True, slots=True)
class RecordView:
    """A record of the journal: what it is, its number, and where it stands."""

    what: str
    seq: int
    place: str


@dataclass(frozen=True, slots=True)
class FrameView:
    """A raw frame; ``sent`` and ``received`` are hex, or say that there is nothing."""

    seq: int
    at: str
    sent: str
    received: str
    said: str


@dataclass(frozen=True, slots=True)
class StretchView:
    """A stretch of exchanges behind a measurement; of a single one, no last."""

    what: str
    count: str
    first: FrameView
    last: FrameView | None


@dataclass(frozen=True, slots=True)
class Trail:
    """What a verdict rests on, down to the wire."""

    records: tuple[RecordView, ...]
    stretches: tuple[StretchView, ...]


def trail(
    case: CaseRecord, verdict: VerdictRecord, files: Sequence[JournalFile]
) -> Trail:
    """Lead from a verdict back to its records and to the raw frames.

    Args:
        case: the attempt in which it was given.
        verdict: the verdict.
        files: of the journal, in order.
    """
    measured = case.measurement_of(verdict)
    stretches = () if measured is None else measured.frames
    return Trail(
        records=tuple(_records(case, verdict, files)),
        stretches=tuple(_stretch(each) for each in stretches),
    )


def place(seq: int, files: Sequence[JournalFile]) -> str:
    """Where a record stands: ``"journal-0001.jsonl, line 12"``; empty if unknown."""
    before = [each for each in files if each.first_seq <= seq]
    if not before:
        return ""
    file = before[-1]
    return f"{file.name}, line {seq - file.first_seq + 1}"


def _records(
    case: CaseRecord, verdict: VerdictRecord, files: Sequence[JournalFile]
) -> Iterable[RecordView]:
    limit, measured = case.limit_of(verdict), case.measurement_of(verdict)
    names = {look.seq: "look" for look in case.looks_before(verdict)}
    if limit is not None:
        names[limit.seq] = "limit"
    if measured is not None:
        names[measured.seq] = "measurement"
    yield RecordView("verdict", verdict.seq, place(verdict.seq, files))
    for seq in sorted(verdict.evidence, reverse=True):
        yield RecordView(names.get(seq, "evidence"), seq, place(seq, files))


def _stretch(frames: Frames) -> StretchView:
    exchanges = "1 exchange" if frames.count == 1 else f"{frames.count} exchanges"
    return StretchView(
        what=frames.what,
        count=f"{exchanges} of the port {frames.port}",
        first=_frame(frames.first),
        last=None if frames.count == 1 else _frame(frames.last),
    )


def _frame(frame: Frame) -> FrameView:
    return FrameView(
        seq=frame.seq,
        at=wording.utc(frame.t_ns),
        sent=_hex(frame.sent) or "nothing: the answer came unasked",
        received=_hex(frame.received) or "nothing",
        said=_as_text(frame.received),
    )


def _hex(digits: str) -> str:
    if len(digits) <= _LONGEST_HEX:
        return digits
    left_out = (len(digits) - _LONGEST_HEX) // 2
    return f"{digits[:_LONGEST_HEX]} and {left_out} bytes more"


def _as_text(digits: str) -> str:
    """The bytes as ASCII where all of them are printable but for the line's end."""
    said = bytes.fromhex(digits).decode("latin-1").rstrip("\r\n")
    is_plain = said.isascii() and said.isprintable()
    return said if is_plain and len(digits) <= _LONGEST_HEX else ""
