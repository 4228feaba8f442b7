"""Numbers of the layout, and what lies exactly on an edge of it."""

from __future__ import annotations

import struct
from zlib import crc32

import pytest

from protocols.errors import LocalProtocolError
from protocols.pump_link import frame as layout
from protocols.pump_link.frame import Frame, FrameReader, Rejection, RejectionReason


def by_hand(payload: bytes, length: int | None = None, version: int = 1) -> bytes:
    size = len(payload) if length is None else length
    body = struct.pack(">BBHIH", version, 0x83, 7, 99, size) + payload
    return b"\xd5\xb2" + body + struct.pack(">I", crc32(body))


GOOD = by_hand(b"payload")
GOOD_FRAME = Frame(0x83, 7, 99, b"payload")


def test_the_numbers_of_the_layout() -> None:
    assert (layout.SYNC, layout.VERSION) == (b"\xd5\xb2", 1)
    assert layout.SEQUENCE_MODULO == 65_536
    assert layout.BROADCAST_SERIAL == 0
    # Sync 2, version 1, type 1, sequence 2, serial 4, length 2; then the check value.
    assert (layout.HEADER_SIZE, layout.CRC_SIZE, layout.OVERHEAD) == (12, 4, 16)
    assert (layout.PAYLOAD_MAX, layout.FRAME_MAX) == (240, 256)


def test_the_words_of_a_rejection() -> None:
    assert {each.name: each.value for each in RejectionReason} == {
        "BAD_VERSION": "unknown protocol version",
        "BAD_LENGTH": "payload length above the maximum",
        "BAD_CRC": "check value differs",
        "INCOMPLETE": "line fell silent within the frame",
    }


def test_a_frame_may_be_empty() -> None:
    assert Frame(1, 2, 3) == Frame(1, 2, 3, b"")
    assert len(Frame(1, 2, 3).to_bytes()) == 16


@pytest.mark.parametrize(
    "frame",
    [Frame(0, 0, 0), Frame(255, 65_535, 2**32 - 1, bytes(240))],
)
def test_the_ends_of_each_range_fit(frame: Frame) -> None:
    assert FrameReader().feed(frame.to_bytes()) == [frame]


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (Frame(256, 0, 0), "type is 256, allowed is 0 to 255"),
        (Frame(-1, 0, 0), "type is -1, allowed is 0 to 255"),
        (Frame(0, 65_536, 0), "sequence is 65536, allowed is 0 to 65535"),
        (Frame(0, -1, 0), "sequence is -1, allowed is 0 to 65535"),
        (Frame(0, 0, 2**32), "serial is 4294967296, allowed is 0 to 4294967295"),
        (Frame(0, 0, -1), "serial is -1, allowed is 0 to 4294967295"),
        (Frame(0, 0, 0, bytes(241)), "payload length is 241, allowed is 0 to 240"),
        (Frame(0, 0, 0, bytes(65_536)), "payload length is 65536, allowed is 0 to 240"),
        # The first part that does not fit is named.
        (Frame(255, 65_535, 2**32), "serial is 4294967296, allowed is 0 to 4294967295"),
        (Frame(0, -1, -1), "sequence is -1, allowed is 0 to 65535"),
    ],
)
def test_a_part_that_does_not_fit_is_named(frame: Frame, said: str) -> None:
    with pytest.raises(LocalProtocolError) as caught:
        frame.to_bytes()
    assert str(caught.value) == f"pump link frame: {said}; correct the caller"


def test_a_rejected_header_has_no_check_values() -> None:
    for raw in (by_hand(b"", version=2), by_hand(b"", length=241)):
        (rejection,) = FrameReader().feed(raw)
        assert isinstance(rejection, Rejection)
        assert (rejection.expected_crc, rejection.received_crc) == (None, None)


@pytest.mark.parametrize("version", [0, 2, 255])
def test_a_header_wrong_in_both_ways_is_rejected_for_its_version(version: int) -> None:
    raw = by_hand(b"", length=241, version=version)
    assert FrameReader().feed(raw) == [Rejection(RejectionReason.BAD_VERSION, raw[:12])]


def test_a_header_is_judged_as_soon_as_it_is_whole() -> None:
    reader = FrameReader()
    bad = by_hand(b"", version=2)[:12]
    assert reader.feed(bad[:11]) == []
    assert (reader.pending, reader.discarded) == (11, 0)
    assert reader.feed(bad[11:]) == [Rejection(RejectionReason.BAD_VERSION, bad)]
    assert (reader.pending, reader.discarded) == (0, 12)


def test_a_frame_comes_out_with_its_last_byte() -> None:
    reader = FrameReader()
    assert reader.feed(GOOD[:-1]) == []
    assert (reader.pending, reader.discarded) == (len(GOOD) - 1, 0)
    assert reader.feed(GOOD[-1:]) == [GOOD_FRAME]
    assert (reader.pending, reader.discarded) == (0, 0)


@pytest.mark.parametrize("held", [b"\xd5", b"\xd5\xb2", b"\xd5\xb2\x01"])
def test_what_may_begin_a_frame_is_held(held: bytes) -> None:
    reader = FrameReader()
    assert reader.feed(b"noise" + held) == []
    assert (reader.pending, reader.discarded) == (len(held), 5)
    assert reader.feed(GOOD[len(held) :]) == [GOOD_FRAME]
    assert (reader.pending, reader.discarded) == (0, 5)


def test_half_a_sync_behind_a_frame_is_held() -> None:
    reader = FrameReader()
    assert reader.feed(GOOD + b"\xd5") == [GOOD_FRAME]
    assert (reader.pending, reader.discarded) == (1, 0)


def test_a_frame_that_ends_like_a_sync_is_not_held_twice() -> None:
    # A payload is looked for whose check value ends with the first byte of a sync.
    ending = next(
        raw
        for number in range(10_000)
        if (raw := by_hand(number.to_bytes(2, "big"))).endswith(b"\xd5")
    )
    reader = FrameReader()
    assert len(reader.feed(ending)) == 1
    assert (reader.pending, reader.discarded) == (0, 0)
    assert reader.feed(GOOD) == [GOOD_FRAME]


def test_search_goes_on_just_behind_a_rejected_sync() -> None:
    # A whole frame within the payload of a damaged one is found.
    outer = bytearray(by_hand(GOOD))
    outer[-1] ^= 1
    reader = FrameReader()
    first, second = reader.feed(bytes(outer))
    assert isinstance(first, Rejection)
    assert second == GOOD_FRAME
    assert reader.discarded == len(outer) - len(GOOD)


@pytest.mark.parametrize("held", [1, 2, 3, 11, 12, 20])
def test_all_that_expires_is_counted_once(held: int) -> None:
    reader = FrameReader()
    reader.feed(GOOD[:held])
    found = reader.expire()
    incomplete = [Rejection(RejectionReason.INCOMPLETE, GOOD[:held])]
    assert found == (incomplete if held > 1 else [])
    assert (reader.pending, reader.discarded) == (0, held)
    assert reader.feed(GOOD) == [GOOD_FRAME]


def test_what_is_dropped_adds_to_what_was_discarded() -> None:
    reader = FrameReader()
    reader.feed(b"noise" + GOOD[:9])
    assert reader.reset() == 9
    assert (reader.pending, reader.discarded) == (0, 14)
    assert reader.reset() == 0
    assert reader.discarded == 14
