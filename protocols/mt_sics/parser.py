"""One line to one reply, by a grammar that the whole line must fit.

After a timeout the rest of an old line can arrive as if it were a new one, and
``2.345 g`` still looks like a number. So a weight needs its identifier, status,
all 10 characters of its value field, unit and terminator.
"""

import re
from itertools import product
from types import MappingProxyType
from typing import Final

from protocols.mt_sics.checksum import crc16
from protocols.mt_sics.grammar import (
    IDENTIFIER,
    MAX_LINE_BYTES,
    PARAMETERS,
    decode_parameters,
)
from protocols.mt_sics.replies import (
    Fault,
    FaultSource,
    GeneralError,
    GeneralErrorKind,
    Malformed,
    MalformedReason,
    Refusal,
    RefusalReason,
    Reply,
    TextReply,
    Weight,
    WeightStatus,
    Zeroed,
)

FIELD_WIDTH: Final = 10
"""Characters in the value field of a weight."""

_IMMEDIATE = (WeightStatus.STABLE, WeightStatus.DYNAMIC)
_BELOW_MINIMUM = (
    WeightStatus.STABLE_BELOW_MINIMUM,
    WeightStatus.DYNAMIC_BELOW_MINIMUM,
)
WEIGHT_HEADS: Final = MappingProxyType(
    {
        f"{identifier} {status.value}": (identifier, status)
        for identifier, status in (
            *product(["S"], _IMMEDIATE + _BELOW_MINIMUM),
            ("T", WeightStatus.STABLE),
            *product(["TI", "TC"], _IMMEDIATE),
            ("TA", WeightStatus.STORED_TARE),
        )
    }
)
"""The first two words that a weight without check value can have."""

# No source names the byte for micro: Latin-1, UTF-8 and plain "ug" are all taken.
_UNITS = r"[!-~]{1,5}|(?:\xc2)?\xb5g"
UNIT: Final = re.compile(_UNITS)
_FIELD = r" {0,9}-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)? ?"

_WEIGHT = re.compile(rf"({'|'.join(WEIGHT_HEADS)}) ({_FIELD}) ({_UNITS})\r\n")
# The manual's syntax line has an "A" that its examples lack: both are taken.
_CHECKED = re.compile(
    rf"(SIC[12]) (?:A )?([SD]) ({_FIELD}) ({_UNITS}) ([0-9A-F]{{4}})\r\n"
)
_FAULT = re.compile(r"S S ( {1,2}Error ([1-9][0-9]?)([bt]))\r\n")
_REFUSAL = re.compile(rf"({IDENTIFIER}) ([-+LI])\r\n")
_ZEROED = re.compile(r"(Z[IC]) ([SD])\r\n")
_TEXT = re.compile(rf"({IDENTIFIER}) ([AB])({PARAMETERS})\r\n")
_GENERAL = re.compile(r"(E[STL])\r\n")


def parse(line: bytes) -> Reply:
    """Return the reply in `line`, which includes its CR LF.

    Never raises: a line that fits no reply comes back as `Malformed`.
    """
    if len(line) > MAX_LINE_BYTES:
        return Malformed(MalformedReason.GRAMMAR, line)
    text = line.decode("latin-1")
    found = _WEIGHT.fullmatch(text)
    if found is None:
        return _parse_checked(text, line) or _parse_other(text, line)
    head, field, unit = found.groups()
    if len(field) != FIELD_WIDTH:
        return Malformed(MalformedReason.GRAMMAR, line)
    identifier, status = WEIGHT_HEADS[head]
    return Weight(identifier, status, field, unit.removeprefix("\xc2"), line)


def _parse_checked(text: str, line: bytes) -> Weight | Malformed | None:
    found = _CHECKED.fullmatch(text)
    if found is None:
        return None
    identifier, status, field, unit, digits = found.groups()
    if len(field) != FIELD_WIDTH:
        return Malformed(MalformedReason.GRAMMAR, line)
    expected = crc16(line[: found.start(5)])
    received = int(digits, 16)
    if received != expected:
        return Malformed(MalformedReason.CHECKSUM, line, expected, received)
    unit = unit.removeprefix("\xc2")
    return Weight(identifier, WeightStatus(status), field, unit, line)


def _parse_other(text: str, line: bytes) -> Reply:
    if found := _TEXT.fullmatch(text):
        parameters = decode_parameters(found[3])
        return TextReply(found[1], found[2] == "B", parameters, line)
    if found := _REFUSAL.fullmatch(text):
        return Refusal(found[1], RefusalReason(found[2]), line)
    if found := _ZEROED.fullmatch(text):
        return Zeroed(found[1], WeightStatus(found[2]), line)
    if found := _GENERAL.fullmatch(text):
        return GeneralError(GeneralErrorKind(found[1]), line)
    if (found := _FAULT.fullmatch(text)) and len(found[1]) == FIELD_WIDTH:
        return Fault("S", int(found[2]), FaultSource(found[3]), line)
    return Malformed(MalformedReason.GRAMMAR, line)
