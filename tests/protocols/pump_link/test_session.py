"""The host's end, against frames packed by hand."""

import struct
from zlib import crc32

import pytest

from protocols.errors import LocalProtocolError
from protocols.pump_link.codec import PayloadError
from protocols.pump_link.frame import Frame
from protocols.pump_link.replies import AlarmNotice, Clock, Nak, SessionOpened
from protocols.pump_link.requests import GetClock, GetIdentity, GetStatus, OpenSession
from protocols.pump_link.session import HostSession, UnaskedAlarm
from protocols.pump_link.vocabulary import AlarmFlag, FieldId, NakCode

SERIAL = 99
CLOCK = struct.pack(">II", 1_000, 42)


def by_hand(type_: int, sequence: int, serial: int, payload: bytes) -> bytes:
    body = struct.pack(">BBHIH", 1, type_, sequence, serial, len(payload)) + payload
    return b"\xd5\xb2" + body + struct.pack(">I", crc32(body))


def asked_for_clock() -> HostSession:
    session = HostSession(SERIAL, session_id=5)
    session.request(GetClock())
    return session


def test_requests_on_the_wire_count_up_from_zero() -> None:
    session = HostSession(SERIAL, session_id=5)
    assert session.open() == by_hand(0x01, 0, SERIAL, struct.pack(">I", 5))
    assert session.request(GetClock()) == by_hand(0x0E, 1, SERIAL, b"")


def test_the_sequence_wraps() -> None:
    session = HostSession(SERIAL, session_id=5)
    for _ in range(65_536):
        last = session.request(GetClock())
    assert last == by_hand(0x0E, 65_535, SERIAL, b"")
    assert session.request(GetClock()) == by_hand(0x0E, 0, SERIAL, b"")


def test_a_reply_ends_the_request() -> None:
    session = asked_for_clock()
    assert session.retransmission() == by_hand(0x0E, 0, SERIAL, b"")
    assert session.match(Frame(0x8E, 0, SERIAL, CLOCK)) == Clock(1_000, 42)
    assert session.retransmission() is None
    assert session.stale == 0


def test_the_second_of_two_replies_is_stale() -> None:
    session = asked_for_clock()
    session.match(Frame(0x8E, 0, SERIAL, CLOCK))
    assert session.match(Frame(0x8E, 0, SERIAL, CLOCK)) is None
    assert session.stale == 1


@pytest.mark.parametrize(
    "frame",
    [
        Frame(0x8E, 1, SERIAL, CLOCK),
        Frame(0x8E, 65_535, SERIAL, CLOCK),
        Frame(0x8E, 0, SERIAL + 1, CLOCK),
        Frame(0x8E, 0, 0, CLOCK),
        Frame(0x8F, 0, SERIAL, CLOCK),
        Frame(0x0E, 0, SERIAL, b""),
        Frame(0xFF, 0, SERIAL, struct.pack(">IBBBII", 1, 0x0F, 8, 0, 0, 0)),
        Frame(0x40, 0, SERIAL + 1, struct.pack(">IIII", 1, 1, 1, 0)),
    ],
)
def test_a_frame_that_answers_something_else_is_stale(frame: Frame) -> None:
    session = asked_for_clock()
    assert session.match(frame) is None
    assert session.stale == 1
    assert session.match(Frame(0x8E, 0, SERIAL, CLOCK)) == Clock(1_000, 42)


def test_a_refusal_names_field_and_range() -> None:
    session = asked_for_clock()
    payload = struct.pack(">IBBBII", 7, 0x0E, 4, 15, 1, 2)
    assert session.match(Frame(0xFF, 0, SERIAL, payload)) == Nak(
        7, 0x0E, NakCode.OUT_OF_RANGE, FieldId.CLOCK_S, 1, 2
    )
    assert session.retransmission() is None


def test_a_malformed_reply_is_the_peers_error_and_the_request_may_be_repeated() -> None:
    session = asked_for_clock()
    with pytest.raises(PayloadError, match="Clock is 1 bytes long"):
        session.match(Frame(0x8E, 0, SERIAL, b"\0"))
    assert session.retransmission() == by_hand(0x0E, 0, SERIAL, b"")


def test_the_reply_to_an_older_opening_is_stale() -> None:
    session = HostSession(SERIAL, session_id=5)
    session.open()
    assert session.match(Frame(0x81, 0, SERIAL, struct.pack(">II", 1, 4))) is None
    opened = session.match(Frame(0x81, 0, SERIAL, struct.pack(">II", 1, 5)))
    assert opened == SessionOpened(1, 5)


def test_a_new_request_gives_the_old_one_up() -> None:
    session = asked_for_clock()
    session.request(GetStatus())
    assert session.match(Frame(0x8E, 0, SERIAL, CLOCK)) is None


def test_an_unasked_alarm_comes_between_request_and_reply() -> None:
    session = asked_for_clock()
    notice = Frame(0x40, 7, SERIAL, struct.pack(">IIII", 1, 5, 4, 0))
    alarm = session.match(notice)
    assert alarm == UnaskedAlarm(
        AlarmNotice(1, AlarmFlag(5), AlarmFlag.MOTOR_STALL, AlarmFlag(0)),
        repeated=False,
        acknowledgement=by_hand(0x41, 7, SERIAL, b"\x00\x07"),
    )
    again = session.match(notice)
    assert isinstance(again, UnaskedAlarm)
    assert again.repeated
    assert session.match(Frame(0x8E, 0, SERIAL, CLOCK)) == Clock(1_000, 42)


def test_any_pump_may_answer_a_broadcast() -> None:
    session = HostSession(0, session_id=5)
    assert session.open() == by_hand(0x01, 0, 0, struct.pack(">I", 5))
    opened = session.match(Frame(0x81, 0, 123, struct.pack(">II", 1, 5)))
    assert opened == SessionOpened(1, 5)
    assert session.request(GetIdentity()) == by_hand(0x02, 1, 0, b"")


def test_only_finding_a_pump_is_broadcast() -> None:
    session = HostSession(0, session_id=5)
    with pytest.raises(LocalProtocolError, match="only OpenSession and GetIdentity"):
        session.request(GetStatus())


def test_a_session_id_out_of_range_is_our_error() -> None:
    with pytest.raises(LocalProtocolError, match=r"OpenSession\.session_id is -1"):
        HostSession(SERIAL, session_id=-1).open()


def test_opening_is_an_ordinary_request() -> None:
    session = HostSession(SERIAL, session_id=5)
    assert session.open() == HostSession(SERIAL, 0).request(OpenSession(5))


def test_an_answered_request_may_be_repeated_for_a_test_of_the_pump() -> None:
    session = HostSession(SERIAL, session_id=5)
    clock = session.request(GetClock())
    session.match(Frame(0x8E, 0, SERIAL, CLOCK))
    session.request(GetStatus())
    session.repeat(clock)
    assert session.match(Frame(0x8E, 0, SERIAL, CLOCK)) == Clock(1_000, 42)
    assert session.stale == 0
    assert session.request(GetClock()) == by_hand(0x0E, 2, SERIAL, b"")


@pytest.mark.parametrize("cut", [slice(0, -1), slice(1, None), slice(0, 0)])
def test_what_is_no_whole_frame_is_not_repeated(cut: slice) -> None:
    session = HostSession(SERIAL, session_id=5)
    clock = session.request(GetClock())
    with pytest.raises(LocalProtocolError, match="not the bytes of one frame"):
        session.repeat(clock[cut])
