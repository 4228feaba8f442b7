"""Each thing that happens is one record with its own fields, at the bench's time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.clock import VirtualClock
from harness.evidence.journal import Journal
from harness.evidence.reader import read
from harness.evidence.recorder import Recorder
from harness.evidence.records import JsonValue, Kind, Record

START_NS = 1_767_225_600_000_000_000


class Desk:
    def __init__(self, folder: Path, journal: Journal) -> None:
        self.folder = folder
        self.clock = VirtualClock(START_NS)
        self.recorder = Recorder(journal, self.clock)

    def records(self) -> list[Record]:
        return list(read(self.folder))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Journal(tmp_path / "run") as journal:
        yield Desk(tmp_path / "run", journal)


HAPPENINGS: list[tuple[Callable[[Recorder], int], Kind, dict[str, JsonValue], bool]] = [
    (
        lambda r: r.intent("pump", "start", rate_nl_per_h=5),
        Kind.INTENT,
        {"instrument": "pump", "command": "start", "details": {"rate_nl_per_h": 5}},
        True,
    ),
    (
        lambda r: r.retry("pump", "stop", 2, "silence"),
        Kind.RETRY,
        {"instrument": "pump", "command": "stop", "attempt": 2, "reason": "silence"},
        False,
    ),
    (
        lambda r: r.rejection("pump", "bad crc", b"\xd5\x00\xff"),
        Kind.REJECTION,
        {"instrument": "pump", "reason": "bad crc", "raw": "d500ff"},
        False,
    ),
    (
        lambda r: r.alarm("pump", raised=["STALL"], cleared=[], active=["STALL"]),
        Kind.ALARM,
        {"instrument": "pump", "raised": ["STALL"], "cleared": [], "active": ["STALL"]},
        True,
    ),
    (
        lambda r: r.stimulus("magnet", "brought"),
        Kind.STIMULUS,
        {"name": "magnet", "action": "brought"},
        False,
    ),
    (
        lambda r: r.operator("fill", "done"),
        Kind.OPERATOR,
        {"action": "fill", "answer": "done"},
        False,
    ),
    (lambda r: r.note("a remark"), Kind.NOTE, {"text": "a remark"}, False),
    (
        lambda r: r.record(Kind.NOTE, {"text": "kept"}, sync=True),
        Kind.NOTE,
        {"text": "kept"},
        True,
    ),
]


@pytest.mark.parametrize(
    ("write", "kind", "fields", "synced"),
    HAPPENINGS,
    ids=[str(kind) for _, kind, *_ in HAPPENINGS],
)
def test_what_happens_is_recorded(
    desk: Desk,
    monkeypatch: pytest.MonkeyPatch,
    write: Callable[[Recorder], int],
    kind: Kind,
    fields: dict[str, JsonValue],
    synced: bool,
) -> None:
    syncs: list[int] = []
    monkeypatch.setattr("harness.evidence.journal.os.fsync", syncs.append)
    desk.clock.advance_to(START_NS + 42)
    seq = write(desk.recorder)
    [record] = desk.records()
    assert (record.seq, record.kind, record.t_ns) == (seq, kind, START_NS + 42)
    assert record.fields == fields
    assert bool(syncs) is synced


def test_an_exchange_has_both_times_and_both_byte_strings(desk: Desk) -> None:
    desk.recorder.exchange("COM7", START_NS + 1, b"SI\r\n", START_NS + 9, b"\x00\xff")
    [record] = desk.records()
    assert (record.kind, record.t_ns) == (Kind.EXCHANGE, START_NS + 9)
    said = " ".join(str(value) for value in record.fields.values())
    assert "COM7" in said
    assert b"SI\r\n".hex() in said
    assert "00ff" in said
