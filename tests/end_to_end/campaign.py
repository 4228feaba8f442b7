"""Many short runs: each in a process of its own, which imports little anew."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from fixtures.cli import main
from harness.plans.coverage import Parameters
from tests.end_to_end.command import PLAN, Outcome, simulated
from tests.end_to_end.pumps import Pump

_PROCESSES: Final = 2
_METHOD: Final = "spawn" if sys.platform == "win32" else "forkserver"
# No page for people, and no test that is rewritten: only the journal is looked at.
_ADDOPTS: Final = "--assert=plain -p no:html -p no:hypothesispytest -p no:xdist"


@contextmanager
def processes() -> Iterator[Executor]:
    """A pool in which every task has a fresh process, made in milliseconds."""
    context = multiprocessing.get_context(_METHOD)
    context.set_forkserver_preload(["tests.end_to_end.warm"])
    with ProcessPoolExecutor(
        _PROCESSES, mp_context=context, max_tasks_per_child=1
    ) as pool:
        yield pool
        pool.shutdown(cancel_futures=True)


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
    os.chdir(home)
    os.environ["PYTEST_ADDOPTS"] = _ADDOPTS
    log = home / "output.txt"
    with log.open("w", encoding="utf-8") as output:
        sys.stdout = sys.stderr = output
        code = main.main(
            [
                "verify",
                str(plan),
                f"--seed={seed}",
                f"--profile={pump.profile}",
                f"--bench={bench}",
                *(f"--case={case}" for case in cases),
            ]
        )
    return Outcome(code, log.read_text("utf-8"), home / "runs")
