"""Opening a journal for its one writer: a new one, or one that was broken off.

Every step may be interrupted by a kill or a loss of power and done again: a torn tail
is cut off, and the cut is on the disk, before anything is added.
"""

from __future__ import annotations

import errno
import os
from contextlib import ExitStack
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

from harness.errors import ConfigurationError, RecordFault
from harness.evidence.chain import FIRST_PREVIOUS, file_name, file_numbers
from harness.evidence.disk import failure, sync_folder
from harness.evidence.lock import Lock
from harness.evidence.reader import COMPLETE, Pass, Tail
from harness.evidence.records import Kind, Record

# As hex text it must fit into one line; more is but what a disk held before.
_TORN_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Opened:
    """A journal that may be written now.

    Attributes:
        file: the file that the next line goes to, unbuffered, at its end.
        lock: held for as long as the journal is written.
        number: of that file.
        offset: its size, bytes.
        records: number of records that the journal holds.
        head: hash of the last of them.
    """

    file: FileIO
    lock: Lock
    number: int
    offset: int
    records: int
    head: str


@dataclass(frozen=True, slots=True)
class Reopened:
    """What a reopened journal held.

    Attributes:
        records: number of records that stand.
        last_ns: bench time of the last of them, ns; 0 where there is none.
        head: hash of the last of them, 64 hex digits.
        torn: what stood behind them, a line that was cut off, never acknowledged and
            now removed, at most its first MiB; empty where there was none.
        state: what the end record said, None where there was none.
    """

    records: int
    last_ns: int
    head: str
    torn: bytes
    state: str | None


def create(folder: Path) -> Opened:
    """Create the folder where needed and its first journal file.

    Raises:
        RecordFault: the folder holds a journal already, or cannot be written.
    """
    with ExitStack() as stack:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if file_numbers(folder):
                raise FileExistsError(errno.EEXIST, "there is a journal already")
            file = stack.enter_context(create_file(folder, 1))
            lock = Lock(folder / file_name(1))
            stack.callback(lock.release)
            sync_folder(folder.parent)
        except OSError as error:
            raise RecordFault(failure(folder, error)) from error
        stack.pop_all()
    return Opened(file, lock, 1, 0, 0, FIRST_PREVIOUS)


def create_file(folder: Path, number: int) -> FileIO:
    """Create the journal file of this number; its name is on the disk by then.

    Raises:
        OSError: it exists, or the disk failed.
    """
    with ExitStack() as stack:
        file = stack.enter_context(FileIO(folder / file_name(number), "xb"))
        sync_folder(folder)
        stack.pop_all()
    return file


def reopen(folder: Path) -> tuple[Opened, Reopened]:
    """Verify a journal that was broken off, and cut off its torn tail.

    Raises:
        Broken: the journal was altered or lost a part other than its end.
        ConfigurationError: there is no journal, or its run is complete.
        RecordFault: another process writes it, or the disk failed.
    """
    first = folder / file_name(1)
    if not first.is_file():
        raise ConfigurationError(
            f"{first}: there is no journal to go on with; name the folder of a run"
        )
    with ExitStack() as stack:
        try:
            lock = Lock(first)
            stack.callback(lock.release)
            held, tail = _held(folder)
            path = folder / file_name(tail.number)
            _cut(path, tail)
            sync_folder(folder)
            file = FileIO(path, "ab")
        except OSError as error:
            raise RecordFault(failure(folder, error)) from error
        stack.pop_all()
    return Opened(file, lock, tail.number, tail.offset, held.records, held.head), held


def _held(folder: Path) -> tuple[Reopened, Tail]:
    journal = Pass(folder)
    journal.check()
    last, tail, found = journal.last, journal.tail, journal.integrity()
    state = _state(last)
    if state == COMPLETE:
        raise ConfigurationError(
            f"{folder}: this run is complete, so there is nothing to resume; start a"
            " new run"
        )
    last_ns = 0 if last is None else last.t_ns
    torn = tail.torn[:_TORN_BYTES]
    return Reopened(found.records, last_ns, found.head, torn, state), tail


def _state(last: Record | None) -> str | None:
    if last is None or last.kind is not Kind.END:
        return None
    return str(last.fields.get("state", COMPLETE))


def _cut(path: Path, tail: Tail) -> None:
    """Leave the good lines alone, on the disk, as later ones will vouch for them."""
    with path.open("r+b", buffering=0) as file:
        if tail.torn:
            file.truncate(tail.offset)
        os.fsync(file.fileno())
