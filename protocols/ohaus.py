r"""Ohaus balances: a weight in fixed columns, ``?`` in the last one while unstable.

           12.73 g    ?       weight of 9 to 12, blank, unit of up to 5, ``?`` or blank

Each model has its own widths; a line keeps its length whether stable or not. A blank
must come first, or a minus sign could have been lost with all that stood before it. A
weight with a legend behind it (NET, a time) is not taken. Commands are answered with
``OK!``, unless that was switched off, and with ``ES`` where they are unknown; but a
weight that is not stable within 40 s is answered with ``ES`` too.

Sources: Ohaus service manual AX124 p. 22, RS232 manual p. 3 and 5, Explorer p. 79. They
name ``PSN`` and ``PV`` and not the form of the answers: any text is taken, whole.
"""

import re
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from protocols.balance_commands import CommandLines
from protocols.balance_replies import (
    NUMBER,
    TERMINATOR,
    Reason,
    Refusal,
    Reply,
    Taken,
    Weight,
    fitted,
    parse_text,
    shown_number,
)
from protocols.errors import LocalProtocolError

_NARROWEST: Final = 9
_WIDEST: Final = 12
_UNIT_WIDTH: Final = 5
_WEIGHT = re.compile(rf"( +)(-?{NUMBER}) ([!->@-~]{{1,5}})( {{0,5}})([ ?])\r\n")
_ERROR = re.compile(r" *Err(?:or)? ([0-9]{1,2}(?:\.[0-9])?) *\r\n")
_REASONS: Final = MappingProxyType({"8.3": Reason.OVERLOAD, "8.4": Reason.UNDERLOAD})
_DONE: Final = b"OK!\r\n"
_REFUSED: Final = b"ES\r\n"


class Command(StrEnum):
    """What dosebench sends."""

    WEIGHT = "IP"
    ZERO = "Z"
    SERIAL_NUMBER = "PSN"
    SOFTWARE = "PV"


_COMMANDS: Final = CommandLines(Command)
encode: Final = _COMMANDS.encode
parse_command: Final = _COMMANDS.parse


def parse(line: bytes) -> Reply:
    """Return the reply in a line, CR LF included. Never raises."""
    if line == _DONE:
        return Taken(None, line)
    if line == _REFUSED:
        return Refusal(Reason.UNSTABLE_OR_NOT_UNDERSTOOD, line)
    text = line.decode("latin-1")
    if error := _ERROR.fullmatch(text):
        reason = _REASONS.get(error[1], Reason.FAULT)
        return Refusal(reason, line, detail=error[1])
    found = _WEIGHT.fullmatch(text)
    if found is None:
        return parse_text(line)
    blanks, number, unit, _, marker = found.groups()
    if not _NARROWEST <= len(blanks) + len(number) <= _WIDEST:
        return parse_text(line)
    return Weight(number, unit, marker == " ", line)


def weight_line(
    units: int, decimals: int, unit: str, stable: bool, width: int = 11
) -> bytes:
    """Return a weight of ``units`` times 10**-``decimals``.

    Args:
        units: value as a count of its last digit.
        decimals: digits after the point.
        unit: unit, 1 to 5 characters.
        stable: whether it is stable.
        width: of the weight's column, 9 to 12.

    Raises:
        LocalProtocolError: it does not fit the columns.
    """
    sign = "-" if units < 0 else ""
    number = fitted(sign + shown_number(units, decimals), width)
    marker = " " if stable else "?"
    text = f"{number} {unit.ljust(_UNIT_WIDTH)}{marker}{TERMINATOR}"
    line = text.encode("latin-1", "replace")
    if not isinstance(parse(line), Weight):
        raise LocalProtocolError(
            f"Ohaus has no weight {line!r}; use a width of {_NARROWEST} to {_WIDEST}"
            f" and a unit of up to {_UNIT_WIDTH} characters"
        )
    return line


def done_line() -> bytes:
    """Return the answer to a command that was obeyed."""
    return _DONE


def refusal_line() -> bytes:
    """Return the answer to a command that is unknown, or waited for rest in vain."""
    return _REFUSED


def error_line(code: str) -> bytes:
    """Return an error of the display, printed in a weight's place.

    Raises:
        LocalProtocolError: the code is not one or two digits, a point and one more.
    """
    line = f"Err {code}{TERMINATOR}".encode("latin-1", "replace")
    if not isinstance(parse(line), Refusal):
        raise LocalProtocolError(f"Ohaus shows no error {code!r}; use one like 8.3")
    return line
