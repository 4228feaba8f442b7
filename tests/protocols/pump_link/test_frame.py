import random
import struct
import tracemalloc
from zlib import crc32

import fastcrc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.errors import LocalProtocolError
from protocols.pump_link.frame import (
    FRAME_MAX,
    Frame,
    FrameReader,
    Rejection,
    RejectionReason,
)


def by_hand(
    type_: int,
    sequence: int,
    serial: int,
    payload: bytes,
    version: int = 1,
    length: int | None = None,
) -> bytes:
    size = len(payload) if length is None else length
    body = struct.pack(">BBHIH", version, type_, sequence, serial, size) + payload
    return b"\xd5\xb2" + body + struct.pack(">I", crc32(body))


GOOD = by_hand(0x83, 7, 99, b"payload")
GOOD_FRAME = Frame(0x83, 7, 99, b"payload")

frames = st.builds(
    Frame,
    st.integers(0, 0xFF),
    st.integers(0, 0xFFFF),
    st.integers(0, 0xFFFF_FFFF),
    st.binary(max_size=240),
)
# Pieces that look like the beginning of a frame are what a reader trips over.
garbage = st.one_of(
    st.binary(max_size=40),
    st.sampled_from([b"\xd5", b"\xd5\xd5", b"\xd5\xb2", b"\xd5\xb2\x01", GOOD[:-1]]),
)
streams = st.lists(st.one_of(frames.map(Frame.to_bytes), garbage), max_size=6).map(
    b"".join
)


def read_all(reader: FrameReader, data: bytes) -> list[Frame | Rejection]:
    return reader.feed(data) + reader.expire()


def only_frames(found: list[Frame | Rejection]) -> list[Frame]:
    return [one for one in found if isinstance(one, Frame)]


def test_check_value_of_the_crc_catalogue() -> None:
    assert crc32(b"123456789") == 0xCBF43926


def test_frame_on_the_wire() -> None:
    assert GOOD_FRAME.to_bytes() == GOOD
    assert GOOD[:12] == bytes.fromhex("d5b2 01 83 0007 00000063 0007")


@given(frames)
def test_crc_agrees_with_an_independent_implementation(frame: Frame) -> None:
    raw = frame.to_bytes()
    assert int.from_bytes(raw[-4:], "big") == fastcrc.crc32.iso_hdlc(raw[2:-4])


@pytest.mark.parametrize(
    ("frame", "named"),
    [
        (Frame(256, 0, 0), "type is 256, allowed is 0 to 255"),
        (Frame(-1, 0, 0), "type is -1"),
        (Frame(0, 65536, 0), "sequence is 65536, allowed is 0 to 65535"),
        (Frame(0, 0, 2**32), "serial is 4294967296"),
        (Frame(0, 0, 0, bytes(241)), "payload length is 241, allowed is 0 to 240"),
    ],
)
def test_a_part_that_does_not_fit_is_our_error(frame: Frame, named: str) -> None:
    with pytest.raises(LocalProtocolError, match=named):
        frame.to_bytes()


@pytest.mark.parametrize("size", [1, 2, 5, 1000])
def test_chunks_of_any_size(size: int) -> None:
    stream = b"noise" + GOOD + GOOD + b"\xd5" + GOOD
    reader = FrameReader()
    found: list[Frame | Rejection] = []
    for start in range(0, len(stream), size):
        found += reader.feed(stream[start : start + size])
    assert found == [GOOD_FRAME] * 3
    assert reader.discarded == 6
    assert reader.pending == 0


@pytest.mark.parametrize("size", [0, 240])
def test_shortest_and_longest_frame(size: int) -> None:
    raw = by_hand(1, 2, 3, bytes(size))
    assert FrameReader().feed(raw) == [Frame(1, 2, 3, bytes(size))]


def test_a_bad_crc_shows_both_values_and_the_bytes() -> None:
    damaged = GOOD[:-1] + bytes([GOOD[-1] ^ 1])
    reader = FrameReader()
    (rejection,) = reader.feed(damaged)
    right = int.from_bytes(GOOD[-4:], "big")
    reason = RejectionReason.BAD_CRC
    assert rejection == Rejection(reason, damaged, right, right ^ 1)
    assert reader.discarded == len(damaged)


def test_an_unknown_version_is_rejected_with_its_header() -> None:
    raw = by_hand(0x83, 7, 99, b"payload", version=2)
    assert FrameReader().feed(raw) == [Rejection(RejectionReason.BAD_VERSION, raw[:12])]


def test_a_length_above_the_maximum_is_rejected_at_once() -> None:
    raw = by_hand(0x83, 7, 99, b"", length=241)
    assert FrameReader().feed(raw + GOOD) == [
        Rejection(RejectionReason.BAD_LENGTH, raw[:12]),
        GOOD_FRAME,
    ]


def test_a_longer_corrupted_length_does_not_swallow_the_next_frame() -> None:
    damaged = bytearray(GOOD)
    damaged[11] += len(GOOD)
    found = FrameReader().feed(bytes(damaged) + GOOD)
    assert isinstance(found[0], Rejection)
    assert found[1:] == [GOOD_FRAME]


def test_a_frame_held_back_by_a_corrupted_length_comes_out_when_time_is_over() -> None:
    damaged = bytearray(GOOD)
    damaged[11] = 200
    reader = FrameReader()
    assert reader.feed(bytes(damaged) + GOOD) == []
    assert reader.expire() == [
        Rejection(RejectionReason.INCOMPLETE, bytes(damaged) + GOOD),
        GOOD_FRAME,
    ]
    assert reader.discarded == len(GOOD)
    assert reader.pending == 0


def test_expiry_of_an_empty_reader_finds_nothing() -> None:
    assert FrameReader().expire() == []


def test_expiry_drops_half_a_sync_without_a_rejection() -> None:
    reader = FrameReader()
    assert reader.feed(b"\xd5") == []
    assert reader.expire() == []
    assert reader.discarded == 1


def test_reset_drops_the_incomplete_frame() -> None:
    reader = FrameReader()
    reader.feed(GOOD[:9])
    assert reader.pending == 9
    assert reader.reset() == 9
    assert reader.feed(GOOD[9:]) == []
    assert reader.feed(GOOD) == [GOOD_FRAME]
    assert reader.discarded == len(GOOD)


@given(frames)
def test_round_trip(frame: Frame) -> None:
    assert FrameReader().feed(frame.to_bytes()) == [frame]


@given(streams, st.data())
def test_chunking_changes_nothing(stream: bytes, data: st.DataObject) -> None:
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=8).map(sorted))
    whole, chunked = FrameReader(), FrameReader()
    expected = whole.feed(stream)
    found: list[Frame | Rejection] = []
    for start, stop in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        found += chunked.feed(stream[start:stop])
    assert found == expected
    assert chunked.discarded == whole.discarded
    assert chunked.pending == whole.pending < FRAME_MAX


@given(st.lists(st.tuples(garbage, frames), max_size=5))
def test_no_good_frame_is_lost_in_garbage(parts: list[tuple[bytes, Frame]]) -> None:
    stream = b"".join(noise + frame.to_bytes() for noise, frame in parts)
    reader = FrameReader()
    good = [frame for _, frame in parts]
    assert only_frames(read_all(reader, stream)) == good
    assert reader.discarded == len(stream) - sum(len(f.to_bytes()) for f in good)


@given(frames, st.data())
def test_a_flipped_bit_never_gives_a_frame(frame: Frame, data: st.DataObject) -> None:
    raw = bytearray(frame.to_bytes())
    bit = data.draw(st.integers(0, 8 * len(raw) - 1))
    raw[bit // 8] ^= 1 << bit % 8
    assert only_frames(read_all(FrameReader(), bytes(raw))) == []


def test_each_flipped_bit_of_one_frame() -> None:
    for bit in range(8 * len(GOOD)):
        raw = bytearray(GOOD)
        raw[bit // 8] ^= 1 << bit % 8
        found = read_all(FrameReader(), bytes(raw) + GOOD)
        assert only_frames(found) == [GOOD_FRAME], bit


def test_a_million_random_bytes() -> None:
    noise = random.Random(20_000_101).randbytes(1_000_000)
    # Most noise has no sync; syncs with a good version are the harder half.
    noise = noise.replace(b"\x00\x00", b"\xd5\xb2\x01\x83").replace(b"\x01", b"\x00")
    reader = FrameReader()
    tracemalloc.start()
    frames_found = 0
    for start in range(0, len(noise), 1000):
        frames_found += len(only_frames(reader.feed(noise[start : start + 1000])))
        assert reader.pending < FRAME_MAX
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert frames_found == 0
    assert peak < 200_000
    reader.expire()
    assert reader.discarded == len(noise)
