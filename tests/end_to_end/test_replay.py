"""Runs over the wire, on a clock that really goes, and of the whole plan: replayed."""

from __future__ import annotations

import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness.evidence.records import Kind
from tests.end_to_end.command import DOSEBENCH, PLAN, Outcome, finish, start, verify

posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
LONGEST_S = 900.0
WATCHED_PLAN = f"""
[plan]
id = "watched"
title = "A pump that is watched for an hour"
phase = "implanted"
register = "register.toml"
profile = "{PLAN.parent.as_posix()}/profiles/reference-40.toml"
rule = "guard-band"

[[case]]
requirement = "ITB-FLOW-003"
point = "watched"
procedure = "watched"
needs = ["pump", "clamp", "operator"]
hardware_duration = "1 hour"
"""
WATCHED = """
import pytest
from harness.units import ureg

@pytest.mark.procedure()
def test_watched(case, bench, pump, clamp, operator):
    operator.fill_reservoir(ureg.Quantity(20, "mL"))
    clamp.set_closed(False)
    pump.start_continuous(ureg.Quantity(0.5, "mL/hour"))
    with bench.sampling(pump.read_status, ureg.Quantity(2, "minute")) as seen:
        bench.run_for(ureg.Quantity(1, "hour"))
    pump.stop()
    runs = {reading.state.name for reading in seen.readings}
    said = f"{len(seen.readings)} looks: {', '.join(sorted(runs))}"
    case.judge_fact("ITB-FLOW-003", True, said)
"""


BARE_BENCH = """
[bench]
name = "pump and rig"
fidelity = "in-process"
epoch = "2026-01-01T00:00:00Z"
clock = { kind = "virtual" }

[[instrument]]
roles = ["pump"]
model = "dosebench-itb"
port = "sim://pump"
serial = "10001"

[[instrument]]
roles = ["clamp", "operator"]
model = "dosebench-rig"
port = "sim://rig"
serial = "R000000001"
"""


def replay(home: Path, folder: Path, plan: Path | None = None) -> Outcome:
    home.mkdir(parents=True)
    runs = home / "replays"
    line = [*DOSEBENCH, "replay", str(folder), f"--runs={runs}"]
    if plan is not None:
        line.append(f"--plan={plan}")
    return finish(start(line, home), runs, at_most_s=LONGEST_S)


def exchanges(outcome: Outcome) -> list[tuple[object, ...]]:
    return [(each.t_ns, each.fields) for each in outcome.of(Kind.EXCHANGE)]


def bytes_of(outcome: Outcome) -> list[tuple[object, ...]]:
    return [
        tuple(each.fields[name] for name in ("port", "sent", "received"))
        for each in outcome.of(Kind.EXCHANGE)
    ]


@contextmanager
def served(home: Path, *options: str) -> Iterator[Path]:
    """The bench file of a bench that ``dosebench simulate`` serves."""
    home.mkdir(parents=True)
    bench = home / "served.toml"
    line = [*DOSEBENCH, "simulate", "--bench-out", str(bench), *options]
    process = start(line, home)
    assert process.stdout is not None
    try:
        said = ""
        while "serving" not in said:
            read = process.stdout.readline()
            assert read, said
            said += read
        yield bench
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@posix
@pytest.mark.slow
def test_a_run_over_the_wire_replays_byte_for_byte(tmp_path: Path) -> None:
    with served(tmp_path / "bench") as bench:
        then = verify(tmp_path / "then", bench=bench, cases=["ITB-REF-003/3-weeks"])
    assert then.code == 0, then.output
    now = replay(tmp_path / "now", then.folder)
    assert now.code == 0, now.output
    assert "2 verdicts, none changed" in now.output
    assert exchanges(now) == exchanges(then)


@pytest.mark.slow
@posix
def test_a_run_on_a_clock_that_really_goes_replays(tmp_path: Path) -> None:
    plan = tmp_path / "watched"
    plan.mkdir()
    (plan / "plan.toml").write_text(WATCHED_PLAN, encoding="utf-8")
    (plan / "test_watched.py").write_text(WATCHED, encoding="utf-8")
    shutil.copy(PLAN / "register.toml", plan)
    bare = tmp_path / "bare.toml"
    bare.write_text(BARE_BENCH, encoding="utf-8")

    with served(tmp_path / "b", "--bench", str(bare), "--real-time", "600") as bench:
        then = verify(tmp_path / "then", plan=plan, bench=bench)
    assert then.code == 0, then.output
    now = replay(tmp_path / "now", then.folder, plan)
    assert now.code == 0, now.output
    assert "1 verdicts, none changed" in now.output
    assert bytes_of(now) == bytes_of(then)


@pytest.mark.slow
@pytest.mark.timeout(LONGEST_S)
def test_the_whole_plan_replays_byte_for_byte(tmp_path: Path) -> None:
    then = verify(tmp_path / "then", at_most_s=LONGEST_S)
    assert then.code == 0, then.output
    now = replay(tmp_path / "now", then.folder)
    assert now.code == 0, now.output
    assert exchanges(now) == exchanges(then)
    assert now.measured == then.measured
