"""The pump's end, against frames packed by hand; and both ends against each other."""

import struct
from zlib import crc32

import pytest

from protocols.errors import LocalProtocolError
from protocols.pump_link.device_session import AnswerStore, DeviceSession
from protocols.pump_link.frame import Frame, FrameReader
from protocols.pump_link.replies import (
    AlarmNotice,
    Clock,
    ClockSet,
    Nak,
    PumpMessage,
    SessionOpened,
)
from protocols.pump_link.requests import (
    AlarmReceived,
    GetClock,
    GetIdentity,
    OpenSession,
    Request,
    SetClock,
)
from protocols.pump_link.session import HostSession, UnaskedAlarm
from protocols.pump_link.vocabulary import AlarmFlag, NakCode

SERIAL = 99
UPTIME = 1_000
OPEN = Frame(0x01, 10, SERIAL, struct.pack(">I", 5))
GET_CLOCK = Frame(0x0E, 11, SERIAL)


def by_hand(type_: int, sequence: int, payload: bytes) -> bytes:
    body = struct.pack(">BBHIH", 1, type_, sequence, SERIAL, len(payload)) + payload
    return b"\xd5\xb2" + body + struct.pack(">I", crc32(body))


def nak(
    request: int, sequence: int, code: int, field: int = 0, low: int = 0, high: int = 0
) -> bytes:
    payload = struct.pack(">IBBBII", UPTIME, request, code, field, low, high)
    return by_hand(0xFF, sequence, payload)


def opened() -> DeviceSession:
    pump = DeviceSession(SERIAL)
    assert pump.receive(OPEN, UPTIME) == OpenSession(5)
    pump.answer(SessionOpened(UPTIME, 5))
    return pump


def test_opening_a_session() -> None:
    pump = DeviceSession(SERIAL)
    assert pump.receive(OPEN, UPTIME) == OpenSession(5)
    expected = by_hand(0x81, 10, struct.pack(">II", UPTIME, 5))
    assert pump.answer(SessionOpened(UPTIME, 5)) == expected
    assert pump.receive(OPEN, UPTIME + 1) == expected


def test_a_repeated_request_gets_the_stored_answer_and_acts_once() -> None:
    pump = opened()
    assert pump.receive(GET_CLOCK, UPTIME) == GetClock()
    answer = pump.answer(Clock(UPTIME, 42))
    assert answer == by_hand(0x8E, 11, struct.pack(">II", UPTIME, 42))
    assert pump.receive(GET_CLOCK, UPTIME + 500) == answer
    assert pump.receive(GET_CLOCK, UPTIME + 900) == answer


def test_a_used_sequence_with_other_bytes_is_refused_and_the_answer_kept() -> None:
    pump = opened()
    pump.receive(GET_CLOCK, UPTIME)
    answer = pump.answer(Clock(UPTIME, 42))
    other = Frame(0x0F, 11, SERIAL, struct.pack(">I", 1))
    assert pump.receive(other, UPTIME) == nak(0x0F, 11, 9, field=16)
    assert pump.receive(GET_CLOCK, UPTIME) == answer


@pytest.mark.parametrize("ahead", [1, 2, 0x7FFF])
def test_a_later_sequence_is_taken_even_over_the_wrap(ahead: int) -> None:
    pump = opened()
    pump.receive(Frame(0x0E, 0x7FFF, SERIAL), UPTIME)
    pump.answer(Clock(UPTIME, 42))
    pump.receive(Frame(0x0E, 0xFFFE, SERIAL), UPTIME)
    pump.answer(Clock(UPTIME, 42))
    later = Frame(0x0E, (0xFFFE + ahead) % 65_536, SERIAL)
    assert pump.receive(later, UPTIME) == GetClock()


@pytest.mark.parametrize("sequence", [9, 10, 10 + 0x8000])
def test_a_past_sequence_is_refused(sequence: int) -> None:
    late = Frame(0x0E, sequence % 65_536, SERIAL)
    assert opened().receive(late, UPTIME) == nak(0x0E, late.sequence, 9, field=16)


def test_a_new_session_may_begin_anywhere_and_clears_the_stored_answer() -> None:
    pump = opened()
    pump.receive(GET_CLOCK, UPTIME)
    pump.answer(Clock(UPTIME, 42))
    assert pump.receive(Frame(0x01, 3, SERIAL, bytes(4)), UPTIME) == OpenSession(0)
    pump.answer(SessionOpened(UPTIME, 0))
    assert pump.receive(GET_CLOCK, UPTIME) == GetClock()


@pytest.mark.parametrize("type_", [0x02, 0x03, 0x06, 0x7E])
def test_without_a_session_every_request_is_refused(type_: int) -> None:
    pump = DeviceSession(SERIAL)
    frame = Frame(type_, 1, SERIAL)
    assert pump.receive(frame, UPTIME) == nak(type_, 1, 3)


def test_a_reset_ends_the_session() -> None:
    pump = opened()
    pump.receive(GET_CLOCK, UPTIME)
    pump.answer(Clock(UPTIME, 42))
    pump.reset()
    assert pump.receive(GET_CLOCK, UPTIME) == nak(0x0E, 11, 3)


@pytest.mark.parametrize(
    ("frame", "answer"),
    [
        (Frame(0x7E, 11, SERIAL), nak(0x7E, 11, 1)),
        (Frame(0x0E, 11, SERIAL, b"\0"), nak(0x0E, 11, 2)),
        (
            Frame(0x04, 11, SERIAL, struct.pack(">BIII", 9, 0, 0, 0)),
            nak(0x04, 11, 4, field=2, low=0, high=7),
        ),
        (
            Frame(0x0C, 11, SERIAL, struct.pack(">HH", 0, 1)),
            nak(0x0C, 11, 4, field=12, low=1, high=65_535),
        ),
        (Frame(0x19, 11, SERIAL, b"\7"), nak(0x19, 11, 4, field=17, low=0, high=6)),
        (
            Frame(0x11, 11, SERIAL, b"\0\x0e" + bytes(14 * 6)),
            nak(0x11, 11, 4, field=18, low=0, high=13),
        ),
        (
            Frame(0x11, 11, SERIAL, b"\0\1" + struct.pack(">HI", 1_440, 0)),
            nak(0x11, 11, 4, field=18, low=0, high=1_439),
        ),
        (Frame(0x11, 11, SERIAL, b"\0\2" + bytes(6)), nak(0x11, 11, 2)),
    ],
)
def test_a_bad_request_is_refused_with_the_field(frame: Frame, answer: bytes) -> None:
    pump = opened()
    assert pump.receive(frame, UPTIME) == answer
    assert pump.receive(frame, UPTIME + 1) == answer, "a repetition gets the same"


@pytest.mark.parametrize(
    "frame",
    [
        Frame(0x0E, 11, SERIAL + 1),
        Frame(0x0E, 11, 0),
        Frame(0x8E, 11, SERIAL, bytes(8)),
        Frame(0xFF, 11, SERIAL, bytes(15)),
        Frame(0x40, 11, SERIAL, bytes(16)),
        Frame(0x41, 11, SERIAL, b"\0"),
    ],
)
def test_what_is_not_a_request_to_this_pump_is_ignored(frame: Frame) -> None:
    assert opened().receive(frame, UPTIME) is None


def test_a_pump_of_unknown_serial_number_can_be_found() -> None:
    pump = DeviceSession(SERIAL)
    assert pump.receive(Frame(0x01, 0, 0, bytes(4)), UPTIME) == OpenSession(0)
    answer = pump.answer(SessionOpened(UPTIME, 0))
    assert answer == by_hand(0x81, 0, struct.pack(">II", UPTIME, 0))
    assert pump.receive(Frame(0x02, 1, 0), UPTIME) == GetIdentity()


def test_an_answer_without_a_request_is_our_error() -> None:
    with pytest.raises(LocalProtocolError, match="no request waits"):
        opened().answer(Clock(UPTIME, 42))


def test_alarm_notices_have_their_own_sequence() -> None:
    pump = opened()
    none = AlarmFlag(0)
    notice = AlarmNotice(UPTIME, none, none, none)
    payload = struct.pack(">IIII", UPTIME, 0, 0, 0)
    assert pump.notice(notice) == (0, by_hand(0x40, 0, payload))
    assert pump.notice(notice) == (1, by_hand(0x40, 1, payload))
    pump.reset()
    assert pump.notice(notice)[0] == 0


def test_an_acknowledged_alarm_leaves_the_stored_answer_alone() -> None:
    pump = opened()
    pump.receive(GET_CLOCK, UPTIME)
    answer = pump.answer(Clock(UPTIME, 42))
    received = Frame(0x41, 7, SERIAL, b"\x00\x07")
    assert pump.receive(received, UPTIME) == AlarmReceived(7)
    assert pump.receive(GET_CLOCK, UPTIME) == answer


class Forgetful(AnswerStore):
    """The seeded defect that the bench must be able to build: no stored answer."""

    def recall(self, request: Frame) -> bytes | None:
        return None

    def accepts(self, sequence: int) -> bool:
        return True


def test_a_defective_store_acts_twice() -> None:
    pump = DeviceSession(SERIAL, Forgetful())
    pump.receive(OPEN, UPTIME)
    pump.answer(SessionOpened(UPTIME, 5))
    pump.receive(GET_CLOCK, UPTIME)
    pump.answer(Clock(UPTIME, 42))
    assert pump.receive(GET_CLOCK, UPTIME) == GetClock()


class ClockPump:
    """Both ends joined: a pump that has a clock and nothing else."""

    def __init__(self) -> None:
        self.link = DeviceSession(SERIAL)
        self.reader = FrameReader()
        self.clock_s = 0
        self.times_set = 0

    def exchange(self, data: bytes) -> list[Frame]:
        sent = b""
        for frame in self.reader.feed(data):
            assert isinstance(frame, Frame)
            heard = self.link.receive(frame, UPTIME)
            if isinstance(heard, Request):
                heard = self.link.answer(self.act(heard))
            sent += heard if isinstance(heard, bytes) else b""
        return [one for one in FrameReader().feed(sent) if isinstance(one, Frame)]

    def act(self, request: Request[PumpMessage]) -> PumpMessage:
        match request:
            case OpenSession(session_id):
                return SessionOpened(UPTIME, session_id)
            case SetClock(clock_s):
                self.times_set += 1
                self.clock_s = clock_s
                return ClockSet(UPTIME, clock_s)
            case _:
                return Nak(UPTIME, 0x0E, NakCode.NOT_SUPPORTED, 0, 0, 0)  # type: ignore[arg-type]


def test_both_ends_over_a_line_that_loses_the_first_reply() -> None:
    host, pump = HostSession(SERIAL, 5), ClockPump()
    (frame,) = pump.exchange(host.open())
    assert host.match(frame) == SessionOpened(UPTIME, 5)
    lost = pump.exchange(host.request(SetClock(42)))
    assert len(lost) == 1
    (again,) = pump.exchange(host.retransmission() or b"")
    assert host.match(again) == ClockSet(UPTIME, 42)
    assert (pump.clock_s, pump.times_set) == (42, 1)
    assert not isinstance(host.match(lost[0]), UnaskedAlarm)
    assert host.stale == 1
