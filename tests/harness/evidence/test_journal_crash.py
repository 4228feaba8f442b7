"""The journal under a kill, an interrupt and a full disk, all of them real."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from harness.errors import RecordFault
from harness.evidence import journal as journal_module
from harness.evidence.journal import Journal
from harness.evidence.reader import inspect, read
from harness.evidence.records import Kind

ROOT = Path(__file__).parents[3]

APPEND_FOR_EVER = """
import sys
from pathlib import Path
from harness.evidence.journal import Journal

with Journal(Path(sys.argv[1]), rotate_bytes=20_000) as journal:
    for i in range(1_000_000):
        seq = journal.append_exchange(i, "pump", i, bytes(9), bytes(i % 50))
        print(seq, flush=True)
"""

APPEND_UNTIL_FULL = """
import resource, sys
from pathlib import Path
from harness.errors import RecordFault
from harness.evidence.journal import Journal

resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
journal = Journal(Path(sys.argv[1]))
for _ in range(20):
    try:
        print(journal.append_exchange(0, "pump", 0, bytes(20), bytes(20)))
    except RecordFault as error:
        print(error)
journal.close()
"""


def run(script: str, folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script, str(folder)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("acknowledged", [1, 200, 1500])
def test_a_kill_loses_no_acknowledged_record(tmp_path: Path, acknowledged: int) -> None:
    with run(APPEND_FOR_EVER, tmp_path) as child:
        assert child.stdout is not None
        told = [int(child.stdout.readline()) for _ in range(acknowledged)]
        child.kill()
        told += [int(line) for line in child.stdout if line.endswith("\n")]
    result = inspect(tmp_path)
    assert told == list(range(1, len(told) + 1))
    assert result.broken is None
    assert not result.complete
    assert len(told) <= result.records <= len(told) + 1


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on file size")
def test_a_full_disk_ends_the_journal_with_one_message(tmp_path: Path) -> None:
    with run(APPEND_UNTIL_FULL, tmp_path) as child:
        assert child.stdout is not None
        lines = child.stdout.read().splitlines()
    assert child.returncode == 0
    told = [line for line in lines if line.isdigit()]
    faults = lines[len(told) :]
    assert told == [str(seq) for seq in range(1, len(told) + 1)]
    assert told
    assert len(set(faults)) == 1
    assert "journal-0001.jsonl: the journal cannot be written" in faults[0]
    assert "free space" in faults[0]
    result = inspect(tmp_path)
    assert (result.records, result.torn_tail) == (len(told), True)
    assert (result.complete, result.broken) == (False, None)


@pytest.mark.skipif(sys.platform == "win32", reason="a folder cannot be synced")
def test_what_must_outlive_a_power_failure_is_synced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[tuple[int, int]] = []
    fsync = os.fsync

    def spy(descriptor: int) -> None:
        fsync(descriptor)
        status = os.fstat(descriptor)
        synced.append((status.st_ino, status.st_size))

    def now(path: Path) -> tuple[int, int]:
        return path.stat().st_ino, path.stat().st_size

    monkeypatch.setattr(os, "fsync", spy)
    # No second passes, however slow the machine is.
    monkeypatch.setattr(journal_module, "wall_monotonic_ns", lambda: 0)
    run_folder = tmp_path / "run"
    first, second = (run_folder / f"journal-000{n}.jsonl" for n in (1, 2))
    with Journal(run_folder, rotate_bytes=450) as journal:
        assert {now(run_folder), now(tmp_path)} <= set(synced)
        synced.clear()
        journal.append(Kind.NOTE, 0, {"text": "a"})
        assert synced == []
        journal.append(Kind.NOTE, 0, {"text": "b"}, sync=True)
        assert synced == [now(first)]
        journal.append(Kind.NOTE, 0, {"text": "c"})
        synced.clear()
        journal.append(Kind.NOTE, 0, {"text": "x" * 200})
        assert synced == [now(first), now(run_folder)]
        synced.clear()
        journal.append(Kind.NOTE, 0, {"text": "d"})
    assert synced == [now(second)]


def test_a_journal_that_syncs_at_its_end_does_so_then_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    with Journal(tmp_path / "run", 1000, syncs_at_end=True) as journal:
        monkeypatch.setattr(os, "fsync", lambda fd: synced.append(os.fstat(fd).st_size))
        # Later than any record may wait for a sync.
        monkeypatch.setattr(journal_module, "wall_monotonic_ns", lambda: 2**62)
        journal.append(Kind.NOTE, 0, {"text": "a" * 500}, sync=True)
        journal.sync()
        journal.sync_if_due()
        assert synced == []
        journal.append(Kind.NOTE, 0, {"text": "x" * 300})
        # The file that is full, and the folder with the next one.
        assert len(synced) == 2
        synced.clear()
        journal.append(Kind.NOTE, 0, {"text": "b"}, sync=True)
        assert synced == []
    second = tmp_path / "run" / "journal-0002.jsonl"
    assert synced == [second.stat().st_size]


def test_the_end_is_synced_before_the_file_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Journal(tmp_path) as journal, monkeypatch.context() as patch:
        patch.setattr(os, "fsync", broken_fsync)
        with pytest.raises(RecordFault, match="check the disk"):
            journal.end(0, {"state": "COMPLETE"})
        with pytest.raises(RecordFault, match="check the disk"):
            journal.append(Kind.NOTE, 0, {"text": "late"})


def broken_fsync(_: int) -> None:
    raise OSError(errno.EIO, "Input/output error")


class InterruptAt:
    """Raises KeyboardInterrupt at the n-th bytecode that the journal module runs."""

    def __init__(self, n: int) -> None:
        self.left = n

    def __call__(self, frame: FrameType, event: str, arg: object) -> Any:
        if frame.f_code.co_filename != journal_module.__file__:
            return None
        frame.f_trace_opcodes = True
        if event == "opcode":
            self.left -= 1
            if self.left == 0:
                raise KeyboardInterrupt
        return self


def append_interrupted(journal: Journal, n: int, *, sync: bool) -> bool:
    """Append one record; say whether it was interrupted."""
    before = sys.gettrace()
    sys.settrace(InterruptAt(n))
    try:
        journal.append(Kind.NOTE, 1, {"text": "hit"}, sync=sync)
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(before)
    return False


def test_an_interrupt_anywhere_in_append_spoils_nothing(tmp_path: Path) -> None:
    for n in range(1, 10_000):
        folder = tmp_path / str(n)
        with Journal(folder) as journal:
            journal.append(Kind.NOTE, 0, {"text": "before"})
            hit = append_interrupted(journal, n, sync=True)
            journal.append(Kind.SAFE_STATE, 2, {"role": "pump", "outcome": "stopped"})
            journal.end(3, {"state": "ABORTED"})
        assert inspect(folder).complete, f"interrupted at bytecode {n}"
        texts = [record.fields.get("text") for record in read(folder)]
        assert texts in (["before", "hit", None, None], ["before", None, None])
        if not hit:
            assert n > 100, "the interrupt never struck"
            return
    pytest.fail("append never ended")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_interrupt_anywhere_in_rotation_leaves_an_unbroken_chain(
    tmp_path: Path,
) -> None:
    refused = 0
    for n in range(1, 10_000):
        folder = tmp_path / str(n)
        with Journal(folder, rotate_bytes=300) as journal:
            journal.append(Kind.NOTE, 0, {"text": "x" * 150})
            hit = append_interrupted(journal, n, sync=False)
            try:
                journal.append(Kind.NOTE, 2, {"text": "after"})
                journal.end(3, {"state": "ABORTED"})
            except RecordFault:
                refused += 1
        result = inspect(folder)
        assert result.broken is None, f"interrupted at bytecode {n}"
        if not hit:
            assert result.complete
            assert 0 < refused < n / 4
            return
    pytest.fail("append never ended")
