"""A search on a bench whose time is real: a person agrees first, and can end it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fixtures.cli.main import main
from harness.clock import NS_PER_S, RealClock
from harness.evidence.reader import read
from harness.evidence.records import Kind
from tests.end_to_end.command import DOSEBENCH, ENVIRONMENT, ROOT

if sys.platform == "win32":
    pytest.skip("needs a pseudo terminal", allow_module_level=True)

import pty

BOUNDS = (
    "--largest-volume=1 mL",
    "--fastest-rate=0.5 mL/hour",
    "--longest-wait=30 minute",
    "--time-limit=10 hour",
)
_AT_MOST_S = 50
_AT_MOST_NS = _AT_MOST_S * NS_PER_S


@pytest.fixture(scope="module")
def bench(folder: Path) -> Iterator[Path]:
    """A bench file of a simulated bench that is served in real time, but faster."""
    file = folder / "real-time.toml"
    line = [*DOSEBENCH, "simulate", "--real-time=60", f"--bench-out={file}"]
    with subprocess.Popen(
        line, env=ENVIRONMENT, cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as served:
        assert served.stdout is not None
        while "serving" not in served.stdout.readline():
            assert served.poll() is None
        yield file
        served.send_signal(signal.SIGINT)
        served.wait(_AT_MOST_S)


class Search:
    """A search in a terminal of its own."""

    def __init__(self, bench: Path, out: Path, *options: str) -> None:
        self._keys, theirs = pty.openpty()
        line = [*DOSEBENCH, "search", f"--bench={bench}", f"--out={out}", *options]
        self._said = out.parent / "said.txt"
        with self._said.open("wb") as said:
            self._process = subprocess.Popen(
                line, env=ENVIRONMENT, cwd=ROOT, stdin=theirs, stdout=said, stderr=said
            )
        os.close(theirs)

    @property
    def said(self) -> str:
        return " ".join(self._said.read_text("utf-8").split())

    def type(self, text: str) -> None:
        os.write(self._keys, text.encode())

    def interrupt(self) -> None:
        self._process.send_signal(signal.SIGINT)

    def wait_for(self, folder: Path, kind: Kind, count: int) -> None:
        clock = RealClock()
        until_ns = clock.now_ns() + _AT_MOST_NS
        while _count(folder, kind) < count:
            assert self._process.poll() is None, self.said
            assert clock.now_ns() < until_ns
            clock.sleep_until(clock.now_ns() + NS_PER_S // 10)

    def ended(self) -> int:
        code = self._process.wait(_AT_MOST_S)
        os.close(self._keys)
        return code


def _count(folder: Path, kind: Kind) -> int:
    journals = sorted(folder.glob("journals/sequence-*"))
    return sum(f'"{kind.value}"' in line for each in journals for line in _lines(each))


def _lines(folder: Path) -> list[str]:
    files = folder.glob("journal-*.jsonl")
    return [line for file in files for line in file.read_text("utf-8").splitlines()]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (BOUNDS[1:], "give --largest-volume"),
        ((*BOUNDS, "--seed-defect=V01"), "leave the option out"),
    ],
)
def test_a_real_pump_has_bounds_and_is_given_no_defect(
    bench: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    options: tuple[str, ...],
    said: str,
) -> None:
    out = tmp_path / "out"
    assert main(["search", f"--bench={bench}", f"--out={out}", *options]) == 4
    assert said in " ".join(capsys.readouterr().err.split())
    assert not out.exists()


def test_nothing_is_sent_unless_a_person_agrees(bench: Path, tmp_path: Path) -> None:
    search = Search(bench, tmp_path / "out", *BOUNDS)
    search.type("no\n")
    assert search.ended() == 4
    assert "up to 1 mL a sequence, at up to 0.5 mL/h" in search.said
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
@pytest.mark.timeout(150)
def test_ctrl_c_ends_in_the_safe_state_and_says_so(bench: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    search = Search(bench, out, *BOUNDS)
    search.type("yes\n")
    search.wait_for(out, Kind.INTENT, 6)
    search.interrupt()
    assert search.ended() != 0
    assert "pump, tamper: stopped" in search.said
    last = sorted((out / "journals").iterdir())[-1]
    assert [each.kind for each in read(last)].count(Kind.SAFE_STATE) > 0
