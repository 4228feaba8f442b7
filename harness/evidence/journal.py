"""The journal of a run: append-only lines of JSON, chained by SHA-256.

A line is written by one system call before `append` returns, so it survives a kill of
the process. A record of a kind in `AT_ONCE` also survives a loss of power by then, any
other within a second. Every line holds the hash of itself and of all lines before it,
as `harness.evidence.reader` checks.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple, Self

from harness.clock import NS_PER_S, wall_monotonic_ns
from harness.errors import RecordFault
from harness.evidence.chain import MAX_LINE_BYTES, chain_hash, file_name, seal
from harness.evidence.disk import failure
from harness.evidence.encoding import encode, members
from harness.evidence.opening import Opened, Reopened, create, create_file, reopen
from harness.evidence.record_check import check
from harness.evidence.records import JsonValue, Kind
from harness.evidence.wall_times import WallTimes

ROTATE_BYTES: Final = 64 * 1024 * 1024
AT_ONCE: Final = frozenset(
    {
        Kind.RUN,
        Kind.RESUME,
        Kind.EARLIER,
        Kind.LINK,
        Kind.CHECK,
        Kind.INTENT,
        Kind.OPERATOR,
        Kind.ALARM,
        Kind.LOOK,
        Kind.VERDICT,
        Kind.CASE_END,
        Kind.FAULT,
        Kind.VOID,
        Kind.SAFE_STATE,
        Kind.END,
    }
)
"""Kinds that are on the disk itself before `append` returns."""
SYNC_EVERY_NS: Final = NS_PER_S
"""Wall time after which any record is on the disk, if the journal is asked, ns."""


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

    def __init__(
        self,
        folder: Path,
        rotate_bytes: int = ROTATE_BYTES,
        reopened: Opened | None = None,
        *,
        syncs_at_end: bool = False,
    ) -> None:
        """Create the folder where needed and its first journal file.

        Args:
            folder: the run's own folder, without a journal in it.
            rotate_bytes: no file grows beyond this size unless one line alone does.
            reopened: only :meth:`reopen` has one.
            syncs_at_end: leave it to the system when records come to the disk, but for
                the end: for what nobody would go on with after a loss of power.

        Raises:
            RecordFault: the folder holds a journal already, or cannot be written.
        """
        opened = reopened or create(folder)
        self._folder = folder
        self._rotate_bytes = rotate_bytes
        self._lock = opened.lock
        self._tail = _Tail(
            opened.file, opened.number, opened.records, opened.head, b"", opened.offset
        )
        self._closed: str | None = None
        self._syncs_at_end = syncs_at_end
        self._awaits_resume = reopened is not None
        self._settled = not self._awaits_resume
        self._on_disk = opened.records
        self._due_ns = wall_monotonic_ns() + SYNC_EVERY_NS
        self._wall_times = WallTimes(folder)
        # The few names of ports come back a million times.
        self._quoted = lru_cache(maxsize=64)(encode)

    @classmethod
    def reopen(
        cls, folder: Path, rotate_bytes: int = ROTATE_BYTES
    ) -> tuple[Self, Reopened]:
        """Go on with a journal that was broken off, once all of it is verified.

        A torn tail is cut off. The first record must be of the kind RESUME.

        Args:
            folder: the run's own folder.
            rotate_bytes: as for a new journal.

        Returns:
            The journal, and what it held.

        Raises:
            Broken: the journal was altered or lost a part other than its end.
            ConfigurationError: there is no journal, or its run is complete.
            RecordFault: another process writes it, or the disk failed.
        """
        opened, held = reopen(folder)
        return cls(folder, rotate_bytes, opened), held

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
            fields: as `KINDS` requires, written in the given order; numbers
                that are not finite become the texts of `NOT_FINITE`.
            sync: return only when the record is on the disk itself, as for all kinds
                in `AT_ONCE`.

        Raises:
            ValueError: the fields do not fit the kind, or the line is too long.
            TypeError: a value is not JSON data.
            RecordFault: the disk failed, now or earlier, or the journal is closed.
        """
        check(kind, fields)
        if kind is Kind.RESUME:
            self._awaits_resume = False
        seq = self._add(t_ns, kind, members(fields))
        if (sync or kind in AT_ONCE) and self._on_disk < seq:
            self._sync()
        return seq

    def append_exchange(
        self,
        t_ns: int,
        port: str,
        sent_ns: int,
        sent: bytes,
        received: bytes,
        pauses: Sequence[tuple[int, int]] = (),
    ) -> int:
        """Write one exchange on a port and return its seq: the fast way for the tap.

        Args:
            t_ns: bench time at which the answer was complete or given up, ns.
            port: name of the port.
            sent_ns: bench time of sending, ns; ``t_ns`` for bytes that came unasked.
            sent: bytes sent; empty for bytes that came unasked.
            received: bytes received; empty for silence.
            pauses: (bench time, ns, and bytes received so far) of each time that the
                reader came back for more; written where there is any.

        Raises:
            RecordFault: the disk failed, now or earlier, or the journal is closed.
            ValueError: the line is too long.
        """
        return self._add(
            t_ns,
            "exchange",
            f'"port":{self._quoted(port)},"sent_ns":{sent_ns},"sent":"{sent.hex()}"'
            f',"received":"{received.hex()}"'
            + (f',"pauses":{encode(pauses)}' if pauses else ""),
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

    def sync(self) -> None:
        """Return when all records are on the disk itself.

        Raises:
            RecordFault: the disk failed, now or earlier, or the journal is closed.
        """
        self._settle()
        if self._on_disk < self._tail.seq:
            self._sync()

    def sync_if_due(self) -> None:
        """Sync where a record waits for it and a wall second has passed.

        To be called while nothing is appended; harmless once the journal is closed.

        Raises:
            RecordFault: the disk failed.
        """
        is_waiting = self._closed is None and self._on_disk < self._tail.seq
        if is_waiting and wall_monotonic_ns() >= self._due_ns:
            self.sync()

    def close(self) -> None:
        """Sync and close the file without an end record; again is harmless.

        Raises:
            RecordFault: the disk failed.
        """
        if self._closed is not None:
            return
        self._settle()
        self._sync(for_good=True)
        self._closed = f"{self._path()}: the journal is closed"
        self._settled = False
        try:
            self._tail.file.close()
            self._lock.release()
        except OSError as error:
            raise self._fault(error) from error

    def _add(self, t_ns: int, kind: str, fields: str) -> int:
        if not self._settled:
            if self._awaits_resume:
                raise ValueError(f"record {kind}: after reopening, resume comes first")
            self._settle()
        file, number, seq, head, line, offset = self._tail
        seq += 1
        offset += len(line)
        body = f'{{"seq":{seq},"t":{t_ns},"kind":"{kind}",{fields}}}'.encode("ascii")
        head = chain_hash(head, body)
        line = body[:-1] + seal(head) + b"\n"
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
        if wall_monotonic_ns() >= self._due_ns:
            self._sync()
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
        self._settled = not self._awaits_resume

    def _sync(self, *, for_good: bool = False) -> None:
        seq = self._tail.seq
        try:
            if for_good or not self._syncs_at_end:
                os.fsync(self._tail.file.fileno())
            # No record is older than the last sync, so none waits longer than this.
            self._due_ns = wall_monotonic_ns() + SYNC_EVERY_NS
            self._on_disk = seq
            if seq:
                self._wall_times.note(seq)
        except OSError as error:
            raise self._fault(error) from error

    def _rotate(self) -> tuple[FileIO, int, int]:
        """Close the full file for good; return the next, its number and offset 0."""
        # Otherwise a later sync would vouch for records whose ancestors may be lost.
        self._sync(for_good=True)
        full, number = self._tail.file, self._tail.number + 1
        try:
            file = create_file(self._folder, number)
            self._tail = self._tail._replace(
                file=file, number=number, line=b"", offset=0
            )
            full.close()
        except OSError as error:
            raise self._fault(error) from error
        return file, number, 0

    def _path(self) -> Path:
        return self._folder / file_name(self._tail.number)

    def _fault(self, error: OSError) -> RecordFault:
        message = failure(self._path(), error)
        self._closed, self._settled = message, False
        with suppress(OSError):  # The first failure is the one to report.
            self._tail.file.close()
        with suppress(OSError):
            self._lock.release()
        return RecordFault(message)
