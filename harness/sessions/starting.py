"""What a session knows of its run before the first case, and how the run begins."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import pytest

from harness.errors import ConfigurationError
from harness.evidence import reader
from harness.evidence.journal import Journal
from harness.evidence.opening import Reopened
from harness.evidence.recorder import Recorder
from harness.evidence.retracing import RetracingRecorder, followed
from harness.execution import earlier, formal, inputs, loaded, resuming
from harness.execution import folder as run_folder
from harness.execution.folder import Invocation, WallFacts
from harness.execution.formal import Basis
from harness.execution.header import BenchSetup
from harness.execution.resuming import Decision, Past
from harness.execution.run import Run
from harness.plans.plan import Plan, PlannedCase
from harness.render.run_record import RunRecord

_SYNCED_LATE: Final = "its journal was brought to the disk at its end only"


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is known of a run before its cases are collected.

    Attributes:
        plan: the plan.
        bench: the bench, not yet open.
        folder: of the run.
        how: how it was started.
        wall: its facts of the wall.
        past: what the run had come to before it broke off; None for a new run.
        syncs_at_end: whether its journal is brought to the disk at its end only.
    """

    plan: Plan
    bench: BenchSetup
    folder: Path
    how: Invocation
    wall: WallFacts
    past: Past | None = None
    syncs_at_end: bool = False


def resumed_folder(config: pytest.Config) -> Path | None:
    """Return the folder of the run to go on with; None for a new run."""
    given = config.getoption("resume")
    return None if given is None else config.invocation_params.dir / given


def prepare(
    config: pytest.Config, plan: Plan, bench: BenchSetup, how: Invocation
) -> Prepared:
    """Make the folder of a new run.

    Raises:
        RecordFault: it cannot be created.
    """
    runs = config.invocation_params.dir / config.getoption("runs")
    folder = run_folder.reserve(runs, plan.id, how.seed)
    syncs_at_end = config.getoption("sync_at_end")
    if syncs_at_end:
        bench = replace(bench, engineering=(*bench.engineering, _SYNCED_LATE))
    wall = WallFacts(folder, how)
    return Prepared(plan, bench, folder, how, wall, syncs_at_end=syncs_at_end)


def prepare_again(
    config: pytest.Config,
    plan: Plan,
    bench: BenchSetup,
    how: Invocation,
    record: RunRecord,
    why_not: str,
) -> Prepared:
    """Decide how a run goes on.

    Args:
        config: of the session.
        plan: as it is now.
        bench: as it is now.
        how: the run was started.
        record: what the journal says.
        why_not: why the open case cannot go on where it was; "" if it can.

    Raises:
        ConfigurationError: plan, bench or tool are not those with which it began.
    """
    past = resuming.take_up(
        record,
        plan,
        bench,
        may_differ=config.getoption("allow_changed_software"),
        why_not=why_not,
    )
    folder = config.invocation_params.dir / config.getoption("resume")
    return Prepared(plan, bench, folder, how, WallFacts.reopen(folder, how), past)


def open_run(known: Prepared, chosen: Collection[str]) -> Run:
    """Find out what a run rests on, and open its journal.

    Args:
        known: what was prepared.
        chosen: ids of the cases that were collected.

    Raises:
        Broken: the journal of a run that is to go on was altered.
        ConfigurationError: a formal run may not begin, or there is nothing to resume.
        RecordFault: the journal cannot be written.
    """
    if known.past is not None and known.past.terms.decision is Decision.CONTINUED:
        return _open_to_go_on(known, known.past, chosen)
    if known.past is not None:
        return _open_again(known, known.past, chosen)
    plan, bench = known.plan, known.bench
    basis = formal.establish(known.how, plan, bench, chosen, known.folder)
    inputs.keep(known.folder, (*inputs.of_plan(plan, bench), *basis.files))
    journal = Journal(known.folder, syncs_at_end=known.syncs_at_end)
    recorder = Recorder(journal, bench.clock)
    selected = [case for case in plan.cases if case.id in chosen]
    run = Run(known.folder, recorder, plan, selected, known.how.seed, bench)
    run.basis = basis
    return run


def _open_to_go_on(known: Prepared, past: Past, collected: Collection[str]) -> Run:
    """Begin the run as it began; what it writes is there until its record ends."""
    selected = _chosen(known, past, collected)
    past, basis = _basis_again(known, past)
    records = list(followed(reader.read(known.folder)))
    journal, held = _reopened(known, past)
    recorder = RetracingRecorder(journal, known.bench.clock, records)
    plan, seed = known.plan, known.how.seed
    run = Run(known.folder, recorder, plan, selected, seed, known.bench)
    run.basis, run.goes_on = basis, replace(past, torn=held.torn)
    return run


def _open_again(known: Prepared, past: Past, collected: Collection[str]) -> Run:
    selected = _chosen(known, past, collected)
    past, basis = _basis_again(known, past)
    journal, held = _reopened(known, past)
    recorder = Recorder(journal, known.bench.clock)
    past, seed = replace(past, torn=held.torn), known.how.seed
    run = Run(known.folder, recorder, known.plan, selected, seed, known.bench, past)
    run.basis = basis
    return run


def _basis_again(known: Prepared, past: Past) -> tuple[Past, Basis]:
    """Return what a run rests on that goes on, and what speaks against it now."""
    said, own = past.record.header, known.bench.engineering
    reasons = tuple(each for each in said.engineering if each not in own)
    if said.formal:
        added = (*past.engineering, *loaded.strangers(known.plan))
        past = replace(past, engineering=added)
    basis = Basis(engineering=(*reasons, *past.engineering))
    if said.formal:
        # The unit may not have been met yet when the run broke off.
        found = earlier.find(known.folder.parent, known.plan, known.folder)
        basis = replace(basis, earlier=found)
    return past, basis


def _chosen(
    known: Prepared, past: Past, collected: Collection[str]
) -> list[PlannedCase]:
    selected = [each for each in known.plan.cases if each.id in past.chosen]
    if missing := [each.id for each in selected if each.id not in collected]:
        raise ConfigurationError(
            f"--resume: the run has {', '.join(missing)} too, which was not collected;"
            " leave out -k, --case and names of tests"
        )
    return selected


def _reopened(known: Prepared, past: Past) -> tuple[Journal, Reopened]:
    journal, held = Journal.reopen(known.folder)
    if held.head != past.record.integrity.head:
        journal.close()
        raise ConfigurationError(
            f"{known.folder}: another process went on with this run just now; look how"
            " far it came, and resume it if need be"
        )
    return journal, held
