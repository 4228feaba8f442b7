"""Splitting a byte stream into lines."""

import random
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from protocols.mt_sics.line_reader import LineReader
from protocols.mt_sics.parser import parse
from protocols.mt_sics.replies import Fault, Weight

LINE = b"S S     14.256 g\r\n"


def test_lines_in_one_piece_and_byte_by_byte() -> None:
    stream = LINE + b"ES\r\n" + LINE[:5]
    whole, single = LineReader(), LineReader()

    assert whole.feed(stream) == [LINE, b"ES\r\n"]
    assert [x for byte in stream for x in single.feed(bytes([byte]))] == [
        LINE,
        b"ES\r\n",
    ]
    assert whole.feed(LINE[5:]) == single.feed(LINE[5:]) == [LINE]


def test_a_damaged_cr_costs_one_line() -> None:
    lines = LineReader().feed(LINE[:-2] + b"?\n" + LINE)

    assert [isinstance(parse(line), Weight) for line in lines] == [False, True]


def test_the_longest_line_passes_and_a_longer_one_is_counted() -> None:
    reader = LineReader()
    longest = b"x" * 126 + b"\r\n"

    assert reader.feed(longest) == [longest]
    assert (reader.overlong_lines, reader.discarded_bytes) == (0, 0)
    assert reader.feed(b"x" + longest + LINE) == [LINE]
    assert (reader.overlong_lines, reader.discarded_bytes) == (1, 129)


def test_a_line_that_never_ends_is_one_rejection_in_bounded_memory() -> None:
    reader = LineReader()
    for _ in range(5_000):
        assert reader.feed(b"y" * 7) == []
        assert len(reader._partial) <= 128

    assert reader.feed(b"\n" + LINE) == [LINE]
    assert (reader.overlong_lines, reader.discarded_bytes) == (1, 35_001)


def test_reset_forgets_the_partial_line() -> None:
    reader = LineReader()
    reader.feed(LINE[:9])

    assert reader.reset() == 9
    assert reader.reset() == 0
    assert reader.feed(LINE) == [LINE]


def test_reset_ends_the_skipping_of_an_overlong_line() -> None:
    reader = LineReader()
    reader.feed(b"z" * 200)
    reader.reset()

    assert reader.feed(LINE) == [LINE]


@given(
    pieces=st.lists(
        st.one_of(
            st.binary(max_size=9),
            st.sampled_from([LINE, b"\n", b"\r\n", b"q" * 127, b"q" * 128]),
        ),
        max_size=12,
    ),
    cuts=st.lists(st.integers(0, 400), max_size=8),
)
def test_chunking_changes_nothing(pieces: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(pieces)
    whole, chunked = LineReader(), LineReader()
    edges = [0, *sorted(cuts), len(stream)]

    expected = whole.feed(stream)
    chunks = [stream[a:b] for a, b in pairwise(edges)]
    assert [line for chunk in chunks for line in chunked.feed(chunk)] == expected

    assert all(line.endswith(b"\n") and len(line) <= 128 for line in expected)
    assert chunked.overlong_lines == whole.overlong_lines
    assert chunked.discarded_bytes == whole.discarded_bytes
    total = sum(map(len, expected)) + whole.discarded_bytes + whole.reset()
    assert total == len(stream)


def test_a_million_random_bytes() -> None:
    noise = random.Random(1).randbytes(1_000_000)
    reader = LineReader()
    replies = []
    for start in range(0, len(noise), 4_096):
        replies += [parse(x) for x in reader.feed(noise[start : start + 4_096])]
        assert len(reader._partial) <= 128

    assert replies
    assert reader.overlong_lines > 0
    assert not [reply for reply in replies if isinstance(reply, Weight | Fault)]
