"""What a journal says of one case, over all its attempts.

What is not known for certain is never better than INCONCLUSIVE.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.evidence.records import JsonValue, Kind
from harness.judging import Verdict, worst
from harness.render.measurement_record import (
    LimitRecord,
    MeasurementRecord,
    SeriesRecord,
)
from harness.render.verdict_record import EarlierVerdict, LookRecord, VerdictRecord


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened while a case ran: in words, and as its record says it."""

    t_ns: int
    kind: Kind
    text: str
    seq: int = 0
    fields: Mapping[str, JsonValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CaseRecord:
    """One case, as its last attempt left it.

    Attributes:
        id: requirement/point.
        claims: the requirements that it must judge; empty if it never began.
        procedure: name of the procedure.
        numbers: the plan's numbers, as text.
        start: the state from which it started, as text.
        t_begin_ns, t_end_ns: bench time; None if it never began or ended.
        ended: the verdict of its end record; None if it never ended.
        statement: the statement of its end record.
        limits, measurements, looks, verdicts, series, events: in the order of the
            journal.
        rejections: answers that were not accepted.
        retries: questions that had to be sent again.
        effect: what it does to the unit.
        form: full or accelerated, the latter with its justification.
        second_look: how long it measures on where its first look decides nothing;
            empty where one look must do.
        attempt: number of the last attempt, from 1; 0 if it never began.
        attempts: the attempts before, in order.
        earlier: verdicts of earlier formal runs on the same unit.
        first_seq, last_seq: its first and last record; 0 where there is none.
    """

    id: str
    claims: tuple[str, ...]
    procedure: str
    numbers: Mapping[str, str]
    start: Mapping[str, str]
    t_begin_ns: int | None
    t_end_ns: int | None
    ended: Verdict | None
    statement: str
    limits: tuple[LimitRecord, ...]
    measurements: tuple[MeasurementRecord, ...]
    verdicts: tuple[VerdictRecord, ...]
    series: tuple[SeriesRecord, ...]
    events: tuple[Event, ...]
    rejections: int
    retries: int
    effect: str = ""
    form: str = ""
    second_look: str = ""
    looks: tuple[LookRecord, ...] = ()
    attempt: int = 0
    attempts: tuple[CaseRecord, ...] = ()
    earlier: tuple[EarlierVerdict, ...] = ()
    first_seq: int = 0
    last_seq: int = 0

    @property
    def verdict(self) -> Verdict:
        """The worst of all attempts: a repeat never replaces a verdict.

        What earlier attempts passed does not stand in for a case that has not run.
        """
        before = self._before()
        own = self.own_verdict
        return max(own, before) if before > Verdict.PASS else own

    @property
    def own_verdict(self) -> Verdict:
        """The last attempt's worst; at best INCONCLUSIVE if any is missing or void."""
        found = worst(each.verdict for each in self.verdicts)
        if self.t_begin_ns is None and not self.verdicts:
            return Verdict.NOT_RUN
        if self.ended is None or self._unjudged or self._is_withdrawn:
            return max(found, Verdict.INCONCLUSIVE)
        return max(found, self.ended)

    def _before(self, requirement: str | None = None) -> Verdict:
        """The worst that earlier attempts and runs left in force."""
        attempts = (v for each in self.attempts for v in each.verdicts)
        found = [(v.requirement, v.recorded) for v in attempts if v.outlasts]
        found += [
            (v.requirement, v.recorded) for v in self.earlier if not v.invalidated
        ]
        return worst(
            verdict for about, verdict in found if requirement in (None, about)
        )

    @property
    def _unjudged(self) -> bool:
        judged = {each.requirement for each in self.verdicts}
        return not judged or not judged.issuperset(self.claims)

    @property
    def _is_withdrawn(self) -> bool:
        return any(each.void is not None or each.invalidated for each in self.verdicts)

    def limit_of(self, verdict: VerdictRecord) -> LimitRecord | None:
        """The limit that a verdict rests on; None for a fact."""
        found = (each for each in self.limits if each.seq in verdict.evidence)
        return next(found, None)

    def measurement_of(self, verdict: VerdictRecord) -> MeasurementRecord | None:
        """The measurement that a verdict rests on; None for a fact."""
        found = (each for each in self.measurements if each.seq in verdict.evidence)
        return next(found, None)

    def looks_before(self, verdict: VerdictRecord) -> tuple[LookRecord, ...]:
        """The looks that led to a verdict."""
        return tuple(each for each in self.looks if each.seq in verdict.evidence)

    def verdict_on(self, requirement: str) -> Verdict | None:
        """The worst verdict on a requirement; None if the case is not about it."""
        found = [v.verdict for v in self.verdicts if v.requirement == requirement]
        before = self._before(requirement)
        if found:
            return max(worst(found), before)
        if requirement in self.claims or before > Verdict.PASS:
            return max(Verdict.INCONCLUSIVE, before)
        return None
