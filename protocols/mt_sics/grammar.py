r"""What every MT-SICS line has in common: its length, keyword and parameters.

A parameter is a bare token or a string in double quotes, and exactly one blank
precedes each. Inside a string a double quote is written ``\"``; a backslash
before anything else stands for itself, so no string can end in a backslash.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from protocols.errors import LocalProtocolError

TERMINATOR: Final = b"\r\n"
MAX_LINE_BYTES: Final = 128
"""Longest line that is read or built, in bytes, terminator included."""

IDENTIFIER: Final = r"[A-Z][A-Z0-9]{0,5}"
KEYWORD: Final = rf"@|{IDENTIFIER}"

_BARE = r"[!#-~]+"
_STRING = r'(?:\\"|\\(?!")|[ !#-\[\]-~])*'
PARAMETERS: Final = rf'(?: (?:"{_STRING}"|{_BARE}))*'

_ONE_PARAMETER = re.compile(rf' (?:"({_STRING})"|({_BARE}))')
_BARE_ONLY = re.compile(_BARE)
_PRINTABLE = re.compile(r"[ -~]*")


@dataclass(frozen=True, slots=True)
class Quoted:
    """A parameter that is sent as a string in double quotes."""

    text: str


def decode_parameters(text: str) -> tuple[str, ...]:
    """Return the parameters in `text`, which must match `PARAMETERS`."""
    return tuple(
        bare or string.replace('\\"', '"')
        for string, bare in _ONE_PARAMETER.findall(text)
    )


def assemble(head: str, parameters: Iterable[int | str | Quoted] = ()) -> bytes:
    """Return `head` and `parameters` as one line.

    Raises:
        LocalProtocolError: A parameter cannot be written, or the line would be
            longer than `MAX_LINE_BYTES`.
    """
    if not _PRINTABLE.fullmatch(head):
        raise LocalProtocolError(
            f"MT-SICS line begins with {head!r}, which is not printable ASCII; "
            "correct its first word"
        )
    line = " ".join([head, *map(_encode, parameters)]).encode("ascii") + TERMINATOR
    if len(line) > MAX_LINE_BYTES:
        raise LocalProtocolError(
            f"MT-SICS line {line[:40]!r}... has {len(line)} bytes; "
            f"shorten its parameters to fit {MAX_LINE_BYTES}"
        )
    return line


def _encode(parameter: int | str | Quoted) -> str:
    if isinstance(parameter, int):
        return str(parameter)
    if isinstance(parameter, str):
        if not _BARE_ONLY.fullmatch(parameter):
            raise LocalProtocolError(
                f"MT-SICS parameter {parameter!r} is not a bare token of printable "
                "ASCII; wrap text in Quoted"
            )
        return parameter
    text = parameter.text
    if not _PRINTABLE.fullmatch(text) or text.endswith("\\"):
        raise LocalProtocolError(
            f"MT-SICS string {text!r} must be printable ASCII and must not end in "
            "a backslash; change the text"
        )
    return '"' + text.replace('"', '\\"') + '"'
