"""Several runs as one sample: what may stand together, and what may not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.errors import ConfigurationError
from harness.judging import RunState, Verdict
from harness.populations import evidence
from harness.populations.declaration import Population
from harness.populations.evidence import Judged, UnitRun


@dataclass(frozen=True, slots=True)
class Campaign:
    """Runs of one plan on units of one kind.

    Attributes:
        runs: in the order in which they were given.
        remarks: what an auditor must know of them, a sentence each.
    """

    runs: tuple[UnitRun, ...]
    remarks: tuple[str, ...]

    @property
    def is_simulated(self) -> bool:
        """Whether the runs are evidence for nothing but the tool."""
        return self.runs[0].is_simulated

    @property
    def marks(self) -> tuple[str, ...]:
        """What restricts a verdict, in the words of the runs' own reports."""
        notes = [note for run in self.runs for note in run.notes]
        restricted = tuple(
            mark
            for mark in (evidence.ENGINEERING, evidence.PARTIAL)
            if any(note.startswith(f"{mark}: ") for note in notes)
        )
        return ("SIMULATED", *restricted) if self.is_simulated else restricted

    @property
    def populations(self) -> tuple[Population, ...]:
        """What the plan declared before there were data."""
        return self.runs[0].populations

    @property
    def units(self) -> tuple[str, ...]:
        """The units under test, in the order of the runs, each once."""
        return tuple(dict.fromkeys(run.unit for run in self.runs))

    def judged(self) -> tuple[Judged, ...]:
        """What counts: all of a complete run; of any other only what FAILED in it."""
        return tuple(each for run in self.runs for each in counted(run))


def gather(folders: Sequence[Path]) -> Campaign:
    """Read runs, and refuse those that cannot be one sample.

    Several runs of one unit are one unit.

    Raises:
        ConfigurationError: no run, one that cannot be used, one given twice, or runs
            that differ in plan, profile, register, procedures, form, pump model,
            firmware or kind of bench.
    """
    runs = [evidence.read(folder) for folder in folders]
    if not runs:
        raise ConfigurationError("no run was given; give the folders of runs")
    first = runs[0]
    for position, run in enumerate(runs[1:], start=1):
        _refuse_mixture(first, run)
        _refuse_twice(runs[:position], run)
    return Campaign(tuple(runs), tuple(dict.fromkeys(_remarks(runs))))


def counted(run: UnitRun) -> tuple[Judged, ...]:
    """Return the verdicts of a run that count; a fault of the run hides no FAIL."""
    if run.state is RunState.COMPLETE:
        return run.judged
    return tuple(each for each in run.judged if each.verdict is Verdict.FAIL)


def _refuse_mixture(first: UnitRun, other: UnitRun) -> None:
    for name, digest in first.digests.items():
        if other.digests[name] != digest:
            raise ConfigurationError(
                f"{other.name}: its {name} is {other.digests[name]!r:.80}, but that of"
                f" {first.name} is {digest!r:.80}; runs of different kinds are no one"
                " population: judge them apart"
            )


def _refuse_twice(others: Iterable[UnitRun], run: UnitRun) -> None:
    for other in others:
        if other.head == run.head:
            raise ConfigurationError(
                f"{run.name}: this is the same record as {other.name}; a run counts"
                " once: give each only once"
            )


def _remarks(runs: Sequence[UnitRun]) -> Iterator[str]:
    if runs[0].is_simulated:
        yield "SIMULATED: evidence for nothing but the tool"
    for note in dict.fromkeys(note for run in runs for note in run.notes):
        names = [run.name for run in runs if note in run.notes]
        yield f"{_runs(names, len(runs))}: {note}"
    for run in runs:
        if run.state is not RunState.COMPLETE:
            left_out = len(run.judged) - len(counted(run))
            yield (
                f"{run.name}: the run is {run.state.name}; {left_out} of its verdicts"
                " are not used, only a FAIL counts"
            )
    for unit in dict.fromkeys(run.unit for run in runs):
        names = [run.name for run in runs if run.unit == unit]
        if len(names) > 1:
            yield f"unit {unit} has {len(names)} runs and counts as one unit"
    for name in runs[0].may_differ:
        kinds = {run.may_differ[name] for run in runs}
        if len(kinds) > 1:
            yield f"the runs have {len(kinds)} different versions of the {name}"


def _runs(names: Sequence[str], total: int) -> str:
    return f"{len(names)} of {total} runs" if len(names) > 1 else names[0]
