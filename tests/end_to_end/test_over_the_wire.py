"""The simulated bench in one process, the run in another: nothing else changes."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from pathlib import Path

import pytest

from fixtures import bench_file
from harness.evidence.records import Kind
from harness.plans.plan import Plan
from tests.end_to_end.command import DOSEBENCH, ROOT, Outcome, start, verify
from tests.end_to_end.pumps import NEW_ERA_1000

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")

# A few for every day, and with `make wire` every role and every stimulus.
SOME = ("ITB-REF-003/6-months", "ITB-STL-001/magnet")
EVERY_ROLE = (
    "ITB-FLOW-006/pressed-and-drawn",
    "ITB-FLOW-007/body",
    "ITB-FLOW-008/altitude-and-depth",
    "ITB-FLOW-016/above-and-below",
    "ITB-BOL-001/single",
    "ITB-SCH-001/thirteen-steps",
    "ITB-LNK-001/programme",
    "ITB-LOW-001/run-to-empty",
    "ITB-REF-001/half-used",
    "ITB-STL-001/magnet",
    "ITB-MEM-001/mended",
    "ITB-ALM-005/usual",
    "ITB-PWR-003/bolus",
    "ITB-PWR-006/asked-often",
    "ITB-EOS-001/90-days",
    "ITB-CLK-001/3-days",
)
LONGEST_S = 600.0


@contextmanager
def served(home: Path, of: Path = bench_file.DEFAULT) -> Iterator[Path]:
    """The bench file of a bench that ``dosebench simulate`` serves."""
    home.mkdir()
    bench = home / "served.toml"
    simulate = ("simulate", "--bench", str(of), "--bench-out", str(bench))
    process = start([*DOSEBENCH, *simulate], home)
    assert process.stdout is not None
    try:
        said = ""
        while "serving" not in said:
            line = process.stdout.readline()
            assert line, said
            said += line
        yield bench
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def exchanges(outcome: Outcome) -> list[tuple[object, ...]]:
    """All that travelled on the wires, and when."""
    return [
        (record.t_ns, *(record.fields[key] for key in ("port", "sent", "received")))
        for record in outcome.of(Kind.EXCHANGE)
    ]


@pytest.mark.slow
def test_the_wire_carries_what_one_process_carries(
    tmp_path: Path, pool: Executor
) -> None:
    there, here = both(tmp_path, pool, SOME)
    assert there.code == 0, there.output
    assert there.header["fidelity"] == "wire"
    assert there.verdicts == here.verdicts
    assert exchanges(there) == exchanges(here)


# A notice that follows an answer at once may be read together with it, 3 ms later: so
# verdicts are compared here, and no times.
@pytest.mark.slow
@pytest.mark.timeout(LONGEST_S)
def test_every_role_gives_the_same_verdicts_over_the_wire(
    tmp_path: Path, pool: Executor
) -> None:
    there, here = both(tmp_path, pool, EVERY_ROLE)
    assert there.code == 0, there.output
    assert there.verdicts == here.verdicts


@pytest.mark.slow
@pytest.mark.timeout(LONGEST_S)
def test_a_syringe_pump_gives_the_same_verdicts_over_the_wire(
    tmp_path: Path, pool: Executor
) -> None:
    bench, plan = NEW_ERA_1000.bench, ROOT / "test_plans" / "screening"
    one_process = pool.submit(verify, tmp_path / "here", plan=plan, bench=bench)
    with served(tmp_path / "there", bench) as there_bench:
        there = verify(tmp_path / "run", plan=plan, bench=there_bench)
    assert there.code == 0, there.output
    assert there.verdicts == one_process.result().verdicts


def both(
    folder: Path, pool: Executor, cases: tuple[str, ...]
) -> tuple[Outcome, Outcome]:
    """The same run over the wire and in one process."""
    one_process = pool.submit(verify, folder / "here", cases=cases)
    with served(folder / "there") as bench:
        there = verify(folder / "run", bench=bench, cases=cases, at_most_s=LONGEST_S)
    return there, one_process.result()


def test_every_role_that_the_plan_asks_for_is_met_over_the_wire(plan: Plan) -> None:
    chosen = [case for case in plan.cases if case.id in EVERY_ROLE]
    assert len(chosen) == len(EVERY_ROLE)
    assert {role for case in chosen for role in case.needs} == {
        role for case in plan.cases for role in case.needs
    }


@pytest.mark.slow
def test_a_run_with_another_seed_than_the_served_unit_is_refused(
    tmp_path: Path,
) -> None:
    with served(tmp_path / "there") as bench:
        outcome = verify(tmp_path / "run", bench=bench, seed=2, cases=SOME)
    assert outcome.code == 4
    assert "--seed 1" in outcome.output
