"""From a number back to the records and the raw bytes behind it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Final

from harness.errors import ConfigurationError
from harness.evidence import reader
from harness.evidence.reader import Broken
from harness.evidence.records import Kind, Record
from harness.render.bench_record import InstrumentRecord
from harness.render.frames import Frames
from harness.render.measurement_record import MeasurementRecord
from harness.render.record_fields import integers, text, whole
from harness.render.run_fold import of_journal
from harness.render.run_record import RunRecord

# Millions of these may stand in a run, and no other record names one.
_NEVER_NAMED: Final = frozenset({Kind.EXCHANGE, Kind.SERIES})


@dataclass(frozen=True, slots=True)
class Step:
    """A record on the way back: what a reader asked for, or what it rests on.

    Attributes:
        record: the record.
        case: id of the case that was running; empty outside of cases.
        attempt: number of its attempt; 0 outside of cases.
    """

    record: Record
    case: str
    attempt: int


@dataclass(frozen=True, slots=True)
class Trail:
    """The way back from one record.

    Attributes:
        asked: the record.
        rests_on: what it rests on, directly or not, the latest first.
        measurement: the value behind it; None if there is none.
        stretches: of exchanges behind that value.
        instruments: that answered in the run.
        withdrawn: why the verdict no longer stands; empty if it does.
        broken: what is wrong with the journal; None if nothing is.
    """

    asked: Step
    rests_on: tuple[Step, ...]
    measurement: MeasurementRecord | None
    stretches: tuple[Frames, ...]
    instruments: tuple[InstrumentRecord, ...]
    withdrawn: str
    broken: Broken | None


@dataclass(slots=True)
class _Watch:
    """Remembers the records of one pass that may be asked about."""

    wanted: int
    steps: dict[int, Step] = field(default_factory=dict)
    _case: str = ""
    _attempt: int = 0

    def take(self, record: Record) -> None:
        if record.kind is Kind.CASE_BEGIN:
            self._case = text(record.fields, "case")
            self._attempt = whole(record.fields, "attempt")
        if record.kind not in _NEVER_NAMED or record.seq == self.wanted:
            self.steps[record.seq] = Step(record, self._case, self._attempt)
        if record.kind is Kind.CASE_END:
            self._case, self._attempt = "", 0


def trail(folder: Path, seq: int) -> Trail:
    """Lead back from the record with a number.

    Of a broken journal, what stands before the fault is used.

    Raises:
        ConfigurationError: there is no journal, or no such record in it.
    """
    watch = _Watch(seq)
    try:
        run = of_journal(folder, watch.take)
    except Broken as error:
        raise ConfigurationError(
            f"{folder}: {error}; give the folder of a run"
        ) from error
    integrity = run.integrity
    if 0 < seq <= integrity.records and seq not in watch.steps:
        # An exchange, which nobody who watches is shown.
        watch = _Watch(seq)
        for record in islice(reader.read(folder), seq):
            watch.take(record)
    if seq not in watch.steps:
        cause = f"; {integrity.broken}" if integrity.broken else ""
        raise ConfigurationError(
            f"{folder}: there is no record {seq}, only 1 to {integrity.records}{cause}"
        )
    asked = watch.steps[seq]
    rests_on = tuple(_rests_on(asked, watch.steps))
    measured = _measurement(run, (asked, *rests_on))
    return Trail(
        asked=asked,
        rests_on=rests_on,
        measurement=measured,
        stretches=() if measured is None else measured.frames,
        instruments=tuple(dict.fromkeys(run.instruments)),
        withdrawn=_withdrawn(run, seq),
        broken=integrity.broken,
    )


def exchanges(
    folder: Path, stretches: Sequence[Frames]
) -> Iterator[tuple[Frames, Record]]:
    """Yield the exchanges of some stretches as they stand in the journal, verified.

    Each comes with its stretch, in the order of the journal; stretches may overlap.

    Raises:
        Broken: the journal is broken before the end of the last stretch.
    """
    last = max((each.last.seq for each in stretches), default=0)
    for record in reader.read(folder):
        if record.seq > last:
            return
        if record.kind is Kind.EXCHANGE:
            port = record.fields.get("port")
            for each in stretches:
                if each.first.seq <= record.seq <= each.last.seq and port == each.port:
                    yield each, record


def _rests_on(asked: Step, steps: dict[int, Step]) -> Iterator[Step]:
    named = list(_named(asked, steps))
    found: set[int] = set()
    while named:
        seq = max(named)
        named.remove(seq)
        if seq in steps and seq not in found and seq != asked.record.seq:
            found.add(seq)
            yield steps[seq]
            named += _named(steps[seq], steps)


def _named(step: Step, steps: dict[int, Step]) -> Sequence[int]:
    """The records that a record names, and a case's verdicts for its end."""
    record = step.record
    if record.kind in (Kind.VERDICT, Kind.LOOK):
        return integers(record.fields, "evidence")
    if record.kind is Kind.VOID:
        return integers(record.fields, "records")
    if record.kind is Kind.CASE_END:
        return [
            seq
            for seq, other in steps.items()
            if other.record.kind is Kind.VERDICT
            and (other.case, other.attempt) == (step.case, step.attempt)
        ]
    return ()


def _measurement(run: RunRecord, steps: Sequence[Step]) -> MeasurementRecord | None:
    """The only measurement among some records; None if there are none or several."""
    wanted = {each.record.seq for each in steps if each.record.kind is Kind.MEASUREMENT}
    found = [
        measured
        for case in run.cases
        for attempt in (*case.attempts, case)
        for measured in attempt.measurements
        if measured.seq in wanted
    ]
    return found[0] if len(found) == 1 else None


def _withdrawn(run: RunRecord, seq: int) -> str:
    for case in run.cases:
        for attempt in (*case.attempts, case):
            for each in attempt.verdicts:
                if each.seq == seq and each.void is not None:
                    return each.void
                if each.seq == seq and each.invalidated:
                    return f"invalidated by deviation {each.invalidated}"
    return ""
