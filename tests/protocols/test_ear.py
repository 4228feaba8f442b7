"""The ear's frames, against bytes put together by hand."""

from __future__ import annotations

import struct

import fastcrc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.ear import (
    MAX_SAMPLES,
    AskStatus,
    Damage,
    EarBlock,
    EarReader,
    EarStatus,
    Message,
    encode,
)
from protocols.errors import LocalProtocolError

WORD = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1)
U64 = st.integers(0, 2**64 - 1)
U32 = st.integers(0, 2**32 - 1)
PCM = st.lists(st.binary(min_size=2, max_size=2), min_size=1, max_size=40)
MESSAGES = st.one_of(
    st.just(AskStatus()),
    st.builds(EarStatus, WORD.map(_cut := lambda w: w[:16]), WORD.map(_cut), U64, U32),
    st.builds(EarBlock, U32, U64, PCM.map(b"".join)),
)


def frame(kind: int, payload: bytes) -> bytes:
    body = struct.pack("<BH", kind, len(payload)) + payload
    return b"\xe5\xa2" + body + struct.pack("<H", fastcrc.crc16.ibm_3740(body))


GOLDEN: list[tuple[Message, bytes]] = [
    (AskStatus(), frame(0x01, b"")),
    (
        EarStatus("E000000001", "1.0", 80_000, 7),
        frame(
            0x81,
            b"E000000001"
            + bytes(6)
            + b"1.0"
            + bytes(13)
            + struct.pack("<QI", 80_000, 7),
        ),
    ),
    (
        EarBlock(2**32 - 1, 2**40, struct.pack("<3h", -32_768, 0, 32_767)),
        frame(0x82, struct.pack("<IQ3h", 2**32 - 1, 2**40, -32_768, 0, 32_767)),
    ),
]


@pytest.mark.parametrize(("message", "wire"), GOLDEN)
def test_frames_are_as_the_description_says(message: Message, wire: bytes) -> None:
    assert encode(message) == wire
    assert EarReader().feed(wire) == [message]


def test_the_question_byte_by_byte() -> None:
    # CRC-16/IBM-3740 of 01 00 00, worked out with another library.
    assert encode(AskStatus())[:5] == bytes.fromhex("e5a2 01 0000")
    assert fastcrc.crc16.ibm_3740(b"123456789") == 0x29B1


@given(st.lists(MESSAGES, max_size=5), st.integers(1, 50))
def test_pieces_change_nothing(messages: list[Message], size: int) -> None:
    stream = b"".join(encode(message) for message in messages)
    reader = EarReader()
    found = [
        item
        for begin in range(0, len(stream), size)
        for item in reader.feed(stream[begin : begin + size])
    ]
    assert found == messages


@given(MESSAGES, st.data())
def test_a_flipped_bit_is_damage_and_never_another_message(
    message: Message, data: st.DataObject
) -> None:
    wire = bytearray(encode(message))
    bit = data.draw(st.integers(0, 8 * len(wire) - 1))
    wire[bit // 8] ^= 1 << bit % 8
    # What follows shows it at the latest: a length may have grown.
    found = EarReader().feed(bytes(wire) + encode(AskStatus()) * 1_200)
    assert isinstance(found[0], Damage)
    assert found[-1] == AskStatus()


@given(st.binary(max_size=200), MESSAGES)
def test_noise_is_reported_and_does_not_swallow_what_follows(
    noise: bytes, message: Message
) -> None:
    noise = noise.replace(b"\xe5", b"\0")
    found = EarReader().feed(noise + encode(message))
    assert found[-1] == message
    assert b"".join(d.raw for d in found if isinstance(d, Damage)) == noise


@pytest.mark.parametrize(
    "wire",
    [
        frame(0x02, b""),
        frame(0x01, b"x"),
        frame(0x81, bytes(44)),
        frame(0x81, b"has blanks".ljust(16, b"\0") + b"1".ljust(28, b"\0")),
        frame(0x82, bytes(12)),
        frame(0x82, bytes(15)),
        frame(0x82, bytes(12 + 2 * MAX_SAMPLES + 2)),
    ],
)
def test_a_frame_that_nobody_sends_is_damage(wire: bytes) -> None:
    assert all(isinstance(found, Damage) for found in EarReader().feed(wire))
    assert EarReader().feed(wire)


def test_a_forgotten_beginning_does_not_come_back() -> None:
    reader = EarReader()
    assert reader.feed(encode(GOLDEN[1][0])[:20]) == []
    reader.reset()
    assert reader.feed(encode(AskStatus())) == [AskStatus()]


@pytest.mark.parametrize(
    "message",
    [
        EarStatus("", "1", 0, 0),
        EarStatus("two words", "1", 0, 0),
        EarStatus("É", "1", 0, 0),
        EarStatus("x" * 17, "1", 0, 0),
        EarStatus("x", "1", -1, 0),
        EarStatus("x", "1", 0, 2**32),
        EarBlock(0, 0, b""),
        EarBlock(0, 0, b"odd"),
        EarBlock(0, 0, bytes(2 * MAX_SAMPLES + 2)),
        EarBlock(-1, 0, b"ab"),
    ],
)
def test_what_does_not_fit_is_refused(message: Message) -> None:
    with pytest.raises(LocalProtocolError):
        encode(message)
