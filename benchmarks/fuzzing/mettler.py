"""MT-SICS: replies, what they mean, commands, and frames."""

from __future__ import annotations

from decimal import Decimal
from functools import reduce
from operator import xor
from types import MappingProxyType
from typing import Final

import fastcrc

from benchmarks.fuzzing.subject import Meaning, Message, Read, Subject, of_lines
from protocols.errors import RemoteProtocolError
from protocols.mt_sics.commands import parse_command
from protocols.mt_sics.deviations import parse_of_emulator
from protocols.mt_sics.framing import FrameReader
from protocols.mt_sics.identity import parse_command_list, parse_model, parse_number
from protocols.mt_sics.parser import parse
from protocols.mt_sics.replies import (
    Fault,
    GeneralError,
    Refusal,
    Reply,
    TextReply,
    Weight,
    Zeroed,
)
from protocols.mt_sics.status_weight import StatusWeight, parse_status_weight

_REPLIES: Final = (
    b"S S     14.256 g\r\n",
    b"S D   -0.00012 g\r\n",
    b"S M      0.012 mg\r\n",
    b"S N     14.25  kg\r\n",
    b"S S     1234.5 \xb5g\r\n",
    b"T S     20.000 g\r\n",
    b"TI D     20.000 g\r\n",
    b"TA A     100.00 g\r\n",
    b"SIC1 S   12325.00 g E603\r\n",
    b"SIC2 S 12325.0012 g C7C9\r\n",
    b"S S   Error 3t\r\n",
    b"S S  Error 15b\r\n",
    b"S I\r\n",
    b"SI +\r\n",
    b"Z -\r\n",
    b"Z A\r\n",
    b"ZI D\r\n",
    b"ES\r\n",
    b'I0 B 0 "I4"\r\n',
    b'I1 A "0123" "2.00" "2.20" "1.00" "1.50"\r\n',
    b'I4 A "B021002593"\r\n',
    b'D A "say \\"so\\"" 12\r\n',
)
_TEXTS: Final = (
    b'SIS A 0 "14.256" 0 3 1 0 0\r\n',
    b'SIS A 1 "-0.1" 1 1 5 1 2\r\n',
    b'SIS A 4 "Overload"\r\n',
    b'I2 A "XPR 205 220.00000 g"\r\n',
    b"I15 A 123\r\n",
    b'I0 A 3 "UPD"\r\n',
)
_COMMANDS: Final = (
    b"SI\r\n",
    b"@\r\n",
    b"SC 1000\r\n",
    b"TA 100.00 g\r\n",
    b'D "hello \\" you"\r\n',
    b"M21 0 0\r\n",
)
_FRAMES: Final = (
    b"\x027S D       3.48 g\x03\x75",
    b"\x027SI\x03\x2e",
    b"\x02A\x03\x42",
)
_EXPONENTS: Final = MappingProxyType({"kg": 12, "g": 9, "mg": 6, "µg": 3, "ug": 3})
_SIS_UNITS: Final = MappingProxyType(
    {0: "g", 1: "kg", 3: "mg", 4: "µg", 5: "ct", 7: "lb", 8: "oz", 9: "ozt",
     10: "GN", 11: "dwt", 12: "mom", 13: "msg", 14: "tl", 15: "tl", 16: "tl",
     18: "tola", 20: "baht"}
)  # fmt: skip


def _told(reply: Reply) -> Meaning | None:
    match reply:
        case Weight(id=word, status=status, unit=unit):
            value = Decimal(reply.units).scaleb(-reply.decimals)
            return "weight", word, status.value, value, reply.value, unit, _ng(reply)
        case Zeroed(id=word, status=status):
            return "zeroed", word, status.value
        case TextReply(id=word, more_follow=more, parameters=words):
            return "text", word, more, words
        case Refusal(id=word, reason=reason):
            return "refused", word, reason.value
        case Fault(number=number, source=source):
            return "fault", number, source.value
        case _:
            return (
                ("error", reply.kind.value) if isinstance(reply, GeneralError) else None
            )


def _ng(weight: Weight) -> int | None:
    try:
        return weight.mass_ng()
    except RemoteProtocolError:
        return None


def reading(message: Message) -> Meaning:
    """Read a reply by its columns and blanks."""
    text = _line(message.raw)
    kind = message.meaning[0]
    if kind == "weight":
        return _weight(text)
    if kind == "text":
        word, status, rest = (text + " ").split(" ", 2)
        return "text", word, {"A": False, "B": True}[status], words(rest[:-1])
    if kind == "fault":
        number, source = text[-3:-1], text[-1]
        is_fault = len(text) == 14 and text[:-3].split() == ["S", "S", "Error"]
        return "fault" if is_fault else "none", int(number), source
    return kind, *text.split(" ")


def _weight(text: str) -> Meaning:
    head = 2 if text[1] == " " else text.index(" ") + 1
    word, status = text[: head - 1], text[head]
    if word.startswith("SIC"):
        text, check = text[:-5], text[-4:]
        if fastcrc.crc16.ibm_3740(f"{text} ".encode("latin-1")) != int(check, 16):
            return ("wrong check value",)
        if text[head : head + 4] in ("A S ", "A D "):
            head += 2
            status = text[head]
    field, unit = text[head + 2 : head + 12], text[head + 13 :].replace("\xc2", "")
    if text[head + 1] != " " or text[head + 12] != " ":
        return ("not in columns",)
    value = Decimal(field.strip())
    exponent = _EXPONENTS.get(unit)
    decimals = len(field.strip().partition(".")[2])
    is_known = exponent is not None and decimals <= exponent
    mass_ng = int(value.scaleb(exponent or 0)) if is_known else None
    return "weight", word, status, value, value, unit, mass_ng


def words(text: str) -> tuple[str, ...]:
    """Return the words of a line, of which some stand in double quotes."""
    found, left = [], text
    while left:
        if left.startswith('"'):
            quoted, left = _quoted(left[1:])
            found.append(quoted)
            left = left.removeprefix(" ") if left != " " else '""'
        else:
            word, _, left = left.partition(" ")
            found.append(word)
    return tuple(found)


def _quoted(text: str) -> tuple[str, str]:
    end = 0
    while text[end] != '"':
        end += 2 if text.startswith('\\"', end) else 1
    return text[:end].replace('\\"', '"'), text[end + 1 :]


def _line(raw: bytes) -> str:
    text = raw.decode("latin-1")
    return text[:-2] if text.endswith("\r\n") else "no line"


def _meant(line: bytes) -> Meaning | None:
    reply = parse(line)
    if not isinstance(reply, TextReply):
        return None
    for read in (_status_weight, _model, _number, _listed):
        try:
            return read(reply)
        except RemoteProtocolError:
            continue
    return None


def _status_weight(reply: TextReply) -> Meaning:
    found = parse_status_weight(reply)
    if not isinstance(found, StatusWeight):
        return "state", int(found)
    return (
        "status",
        int(found.state),
        found.value,
        found.unit,
        found.decimals,
        found.step,
        found.is_approved,
        int(found.tare),
    )


def _model(reply: TextReply) -> Meaning:
    model = parse_model(reply)
    return "model", model.type, model.capacity, model.unit


def _number(reply: TextReply) -> Meaning:
    return "number", parse_number(reply)


def _listed(reply: TextReply) -> Meaning:
    return "listed", *parse_command_list([reply])


def _meant_again(message: Message) -> Meaning:
    word, _, rest = _line(message.raw).split(" ", 2)
    told = words(rest)
    match message.meaning[0]:
        case "status":
            state, number, unit, decimals, step, approved, tare = told
            value = Decimal(number)
            is_same = word == "SIS" and -int(decimals) == value.as_tuple().exponent
            return (
                "status" if is_same else "none",
                int(state),
                value,
                _SIS_UNITS[int(unit)],
                int(decimals),
                int(step),
                int(approved) != 0,
                int(tare),
            )
        case "state":
            return "state", {4: 4, 5: 5, 6: 6}[int(told[0])]
        case "model":
            (text,) = told
            capacity = text.rstrip(
                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
            )
            unit = text[len(capacity) :]
            model, number = capacity.rstrip(" ").rsplit(" ", 1)
            return "model", model.rstrip(" "), Decimal(number), unit
        case "number":
            return "number", *map(int, told)
        case _:
            return "listed", told[1]


def _command(line: bytes) -> Meaning | None:
    found = parse_command(line)
    return ("command", found.keyword, found.parameters) if found else None


def _command_again(message: Message) -> Meaning:
    word, _, rest = _line(message.raw).partition(" ")
    return "command", word, words(rest)


def _frames() -> Read:
    reader = FrameReader()

    def read(data: bytes) -> list[Message]:
        found = []
        for frame in reader.feed(data):
            covered = frame.address.encode("latin-1") + frame.text + b"\x03"
            raw = b"\x02" + covered + bytes([reduce(xor, covered)])
            found.append(Message(raw, ("status", frame.address, frame.text)))
        return found

    return read


def _frame_again(message: Message) -> Meaning:
    text = message.raw[2:-2]
    is_text = not any(byte < 0x20 or byte == 0x7F for byte in text)
    return "status" if is_text else "none", chr(message.raw[1]), text


def _emulator_again(message: Message) -> Meaning:
    if not message.raw.startswith(b"SI ") or message.meaning[0] == "text":
        return reading(message)
    if message.meaning == ("refused", "SI", _line(message.raw)[3:]):
        return reading(message)
    return reading(Message(b"S " + message.raw[3:], message.meaning))


SUBJECTS: Final = (
    of_lines("mt-sics replies", _REPLIES, lambda line: _told(parse(line)), reading),
    of_lines("mt-sics contents", _TEXTS, _meant, _meant_again),
    of_lines("mt-sics commands", _COMMANDS, _command, _command_again),
    of_lines(
        "mt-sics of the emulator",
        (*_REPLIES[:5], b"SI S    12.3456 g\r\n", b"SI +\r\n"),
        lambda line: _told(parse_of_emulator(line)),
        _emulator_again,
    ),
    Subject("mt-sics frames", _FRAMES, _frames, _frame_again),
)
