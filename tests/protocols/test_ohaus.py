"""Ohaus lines, from the manuals' examples; they print a blank as a star."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from protocols.balance_replies import Malformed, Reason, Refusal, Taken, Text, Weight
from protocols.errors import LocalProtocolError
from protocols.ohaus import (
    Command,
    done_line,
    encode,
    error_line,
    parse,
    parse_command,
    refusal_line,
    weight_line,
)


def printed(stars: str) -> bytes:
    return stars.replace("*", " ").encode() + b"\r\n"


@pytest.mark.parametrize(
    ("stars", "text", "unit", "stable"),
    [
        ("********0.00*g*****", "0.00", "g", True),
        ("*******12.73*g****?", "12.73", "g", False),
        ("*******12.72*g****?", "12.72", "g", False),
        ("******0.4500*oz****", "0.4500", "oz", True),
        ("******0.5950*oz***?", "0.5950", "oz", False),
        ("********200*g**", "200", "g", True),
        ("********311*g*?", "311", "g", False),
        ("*******0.211*kg*?", "0.211", "kg", False),
        ("*******0.01*g*?", "0.01", "g", False),
        ("**-0.00012*g*****", "-0.00012", "g", True),
    ],
)
def test_weights(stars: str, text: str, unit: str, stable: bool) -> None:
    line = printed(stars)
    assert parse(line) == Weight(text, unit, stable, line)


def test_answers() -> None:
    assert parse(b"OK!\r\n") == Taken(None, b"OK!\r\n")
    either = Reason.UNSTABLE_OR_NOT_UNDERSTOOD
    assert parse(b"ES\r\n") == Refusal(either, b"ES\r\n")
    over, under, other = b"Err 8.3\r\n", b"Error 8.4\r\n", b"Err 53\r\n"
    assert parse(over) == Refusal(Reason.OVERLOAD, over, detail="8.3")
    assert parse(under) == Refusal(Reason.UNDERLOAD, under, detail="8.4")
    assert parse(other) == Refusal(Reason.FAULT, other, detail="53")
    assert parse(b"B123456789\r\n") == Text("B123456789", b"B123456789\r\n")


@pytest.mark.parametrize(
    "stars",
    [
        "***12.73*g****?",  # one place too few in front: 8
        "*********12.73*g****?",  # one too many: 13
        "********0.85*oz*****WET*WT",
        "*****207.80*g*TOTAL",
        "*******12.73*g*****??",
        "*******12.73***?",
        "*******12..3*g****?",
        "*******-*2.3*g****?",
        "*******12.73",
        "-0000012.73*g*****",
        "12.73*g*****",
        "2.73*g?",
        ".73*g****?",
    ],
)
def test_what_is_nearly_a_weight_is_no_weight(stars: str) -> None:
    assert not isinstance(parse(printed(stars)), Weight)


@pytest.mark.parametrize("line", [b"OK!\n", b"ES", b"", b"\r\n", b"2.73 g    ?\r\n"])
def test_what_is_nearly_a_reply_is_nothing(line: bytes) -> None:
    assert parse(line) == Malformed(line)


def test_commands_and_lines_that_are_built() -> None:
    assert encode(Command.WEIGHT) == b"IP\r\n"
    assert encode(Command.SERIAL_NUMBER) == b"PSN\r\n"
    assert parse_command(b"Z\r\n") is Command.ZERO
    assert parse_command(b"P\r\n") is None
    assert weight_line(1273, 2, "g", stable=False) == printed("******12.73*g****?")
    assert weight_line(-12, 5, "kg", stable=True, width=9) == printed(
        "*-0.00012*kg****"
    )
    assert done_line() == b"OK!\r\n"
    assert refusal_line() == b"ES\r\n"
    assert error_line("8.3") == b"Err 8.3\r\n"
    wrongs: tuple[Callable[[], bytes], ...] = (
        lambda: weight_line(10**12, 2, "g", stable=True),
        lambda: weight_line(1, 2, "grams?", stable=True),
        lambda: weight_line(1, 2, "g", stable=True, width=13),
        lambda: error_line("x"),
    )
    for wrong in wrongs:
        with pytest.raises(LocalProtocolError):
            wrong()
