"""`dosebench qualify`, from the command line: a few defects, a few healthy pumps."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

import pytest

from harness.judging import RunState
from harness.qualification.outcome import RESULTS, JobKind, read
from tests.end_to_end.command import DOSEBENCH, ENVIRONMENT

LONGEST_S = 240.0
LONGEST_END_S = 40.0
# Each ends in a short case; a whole plan is for `make qualify`.
SOME = """
[plan]
id = "some"
title = "Two cases"
phase = "implanted"
procedures = "{plans}/implanted"
register = "{plans}/implanted/register.toml"
profile = "{plans}/profiles/reference-40.toml"
rule = "guard-band"
coverage = 0.95

[taken]
cases = ["ITB-BOL-001/single", "ITB-CLK-001/3-days"]
"""
OWN = """
from dataclasses import replace
from drivers.sim.defects import SeededDefect


class Blameless(SeededDefect):
    id = "ACME-1"
    title = "a defect that no test of this plan sees"
    source = "engineering"
    telemetry = "nominal"
    bench = "nominal"
    requirement = "ITB-BOL-001"

    def pump(self, good):
        return replace(good, tubing_nl=good.tubing_nl + 1)
"""
# Added to a defect: the process in which its unit is made is killed the first time.
KILLED_ONCE = """
    def behaviour(self):
        import os, pathlib
        killed = pathlib.Path(__file__).with_name("killed")
        if not killed.exists():
            killed.touch()
            os.kill(os.getpid(), {number})
        return super().behaviour()
"""
# Likewise: it holds a lock and does not go on, if it runs that command.
HELD = """
    def behaviour(self):
        import fcntl, pathlib, sys, time
        if "{command}" not in sys.argv:
            return super().behaviour()
        file = pathlib.Path(__file__).with_name("held").open("w")
        fcntl.flock(file, fcntl.LOCK_EX)
        pathlib.Path(__file__).with_name("begun").open("wb").close()
        time.sleep(300)
"""


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    plans = Path(__file__).resolve().parents[2] / "test_plans"
    folder = tmp_path / "some"
    folder.mkdir()
    text = SOME.format(plans=plans)
    (folder / "plan.toml").write_text(text, encoding="utf-8")
    return folder


def command(plan: Path, *arguments: str) -> list[str]:
    out = plan.parent / "out"
    return [*DOSEBENCH, "qualify", f"--plan={plan}", f"--out={out}", *arguments]


def qualify(plan: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(plan, *arguments),
        cwd=plan.parent,
        env=ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=LONGEST_S,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.timeout(LONGEST_S)
def test_a_campaign_finds_defects_and_goes_on_where_it_ended(plan: Path) -> None:
    chosen = ("--only", "S05", "C04", "--healthy", "2")
    first = qualify(plan, *chosen)
    assert first.returncode == 0, first.stdout + first.stderr
    assert "2 of 2 defects killed" in first.stdout

    out = plan.parent / "out"
    results = read(out / RESULTS)
    assert {run.state for run in results} == {RunState.COMPLETE}
    assert sum(run.kind is JobKind.HEALTHY for run in results) == 3
    matrix = json.loads((out / "matrix.json").read_text("utf-8"))
    assert [each["fate"] for each in matrix["defects"]] == ["killed", "killed"]
    # Only what nobody will look at again was deleted.
    assert {each.name for each in (out / "jobs").iterdir()} == {"S05", "C04"}

    # Two runs are lost, one of them in the middle of its line.
    lines = (out / RESULTS).read_text("utf-8").splitlines(keepends=True)
    (out / RESULTS).write_text("".join(lines[:3]) + lines[3][:50], encoding="utf-8")
    again = qualify(plan, *chosen)
    assert "5 runs, 3 of them done" in again.stdout, again.stdout + again.stderr
    hashes = {run.job: run.verdict_hash for run in results}
    assert {r.job: r.verdict_hash for r in read(out / RESULTS)} == hashes

    other = qualify(plan, "--only", "S05", "--healthy", "2")
    assert other.returncode == 4
    assert "another list of defects" in other.stderr


@pytest.mark.timeout(LONGEST_S)
def test_a_defect_that_survives_is_no_success(plan: Path) -> None:
    own = plan.parent / "own.py"
    own.write_text(OWN, encoding="utf-8")
    survived = qualify(plan, f"--defects={own}", "--only", "ACME-1")
    assert survived.returncode == 1, survived.stdout + survived.stderr
    assert "missed: ACME-1" in survived.stdout


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.timeout(LONGEST_S)
def test_the_wire_changes_no_verdict(plan: Path) -> None:
    found = qualify(plan, "--only", "S05", "C04", "--wire", "--keep")
    assert found.returncode == 0, found.stdout + found.stderr
    assert "2 of 2 runs have the same verdicts" in found.stdout
    there = read(plan.parent / "out" / "wire" / RESULTS)
    assert {run.fidelity for run in there} == {"wire"}
    offered = plan.parent / "out" / "wire" / "jobs" / "S05" / "served.toml"
    instruments = tomllib.loads(offered.read_text("utf-8"))["instrument"]
    ports = {role: each["port"] for each in instruments for role in each["roles"]}
    assert ports["pump"].startswith("/dev/")
    assert ports["balance"].startswith("TCPIP::")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.timeout(LONGEST_S)
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_run_that_is_killed_is_no_result_and_is_made_again(
    plan: Path, number: signal.Signals
) -> None:
    own = plan.parent / "own.py"
    own.write_text(OWN + KILLED_ONCE.format(number=int(number)), encoding="utf-8")
    chosen = (f"--defects={own}", "--only", "ACME-1")
    first = qualify(plan, *chosen)
    assert first.returncode == 2, first.stdout + first.stderr
    assert "ACME-1   NO RESULT: its process was" in first.stdout
    assert "the same command does them again" in first.stderr
    assert not (plan.parent / "out" / RESULTS).exists()

    again = qualify(plan, *chosen)
    assert again.returncode == 1, again.stdout + again.stderr
    assert "missed: ACME-1" in again.stdout


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.timeout(LONGEST_S)
@pytest.mark.parametrize(
    ("number", "way", "code"),
    [
        (signal.SIGTERM, (), 2),
        (signal.SIGKILL, (), -signal.SIGKILL),
        (signal.SIGTERM, ("--wire",), 2),
    ],
)
def test_a_campaign_that_is_told_to_end_leaves_nobody_at_work(
    plan: Path, number: signal.Signals, way: Sequence[str], code: int
) -> None:
    own = plan.parent / "own.py"
    held = HELD.format(command="simulate" if way else "qualify")
    own.write_text(OWN + held, encoding="utf-8")
    words = command(plan, f"--defects={own}", "--only=ACME-1", *way)
    os.mkfifo(plan.parent / "begun")
    with subprocess.Popen(
        words,
        cwd=plan.parent,
        env=ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as process:
        # Opens once the run has opened it, too.
        (plan.parent / "begun").open("rb").close()
        process.send_signal(number)
        # Every process of a campaign has inherited the pipe.
        said = process.communicate(timeout=LONGEST_END_S)
    assert process.returncode == code, said
    if code > 0:
        assert "ended after 0 of 1 runs; the same command goes on" in said[1]
    # A server that was killed with its run may last a moment longer.
    fcntl = pytest.importorskip("fcntl")
    with (plan.parent / "held").open("w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
    out = plan.parent / "out" / ("wire" if way else "")
    assert not (out / RESULTS).exists()
    if code < 0:
        assert not list(out.rglob("outcome.json"))
