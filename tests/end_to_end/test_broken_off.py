"""Runs that are killed or broken off: nothing is lost, and nothing is claimed."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness.evidence.records import Kind
from harness.judging import Verdict
from tests.end_to_end.command import Journalled, Outcome, arguments, finish, start
from tests.end_to_end.pumps import IMPLANTED

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")

CASE_LINE = re.compile(r"(PASS|FAIL|INCONCLUSIVE) +(ITB-\S+)")
# The line after which a run is interrupted: the next case is the longest one.
SEEN = [
    "ITB-FLOW-009/half-an-hour",
    *(f"ITB-FLOW-001/{point}" for point in ("low", "middle", "high")),
]
CASES = [case.id for case in IMPLANTED.cases[:6]]


@pytest.fixture(scope="module", autouse=True)
def ctrl_c() -> Iterator[None]:
    """Ctrl-C reaches what is started here, even where these tests run in background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@contextmanager
def running(home: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A run that has just said that a case is judged; and what it has said so far."""
    process = start(arguments(home / "runs", cases=CASES), home)
    assert process.stdout is not None
    said = ""
    try:
        for line in process.stdout:
            said += line
            if SEEN[-1] in line:
                break
        assert process.poll() is None, said
        yield process, said
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_nothing_that_was_acknowledged_is_lost_when_the_process_is_killed(
    tmp_path: Path,
) -> None:
    # A case is printed once its end is recorded, so the terminal is an acknowledgement;
    # killed at that moment, nothing but the record's own write can have saved it.
    with running(tmp_path) as (process, said):
        process.kill()
        process.wait()
    run = Journalled(next((tmp_path / "runs").glob("*")))

    assert run.integrity.broken is None
    assert not run.integrity.complete
    announced = dict(reversed(found) for found in CASE_LINE.findall(said))
    assert list(announced) == SEEN
    assert run.ended_cases == {case: Verdict[v] for case, v in announced.items()}
    assert not run.of(Kind.END)


@pytest.fixture(scope="module")
def interrupted(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """A run that somebody has broken off with Ctrl-C, in the middle of a case."""
    home = tmp_path_factory.mktemp("interrupted")
    with running(home) as (process, said):
        process.send_signal(signal.SIGINT)
        return finish(process, home / "runs", said)


def test_ctrl_c_gives_its_exit_code_and_names_the_safe_state(
    interrupted: Outcome,
) -> None:
    assert interrupted.code == 2, interrupted.output
    assert "pump, tamper: stopped" in interrupted.output
    assert "clamp open, magnet away, power on" in interrupted.output
    safe = [record.fields for record in interrupted.of(Kind.SAFE_STATE)]
    assert {"role": "pump, tamper", "outcome": "stopped"} in safe


def test_ctrl_c_leaves_a_closed_journal_of_an_aborted_run(interrupted: Outcome) -> None:
    assert interrupted.integrity.complete
    assert interrupted.of(Kind.END)[0].fields["state"] == "ABORTED"
    assert "ABORTED" in interrupted.output
    report = (interrupted.folder / "report.html").read_text("utf-8")
    assert "ABORTED" in report


def test_ctrl_c_gives_no_pass_to_what_was_not_judged(interrupted: Outcome) -> None:
    ended = interrupted.ended_cases
    passed = [case for case, verdict in ended.items() if verdict is Verdict.PASS]
    assert passed == SEEN
    assert [*ended] == CASES
    assert set(ended.values()) == {Verdict.PASS, Verdict.INCONCLUSIVE}
