"""Exchanges appended to a journal, beside writing the same bytes."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.measuring import Result, best_s
from harness.evidence.journal import Journal

_RECORDS = 20_000
_REPEATS = 5
_SENT = bytes(range(16))
_RECEIVED = bytes(range(44))


def run() -> list[Result]:
    """Measure."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        seconds = min(_append(folder / str(each)) for each in range(_REPEATS))
        with (folder / "0" / "journal-0001.jsonl").open("rb") as file:
            lines = file.readlines()
        least_s = min(
            _write(folder / f"{each}.bare", lines) for each in range(_REPEATS)
        )
    measured, least = _RECORDS / seconds, _RECORDS / least_s
    return [
        Result(
            "journal: exchanges appended",
            measured,
            least,
            "records/s",
            "os.write of the same lines",
            measured / least,
            "share of the floor",
        )
    ]


def _append(folder: Path) -> float:
    with Journal(folder) as journal:
        append = journal.append_exchange

        def work() -> None:
            for t_ns in range(_RECORDS):
                append(t_ns, "pump", t_ns, _SENT, _RECEIVED)

        return best_s(work, 1)


def _write(path: Path, lines: list[bytes]) -> float:
    with path.open("xb", buffering=0) as file:
        descriptor = file.fileno()

        def work() -> None:
            for line in lines:
                os.write(descriptor, line)

        return best_s(work, 1)
