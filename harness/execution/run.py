"""A run: which cases were planned, what became of them, and what that amounts to.

Two scales that are never mixed: the verdict is about the pump, the state about the run.
A run fault leaves cases INCONCLUSIVE that were not judged, and hides no FAIL.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from harness.errors import RecordFault
from harness.evidence.recorder import Recorder
from harness.evidence.records import Kind
from harness.execution.attempts import Attempts, Lasting, entries_of, result_of
from harness.execution.calibration import planned_end_ns
from harness.execution.case import Case, CaseResult, Entry
from harness.execution.earlier import EarlierFormal
from harness.execution.exit_code import ExitCode, exit_code
from harness.execution.formal import Basis
from harness.execution.header import BenchSetup, describe_case, header
from harness.execution.reasons import one_line
from harness.execution.resuming import Decision, Past, Terms, terms_of
from harness.judging import RunState, Verdict, worst
from harness.plans.plan import Plan, PlannedCase
from harness.plans.selection import left_out

NOT_RUN = "planned but not run"
_NOT_FORMAL = Basis()


class Run:
    """The state of one run of a plan.

    Args:
        folder: the run's own folder.
        recorder: writes to the journal in that folder.
        plan: the plan.
        selected: the cases that were chosen from it, in the order in which they run.
        seed: seed of the simulation.
        bench: the bench that the cases run on.
        past: what the run had come to before it broke off; None for a new run.

    Attributes:
        folder: as given.
        recorder: as given.
        plan: as given.
        seed: as given.
        bench: as given.
        past: as given.
        basis: what the run rests on as evidence; to be set before it begins.
        goes_on: what the run had come to that goes on in the middle of a case.
        planned_end_ns: bench time at which the last case ends at the latest.
        earlier: earlier formal runs of the same unit, once that is known.
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
        past: Past | None = None,
    ) -> None:
        self.folder = folder
        self.recorder = recorder
        self.plan = plan
        self.seed = seed
        self.bench = bench
        self.basis = _NOT_FORMAL
        self.past = past
        self.goes_on: Past | None = None
        self.earlier: tuple[EarlierFormal, ...] = ()
        self.left_out = left_out(selected, bench.roles)
        self.selected = tuple(c.id for c in selected if c.id not in self.left_out)
        self.is_partial = len(self.selected) < len(plan.cases)
        self.state = RunState.COMPLETE
        self.faults: list[str] = []
        self._planned = {case.id: case for case in selected}
        self.planned_end_ns = planned_end_ns(
            bench.clock.now_ns(),
            (self._planned[each] for each in self.selected if not self.is_kept(each)),
        )
        self._open: Case | None = None
        self._results: dict[str, CaseResult] = {}
        self._void: set[int] = set()
        self._attempts = Attempts()
        self._mended: Terms | None = None
        if past is not None:
            self._take_up(past)

    @property
    def results(self) -> tuple[CaseResult, ...]:
        """What became of the cases that have ended, in the order in which they did."""
        return tuple(self._results.values())

    def begin(self) -> None:
        """Write the header record, or that the run is taken up again."""
        if self.past is not None:
            self._resume(self.past)
            return
        chosen = frozenset((*self.selected, *self.left_out))
        basis = self.basis.to_json(self.bench, self.planned_end_ns)
        fields = header(self.plan, self.bench, self.seed, chosen, basis)
        self.recorder.record(Kind.RUN, fields, sync=True)

    def meet_unit(self, model: str, serial: str) -> None:
        """Write down the earlier formal runs of the pump that is on the bench.

        What they judged counts from now on: a repeat never replaces it.
        """
        past = () if self.past is None else self.past.record.earlier
        known = {each.digest for each in past}
        for each in self.basis.earlier:
            is_new = each.digest not in known
            if is_new and (each.model, each.serial) == (model, serial):
                self.recorder.record(Kind.EARLIER, each.to_json(), sync=True)
                self.earlier += (each,)

    def begin_case(self, case_id: str) -> Case:
        """Begin a selected case, or begin it again: from now on its limits stand."""
        planned = self._planned[case_id]
        self._mended = None
        if before := self._results.pop(case_id, None):
            self._attempts.supersede(before)
        self._open = self._case(case_id)
        attempt = self._attempts.begin(case_id)
        self.recorder.record(
            Kind.CASE_BEGIN,
            {"case": case_id, "attempt": attempt, **describe_case(planned)},
        )
        self._open.declare_limits()
        return self._open

    def go_on(self) -> None:
        """Write that the open case goes on; its measurements will name the gap."""
        if (past := self.goes_on) is not None and self._open is not None:
            self.recorder.record(Kind.RESUME, past.to_json(), sync=True)
            self._open.note_gap(past.last_ns, self.bench.clock.now_ns())

    def end_case(self, case_id: str, trouble: str = "") -> CaseResult:
        """End a case, whether or not it had begun.

        Args:
            case_id: a selected case.
            trouble: why it did not end as it should, "" if it did.
        """
        case, self._open = self._open, None
        if case is None or case.id != case_id:
            case = self._case(case_id)
            trouble = trouble or NOT_RUN
        try:
            result = case.end(trouble)
        except RecordFault as fault:
            self.add_fault(RunState.BENCH_FAULT, fault)
            result = case.result(one_line(fault))
        self._results[case_id] = result
        return result

    def ask_again(self, case_id: str, reason: str, doubt: str = "") -> Decision:
        """Ask that a case that was broken off begins again as soon as it has ended.

        Args:
            case_id: the case that is open.
            reason: what broke it off, and has been mended.
            doubt: why it may not begin again, whatever its rule says; "" for nothing.

        Returns:
            Whether its rule allows that: restarted, or given up.
        """
        terms = terms_of(self._planned[case_id], reason)
        if doubt:
            said = f"{reason}; {doubt}"
            terms = replace(terms, decision=Decision.GIVEN_UP, reason=said)
        self._mended = terms
        self.recorder.note(f"{case_id}: {terms.decision}, {terms.reason}")
        return terms.decision

    def mended(self, case_id: str) -> Terms | None:
        """Return on what terms a case ends whose trouble was mended; None otherwise."""
        is_it = self._mended is not None and self._mended.case == case_id
        return self._mended if is_it else None

    def is_to_repeat(self, case_id: str) -> bool:
        """Tell whether a case begins again once it has ended."""
        terms = self.mended(case_id)
        return terms is not None and terms.decision is Decision.RESTARTED

    def is_kept(self, case_id: str) -> bool:
        """Tell whether a case stays as it was when the run was taken up again."""
        return self.past is not None and case_id in self.past.kept

    def add_fault(self, state: RunState, error: BaseException) -> None:
        """Note that the run itself went wrong; no verdict follows from it.

        A journal that cannot be written any more does not keep the state from counting,
        and what is told again counts once.
        """
        name, reason = type(error).__name__, one_line(error)
        said = f"{name}: {reason}"
        if said in self.faults and state <= self.state:
            return
        self.state = max(self.state, state)
        self.faults.append(said)
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
        """The verdict of a case after voids; never better than it ever was before."""
        return max(self._own_verdict(result), self._before(result.case_id))

    def verdict_on(self, result: CaseResult, entry: Entry) -> Verdict:
        """What stands of a requirement, of earlier attempts too."""
        requirement = entry.judgement.requirement
        before = self._attempts.worst(result.case_id, self._void, requirement)
        return max(self.standing(entry), before)

    def lasting(self, case_id: str) -> Iterator[Lasting]:
        """Yield what earlier attempts at a case have judged, and still holds."""
        return self._attempts.lasting(case_id, self._void)

    def _before(self, case_id: str | None = None) -> Verdict:
        """The worst of earlier attempts and formal runs in a case, or in any."""
        return max(self._attempts.worst(case_id, self._void), self._in_runs(case_id))

    def _in_runs(self, case_id: str | None) -> Verdict:
        return worst(
            each.verdict
            for run in self.earlier
            for each in run.verdicts
            if case_id in (None, each.case)
        )

    def _own_verdict(self, result: CaseResult) -> Verdict:
        if not self._void & {entry.seq for entry in result.entries}:
            return result.verdict
        return worst(self.standing(entry) for entry in result.entries)

    @property
    def verdict(self) -> Verdict:
        """The worst verdict of all cases; NOT_RUN where none has ended.

        What an earlier formal run failed counts even where no case is left for it.
        """
        found = worst(self.verdict_of(result) for result in self.results)
        before = self._before()
        return max(found, before) if before > Verdict.PASS else found

    @property
    def exit_code(self) -> ExitCode:
        """A FAIL outweighs a run fault, and a run fault an INCONCLUSIVE."""
        return exit_code(self.verdict, self.state)

    def _take_up(self, past: Past) -> None:
        """Let verdicts of the past count, and the cases that have ended stay."""
        for case in past.record.cases:
            is_kept = case.id in past.kept
            self._attempts.take_up(case, is_kept=is_kept)
            self._void.update(v.seq for v in case.verdicts if v.void or v.invalidated)
            if is_kept:
                self._results[case.id] = result_of(case)

    def _resume(self, past: Past) -> None:
        """Write the resume record; a case that is given up ends here."""
        self.recorder.record(Kind.RESUME, past.to_json(), sync=True)
        terms = past.terms
        if terms.decision is Decision.GIVEN_UP and terms.case is not None:
            broken = past.case(terms.case)
            if broken.t_end_ns is None:
                self._open = self._case(broken.id, entries_of(broken.verdicts))
                self.end_case(broken.id, terms.reason)

    def _case(self, case_id: str, judged: Sequence[Entry] = ()) -> Case:
        planned = self._planned[case_id]
        return Case(planned, self.plan, self.recorder, self.bench.clock, judged)

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
