"""Framed mode: the manual's printed reply, and frames made by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.errors import LocalProtocolError, RemoteProtocolError
from protocols.mt_sics.framing import (
    MAX_FRAME_BYTES,
    Frame,
    FrameReader,
    decode_frame,
    encode_frame,
)

PRINTED = b"\x027S D       3.48 g\x03\x75"

frames = st.builds(
    Frame,
    st.characters(min_codepoint=0x20, max_codepoint=0x7E),
    st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=128).map(
        str.encode
    ),
)


def test_the_printed_reply() -> None:
    frame = Frame("7", b"S D       3.48 g")
    assert encode_frame(frame) == PRINTED
    assert decode_frame(PRINTED) == frame


def test_a_command_by_hand() -> None:
    # 7 ^ S ^ I ^ ETX = 37 ^ 53 ^ 49 ^ 03 = 2E
    assert encode_frame(Frame("7", b"SI")) == b"\x027SI\x03\x2e"


@pytest.mark.parametrize("at", range(len(PRINTED)))
@pytest.mark.parametrize("bit", range(8))
def test_every_flipped_bit_is_found(at: int, bit: int) -> None:
    damaged = bytearray(PRINTED)
    damaged[at] ^= 1 << bit
    with pytest.raises(RemoteProtocolError, match="NAK"):
        decode_frame(bytes(damaged))


@pytest.mark.parametrize("length", range(len(PRINTED)))
def test_no_part_of_a_frame_is_a_frame(length: int) -> None:
    with pytest.raises(RemoteProtocolError):
        decode_frame(PRINTED[:length])
    with pytest.raises(RemoteProtocolError):
        decode_frame(PRINTED[len(PRINTED) - length :])


@pytest.mark.parametrize(
    "frame",
    [
        Frame("", b"SI"),
        Frame("12", b"SI"),
        Frame("\x02", b"SI"),
        Frame("é", b"SI"),
        Frame("7", b"SI\r\n"),
        Frame("7", b"\x7f"),
        Frame("7", b" " * 129),
    ],
)
def test_what_cannot_be_framed_is_refused(frame: Frame) -> None:
    with pytest.raises(LocalProtocolError):
        encode_frame(frame)


@given(st.lists(frames, max_size=4), st.lists(st.integers(1, 9), max_size=60))
def test_chunking_changes_nothing(sent: list[Frame], sizes: list[int]) -> None:
    stream = b"".join(map(encode_frame, sent))
    reader, got = FrameReader(), []
    for size in sizes:
        chunk, stream = stream[:size], stream[size:]
        got += reader.feed(chunk)
    got += reader.feed(stream)
    assert got == sent
    assert (reader.rejected_frames, reader.discarded_bytes) == (0, 0)


def test_noise_costs_no_good_frame() -> None:
    reader = FrameReader()
    noise = b"\x06S S 1.0 g\r\n\x02broken off"
    damaged = PRINTED[:-1] + b"\x74"
    assert (
        reader.feed(noise + PRINTED + damaged + PRINTED)
        == [Frame("7", b"S D       3.48 g")] * 2
    )
    assert reader.rejected_frames == 2
    assert reader.discarded_bytes == len(noise) + len(damaged)


def test_memory_is_bounded_and_reset_forgets() -> None:
    reader = FrameReader()
    reader.feed(b"\x02" + b"A" * 100_000)
    assert reader.reset() == 0
    reader.feed(b"\x02" + b"A" * (MAX_FRAME_BYTES - 1))
    assert reader.reset() == MAX_FRAME_BYTES


@given(st.binary(max_size=400))
def test_any_bytes_are_taken(data: bytes) -> None:
    reader = FrameReader()
    for frame in reader.feed(data):
        assert encode_frame(frame) in data
