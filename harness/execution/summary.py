"""What a person at the terminal sees of a run: a line a case, and a closing table."""

from __future__ import annotations

from collections.abc import Iterator

from harness.execution.case import CaseResult, Entry
from harness.execution.run import Run
from harness.execution.tracing import partial_reasons
from harness.judging import RunState, Verdict
from harness.render import wording
from harness.render.text_table import columns
from harness.units import magnitude, show

_HEADINGS = ("case", "requirement", "measured ± U", "limit", "margin", "verdict")
_LONGEST_CELL = 46


def case_line(result: CaseResult, wall_s: float) -> str:
    """Say what became of a case, and how long it took on the bench and at the wall."""
    bench, here = wording.duration(result.bench_ns), wording.lasting(wall_s)
    times = f"{bench} on the bench, {here} here"
    return f"{result.verdict.name:<13}{result.case_id:<34}{times}"


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
    said += [f"ENGINEERING: {reason}" for reason in run.bench.engineering]
    said += [f"PARTIAL: {reason}" for reason in reasons]
    said += [f"not run: {case_id}, {why}" for case_id, why in run.left_out.items()]
    for case in run.plan.not_applicable:
        said.append(
            f"not applicable: {case.id}, absent in profile {run.plan.profile.id}"
        )
    said += [f"run fault: {fault}" for fault in run.faults]
    if run.state is not RunState.COMPLETE:
        said.append("the run did not complete; what was not judged is INCONCLUSIVE")
    return said


def _counts(run: Run) -> str:
    verdicts = [run.verdict_of(result) for result in run.results]
    counts = [(verdicts.count(verdict), verdict.name) for verdict in Verdict]
    return ", ".join(f"{count} {name}" for count, name in counts if count)


def _rows(run: Run) -> Iterator[tuple[str, ...]]:
    for result in run.results:
        for entry in result.entries:
            void = " (void)" if run.is_void(entry.seq) else ""
            verdict = f"{run.standing(entry).name}{void}"
            yield (result.case_id, *_cells(entry, verdict))


def _cells(entry: Entry, verdict: str) -> tuple[str, ...]:
    judgement = entry.judgement
    limit, measurement = judgement.limit, judgement.measurement
    if limit is None or measurement is None or judgement.expanded_u is None:
        fact = judgement.statement
        shown = f"{fact[: _LONGEST_CELL - 1]}…" if len(fact) > _LONGEST_CELL else fact
        return judgement.requirement, shown, "", "", verdict
    unit = limit.unit
    shown = wording.with_u(
        magnitude(measurement.value, unit), magnitude(judgement.expanded_u, unit), unit
    )
    margin = "" if judgement.margin is None else show(judgement.margin, limit.unit, 3)
    return judgement.requirement, shown, limit.describe(), margin, verdict
