"""The index: always what the journals say."""

from __future__ import annotations

import math
import sqlite3
from pathlib import Path

import pytest

from harness.errors import ConfigurationError
from harness.index import entry, store
from harness.index.store import FILE_NAME, Index
from tests.harness.populations import written_runs as written
from tests.harness.populations.written_runs import LOW, MIDDLE


def refresh(runs: Path, software: str = "this", *, rebuild: bool = False) -> Index:
    return store.refresh(runs, software, rebuild=rebuild)


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """Three runs, and beside them what is none."""
    for number, value in enumerate((1.0, 14.0, math.nan)):
        written.run(
            tmp_path / f"run-{number}",
            {LOW: value, MIDDLE: 0.5},
            serial=f"S{number}",
            cases=[LOW, MIDDLE],
        )
    (tmp_path / "units").mkdir()
    (tmp_path / "notes.txt").write_text("no run", "utf-8")
    return tmp_path


def test_what_is_kept_is_what_the_journal_says(runs: Path) -> None:
    found = refresh(runs)

    assert [each.summary.folder for each in found.entries] == [
        "run-2",
        "run-1",
        "run-0",
    ]
    verdicts = [each.summary.verdict for each in found.entries]
    assert verdicts == ["INCONCLUSIVE", "FAIL", "PASS"]
    assert found.entries[1].summary.tally == "1 FAIL, 1 PASS"
    assert found.entries[0].summary.pump_serial == "S2"
    assert found.notes == ()


def test_nothing_is_read_twice_and_nothing_gets_lost(runs: Path) -> None:
    first = refresh(runs)
    second = refresh(runs)

    assert len(first.read) == 3
    assert second.read == ()
    assert repr(second.entries) == repr(first.entries)
    assert repr(refresh(runs, rebuild=True).entries) == repr(first.entries)


def test_another_version_of_the_tool_reads_anew(runs: Path) -> None:
    refresh(runs)

    assert len(refresh(runs, "another").read) == 3
    assert refresh(runs, "another").read == ()


def test_incremental_equals_rebuilt(runs: Path) -> None:
    refresh(runs)
    written.run(runs / "run-3", {LOW: 2.0}, serial="S3", cases=[LOW])
    journal = runs / "run-1" / "journal-0001.jsonl"
    journal.write_bytes(journal.read_bytes()[:-40])
    for file in (runs / "run-0").iterdir():
        file.unlink()

    incremental = refresh(runs)
    assert incremental.read == ("run-3", "run-1")
    (runs / FILE_NAME).unlink()
    assert repr(refresh(runs).entries) == repr(incremental.entries)
    assert [each.summary.complete for each in incremental.entries] == [
        True,
        True,
        False,
    ]


def test_a_broken_journal_is_listed_as_such(runs: Path) -> None:
    journal = runs / "run-1" / "journal-0001.jsonl"
    content = bytearray(journal.read_bytes())
    content[len(content) // 2] ^= 1
    journal.write_bytes(content)
    (runs / "run-0" / "journal-0001.jsonl").write_bytes(b"{}\n")

    _, broken, unreadable = (each.summary for each in refresh(runs).entries)
    assert "journal-0001.jsonl, line" in broken.trouble
    assert broken.verdict in ("INCONCLUSIVE", "FAIL")
    assert not broken.complete
    assert unreadable.trouble
    assert unreadable.verdict == ""


@pytest.mark.parametrize(
    "spoil",
    [
        "UPDATE runs SET verdict = 'PASS'",
        "UPDATE verdicts SET value = 1.0 WHERE value > 10",
        "UPDATE verdicts SET u = 'much'",
        "DELETE FROM instruments",
        "DELETE FROM runs",
        "PRAGMA user_version = 99",
        "DROP TABLE verdicts",
    ],
)
def test_an_altered_index_is_not_believed(runs: Path, spoil: str) -> None:
    right = refresh(runs)
    database = sqlite3.connect(runs / FILE_NAME)
    with database:
        database.execute(spoil)
    database.close()

    found = refresh(runs)
    assert repr(found.entries) == repr(right.entries)
    assert found.read
    assert refresh(runs).read == ()


def test_no_flipped_bit_gives_a_wrong_entry(runs: Path) -> None:
    right = repr(refresh(runs).entries)
    path = runs / FILE_NAME
    sound = path.read_bytes()
    for position in range(0, len(sound), 997):
        spoilt = bytearray(sound)
        spoilt[position] ^= 1 << position % 8
        path.write_bytes(spoilt)
        assert repr(refresh(runs).entries) == right, position


def test_garbage_is_replaced_with_a_sentence(runs: Path) -> None:
    (runs / FILE_NAME).write_bytes(b"this is no database" * 100)

    found = refresh(runs)
    assert len(found.read) == 3
    (note,) = found.notes
    assert "was damaged" in note
    assert refresh(runs).notes == ()


def test_a_locked_index_is_left_alone(
    runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refresh(runs)
    before = (runs / FILE_NAME).read_bytes()
    monkeypatch.setattr(store, "_BUSY_S", 0.0)
    other = sqlite3.connect(runs / FILE_NAME, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")

    found = refresh(runs)
    other.close()
    assert len(found.read) == len(found.entries) == 3
    (note,) = found.notes
    assert "is not used (database is locked)" in note
    assert (runs / FILE_NAME).read_bytes() == before


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="give the folder of the runs"):
        refresh(tmp_path / "nowhere")


def test_an_entry_of_an_empty_folder_says_so(tmp_path: Path) -> None:
    assert "cannot be read" in entry.read(tmp_path).summary.trouble
