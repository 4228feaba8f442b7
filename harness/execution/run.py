"""A run: which cases were planned, what became of them, and what that amounts to.

Two scales that are never mixed: the verdict is about the pump, the state about the run.
A run fault leaves cases INCONCLUSIVE that were not judged, and hides no FAIL.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from pathlib import Path

from harness.errors import BenchFault, PumpFinding, RecordFault
from harness.evidence.recorder import Recorder
from harness.evidence.records import Kind
from harness.execution.case import Case, CaseResult, Entry
from harness.execution.header import BenchSetup, describe_case, header
from harness.judging import RunState, Verdict, worst
from harness.plans.plan import Plan, PlannedCase
from harness.plans.selection import left_out

_LONGEST_REASON = 500
NOT_RUN = "planned but not run"


class ExitCode(IntEnum):
    """What a run tells whoever started it; 4 and 5 are pytest's own."""

    PASSED = 0
    FAILED = 1
    ABORTED = 2
    TOOL_ERROR = 3
    INCONCLUSIVE = 10
    BENCH_FAULT = 11


_STATE_CODES = (
    (RunState.TOOL_ERROR, ExitCode.TOOL_ERROR),
    (RunState.BENCH_FAULT, ExitCode.BENCH_FAULT),
    (RunState.ABORTED, ExitCode.ABORTED),
)


class Run:
    """The state of one run of a plan.

    Args:
        folder: the run's own folder.
        recorder: writes to the journal in that folder.
        plan: the plan.
        selected: the cases that were chosen from it, in the order in which they run.
        seed: seed of the simulation.
        bench: the bench that the cases run on.

    Attributes:
        folder: as given.
        recorder: as given.
        plan: as given.
        seed: as given.
        bench: as given.
        left_out: why this bench does not run a chosen case: by id.
        selected: ids of the cases chosen, without those left out.
        is_partial: whether fewer cases run than the plan has.
        state: what became of the run so far.
        faults: what went wrong with the run, one sentence each.
    """

    def __init__(
        self,
        folder: Path,
        recorder: Recorder,
        plan: Plan,
        selected: Sequence[PlannedCase],
        seed: int,
        bench: BenchSetup,
    ) -> None:
        self.folder = folder
        self.recorder = recorder
        self.plan = plan
        self.seed = seed
        self.bench = bench
        self.left_out = left_out(selected, bench.roles)
        self.selected = tuple(c.id for c in selected if c.id not in self.left_out)
        self.is_partial = len(self.selected) < len(plan.cases)
        self.state = RunState.COMPLETE
        self.faults: list[str] = []
        self._planned = {case.id: case for case in selected}
        self._open: Case | None = None
        self._results: dict[str, CaseResult] = {}
        self._void: set[int] = set()

    @property
    def results(self) -> tuple[CaseResult, ...]:
        """What became of the cases that have ended, in the order in which they did."""
        return tuple(self._results.values())

    def begin(self) -> None:
        """Write the header record."""
        chosen = frozenset((*self.selected, *self.left_out))
        fields = header(self.plan, self.bench, self.seed, chosen)
        self.recorder.record(Kind.RUN, fields, sync=True)

    def begin_case(self, case_id: str) -> Case:
        """Begin a selected case: from now on its limits stand."""
        planned = self._planned[case_id]
        self._open = Case(planned, self.plan, self.recorder, self.bench.clock)
        self.recorder.record(
            Kind.CASE_BEGIN,
            {"case": case_id, "attempt": 1, **describe_case(planned)},
        )
        self._open.declare_limits()
        return self._open

    def end_case(self, case_id: str, trouble: str = "") -> CaseResult:
        """End a case, whether or not it had begun.

        Args:
            case_id: a selected case.
            trouble: why it did not end as it should, "" if it did.
        """
        case, self._open = self._open, None
        if case is None or case.id != case_id:
            planned = self._planned[case_id]
            case = Case(planned, self.plan, self.recorder, self.bench.clock)
            trouble = trouble or NOT_RUN
        try:
            result = case.end(trouble)
        except RecordFault as fault:
            self.add_fault(RunState.BENCH_FAULT, fault)
            result = case.result(one_line(fault))
        self._results[case_id] = result
        return result

    def add_fault(self, state: RunState, error: BaseException) -> None:
        """Note that the run itself went wrong; no verdict follows from it.

        A journal that cannot be written any more does not keep the state from counting.
        """
        self.state = max(self.state, state)
        name, reason = type(error).__name__, one_line(error)
        self.faults.append(f"{name}: {reason}")
        fields = {"state": state.name, "error": name, "reason": reason}
        try:
            self.recorder.record(Kind.FAULT, fields, sync=True)
        except RecordFault:
            self.state = max(self.state, RunState.BENCH_FAULT)

    def void(self, verdicts: Sequence[int], reason: str) -> None:
        """Withdraw verdicts, named by their seq, after a fault that was found later."""
        self._void.update(verdicts)
        self.recorder.record(
            Kind.VOID, {"records": list(verdicts), "reason": reason}, sync=True
        )

    def void_passes(self, result: CaseResult, reason: str) -> None:
        """Withdraw what a case has passed; a FAIL is never hidden."""
        passed = [
            entry.seq
            for entry in result.entries
            if entry.judgement.verdict is Verdict.PASS
        ]
        if passed:
            self.void(passed, reason)

    def is_void(self, seq: int) -> bool:
        """Tell whether the verdict of that seq was withdrawn."""
        return seq in self._void

    def standing(self, entry: Entry) -> Verdict:
        """What a verdict is worth after voids: INCONCLUSIVE once it was withdrawn."""
        is_void = self.is_void(entry.seq)
        return Verdict.INCONCLUSIVE if is_void else entry.judgement.verdict

    def verdict_of(self, result: CaseResult) -> Verdict:
        """The verdict of a case after voids."""
        if not self._void & {entry.seq for entry in result.entries}:
            return result.verdict
        return worst(self.standing(entry) for entry in result.entries)

    @property
    def verdict(self) -> Verdict:
        """The worst verdict of all cases; NOT_RUN where none has ended."""
        return worst(self.verdict_of(result) for result in self.results)

    @property
    def exit_code(self) -> ExitCode:
        """A FAIL outweighs a run fault, and a run fault an INCONCLUSIVE."""
        if self.verdict is Verdict.FAIL:
            return ExitCode.FAILED
        for state, code in _STATE_CODES:
            if self.state is state:
                return code
        if self.verdict is Verdict.PASS:
            return ExitCode.PASSED
        return ExitCode.INCONCLUSIVE

    def end(self) -> None:
        """Settle every case that has not ended, and write the end record.

        Without another fault a case that did not end means that the run was broken off.
        """
        left = [each for each in self.selected if each not in self._results]
        if left and self.state is RunState.COMPLETE:
            self.state = RunState.ABORTED
            self.faults.append(f"{len(left)} cases did not end")
        for case_id in left:
            is_open = self._open is not None and self._open.id == case_id
            self.end_case(case_id, f"broken off: {self.faults[-1]}" if is_open else "")
        now_ns = self.bench.clock.now_ns()
        try:
            self.recorder.journal.end(now_ns, {"state": self.state.name})
        except RecordFault as fault:
            self.add_fault(RunState.BENCH_FAULT, fault)


def state_after(error: BaseException) -> RunState:
    """Say what an exception that left a procedure means for the run.

    A finding about the pump, or an assertion, leaves only its case INCONCLUSIVE.
    """
    if isinstance(error, BenchFault):
        return RunState.BENCH_FAULT
    if isinstance(error, PumpFinding | AssertionError):
        return RunState.COMPLETE
    return RunState.TOOL_ERROR


def one_line(error: BaseException) -> str:
    """An exception's text, bounded, on one line."""
    return " ".join(str(error).split())[:_LONGEST_REASON] or type(error).__name__
