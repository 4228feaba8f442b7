"""What a person at the terminal sees of a run: a line a case, and a closing table."""

from __future__ import annotations

from collections.abc import Iterator

from harness.execution.case import CaseResult, Entry
from harness.execution.header import Fidelity
from harness.execution.run import Run
from harness.execution.tracing import partial_reasons
from harness.judging import RunState, Verdict
from harness.render import wording
from harness.render.case_record import CaseRecord
from harness.render.judgement_view import judgement_view
from harness.render.marks import Word
from harness.render.text_table import columns
from harness.units import magnitude, show

_HEADINGS = ("case", "requirement", "measured ± U", "limit", "margin", "verdict")
_LONGEST_CELL = 46


def case_line(result: CaseResult, verdict: Verdict, wall_s: float) -> str:
    """Say what became of a case, and how long it took on the bench and at the wall."""
    bench, here = wording.duration(result.bench_ns), wording.lasting(wall_s)
    times = f"{bench} on the bench, {here} here"
    return f"{verdict.name:<13}{result.case_id:<34}{times}"


def opening(run: Run) -> str:
    """Say what is about to be verified, and on what."""
    part = f"PARTIAL, {len(run.selected)} of " if run.is_partial else ""
    bench = f"{run.bench.path.name} ({run.bench.fidelity}, seed {run.seed})"
    return f"{run.plan.title}: {part}{len(run.plan.cases)} cases on {bench}"


def table(run: Run) -> list[str]:
    """One row for each judgement, under headings, in columns."""
    return columns([_HEADINGS, *_rows(run)])


def closing(run: Run) -> list[str]:
    """The verdict of the run, and whatever restricts it."""
    said = [f"{run.verdict.name}, run {run.state.name}: {_counts(run)}"]
    chosen = (*run.selected, *run.left_out)
    reasons = partial_reasons(run.plan, run.bench.roles, chosen)
    if run.bench.fidelity is not Fidelity.HARDWARE:
        said.append(f"{Word.SIMULATED}: not evidence about any pump")
    engineering = (*run.basis.engineering, *run.bench.engineering)
    said += [f"{Word.ENGINEERING}: {reason}" for reason in engineering]
    said += [f"{Word.PARTIAL}: {reason}" for reason in reasons]
    said += (*_resumed(run), *_attempts(run), *_earlier(run))
    said += [f"not run: {case_id}, {why}" for case_id, why in run.left_out.items()]
    for case in run.plan.not_applicable:
        said.append(
            f"not applicable: {case.id}, absent in profile {run.plan.profile.id}"
        )
    said += [f"run fault: {fault}" for fault in run.faults]
    if run.state is not RunState.COMPLETE:
        said.append("the run did not complete; what was not judged is INCONCLUSIVE")
    said.append(f"{Word.UNSIGNED}: `dosebench bundle` makes what can be signed")
    return said


def _resumed(run: Run) -> Iterator[str]:
    """Say that the run was broken off, and what became of the case that was open."""
    if run.past is None:
        return
    terms = run.past.terms
    if terms.case is None:
        yield f"resumed: {terms.reason}"
    else:
        yield f"resumed: {terms.case} {terms.decision}, {terms.reason}"


def _attempts(run: Run) -> Iterator[str]:
    """Say what earlier attempts did not pass, which a repeat does not replace."""
    for result in run.results:
        for each in run.lasting(result.case_id):
            if each.verdict > Verdict.PASS and each.seq:
                yield (
                    f"still counts, from an earlier attempt: {each.verdict.name} of"
                    f" {each.requirement} in {result.case_id}, record {each.seq}"
                )


def _earlier(run: Run) -> Iterator[str]:
    """Say what earlier formal runs did not pass, which a repeat does not replace."""
    for earlier in run.earlier:
        for each in earlier.verdicts:
            if each.verdict > Verdict.PASS:
                yield (
                    f"still counts, from {earlier.run}: {each.verdict.name} of"
                    f" {each.requirement} in {each.case}, record {each.seq}; only a"
                    " deviation with its root cause, signed by a reviewer, ends that"
                )


def _counts(run: Run) -> str:
    verdicts = [run.verdict_of(result) for result in run.results]
    counts = [(verdicts.count(verdict), verdict.name) for verdict in Verdict]
    return ", ".join(f"{count} {name}" for count, name in counts if count)


def _rows(run: Run) -> Iterator[tuple[str, ...]]:
    for result in run.results:
        for index, entry in enumerate(result.entries):
            void = " (void)" if run.is_void(entry.seq) else ""
            verdict = f"{run.standing(entry).name}{void}"
            if run.past is not None and run.is_kept(result.case_id):
                cells = _kept_cells(run.past.case(result.case_id), index)
            else:
                cells = _cells(entry)
            yield (result.case_id, *cells, verdict)


def _kept_cells(case: CaseRecord, index: int) -> tuple[str, ...]:
    """Return the cells of a judgement that was read back from the journal."""
    if index >= len(case.verdicts):
        return "", "", "", ""
    judged = judgement_view(case, case.verdicts[index], {})
    shown = judged.measured or _short(judged.statement)
    return judged.requirement.id, shown, judged.limit, judged.margin


def _short(fact: str) -> str:
    return f"{fact[: _LONGEST_CELL - 1]}…" if len(fact) > _LONGEST_CELL else fact


def _cells(entry: Entry) -> tuple[str, ...]:
    judgement = entry.judgement
    limit, measurement = judgement.limit, judgement.measurement
    if limit is None or measurement is None or judgement.expanded_u is None:
        return judgement.requirement, _short(judgement.statement), "", ""
    unit = limit.unit
    shown = wording.with_u(
        magnitude(measurement.value, unit), magnitude(judgement.expanded_u, unit), unit
    )
    margin = "" if judgement.margin is None else show(judgement.margin, limit.unit, 3)
    return judgement.requirement, shown, limit.describe(), margin
