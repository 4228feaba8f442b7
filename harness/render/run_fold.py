"""From records to a run as it can be shown, one record at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from harness.evidence import reader as journal_reader
from harness.evidence.chain import file_name
from harness.evidence.reader import Broken, Integrity
from harness.evidence.record_check import check
from harness.evidence.records import Kind, Record
from harness.judging import RunState, Verdict
from harness.render import deviation_records, header_view
from harness.render import record_views as views
from harness.render.bench_record import (
    CheckRecord,
    InstrumentRecord,
    LinkRecord,
    SafeStateRecord,
)
from harness.render.case_fold import CaseFold, Withdrawn, unknown_case
from harness.render.frames import FrameLog
from harness.render.header_record import Header
from harness.render.record_fields import Fields, integers, mapping, text, texts, whole
from harness.render.run_record import (
    DeviationRecord,
    EarlierRun,
    FaultRecord,
    JournalFile,
    ResumeRecord,
    RunRecord,
    VoidRecord,
)
from harness.signing.deviations import Invalidated

CONTINUED = "continued"
"""The decision of a resume record after which the open case simply goes on."""

_FIRST = 1
_NOT_FIRST = "the first record, and no other, is that of the run"
_NAMED_BY_HASH = frozenset({Kind.RUN, Kind.VERDICT})


def of_journal(
    folder: Path, watch: Callable[[Record], None] | None = None
) -> RunRecord:
    """Read the journal in a run's folder, verify it, and say what it tells.

    A journal that was cut off or altered is folded up to the fault, which the result
    then carries. Deviations that were signed for the run lie beside its journal.

    Args:
        folder: of the run.
        watch: is shown each record that was folded, but for exchanges.

    Raises:
        Broken: not even the header can be read.
    """
    journal = journal_reader.Pass(folder)
    fold = RunFold()
    broken: Broken | None = None
    try:
        for record in journal.records(fold.take_exchange):
            try:
                check(record.kind, record.fields)
                if (record.kind is Kind.RUN) != (record.seq == _FIRST):
                    raise ValueError(_NOT_FIRST)
                fold.take(record.kind, record.seq, record.t_ns, record.fields)
                if record.kind in _NAMED_BY_HASH:
                    fold.place(record.seq, journal.integrity().head)
                if watch is not None and record.kind is not Kind.EXCHANGE:
                    watch(record)
            except ValueError as error:
                raise Broken(record.file, record.line, str(error)) from error
    except Broken as error:
        broken = error
    if fold.header is None:
        raise broken or Broken(file_name(1), 1, "there is no run record")
    for name, seq in journal.files:
        fold.open_file(name, seq)
    deviations = deviation_records.read(folder, fold.digest, fold.verdicts)
    return fold.result(journal.integrity(broken), deviations)


class RunFold:
    """Takes records in order; :meth:`result` may be asked at any time.

    The fields must have passed :func:`harness.evidence.record_check.check`.
    """

    def __init__(self) -> None:
        self.header: Header | None = None
        self._instruments: list[InstrumentRecord] = []
        self._cases: dict[str, CaseFold] = {}
        self._open: CaseFold | None = None
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
        self._files: list[JournalFile] = []
        self._heads: dict[int, str] = {}
        self._of_others: set[Invalidated] = set()
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

    @property
    def digest(self) -> str:
        """Hash of the first record, once it was placed."""
        return self._heads.get(_FIRST, "")

    @property
    def verdicts(self) -> frozenset[Invalidated]:
        """Every verdict that was placed, and every one of an earlier run."""
        own = (Invalidated(h, seq) for seq, h in self._heads.items() if seq != _FIRST)
        return frozenset((*own, *self._of_others))

    def place(self, seq: int, head: str) -> None:
        """Say which hash a record has by which a deviation may name it."""
        self._heads[seq] = head

    def open_file(self, name: str, seq: int) -> None:
        """Say which file of the journal begins with which record."""
        self._files.append(JournalFile(name, seq))

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
            self._open.take(kind, seq, t_ns, fields)
        if kind in self._takers:
            self._takers[kind](seq, t_ns, fields)

    def take_exchange(
        self, seq: int, t_ns: int, port: str, sent: str, received: str
    ) -> None:
        """Take in an exchange, of which there are millions; bytes as hex."""
        self._t_last_ns = t_ns
        if self._t_first_ns is None:
            self._t_first_ns = t_ns
        self._counts[Kind.EXCHANGE] += 1
        if self._open is not None:
            self._open.take_exchange(seq, t_ns, port, sent, received)

    def result(
        self, integrity: Integrity, deviations: tuple[DeviationRecord, ...] = ()
    ) -> RunRecord:
        """What is known so far.

        Args:
            integrity: what the journal is worth.
            deviations: what was signed for the run.

        Raises:
            ValueError: there was no run record yet.
        """
        if self.header is None:
            raise ValueError("a run without its header record tells nothing")
        for case_id in self.header.planned:
            self._case(case_id)
        withdrawn = self._withdrawn(deviations)
        return RunRecord(
            header=self.header,
            instruments=tuple(self._instruments),
            cases=tuple(case.result(withdrawn) for case in self._cases.values()),
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
            files=tuple(self._files),
            digest=self.digest,
            deviations=deviations,
        )

    def _withdrawn(self, deviations: tuple[DeviationRecord, ...]) -> Withdrawn:
        voids = {seq: void.reason for void in self._voids for seq in void.records}
        in_force = (each for each in deviations if each.in_force)
        named = {at: each.id for each in in_force for at in each.invalidates}
        return Withdrawn(voids, self._heads, named)

    def _case(self, case_id: str) -> CaseFold:
        if case_id not in self._cases:
            self._cases[case_id] = CaseFold(unknown_case(case_id))
        return self._cases[case_id]

    def _take_run(self, _seq: int, _t_ns: int, fields: Fields) -> None:
        self.header = header_view.header(fields)

    def _take_instrument(self, _seq: int, _t_ns: int, fields: Fields) -> None:
        self._instruments.append(views.instrument(fields))

    def _take_resume(self, seq: int, t_ns: int, fields: Fields) -> None:
        resume = views.resume(seq, t_ns, fields)
        self._resumes.append(resume)
        self._faults = [replace(each, overcome=True) for each in self._faults]
        self._end_state = None
        if self.header is not None:
            said = (*self.header.engineering, *texts(fields, "engineering"))
            self.header = replace(self.header, engineering=said)
        if resume.decision != CONTINUED:
            self._open = None

    def _take_link(self, _seq: int, t_ns: int, fields: Fields) -> None:
        self._links.append(views.link(t_ns, fields))

    def _take_check(self, seq: int, t_ns: int, fields: Fields) -> None:
        self._checks.append(views.check(seq, t_ns, fields))

    def _take_earlier(self, _seq: int, _t_ns: int, fields: Fields) -> None:
        run = views.earlier_run(fields)
        if run.digest in {each.digest for each in self._earlier}:
            return
        self._earlier.append(run)
        planned = () if self.header is None else self.header.planned
        for case_id, verdict in views.earlier_verdicts(fields):
            self._of_others.add(Invalidated(verdict.run_head, verdict.seq))
            # Of a case that is gone from the plan only what it did not pass matters.
            if case_id in planned or verdict.recorded > Verdict.PASS:
                self._case(case_id).earlier.append(verdict)

    def _begun(self, case_id: str) -> CaseFold:
        """Return the fold of a new attempt; what was before becomes an earlier one."""
        before = self._cases.get(case_id)
        fold = CaseFold(unknown_case(case_id))
        if before is not None:
            fold.earlier = before.earlier
            fold.attempts = before.attempts
            # What was settled without ever having begun was no attempt.
            if before.view.t_begin_ns is not None:
                fold.attempts.append(replace(before, attempts=[], earlier=[]))
        self._cases[case_id] = fold
        return fold

    def _take_case_begin(self, seq: int, t_ns: int, fields: Fields) -> None:
        self._open = self._begun(text(fields, "case"))
        self._open.frames, self._open.last_seq = FrameLog(), seq
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
            first_seq=seq,
        )

    def _take_case_end(self, _seq: int, t_ns: int, fields: Fields) -> None:
        case, self._open = self._case(text(fields, "case")), None
        # Frames are many, and nothing is measured in a case that has ended.
        case.frames = None
        case.view = replace(
            case.view,
            t_end_ns=t_ns,
            ended=views.verdict_of(fields),
            statement=text(fields, "statement"),
        )

    def _take_limit(self, seq: int, _t_ns: int, fields: Fields) -> None:
        self._case(text(fields, "case")).limits.append(views.limit(seq, fields))

    def _take_measurement(self, seq: int, _t_ns: int, fields: Fields) -> None:
        case = self._case(text(fields, "case"))
        measured = views.measurement(seq, fields)
        if case.frames is not None:
            measured = replace(measured, frames=case.frames.behind(fields))
        case.measurements.append(measured)

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
