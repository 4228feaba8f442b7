"""Readers: any chunking, damage, garbage between frames, both modes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.new_era.frames import basic_reply, safe_frame
from protocols.new_era.reader import (
    Found,
    Reason,
    Rejection,
    ReplyReader,
    RequestReader,
)
from protocols.new_era.vocabulary import Mode

texts = st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ.?", min_size=3, max_size=20)
replies = texts.map(lambda text: f"00{text}".encode("ascii"))
# Without STX, so that none of it can begin a frame.
garbage = st.binary(max_size=12).map(lambda data: data.replace(b"\x02", b""))
_FRAMED = {Mode.SAFE: safe_frame, Mode.BASIC: basic_reply}


def data_of(items: list[Found | Rejection]) -> list[bytes]:
    return [item.data for item in items if isinstance(item, Found)]


def fed(reader: ReplyReader | RequestReader, stream: bytes, size: int) -> list[bytes]:
    pieces = [stream[at : at + size] for at in range(0, len(stream), size)]
    return [data for piece in pieces for data in data_of(reader.feed(piece))]


@given(
    st.sampled_from(Mode),
    st.lists(st.tuples(garbage, replies), max_size=5),
    st.integers(1, 30),
    st.booleans(),
)
def test_any_chunking_and_garbage_between_frames(
    mode: Mode, parts: list[tuple[bytes, bytes]], size: int, knows_mode: bool
) -> None:
    stream = b"".join(noise + _FRAMED[mode](data) for noise, data in parts)
    reader = ReplyReader(mode if knows_mode else None)
    assert fed(reader, stream, size) == [data for _, data in parts]
    assert reader.discarded == sum(len(noise) for noise, _ in parts)
    assert reader.pending == 0


@given(st.lists(replies, min_size=1, max_size=3), st.data())
@settings(max_examples=300)
def test_a_flipped_bit_in_safe_mode_is_never_a_frame(
    sent: list[bytes], draw: st.DataObject
) -> None:
    stream = bytearray(b"".join(map(safe_frame, sent)))
    bit = draw.draw(st.integers(0, len(stream) * 8 - 1))
    stream[bit // 8] ^= 1 << bit % 8
    reader = ReplyReader(Mode.SAFE)
    found = data_of(reader.feed(bytes(stream)) + reader.expire())
    assert len(found) == len(sent) - 1
    assert not [each for each in found if each not in sent]


@given(st.binary(max_size=2_000), st.sampled_from([None, *Mode]))
def test_garbage_costs_no_memory_and_raises_nothing(
    stream: bytes, mode: Mode | None
) -> None:
    reader = ReplyReader(mode)
    items = reader.feed(stream)
    assert reader.pending <= 257
    for data in data_of(items):
        assert data in stream
    items += reader.expire()
    kept = sum(len(data) for data in data_of(items))
    assert reader.pending == 0
    assert reader.discarded + kept <= len(stream)


@given(st.binary(max_size=1_000), st.sampled_from(Mode), st.integers(1, 50))
def test_a_host_s_bytes_in_any_chunks(stream: bytes, mode: Mode, size: int) -> None:
    whole, cut = RequestReader(mode), RequestReader(mode)
    assert data_of(whole.feed(stream)) == fed(cut, stream, size)
    assert whole.rejected == cut.rejected
    assert whole.discarded == cut.discarded


# Length, CRC bytes and data that look like marks: 9 bytes of data make a length of CR.
def test_marks_within_a_safe_frame_end_nothing() -> None:
    awkward = [b"0RAT1.000", b"\x02\x03\r" * 3]
    with_marks_in_crc = next(
        data
        for number in range(100_000)
        if (data := f"00SI{number}".encode("ascii"))
        and safe_frame(data)[-3:-1] in (b"\x02\x03", b"\x03\x02", b"\x03\x03")
    )
    frames = [safe_frame(data) for data in [*awkward, with_marks_in_crc]]
    assert frames[0][1] == ord("\r")
    expected = [*awkward, with_marks_in_crc]
    assert fed(ReplyReader(Mode.SAFE), b"".join(frames), 1) == expected
    assert fed(RequestReader(Mode.BASIC), b"".join(frames), 1) == expected


def test_a_wrong_check_value_is_told() -> None:
    frame = safe_frame(b"00S")[:-3] + b"\xaa\xa7\x03"
    reader = ReplyReader(Mode.SAFE)
    assert reader.feed(frame) == [Rejection(Reason.BAD_CRC, frame, 0xAAA6, 0xAAA7)]
    assert (reader.rejected, reader.discarded) == (1, len(frame))


def test_no_basic_frame_is_believed_in_safe_mode() -> None:
    reader = ReplyReader(Mode.SAFE)
    items = reader.feed(basic_reply(b"00I")) + reader.expire()
    assert not data_of(items)


def test_a_damaged_length_holds_a_good_frame_back_until_the_line_is_silent() -> None:
    damaged = bytearray(safe_frame(b"00S"))
    damaged[1] = 200
    reader = ReplyReader(Mode.SAFE)
    assert reader.feed(bytes(damaged) + safe_frame(b"00I")) == []
    found = reader.expire()
    assert isinstance(found[0], Rejection)
    assert found[0].reason is Reason.INCOMPLETE
    assert data_of(found) == [b"00I"]


@pytest.mark.parametrize(
    ("stream", "reason"),
    [
        (b"\x02\x0300S", Reason.BAD_LENGTH),
        (b"\x02\x0700S\xaa\xa6\x04", Reason.NO_END),
    ],
)
def test_why_a_safe_frame_is_rejected(stream: bytes, reason: Reason) -> None:
    (item,) = ReplyReader(Mode.SAFE).feed(stream)
    assert isinstance(item, Rejection)
    assert item.reason is reason


@pytest.mark.parametrize(
    ("stream", "reason"),
    [
        (b"\x0200S\x0200S\x03", Reason.NO_END),
        (b"\x0200\xb5\x03", Reason.NO_TEXT),
        (b"\x0200" + b"1" * 90, Reason.TOO_LONG),
    ],
)
def test_why_a_basic_frame_is_rejected(stream: bytes, reason: Reason) -> None:
    item = ReplyReader(Mode.BASIC).feed(stream)[0]
    assert isinstance(item, Rejection)
    assert item.reason is reason


def test_a_basic_pump_takes_lines_and_safe_frames() -> None:
    stream = b"0VER\r" + safe_frame(b"0SAF10") + b" 0 dis\r"
    assert RequestReader(Mode.BASIC).feed(stream) == [
        Found(b"0VER", Mode.BASIC),
        Found(b"0SAF10", Mode.SAFE),
        Found(b" 0 dis", Mode.BASIC),
    ]


def test_a_pump_in_safe_mode_takes_no_lines() -> None:
    stream = b"0RUN\r" + safe_frame(b"0STP")
    assert data_of(RequestReader(Mode.SAFE).feed(stream)) == [b"0STP"]


def test_a_line_without_end_is_given_up() -> None:
    reader = RequestReader(Mode.BASIC)
    (item,) = reader.feed(b"1" * 81)
    assert isinstance(item, Rejection)
    assert item.reason is Reason.TOO_LONG
