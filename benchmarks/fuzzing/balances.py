"""The balances that print what their display shows: replies and commands."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from benchmarks.fuzzing.subject import Meaning, Message, Subject, of_lines
from protocols import and_balance, ohaus, radwag, sbi
from protocols.balance_replies import Refusal, Reply, Taken, Text, Weight

_SBI: Final = (
    b"+   123.56 g  \r\n",
    b"-  0.01234 mg \r\n",
    b"+   123.56    \r\n",
    b"N     +   123.56 g  \r\n",
    b"G#    -   123.56    \r\n",
    b"     High     \r\n",
    b"      L       \r\n",
    b"     Cal.     \r\n",
    b"   Err 054    \r\n",
    b"Stat       Low      \r\n",
    b"MSE225S-000-DA\r\n",
)
_AND: Final = (
    b"ST,+00123.45  g\r\n",
    b"US,-00.00012 mg\r\n",
    b"OL,+9999999E+19\r\n",
    b"OL,-9999999E+19\r\n",
    b"EC,E11\r\n",
    b"\x06\r\n",
    b"T0123456\r\n",
)
_OHAUS: Final = (
    b"       12.73 g    ?\r\n",
    b"       12.73 g     \r\n",
    b"  -0.00012 g     \r\n",
    b"        311 g ?\r\n",
    b"OK!\r\n",
    b"ES\r\n",
    b"Err 8.3\r\n",
    b"Error 53\r\n",
    b"B123456789\r\n",
)
_RADWAG: Final = (
    b"SI  ?    12.3456 g  \r\n",
    b"S     -      8.5 g  \r\n",
    b"SUI      0.00012 kg \r\n",
    b"SI  ^      12.34 g  \r\n",
    b"Z A\r\n",
    b"Z D\r\n",
    b"SI I\r\n",
    b"ES\r\n",
    b'NB A "602100"\r\n',
)
_OVER, _UNDER = "OVERLOAD", "UNDERLOAD"
_SBI_STATES: Final = MappingProxyType(
    {
        "High": _OVER,
        "H": _OVER,
        "Low": _UNDER,
        "L": _UNDER,
        "Cal.": "BUSY",
        "Cal. Ext.": "BUSY",
        "C": "BUSY",
    }
)
_RADWAG_LETTERS: Final = MappingProxyType(
    {"I": "BUSY", "E": "UNSTABLE", "^": _OVER, "v": _UNDER}
)


def _told(reply: Reply) -> Meaning | None:
    match reply:
        case Weight(unit=unit, stable=stable, label=label):
            value = Decimal(reply.units).scaleb(-reply.decimals)
            return "weight", value, reply.decimals, unit, stable, label
        case Refusal(reason=reason, command=command, detail=detail):
            return "refused", reason.name, command, detail
        case Taken(done=done, command=command):
            return "taken", done, command
        case Text(text=text):
            return "text", text
        case _:
            return None


def _weight(sign: str, digits: str, unit: str, stable: bool, label: str) -> Meaning:
    value = Decimal(digits.strip(" "))
    decimals = -int(value.as_tuple().exponent)
    return "weight", -value if sign == "-" else value, decimals, unit, stable, label


def _line(raw: bytes) -> str:
    text = raw.decode("latin-1")
    return text[:-2] if text.endswith("\r\n") else "no line"


def _sbi(message: Message) -> Meaning:
    line = _line(message.raw)
    name, body = line[:-14], line[-14:]
    match message.meaning[0]:
        case "weight":
            unit = body[11:].strip(" ")
            is_shape = len(line) in (14, 20) and body[0] in "+- " and body[10] == " "
            label = name.strip(" ") if is_shape else "not in columns"
            return _weight(body[0], body[1:10], unit, unit != "", label)
        case "refused":
            said = body.strip(" ")
            if said in _SBI_STATES:
                return "refused", _SBI_STATES[said], "", ""
            return (
                "refused",
                "FAULT",
                "",
                said.removeprefix("Err").removeprefix("ERR").strip(" "),
            )
        case _:
            return "text", line.strip(" ")


def _and(message: Message) -> Meaning:
    line = _line(message.raw)
    head, _, rest = line.partition(",")
    match message.meaning[0]:
        case "weight":
            label = "" if len(line) == 15 else "not in columns"
            stable = {"ST": True, "US": False}[head]
            return _weight(rest[0], rest[1:9], rest[9:].strip(" "), stable, label)
        case "refused" if head == "OL" and rest[1:] == "9999999E+19":
            return "refused", {"+": _OVER, "-": _UNDER}[rest[0]], "", ""
        case "refused":
            reason = "NOT_UNDERSTOOD" if head == "EC" else "none"
            return "refused", reason, "", rest
        case "taken":
            return "taken" if line == "\x06" else "none", None, ""
        case _:
            return "text", line.strip(" ")


def _ohaus(message: Message) -> Meaning:
    line = _line(message.raw)
    match message.meaning[0]:
        case "weight":
            number, unit = line[:-1].split()
            column = line.index(number) + len(number)
            is_shape = line[0] == " " and 9 <= column <= 12
            label = "" if is_shape else "not in columns"
            stable = {" ": True, "?": False}[line[-1]]
            return _weight("", number, unit, stable, label)
        case "refused" if line == "ES":
            return "refused", "UNSTABLE_OR_NOT_UNDERSTOOD", "", ""
        case "refused":
            code = line.split()[1]
            reason = {"8.3": _OVER, "8.4": _UNDER}.get(code, "FAULT")
            return "refused", reason, "", code
        case "taken":
            return "taken" if line == "OK!" else "none", None, ""
        case _:
            return "text", line.strip(" ")


def _radwag(message: Message) -> Meaning:
    line = _line(message.raw)
    command, marker = line[:3].strip(" "), line[4:5]
    match message.meaning[0]:
        case "weight":
            is_shape = len(line) == 20 and line[3] == line[5] == line[16] == " "
            stable = {" ": True, "?": False}[marker]
            unit = line[17:].strip(" ")
            label = command if is_shape else "not in columns"
            return _weight(line[6], line[7:16], unit, stable, label)
        case "refused" if line == "ES":
            return "refused", "NOT_UNDERSTOOD", "", ""
        case "refused" if len(line) == 20:
            return "refused", _RADWAG_LETTERS[marker], command, ""
        case "refused":
            command, letter = line.split(" ")
            return "refused", _RADWAG_LETTERS[letter], command, ""
        case "taken":
            command, letter = line.split(" ")
            return "taken", {"A": False, "D": True}[letter], command
        case _:
            return "text", line.removeprefix('NB A "').removesuffix('"')


def _commands(
    name: str, parse: Callable[[bytes], object | None], known: tuple[bytes, ...]
) -> Subject:
    """Return the subject of commands that are one certain line each."""

    def told(line: bytes) -> Meaning | None:
        command = parse(line)
        return None if command is None else ("command", str(command))

    def reading(message: Message) -> Meaning:
        is_known = message.raw in known
        said = message.raw.decode("ascii").removeprefix("\x1b").removesuffix("\r\n")
        return "command" if is_known else "none", said

    return of_lines(f"{name} commands", known, told, reading)


SUBJECTS: Final = (
    of_lines("sbi replies", _SBI, lambda line: _told(sbi.parse(line)), _sbi),
    of_lines("a&d replies", _AND, lambda line: _told(and_balance.parse(line)), _and),
    of_lines("ohaus replies", _OHAUS, lambda line: _told(ohaus.parse(line)), _ohaus),
    of_lines(
        "radwag replies", _RADWAG, lambda line: _told(radwag.parse(line)), _radwag
    ),
    _commands(
        "sbi",
        sbi.parse_command,
        (b"\x1bP\r\n", b"\x1bV\r\n", b"\x1bx1_\r\n", b"\x1bx2_\r\n", b"\x1bx3_\r\n"),
    ),
    _commands(
        "a&d",
        and_balance.parse_command,
        (b"SI\r\n", b"Z\r\n", b"?SN\r\n", b"?TN\r\n"),
    ),
    _commands(
        "ohaus", ohaus.parse_command, (b"IP\r\n", b"Z\r\n", b"PSN\r\n", b"PV\r\n")
    ),
    _commands("radwag", radwag.parse_command, (b"SI\r\n", b"Z\r\n", b"NB\r\n")),
)
