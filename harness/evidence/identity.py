"""What names a run and its records for ever: hashes of the chain."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.errors import ConfigurationError
from harness.evidence.reader import Broken, Pass
from harness.evidence.records import Kind, Record


@dataclass(frozen=True, slots=True)
class Placed:
    """A record and its place in the chain.

    Attributes:
        record: the record.
        head: its hash, 64 hex digits: the ``h`` of its line.
    """

    record: Record
    head: str


def run_digest(folder: Path) -> str:
    """Return the hash of a run's first record, which no other run has.

    Raises:
        ConfigurationError: there is no run, or its journal was altered.
    """
    journal = Pass(folder)
    try:
        first = next(journal.records(), None)
    except Broken as error:
        raise ConfigurationError(f"{folder}: {error}") from error
    if first is None:
        raise ConfigurationError(f"{folder}: the journal is empty; nothing was run")
    return journal.integrity().head


def placed_records(folder: Path, kinds: frozenset[Kind]) -> Iterator[Placed]:
    """Yield the records of some kinds, each verified, with their hashes.

    Raises:
        Broken: at the first line that is not what was written.
    """
    journal = Pass(folder)
    for record in journal.records():
        if record.kind in kinds:
            yield Placed(record, journal.integrity().head)
