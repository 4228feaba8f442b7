"""Names of a run and of its records, from the chain."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from harness.errors import ConfigurationError
from harness.evidence.identity import placed_records, run_digest
from harness.evidence.journal import Journal
from harness.evidence.reader import Broken
from harness.evidence.records import Kind


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with Journal(tmp_path) as journal:
        journal.append(Kind.NOTE, 5, {"text": "a"})
        journal.append_exchange(7, "pump", 6, b"\x01", b"\x02")
        journal.append(Kind.NOTE, 8, {"text": "b"})
    return tmp_path


def heads(folder: Path) -> list[str]:
    """The hashes as they stand in the lines."""
    lines = (folder / "journal-0001.jsonl").read_text("ascii").splitlines()
    return [line[-66:-2] for line in lines]


def test_a_run_is_named_by_the_hash_of_its_first_record(folder: Path) -> None:
    body = b'{"seq":1,"t":5,"kind":"note","text":"a"}'

    assert run_digest(folder) == hashlib.sha256(b"0" * 64 + body).hexdigest()
    assert run_digest(folder) == heads(folder)[0]


def test_the_name_stays_while_the_journal_grows_or_loses_its_end(folder: Path) -> None:
    path = folder / "journal-0001.jsonl"
    name, whole = run_digest(folder), path.read_bytes()
    path.write_bytes(whole[:-20])

    assert run_digest(folder) == name


def test_records_come_with_their_hashes(folder: Path) -> None:
    found = list(placed_records(folder, frozenset({Kind.NOTE})))

    assert [each.record.seq for each in found] == [1, 3]
    assert [each.head for each in found] == [heads(folder)[0], heads(folder)[2]]


def test_what_is_no_run_has_no_name(tmp_path: Path, folder: Path) -> None:
    empty = tmp_path / "empty"
    with pytest.raises(ConfigurationError, match=r"empty: .*cannot be read"):
        run_digest(empty)
    with Journal(empty):
        pass
    with pytest.raises(ConfigurationError, match="empty: the journal is empty"):
        run_digest(empty)
    path = folder / "journal-0001.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"a"', b'"c"'))
    with pytest.raises(ConfigurationError, match="the hash does not fit"):
        run_digest(folder)
    with pytest.raises(Broken):
        list(placed_records(folder, frozenset({Kind.NOTE})))
