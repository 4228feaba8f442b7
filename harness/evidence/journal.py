"""The journal of a run: append-only lines of JSON, chained by SHA-256.

A line is written by one system call before `append` returns, so it survives a kill of
the process; with ``sync=True`` it also survives a loss of power. Every line holds the
hash of itself and of all lines before it, as `harness.evidence.reader` checks.
"""

from __future__ import annotations

import errno
import json
import math
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple, Self

from harness.errors import RecordFault
from harness.evidence.reader import (
    FIRST_PREVIOUS,
    MAX_LINE_BYTES,
    chain_hash,
    file_name,
    file_numbers,
    seal,
)
from harness.evidence.records import JsonValue, Kind, check

ROTATE_BYTES: Final = 64 * 1024 * 1024

_encode = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode


class _Tail(NamedTuple):
    """The last record and its place; replaced whole, so an interrupt finds it whole."""

    file: FileIO
    number: int
    seq: int
    head: str
    line: bytes
    offset: int


class Journal:
    """Writes one run's journal; single-threaded, used as a context manager.

    An interrupt (Ctrl-C) in the middle of `append` is harmless: the next call finishes
    the line that was begun. After any failure of the disk nothing more can be appended.
    """

    def __init__(self, folder: Path, rotate_bytes: int = ROTATE_BYTES) -> None:
        """Create the folder where needed and its first journal file.

        Args:
            folder: the run's own folder, without a journal in it.
            rotate_bytes: no file grows beyond this size unless one line alone does.

        Raises:
            RecordFault: the folder holds a journal already, or cannot be written.
        """
        self._folder = folder
        self._rotate_bytes = rotate_bytes
        self._closed: str | None = None
        self._settled = True
        # The few names of ports come back a million times.
        self._quoted = lru_cache(maxsize=64)(_encode)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if file_numbers(folder):
                raise FileExistsError(errno.EEXIST, "there is a journal already")
            self._tail = _Tail(self._create(1), 1, 0, FIRST_PREVIOUS, b"", 0)
            _sync_folder(folder.parent)
        except OSError as error:
            raise RecordFault(_message(folder, error)) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def records(self) -> int:
        """Number of records so far; the seq of the last one."""
        return self._tail.seq

    @property
    def head(self) -> str:
        """Hash of the last record, 64 hex digits; 64 zeros before the first."""
        return self._tail.head

    def append(
        self,
        kind: Kind,
        t_ns: int,
        fields: Mapping[str, JsonValue],
        *,
        sync: bool = False,
    ) -> int:
        """Write one record and return its seq.

        Args:
            kind: what the record is.
            t_ns: bench time, ns.
            fields: as `records.KINDS` requires, written in the given order; numbers
                that are not finite become the texts of `NOT_FINITE`.
            sync: return only when the record is on the disk itself.

        Raises:
            ValueError: the fields do not fit the kind, or the line is too long.
            TypeError: a value is not JSON data.
            RecordFault: the disk failed, now or earlier, or the journal is closed.
        """
        check(kind, fields)
        seq = self._add(t_ns, kind, _encode(_finite(fields))[1:-1])
        if sync:
            self._sync()
        return seq

    def append_exchange(
        self,
        t_ns: int,
        port: str,
        sent_ns: int,
        sent: bytes,
        received: bytes,
    ) -> int:
        """Write one exchange on a port and return its seq: the fast way for the tap.

        Args:
            t_ns: bench time at which the answer was complete or given up, ns.
            port: name of the port.
            sent_ns: bench time of sending, ns; ``t_ns`` for bytes that came unasked.
            sent: bytes sent; empty for bytes that came unasked.
            received: bytes received; empty for silence.

        Raises:
            RecordFault: the disk failed, now or earlier, or the journal is closed.
            ValueError: the line is too long.
        """
        return self._add(
            t_ns,
            "exchange",
            f'"port":{self._quoted(port)},"sent_ns":{sent_ns},"sent":"{sent.hex()}"'
            f',"received":"{received.hex()}"',
        )

    def end(self, t_ns: int, fields: Mapping[str, JsonValue]) -> int:
        """Write the end record, which alone proves that the journal is complete.

        The number of records is added to ``fields``; then the journal is closed.

        Raises:
            ValueError, TypeError, RecordFault: as for `append`.
        """
        self._settle()
        counted = {**fields, "records": self._tail.seq + 1}
        seq = self.append(Kind.END, t_ns, counted)
        self.close()
        return seq

    def close(self) -> None:
        """Sync and close the file without an end record; again is harmless.

        Raises:
            RecordFault: the disk failed.
        """
        if self._closed is not None:
            return
        self._settle()
        self._sync()
        self._closed = f"{self._path()}: the journal is closed"
        self._settled = False
        try:
            self._tail.file.close()
        except OSError as error:
            raise self._fault(error) from error

    def _add(self, t_ns: int, kind: str, members: str) -> int:
        if not self._settled:
            self._settle()
        file, number, seq, head, line, offset = self._tail
        seq += 1
        offset += len(line)
        body = f'{{"seq":{seq},"t":{t_ns},"kind":"{kind}",{members}}}'.encode("ascii")
        head = chain_hash(head, body)
        line = body[:-1] + seal(head)
        if len(line) > MAX_LINE_BYTES:
            raise ValueError(
                f"record {kind} is {len(line)} bytes long; the most is {MAX_LINE_BYTES}"
            )
        if offset and offset + len(line) > self._rotate_bytes:
            file, number, offset = self._rotate()
        # From here on the record exists: an interrupt delays it but cannot lose it.
        self._settled = False
        self._tail = _Tail(file, number, seq, head, line, offset)
        try:
            written = file.write(line)
        except OSError as error:
            raise self._fault(error) from error
        if written == len(line):
            self._settled = True
        else:
            self._settle()
        return seq

    def _settle(self) -> None:
        """Bring the last record wholly into the file, wherever writing was cut off."""
        if self._closed is not None:
            raise RecordFault(self._closed)
        file, line, offset = self._tail.file, self._tail.line, self._tail.offset
        try:
            while (done := file.tell() - offset) < len(line):
                file.write(line[done:])
        except OSError as error:
            raise self._fault(error) from error
        self._settled = True

    def _sync(self) -> None:
        try:
            os.fsync(self._tail.file.fileno())
        except OSError as error:
            raise self._fault(error) from error

    def _rotate(self) -> tuple[FileIO, int, int]:
        """Close the full file for good; return the next, its number and offset 0."""
        # Otherwise a later sync would vouch for records whose ancestors may be lost.
        self._sync()
        full, number = self._tail.file, self._tail.number + 1
        try:
            file = self._create(number)
            self._tail = self._tail._replace(
                file=file, number=number, line=b"", offset=0
            )
            full.close()
        except OSError as error:
            raise self._fault(error) from error
        return file, number, 0

    def _create(self, number: int) -> FileIO:
        file = (self._folder / file_name(number)).open("xb", buffering=0)
        _sync_folder(self._folder)
        return file

    def _path(self) -> Path:
        return self._folder / file_name(self._tail.number)

    def _fault(self, error: OSError) -> RecordFault:
        message = _message(self._path(), error)
        self._closed, self._settled = message, False
        with suppress(OSError):  # The first failure is the one to report.
            self._tail.file.close()
        return RecordFault(message)


def _finite(value: JsonValue) -> JsonValue:
    if isinstance(value, float) and not math.isfinite(value):
        return str(float(value))
    if isinstance(value, Mapping):
        return {name: _finite(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in value]
    return value


def _message(path: Path, error: OSError) -> str:
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT | errno.EFBIG:
            mend = "free space on this disk or choose another"
        case errno.EEXIST:
            mend = "choose a new folder, for no journal is ever overwritten"
        case errno.EROFS | errno.EACCES | errno.EPERM:
            mend = "make the folder writable or choose another"
        case errno.ENOTDIR:
            mend = "choose a folder; a part of this path is a file"
        case _:
            mend = "check the disk and its connection"
    return (
        f"{error.filename or path}: the journal cannot be written ({error.strerror});"
        f" {mend}, then start a new run"
    )


def _sync_folder(folder: Path) -> None:
    """Bring the folder's entries to the disk; Windows needs no such call."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
