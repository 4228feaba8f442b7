"""SBI lines typed from the makers' tables, column by column."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from protocols.balance_replies import Malformed, Reason, Refusal, Text, Weight
from protocols.errors import LocalProtocolError
from protocols.sbi import (
    Command,
    encode,
    fault_line,
    parse,
    parse_command,
    state_line,
    weight_line,
)


def weight(line: bytes) -> tuple[str, str, bool, str]:
    found = parse(line)
    assert isinstance(found, Weight), found
    assert found.raw == line
    return found.text, found.unit, found.stable, found.label


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        # Positions: 1 sign, 2-10 value, 11 blank, 12-14 unit, 15 CR, 16 LF.
        (b"+   123.56 g  \r\n", ("123.56", "g", True, "")),
        (b"+111.25507 mg \r\n", ("111.25507", "mg", True, "")),
        (b"-  0.01234 g  \r\n", ("-0.01234", "g", True, "")),
        (b"   0.00000 kg \r\n", ("0.00000", "kg", True, "")),
        (b"+     1255 g  \r\n", ("1255", "g", True, "")),
        # The unit is missing: not stable.
        (b"+   123.56    \r\n", ("123.56", "", False, "")),
        # A name of 6 characters before it.
        (b"N     +   123.56 g  \r\n", ("123.56", "g", True, "N")),
        (b"G#    -   123.56 g  \r\n", ("-123.56", "g", True, "G#")),
        (b"N     +   123.56    \r\n", ("123.56", "", False, "N")),
    ],
)
def test_weights(line: bytes, shown: tuple[str, str, bool, str]) -> None:
    assert weight(line) == shown


@pytest.mark.parametrize(
    ("line", "reason", "detail"),
    [
        (b"     High     \r\n", Reason.OVERLOAD, ""),
        (b"      H       \r\n", Reason.OVERLOAD, ""),
        (b"     Low      \r\n", Reason.UNDERLOAD, ""),
        (b"      L       \r\n", Reason.UNDERLOAD, ""),
        (b"     Cal.     \r\n", Reason.BUSY, ""),
        (b"      C       \r\n", Reason.BUSY, ""),
        (b"   Err 054    \r\n", Reason.FAULT, "054"),
        (b"Err 054       \r\n", Reason.FAULT, "054"),
        (b"Stat       High     \r\n", Reason.OVERLOAD, ""),
        (b"Stat       Low      \r\n", Reason.UNDERLOAD, ""),
        (b"Stat      Cal. Ext. \r\n", Reason.BUSY, ""),
        (b"Stat     ERR 123    \r\n", Reason.FAULT, "123"),
        (b"Stat     APP.ER     \r\n", Reason.FAULT, "APP.ER"),
    ],
)
def test_what_stands_in_place_of_a_weight(
    line: bytes, reason: Reason, detail: str
) -> None:
    assert parse(line) == Refusal(reason, line, detail=detail)


@pytest.mark.parametrize(
    "line",
    [
        b"+  123.56 g  \r\n",  # a place is missing
        b"+    123.56 g  \r\n",  # one is too many
        b"+   123.56 g  \n",
        b"+   123.56 g  \r\n\n",
        b"+   123.5g g  \r\n",
        b"+   00123. g  \r\n",
        b"+ -  12.56 g  \r\n",
        b"+   123.56g   \r\n",
        b"+   12 .56 g  \r\n",
        b"+ 123.5[6] g  \r\n",
        b"T     +   123.56 g  \r\n",  # a tare is no weight
        b"Qnt   +   123.56 g  \r\n",
        b"      +   123.56 g  \r\n",
        b"3.56 g  \r\n",
        b".56    \r\n",
        b"\r\n",
        b"",
    ],
)
def test_what_is_nearly_a_weight_is_nothing(line: bytes) -> None:
    assert parse(line) == Malformed(line)


@pytest.mark.parametrize(
    "text", ["MSE225S-000-DA", "29906913", "00-37-09", "Entris II BCE224I-1S"]
)
def test_what_it_says_of_itself(text: str) -> None:
    line = text.encode() + b"\r\n"
    assert parse(line) == Text(text, line)


def test_commands() -> None:
    assert encode(Command.PRINT) == b"\x1bP\r\n"
    assert encode(Command.ZERO) == b"\x1bV\r\n"
    assert encode(Command.SERIAL_NUMBER) == b"\x1bx2_\r\n"
    assert parse_command(b"\x1bx1_\r\n") is Command.MODEL
    assert parse_command(b"P\r\n") is None


def test_lines_that_are_built() -> None:
    assert weight_line(1425600, 5, "g") == b"+ 14.25600 g  \r\n"
    assert weight_line(-12, 5, "", "N") == b"N     -  0.00012    \r\n"
    assert state_line(Reason.OVERLOAD) == b"     High     \r\n"
    assert state_line(Reason.UNDERLOAD, "N") == b"Stat       Low      \r\n"
    assert fault_line(54) == b"   Err 054    \r\n"


def test_what_no_line_can_say_is_refused() -> None:
    wrongs: tuple[Callable[[], bytes], ...] = (
        lambda: weight_line(10**9, 0, "g"),
        lambda: weight_line(1, -1, "g"),
        lambda: weight_line(1, 2, "gram"),
        lambda: weight_line(1, 2, "g", "T"),
        lambda: state_line(Reason.UNSTABLE),
        lambda: fault_line(1000),
    )
    for wrong in wrongs:
        with pytest.raises(LocalProtocolError):
            wrong()
