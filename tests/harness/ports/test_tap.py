"""Nothing that crosses a tapped wire is missing from the journal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.clock import VirtualClock
from harness.errors import PortFault
from harness.evidence.journal import Journal
from harness.evidence.reader import read
from harness.evidence.recorder import Recorder
from harness.evidence.records import Kind, Record
from harness.ports.tap import Tap

TICK_NS = 1_000


class Wire:
    """A port over which time passes, with bytes that have come."""

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.sent = b""
        self.coming = b""
        self.is_cut = False
        self.closed = 0

    def write(self, data: bytes) -> None:
        self._tick()
        if self.is_cut:
            raise PortFault("cut")
        self.sent += data

    def read(self, deadline_ns: int) -> bytes:
        self._tick()
        return self.read_waiting()

    def read_waiting(self) -> bytes:
        if self.is_cut:
            raise PortFault("cut")
        come, self.coming = self.coming, b""
        return come

    def has_waiting(self) -> bool:
        return bool(self.coming)

    def close(self) -> None:
        self.closed += 1

    def _tick(self) -> None:
        self.clock.advance_to(self.clock.now_ns() + TICK_NS)


class Desk:
    def __init__(self, folder: Path, journal: Journal) -> None:
        self.folder = folder
        self.clock = VirtualClock(0)
        self.wire = Wire(self.clock)
        self.journal = journal
        self.tap = Tap("pump", self.wire, self.clock, Recorder(journal, self.clock))

    def exchanges(self) -> list[Record]:
        return [each for each in read(self.folder) if each.kind is Kind.EXCHANGE]

    def bytes_of(self, field: str) -> list[bytes]:
        return [bytes.fromhex(str(each.fields[field])) for each in self.exchanges()]


@contextmanager
def opened() -> Iterator[Desk]:
    with TemporaryDirectory() as folder, Journal(Path(folder) / "run") as journal:
        yield Desk(Path(folder) / "run", journal)


chunks = st.binary(min_size=1, max_size=6)
steps = st.lists(
    st.tuples(st.sampled_from(["write", "read", "read_waiting"]), chunks)
    | st.tuples(st.sampled_from(["settle", "cut"]), st.just(b"")),
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(steps)
def test_all_that_crosses_is_journalled_once_and_in_order(
    script: list[tuple[str, bytes]],
) -> None:
    tried, taken = b"", b""
    with opened() as desk:
        for what, data in script:
            try:
                if what == "write":
                    tried += data
                    desk.tap.write(data)
                elif what == "settle":
                    assert desk.tap.settle() == desk.clock.now_ns()
                elif what == "cut":
                    desk.wire.is_cut = True
                else:
                    desk.wire.coming += data
                    read_ = desk.tap.read(0) if what == "read" else None
                    taken += desk.tap.read_waiting() if read_ is None else read_
            except PortFault:
                assert desk.wire.is_cut
        desk.tap.close()
        # What was lost on a cut wire was tried, and may have left in part.
        assert b"".join(desk.bytes_of("sent")) == tried
        assert tried.startswith(desk.wire.sent)
        assert b"".join(desk.bytes_of("received")) == taken
        assert desk.wire.closed == 1
        times = [(each.fields["sent_ns"], each.t_ns) for each in desk.exchanges()]
        assert all(int(str(begun)) <= ended for begun, ended in times)


def test_an_exchange_is_one_record_of_its_whole_time() -> None:
    with opened() as desk:
        desk.clock.advance_to(50)
        desk.tap.write(b"SI\r\n")
        for piece in (b"S S  ", b"1.00 g\r\n"):
            desk.wire.coming = piece
            desk.tap.read(0)
        assert desk.exchanges() == []
        assert desk.tap.settle() == 50 + 3 * TICK_NS
        [record] = desk.exchanges()
        assert record.fields["port"] == "pump"
        assert record.fields["sent_ns"] == 50
        assert record.t_ns == 50 + 3 * TICK_NS
        assert desk.bytes_of("sent") == [b"SI\r\n"]
        assert desk.bytes_of("received") == [b"S S  1.00 g\r\n"]


def test_an_answer_never_settled_is_written_before_the_next_question() -> None:
    with opened() as desk:
        desk.tap.write(b"a")
        desk.wire.coming = b"late"
        desk.tap.read(0)
        desk.tap.write(b"b")
        assert desk.bytes_of("sent") == [b"a"]
        assert desk.bytes_of("received") == [b"late"]
        desk.tap.settle()
        assert desk.bytes_of("sent") == [b"a", b"b"]


def test_unasked_bytes_are_a_record_without_a_question() -> None:
    with opened() as desk:
        desk.wire.coming = b"alarm"
        assert desk.tap.has_waiting()
        desk.tap.read_waiting()
        assert not desk.tap.has_waiting()
        desk.tap.settle()
        desk.tap.settle()
        assert (desk.bytes_of("sent"), desk.bytes_of("received")) == ([b""], [b"alarm"])


def test_a_journal_that_fails_does_not_keep_the_port_open() -> None:
    with opened() as desk:
        desk.tap.write(b"a")
        desk.journal.close()
        desk.tap.close()
        assert desk.wire.closed == 1


def test_silence_is_that_nothing_answered_the_last_question() -> None:
    with opened() as desk:
        seen = [desk.tap.is_silent]
        for step in (
            lambda: desk.tap.write(b"a"),
            lambda: hear(desk, b"?"),
            desk.tap.settle,
            lambda: desk.tap.write(b"b"),
            desk.tap.settle,
            lambda: hear(desk, b"unasked"),
            desk.tap.settle,
        ):
            step()
            seen.append(desk.tap.is_silent)
    assert seen == [False, True, False, False, True, True, True, False]


def hear(desk: Desk, data: bytes) -> None:
    desk.wire.coming = data
    desk.tap.read(0)
