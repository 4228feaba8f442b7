"""The simulated bench in one process, the run in another: nothing else changes."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness.evidence.records import Kind
from tests.end_to_end.command import DOSEBENCH, Outcome, start, verify

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")

# Every role and every kind of exchange, and few enough of them for every day.
SOME = "6-months or magnet"
LONGEST_S = 1200.0


@contextmanager
def served(home: Path) -> Iterator[Path]:
    """The bench file of a bench that ``dosebench simulate`` serves."""
    home.mkdir()
    bench = home / "served.toml"
    process = start([*DOSEBENCH, "simulate", "--bench-out", str(bench)], home)
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


def test_the_wire_carries_what_one_process_carries(
    tmp_path: Path, pool: Executor
) -> None:
    one_process = pool.submit(verify, tmp_path / "here", only=SOME)
    with served(tmp_path / "there") as bench:
        there = verify(tmp_path / "run", bench=bench, only=SOME)
    here = one_process.result()
    assert there.code == 0, there.output
    assert there.header["fidelity"] == "wire"
    assert there.verdicts == here.verdicts
    assert exchanges(there) == exchanges(here)


@pytest.mark.slow
@pytest.mark.timeout(LONGEST_S)
def test_the_whole_plan_gives_the_same_verdicts_over_the_wire(
    tmp_path: Path, whole: Outcome
) -> None:
    with served(tmp_path / "there") as bench:
        there = verify(tmp_path / "run", bench=bench, at_most_s=LONGEST_S)
    assert there.code == 0, there.output
    assert there.verdicts == whole.verdicts


def test_a_run_with_another_seed_than_the_served_unit_is_refused(
    tmp_path: Path,
) -> None:
    with served(tmp_path / "there") as bench:
        outcome = verify(tmp_path / "run", bench=bench, seed=2, only=SOME)
    assert outcome.code == 4
    assert "--seed 1" in outcome.output
