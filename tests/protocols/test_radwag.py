"""Radwag frames, typed column by column from the manual's table."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from protocols.balance_replies import Malformed, Reason, Refusal, Taken, Text, Weight
from protocols.errors import LocalProtocolError
from protocols.radwag import (
    Command,
    answer_line,
    encode,
    not_understood_line,
    parse,
    parse_command,
    refusal_line,
    serial_number_line,
    weight_line,
)


@pytest.mark.parametrize(
    ("line", "text", "unit", "stable", "command"),
    [
        # 1-3 command, 5 marker, 7 sign, 8-16 mass, 18-20 unit.
        (b"S     -      8.5 g  \r\n", "-8.5", "g", True, "S"),
        (b"SI  ?    18.5340 kg \r\n", "18.5340", "kg", False, "SI"),
        (b"SI       0.01234 g  \r\n", "0.01234", "g", True, "SI"),
        (b"SUI   -      172 lbs\r\n", "-172", "lbs", True, "SUI"),
        (b"SU         172.1 g  \r\n", "172.1", "g", True, "SU"),
    ],
)
def test_mass_frames(
    line: bytes, text: str, unit: str, stable: bool, command: str
) -> None:
    assert parse(line) == Weight(text, unit, stable, line, command)


@pytest.mark.parametrize(
    ("line", "reason", "command"),
    [
        (b"SI  ^  220.00000 g  \r\n", Reason.OVERLOAD, "SI"),
        (b"SI  v -  4.00000 g  \r\n", Reason.UNDERLOAD, "SI"),
        (b"SI ^\r\n", Reason.OVERLOAD, "SI"),
        (b"Z v\r\n", Reason.UNDERLOAD, "Z"),
        (b"Z ^\r\n", Reason.OVERLOAD, "Z"),
        (b"Z E\r\n", Reason.UNSTABLE, "Z"),
        (b"Z I\r\n", Reason.BUSY, "Z"),
        (b"ES\r\n", Reason.NOT_UNDERSTOOD, ""),
    ],
)
def test_refusals(line: bytes, reason: Reason, command: str) -> None:
    assert parse(line) == Refusal(reason, line, command)


def test_two_answers_to_one_command_and_the_serial_number() -> None:
    assert parse(b"Z A\r\n") == Taken(False, b"Z A\r\n", "Z")
    assert parse(b"Z D\r\n") == Taken(True, b"Z D\r\n", "Z")
    line = b'NB A "123456"\r\n'
    assert parse(line) == Text("123456", line)


@pytest.mark.parametrize(
    "line",
    [
        b"S    -      8.5 g  \r\n",
        b"S      -      8.5 g  \r\n",
        b"SI    -      8.5 g \r\n",
        b"SI    -      8.5g   \r\n",
        b"SI  x -      8.5 g  \r\n",
        b"SI    + 8.5      g  \r\n",
        b"SI    -     8 .5 g  \r\n",
        b"SI    -     08.5 g  \r\n",
        b"T     -      8.5 g  \r\n",
        b"      -      8.5 g  \r\n",
        b"8.5 g  \r\n",
        b"Z A\n",
        b"Z X\r\n",
        b"NB A 123456\r\n",
        b'NB A ""\r\n',
        b"123456\r\n",
        b"",
    ],
)
def test_what_is_nearly_a_reply_is_nothing(line: bytes) -> None:
    assert parse(line) == Malformed(line)


def test_commands_and_lines_that_are_built() -> None:
    assert encode(Command.SERIAL_NUMBER) == b"NB\r\n"
    assert parse_command(b"SI\r\n") is Command.WEIGHT
    assert parse_command(b"S\r\n") is None
    assert weight_line(Command.WEIGHT, -85, 1, "g") == b"SI    -      8.5 g  \r\n"
    line = weight_line(Command.WEIGHT, 1234, 5, "kg", "?")
    assert line == b"SI  ?    0.01234 kg \r\n"
    assert answer_line(Command.ZERO, done=False) == b"Z A\r\n"
    assert answer_line(Command.ZERO, done=True) == b"Z D\r\n"
    assert refusal_line(Command.ZERO, Reason.UNSTABLE) == b"Z E\r\n"
    assert serial_number_line("123456") == b'NB A "123456"\r\n'
    assert not_understood_line() == b"ES\r\n"
    wrongs: tuple[Callable[[], bytes], ...] = (
        lambda: weight_line(Command.WEIGHT, 10**9, 0, "g"),
        lambda: weight_line(Command.WEIGHT, 1, 0, "gram"),
        lambda: weight_line(Command.ZERO, 1, 0, "g"),
        lambda: refusal_line(Command.ZERO, Reason.FAULT),
        lambda: serial_number_line('a"b'),
    )
    for wrong in wrongs:
        with pytest.raises(LocalProtocolError):
            wrong()
