"""Which verdicts rest on an instrument that turned out wrong.

A verdict is listed rather once too often: where its measurement does not name the
instrument, it still counts as resting on it by way of the run, for an ambient sensor
stands behind every volume.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from harness.index.entry import Entry
from harness.render.bench_record import InstrumentRecord
from harness.render.judged import JudgedRow, named_in


class Rests(StrEnum):
    """In what way a verdict rests on an instrument."""

    DIRECTLY = "directly"
    """Its measurement names the instrument."""
    BY_RUN = "by way of the run"
    """The instrument was on the bench when it was measured."""


@dataclass(frozen=True, slots=True)
class Affected:
    """A verdict to review.

    Attributes:
        run: name of the run's folder.
        digest: hash of the run's first record.
        instrument: as it answered in that run.
        rests: in what way.
        row: the verdict.
    """

    run: str
    digest: str
    instrument: InstrumentRecord
    rests: Rests
    row: JudgedRow


def matches(instrument: InstrumentRecord, wanted: str) -> bool:
    """Whether a serial number, a certificate or ``role:serial`` means an instrument."""
    named = {f"{role}:{instrument.serial}" for role in instrument.roles}
    return wanted in {instrument.serial, instrument.certificate, *named} - {""}


def affected(
    entries: Iterable[Entry], wanted: str, since_ns: int, until_ns: int | None = None
) -> tuple[Affected, ...]:
    """Return the verdicts that rest on an instrument, in the order of the runs.

    Args:
        entries: the runs.
        wanted: serial number, certificate or ``role:serial``.
        since_ns: bench time; what ended before is not listed.
        until_ns: bench time from which on nothing is listed; None for no end.
    """
    return tuple(
        Affected(
            each.summary.folder,
            each.summary.digest,
            instrument,
            _rests(row, instrument),
            row,
        )
        for each in entries
        for instrument in _met(each, wanted)
        for row in _judged(each)
        if _reaches(row, each, since_ns, until_ns)
    )


def _met(found: Entry, wanted: str) -> Iterator[InstrumentRecord]:
    """The instrument, once; a resumed run has it once more."""
    met = (each for each in found.instruments if matches(each, wanted))
    return iter(dict.fromkeys(met))


def _judged(found: Entry) -> Iterator[JudgedRow]:
    """What stands for a judgement that never came rests on nothing."""
    return (row for row in found.rows if not row.settled)


def _rests(row: JudgedRow, instrument: InstrumentRecord) -> Rests:
    named = named_in(row.instrument or "", [instrument])
    return Rests.DIRECTLY if named else Rests.BY_RUN


def _reaches(row: JudgedRow, found: Entry, since_ns: int, until_ns: int | None) -> bool:
    """Whether anything of the attempt lies in the time asked about."""
    began_ns, ended_ns = span_ns(row, found)
    return ended_ns >= since_ns and (until_ns is None or began_ns < until_ns)


def span_ns(row: JudgedRow, found: Entry) -> tuple[int, int]:
    """Bench time of the attempt: blanks lie outside of the measured interval."""
    summary = found.summary
    began = [t for t in (row.case_begin_ns, row.t_start_ns) if t is not None]
    ended = [t for t in (row.case_end_ns, row.t_end_ns) if t is not None]
    is_open = row.case_end_ns is None
    return (
        min(began, default=summary.began_ns),
        summary.ended_ns if is_open else max(ended),
    )
