"""What a journal says about its run, as a report needs it.

Only views: every value here stood in a record. The two scales stay apart, and what is
not known for certain is never better than INCONCLUSIVE. :mod:`harness.render.run_fold`
makes a :class:`RunRecord` from records.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.evidence.reader import Integrity
from harness.evidence.records import JsonValue, Kind
from harness.judging import RunState, Verdict, worst
from harness.render.frames import Frames
from harness.render.header_record import Header

# The roles are declared above this folder.
_PUMP = "pump"


@dataclass(frozen=True, slots=True)
class InstrumentRecord:
    """An instrument as it answered; ``calibration_due`` is None without calibration.

    ``certificate`` is of its calibration, ``catalogue`` the name of its driver's model;
    each is empty where the record does not say.
    """

    role: str
    model: str
    serial: str
    firmware: str
    calibration_due: str | None
    certificate: str = ""
    catalogue: str = ""

    @property
    def roles(self) -> tuple[str, ...]:
        """Every role that it has; its port has the name of the first."""
        return tuple(self.role.split(", "))

    @property
    def is_pump(self) -> bool:
        """Whether it is the unit under test."""
        return _PUMP in self.roles


@dataclass(frozen=True, slots=True)
class LimitRecord:
    """A declared limit, in ``unit``; a bound is None where there is none."""

    seq: int
    requirement: str
    lower: float | None
    upper: float | None
    unit: str
    rule: str
    source: str


@dataclass(frozen=True, slots=True)
class BudgetLine:
    """One line of an uncertainty budget; ``contribution`` is in the result's unit.

    ``evaluation`` is the type, A or B; empty where the record does not say.
    """

    name: str
    value: float
    u: float
    unit: str
    distribution: str
    dof: float
    sensitivity: float
    contribution: float
    evaluation: str


@dataclass(frozen=True, slots=True)
class CorrelationLine:
    """The correlation of two lines of a budget, by their names."""

    first: str
    second: str
    r: float


@dataclass(frozen=True, slots=True)
class MeasurementRecord:
    """A measured value, its uncertainty and its budget, in ``unit``.

    ``monte_carlo`` is the statement of the Monte Carlo run; empty without one.
    ``frames`` are the raw frames behind the value.
    """

    seq: int
    name: str
    value: float
    u: float
    dof: float
    k: float
    expanded_u: float
    coverage: float
    unit: str
    instrument: str
    t_start_ns: int
    t_end_ns: int
    budget: tuple[BudgetLine, ...]
    correlations: tuple[CorrelationLine, ...]
    remarks: tuple[str, ...]
    monte_carlo: str
    frames: tuple[Frames, ...] = ()


@dataclass(frozen=True, slots=True)
class VerdictRecord:
    """A verdict as it was recorded, and whether it still stands.

    Attributes:
        seq: number of its record.
        requirement: what was judged.
        recorded: the verdict when it was given.
        statement: the reason.
        zone: place of the value; None for a fact.
        margin: to the nearest limit, positive inside; None for a fact.
        expanded_u: U of the value; None for a fact.
        k: its coverage factor; None for a fact.
        p_c: conformance probability; None for a fact.
        unit: unit of margin and U.
        evidence: seq of the records it rests on.
        void: why it was withdrawn; None while it stands.
        settled: it stands for a judgement that never came.
        invalidated: id of the deviation that invalidates it; empty without one.
    """

    seq: int
    requirement: str
    recorded: Verdict
    statement: str
    zone: str | None
    margin: float | None
    expanded_u: float | None
    k: float | None
    p_c: float | None
    unit: str
    evidence: tuple[int, ...]
    void: str | None
    settled: bool = False
    invalidated: str = ""

    @property
    def verdict(self) -> Verdict:
        """The verdict that stands; a withdrawn or invalidated one proves nothing."""
        stands = self.void is None and not self.invalidated
        return self.recorded if stands else Verdict.INCONCLUSIVE

    @property
    def outlasts(self) -> bool:
        """Whether a repeat leaves it in force: it was judged, and it still stands."""
        return not self.settled and self.void is None and not self.invalidated


@dataclass(frozen=True, slots=True)
class LookRecord:
    """A look at growing evidence, before the verdict.

    Attributes:
        seq: number of its record.
        number: which look it was, from 1.
        of: how many there may be.
        finding: the verdict that it amounted to.
        statement: the reason.
        p_c: conformance probability; None without a usable value.
    """

    seq: int
    number: int
    of: int
    finding: str
    statement: str
    p_c: float | None


@dataclass(frozen=True, slots=True)
class SeriesRecord:
    """A curve: points (s, value in ``unit``), and by which method it came about.

    ``origin_ns`` is the bench time from which its points count; None where they lie
    over something else.
    """

    name: str
    unit: str
    points: tuple[tuple[float, float], ...]
    text: str = ""
    origin_ns: int | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened while a case ran: in words, and as its record says it."""

    t_ns: int
    kind: Kind
    text: str
    seq: int = 0
    fields: Mapping[str, JsonValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class JournalFile:
    """A file of the journal, and the number of its first record."""

    name: str
    first_seq: int


@dataclass(frozen=True, slots=True)
class EarlierVerdict:
    """A verdict that an earlier formal run gave on the same unit.

    Attributes:
        run: name of that run.
        run_digest: hash of its first record, which identifies it for ever.
        run_head: hash of its last record, by which a deviation names it.
        seq: number of the verdict's record in that run.
        requirement: what was judged.
        recorded: the verdict.
        statement: the reason.
        invalidated: id of the deviation that invalidates it; empty without one.
    """

    run: str
    run_digest: str
    run_head: str
    seq: int
    requirement: str
    recorded: Verdict
    statement: str
    invalidated: str = ""


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


@dataclass(frozen=True, slots=True)
class FaultRecord:
    """Something that went wrong with the run, not with the pump.

    ``overcome`` says that the run was resumed afterwards.
    """

    t_ns: int
    state: RunState
    error: str
    reason: str
    overcome: bool = False


@dataclass(frozen=True, slots=True)
class ResumeRecord:
    """Where a run was taken up again.

    Attributes:
        seq: number of its record.
        t_ns: bench time at which it went on.
        last_ns: bench time of the last record before.
        torn_bytes: length of the unfinished line that was cut off.
        case: id of the case broken off; empty if none was open.
        rule: the restart rule of that case.
        decision: what became of it.
        reason: why, in one sentence.
    """

    seq: int
    t_ns: int
    last_ns: int
    torn_bytes: int
    case: str
    rule: str
    decision: str
    reason: str


@dataclass(frozen=True, slots=True)
class LinkRecord:
    """A wire that was lost, restored or refused while the run went on."""

    t_ns: int
    instrument: str
    event: str
    reason: str


@dataclass(frozen=True, slots=True)
class CheckRecord:
    """A check of the balance before or after the cases.

    Attributes:
        seq: number of its record.
        t_ns: bench time.
        moment: before or after.
        instrument: role of the balance.
        name: what was checked.
        value, u: what was found, with its standard uncertainty, in ``unit``.
        lower, upper: limits in ``unit``; None where there is none.
        unit: of the numbers.
        holds: whether it is in order; None where that could not be told.
        statement: the finding in one sentence.
    """

    seq: int
    t_ns: int
    moment: str
    instrument: str
    name: str
    value: float
    u: float
    lower: float | None
    upper: float | None
    unit: str
    holds: bool | None
    statement: str


@dataclass(frozen=True, slots=True)
class EarlierRun:
    """An earlier formal run of the same unit: its name, hashes and state.

    ``digest`` is the hash of its first record, ``head`` that of its last one.
    """

    run: str
    digest: str
    head: str
    state: RunState


@dataclass(frozen=True, slots=True)
class DeviationRecord:
    """A deviation as it was signed; whom to trust is decided outside of a report.

    Attributes:
        id: its name.
        text: what deviated.
        root_cause: why; empty if it is not known.
        name, role: who says so, and as what.
        time: when, UTC, as the statement claims.
        key_id: of the key that signed.
        requirements: which it concerns.
        invalidates: verdicts by hash of their run's first record and seq.
        in_force: whether it invalidates them.
        why_not: why it does not; empty if it does.
    """

    id: str
    text: str
    root_cause: str
    name: str
    role: str
    time: str
    key_id: str
    requirements: tuple[str, ...]
    invalidates: tuple[tuple[str, int], ...]
    in_force: bool
    why_not: str


@dataclass(frozen=True, slots=True)
class VoidRecord:
    """A withdrawal of verdicts, named by their seq."""

    records: tuple[int, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class SafeStateRecord:
    """The state in which an instrument was left, or why it was not."""

    role: str
    outcome: str


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run, as its journal tells it.

    Attributes:
        header: what it rests on.
        instruments: as they answered at the start.
        cases: every selected case, also one that was never begun.
        faults: what went wrong with the run.
        voids: withdrawals of verdicts.
        safe_states: how the bench was left.
        counts: number of records of each kind.
        t_first_ns, t_last_ns: bench time of the first and of the last record.
        end_state: the state in the end record; None without one.
        integrity: what the journal itself is worth.
        digest: hash of the first record, which identifies the run for ever.
        resumes: where it was taken up again.
        links: wires lost and restored.
        checks: of the balance.
        earlier: earlier formal runs of the same unit.
        deviations: in the order of their ids.
        files: of the journal, in order.
    """

    header: Header
    instruments: tuple[InstrumentRecord, ...]
    cases: tuple[CaseRecord, ...]
    faults: tuple[FaultRecord, ...]
    voids: tuple[VoidRecord, ...]
    safe_states: tuple[SafeStateRecord, ...]
    counts: Mapping[Kind, int]
    t_first_ns: int
    t_last_ns: int
    end_state: RunState | None
    integrity: Integrity
    digest: str = ""
    resumes: tuple[ResumeRecord, ...] = ()
    links: tuple[LinkRecord, ...] = ()
    checks: tuple[CheckRecord, ...] = ()
    earlier: tuple[EarlierRun, ...] = ()
    deviations: tuple[DeviationRecord, ...] = ()
    files: tuple[JournalFile, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Whether the journal is whole: unbroken, and closed by an end record."""
        return self.integrity.complete and self.end_state is not None

    @property
    def state(self) -> RunState:
        """What became of the run; a journal without its end was ABORTED at least."""
        ended = RunState.ABORTED if self.end_state is None else self.end_state
        faults = (each.state for each in self.faults if not each.overcome)
        return max([ended, *faults])

    @property
    def verdict(self) -> Verdict:
        """The worst of all cases; at best INCONCLUSIVE unless all ended, all whole."""
        found = worst(case.verdict for case in self.cases)
        is_open = any(case.verdict is Verdict.NOT_RUN for case in self.cases)
        if is_open or not self.cases or not self.is_complete:
            return max(found, Verdict.INCONCLUSIVE)
        return found
