"""What a balance can say, in the languages that print what the display shows.

Sartorius, A&D, Ohaus and Radwag have a grammar each, in a module each; what their lines
mean is the same few things. Every reply keeps `raw`, the whole line with its
terminator, as evidence.
"""

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final

from protocols.errors import LocalProtocolError

TERMINATOR: Final = "\r\n"
NUMBER: Final = r"(?:0|[1-9][0-9]*)(?:\.[0-9]+)?"
"""Digits without leading zeros, as a regular expression."""

_LONGEST_TEXT: Final = 40
_TEXT = re.compile(rf"([ -~]{{1,{_LONGEST_TEXT}}})\r\n")
# The end of a weight whose beginning was lost: a unit with a number before it or none.
_PIECE_OF_WEIGHT = re.compile(
    r"[-+.].*|(?:[0-9.\[\] ]* )?[A-Za-z%]{1,5} *\??", re.DOTALL
)


class Reason(Enum):
    """Why a balance gives no weight, or does not do what it was asked."""

    OVERLOAD = "overload"
    UNDERLOAD = "underload"
    UNSTABLE = "not stable in time"
    BUSY = "not now"
    FAULT = "fault"
    NOT_UNDERSTOOD = "not understood"
    UNSTABLE_OR_NOT_UNDERSTOOD = "not stable in time, or not understood"


@dataclass(frozen=True, slots=True)
class Weight:
    """A weight, exactly as the balance printed it.

    Attributes:
        text: sign and number, without blanks.
        unit: as printed, case-sensitive; "" where the balance prints none.
        stable: whether the balance calls it stable.
        raw: the whole line.
        label: what stands before it; "" where nothing does.
    """

    text: str
    unit: str
    stable: bool
    raw: bytes
    label: str = ""

    @property
    def units(self) -> int:
        """The value as a count of its last digit: ``14.256`` gives 14256."""
        return int(self.text.replace(".", ""))

    @property
    def decimals(self) -> int:
        """Digits after the point."""
        return len(self.text.partition(".")[2])


@dataclass(frozen=True, slots=True)
class Refusal:
    """No weight, or a command that was not obeyed.

    Attributes:
        reason: why.
        raw: the whole line.
        command: which command, where the line says so; else "".
        detail: the balance's own code of the error; "" where there is none.
    """

    reason: Reason
    raw: bytes
    command: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """A command was received, or, with `done`, has been carried out.

    Attributes:
        done: whether it is finished; None where the line does not say.
        raw: the whole line.
        command: which command, where the line says so; else "".
    """

    done: bool | None
    raw: bytes
    command: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """Something a balance says of itself, untrusted."""

    text: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Malformed:
    """A line that fits nothing."""

    raw: bytes


Reply = Weight | Refusal | Taken | Text | Malformed


def parse_text(line: bytes) -> Text | Malformed:
    """Return a line that says something, if it is printable and no piece of a weight.

    Never raises.
    """
    found = _TEXT.fullmatch(line.decode("latin-1"))
    text = found[1].strip() if found else ""
    if not text or _PIECE_OF_WEIGHT.fullmatch(text):
        return Malformed(line)
    return Text(text, line)


def shown_number(units: int, decimals: int) -> str:
    """Return the magnitude of ``units`` times 10**-``decimals``, without its sign.

    Raises:
        LocalProtocolError: ``decimals`` is negative.
    """
    if decimals < 0:
        raise LocalProtocolError(f"a weight has {decimals} decimals; use 0 or more")
    digits = str(abs(units)).zfill(decimals + 1)
    point = len(digits) - decimals
    return digits[:point] + "." * bool(decimals) + digits[point:]


def text_line(text: str) -> bytes:
    """Return the line by which a balance says something of itself.

    Raises:
        LocalProtocolError: the text cannot be told from a weight, or not be printed.
    """
    line = (text + TERMINATOR).encode("latin-1", "replace")
    if not isinstance(parse_text(line), Text):
        raise LocalProtocolError(
            f"a balance cannot say {text!r} of itself; use up to {_LONGEST_TEXT}"
            " printable characters that are no number with a unit"
        )
    return line


def fitted(field: str, width: int) -> str:
    """Return a field, right-aligned.

    Raises:
        LocalProtocolError: it is too long.
    """
    if len(field) > width:
        raise LocalProtocolError(
            f"the weight {field!r} does not fit {width} characters; report overload or"
            " use fewer decimals"
        )
    return field.rjust(width)
