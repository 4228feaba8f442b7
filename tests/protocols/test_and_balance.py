"""A&D lines, from the manuals' examples and by their columns."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from protocols.and_balance import (
    Command,
    acknowledgement_line,
    encode,
    error_line,
    out_of_range_line,
    parse,
    parse_command,
    weight_line,
)
from protocols.balance_replies import Malformed, Reason, Refusal, Taken, Text, Weight
from protocols.errors import LocalProtocolError


@pytest.mark.parametrize(
    ("line", "text", "unit", "stable", "units", "decimals"),
    [
        (b"ST,+00123.45  g\r\n", "00123.45", "g", True, 12345, 2),
        (b"US,+00123.45  g\r\n", "00123.45", "g", False, 12345, 2),
        (b"ST,-00.00012  g\r\n", "-00.00012", "g", True, -12, 5),
        (b"ST,+0012.345 mg\r\n", "0012.345", "mg", True, 12345, 3),
        (b"US,-00000012 kg\r\n", "-00000012", "kg", False, -12, 0),
        (b"ST,+00123.45  %\r\n", "00123.45", "%", True, 12345, 2),
    ],
)
def test_weights(
    line: bytes, text: str, unit: str, stable: bool, units: int, decimals: int
) -> None:
    found = parse(line)
    assert found == Weight(text, unit, stable, line)
    assert isinstance(found, Weight)
    assert (found.units, found.decimals) == (units, decimals)


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        (b"OL,+9999999E+19\r\n", (Reason.OVERLOAD, "")),
        (b"OL,-9999999E+19\r\n", (Reason.UNDERLOAD, "")),
        (b"EC,E01\r\n", (Reason.NOT_UNDERSTOOD, "E01")),
        (b"EC,E11\r\n", (Reason.NOT_UNDERSTOOD, "E11")),
    ],
)
def test_no_weight(line: bytes, reply: tuple[Reason, str]) -> None:
    assert parse(line) == Refusal(reply[0], line, detail=reply[1])


def test_an_acknowledgement() -> None:
    assert parse(b"\x06\r\n") == Taken(None, b"\x06\r\n")
    assert acknowledgement_line() == b"\x06\r\n"


@pytest.mark.parametrize(
    "line",
    [
        b"ST,+0123.45  g\r\n",
        b"ST,+000123.45  g\r\n",
        b"ST,+00123.45 g\r\n",
        b"ST,+00123.45   \r\n",
        b"ST,00123.45   g\r\n",
        b"ST,+0012.3.5  g\r\n",
        b"ST,+.0012345  g\r\n",
        b"ST,+001234 5  g\r\n",
        b"QT,+00000012 PC\r\n",  # pieces are no weight
        b"WT,+00123.45  g\r\n",
        b"OL,+9999999E+1\r\n",
        b"T,+00123.45  g\n",
        b"0123.45  g\r\n",
        b"\x06\n",
        b"EC,E1\r\n",
        b"ST,+00123.45  g",
    ],
)
def test_what_is_nearly_a_reply_is_nothing(line: bytes) -> None:
    assert parse(line) == Malformed(line)


def test_what_it_says_of_itself_and_commands() -> None:
    assert parse(b"T0123456\r\n") == Text("T0123456", b"T0123456\r\n")
    assert parse(b"SN,T0123456\r\n") == Text("SN,T0123456", b"SN,T0123456\r\n")
    assert encode(Command.SERIAL_NUMBER) == b"?SN\r\n"
    assert encode(Command.WEIGHT) == b"SI\r\n"
    assert parse_command(b"?TN\r\n") is Command.TYPE
    assert parse_command(b"S\r\n") is None


def test_lines_that_are_built() -> None:
    assert weight_line(12345, 2, "g", stable=True) == b"ST,+00123.45  g\r\n"
    assert weight_line(-12, 5, "mg", stable=False) == b"US,-00.00012 mg\r\n"
    assert out_of_range_line(Reason.OVERLOAD) == b"OL,+9999999E+19\r\n"
    assert out_of_range_line(Reason.UNDERLOAD) == b"OL,-9999999E+19\r\n"
    assert error_line(1) == b"EC,E01\r\n"
    wrongs: tuple[Callable[[], bytes], ...] = (
        lambda: weight_line(10**8, 2, "g", stable=True),
        lambda: weight_line(1, 2, "gram", stable=True),
        lambda: out_of_range_line(Reason.BUSY),
        lambda: error_line(100),
    )
    for wrong in wrongs:
        with pytest.raises(LocalProtocolError):
            wrong()
