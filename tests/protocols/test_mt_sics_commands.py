"""MT-SICS commands and the replies that answer them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.errors import LocalProtocolError
from protocols.mt_sics.commands import (
    Command,
    Keyword,
    Match,
    command,
    match,
    parse_command,
)
from protocols.mt_sics.grammar import Quoted
from protocols.mt_sics.parser import parse

WEIGHT = b"S S     14.256 g\r\n"
MOVING = b"S D     14.256 g\r\n"
SERIAL = b'I4 A "B1"\r\n'


@pytest.mark.parametrize(
    ("keyword", "parameters", "line"),
    [
        (Keyword.RESET, (), b"@\r\n"),
        (Keyword.WEIGHT, (), b"SI\r\n"),
        ("M117", (), b"M117\r\n"),
        ("TA", ("100.00", "g"), b"TA 100.00 g\r\n"),
        ("UPD", (10,), b"UPD 10\r\n"),
        ("D", (Quoted('say "hi" \\o'),), b'D "say \\"hi\\" \\o"\r\n'),
        ("D", (Quoted(""),), b'D ""\r\n'),
    ],
)
def test_command_line(
    keyword: str, parameters: tuple[int | str | Quoted, ...], line: bytes
) -> None:
    assert command(keyword, *parameters) == line


@pytest.mark.parametrize(
    ("keyword", "parameters", "message"),
    [
        ("si", (), "keyword 'si'"),
        ("", (), "keyword ''"),
        ("S I", (), "keyword 'S I'"),
        ("SI\r\nZ", (), "keyword"),
        ("@@", (), "keyword '@@'"),
        ("TA", ("100 g",), "wrap text in Quoted"),
        ("TA", ("",), "wrap text in Quoted"),
        ("TA", ('1"',), "wrap text in Quoted"),
        ("D", (Quoted("a\r\nZ"),), "printable ASCII"),
        ("D", (Quoted("µ"),), "printable ASCII"),
        ("D", (Quoted("a\\"),), "must not end in a backslash"),
        ("D", (Quoted("x" * 130),), "136 bytes"),
    ],
)
def test_impossible_commands_are_refused(
    keyword: str, parameters: tuple[int | str | Quoted, ...], message: str
) -> None:
    with pytest.raises(LocalProtocolError, match=message):
        command(keyword, *parameters)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"@\r\n", Command("@")),
        (b"TA 100.00 g\r\n", Command("TA", ("100.00", "g"))),
        (b'D "a \\"b"\r\n', Command("D", ('a "b',))),
        (b"SI", None),
        (b"SI\n", None),
        (b"si\r\n", None),
        (b" SI\r\n", None),
        (b"SI \r\n", None),
        (b"UPD  10\r\n", None),
        (b'D "a\r\n', None),
        (b"\xb5\r\n", None),
        (b"", None),
    ],
)
def test_parse_command(line: bytes, expected: Command | None) -> None:
    assert parse_command(line) == expected


_TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20)


@given(
    keyword=st.from_regex(r"@|[A-Z][A-Z0-9]{0,5}", fullmatch=True),
    texts=st.lists(_TEXT.filter(lambda text: not text.endswith("\\")), max_size=2),
    number=st.integers(-(10**9), 10**9),
    bare=st.from_regex(r"[!#-~]{1,9}", fullmatch=True),
)
def test_command_round_trip(
    keyword: str, texts: list[str], number: int, bare: str
) -> None:
    line = command(keyword, number, bare, *map(Quoted, texts))

    assert parse_command(line) == Command(keyword, (str(number), bare, *texts))


@pytest.mark.parametrize(
    ("keyword", "line", "expected"),
    [
        ("S", WEIGHT, Match.COMPLETE),
        ("S", MOVING, Match.STRAY),  # S waits for stability
        ("S", b"S I\r\n", Match.COMPLETE),
        ("S", b"S S   Error 1b\r\n", Match.COMPLETE),
        ("S", b"S A\r\n", Match.STRAY),
        ("S", b"S B\r\n", Match.STRAY),
        ("S", b"SI I\r\n", Match.STRAY),
        ("SU", MOVING, Match.STRAY),
        ("SUM", b"S M      0.010 g\r\n", Match.COMPLETE),
        ("SI", b"S M      0.010 g\r\n", Match.STRAY),
        *[
            (keyword, line, Match.COMPLETE)
            for keyword in ("SI", "SIR", "SR", "SNR", "SC", "SIU", "SIRU")
            for line in (WEIGHT, MOVING, b"S +\r\n", b"ES\r\n")
        ],
        ("SI", b"Z A\r\n", Match.STRAY),
        ("SI", b"garbage\r\n", Match.STRAY),
        ("SI", SERIAL, Match.STRAY),
        ("SI", b"I4 I\r\n", Match.STRAY),
        ("SIC1", b"SIC1 S   12325.00 g E603\r\n", Match.COMPLETE),
        ("SIC1", WEIGHT, Match.STRAY),
        ("SIC1", b"SIC2 S 12325.0012 g C7C9\r\n", Match.STRAY),
        ("SI", b"SIC1 S   12325.00 g E603\r\n", Match.STRAY),
        ("@", SERIAL, Match.COMPLETE),
        ("I4", SERIAL, Match.COMPLETE),
        ("I4", b'I3 A "2.10"\r\n', Match.STRAY),
        ("I0", b'I0 B 0 "I0"\r\n', Match.MORE),
        ("I0", b'I0 A 0 "@"\r\n', Match.COMPLETE),
        ("I0", SERIAL, Match.STRAY),
        ("C", b"C B\r\n", Match.MORE),
        ("C", b"C A\r\n", Match.COMPLETE),
        ("Z", b"Z A\r\n", Match.COMPLETE),
        ("Z", b"Z I\r\n", Match.COMPLETE),
        ("Z", b"ZI S\r\n", Match.STRAY),
        ("ZI", b"ZI D\r\n", Match.COMPLETE),
        ("ZI", b"ZI A\r\n", Match.STRAY),
        ("T", b"T S    100.000 g\r\n", Match.COMPLETE),
        ("T", WEIGHT, Match.STRAY),
        ("TI", b"TI D    100.000 g\r\n", Match.COMPLETE),
        ("TA", b"TA A     100.00 g\r\n", Match.COMPLETE),
        ("TAC", b"TAC A\r\n", Match.COMPLETE),
        ("M01", b"M01 A 0\r\n", Match.COMPLETE),
        ("UPD", b"UPD A 18.3\r\n", Match.COMPLETE),
        ("UPD", b"EL\r\n", Match.COMPLETE),
        ("S", b"T S    100.000 g\r\n", Match.STRAY),
        ("SIR", b"TA A     100.00 g\r\n", Match.STRAY),
    ],
)
def test_match(keyword: str, line: bytes, expected: Match) -> None:
    assert match(keyword, parse(line)) is expected
