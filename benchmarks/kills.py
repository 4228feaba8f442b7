"""``python -m benchmarks.kills [--kills N] [--jobs N] [--out FILE]``.

Kills a run of five seconds with SIGKILL at random moments while its bench, in another
process, goes on delivering; then resumes it until it is complete. What was acknowledged
must be in the journal, and the verdicts those of a run that nobody killed. The same
once more on a disk that forgets whatever was not synced.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks.kill_child import ACKNOWLEDGED, PIPE
from benchmarks.kill_page import Kill, page, percent
from harness.evidence.reader import inspect
from harness.judging import RunState, Verdict
from harness.render.run_fold import of_journal
from harness.render.run_record import RunRecord

ROOT: Final = Path(__file__).resolve().parents[1]
PLAN: Final = Path(__file__).parent / "kill_plan"
PAGE: Final = ROOT / "docs" / "reference" / "crashes.md"
_FACTOR: Final = 20
_SEEDS: Final = (1, 2, 3, 4)
_TRIES: Final = 3
_LONGEST_S: Final = 120.0
_TARGET_PERCENT: Final = 90.0
_FORGETS: Final = "tests.harness.evidence.power_loss"

Verdicts = dict[tuple[str, str], str]


@dataclass(frozen=True, slots=True)
class Unbroken:
    """A run of a unit that nobody killed: its verdicts, and how long its cases took."""

    verdicts: Verdicts
    seconds: float


class Child:
    """A run in a process of its own, and what it has acknowledged.

    Attributes:
        last_s: when it acknowledged something last, by the host's monotonic clock.
    """

    def __init__(self, home: Path, words: Sequence[str], disk: Path | None) -> None:
        self._pipe, writer = os.pipe()
        self._output = (home / "output.txt").open("w+b")
        module = ["benchmarks.kill_child"]
        if disk is not None:
            module = [_FORGETS, str(home / "runs"), str(disk), *module]
        self.process = subprocess.Popen(
            [sys.executable, "-m", *module, *words],
            cwd=ROOT,
            env={**os.environ, PIPE: str(writer)},
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
            pass_fds=(writer,),
        )
        os.close(writer)
        self._last = (0, 0)
        self.last_s = 0.0
        self._rest = b""

    def wait_for_header(self) -> None:
        """Return when the first record is acknowledged, or the run has ended."""
        self._take(os.read(self._pipe, ACKNOWLEDGED.size))
        os.set_blocking(self._pipe, False)

    def run_for(self, seconds: float) -> bool:
        """Let it run, and kill it; tell whether it was still alive."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.process.poll() is None:
            time.sleep(min(0.01, max(0.0, end - time.monotonic())))
            self._drain()
        was_alive = self.process.poll() is None
        self.process.kill()
        self.process.wait()
        self._drain()
        os.close(self._pipe)
        return was_alive

    def said(self) -> str:
        """Return what it has printed; once only."""
        with self._output as file:
            file.seek(0)
            return file.read().decode("utf-8", "replace")

    def acknowledged(self, *, on_disk: bool) -> int:
        """Return the last record that was acknowledged, or was on the disk."""
        return self._last[1 if on_disk else 0]

    def _drain(self) -> None:
        try:
            while data := os.read(self._pipe, 1 << 16):
                self._take(data)
        except BlockingIOError:
            pass

    def _take(self, data: bytes) -> None:
        self._rest += data
        self.last_s = time.monotonic()
        whole = len(self._rest) // ACKNOWLEDGED.size * ACKNOWLEDGED.size
        for last in ACKNOWLEDGED.iter_unpack(self._rest[:whole]):
            self._last = (max(self._last[0], last[0]), max(self._last[1], last[1]))
        self._rest = self._rest[whole:]


@contextmanager
def served(home: Path, seed: int) -> Iterator[Path]:
    """A bench that delivers in a process of its own; its bench file."""
    bench = home / "bench.toml"
    words = ["simulate", f"--bench={PLAN / 'bench.toml'}", f"--seed={seed}"]
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "fixtures.cli", *words),
            *(f"--real-time={_FACTOR}", f"--bench-out={bench}"),
        ],
        cwd=ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    try:
        for line in server.stdout:
            if line.startswith("serving"):
                break
        yield bench
    finally:
        server.kill()
        server.wait()
        server.stdout.close()


def unbroken(seed: int) -> Unbroken:
    """Run a unit to its end."""
    with tempfile.TemporaryDirectory() as home, served(Path(home), seed) as bench:
        child = Child(Path(home), verify(Path(home), bench, seed), None)
        child.wait_for_header()
        begun = time.monotonic()
        child.run_for(_LONGEST_S)
        seconds = child.last_s - begun
        record = of_journal(folder_in(Path(home) / "runs"))
        return Unbroken(_verdicts(record), seconds)


def kill(whole: Unbroken, seed: int, share: float, *, forgets: bool) -> Kill | None:
    """Kill a run at a share of its time and resume it; None if it had ended before."""
    with tempfile.TemporaryDirectory() as text, served(Path(text), seed) as bench:
        home = Path(text)
        (home / "runs").mkdir()
        disk = home / "disk" if forgets else None
        child = Child(home, verify(home, bench, seed), disk)
        child.wait_for_header()
        if not child.run_for(share * whole.seconds):
            return None
        acknowledged = child.acknowledged(on_disk=forgets)
        folder = folder_in(disk or home / "runs")
        found = inspect(folder)
        if found.complete:
            return None
        said = _resume(folder)
        record = of_journal(folder)
        verdicts = _verdicts(record)
        is_same = record.state is RunState.COMPLETE and verdicts == whole.verdicts
        return Kill(
            forgets=forgets,
            seed=seed,
            share=share,
            acknowledged=acknowledged,
            found=found.records,
            decision=record.resumes[0].decision if record.resumes else "",
            is_same=is_same,
            why="" if is_same else _why(record, verdicts, whole.verdicts) or said,
        )


def campaign(kills: int, jobs: int, *, forgets: bool) -> list[Kill]:
    """Kill so many runs, several at a time."""
    with ThreadPoolExecutor(jobs) as pool:
        whole = dict(zip(_SEEDS, map(unbroken, _SEEDS), strict=True))
        one = partial(_one, whole=whole, forgets=forgets)
        return list(pool.map(one, range(kills)))


def _one(number: int, whole: dict[int, Unbroken], *, forgets: bool) -> Kill:
    draw = random.Random(2 * number + forgets)
    seed = _SEEDS[number % len(_SEEDS)]
    while True:
        done = kill(whole[seed], seed, draw.random(), forgets=forgets)
        if done is not None:
            said = "the same" if done.is_same else f"other: {done.why}"
            print(f"{number + 1}: at {done.share:.0%}, {said}", flush=True)
            return done


def verify(home: Path, bench: Path, seed: int) -> list[str]:
    """Return the words by which the plan is run on a served bench."""
    where = [f"--runs={home / 'runs'}", f"--bench={bench}", f"--seed={seed}"]
    return ["verify", str(PLAN), *where]


def _resume(folder: Path) -> str:
    """Resume a run until it is complete, a few times at most; the last words said."""
    said = ""
    for _ in range(_TRIES):
        done = subprocess.run(
            [sys.executable, "-m", "fixtures.cli", "resume", str(folder)],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_LONGEST_S,
            check=False,
        )
        said = done.stdout.strip().rpartition("\n")[2]
        if done.returncode in (0, 1, 10):
            break
    return said


def folder_in(runs: Path) -> Path:
    """Return the folder of the only run."""
    (journal,) = runs.glob("*/journal-0001.jsonl")
    return journal.parent


def _verdicts(record: RunRecord) -> Verdicts:
    return {
        (case.id, claim): (case.verdict_on(claim) or Verdict.NOT_RUN).name
        for case in record.cases
        for claim in case.claims
    }


def _why(record: RunRecord, found: Verdicts, wanted: Verdicts) -> str:
    """Return the statements of the verdicts that differ."""
    other = {
        case for (case, claim), v in wanted.items() if found.get((case, claim)) != v
    }
    said = [
        f"{case.id}: {case.statement or 'never ended'}"
        for case in record.cases
        if case.id in other
    ]
    faults = [f.reason for f in record.faults if not f.overcome]
    return "; ".join([*said, *faults])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out", type=Path, default=PAGE)
    options = parser.parse_args()
    found = [
        each
        for forgets in (False, True)
        for each in campaign(options.kills, options.jobs, forgets=forgets)
    ]
    seconds = unbroken(_SEEDS[0]).seconds
    options.out.write_text(page(found, _FACTOR, seconds), encoding="utf-8")
    print(options.out.read_text("utf-8"))
    is_lost = any(each.found < each.acknowledged for each in found)
    return int(is_lost or percent(found) < _TARGET_PERCENT)


if __name__ == "__main__":
    sys.exit(main())
