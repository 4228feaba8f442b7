"""What holds for the lines of all balances that print their display."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols import and_balance, ohaus, radwag, sbi
from protocols.balance_replies import (
    Malformed,
    Reply,
    Text,
    Weight,
    parse_text,
    text_line,
)
from protocols.errors import LocalProtocolError
from protocols.mt_sics.line_reader import LineReader


@dataclass(frozen=True)
class Maker:
    name: str
    parse: Callable[[bytes], Reply]
    line: Callable[[int, int, str, bool], bytes]


def _sbi(units: int, decimals: int, unit: str, stable: bool) -> bytes:
    return sbi.weight_line(units, decimals, unit if stable else "")


def _sbi_named(units: int, decimals: int, unit: str, stable: bool) -> bytes:
    return sbi.weight_line(units, decimals, unit if stable else "", "N")


def _radwag(units: int, decimals: int, unit: str, stable: bool) -> bytes:
    marker = " " if stable else "?"
    return radwag.weight_line(radwag.Command.WEIGHT, units, decimals, unit, marker)


MAKERS = (
    Maker("sbi 16", sbi.parse, _sbi),
    Maker("sbi 22", sbi.parse, _sbi_named),
    Maker("A&D", and_balance.parse, and_balance.weight_line),
    Maker("Ohaus", ohaus.parse, ohaus.weight_line),
    Maker("Radwag", radwag.parse, _radwag),
)
FIXED_WIDTH = MAKERS[:1] + MAKERS[2:3] + MAKERS[4:]

UNITS = st.integers(-9_999_999, 9_999_999)
DECIMALS = st.integers(0, 6)
UNIT = st.sampled_from(["g", "mg", "kg"])
SHOWN = st.tuples(UNITS, DECIMALS, UNIT, st.booleans())
Shown = tuple[int, int, str, bool]


def said(reply: Reply) -> tuple[int, int, bool] | None:
    if not isinstance(reply, Weight):
        return None
    return reply.units, reply.decimals, reply.stable


@pytest.mark.parametrize("maker", MAKERS, ids=lambda maker: maker.name)
@given(shown=SHOWN)
def test_what_is_built_is_read(maker: Maker, shown: Shown) -> None:
    reply = maker.parse(maker.line(*shown))
    assert isinstance(reply, Weight)
    assert (reply.units, reply.decimals, reply.stable) == (*shown[:2], shown[3])
    assert reply.unit in (shown[2], "" if not shown[3] else shown[2])


@pytest.mark.parametrize("maker", MAKERS, ids=lambda maker: maker.name)
@given(shown=SHOWN, data=st.data())
def test_a_truncated_line_is_no_other_weight(
    maker: Maker, shown: Shown, data: st.DataObject
) -> None:
    line = maker.line(*shown)
    begin = data.draw(st.integers(0, len(line) - 1))
    end = data.draw(st.integers(begin, len(line)))
    piece = line[begin:end]
    if piece != line and (found := said(maker.parse(piece))):
        # Only blanks or a name were lost; the driver refuses that by its length.
        assert found == said(maker.parse(line))
        assert maker.name in ("sbi 22", "Ohaus")


@pytest.mark.parametrize("maker", FIXED_WIDTH, ids=lambda maker: maker.name)
@given(shown=SHOWN, data=st.data())
def test_a_line_that_lost_bytes_or_has_too_many_is_no_weight(
    maker: Maker, shown: Shown, data: st.DataObject
) -> None:
    line = maker.line(*shown)
    at = data.draw(st.integers(0, len(line) - 1))
    upto = data.draw(st.integers(at + 1, len(line)))
    assert said(maker.parse(line[:at] + line[upto:])) is None
    assert said(maker.parse(line[:upto] + line[at:])) is None


@pytest.mark.parametrize("maker", MAKERS, ids=lambda maker: maker.name)
@given(first=SHOWN, second=SHOWN, cut=st.integers(1, 21))
def test_a_merged_line_is_no_third_weight(
    maker: Maker, first: Shown, second: Shown, cut: int
) -> None:
    before, line = maker.line(*first), maker.line(*second)
    merged = before[: min(cut, len(before) - 2)] + line
    found = said(maker.parse(merged))
    assert found in (None, said(maker.parse(line)))


@pytest.mark.parametrize("maker", MAKERS, ids=lambda maker: maker.name)
@given(several=st.lists(SHOWN, max_size=5), sizes=st.lists(st.integers(1, 30)))
def test_any_chunking_gives_the_same(
    maker: Maker, several: list[Shown], sizes: list[int]
) -> None:
    stream = b"".join(maker.line(*shown) for shown in several)
    reader, at = LineReader(), 0
    found: list[Reply] = []
    for size in [*sizes, len(stream)]:
        found += map(maker.parse, reader.feed(stream[at : at + size]))
        at += size
    assert found == [maker.parse(maker.line(*shown)) for shown in several]


@pytest.mark.parametrize("maker", MAKERS, ids=lambda maker: maker.name)
@given(line=st.binary(max_size=40).map(lambda text: text + b"\r\n"))
def test_no_bytes_raise(maker: Maker, line: bytes) -> None:
    assert maker.parse(line).raw == line


@pytest.mark.parametrize(
    "line",
    [
        b"2.345 g\r\n",
        b"45 g  \r\n",
        b".45  \r\n",
        b"ES\r\n",
        b"+  12.345 kg ?\r\n",
        b"  g\r\n",
        b"x" * 41 + b"\r\n",
        b"a\x00b\r\n",
        b"a\xb5g\r\n",
        b"   \r\n",
    ],
)
def test_a_piece_of_a_weight_says_nothing(line: bytes) -> None:
    assert parse_text(line) == Malformed(line)


@pytest.mark.parametrize(
    "text", ["B000000001", "29906913", "V 1.00", "1.05.03", "GX-10002A"]
)
def test_serial_number_model_and_version_say_something(text: str) -> None:
    line = text.encode() + b"\r\n"
    assert parse_text(line) == Text(text, line)


def test_what_looks_like_a_weight_cannot_be_said() -> None:
    assert text_line("V 1.00") == b"V 1.00\r\n"
    for wrong in ("+1.00", "2 g", "ES", "", "\xe4"):
        with pytest.raises(LocalProtocolError):
            text_line(wrong)
