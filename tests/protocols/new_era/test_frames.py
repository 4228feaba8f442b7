"""Frames of both modes: the manual's vector, computed ones, and what does not fit."""

from __future__ import annotations

import construct
import fastcrc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.errors import LocalProtocolError
from protocols.new_era.frames import (
    LONGEST_DATA,
    SafeFrame,
    basic_reply,
    basic_request,
    crc,
    safe_frame,
)

# The first is printed in the manual; the others an independent client has accepted.
VECTORS = (
    (b"SAF0", 0x08, 0x5543),
    (b"0SAF0", 0x09, 0x59AD),
    (b"0SAF2", 0x09, 0x79EF),
    (b"00S", 0x07, 0xAAA6),
    (b"00A?R", 0x09, 0x6586),
    (b"00A?S", 0x09, 0x75A7),
    (b"00SI1.000W0.000ML", 0x15, 0x2A79),
    (b"0VER", 0x08, 0x4809),
    (b"0DIS", 0x08, 0x3046),
)


@pytest.mark.parametrize(("data", "length", "check"), VECTORS)
def test_every_vector(data: bytes, length: int, check: int) -> None:
    frame = b"\x02" + bytes([length]) + data + check.to_bytes(2, "big") + b"\x03"
    assert safe_frame(data) == frame
    assert SafeFrame.parse(frame).data == data


def test_the_crc_of_the_catalogue() -> None:
    assert crc(b"123456789") == 0x31C3


@given(st.binary(max_size=LONGEST_DATA))
def test_the_crc_agrees_with_another_library(data: bytes) -> None:
    assert crc(data) == fastcrc.crc16.xmodem(data)
    assert SafeFrame.parse(safe_frame(data)).data == data


@given(st.binary(min_size=1, max_size=60), st.data())
def test_the_description_refuses_flipped_data(data: bytes, draw: st.DataObject) -> None:
    frame = bytearray(safe_frame(data))
    # Behind the length, which the CRC does not cover.
    bit = draw.draw(st.integers(16, len(frame) * 8 - 1))
    frame[bit // 8] ^= 1 << bit % 8
    with pytest.raises(construct.ConstructError):
        SafeFrame.parse(bytes(frame))


def test_the_description_refuses_what_follows() -> None:
    with pytest.raises(construct.ConstructError):
        SafeFrame.parse(safe_frame(b"00S") + b"\x00")


def test_basic_mode() -> None:
    assert basic_request(b"0VER") == b"0VER\r"
    assert basic_reply(b"00SNE1000V3.923") == b"\x0200SNE1000V3.923\x03"


@pytest.mark.parametrize("data", [b"0V\rER", b"\x03", b"\xb5", b"x" * 81])
def test_what_no_basic_frame_can_carry(data: bytes) -> None:
    with pytest.raises(LocalProtocolError):
        basic_request(data)
    with pytest.raises(LocalProtocolError):
        basic_reply(data)


def test_what_no_safe_frame_can_carry() -> None:
    with pytest.raises(LocalProtocolError):
        safe_frame(b"x" * (LONGEST_DATA + 1))
