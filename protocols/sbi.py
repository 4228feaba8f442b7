r"""Sartorius SBI: commands of an escape character and a letter, weights in columns.

A weight has 14 characters and CR LF, or 6 more before them that name what is shown::

    +  123.4567 g             sign, 9 places, blank, unit of up to 3
    N     +  123.4567 g       "N" net, "G#" gross; a tare ("T") is no weight

A weight without a unit is not stable. What is not a weight stands in its place:
``High`` and ``Low`` (older models ``H``, ``L``), ``Cal.`` or ``C`` during an
adjustment, ``Err ###``. Only the request for a print and the questions for model,
serial number and software are answered; nothing says whether a balance has zeroed.
Where automatic print is on, the request starts and ends a stream instead.

Sources: Sartorius operating instructions MSE36201S p. 71, LE2202S p. 51, ME215S p. 135,
Entris II p. 3, Master series p. 79.
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
    Weight,
    fitted,
    parse_text,
    shown_number,
)
from protocols.errors import LocalProtocolError

_ESCAPE: Final = "\x1b"
_NAME_WIDTH: Final = 6
_STATUS_NAME: Final = "Stat"
_NUMBER_WIDTH: Final = 9
_UNIT_WIDTH: Final = 3
_BODY_WIDTH: Final = 14

_BODY = re.compile(rf"([-+ ])( *{NUMBER}) (?:([!-~]{{1,3}}) *| {{3}})")
_NAMED = re.compile(r"([A-Z][!-~]*) *")
_WEIGHT_NAMES: Final = frozenset({"", "N", "N1", "G#"})
_FAULT = re.compile(r"(?:Err|ERR) {0,2}([0-9]{1,3})|((?:APP|DIS|PRT)\.ER)")
_STATES: Final = MappingProxyType(
    {
        "High": Reason.OVERLOAD,
        "H": Reason.OVERLOAD,
        "Low": Reason.UNDERLOAD,
        "L": Reason.UNDERLOAD,
        "Cal.": Reason.BUSY,
        "Cal. Ext.": Reason.BUSY,
        "C": Reason.BUSY,
    }
)
_SHOWN: Final = MappingProxyType(
    {Reason.OVERLOAD: "High", Reason.UNDERLOAD: "Low", Reason.BUSY: "Cal."}
)


class Command(StrEnum):
    """What dosebench sends."""

    PRINT = "P"
    ZERO = "V"
    MODEL = "x1_"
    SERIAL_NUMBER = "x2_"
    SOFTWARE = "x3_"


_COMMANDS: Final = CommandLines(Command, _ESCAPE)
encode: Final = _COMMANDS.encode
parse_command: Final = _COMMANDS.parse


def parse(line: bytes) -> Reply:
    """Return the reply in a line, CR LF included. Never raises."""
    text = line.decode("latin-1").removesuffix(TERMINATOR)
    whole = len(line) - len(TERMINATOR)
    if len(text) != whole or whole not in (_BODY_WIDTH, _NAME_WIDTH + _BODY_WIDTH):
        return parse_text(line)
    head, body = text[:-_BODY_WIDTH], text[-_BODY_WIDTH:]
    return _parse_columns(head, body, line) or parse_text(line)


def weight_line(units: int, decimals: int, unit: str, name: str = "") -> bytes:
    """Return a weight of ``units`` times 10**-``decimals``.

    Args:
        units: value as a count of its last digit.
        decimals: digits after the point.
        unit: unit; "" where the weight is not stable.
        name: what is shown, such as "N"; "" for a line of 16 characters.

    Raises:
        LocalProtocolError: it does not fit the columns.
    """
    number = fitted(shown_number(units, decimals), _NUMBER_WIDTH)
    sign = "-" if units < 0 else "+"
    line = _line(name, f"{sign}{number} {unit.ljust(_UNIT_WIDTH)}")
    if not isinstance(parse(line), Weight):
        raise LocalProtocolError(
            f"SBI has no weight {line!r}; use a unit of up to {_UNIT_WIDTH} characters,"
            f" and a name out of {sorted(_WEIGHT_NAMES)}"
        )
    return line


def state_line(reason: Reason, name: str = "") -> bytes:
    """Return what stands in a weight's place: overload, underload or adjustment.

    Raises:
        LocalProtocolError: SBI has no word for the reason.
    """
    if reason not in _SHOWN:
        raise LocalProtocolError(
            f"SBI does not say {reason.value!r}; use one of"
            f" {sorted(each.value for each in _SHOWN)}"
        )
    return _line(_STATUS_NAME if name else "", _SHOWN[reason].center(_BODY_WIDTH))


def fault_line(number: int, name: str = "") -> bytes:
    """Return an error of the balance, sent in a weight's place.

    Raises:
        LocalProtocolError: ``number`` is not 0 to 999.
    """
    if not 0 <= number <= 999:
        raise LocalProtocolError(f"SBI has no error {number}; use 0 to 999")
    body = f"   Err {number:03}".ljust(_BODY_WIDTH)
    return _line(_STATUS_NAME if name else "", body)


def _line(name: str, body: str) -> bytes:
    head = name.ljust(_NAME_WIDTH) if name else ""
    return f"{head}{body}{TERMINATOR}".encode("latin-1", "replace")


def _parse_columns(head: str, body: str, line: bytes) -> Reply | None:
    named = _NAMED.fullmatch(head)
    if head and named is None:
        return None
    name = named[1] if named else ""
    if name in ("", _STATUS_NAME):
        state = body.strip(" ")
        if reason := _STATES.get(state):
            return Refusal(reason, line)
        if fault := _FAULT.fullmatch(state):
            return Refusal(Reason.FAULT, line, detail=fault[1] or fault[2])
    found = _BODY.fullmatch(body)
    if found is None:
        return None
    if name not in _WEIGHT_NAMES or len(found[2]) != _NUMBER_WIDTH:
        return Malformed(line)
    sign = found[1].replace("+", "").strip()
    unit = found[3] or ""
    return Weight(sign + found[2].strip(), unit, bool(unit), line, name)
