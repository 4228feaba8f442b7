"""The Terumo status line against its printed examples, and bytes packed by hand."""

from __future__ import annotations

import base64
import struct

import fastcrc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.errors import LocalProtocolError, RemoteProtocolError
from protocols.probe import Found
from protocols.terumo.frame import (
    MAX_FRAME_BYTES,
    Direction,
    Envelope,
    FrameReader,
    Rejection,
    decode,
    encode,
)
from protocols.terumo.questions import (
    PROBE,
    ask_device_id,
    ask_status,
    only_asks,
    tell_device_id,
    tell_status,
)
from protocols.terumo.status import (
    VTBI_OFF,
    Answer,
    Declined,
    DoseUnit,
    OperatingStatus,
    Result,
    State,
    TerumoAlarm,
    build_answer,
    build_question,
    parse_answer,
    parse_question,
)

DEVICE = "000100700000001201000001"
HEAD = '<?xml version="1.0"?>'
# The three examples of the makers' manuals, with their printed check values.
WHO = f"{HEAD}<REQ><DEVID></DEVID></REQ>"
I_AM = f"{HEAD}<REP><DEVID>{DEVICE}</DEVID></REP>"
HOW = f"{HEAD}<REQ><DEVID>{DEVICE}</DEVID><CMD>AQEAAA==</CMD></REQ>"
PRINTED = [(WHO, "8411"), (I_AM, "D38C"), (HOW, "A9A4")]


def framed(xml: str) -> bytes:
    """Frame a text by the description, with somebody else's CRC."""
    crc = fastcrc.crc16.xmodem(xml.encode())
    return b"\x02" + xml.encode() + f"{crc:04X}".encode() + b"\x03"


def answer(*, result: int = 0, state: int = 1, alarms: int = 0) -> bytes:
    """An answer packed by hand: 2.50 mL/h, 1.23 mL, VTBI off, mg/kg/h, 70.0 kg."""
    head = struct.pack(">BBHB", 7, 1, 0, result)
    first = struct.pack(">HB2x", 0x0102, state) + alarms.to_bytes(3, "big")
    counts = b"".join(value.to_bytes(3, "big") for value in (250, 123, 0xEEEEEE, 4_000))
    rest = struct.pack(">BH", 8, 700) + (100).to_bytes(3, "big")
    return head + first + bytes((1, 2, 6)) + counts + rest


STATUS = OperatingStatus(
    software=0x0102,
    state=State.START,
    state_byte=1,
    alarms=TerumoAlarm(0),
    power=1,
    monitor=2,
    syringe=6,
    rate_10_ul_per_h=250,
    delivered_10_ul=123,
    vtbi_100_ul=VTBI_OFF,
    dose_rate_hundredths=4_000,
    dose_unit=DoseUnit.MG_PER_KG_H,
    weight_100_g=700,
    dilution_hundredths=100,
)


@pytest.mark.parametrize(("xml", "printed"), PRINTED)
def test_the_printed_frames_are_read_with_their_printed_check_values(
    xml: str, printed: str
) -> None:
    frame = f"\x02{xml}{printed}\x03".encode()
    found = decode(frame)
    assert encode(found) == frame
    assert FrameReader().feed(frame) == [found]


def test_the_questions_are_the_printed_ones() -> None:
    assert ask_device_id() == f"\x02{WHO}8411\x03".encode()
    assert ask_status(DEVICE, 1) == f"\x02{HOW}A9A4\x03".encode()
    assert tell_device_id(DEVICE) == f"\x02{I_AM}D38C\x03".encode()
    assert build_question(1) == base64.b64decode("AQEAAA==")


def test_every_field_of_the_status_is_where_the_description_puts_it() -> None:
    assert parse_answer(answer()) == Answer(7, STATUS)
    assert build_answer(7, STATUS) == answer()


@pytest.mark.parametrize(
    ("bit", "alarm"),
    [
        (0, TerumoAlarm.SHUTDOWN),
        (1, TerumoAlarm.LINK),
        (2, TerumoAlarm.COMPLETION),
        (3, TerumoAlarm.OCCLUSION),
        (4, TerumoAlarm.SYRINGE),
        (5, TerumoAlarm.PLUNGER),
        (6, TerumoAlarm.SLIDER),
        (7, TerumoAlarm.BARREL_CLAMP),
        (8, TerumoAlarm.NEARLY_EMPTY),
        (13, TerumoAlarm.POWER_FAILURE),
        (15, TerumoAlarm.AC_DETECTOR),
        (16, TerumoAlarm.NO_RATE),
        (17, TerumoAlarm.RATE_ABOVE_VTBI),
        (18, TerumoAlarm.NO_VTBI),
        (19, TerumoAlarm.BATTERY),
        (20, TerumoAlarm.START_REMINDER),
        (21, TerumoAlarm.PRESSURE),
        (22, TerumoAlarm.MAINTENANCE),
        (23, TerumoAlarm.BATTERY_REPLACEMENT),
    ],
)
def test_each_alarm_has_its_bit(bit: int, alarm: TerumoAlarm) -> None:
    told = parse_answer(answer(alarms=1 << bit))
    assert isinstance(told, Answer)
    assert told.status.alarms == alarm


@given(st.integers(0, 2**24 - 1))
def test_no_alarm_bit_vanishes(bits: int) -> None:
    told = parse_answer(answer(alarms=bits))
    assert isinstance(told, Answer)
    assert int(told.status.alarms) == bits


@pytest.mark.parametrize("nibble", range(16))
def test_a_state_without_a_name_is_refused(nibble: int) -> None:
    command = answer(state=0xA0 | nibble)
    if nibble > 5:
        with pytest.raises(RemoteProtocolError):
            parse_answer(command)
        return
    told = parse_answer(command)
    assert isinstance(told, Answer)
    assert (told.status.state, told.status.state_byte) == (nibble, 0xA0 | nibble)


def test_a_declined_question_says_why() -> None:
    assert parse_answer(struct.pack(">BBHB", 9, 1, 0, 12)) == Declined(
        9, Result.INVALID
    )
    with pytest.raises(RemoteProtocolError):
        parse_answer(struct.pack(">BBHB", 9, 1, 0, 99))


@pytest.mark.parametrize(
    "command",
    [
        b"",
        answer()[:-1],
        answer() + b"\0",
        b"\x07\x02" + answer()[2:],
        b"\x07\x01\x00\x01" + answer()[4:],
    ],
)
def test_what_is_not_the_status_is_refused(command: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        parse_answer(command)


@given(
    device=st.text("0123456789ABCDEFabcdef", min_size=24, max_size=24),
    command=st.none() | st.binary(min_size=1, max_size=60),
    direction=st.sampled_from(Direction),
    cut=st.integers(1, 7),
)
def test_frames_survive_every_chunking(
    device: str, command: bytes | None, direction: Direction, cut: int
) -> None:
    envelope = Envelope(direction, device, command)
    data = encode(envelope) * 2
    text = "" if command is None else base64.b64encode(command).decode()
    cmd = "" if command is None else f"<CMD>{text}</CMD>"
    by_hand = f"{HEAD}<{direction}><DEVID>{device}</DEVID>{cmd}</{direction}>"
    assert data == framed(by_hand) * 2
    reader = FrameReader()
    found = []
    for begin in range(0, len(data), cut):
        found += reader.feed(data[begin : begin + cut])
    assert found == [envelope, envelope]


@given(st.integers(0, len(ask_status(DEVICE, 1)) - 1), st.integers(1, 255))
def test_a_damaged_frame_never_passes(where: int, flip: int) -> None:
    damaged = bytearray(ask_status(DEVICE, 1))
    damaged[where] ^= flip
    reader = FrameReader()
    found = reader.feed(bytes(damaged)) + reader.feed(tell_device_id(DEVICE))
    assert [each for each in found if isinstance(each, Envelope)] == [
        Envelope(Direction.REPLY, DEVICE, None)
    ]
    assert any(isinstance(each, Rejection) for each in found)


@given(st.lists(st.binary(max_size=80), max_size=40))
def test_noise_raises_nothing_and_is_not_kept(chunks: list[bytes]) -> None:
    reader = FrameReader()
    for chunk in chunks:
        for each in reader.feed(chunk):
            assert isinstance(each, Rejection)
    reader.feed(b"\x02" + b"x" * (MAX_FRAME_BYTES + 1))
    assert len(reader.reset()) <= MAX_FRAME_BYTES


@pytest.mark.parametrize(
    "xml",
    [
        '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "b">]>'
        f"<REP><DEVID>{DEVICE}</DEVID></REP>",
        f"{HEAD}<REP><DEVID>&#48;{DEVICE[1:]}</DEVID></REP>",
        f"{HEAD}<REP> <DEVID>{DEVICE}</DEVID></REP>",
        f"{HEAD}<REP><DEVID>{DEVICE}</DEVID></REQ>",
        f"{HEAD}<REP><DEVID>{DEVICE[:-1]}</DEVID></REP>",
        f"{HEAD}<REP><DEVID>{DEVICE}</DEVID><CMD>AQ</CMD></REP>",
        f"{HEAD}<REP><DEVID>{DEVICE}</DEVID><CMD>AR==</CMD></REP>",
        f"{HEAD}<REP><DEVID>{DEVICE}</DEVID></REP>\n",
    ],
)
def test_xml_of_any_other_form_is_refused_although_its_check_value_holds(
    xml: str,
) -> None:
    with pytest.raises(RemoteProtocolError):
        decode(framed(xml))


@given(st.binary(min_size=1, max_size=12))
def test_only_the_question_for_the_status_counts_as_one(command: bytes) -> None:
    is_question = len(command) == 4 and command[1:] == b"\x01\0\0"
    assert (parse_question(command) is not None) is is_question
    sent = encode(Envelope(Direction.REQUEST, DEVICE, command))
    assert only_asks(sent) is is_question


@given(st.integers(0, 255))
def test_both_questions_only_ask(sequence: int) -> None:
    question = ask_status(DEVICE, sequence)
    assert only_asks(question)
    assert only_asks(ask_device_id())
    assert not only_asks(question + question)
    assert not only_asks(question[:-1])
    assert not only_asks(b"\r" + question)
    assert not only_asks(tell_status(DEVICE, sequence, STATUS))


@pytest.mark.parametrize(
    "make",
    [
        lambda: ask_status("12", 1),
        lambda: ask_status(DEVICE, 256),
        lambda: encode(Envelope(Direction.REQUEST, DEVICE, b"")),
    ],
)
def test_what_the_line_cannot_carry_is_our_mistake(make: object) -> None:
    assert callable(make)
    with pytest.raises(LocalProtocolError):
        make()


def test_the_probe_asks_who_is_there_and_no_more() -> None:
    assert all(only_asks(question) for question in PROBE.questions)
    assert PROBE.read((tell_device_id(DEVICE),)) == Found(
        "TERUFUSION TE", serial=DEVICE
    )
    assert PROBE.read((b"",)) is None
    assert PROBE.read((ask_device_id(),)) is None
    assert PROBE.read((b"?\r\n",)) is None
