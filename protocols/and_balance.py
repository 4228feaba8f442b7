r"""A&D balances: a weight in the standard format is always 15 characters and CR LF.

    ST,+00123.45  g           stable; US is unstable, QT counts pieces
    OL,+9999999E+19           overload; with "-", underload

A command that is obeyed is answered with ACK where the function ``erCd`` is 1, some
twice, when it was received and when it is done; where it is 0, with nothing. An error
is ``EC,E`` and a number.

Sources: A&D manuals GF-2002A p. 16, GC p. 51, GX p. 46, GF-30K p. 86. They name ``?SN``
and ``?TN`` and not the form of the answers: any text is taken, whole.
"""

import re
from enum import StrEnum
from typing import Final

from protocols.balance_commands import CommandLines
from protocols.balance_replies import (
    TERMINATOR,
    Malformed,
    Reason,
    Refusal,
    Reply,
    Taken,
    Weight,
    parse_text,
    shown_number,
)
from protocols.errors import LocalProtocolError

_DIGITS: Final = 8
_UNIT_WIDTH: Final = 3
_WEIGHT = re.compile(rf"(ST|US),([-+])([0-9.]{{{_DIGITS}}})( *[!-~]+)\r\n")
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_OUT_OF_RANGE = re.compile(r"OL,([-+])9999999E\+19\r\n")
_ERROR = re.compile(r"EC,(E[0-9]{2})\r\n")
_ACKNOWLEDGED: Final = b"\x06\r\n"
_HEADED = re.compile(r"(?:ST|US|QT|OL|WT|EC),.*\r\n")


class Command(StrEnum):
    """What dosebench sends."""

    WEIGHT = "SI"
    ZERO = "Z"
    SERIAL_NUMBER = "?SN"
    TYPE = "?TN"


_COMMANDS: Final = CommandLines(Command)
encode: Final = _COMMANDS.encode
parse_command: Final = _COMMANDS.parse


def parse(line: bytes) -> Reply:
    """Return the reply in a line, CR LF included. Never raises."""
    text = line.decode("latin-1")
    if found := _WEIGHT.fullmatch(text):
        head, sign, number, unit = found.groups()
        if len(unit) == _UNIT_WIDTH and _NUMBER.fullmatch(number):
            shown = sign.replace("+", "") + number
            return Weight(shown, unit.strip(), head == "ST", line)
    if found := _OUT_OF_RANGE.fullmatch(text):
        is_over = found[1] == "+"
        return Refusal(Reason.OVERLOAD if is_over else Reason.UNDERLOAD, line)
    if found := _ERROR.fullmatch(text):
        return Refusal(Reason.NOT_UNDERSTOOD, line, detail=found[1])
    if line == _ACKNOWLEDGED:
        return Taken(None, line)
    return Malformed(line) if _HEADED.fullmatch(text) else parse_text(line)


def weight_line(units: int, decimals: int, unit: str, stable: bool) -> bytes:
    """Return a weight of ``units`` times 10**-``decimals``.

    Raises:
        LocalProtocolError: it does not fit the columns.
    """
    number = shown_number(units, decimals).zfill(_DIGITS)
    head, sign = "ST" if stable else "US", "-" if units < 0 else "+"
    text = f"{head},{sign}{number}{unit.rjust(_UNIT_WIDTH)}{TERMINATOR}"
    line = text.encode("latin-1", "replace")
    if not isinstance(parse(line), Weight):
        raise LocalProtocolError(
            f"A&D has no weight {line!r}; use up to {_DIGITS - 1} digits and a unit of"
            f" up to {_UNIT_WIDTH} characters"
        )
    return line


def out_of_range_line(reason: Reason) -> bytes:
    """Return what stands in a weight's place when the load is out of range.

    Raises:
        LocalProtocolError: the reason is neither overload nor underload.
    """
    if reason not in (Reason.OVERLOAD, Reason.UNDERLOAD):
        raise LocalProtocolError(
            f"A&D's OL line does not say {reason.value!r}; use error_line"
        )
    sign = "+" if reason is Reason.OVERLOAD else "-"
    return f"OL,{sign}9999999E+19{TERMINATOR}".encode("ascii")


def acknowledgement_line() -> bytes:
    """Return the answer to a command that was received, or is done."""
    return _ACKNOWLEDGED


def error_line(number: int) -> bytes:
    """Return the answer to a command that was not obeyed.

    Raises:
        LocalProtocolError: ``number`` is not 0 to 99.
    """
    if not 0 <= number <= 99:
        raise LocalProtocolError(f"A&D has no error {number}; use 0 to 99")
    return f"EC,E{number:02}{TERMINATOR}".encode("ascii")
