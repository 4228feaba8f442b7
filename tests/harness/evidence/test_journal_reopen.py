"""A journal that was broken off goes on where it stood, by one writer at a time."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.errors import ConfigurationError, RecordFault
from harness.evidence.chain import FIRST_PREVIOUS
from harness.evidence.journal import Journal
from harness.evidence.reader import Broken, inspect, read
from harness.evidence.records import JsonValue, Kind

ROOT = Path(__file__).parents[3]
FIRST = "journal-0001.jsonl"
SECOND = "journal-0002.jsonl"
RESUME: dict[str, JsonValue] = {
    "records": 2,
    "last_ns": 8,
    "torn": "",
    "case": None,
    "rule": "",
    "decision": "none",
    "reason": "it was killed",
}

HOLD = """
import sys
from pathlib import Path
from harness.evidence.journal import Journal

journal = Journal(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def broken_off(folder: Path, rotate_bytes: int = 1 << 20) -> Path:
    """Two notes, and no end; the last file."""
    with Journal(folder, rotate_bytes) as journal:
        journal.append(Kind.NOTE, 5, {"text": "a"})
        journal.append(Kind.NOTE, 8, {"text": "b"})
    return max(folder.glob("journal-*.jsonl"))


def go_on(folder: Path, rotate_bytes: int = 1 << 20) -> bytes:
    """Reopen, resume, end; what was torn."""
    journal, held = Journal.reopen(folder, rotate_bytes)
    with journal:
        journal.append(Kind.RESUME, 9, RESUME)
        journal.append_exchange(10, "pump", 10, b"\x01", b"\x02")
        journal.end(11, {"state": "COMPLETE"})
    assert inspect(folder).complete
    return held.torn


def kinds(folder: Path) -> list[Kind]:
    return [record.kind for record in read(folder)]


def test_what_was_held_is_told(tmp_path: Path) -> None:
    broken_off(tmp_path)
    head = inspect(tmp_path).head
    journal, held = Journal.reopen(tmp_path)
    journal.close()
    assert (held.records, held.last_ns, held.head) == (2, 8, head)
    assert (held.torn, held.state) == (b"", None)
    assert (journal.records, journal.head) == (2, head)


@pytest.mark.parametrize("rotate_bytes", [1, 1 << 20])
def test_the_bytes_are_those_of_a_journal_that_was_never_broken_off(
    tmp_path: Path, rotate_bytes: int
) -> None:
    broken_off(tmp_path / "a", rotate_bytes)
    go_on(tmp_path / "a", rotate_bytes)
    with Journal(tmp_path / "b", rotate_bytes) as journal:
        journal.append(Kind.NOTE, 5, {"text": "a"})
        journal.append(Kind.NOTE, 8, {"text": "b"})
        journal.append(Kind.RESUME, 9, RESUME)
        journal.append_exchange(10, "pump", 10, b"\x01", b"\x02")
        journal.end(11, {"state": "COMPLETE"})
    a, b = (
        {path.name: path.read_bytes() for path in folder.glob("journal-*.jsonl")}
        for folder in (tmp_path / "a", tmp_path / "b")
    )
    assert a == b


def test_wherever_the_last_line_was_cut_off_it_goes_and_the_rest_stays(
    tmp_path: Path,
) -> None:
    whole = broken_off(tmp_path / "whole").read_bytes()
    first, _ = whole.splitlines(keepends=True)
    for length in range(len(whole)):
        folder = tmp_path / str(length)
        folder.mkdir()
        (folder / FIRST).write_bytes(whole[:length])
        torn = go_on(folder)
        lines = whole[:length].count(b"\n")
        assert torn == whole[len(first) * lines : length]
        assert kinds(folder)[:-3] == [Kind.NOTE] * lines
        assert (folder / FIRST).read_bytes().startswith(first * lines)


def test_zeros_that_a_power_failure_left_are_cut_off(tmp_path: Path) -> None:
    path = broken_off(tmp_path)
    with path.open("ab") as file:
        file.write(bytes(2_000_000))
    assert go_on(tmp_path) == bytes(1 << 20)


def test_an_empty_or_a_missing_last_file_is_no_loss(tmp_path: Path) -> None:
    broken_off(tmp_path, rotate_bytes=1)
    (tmp_path / "journal-0003.jsonl").touch()
    assert go_on(tmp_path, rotate_bytes=1) == b""
    assert kinds(tmp_path)[:3] == [Kind.NOTE, Kind.NOTE, Kind.RESUME]

    other = tmp_path / "other"
    broken_off(other, rotate_bytes=1).unlink()
    go_on(other, rotate_bytes=1)
    assert kinds(other)[:2] == [Kind.NOTE, Kind.RESUME]


def test_an_empty_journal_goes_on_from_its_beginning(tmp_path: Path) -> None:
    (tmp_path / FIRST).touch()
    journal, held = Journal.reopen(tmp_path)
    journal.close()
    assert (held.records, held.last_ns, held.head) == (0, 0, FIRST_PREVIOUS)


@pytest.mark.parametrize("state", ["ABORTED", "BENCH_FAULT", "TOOL_ERROR"])
def test_a_run_that_ended_before_its_time_goes_on(tmp_path: Path, state: str) -> None:
    with Journal(tmp_path) as journal:
        journal.end(3, {"state": state})
    journal, held = Journal.reopen(tmp_path)
    assert (held.state, held.last_ns) == (state, 3)
    journal.close()
    go_on(tmp_path)
    assert kinds(tmp_path)[:2] == [Kind.END, Kind.RESUME]


def test_a_complete_run_is_refused_and_unchanged(tmp_path: Path) -> None:
    with Journal(tmp_path) as journal:
        journal.end(3, {"state": "COMPLETE"})
    before = (tmp_path / FIRST).read_bytes()
    for tail in (b"", b"{"):
        (tmp_path / FIRST).write_bytes(before + tail)
        with pytest.raises(ConfigurationError, match="is complete"):
            Journal.reopen(tmp_path)
        assert (tmp_path / FIRST).read_bytes() == before + tail


def test_an_altered_journal_is_refused_and_unchanged(tmp_path: Path) -> None:
    path = broken_off(tmp_path)
    altered = path.read_bytes().replace(b'"b"', b'"B"') + b"{"
    path.write_bytes(altered)
    for _ in range(2):
        with pytest.raises(Broken, match="line 2"):
            Journal.reopen(tmp_path)
    assert path.read_bytes() == altered


@pytest.mark.parametrize("name", ["", "missing"])
def test_a_folder_without_a_journal_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigurationError, match="no journal to go on with"):
        Journal.reopen(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


FIRST_RECORDS: list[Callable[[Journal], int]] = [
    lambda journal: journal.append(Kind.NOTE, 9, {"text": "c"}),
    lambda journal: journal.append_exchange(9, "pump", 9, b"", b""),
    lambda journal: journal.end(9, {"state": "COMPLETE"}),
]


@pytest.mark.parametrize("append", FIRST_RECORDS)
def test_nothing_is_written_before_the_gap_is_recorded(
    tmp_path: Path, append: Callable[[Journal], int]
) -> None:
    broken_off(tmp_path)
    journal, _ = Journal.reopen(tmp_path)
    with journal:
        journal.sync()
        with pytest.raises(ValueError, match="resume comes first"):
            append(journal)
        journal.append(Kind.RESUME, 9, RESUME)
        append(journal)
    assert inspect(tmp_path).broken is None
    assert kinds(tmp_path)[2] is Kind.RESUME


def test_one_journal_has_one_writer(tmp_path: Path) -> None:
    with Journal(tmp_path):
        with pytest.raises(RecordFault, match="another process writes this journal"):
            Journal.reopen(tmp_path)
        assert inspect(tmp_path).broken is None
    Journal.reopen(tmp_path)[0].close()
    Journal.reopen(tmp_path)[0].close()


def test_a_refused_journal_is_not_held(tmp_path: Path) -> None:
    path = broken_off(tmp_path)
    good = path.read_bytes()
    path.write_bytes(good.replace(b'"a"', b'"A"'))
    with pytest.raises(Broken):
        Journal.reopen(tmp_path)
    path.write_bytes(good)
    go_on(tmp_path)


def test_a_killed_process_holds_nothing(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "held\n"
        with pytest.raises(RecordFault, match="wait until it has ended"):
            Journal.reopen(tmp_path)
        child.kill()
        child.wait()
    go_on(tmp_path)
