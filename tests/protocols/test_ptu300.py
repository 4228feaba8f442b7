"""Lines of a PTU300, typed by hand; check values by the operators of Python alone."""

from __future__ import annotations

import operator
from functools import reduce
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.mt_sics.line_reader import LineReader
from protocols.ptu300 import (
    FORMAT,
    Command,
    Conditions,
    Done,
    Malformed,
    NotMeasured,
    Setting,
    Software,
    encode,
    is_format,
    parse,
)

GOLDEN = b"P=1013.25hPa T= 21.37'C TA= 20.98'C RH= 45.30%RH 0000 X=0A\r\n"


def closed(message: bytes) -> bytes:
    """Close a message as the transmitter does, by nothing of ours."""
    covered = message + b" X="
    return covered + b"%02X\r\n" % reduce(operator.xor, covered)


def test_the_golden_line() -> None:
    assert parse(GOLDEN) == Conditions(
        air_mk=294_520,
        liquid_mk=294_130,
        pressure_pa=101_325,
        humidity_ppm=453_000,
        raw=GOLDEN,
    )


@pytest.mark.parametrize(
    ("message", "values"),
    [
        (
            b"P= 987.00hPa T= -0.05'C TA=  0.00'C RH=  0.00%RH 0000",
            (273_100, 273_150, 98_700, 0),
        ),
        (
            b"P= 1100.01hPa T=  60.00'C TA=-40.00'C RH=100.00%RH 0000",
            (333_150, 233_150, 110_001, 1_000_000),
        ),
    ],
)
def test_extremes_and_any_width_of_the_fields(
    message: bytes, values: tuple[int, ...]
) -> None:
    found = parse(closed(message))
    assert isinstance(found, Conditions)
    assert values == (
        found.air_mk,
        found.liquid_mk,
        found.pressure_pa,
        found.humidity_ppm,
    )


def test_a_prompt_before_a_line_is_no_part_of_it() -> None:
    found = parse(b">" + GOLDEN)
    assert isinstance(found, Conditions)
    assert found.pressure_pa == 101_325


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (b"P=****.**hPa T= 21.37'C TA= 20.98'C RH= 45.30%RH 1000", "a value is mis"),
        (b"P=1013.25hPa T= 21.37'C TA= 20.98'C RH= 45.30%RH 0010", "RH are 0010"),
        (b"P=1013.25mbar T= 21.37'C TA= 20.98'C RH= 45.30%RH 0000", "a unit"),
        (b"P=1013.25hPa T= 70.47'F TA= 69.76'F RH= 45.30%RH 0000", "a unit"),
        (b"P=1013.25hPa T= 21.37'C TD= 20.98'C RH= 45.30%RH 0000", "a label"),
        (b"P=1013.25hPa T= 21.4'C TA= 21.0'C RH= 45.3%RH 0000", "a number"),
        (b"P=1013.25hPa T= 21.37'C RH= 45.30%RH 0000", "a value is missing"),
        (b"P=1013.25hPa TA= 20.98'C T= 21.37'C RH= 45.30%RH 0000", "a label"),
        (b"P=1013.25hPa T= 21.37'C TA= 20.98'C RH= 45.30%RH 000", "a label"),
        (b"P=01013.25hPa T= 21.37'C TA= 20.98'C RH= 45.30%RH 0000", "a number"),
    ],
)
def test_what_came_whole_and_is_no_reading_says_why(
    message: bytes, reason: str
) -> None:
    found = parse(closed(message))
    assert isinstance(found, NotMeasured)
    assert reason in found.reason


@pytest.mark.parametrize("place", range(len(GOLDEN) * 8))
def test_one_damaged_bit_is_never_a_reading(place: int) -> None:
    damaged = bytearray(GOLDEN)
    damaged[place // 8] ^= 1 << place % 8
    assert not isinstance(parse(bytes(damaged)), (Conditions, NotMeasured))


def test_a_damaged_check_value_shows_both() -> None:
    found = parse(GOLDEN.replace(b"1013", b"1012"))
    assert isinstance(found, Malformed)
    assert found.reason == "check value differs: 0B computed, 0A sent"


@pytest.mark.parametrize("start", range(1, len(GOLDEN)))
def test_the_tail_of_an_old_line_is_never_a_reading(start: int) -> None:
    assert isinstance(parse(GOLDEN[start:]), (Malformed, Setting))


@pytest.mark.parametrize(
    ("line", "name", "value"),
    [
        (b"Echo           : OFF\r\n", "Echo", "OFF"),
        (b">Serial number  : A1234567\r\n", "Serial number", "A1234567"),
        (b"Baud P D S     : 4800 E 7 1\r\n", "Baud P D S", "4800 E 7 1"),
        (b"Adjust. date   : \r\n", "Adjust. date", ""),
        (b"Time           : 13:42:01\r\n", "Time", "13:42:01"),
    ],
)
def test_settings(line: bytes, name: str, value: str) -> None:
    assert parse(line) == Setting(name, value, line)


def test_a_command_that_was_taken() -> None:
    assert parse(b"OK\r\n") == Done(b"OK\r\n")
    assert isinstance(parse(b"OK \r\n"), Malformed)


def test_the_software_line() -> None:
    line = b"PTU303 / 1.16\r\n"
    assert parse(line) == Software("PTU303", "1.16", line)


@given(st.binary(max_size=140))
def test_no_bytes_make_the_parser_raise_or_read_a_value(line: bytes) -> None:
    assert not isinstance(parse(line), Conditions)


TENTHS = st.integers(-4_000, 6_000)


@given(
    air=TENTHS,
    liquid=TENTHS,
    pressure=st.integers(50_000, 110_000),
    humidity=st.integers(0, 10_000),
    cuts=st.lists(st.integers(0, 130), max_size=6),
)
def test_every_reading_survives_every_chunking(
    air: int, liquid: int, pressure: int, humidity: int, cuts: list[int]
) -> None:
    message = (
        f"P={pressure / 100:7.2f}hPa T={air / 100:6.2f}'C TA={liquid / 100:6.2f}'C"
        f" RH={humidity / 100:6.2f}%RH 0000"
    )
    stream = GOLDEN + closed(message.encode("ascii"))
    places = [0, *sorted(cuts), len(stream)]
    reader = LineReader()
    lines = [
        line
        for begin, end in pairwise(places)
        for line in reader.feed(stream[begin:end])
    ]
    first, second = map(parse, lines)
    assert first == parse(GOLDEN)
    assert isinstance(second, Conditions)
    assert second.air_mk == 273_150 + 10 * air
    assert second.liquid_mk == 273_150 + 10 * liquid
    assert second.pressure_pa == pressure
    assert second.humidity_ppm == 100 * humidity


def test_commands_end_with_cr_alone() -> None:
    assert encode(Command.SEND) == b"SEND\r"
    assert encode(Command.CLEAR) == b"\r"
    assert encode(Command.SET_FORMAT) == (
        b'FORM "P=" 4.2 P U4 "T=" 3.2 T U3 "TA=" 3.2 TA U3 "RH=" 3.2 RH U4 ERR " X="'
        b" CSX #r#n\r"
    )


@pytest.mark.parametrize(
    ("shown", "same"),
    [
        (FORMAT, True),
        (FORMAT.replace("#", "\\"), True),
        (FORMAT.replace("#r#n", "\\r \\n "), True),
        (FORMAT.lower(), True),
        (FORMAT.replace("TA U3", "TD U3"), False),
        (FORMAT.replace("4.2", "4.1"), False),
        ("", False),
    ],
)
def test_the_format_is_known_again_as_a_transmitter_shows_it(
    shown: str, same: bool
) -> None:
    assert is_format(shown) is same
