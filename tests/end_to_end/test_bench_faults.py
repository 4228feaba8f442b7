"""Faults of the bench end as faults of the bench, never as verdicts about the pump."""

from __future__ import annotations

import itertools
import os
import time
import tomllib
import zlib
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Final

import pytest

from fixtures import toml_text
from fixtures.cli.main import main
from fixtures.qualification.bench_faults import (
    BOLUS,
    JOBS,
    LOW,
    BenchFaultJob,
    Ends,
    Members,
    judge,
    kern,
    sartorius,
)
from fixtures.qualification.pumps import PUMPS
from harness.clock import RealClock
from harness.judging import RunState, Verdict
from harness.qualification.outcome import JobKind, Judged, RunOutcome, of_folder
from tests.end_to_end.command import PLAN

_ONE_IN: Final = 16
STEPS_NS: Final = (7 * 3_600 * 10**9, -5 * 3_600 * 10**9)


def run(home: Path, job: BenchFaultJob) -> RunOutcome | None:
    """Make a run in this process; None where not even a journal was begun."""
    home.mkdir()
    pump = PUMPS[job.profile]
    bench = home / "bench.toml"
    members = job.onto(tomllib.loads(pump.bench.read_text("utf-8")))
    bench.write_text(toml_text.dumps(members), encoding="utf-8")
    if job == CLOCK:
        step_clock()
    os.chdir(home)
    os.environ["PYTEST_ADDOPTS"] = "--assert=plain -p no:html -p no:hypothesispytest"
    cases = (f"--case={case}" for case in job.cases)
    with (
        (home / "output.txt").open("w", encoding="utf-8") as output,
        redirect_stdout(output),
        redirect_stderr(output),
    ):
        main(["verify", str(PLAN), f"--bench={bench}", "--runs=runs", *cases])
    for journal in home.glob("runs/*/journal-0001.jsonl"):
        return of_folder(
            journal.parent, job.name, JobKind.BENCH_FAULT, (), pump.name, 1, 0.0
        )
    return None


CLOCK = BenchFaultJob(
    "B09", "host's wall clock jumps by hours", (BOLUS,), ends=Ends.HARMLESS
)


def step_clock() -> None:
    """Let the wall clock jump at each look, forwards and backwards."""
    true_ns = time.time_ns  # noqa: TID251 - it is what jumps
    looks = itertools.count()

    def stepped_ns() -> int:
        return true_ns() + STEPS_NS[next(looks) % len(STEPS_NS)]

    vars(time)["time_ns"] = stepped_ns
    vars(time)["time"] = lambda: stepped_ns() / 1e9


def test_a_step_of_the_host_clock_does_not_move_bench_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = RealClock(start_ns=0)
    before_ns = clock.now_ns()
    monkeypatch.setattr(time, "time_ns", lambda: STEPS_NS[0])
    monkeypatch.setattr(time, "time", lambda: STEPS_NS[1] / 1e9)
    assert 0 <= clock.now_ns() - before_ns < min(map(abs, STEPS_NS))


def every_day(job: BenchFaultJob) -> bool:
    return zlib.crc32(job.name.encode()) % _ONE_IN == 0


@pytest.mark.parametrize(
    "job",
    [
        pytest.param(job, id=job.name, marks=[] if every_day(job) else pytest.mark.slow)
        for job in (*JOBS, CLOCK)
    ],
)
def test_the_pump_is_never_blamed(
    folder: Path, processes: Executor, job: BenchFaultJob
) -> None:
    home = folder / job.name
    outcome = processes.submit(run, home, job).result()

    # Some faults are found before anything is judged, and leave no journal.
    assert outcome is None or judge(job, outcome) == ""


def test_names_are_unlike() -> None:
    assert len({job.name for job in JOBS}) == len(JOBS)


@pytest.mark.parametrize(
    "prepare", [sartorius, pytest.param(kern, marks=pytest.mark.slow)]
)
def test_a_balance_that_cannot_tell_its_autozero_is_not_refused_for_that(
    folder: Path, processes: Executor, prepare: Callable[[Members], None]
) -> None:
    name = f"good bench with {prepare.__name__}"
    job = BenchFaultJob(name, "none", (LOW,), prepare=prepare)
    outcome = processes.submit(run, folder / name, job).result()

    assert outcome is not None
    assert {each.verdict for each in outcome.judged} == {Verdict.PASS}


def outcome_of(
    *verdicts: tuple[str, Verdict],
    state: RunState = RunState.BENCH_FAULT,
    trouble: str = "",
) -> RunOutcome:
    judged = tuple(
        Judged(BOLUS, requirement, verdict, 0.0, 0.0)
        for requirement, verdict in verdicts
    )
    return RunOutcome(
        "job", JobKind.BENCH_FAULT, (), "reference-40", 1, "simulated", state, judged,
        "", 0.0, trouble,
    )  # fmt: skip


FOUND = BenchFaultJob("found", "a fault", (BOLUS,), "zero")
HARMLESS = BenchFaultJob("harmless", "a fault", (BOLUS,), ends=Ends.HARMLESS)
UNDECIDED = ("ITB-BOL-001", Verdict.INCONCLUSIVE)
PASSED = ("ITB-BOL-001", Verdict.PASS)
FAILED = ("ITB-BOL-001", Verdict.FAIL)
OF_TELEMETRY = ("ITB-CNT-001", Verdict.PASS)


@pytest.mark.parametrize(
    ("job", "outcome", "problem"),
    [
        (FOUND, outcome_of(UNDECIDED, trouble="its zero drifts"), ""),
        (FOUND, outcome_of(UNDECIDED, OF_TELEMETRY, trouble="its zero drifts"), ""),
        (FOUND, outcome_of(UNDECIDED, trouble="no idea"), "does not say"),
        (FOUND, outcome_of(PASSED, trouble="its zero drifts"), "nobody noticed"),
        (FOUND, outcome_of(FAILED, trouble="its zero drifts"), "blamed"),
        (FOUND, outcome_of(state=RunState.TOOL_ERROR), "the tool broke"),
        (HARMLESS, outcome_of(PASSED, state=RunState.COMPLETE), ""),
        (HARMLESS, outcome_of(FAILED, state=RunState.COMPLETE), "blamed"),
    ],
)
def test_what_a_run_came_to_is_judged(
    job: BenchFaultJob, outcome: RunOutcome, problem: str
) -> None:
    said = judge(job, outcome)
    assert problem in said
    assert bool(problem) == bool(said)
