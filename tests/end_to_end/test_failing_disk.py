"""Disks that are full, gone or locked in mid-run: the bench is safe, and says so."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import Executor
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from harness.evidence.json_schema import schema
from harness.evidence.reader import inspect
from harness.evidence.records import Kind
from tests.end_to_end import campaign
from tests.end_to_end.command import (
    ENVIRONMENT,
    PLAN,
    ROOT,
    Journalled,
    Outcome,
)
from tests.end_to_end.pumps import REFERENCE_40

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="needs a limit on the size of files"
)

CASES = ("ITB-STL-001/magnet", "ITB-BOL-001/single")
FAR_INTO_THE_FIRST_CASE = 400_000
# What a run writes around its journal needs less; its page is larger.
NO_PAGE_FITS = 200_000

FULL = """
import resource, runpy, sys
limit = int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
sys.argv = ["dosebench", *sys.argv[2:]]
runpy.run_module("fixtures.cli", run_name="__main__", alter_sys=True)
"""
UNPLUGGED = """
import errno, io, os, runpy, sys
from harness.evidence import opening
left = int(sys.argv[1])

class Unplugged(io.FileIO):
    def write(self, data):
        global left
        left -= len(data)
        if left < 0:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return super().write(data)

opening.FileIO = Unplugged
sys.argv = ["dosebench", *sys.argv[2:]]
runpy.run_module("fixtures.cli", run_name="__main__", alter_sys=True)
"""


def run(program: str, home: Path, limit: int) -> Outcome:
    runs = home / "runs"
    line: Sequence[str] = (
        *(sys.executable, "-c", program, str(limit)),
        *("verify", str(PLAN), f"--runs={runs}"),
        *(f"--case={case}" for case in CASES),
    )
    done = subprocess.run(
        line,
        cwd=ROOT,
        env=ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    return Outcome(done.returncode, done.stdout, runs)


def assert_safe_and_said(outcome: Outcome, mend: str) -> None:
    assert outcome.code == 11, outcome.output
    assert "pump, tamper: stopped" in outcome.output
    assert "clamp open, magnet away, power on" in outcome.output
    assert "the journal cannot be written" in outcome.output
    assert mend in outcome.output
    assert "PASS  " not in outcome.output
    found = outcome.integrity
    assert (found.complete, found.broken) == (False, None)
    assert found.records > 100


@pytest.mark.parametrize(
    "limit",
    [NO_PAGE_FITS, pytest.param(FAR_INTO_THE_FIRST_CASE, marks=pytest.mark.slow)],
)
def test_a_full_disk(tmp_path: Path, limit: int) -> None:
    outcome = run(FULL, tmp_path, limit)
    assert_safe_and_said(outcome, "free space on this disk")
    size = (outcome.folder / "journal-0001.jsonl").stat().st_size
    assert size == limit, "the last line fills what room there was"


@pytest.mark.slow
def test_an_unplugged_disk(tmp_path: Path) -> None:
    outcome = run(UNPLUGGED, tmp_path, FAR_INTO_THE_FIRST_CASE)
    assert_safe_and_said(outcome, "check the disk and its connection")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="needs a folder closed to root")
def test_a_folder_that_nobody_may_write() -> None:
    outcome = run(FULL, Path("/sys/dosebench"), 1 << 30)
    assert outcome.code == 4, outcome.output
    assert "make the folder writable" in outcome.output


def test_every_record_of_a_real_run_fits_the_published_schema(
    tmp_path: Path, processes: Executor
) -> None:
    run = processes.submit(campaign.verify, tmp_path / "home", REFERENCE_40, CASES)
    outcome = run.result()
    validator = Draft202012Validator(schema())
    seen: set[str] = set()
    for number, raw in enumerate(outcome.journal.splitlines()):
        line = json.loads(raw)
        # Nearly all are exchanges, and each is like the next.
        if line["kind"] != Kind.EXCHANGE or number % 97 == 0:
            validator.validate(line)
            seen.add(line["kind"])
    assert {"run", "verdict", "measurement", "intent", "exchange", "end"} <= seen
    assert inspect(Journalled(outcome.folder).folder).complete
