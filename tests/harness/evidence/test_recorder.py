"""Each thing that happens is one record with its own fields, at the bench's time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.clock import NS_PER_S, RealClock, VirtualClock
from harness.errors import RecordFault
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
        True,
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
    # No second passes, however slow the machine is.
    monkeypatch.setattr("harness.evidence.journal.wall_monotonic_ns", lambda: 0)
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


def test_all_is_on_the_disk_before_a_person_is_asked(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    syncs: list[int] = []
    desk.recorder.note("a remark")
    monkeypatch.setattr("harness.evidence.journal.os.fsync", syncs.append)
    desk.recorder.sync()
    assert len(syncs) == 1
    desk.recorder.sync()
    assert len(syncs) == 1


class Host:
    """A host's time module, of which only a sleep lets time pass."""

    def __init__(self) -> None:
        self.now_ns = 0

    def time_ns(self) -> int:
        return self.now_ns

    def monotonic_ns(self) -> int:
        return self.now_ns

    def sleep(self, seconds: float) -> None:
        self.now_ns += round(seconds * NS_PER_S)


@pytest.fixture
def waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Recorder, RealClock, list[int]]]:
    """A recorder at a real clock, and the host's times at which it synced."""
    host, synced_ns = Host(), list[int]()
    monkeypatch.setattr("harness.clock.time", host)
    clock = RealClock()
    with Journal(tmp_path / "run") as journal:
        recorder = Recorder(journal, clock)
        with monkeypatch.context() as patch:
            patch.setattr(
                "harness.evidence.journal.os.fsync",
                lambda _: synced_ns.append(host.now_ns),
            )
            yield recorder, clock, synced_ns


def test_a_record_is_on_the_disk_within_a_second_of_waiting(
    waiting: tuple[Recorder, RealClock, list[int]],
) -> None:
    recorder, clock, synced_ns = waiting
    clock.sleep_until(5 * NS_PER_S)
    assert synced_ns == []
    recorder.note("synced at once, for the last sync is old")
    recorder.note("synced after a second")
    clock.sleep_until(9 * NS_PER_S)
    assert synced_ns == [5 * NS_PER_S, 6 * NS_PER_S]


def test_a_disk_that_fails_while_the_clock_waits_is_a_fault(
    waiting: tuple[Recorder, RealClock, list[int]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    recorder, clock, _ = waiting
    recorder.note("a remark")

    def fail(_: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("harness.evidence.journal.os.fsync", fail)
    with pytest.raises(RecordFault, match="check the disk"):
        clock.sleep_until(2 * NS_PER_S)
    assert clock.sleep_until(3 * NS_PER_S) == 3 * NS_PER_S
    with pytest.raises(RecordFault, match="check the disk"):
        recorder.sync()
    with recorder.best_effort():
        recorder.sync()
