r"""Radwag balances: a mass frame in columns, and two answers to each command.

    SI  ?    12.3456 g        command, marker, sign, 9 places, unit of up to 3

The marker is blank when stable, ``?`` when not, ``^`` above the range and ``v`` below
it. A command that takes its time is answered with ``Z A`` when it was taken and with
``Z D`` when it is done; instead of either may come ``Z I`` (not now), ``Z ^``, ``Z v``
or ``Z E`` (not stable in time). ``ES`` says that a command was not understood.

Sources: Radwag manuals PS p. 82, AS R2 PLUS p. 83, WTC p. 48, PUE HY10 p. 232.
"""

import re
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from protocols.balance_commands import CommandLines
from protocols.balance_replies import (
    NUMBER,
    TERMINATOR,
    Malformed,
    Reason,
    Refusal,
    Reply,
    Taken,
    Text,
    Weight,
    fitted,
    shown_number,
)
from protocols.errors import LocalProtocolError

_MASS_WIDTH: Final = 9
_UNIT_WIDTH: Final = 3
_FRAME_BYTES: Final = 22
_MASS = re.compile(
    rf"(S  |SI |SU |SUI) ([ ?^v]) ([- ])( *{NUMBER}) ([!-~]{{1,{_UNIT_WIDTH}}}) *\r\n"
)
_ANSWER = re.compile(r"([A-Z]{1,3}) ([ADI^vE])\r\n")
_SERIAL_NUMBER = re.compile(r"NB A \"([!-~](?:[ -!#-~]{0,30}[!-~])?)\"\r\n")
_NOT_UNDERSTOOD: Final = b"ES\r\n"
_REASONS: Final = MappingProxyType(
    {
        "^": Reason.OVERLOAD,
        "v": Reason.UNDERLOAD,
        "I": Reason.BUSY,
        "E": Reason.UNSTABLE,
    }
)
_LETTERS: Final = MappingProxyType({each: key for key, each in _REASONS.items()})


class Command(StrEnum):
    """What dosebench sends."""

    WEIGHT = "SI"
    ZERO = "Z"
    SERIAL_NUMBER = "NB"


_COMMANDS: Final = CommandLines(Command)
encode: Final = _COMMANDS.encode
parse_command: Final = _COMMANDS.parse


def parse(line: bytes) -> Reply:
    """Return the reply in a line, CR LF included. Never raises."""
    text = line.decode("latin-1")
    if len(line) == _FRAME_BYTES and (found := _MASS.fullmatch(text)):
        return _parse_mass(found, line)
    if found := _SERIAL_NUMBER.fullmatch(text):
        return Text(found[1], line)
    if found := _ANSWER.fullmatch(text):
        command, letter = found.groups()
        if reason := _REASONS.get(letter):
            return Refusal(reason, line, command)
        return Taken(letter == "D", line, command)
    if line == _NOT_UNDERSTOOD:
        return Refusal(Reason.NOT_UNDERSTOOD, line)
    return Malformed(line)


def weight_line(
    command: Command, units: int, decimals: int, unit: str, marker: str = " "
) -> bytes:
    """Return a mass frame of ``units`` times 10**-``decimals``.

    Args:
        command: which asked for it.
        units: value as a count of its last digit.
        decimals: digits after the point.
        unit: unit, 1 to 3 characters.
        marker: blank, ``?``, ``^`` or ``v``.

    Raises:
        LocalProtocolError: it does not fit the columns.
    """
    number = fitted(shown_number(units, decimals), _MASS_WIDTH)
    sign = "-" if units < 0 else " "
    text = f"{command:3} {marker} {sign}{number} {unit:{_UNIT_WIDTH}}{TERMINATOR}"
    line = text.encode("latin-1", "replace")
    if not isinstance(parse(line), Weight | Refusal):
        raise LocalProtocolError(
            f"Radwag has no mass frame {line!r}; use a unit of up to {_UNIT_WIDTH}"
            " characters and a marker of its table"
        )
    return line


def answer_line(command: Command, done: bool) -> bytes:
    """Return that a command was taken, or is done."""
    return f"{command} {'D' if done else 'A'}{TERMINATOR}".encode("ascii")


def refusal_line(command: Command, reason: Reason) -> bytes:
    """Return that a command was understood and not obeyed.

    Raises:
        LocalProtocolError: Radwag has no letter for the reason.
    """
    if reason not in _LETTERS:
        raise LocalProtocolError(
            f"Radwag has no letter for {reason.value!r}; use one of"
            f" {sorted(each.value for each in _LETTERS)}"
        )
    return f"{command} {_LETTERS[reason]}{TERMINATOR}".encode("ascii")


def serial_number_line(serial: str) -> bytes:
    """Return the answer to the question for the serial number.

    Raises:
        LocalProtocolError: it cannot be written.
    """
    line = f'NB A "{serial}"{TERMINATOR}'.encode("latin-1", "replace")
    if not isinstance(parse(line), Text):
        raise LocalProtocolError(
            f"Radwag cannot send the serial number {serial!r}; use 1 to 32 printable"
            " characters without quotes"
        )
    return line


def not_understood_line() -> bytes:
    """Return the answer to an unknown command."""
    return _NOT_UNDERSTOOD


def _parse_mass(found: re.Match[str], line: bytes) -> Reply:
    padded, marker, sign, number, unit = found.groups()
    command = padded.rstrip()
    if len(number) != _MASS_WIDTH:
        return Malformed(line)
    if reason := _REASONS.get(marker):
        return Refusal(reason, line, command)
    return Weight(sign.strip() + number.strip(), unit, marker == " ", line, command)
