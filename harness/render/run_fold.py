"""From records to a run as it can be shown, one record at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from harness.evidence import reader as journal_reader
from harness.evidence.reader import Broken, Integrity
from harness.evidence.records import Kind, check
from harness.judging import RunState
from harness.render import record_views as views
from harness.render.header_record import Header
from harness.render.record_fields import (
    Fields,
    integers,
    mapping,
    text,
    texts,
    whole,
)
from harness.render.run_record import (
    CaseRecord,
    CheckRecord,
    EarlierRun,
    EarlierVerdict,
    Event,
    FaultRecord,
    InstrumentRecord,
    LimitRecord,
    LinkRecord,
    LookRecord,
    MeasurementRecord,
    ResumeRecord,
    RunRecord,
    SafeStateRecord,
    SeriesRecord,
    VerdictRecord,
    VoidRecord,
)

CONTINUED = "continued"
"""The decision of a resume record after which the open case simply goes on."""


def of_journal(folder: Path) -> RunRecord:
    """Read the journal in a run's folder, verify it, and say what it tells.

    A journal that was cut off or altered is folded up to the fault, which the result
    then carries.

    Raises:
        Broken: not even the header can be read.
    """
    journal = journal_reader.Pass(folder)
    fold = RunFold()
    broken: Broken | None = None
    try:
        for record in journal.records():
            try:
                check(record.kind, record.fields)
                fold.take(record.kind, record.seq, record.t_ns, record.fields)
            except ValueError as error:
                raise Broken(record.file, record.line, str(error)) from error
    except Broken as error:
        broken = error
    if fold.header is None:
        raise broken or Broken(journal_reader.file_name(1), 1, "there is no run record")
    return fold.result(journal.integrity(broken))


@dataclass(slots=True)
class _CaseFold:
    """A case while its records come in."""

    view: CaseRecord
    limits: list[LimitRecord] = field(default_factory=list)
    measurements: list[MeasurementRecord] = field(default_factory=list)
    looks: list[LookRecord] = field(default_factory=list)
    verdicts: list[VerdictRecord] = field(default_factory=list)
    series: list[SeriesRecord] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    counts: Counter[Kind] = field(default_factory=Counter)
    attempts: list[_CaseFold] = field(default_factory=list)
    earlier: list[EarlierVerdict] = field(default_factory=list)

    def result(self, voids: Mapping[int, str]) -> CaseRecord:
        return replace(
            self.view,
            attempts=tuple(each.result(voids) for each in self.attempts),
            earlier=tuple(self.earlier),
            limits=tuple(self.limits),
            measurements=tuple(self.measurements),
            looks=tuple(self.looks),
            verdicts=tuple(replace(v, void=voids.get(v.seq)) for v in self.verdicts),
            series=tuple(self.series),
            events=tuple(self.events),
            rejections=self.counts[Kind.REJECTION],
            retries=self.counts[Kind.RETRY],
        )


class RunFold:
    """Takes records in order; :meth:`result` may be asked at any time.

    The fields must have passed :func:`harness.evidence.records.check`.
    """

    def __init__(self) -> None:
        self.header: Header | None = None
        self._instruments: list[InstrumentRecord] = []
        self._cases: dict[str, _CaseFold] = {}
        self._open: _CaseFold | None = None
        self._faults: list[FaultRecord] = []
        self._voids: list[VoidRecord] = []
        self._safe_states: list[SafeStateRecord] = []
        self._counts: Counter[Kind] = Counter()
        self._resumes: list[ResumeRecord] = []
        self._links: list[LinkRecord] = []
        self._checks: list[CheckRecord] = []
        self._earlier: list[EarlierRun] = []
        self._t_first_ns: int | None = None
        self._t_last_ns = 0
        self._end_state: RunState | None = None
        self._takers: dict[Kind, Callable[[int, int, Fields], None]] = {
            Kind.RUN: self._take_run,
            Kind.RESUME: self._take_resume,
            Kind.LINK: self._take_link,
            Kind.CHECK: self._take_check,
            Kind.EARLIER: self._take_earlier,
            Kind.INSTRUMENT: self._take_instrument,
            Kind.CASE_BEGIN: self._take_case_begin,
            Kind.CASE_END: self._take_case_end,
            Kind.LIMIT: self._take_limit,
            Kind.MEASUREMENT: self._take_measurement,
            Kind.LOOK: self._take_look,
            Kind.VERDICT: self._take_verdict,
            Kind.SERIES: self._take_series,
            Kind.FAULT: self._take_fault,
            Kind.VOID: self._take_void,
            Kind.SAFE_STATE: self._take_safe_state,
            Kind.END: self._take_end,
        }

    def take(self, kind: Kind, seq: int, t_ns: int, fields: Fields) -> None:
        """Take in the next record.

        Raises:
            ValueError: a field holds what no version of this tool writes.
        """
        self._t_last_ns = t_ns
        if self._t_first_ns is None:
            self._t_first_ns = t_ns
        self._counts[kind] += 1
        if self._open is not None:
            self._open.counts[kind] += 1
            if kind in views.TELLERS:
                event = Event(t_ns, kind, views.TELLERS[kind](fields))
                self._open.events.append(event)
        if kind in self._takers:
            self._takers[kind](seq, t_ns, fields)

    def result(self, integrity: Integrity) -> RunRecord:
        """What is known so far.

        Raises:
            ValueError: there was no run record yet.
        """
        if self.header is None:
            raise ValueError("a run without its header record tells nothing")
        voids = {seq: void.reason for void in self._voids for seq in void.records}
        for case_id in self.header.planned:
            self._case(case_id)
        return RunRecord(
            header=self.header,
            instruments=tuple(self._instruments),
            cases=tuple(case.result(voids) for case in self._cases.values()),
            faults=tuple(self._faults),
            voids=tuple(self._voids),
            safe_states=tuple(self._safe_states),
            counts=dict(self._counts),
            t_first_ns=self._t_first_ns or 0,
            t_last_ns=self._t_last_ns,
            end_state=self._end_state,
            integrity=integrity,
            resumes=tuple(self._resumes),
            links=tuple(self._links),
            checks=tuple(self._checks),
            earlier=tuple(self._earlier),
        )

    def _case(self, case_id: str) -> _CaseFold:
        if case_id not in self._cases:
            self._cases[case_id] = _CaseFold(_unknown_case(case_id))
        return self._cases[case_id]

    def _take_run(self, _seq: int, _t_ns: int, fields: Fields) -> None:
        if self.header is None:
            self.header = views.header(fields)

    def _take_instrument(self, _seq: int, _t_ns: int, fields: Fields) -> None:
        self._instruments.append(views.instrument(fields))

    def _take_resume(self, seq: int, t_ns: int, fields: Fields) -> None:
        resume = views.resume(seq, t_ns, fields)
        self._resumes.append(resume)
        self._faults = [replace(each, overcome=True) for each in self._faults]
        self._end_state = None
        if resume.decision != CONTINUED:
            self._open = None

    def _take_link(self, _seq: int, t_ns: int, fields: Fields) -> None:
        self._links.append(views.link(t_ns, fields))

    def _take_check(self, seq: int, t_ns: int, fields: Fields) -> None:
        self._checks.append(views.check(seq, t_ns, fields))

    def _take_earlier(self, _seq: int, _t_ns: int, fields: Fields) -> None:
        self._earlier.append(views.earlier_run(fields))
        for case_id, verdict in views.earlier_verdicts(fields):
            self._case(case_id).earlier.append(verdict)

    def _begun(self, case_id: str) -> _CaseFold:
        """Return the fold of a new attempt; what was before becomes an earlier one."""
        before = self._cases.get(case_id)
        fold = _CaseFold(_unknown_case(case_id))
        if before is not None:
            fold.earlier = before.earlier
            fold.attempts = before.attempts
            # What was settled without ever having begun was no attempt.
            if before.view.t_begin_ns is not None:
                fold.attempts.append(replace(before, attempts=[], earlier=[]))
        self._cases[case_id] = fold
        return fold

    def _take_case_begin(self, _seq: int, t_ns: int, fields: Fields) -> None:
        self._open = self._begun(text(fields, "case"))
        self._open.view = replace(
            self._open.view,
            claims=texts(fields, "requirements"),
            procedure=text(fields, "procedure"),
            numbers=mapping(fields, "numbers"),
            start=mapping(fields, "start"),
            effect=text(fields, "effect"),
            form=text(fields, "form"),
            second_look=text(fields, "second_look"),
            attempt=whole(fields, "attempt"),
            t_begin_ns=t_ns,
        )

    def _take_case_end(self, _seq: int, t_ns: int, fields: Fields) -> None:
        case, self._open = self._case(text(fields, "case")), None
        case.view = replace(
            case.view,
            t_end_ns=t_ns,
            ended=views.verdict_of(fields),
            statement=text(fields, "statement"),
        )

    def _take_limit(self, seq: int, _t_ns: int, fields: Fields) -> None:
        self._case(text(fields, "case")).limits.append(views.limit(seq, fields))

    def _take_measurement(self, seq: int, _t_ns: int, fields: Fields) -> None:
        measured = views.measurement(seq, fields)
        self._case(text(fields, "case")).measurements.append(measured)

    def _take_look(self, seq: int, _t_ns: int, fields: Fields) -> None:
        self._case(text(fields, "case")).looks.append(views.look(seq, fields))

    def _take_verdict(self, seq: int, _t_ns: int, fields: Fields) -> None:
        self._case(text(fields, "case")).verdicts.append(views.verdict(seq, fields))

    def _take_series(self, _seq: int, _t_ns: int, fields: Fields) -> None:
        case_id = text(fields, "case")
        case = self._case(case_id) if case_id else self._open
        if case is not None:
            case.series.append(views.series(fields))

    def _take_fault(self, _seq: int, t_ns: int, fields: Fields) -> None:
        self._faults.append(views.fault(t_ns, fields))

    def _take_void(self, _seq: int, _t_ns: int, fields: Fields) -> None:
        records = integers(fields, "records")
        self._voids.append(VoidRecord(records, text(fields, "reason")))

    def _take_safe_state(self, _seq: int, _t_ns: int, fields: Fields) -> None:
        outcome = text(fields, "outcome")
        self._safe_states.append(SafeStateRecord(text(fields, "role"), outcome))

    def _take_end(self, _seq: int, _t_ns: int, fields: Fields) -> None:
        self._end_state = views.state_of(fields)


def _unknown_case(case_id: str) -> CaseRecord:
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
