"""From records to one case as it can be shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from harness.evidence.records import Kind
from harness.render import event_text
from harness.render.case_record import CaseRecord, Event
from harness.render.frames import FrameLog
from harness.render.measurement_record import (
    LimitRecord,
    MeasurementRecord,
    SeriesRecord,
)
from harness.render.record_fields import Fields, text
from harness.render.verdict_record import EarlierVerdict, LookRecord, VerdictRecord


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What no longer stands.

    Attributes:
        voids: why the run itself withdrew a verdict, by seq.
        heads: hash of each verdict's record, by seq.
        invalidated: id of the deviation, by hash and seq as the deviation names them.
    """

    voids: Mapping[int, str]
    heads: Mapping[int, str]
    invalidated: Mapping[tuple[str, int], str]

    def own(self, verdict: VerdictRecord) -> VerdictRecord:
        """Return a verdict of this run with what took it back."""
        seq = verdict.seq
        deviation = self.invalidated.get((self.heads.get(seq, ""), seq), "")
        return replace(verdict, void=self.voids.get(seq), invalidated=deviation)

    def earlier(self, verdict: EarlierVerdict) -> EarlierVerdict:
        """Return a verdict of an earlier run with what took it back."""
        deviation = self.invalidated.get((verdict.run_head, verdict.seq), "")
        return replace(verdict, invalidated=deviation)


@dataclass(slots=True)
class CaseFold:
    """A case while its records come in."""

    view: CaseRecord
    limits: list[LimitRecord] = field(default_factory=list)
    measurements: list[MeasurementRecord] = field(default_factory=list)
    looks: list[LookRecord] = field(default_factory=list)
    verdicts: list[VerdictRecord] = field(default_factory=list)
    series: list[SeriesRecord] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    counts: Counter[Kind] = field(default_factory=Counter)
    attempts: list[CaseFold] = field(default_factory=list)
    earlier: list[EarlierVerdict] = field(default_factory=list)
    frames: FrameLog | None = None
    last_seq: int = 0

    def take(self, kind: Kind, seq: int, t_ns: int, fields: Fields) -> None:
        """Take in what happened while the case was open."""
        self.counts[kind] += 1
        self.last_seq = seq
        if kind is Kind.EXCHANGE:
            sent, received = text(fields, "sent"), text(fields, "received")
            self.take_exchange(seq, t_ns, text(fields, "port"), sent, received)
        elif kind in event_text.TELLERS:
            said = event_text.TELLERS[kind](fields)
            self.events.append(Event(t_ns, kind, said, seq, dict(fields)))

    def take_exchange(
        self, seq: int, t_ns: int, port: str, sent: str, received: str
    ) -> None:
        """Take in an exchange while the case was open; bytes as hex."""
        self.last_seq = seq
        if self.frames is not None:
            self.frames.take(seq, t_ns, port, sent, received)

    def result(self, withdrawn: Withdrawn) -> CaseRecord:
        """Return what is known so far."""
        return replace(
            self.view,
            attempts=tuple(each.result(withdrawn) for each in self.attempts),
            earlier=tuple(map(withdrawn.earlier, self.earlier)),
            limits=tuple(self.limits),
            measurements=tuple(self.measurements),
            looks=tuple(self.looks),
            verdicts=tuple(map(withdrawn.own, self.verdicts)),
            series=tuple(self.series),
            events=tuple(self.events),
            rejections=self.counts[Kind.REJECTION],
            retries=self.counts[Kind.RETRY],
            last_seq=self.last_seq,
        )


def unknown_case(case_id: str) -> CaseRecord:
    """Return a case of which nothing is known but its name."""
    return CaseRecord(
        id=case_id,
        claims=(),
        procedure="",
        numbers={},
        start={},
        t_begin_ns=None,
        t_end_ns=None,
        ended=None,
        statement="",
        limits=(),
        measurements=(),
        verdicts=(),
        series=(),
        events=(),
        rejections=0,
        retries=0,
    )
