"""Every form of reply that the manual's command table has, and what it answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.errors import RemoteProtocolError
from protocols.mt_sics.commands import Match, answered_as, match
from protocols.mt_sics.deviations import parse_of_emulator
from protocols.mt_sics.identity import parse_number
from protocols.mt_sics.levels import level_of
from protocols.mt_sics.parameters import parse_mass, parse_milliseconds
from protocols.mt_sics.parser import parse
from protocols.mt_sics.replies import (
    Malformed,
    Refusal,
    RefusalReason,
    TextReply,
    Weight,
)

W = "    14.256 g"
COMPLETE = {
    "S": [f"S S {W}", "S I", "S L", "S +", "S -", "S S  Error 15b", "S S   Error 3t"],
    "SI": [f"S S {W}", f"S D {W}", "S I", "S +", "S -"],
    "SIR": [f"S S {W}", f"S D {W}", "S I", "S +", "S -"],
    "SR": [f"S S {W}", f"S D {W}"],
    "SNR": [f"S S {W}"],
    "SC": [f"S S {W}", f"S D {W}"],
    "SU": [f"S S {W}", "S I"],
    "SIU": [f"S S {W}", f"S D {W}"],
    "SIRU": [f"S S {W}", f"S D {W}"],
    "SUM": [f"S M {W}", f"S N {W}", f"S S {W}"],
    "SIUM": [f"S M {W}", f"S N {W}", f"S D {W}"],
    "SIC1": ["SIC1 S   12325.00 g E603", "SIC1 +", "S +", "S S   Error 3b"],
    "SIC2": ["SIC2 S 12325.0012 g C7C9"],
    "SIS": ['SIS A 0 "14.256" 0 3 1 0 0', 'SIS A 6 "Error"'],
    "T": [f"T S {W}", "T I", "T L", "T +", "T -"],
    "TI": [f"TI S {W}", f"TI D {W}", "TI I"],
    "TC": [f"TC S {W}", f"TC D {W}"],
    "TA": ["TA A     100.00 g", "TA L"],
    "TAC": ["TAC A"],
    "Z": ["Z A", "Z I", "Z +", "Z -"],
    "ZI": ["ZI S", "ZI D", "ZI I", "ZI +", "ZI -"],
    "ZC": ["ZC S", "ZC D"],
    "@": ['I4 A "B021002593"'],
    "C": ["C A"],
    "I0": ['I0 A 3 "UPD"'],
    "I1": ['I1 A "0123" "2.00" "2.20" "1.00" "1.50"'],
    "I2": ['I2 A "XPR205 220.00000 g"'],
    "I15": ["I15 A 123"],
    "D": ["D A"],
    "DW": ["DW A"],
    "K": ["K A"],
    "M21": ["M21 A"],
    "UPD": ["UPD A 18.3"],
    "M67": ["M67 A 40"],
}


def lines() -> list[tuple[str, bytes]]:
    return [
        (keyword, f"{text}\r\n".encode())
        for keyword, texts in COMPLETE.items()
        for text in [*texts, "ES", "ET", "EL"]
    ]


@pytest.mark.parametrize(("keyword", "line"), lines())
def test_each_reply_answers_its_command(keyword: str, line: bytes) -> None:
    assert match(keyword, parse(line)) is Match.COMPLETE


@pytest.mark.parametrize(
    ("keyword", "text", "meaning"),
    [
        ("C", "C B", Match.MORE),
        ("I0", 'I0 B 0 "@"', Match.MORE),
        ("S", f"S D {W}", Match.STRAY),
        ("T", f"T D {W}", Match.STRAY),
        ("SI", f"SI S {W}", Match.STRAY),
        ("SI", f"S M {W}", Match.STRAY),
        ("SI", "SIC1 S   12325.00 g E603", Match.STRAY),
        ("ZI", "ZI A", Match.STRAY),
        ("SI", 'I4 A "B021002593"', Match.STRAY),
        ("SI", "I4 I", Match.STRAY),
    ],
)
def test_what_answers_something_else(keyword: str, text: str, meaning: Match) -> None:
    assert match(keyword, parse(f"{text}\r\n".encode())) is meaning


@given(st.sampled_from(lines()), st.integers(1, 40))
def test_no_tail_of_a_line_is_a_weight(case: tuple[str, bytes], cut: int) -> None:
    _, line = case
    tail = line[cut:]
    if tail:
        assert not isinstance(parse(tail), Weight)
        assert not isinstance(parse_of_emulator(tail), Weight)


def test_answers_begin_with_the_word_of_the_table() -> None:
    words = ("SIRU", "SIC1", "@", "T", "UPD")
    assert [answered_as(word) for word in words] == ["S", "SIC1", "I4", "T", "UPD"]


def test_the_echo_of_the_emulator_is_a_weight_only_where_it_is_tolerated() -> None:
    line = b"SI S    12.3456 g\r\n"
    assert isinstance(parse(line), Malformed)
    weight = parse_of_emulator(line)
    assert isinstance(weight, Weight)
    assert (weight.id, weight.text, weight.raw) == ("S", "   12.3456", line)
    assert parse_of_emulator(b"SI +\r\n") == Refusal(
        "S", RefusalReason.OVERLOAD, b"SI +\r\n"
    )
    for other in (b"SI S   12.3456 g\r\n", b"SI A\r\n", b"S S    12.3456 g\r\n"):
        assert parse_of_emulator(other) == parse(other)


@given(st.binary(max_size=140))
def test_any_line_is_taken_as_before_or_is_the_echo(data: bytes) -> None:
    if not data.startswith(b"SI "):
        assert parse_of_emulator(data) == parse(data)


def _text(line: bytes) -> TextReply:
    reply = parse(line)
    assert isinstance(reply, TextReply)
    return reply


def test_numbers() -> None:
    assert parse_number(_text(b"I15 A 123\r\n")) == 123
    for wrong in (b"I15 A\r\n", b"I15 A -1\r\n", b"I15 A 1 2\r\n", b"I15 A 1.5\r\n"):
        with pytest.raises(RemoteProtocolError, match="whole number"):
            parse_number(_text(wrong))


@pytest.mark.parametrize(
    ("parameters", "milliseconds"),
    [
        (("0",), 0),
        (("1000",), 1000),
        (("1007",), 1000),
        (("65535",), 65_528),
        (("65536",), None),
        (("-8",), None),
        (("8", "8"), None),
        ((), None),
    ],
)
def test_time_limits(parameters: tuple[str, ...], milliseconds: int | None) -> None:
    assert parse_milliseconds(parameters) == milliseconds


@pytest.mark.parametrize(
    ("parameters", "mass_ng"),
    [
        (("100.00", "g"), 100_000_000_000),
        (("0.5", "mg"), 500_000),
        (("1", "µg"), 1_000),
        (("1", "ct"), None),
        (("-1", "g"), None),
        (("1e3", "g"), None),
        (("1",), None),
    ],
)
def test_masses(parameters: tuple[str, ...], mass_ng: int | None) -> None:
    assert parse_mass(parameters) == mass_ng


def test_levels() -> None:
    words = ("@", "SI", "TAC", "M03", "SC", "SIC1")
    assert [level_of(word) for word in words] == [0, 0, 1, 2, 2, 3]
