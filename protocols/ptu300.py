r"""The line of a Vaisala PTU300: pressure, temperatures, humidity.

A command is a word and its parameters, ended by CR; the answer is lines ended by CR LF,
each perhaps behind the prompt ``>``. dosebench has readings sent in a format of its
own, so that nothing else can pass for one::

    P=1013.25hPa T= 21.37'C TA= 20.98'C RH= 45.30%RH 0000 X=0A

T is the temperature of the air, TA that of the additional probe, which lies in the
liquid. The four flags are errors of P, T, TA and RH. X is the exclusive or of every
byte before it, and finds whatever is damaged in one character.

Sources: User's Guide M210796EN-G (FORM, its modifiers, ``form /``, SEND, S; stars in
place of a value); User's Guide M210855EN-C of the sister PTB330 (ECHO, ``?``); what
``FORM ?`` answers, from the published driver of MSL, New Zealand. Assumed, because no
source says so: FORM calls the additional temperature TA, the check value has two
upper-case digits and covers the message from its first byte, and a length ``x.y`` makes
a field of x places, the point and y places. No real instrument has been met yet; one
that differs is refused, never misread.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce
from operator import xor
from typing import Final

FORMAT: Final = (
    '"P=" 4.2 P U4 "T=" 3.2 T U3 "TA=" 3.2 TA U3 "RH=" 3.2 RH U4 ERR " X=" CSX #r#n'
)
"""The output format that makes the lines above, as FORM takes it."""

_FREEZING_MK: Final = 273_150
_MK_PER_DIGIT: Final = 10
_PPM_PER_DIGIT: Final = 100
_NO_ERROR: Final = "0000"
_DONE: Final = "OK\r\n"

_VALUE = r" {0,6}(-?(?:0|[1-9][0-9]{0,3})\.[0-9]{2})"
_READING = re.compile(
    rf"P={_VALUE}hPa T={_VALUE}'C TA={_VALUE}'C RH={_VALUE}%RH ([01]{{4}})"
)
_CHECKED = re.compile(r"((P=.*) X=)([0-9A-F]{2})\r\n")
_SETTING = re.compile(r"([A-Za-z][A-Za-z0-9 .]*?) *: ?([ -~]*?) *\r\n")
_SOFTWARE = re.compile(r"([A-Z]{3}[0-9]{2}[0-9A-Z]) / ([!-~]{1,16})\r\n")


class Command(StrEnum):
    """What dosebench sends."""

    CLEAR = ""
    """Ends whatever an interrupted program had begun to send."""
    STOP = "S"
    """Ends continuous output; nothing else is understood before."""
    ECHO_OFF = "ECHO OFF"
    INFORMATION = "?"
    SET_FORMAT = f"FORM {FORMAT}"
    READ_FORMAT = "FORM ?"
    SEND = "SEND"


@dataclass(frozen=True, slots=True)
class Conditions:
    """One reading, exact.

    Attributes:
        air_mk: temperature T, above absolute zero.
        liquid_mk: temperature TA, likewise.
        pressure_pa: absolute.
        humidity_ppm: relative, in millionths.
        raw: the line.
    """

    air_mk: int
    liquid_mk: int
    pressure_pa: int
    humidity_ppm: int
    raw: bytes


@dataclass(frozen=True, slots=True)
class NotMeasured:
    """A line that came undamaged and is no usable reading."""

    reason: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Setting:
    """A line such as ``Serial number  : A1234567``; both texts are untrusted."""

    name: str
    value: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Software:
    """Model and version of the software, as in ``PTU303 / 1.16``."""

    model: str
    version: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Done:
    """A command was taken."""

    raw: bytes


@dataclass(frozen=True, slots=True)
class Malformed:
    """A line that is none of these."""

    reason: str
    raw: bytes


Reply = Conditions | NotMeasured | Setting | Software | Done | Malformed


def encode(command: Command) -> bytes:
    """Return the bytes of a command."""
    return command.encode("ascii") + b"\r"


def parse(line: bytes) -> Reply:
    """Return the reply in a line, CR LF included. Never raises."""
    text = line.decode("latin-1").lstrip(">")
    if found := _CHECKED.fullmatch(text):
        covered, message, digits = found.groups()
        if (sent := int(digits, 16)) != (computed := checksum(covered)):
            return Malformed(
                f"check value differs: {computed:02X} computed, {sent:02X} sent", line
            )
        return _parse_message(message, line)
    if found := _SOFTWARE.fullmatch(text):
        return Software(found[1], found[2], line)
    if found := _SETTING.fullmatch(text):
        return Setting(found[1], found[2], line)
    if text == _DONE:
        return Done(line)
    return Malformed("is neither a reading with its check value nor a setting", line)


def checksum(text: str) -> int:
    """Return the exclusive or of all characters, each below 256."""
    return reduce(xor, text.encode("latin-1"), 0)


def is_format(shown: str) -> bool:
    r"""Tell whether a transmitter that shows this format sends the lines above.

    It shows ``#`` as a backslash; blanks and capitals do not count.
    """
    return _bare(shown.replace("\\", "#")) == _bare(FORMAT)


def _parse_message(message: str, line: bytes) -> Conditions | NotMeasured:
    found = _READING.fullmatch(message)
    if found is None:
        return NotMeasured(
            "a label, a unit or a number is not as the format has it, or a value is"
            " missing",
            line,
        )
    *digits, flags = (group.replace(".", "") for group in found.groups())
    if flags != _NO_ERROR:
        return NotMeasured(f"its error flags for P, T, TA, RH are {flags}", line)
    pressure_pa, air, liquid, humidity = map(int, digits)
    return Conditions(
        air_mk=air * _MK_PER_DIGIT + _FREEZING_MK,
        liquid_mk=liquid * _MK_PER_DIGIT + _FREEZING_MK,
        pressure_pa=pressure_pa,
        humidity_ppm=humidity * _PPM_PER_DIGIT,
        raw=line,
    )


def _bare(text: str) -> str:
    return "".join(text.split()).upper()
