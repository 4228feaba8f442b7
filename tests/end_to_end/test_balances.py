"""One plan, another maker's balance: the same verdict, in one process and by TCP."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from fixtures import bench_file
from harness.evidence.records import Kind
from harness.judging import Verdict
from tests.end_to_end import campaign
from tests.end_to_end.command import DOSEBENCH, Outcome, start, verify
from tests.end_to_end.pumps import REFERENCE_40

CASES = ("ITB-BOL-001/single",)
EVERYDAY = ("sartorius-sbi", "radwag")
"""The one says least of itself, and the other most."""
MODELS = ("sartorius-sbi", "and-standard", "ohaus", "radwag")
by_model = pytest.mark.parametrize("model", MODELS)
by_model_everyday = pytest.mark.parametrize(
    "model",
    [
        pytest.param(each, marks=() if each in EVERYDAY else pytest.mark.slow)
        for each in MODELS
    ],
)


def bench_with(model: str, folder: Path) -> Path:
    """The shipped simulated bench, only its balance is another."""
    shipped = bench_file.DEFAULT.read_text("utf-8")
    changed = shipped.replace('model = "mt-sics"', f'model = "{model}"')
    assert changed != shipped
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{model}.toml"
    path.write_text(changed, "utf-8")
    return path


@contextmanager
def served(bench: Path) -> Iterator[Path]:
    """The bench file of a bench that ``dosebench simulate`` serves in lock-step."""
    client = bench.with_name("served.toml")
    line = [*DOSEBENCH, "simulate", f"--bench={bench}", f"--bench-out={client}"]
    process = start(line, bench.parent)
    assert process.stdout is not None
    try:
        said = ""
        while "serving" not in said:
            more = process.stdout.readline()
            assert more, said
            said += more
        yield client
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def assert_undisturbed_pass(outcome: Outcome) -> None:
    assert outcome.code == 0, outcome.output
    assert set(outcome.verdicts.values()) == {Verdict.PASS}
    assert not outcome.of(Kind.RETRY)
    assert not outcome.of(Kind.REJECTION)


@by_model_everyday
def test_the_verdict_does_not_depend_on_the_maker(
    model: str, tmp_path: Path, processes: Executor
) -> None:
    pump = replace(REFERENCE_40, bench=bench_with(model, tmp_path / "bench"))
    run = processes.submit(campaign.verify, tmp_path / "run", pump, CASES)
    outcome = run.result()
    assert_undisturbed_pass(outcome)
    used = [each.fields["catalogue"] for each in outcome.of(Kind.INSTRUMENT)]
    assert model in used


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@by_model
def test_over_tcp_in_lock_step(model: str, tmp_path: Path, pool: Executor) -> None:
    bench = bench_with(model, tmp_path / "bench")
    one_process = pool.submit(verify, tmp_path / "here", bench=bench, cases=CASES)
    with served(bench) as client:
        text = client.read_text("utf-8")
        assert "TCPIP::127.0.0.1::" in text
        assert "::SOCKET" in text
        there = verify(tmp_path / "there", bench=client, cases=CASES)
    here = one_process.result()
    assert_undisturbed_pass(there)
    assert there.verdicts == here.verdicts
    assert there.measured == here.measured
