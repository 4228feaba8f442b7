"""What a journal says about its run, as a report needs it.

Only views: every value here stood in a record. The two scales stay apart, and what is
not known for certain is never better than INCONCLUSIVE. :mod:`harness.render.run_fold`
makes a :class:`RunRecord` from records.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from harness.evidence.reader import Integrity
from harness.evidence.records import Kind
from harness.judging import RunState, Verdict, worst
from harness.render.bench_record import (
    CheckRecord,
    InstrumentRecord,
    LinkRecord,
    SafeStateRecord,
)
from harness.render.case_record import CaseRecord
from harness.render.header_record import Header


@dataclass(frozen=True, slots=True)
class JournalFile:
    """A file of the journal, and the number of its first record."""

    name: str
    first_seq: int


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
