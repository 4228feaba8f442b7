"""The output formats of a simulated PTU300: what FORM takes and what SEND makes of it.

It reads any format and knows nothing of the one that our driver sets.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import reduce
from operator import xor
from types import MappingProxyType
from typing import Final

FACTORY: Final = '6.1 "P=" P " " U6 3.1 "T=" T " " U3 3.1 "RH=" RH " " U4 #r #n'
UNITS: Final = MappingProxyType({"P": "hPa", "T": "'C", "TA": "'C", "RH": "%RH"})
"""The unit of each quantity, in the order of the error flags."""

_TOKEN = re.compile(
    r'\s*(?:"(?P<text>[^"]*)"|#(?P<mark>[rnt])|(?P<places>\d)\.(?P<decimals>\d)'
    r"|[Uu](?P<width>\d)|(?P<word>[A-Za-z]+))"
)
_MARKS: Final = MappingProxyType({"r": "\r", "n": "\n", "t": "\t"})
_NOT_MEASURED: Final = "*"


def is_valid(form: str) -> bool:
    """Tell whether a transmitter would take this format."""
    tokens = list(_TOKEN.finditer(form))
    words = {token["word"].upper() for token in tokens if token["word"]}
    has_all = sum(len(token[0]) for token in tokens) == len(form.rstrip())
    return has_all and words <= {*UNITS, "ERR", "CSX"}


def render(form: str, values: Mapping[str, float], flags: str) -> str:
    """Return the message of one reading.

    Args:
        form: the output format, valid.
        values: by quantity, each in its unit.
        flags: one for each quantity; ``1`` is an error, and stars take its place.
    """
    failed = {name for name, flag in zip(UNITS, flags, strict=True) if flag == "1"}
    message, unit, places, decimals = "", "", 3, 1
    for token in _TOKEN.finditer(form):
        kind = token.lastgroup
        if kind == "text":
            message += token["text"]
        elif kind == "mark":
            message += _MARKS[token["mark"]]
        elif kind == "decimals":
            places, decimals = int(token["places"]), int(token["decimals"])
        elif kind == "width":
            message += unit.ljust(int(token["width"]))
        elif (word := token["word"].upper()) in UNITS:
            width, unit = places + 1 + decimals, UNITS[word]
            value = f"{values[word]:{width}.{decimals}f}"
            message += _NOT_MEASURED * width if word in failed else value
        else:
            message += flags if word == "ERR" else _checksum(message)
    return message


def _checksum(message: str) -> str:
    return f"{reduce(xor, message.encode('latin-1'), 0):02X}"
