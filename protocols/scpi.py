"""The part of SCPI that a relay needs: identity, error queue, and yes or no.

A message is one line of printable ASCII, ended by LF. What a relay is told stands in
the bench file, because no two makers agree on it; what every one answers to ``*IDN?``
and ``SYST:ERR?`` is laid down in IEEE 488.2 and SCPI-99.
"""

import re
from dataclasses import dataclass
from typing import Final

from protocols.errors import LocalProtocolError, RemoteProtocolError

MAX_LINE_BYTES: Final = 256
"""Longest line, in bytes, terminator included."""
IDENTITY: Final = "*IDN?"
CLEAR: Final = "*CLS"
NEXT_ERROR: Final = "SYST:ERR?"

_LINE = re.compile(r"[ -~]+")
_ERROR = re.compile(r'([+-]?[0-9]{1,6}),"([^"]*(?:""[^"]*)*)"')
_YES_NO = re.compile(r"(?:[+-]?0+|\+?0*(1))(?:\.0*)?")
_IDN_FIELDS = 4


@dataclass(frozen=True, slots=True)
class Identification:
    """What an instrument says of itself."""

    maker: str
    model: str
    serial: str
    firmware: str


@dataclass(frozen=True, slots=True)
class QueuedError:
    """The oldest error of the queue; code 0 is none."""

    code: int
    text: str


def encode(message: str) -> bytes:
    """Return the line that carries a message.

    Raises:
        LocalProtocolError: it is empty, too long, or not printable ASCII.
    """
    if not _LINE.fullmatch(message) or len(message) >= MAX_LINE_BYTES:
        raise LocalProtocolError(
            f"SCPI cannot carry {message[:60]!r}; write 1 to {MAX_LINE_BYTES - 1}"
            " printable ASCII characters"
        )
    return message.encode("ascii") + b"\n"


def decode(line: bytes) -> str:
    """Return the message in a line, LF or CR LF included.

    Raises:
        RemoteProtocolError: it is no line of printable ASCII.
    """
    text = line.decode("latin-1").removesuffix("\n").removesuffix("\r")
    if not line.endswith(b"\n") or not _LINE.fullmatch(text):
        raise RemoteProtocolError(
            f"SCPI line {line[:60]!r} is not printable ASCII ended by LF; check the"
            " instrument's terminator"
        )
    return text.strip()


def parse_identification(text: str) -> Identification:
    """Read the answer to ``*IDN?``: maker, model, serial number, firmware.

    Raises:
        RemoteProtocolError: there are not four fields.
    """
    fields = [field.strip() for field in text.split(",")]
    if len(fields) != _IDN_FIELDS:
        raise RemoteProtocolError(
            f"{IDENTITY} was answered {text[:80]!r}, which is not maker, model, serial"
            " number and firmware"
        )
    return Identification(*fields)


def parse_error(text: str) -> QueuedError:
    """Read the answer to ``SYST:ERR?``, such as ``0,"No error"``.

    Raises:
        RemoteProtocolError: it is something else.
    """
    found = _ERROR.fullmatch(text)
    if found is None:
        raise RemoteProtocolError(
            f'{NEXT_ERROR} was answered {text[:80]!r}; an answer is as in 0,"No error"'
        )
    return QueuedError(int(found[1]), found[2].replace('""', '"'))


def parse_yes_no(text: str) -> bool:
    """Read 1 or 0, in any form of a number.

    Raises:
        RemoteProtocolError: it is something else.
    """
    found = _YES_NO.fullmatch(text)
    if found is None:
        raise RemoteProtocolError(
            f"a state was answered {text[:80]!r}; only 0 and 1 are states of one relay"
        )
    return found[1] == "1"
