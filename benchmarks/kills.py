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
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks.kill_child import ACKNOWLEDGED, PIPE
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
class Kill:
    """One kill, and what became of its run.

    Attributes:
        forgets: whether the disk forgot what was not synced.
        seed: of the simulated unit.
        share: the moment, as a share of the unbroken run.
        acknowledged: the last record that had to survive.
        found: the last record that did.
        decision: what became of the case that was open; empty if nothing could resume.
        is_same: whether the verdicts are those of the unbroken run.
        why: the reason, if they are not.
    """

    forgets: bool
    seed: int
    share: float
    acknowledged: int
    found: int
    decision: str
    is_same: bool
    why: str


@dataclass(frozen=True, slots=True)
class Unbroken:
    """A run of a unit that nobody killed: its verdicts, and how long its cases took."""

    verdicts: Verdicts
    seconds: float


class Child:
    """A run in a process of its own, and what it has acknowledged."""

    def __init__(self, home: Path, words: Sequence[str], disk: Path | None) -> None:
        self._pipe, writer = os.pipe()
        module = ["benchmarks.kill_child"]
        if disk is not None:
            module = [_FORGETS, str(home / "runs"), str(disk), *module]
        self.process = subprocess.Popen(
            [sys.executable, "-m", *module, *words],
            cwd=ROOT,
            env={**os.environ, PIPE: str(writer)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            pass_fds=(writer,),
        )
        os.close(writer)
        self._last = (0, 0)
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
        child = Child(Path(home), _verify(Path(home), bench, seed), None)
        child.wait_for_header()
        begun = time.monotonic()
        child.run_for(_LONGEST_S)
        seconds = time.monotonic() - begun
        record = of_journal(_folder(Path(home) / "runs"))
        return Unbroken(_verdicts(record), seconds)


def kill(whole: Unbroken, seed: int, share: float, *, forgets: bool) -> Kill | None:
    """Kill a run at a share of its time and resume it; None if it had ended before."""
    with tempfile.TemporaryDirectory() as text, served(Path(text), seed) as bench:
        home = Path(text)
        (home / "runs").mkdir()
        disk = home / "disk" if forgets else None
        child = Child(home, _verify(home, bench, seed), disk)
        child.wait_for_header()
        if not child.run_for(share * whole.seconds):
            return None
        acknowledged = child.acknowledged(on_disk=forgets)
        folder = _folder(disk or home / "runs")
        found = inspect(folder)
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
            return done


def _verify(home: Path, bench: Path, seed: int) -> list[str]:
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


def _folder(runs: Path) -> Path:
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


def page(kills: Sequence[Kill], seconds: float) -> str:
    """Return the page in `docs/reference`."""
    return _HEAD.format(factor=_FACTOR, seconds=seconds) + "".join(
        _part([each for each in kills if each.forgets is forgets], title)
        for forgets, title in (
            (False, "Killed with SIGKILL"),
            (True, "Killed, and the disk forgot what was not synced"),
        )
    )


def _part(kills: Sequence[Kill], title: str) -> str:
    if not kills:
        return ""
    lost = sum(each.found < each.acknowledged for each in kills)
    same = sum(each.is_same for each in kills)
    rows = [
        ("kills", len(kills)),
        ("runs with an acknowledged record lost", lost),
        (
            "resumed to the verdicts of the unbroken run",
            f"{same} ({_percent(kills)} %)",
        ),
    ]
    lines = [f"\n## {title}\n", "| | |", "| --- | --- |"]
    lines += [f"| {name} | {value} |" for name, value in rows]
    decisions = Counter(each.decision or "could not be resumed" for each in kills)
    lines += ["", "| the case that was open | runs |", "| --- | --- |"]
    lines += [f"| {name} | {count} |" for name, count in sorted(decisions.items())]
    reasons = Counter(each.why for each in kills if not each.is_same)
    if reasons:
        lines += ["", "| why other verdicts | runs |", "| --- | --- |"]
        lines += [f"| {why.replace('|', '/')} | {n} |" for why, n in reasons.items()]
    return "\n".join(lines) + "\n"


def _percent(kills: Sequence[Kill]) -> str:
    return f"{100.0 * sum(each.is_same for each in kills) / len(kills):.1f}"


_HEAD: Final = """\
# Killed and resumed

Written by `make kills`. A plan of five cases runs for {seconds:.1f} s of the host,
{factor} bench seconds in each, on a simulated bench in a process of its own that goes on
delivering while the harness is dead. It is killed at a moment drawn evenly over that
time, and resumed. One of its five cases must FAIL, so a FAIL must outlive kills too.
"""


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
    options.out.write_text(page(found, seconds), encoding="utf-8")
    print(options.out.read_text("utf-8"))
    is_lost = any(each.found < each.acknowledged for each in found)
    return int(is_lost or float(_percent(found)) < _TARGET_PERCENT)


if __name__ == "__main__":
    sys.exit(main())
