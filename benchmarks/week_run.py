"""A run that lasted a week: a real one, with a week of weighing put into one case.

A few cases are run on the simulator. Into the middle of the first weighing go as many
exchanges as a week has, with the bytes of real ones; every later bench time moves by a
week, and every seq that another record names by their number. `Journal` writes it, so
it is as valid as the journal of the run that it was made from.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from itertools import cycle, islice
from pathlib import Path
from typing import Final

from harness.clock import NS_PER_S
from harness.evidence import reader
from harness.evidence.chain import file_name
from harness.evidence.journal import Journal
from harness.evidence.records import JsonValue, Kind, Record
from harness.execution.folder import FILE_NAME
from harness.render.record_fields import integers, text, whole

ROOT: Final = Path(__file__).resolve().parents[1]
WEEK_NS: Final = 7 * 86_400 * NS_PER_S
_CASES: Final = "ITB-BOL-001 or ITB-STL-001"
_PORTS: Final = ("balance", "pump")
_AROUND: Final = 60
# Bench times stand in fields and in sentences; no fraction and no hex looks like this.
_BENCH_TIME: Final = re.compile(r"(?<![.\w])\d{19}(?![.\w])")
_NAMING: Final = ("evidence", "records")


def real(runs: Path) -> Path:
    """Run a few cases on the simulator and return the folder of the run."""
    command = [sys.executable, "-m", "fixtures.cli", "verify", "--runs", str(runs)]
    subprocess.run(
        [*command, "-k", _CASES], cwd=ROOT, check=True, stdout=subprocess.DEVNULL
    )
    (journal,) = runs.glob(f"*/{file_name(1)}")
    return journal.parent


def make(short: Path, long: Path, exchanges: int) -> None:
    """Write the run of a week, without the files that follow from its journal.

    Args:
        short: a real run.
        long: the new folder.
        exchanges: how many there are to be in all.
    """
    shutil.copytree(short / "inputs", long / "inputs")
    shutil.copy(short / FILE_NAME, long)
    records = list(reader.read(short))
    cut = _middle_of_first_weighing(records)
    further = exchanges - sum(each.kind is Kind.EXCHANGE for each in records)
    with Journal(long) as journal:
        for record in records[: cut.seq]:
            _append(journal, _later(record, cut, 0, further))
        for record in _week(records, cut, further):
            _append(journal, record)
        for record in records[cut.seq :]:
            _append(journal, _later(record, cut, WEEK_NS, further))


def _middle_of_first_weighing(records: Sequence[Record]) -> Record:
    weighed = next(
        each.fields
        for each in records
        if each.kind is Kind.MEASUREMENT and text(each.fields, "instrument") in _PORTS
    )
    middle_ns = (whole(weighed, "t_start_ns") + whole(weighed, "t_end_ns")) // 2
    return next(
        each
        for each in records
        if each.t_ns >= middle_ns and each.fields.get("port") == _PORTS[0]
    )


def _week(records: Sequence[Record], cut: Record, count: int) -> Iterator[Record]:
    """Yield exchanges like those around a record, evenly over the week after it."""
    near = records[cut.seq - _AROUND : cut.seq]
    real = [each for each in near if each.fields.get("port") in _PORTS]
    step_ns = WEEK_NS // (count + 1)
    for number, each in enumerate(islice(cycle(real), count), start=1):
        shift_ns = cut.t_ns + number * step_ns - each.t_ns
        sent_ns = whole(each.fields, "sent_ns") + shift_ns
        fields = {**each.fields, "sent_ns": sent_ns}
        yield Record(0, each.t_ns + shift_ns, each.kind, fields, "", 0)


def _later(record: Record, cut: Record, shift_ns: int, further: int) -> Record:
    """A record with its own time moved, and every time and seq in it that is later."""

    def time(found: re.Match[str]) -> str:
        t_ns = int(found[0])
        return str(t_ns + WEEK_NS if t_ns > cut.t_ns else t_ns)

    moved = _BENCH_TIME.sub(time, json.dumps(record.fields))
    fields: dict[str, JsonValue] = json.loads(moved)
    for name in set(_NAMING).intersection(fields):
        if isinstance(fields[name], list):
            seqs = integers(fields, name)
            fields[name] = [seq + further * (seq > cut.seq) for seq in seqs]
    return Record(0, record.t_ns + shift_ns, record.kind, fields, "", 0)


def _append(journal: Journal, record: Record) -> None:
    fields = record.fields
    if record.kind is Kind.END:
        journal.end(record.t_ns, fields)
    elif record.kind is Kind.EXCHANGE and "pauses" not in fields:
        journal.append_exchange(
            record.t_ns,
            text(fields, "port"),
            whole(fields, "sent_ns"),
            bytes.fromhex(text(fields, "sent")),
            bytes.fromhex(text(fields, "received")),
        )
    else:
        journal.append(record.kind, record.t_ns, fields)
