"""The faulty port, over a port that is a list of what comes when."""

from __future__ import annotations

import pytest

from harness.clock import NS_PER_MS, NS_PER_S, VirtualClock
from harness.errors import PortFault
from harness.ports.base import LineSettings
from harness.ports.faults.fault import FaultKind, LineFault, LineFaults, Toward
from harness.ports.faults.port import FaultyPort

NOON_NS = 1_000 * NS_PER_S
MS = NS_PER_MS


class Wire:
    """A sound port whose far end says things at known times."""

    is_lost = False

    def __init__(self, clock: VirtualClock, *coming: tuple[int, bytes]) -> None:
        self.clock = clock
        self.coming = [(NOON_NS + ms * MS, data) for ms, data in coming]
        self.sent: list[bytes] = []
        self.opened = 1

    def write(self, data: bytes) -> None:
        self.sent.append(data)

    def read(self, deadline_ns: int) -> bytes:
        arrives_ns = min([deadline_ns, *(t_ns for t_ns, _ in self.coming)])
        self.clock.advance_to(arrives_ns)
        return self.read_waiting()

    def read_waiting(self) -> bytes:
        now_ns = self.clock.now_ns()
        found = b"".join(data for t_ns, data in self.coming if t_ns <= now_ns)
        self.coming = [each for each in self.coming if each[0] > now_ns]
        return found

    def has_waiting(self) -> bool:
        return any(t_ns <= self.clock.now_ns() for t_ns, _ in self.coming)

    def close(self) -> None:
        self.opened = 0

    def reopen(self) -> None:
        self.opened += 1


class Bench:
    """A faulty port over such a wire."""

    def __init__(
        self, *faults: LineFault, coming: tuple[tuple[int, bytes], ...]
    ) -> None:
        self.clock = VirtualClock(NOON_NS)
        self.wire = Wire(self.clock, *coming)
        made = LineFaults(1, faults)
        self.port = FaultyPort("pump", self.wire, LineSettings(), self.clock, made)

    def hear(self, until_ms: int) -> list[tuple[int, bytes]]:
        """What each read brings, and when in ms, until nothing comes any more."""
        heard = []
        while data := self.port.read(NOON_NS + until_ms * MS):
            heard.append(((self.clock.now_ns() - NOON_NS) // MS, data))
        return heard


def test_a_line_without_an_active_fault_is_the_sound_one() -> None:
    late = LineFault(FaultKind.SILENT, begin_ns=NS_PER_S)
    bench = Bench(late, coming=((5, b"one"), (5, b"two"), (9, b"three")))
    assert bench.hear(50) == [(5, b"onetwo"), (9, b"three")]
    assert bench.clock.now_ns() == NOON_NS + 50 * MS


def test_a_slow_answer_comes_later_by_as_much_and_the_deadline_holds() -> None:
    slow = LineFault(FaultKind.SLOW, by_ns=100 * MS)
    bench = Bench(slow, coming=((5, b"one"), (20, b"two")))
    assert bench.port.read(NOON_NS + 60 * MS) == b""
    assert bench.clock.now_ns() == NOON_NS + 60 * MS
    assert bench.port.has_waiting()
    assert bench.port.read_waiting() == b""
    assert bench.hear(500) == [(105, b"one"), (120, b"two")]


def test_split_bytes_come_one_after_the_other_in_order() -> None:
    split = LineFault(FaultKind.SPLIT, 1.0, by_ns=2 * MS)
    bench = Bench(split, coming=((5, b"abc"), (6, b"d")))
    assert bench.hear(50) == [(7, b"a"), (9, b"b"), (11, b"cd")]


def test_merged_reads_come_at_once() -> None:
    merged = LineFault(FaultKind.MERGED, 1.0, by_ns=20 * MS, end_ns=6 * MS)
    bench = Bench(merged, coming=((5, b"abc"), (15, b"d"), (40, b"e")))
    assert bench.hear(90) == [(25, b"abcd"), (40, b"e")]


def test_only_the_faulty_direction_is_faulty() -> None:
    for toward, sent, heard in (
        (Toward.HOST, [b"question"], []),
        (Toward.INSTRUMENT, [], [(5, b"answer")]),
        (Toward.BOTH, [], []),
    ):
        silent = LineFault(FaultKind.SILENT, toward=toward)
        bench = Bench(silent, coming=((5, b"answer"),))
        bench.port.write(b"question")
        assert bench.wire.sent == sent
        assert bench.hear(50) == heard


def test_a_stuck_line_says_one_byte_at_its_speed_and_time_goes_on() -> None:
    stuck = LineFault(FaultKind.STUCK, byte=0x55, begin_ns=10 * MS, end_ns=110 * MS)
    bench = Bench(stuck, coming=((5, b"a"), (50, b"lost"), (150, b"b")))
    assert bench.port.read(NOON_NS + 10 * MS) == b"a"
    bench.clock.advance_to(NOON_NS + 10 * MS)
    assert bench.port.has_waiting()
    heard = bench.hear(300)
    babbled = b"".join(data for ms, data in heard if ms <= 180 and data != b"b")
    # 9600 bit/s and ten bits: 96 characters in 100 ms.
    assert set(babbled) == {0x55}
    assert 90 <= len(babbled) <= 192
    assert heard[-1] == (150, b"b")


def test_a_line_is_pulled_and_comes_back_after_its_time() -> None:
    pulled = LineFault(FaultKind.DISCONNECTED, 1.0, by_ns=20 * NS_PER_S)
    bench = Bench(pulled, coming=())
    with pytest.raises(PortFault, match=r"pump: its port was lost"):
        bench.port.write(b"?")
    assert bench.port.is_lost
    for ask in (bench.port.has_waiting, bench.port.read_waiting):
        with pytest.raises(PortFault):
            ask()
    with pytest.raises(PortFault, match="away"):
        bench.port.reopen()
    bench.clock.advance_to(NOON_NS + 20 * NS_PER_S)
    bench.port.reopen()
    bench.port.write(b"?")
    assert bench.wire.sent == [b"?"]
    assert bench.wire.opened == 2


def test_a_line_that_is_elsewhere_never_comes_back_under_its_name() -> None:
    gone = LineFault(FaultKind.DISCONNECTED, 1.0, is_elsewhere=True)
    bench = Bench(gone, coming=())
    with pytest.raises(PortFault):
        bench.port.write(b"?")
    bench.clock.advance_to(NOON_NS + 10_000 * NS_PER_S)
    with pytest.raises(PortFault, match="away"):
        bench.port.reopen()
    assert bench.wire.opened == 1
