"""Many short runs on units with something seeded, as a campaign makes them."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

from fixtures.qualification import runs
from harness.plans.coverage import Parameters
from tests.end_to_end.command import PLAN, Outcome, simulated
from tests.end_to_end.pumps import Pump

_PROCESSES: Final = 2


def processes() -> AbstractContextManager[Executor]:
    """A pool in which every task has a fresh process, made in milliseconds."""
    return runs.processes(_PROCESSES)


def verify(
    home: Path,
    pump: Pump,
    cases: Sequence[str] = (),
    seeded: Sequence[tuple[str, Parameters]] = (),
    seed: int = 1,
    plan: Path = PLAN,
) -> Outcome:
    """Run cases of a plan in this process, which ends with the task.

    Args:
        home: a folder that is made for the run.
        pump: what is verified.
        cases: their ids; all when empty.
        seeded: tables of ``[simulation]``, over those of the pump's bench.
        seed: of the simulated unit and of all noise.
        plan: the folder of the implanted plan, or of a copy.
    """
    home.mkdir(parents=True)
    bench = simulated(home / "bench.toml", dict(seeded), pump.bench)
    ran = runs.verify(home, plan, pump.profile, bench, seed, cases)
    return Outcome(ran.code, ran.output, ran.runs)
