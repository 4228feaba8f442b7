"""Reading a journal back: every line is verified before it is believed.

`docs/reference/journal.md` defines the format for everybody else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from harness.errors import HarnessError
from harness.evidence.chain import (
    FIRST_PREVIOUS,
    MAX_LINE_BYTES,
    SEAL_LENGTH,
    chain_hash,
    file_name,
    file_numbers,
    seal,
)
from harness.evidence.lines import EXCHANGE, parse
from harness.evidence.records import JsonValue, Kind, Record

COMPLETE: Final = "COMPLETE"
"""The state in an end record after which nothing may follow."""

_CHUNK_BYTES = 32 * 1024
_MISFIT = "the hash does not fit this line and all before it"
# An end record says so within this many characters: two integers stand before.
_MARGIN = 80
_END = '"kind":"end"'


class Broken(HarnessError):
    """A journal that was altered, or lost a part other than its end.

    Attributes:
        file: name of the journal file.
        line: number of the first bad line, from 1; 0 where the file itself is missing.
        reason: what is wrong.
    """

    def __init__(self, file: str, line: int, reason: str) -> None:
        super().__init__(
            f"{file}, line {line}: {reason}; trust nothing from here on, and compare"
            " with another copy of the run"
        )
        self.file = file
        self.line = line
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Integrity:
    """What a whole journal is worth.

    Attributes:
        records: number of records up to the first fault.
        complete: unbroken, and its last line is the end record with the right count.
        torn_tail: the last line has no newline: writing was cut off there.
        broken: the first fault, or None.
        head: hash of the last good record, 64 hex digits.
    """

    records: int
    complete: bool
    torn_tail: bool
    broken: Broken | None
    head: str


@dataclass(frozen=True, slots=True)
class Tail:
    """Where the good lines of a journal end.

    Attributes:
        number: of the last file.
        offset: bytes of good lines in that file.
        torn: the bytes behind them, a line that was cut off; empty where there is none.
    """

    number: int
    offset: int
    torn: bytes


TakeExchange: TypeAlias = Callable[[int, int, str, str, str], object]
"""Told of an exchange: seq, bench time in ns, port, bytes sent and received as hex."""

_Line: TypeAlias = tuple[str, str, str, int]
"""A line that fits the chain: its body, its hash, the file and its number there."""


def read(folder: Path) -> Iterator[Record]:
    """Yield the records of a run in order, each verified, in constant memory.

    A last line that was cut off is left out; `inspect` tells whether there is one.

    Raises:
        Broken: at the first line that is not what was written.
    """
    return Pass(folder).records()


def inspect(folder: Path) -> Integrity:
    """Read a whole journal and say what it is worth; never raises `Broken`."""
    journal = Pass(folder)
    broken: Broken | None = None
    try:
        for _ in journal.records():
            pass
    except Broken as error:
        broken = error
    return journal.integrity(broken)


def verify(folder: Path) -> Integrity:
    """Check the chain, the numbering and the end alone; never raises `Broken`.

    It says what `inspect` says of a journal that this tool wrote, in half the time. Of
    a line in between it does not see whether it is a record.
    """
    journal = Pass(folder)
    broken: Broken | None = None
    try:
        journal.check()
    except Broken as error:
        broken = error
    return journal.integrity(broken)


class Pass:
    """One pass over a journal: its records, and then what it is worth.

    Args:
        folder: of the run.

    Attributes:
        last: the last record that was parsed; after :meth:`check`, the last of all.
        tail: where the good lines end in the last file that was read.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seq = 0
        self._head = FIRST_PREVIOUS
        self._state: JsonValue = None
        self.last: Record | None = None
        self.tail = Tail(1, 0, b"")
        self._files: list[tuple[str, int]] = []

    @property
    def files(self) -> tuple[tuple[str, int], ...]:
        """Name of each file that was read from, and the seq of its first record."""
        return tuple(each for each in self._files if each[1] <= self._seq)

    def integrity(self, broken: Broken | None = None) -> Integrity:
        """Say what the journal is worth as far as it was read.

        Args:
            broken: what ended the pass too early.
        """
        torn, ended = bool(self.tail.torn), self._state is not None
        return Integrity(
            records=self._seq,
            complete=ended and not torn and broken is None,
            torn_tail=torn,
            broken=broken,
            head=self._head,
        )

    def records(self, take_exchange: TakeExchange | None = None) -> Iterator[Record]:
        """Yield the records as :func:`read` does.

        Args:
            take_exchange: takes each exchange when its turn comes, in half the time
                that a record takes; only those with pauses are still yielded.

        Raises:
            Broken: at the first line that is not what was written.
        """
        for body, head, file, number in self._lines():
            if take_exchange is None or not self._hand_over(body, head, take_exchange):
                yield self._accept(_parse(body, file, number), head)

    def check(self) -> None:
        """Go through the journal as :func:`verify` does.

        Raises:
            Broken: at the first line that is not what was written.
        """
        skipped = None
        for line in self._lines():
            body, head, file, number = line
            if (
                body.startswith(f'{{"seq":{self._seq + 1},"t":')
                and body.find(_END, 0, _MARGIN) < 0
                and self._state is None
            ):
                self._seq, self._head, skipped = self._seq + 1, head, line
            else:
                self._accept(_parse(body, file, number), head)
                skipped = None
        if skipped is not None:
            body, _, file, number = skipped
            self.last = _parse(body, file, number)

    def _lines(self) -> Iterator[_Line]:
        """Yield the lines of all files, each once it fits the chain."""
        name, number, head = file_name(1), 0, FIRST_PREVIOUS
        try:
            last = max(file_numbers(self._folder), default=1)
            for file_number in range(1, last + 1):
                name, number, rest, size = file_name(file_number), 0, b"", 0
                with (self._folder / name).open("rb", buffering=0) as file:
                    while chunk := file.read(_CHUNK_BYTES):
                        size += len(chunk)
                        *lines, rest = (rest + chunk).split(b"\n")
                        # Only the first can be longer than what was read at once.
                        if len(lines[0] if lines else rest) >= MAX_LINE_BYTES:
                            raise Broken(name, number + 1, "the line is too long")
                        if lines and not number:
                            self._files.append((name, self._seq + 1))
                        for raw in lines:
                            number += 1
                            body = raw[:-SEAL_LENGTH] + b"}"
                            head = chain_hash(head, body)
                            if raw[-SEAL_LENGTH:] != seal(head):
                                raise Broken(name, number, _MISFIT)
                            yield body.decode("latin-1"), head, name, number
                if rest and file_number != last:
                    raise Broken(name, number + 1, _MISFIT)
                self.tail = Tail(file_number, size - len(rest), rest)
        except OSError as error:
            raise Broken(name, number, f"cannot be read ({error.strerror})") from error

    def _hand_over(self, body: str, head: str, take_exchange: TakeExchange) -> bool:
        """Hand over a line that is a plain exchange, in its place; else do nothing."""
        if (found := EXCHANGE.fullmatch(body)) is None:
            return False
        seq, t_ns, port, _, sent, received = found.groups()
        is_hex = len(sent) % 2 == len(received) % 2 == 0
        if int(seq) != self._seq + 1 or self._state is not None or not is_hex:
            return False
        self._seq, self._head = self._seq + 1, head
        take_exchange(self._seq, int(t_ns), port, sent, received)
        return True

    def _accept(self, record: Record, head: str) -> Record:
        if self._state is not None:
            if self._state == COMPLETE or record.kind is not Kind.RESUME:
                raise _broken(record, "a record follows the end record")
            self._state = None
        if record.seq != self._seq + 1:
            raise _broken(record, f"seq is {record.seq}, not {self._seq + 1}")
        if record.kind is Kind.END:
            if record.fields.get("records") != record.seq:
                raise _broken(record, "the end record counts otherwise")
            self._state = record.fields.get("state", COMPLETE)
        self._seq, self._head, self.last = record.seq, head, record
        return record


def _broken(record: Record, reason: str) -> Broken:
    return Broken(record.file, record.line, reason)


def _parse(body: str, file: str, line: int) -> Record:
    try:
        return parse(body, file, line)
    # What a sealed line that no journal of this version wrote can raise here.
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError) as error:
        raise Broken(file, line, f"this is no record ({error!r})") from error
