"""The index as an SQLite file: a cache of journals, and no evidence.

A run is read again as soon as one of its files has changed, or the tool. What stands
in the index is believed only where it still has the hash with which it was stored:
SQLite itself notices few flipped bits.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from harness.errors import ConfigurationError
from harness.evidence.chain import file_name, file_numbers
from harness.index import entry
from harness.index.entry import Entry, RunSummary
from harness.index.tables import Table
from harness.render.bench_record import InstrumentRecord
from harness.render.judged import JudgedRow

FILE_NAME: Final = "index.sqlite"
SCHEMA_VERSION: Final = 1
_BUSY_S: Final = 2.0
# By these the file is sound, but not ours to write now.
_NOT_NOW: Final = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_PERM,
    }
)


@dataclass(frozen=True, slots=True)
class _Source:
    """What makes an entry believable: the state of its files, and its own hash."""

    signature: str
    sha256: str


_RUNS: Final = Table("runs", RunSummary)
_INSTRUMENTS: Final = Table("instruments", InstrumentRecord)
_VERDICTS: Final = Table("verdicts", JudgedRow)
_SOURCES: Final = Table("sources", _Source)
_TABLES: Final = (_RUNS, _INSTRUMENTS, _VERDICTS, _SOURCES)


@dataclass(frozen=True, slots=True)
class Index:
    """Every run in a folder of runs.

    Attributes:
        entries: the newest first, by name.
        notes: what happened to the index file, a sentence each; empty if nothing did.
        read: names of the folders whose journals were read for this.
    """

    entries: tuple[Entry, ...]
    notes: tuple[str, ...]
    read: tuple[str, ...]


def refresh(runs: Path, software: str, *, rebuild: bool = False) -> Index:
    """Bring the index of a folder up to date, and return what stands in it.

    An index that is damaged, of another version or locked costs time and nothing else.

    Args:
        runs: the folder with a folder for each run.
        software: digest of the tool; another one may read a journal otherwise.
        rebuild: read every journal again.

    Raises:
        ConfigurationError: the folder cannot be listed.
    """
    folders, path, notes = run_folders(runs), runs / FILE_NAME, []
    try:
        if rebuild:
            path.unlink(missing_ok=True)
        entries, read = _refreshed(path, folders, software)
    except (sqlite3.DatabaseError, OSError) as error:
        entries, read, note = _without(path, folders, software, error)
        notes.append(note)
    return Index(entries, tuple(notes), read)


def run_folders(runs: Path) -> tuple[Path, ...]:
    """Return the folders with a journal, the newest first by name.

    Raises:
        ConfigurationError: the folder cannot be listed.
    """
    try:
        found = [each for each in runs.iterdir() if each.is_dir()]
        with_journal = [each for each in found if file_numbers(each)]
    except OSError as error:
        raise ConfigurationError(
            f"{runs}: cannot be listed ({error.strerror}); give the folder of the runs"
            " with --runs"
        ) from error
    return tuple(sorted(with_journal, key=lambda each: each.name, reverse=True))


def _without(
    path: Path,
    folders: Sequence[Path],
    software: str,
    error: sqlite3.DatabaseError | OSError,
) -> tuple[tuple[Entry, ...], tuple[str, ...], str]:
    """Make a damaged index anew; leave one alone that cannot be had now."""
    code = getattr(error, "sqlite_errorcode", 0)
    is_damaged = not isinstance(error, OSError) and code & 0xFF not in _NOT_NOW
    try:
        if is_damaged:
            path.unlink(missing_ok=True)
            note = f"{path}: was damaged ({error}) and is made anew from the journals"
            return *_refreshed(path, folders, software), note
    except (sqlite3.DatabaseError, OSError) as again:
        error = again
    note = f"{path}: is not used ({error}); every journal was read instead"
    return *_refreshed(None, folders, software), note


def _refreshed(
    path: Path | None, folders: Sequence[Path], software: str
) -> tuple[tuple[Entry, ...], tuple[str, ...]]:
    where = ":memory:" if path is None else path
    entries, read = [], []
    with closing(sqlite3.connect(where, _BUSY_S, isolation_level=None)) as database:
        database.text_factory = _text
        with database:
            database.execute("BEGIN IMMEDIATE")
            _prepare(database)
            _forget_others(database, {folder.name for folder in folders})
            for folder in folders:
                signature = _signature(folder, software)
                found = _stored(database, folder.name, signature)
                if found is None:
                    found = entry.read(folder)
                    _store(database, found, signature)
                    read.append(folder.name)
                entries.append(found)
    return tuple(entries), tuple(read)


def _text(raw: bytes) -> str:
    """Flipped bits are found by the hash, not by a decoder."""
    return raw.decode("utf-8", "replace")


def _signature(folder: Path, software: str) -> str:
    """The tool, and names, sizes and times of all that an entry is made from."""
    files = [folder / file_name(n) for n in sorted(file_numbers(folder))]
    files += sorted((folder / "deviations").glob("*"))
    stats = [(file.name, file.stat()) for file in files]
    files_now = [(name, it.st_size, it.st_mtime_ns) for name, it in stats]
    return json.dumps([software, files_now])


def _prepare(database: sqlite3.Connection) -> None:
    (version,) = database.execute("PRAGMA user_version").fetchone()
    if version != SCHEMA_VERSION:
        for table in _TABLES:
            table.create(database)
        database.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def _forget_others(database: sqlite3.Connection, folders: set[str]) -> None:
    for folder in _SOURCES.runs(database):
        if folder not in folders:
            _forget(database, folder)


def _forget(database: sqlite3.Connection, folder: str) -> None:
    for table in _TABLES:
        table.delete(database, folder)


def _stored(database: sqlite3.Connection, folder: str, signature: str) -> Entry | None:
    """The entry of a folder; None if it is not there, or not as it was stored."""
    try:
        sources = _SOURCES.rows(database, folder)
        if [each.signature for each in sources] != [signature]:
            return None
        (summary,) = _RUNS.rows(database, folder)
        instruments = _INSTRUMENTS.rows(database, folder)
        stored = Entry(summary, instruments, _VERDICTS.rows(database, folder))
    except (ValueError, TypeError):
        return None
    return stored if _sha256(stored) == sources[0].sha256 else None


def _store(database: sqlite3.Connection, found: Entry, signature: str) -> None:
    folder = found.summary.folder
    _forget(database, folder)
    _RUNS.add(database, folder, [found.summary])
    _INSTRUMENTS.add(database, folder, found.instruments)
    _VERDICTS.add(database, folder, found.rows)
    _SOURCES.add(database, folder, [_Source(signature, _sha256(found))])


def _sha256(found: Entry) -> str:
    return hashlib.sha256(repr(found).encode()).hexdigest()
