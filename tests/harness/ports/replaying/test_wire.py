"""What is asked again is answered again, at the same time; anything else is named."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.sim.handlers import protocol_sim
from harness.clock import NS_PER_MS, NS_PER_S, VirtualClock
from harness.evidence.journal import Journal
from harness.evidence.reader import read
from harness.evidence.recorder import Recorder
from harness.evidence.records import Kind, Record
from harness.evidence.retracing import ReplayDiverged
from harness.ports.base import LineSettings
from harness.ports.handlers import protocol_replay
from harness.ports.replaying import tape
from harness.ports.replaying.clock import ReplayClock
from harness.ports.replaying.play import Play
from harness.ports.replaying.player import Player
from harness.ports.replaying.tape import Exchange
from harness.ports.replaying.wire import RecordedWire
from harness.ports.serial import SerialPort
from harness.ports.tap import Tap

MS = NS_PER_MS
NAME = "device"


def wire(
    *exchanges: Exchange, late_ns: int = 0, start_ns: int = 0
) -> tuple[RecordedWire, ReplayClock]:
    clock = ReplayClock(start_ns, late_ns)
    recorded = RecordedWire(NAME, clock)
    recorded.load(Play("A/1", exchanges), exchanges)
    return recorded, clock


def asked(
    seq: int, sent_ms: int, sent: bytes, t_ms: int, received: bytes, port: str = NAME
) -> Exchange:
    return Exchange(seq, port, sent_ms * MS, sent, t_ms * MS, received)


def test_an_answer_comes_when_it_came() -> None:
    port, clock = wire(asked(1, 10, b"a", 25, b"ok"))
    port.write(b"a")
    assert clock.now_ns() == 10 * MS
    port.wait(20 * MS)
    assert (port.take(9), clock.now_ns()) == (b"", 20 * MS)
    port.wait(1000 * MS)
    assert (port.take(1), port.take(9), clock.now_ns()) == (b"o", b"k", 25 * MS)


def test_bytes_that_came_unasked_come_at_their_time() -> None:
    port, clock = wire(asked(1, 30, b"", 30, b"alarm"))
    assert not port.waiting()
    clock.advance_to(30 * MS)
    assert (port.waiting(), port.take(9)) == (5, b"alarm")


def test_bytes_that_were_read_before_a_question_are_not_lost_on_it() -> None:
    port, _ = wire(asked(1, 30, b"", 30, b"alarm"), asked(2, 31, b"a", 32, b"ok"))
    port.write(b"a")
    port.wait(NS_PER_S)
    assert port.take(9) == b"alarmok"


def test_on_a_real_clock_bytes_may_be_read_a_little_early_but_only_in_turn() -> None:
    other = asked(1, 10, b"x", 20, b"y", port="other")
    alarm = asked(2, 30, b"", 30, b"alarm")
    port, clock = wire(other, alarm, late_ns=50 * MS)
    assert not port.waiting()
    port, clock = wire(alarm, late_ns=50 * MS)
    assert (port.waiting(), clock.now_ns()) == (5, 30 * MS)


def test_on_a_real_clock_an_answer_may_come_after_the_deadline() -> None:
    late, prompt = asked(1, 10, b"a", 25, b"ok"), 20 * MS
    for late_ns, expected in ((0, b""), (50 * MS, b"ok")):
        port, _ = wire(late, late_ns=late_ns)
        port.write(b"a")
        port.wait(prompt)
        assert port.take(9) == expected


@pytest.mark.parametrize(
    ("deadline_ms", "until_ms"),
    [(1_010, 1_013), (1_014, 1_014), (500, 500)],
)
def test_a_wait_in_vain_lasts_as_long_as_then(deadline_ms: int, until_ms: int) -> None:
    # Writing took 3 ms, and the driver's second began behind it.
    silence = Exchange(1, NAME, 10 * MS, b"a", 1_013 * MS, b"", ((1_013 * MS, 0),))
    port, clock = wire(silence)
    port.write(b"a")
    port.wait(deadline_ms * MS)
    assert (port.take(9), clock.now_ns()) == (b"", until_ms * MS)


def test_what_nobody_waited_for_is_over_when_it_is_written() -> None:
    port, clock = wire(asked(1, 10, b"a", 13, b""))
    port.write(b"a")
    assert clock.now_ns() == 13 * MS


def test_another_question_is_named_with_both_byte_strings() -> None:
    port, _ = wire(asked(71, 10, b"SI", 25, b"ok"), asked(72, 30, b"Z", 31, b"ok"))
    with pytest.raises(ReplayDiverged) as error:
        port.write(b"\x01\x02")
    for part in ("A/1", NAME, "0102", "record 71", "'SI'"):
        assert part in str(error.value)


def test_behind_the_first_divergence_nothing_answers() -> None:
    port, _ = wire(asked(1, 10, b"a", 25, b"ok"), asked(2, 30, b"b", 31, b"ok"))
    with pytest.raises(ReplayDiverged) as first:
        port.write(b"x")
    with pytest.raises(ReplayDiverged) as second:
        port.write(b"b")
    with pytest.raises(ReplayDiverged):
        port.wait(NS_PER_S)
    assert first.value is second.value


def test_a_question_behind_the_record_is_refused() -> None:
    port, _ = wire(asked(1, 10, b"a", 25, b"ok"))
    port.write(b"a")
    with pytest.raises(ReplayDiverged, match="no further question"):
        port.write(b"a")
    assert port.left == 0


# --- a twin: the same driver on a live line and on its record -------------------------


class Line:
    """A device that answers each question in pieces, and speaks unasked.

    A write takes no time: the record has none, so a deadline may shift by that.
    """

    def __init__(
        self, clock: VirtualClock, unasked: Sequence[tuple[int, bytes]]
    ) -> None:
        self._clock = clock
        self._coming = deque(sorted(unasked))
        self._answers: deque[list[tuple[int, bytes]]] = deque()

    def will_answer(self, pieces: list[tuple[int, bytes]]) -> None:
        self._answers.append(pieces)

    def open(self) -> None: ...

    def write(self, data: bytes) -> None:
        now_ns = self._clock.now_ns()
        pieces = self._answers.popleft()
        came = [*self._coming, *((now_ns + ms * MS, part) for ms, part in pieces)]
        self._coming = deque(sorted(came, key=lambda each: each[0]))

    def take(self, size: int) -> bytes:
        data = b""
        while self._coming and self._coming[0][0] <= self._clock.now_ns():
            data += self._coming.popleft()[1]
        return data

    def wait(self, deadline_ns: int) -> None:
        self._clock.advance_to(self.next_ns(deadline_ns))

    def next_ns(self, deadline_ns: int) -> int:
        now_ns = self._clock.now_ns()
        ahead = [t_ns for t_ns, _ in self._coming if t_ns > now_ns]
        return min([deadline_ns, *ahead])

    def now_ns(self) -> int:
        return self._clock.now_ns()


PIECES = st.lists(st.tuples(st.integers(0, 400), st.binary(min_size=1)), max_size=3)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("ask"), st.binary(min_size=1, max_size=4), PIECES),
        st.tuples(st.just("tell"), st.binary(min_size=1, max_size=4), PIECES),
        st.tuples(st.just("sleep"), st.integers(1, 900), st.none()),
    ),
    max_size=8,
)
UNASKED = st.lists(
    st.tuples(st.integers(0, 4_000 * MS), st.binary(min_size=1, max_size=3)), max_size=3
)


def drive(
    tap: Tap, clock: VirtualClock | Player, steps: Sequence[tuple[object, ...]]
) -> list[tuple[int, bytes]]:
    """What a driver with little patience sees; it listens after each sleep."""
    seen: list[tuple[int, bytes]] = []

    def note(data: bytes) -> None:
        seen.append((clock.now_ns(), data))

    for kind, what, _ in steps:
        if kind == "sleep" and isinstance(what, int):
            clock.sleep_until(clock.now_ns() + what * MS)
            if tap.has_waiting():
                note(tap.read_waiting())
                tap.settle()
        elif isinstance(what, bytes):
            tap.write(what)
            end_ns = clock.now_ns() + 300 * MS
            while kind == "ask" and clock.now_ns() < end_ns:
                note(tap.read(min(end_ns, clock.now_ns() + 120 * MS)))
            note(b"")
            tap.settle()
    return seen


@contextmanager
def recorded(
    folder: Path, steps: Sequence[tuple[object, ...]], unasked: list[tuple[int, bytes]]
) -> Iterator[list[tuple[int, bytes]]]:
    clock = VirtualClock(0)
    line = Line(clock, unasked)
    clock.attach(line.next_ns)
    for kind, _, pieces in steps:
        if kind != "sleep" and isinstance(pieces, list):
            line.will_answer(pieces)
    protocol_sim.install()
    protocol_sim.register(NAME, line)
    try:
        with Journal(folder) as journal:
            port = SerialPort(NAME, f"sim://{NAME}", LineSettings(), clock)
            recorder = Recorder(journal, clock)
            recorder.note("the run begins")
            yield drive(Tap(NAME, port, clock, recorder), clock, steps)
    finally:
        protocol_sim.unregister(NAME)


def exchanges(folder: Path) -> list[Record]:
    return [each for each in read(folder) if each.kind is Kind.EXCHANGE]


@settings(max_examples=150, deadline=None)
@given(STEPS, UNASKED)
def test_a_driver_sees_on_its_record_what_it_saw_on_the_line(
    steps: list[tuple[object, ...]], unasked: list[tuple[int, bytes]]
) -> None:
    with TemporaryDirectory() as home:
        then, now = Path(home) / "then", Path(home) / "now"
        with recorded(then, steps, unasked) as seen:
            pass
        if not exchanges(then):
            return
        player = Player(tape.read(then))
        protocol_replay.install()
        protocol_replay.register(NAME, player.wire(NAME))
        try:
            with Journal(now) as journal:
                port = SerialPort(NAME, f"replay://{NAME}", LineSettings(), player)
                tap = Tap(NAME, port, player, Recorder(journal, player))
                again = drive(tap, player, steps)
        finally:
            protocol_replay.unregister(NAME)

        assert again == seen
        assert [(e.t_ns, e.fields) for e in exchanges(now)] == [
            (e.t_ns, e.fields) for e in exchanges(then)
        ]
