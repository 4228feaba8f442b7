"""Reading a journal back: every line is verified before it is believed.

What writer and reader must agree on stands here too: file names, the chain and the
bound on a line. `docs/reference/journal.md` defines the format for those who verify a
journal without this module.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from harness.errors import HarnessError
from harness.evidence.records import Kind, Record

FIRST_PREVIOUS: Final = "0" * 64
# Bounds the reader's memory even where the file is garbage.
MAX_LINE_BYTES: Final = 8 * 1024 * 1024

_FILE_NAME = re.compile(r"journal-(\d{4,})\.jsonl")


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


def file_name(number: int) -> str:
    """Return the name of the journal file of this number, from 1."""
    return f"journal-{number:04d}.jsonl"


def file_numbers(folder: Path) -> list[int]:
    """Return the numbers of the journal files in a folder, unsorted.

    Raises:
        OSError: the folder cannot be listed.
    """
    found = (_FILE_NAME.fullmatch(path.name) for path in folder.iterdir())
    return [int(match[1]) for match in found if match]


def chain_hash(previous: str, body: bytes) -> str:
    """Return the hash of a line that follows the one with the hash ``previous``.

    Args:
        previous: 64 hex digits.
        body: the line without its member ``h`` and without its newline.
    """
    return hashlib.sha256(previous.encode("ascii") + body).hexdigest()


def seal(own_hash: str) -> bytes:
    """Return the bytes that stand in a line for the closing brace of its body."""
    return f',"h":"{own_hash}"}}\n'.encode("ascii")


_SEAL_LENGTH = len(seal(FIRST_PREVIOUS))


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


class Pass:
    """One pass over a journal: its records, and then what it is worth.

    Args:
        folder: of the run.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seq = 0
        self._head = FIRST_PREVIOUS
        self._ended = False
        self._torn_tail = False

    def integrity(self, broken: Broken | None = None) -> Integrity:
        """Say what the journal is worth as far as it was read.

        Args:
            broken: what ended the pass too early.
        """
        return Integrity(
            records=self._seq,
            complete=self._ended and not self._torn_tail and broken is None,
            torn_tail=self._torn_tail,
            broken=broken,
            head=self._head,
        )

    def records(self) -> Iterator[Record]:
        """Yield the records as :func:`read` does.

        Raises:
            Broken: at the first line that is not what was written.
        """
        name, line = file_name(1), 0
        try:
            last = max(file_numbers(self._folder), default=1)
            for number in range(1, last + 1):
                name, line = file_name(number), 0
                with (self._folder / name).open("rb") as file:
                    while raw := file.readline(MAX_LINE_BYTES + 1):
                        line += 1
                        if number == last and self._is_torn(raw):
                            return
                        yield self._verified(raw, name, line)
        except OSError as error:
            raise Broken(name, line, f"cannot be read ({error.strerror})") from error

    def _is_torn(self, raw: bytes) -> bool:
        self._torn_tail = not raw.endswith(b"\n") and len(raw) <= MAX_LINE_BYTES
        return self._torn_tail

    def _verified(self, raw: bytes, file: str, line: int) -> Record:
        body = raw[:-_SEAL_LENGTH] + b"}"
        head = chain_hash(self._head, body)
        if raw[-_SEAL_LENGTH:] != seal(head):
            reason = "the hash does not fit this line and all before it"
            raise Broken(file, line, reason)
        if self._ended:
            raise Broken(file, line, "a record follows the end record")
        record = _parse(body, file, line)
        if record.seq != self._seq + 1:
            raise Broken(file, line, f"seq is {record.seq}, not {self._seq + 1}")
        if record.kind is Kind.END:
            if record.fields.get("records") != record.seq:
                raise Broken(file, line, "the end record counts otherwise")
            self._ended = True
        self._seq, self._head = record.seq, head
        return record


def _parse(body: bytes, file: str, line: int) -> Record:
    try:
        members = json.loads(body)
        return Record(
            seq=members.pop("seq"),
            t_ns=members.pop("t"),
            kind=Kind(members.pop("kind")),
            fields=members,
            file=file,
            line=line,
        )
    # What a sealed line that no journal of this version wrote can raise here.
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError) as error:
        raise Broken(file, line, f"this is no record ({error!r})") from error
