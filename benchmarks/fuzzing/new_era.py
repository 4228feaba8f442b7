"""New Era: replies and requests, in both modes."""

from __future__ import annotations

import struct
from collections.abc import Callable
from decimal import Decimal
from types import MappingProxyType
from typing import Final

import fastcrc

from benchmarks.fuzzing.subject import Meaning, Message, Read, Subject
from protocols.errors import RemoteProtocolError
from protocols.new_era import replies
from protocols.new_era.reader import Found, ReplyReader, RequestReader
from protocols.new_era.requests import address_of, parse_request
from protocols.new_era.vocabulary import Mode

_REPLIES: Final = (
    b"00S",
    b"00I1.000MH",
    b"00S26.59",
    b"07P12.5UH",
    b"00SI1.000W0.000ML",
    b"00SNE1000V3.923",
    b"00SINF",
    b"00S500.0UL",
    b"00S?OOR",
    b"00S?",
    b"00A?R",
    b"00A?S",
)
_REQUESTS: Final = (
    b"SAF0",
    b"0SAF2",
    b"12RAT1200MH",
    b" 0 rat\t12.5 uh",
    b"0DIS",
    b"",
    b"0VOLUL",
    b"0RUN",
)
_NL: Final = MappingProxyType({"UL": 1_000, "ML": 1_000_000})
_NL_PER_H: Final = MappingProxyType(
    {"UH": 1_000, "MH": 1_000_000, "UM": 60_000, "MM": 60_000_000}
)
_COMMANDS: Final = frozenset(
    {
        "", "ADR", "AL", "BUZ", "CLD", "DIA", "DIR", "DIS", "FUN", "LOC", "PHN", "PF",
        "PUR", "RAT", "RUN", "SAF", "STP", "TRG", "VER", "VOL",
    }
)  # fmt: skip
_LINE_BEGINS: Final = frozenset(b"\r\x02\x03")
"""A line of a request begins behind another, or behind a frame or its broken start."""


def _safe(data: bytes) -> bytes:
    check = fastcrc.crc16.xmodem(data)
    return struct.pack(">BB", 2, len(data) + 4) + data + struct.pack(">HB", check, 3)


def _replies_of(mode: Mode | None) -> Callable[[], Read]:
    def start() -> Read:
        reader = ReplyReader(mode)

        def read(data: bytes) -> list[Message]:
            found = (each for each in reader.feed(data) if isinstance(each, Found))
            return [
                Message(
                    _safe(each.data)
                    if each.mode is Mode.SAFE
                    else b"\x02" + each.data + b"\x03",
                    (*_told(each.data), each.mode.value),
                )
                for each in found
            ]

        return read

    return start


def _told(data: bytes) -> Meaning:
    try:
        reply = replies.parse_reply(data)
    except RemoteProtocolError:
        return "frame", data
    match reply:
        case replies.Alarmed(address, alarm):
            return "status", address, "alarm", str(alarm)
        case replies.Refused(address, status, refusal):
            return "status", address, status.value, refusal.value
        case replies.Answer(address, status, said):
            return "status", address, status.value, said, *map(_figures, [said])


def _figures(said: str) -> Meaning:
    return tuple(
        _or_none(read, said)
        for read in (_dispensed, _rate, _volume, _diameter, _direction, _version)
    )


def _or_none(read: Callable[[str], Meaning], said: str) -> Meaning | None:
    try:
        return read(said)
    except RemoteProtocolError:
        return None


def _dispensed(said: str) -> Meaning:
    found = replies.parse_dispensed(said)
    return "dispensed", found.infused_nl, found.withdrawn_nl


def _rate(said: str) -> Meaning:
    return "rate", replies.parse_rate_nl_per_h(said)


def _volume(said: str) -> Meaning:
    unit = replies.parse_volume_unit(said)
    return "volume", replies.parse_volume_nl(said), unit.value


def _diameter(said: str) -> Meaning:
    return "diameter", replies.parse_diameter_um(said)


def _direction(said: str) -> Meaning:
    return "direction", replies.parse_direction(said).value


def _version(said: str) -> Meaning:
    found = replies.parse_version(said)
    return "version", found.model, found.firmware


def _data(message: Message) -> tuple[bytes, str]:
    raw = message.raw
    if message.meaning[-1] == Mode.SAFE.value:
        return raw[2:-3], "safe"
    data = raw[1:-1] if raw[:1] == b"\x02" else raw[:-1]
    return data, "basic" if not {2, 3} & set(data) else "not between marks"


def _reading(message: Message) -> Meaning:
    data, mode = _data(message)
    if message.meaning[0] == "frame":
        return "frame", data, mode
    text = data.decode("ascii")
    address, letter, said = int(text[:2]), text[2], text[3:]
    if letter == "A" and said[0] == "?":
        return "status", address, "alarm", said[1:], mode
    is_plain = letter in "IWSPTUX" and len(message.meaning) == 5
    if is_plain:
        return "status", address, letter, said, mode
    *_, claimed, _ = message.meaning
    again = tuple(
        None if each is None else _figure(str(each[0]), said)
        for each in (claimed if isinstance(claimed, tuple) else ())
    )
    return "status", address, letter, said, again, mode


def _figure(kind: str, said: str) -> Meaning:
    number, unit = said[:-2], said[-2:]
    match kind:
        case "dispensed":
            infused, withdrawn = number.removeprefix("I").split("W")
            return kind, Decimal(infused) * _NL[unit], Decimal(withdrawn) * _NL[unit]
        case "rate":
            return kind, Decimal(number) * _NL_PER_H[unit]
        case "volume":
            return kind, Decimal(number) * _NL[unit], unit
        case "diameter":
            return kind, Decimal(said) * 1_000
        case "direction":
            return kind, {"INF": "INF", "WDR": "WDR"}[said]
        case _:
            return kind, *said.split("V")


def _requests_of(mode: Mode) -> Callable[[], Read]:
    def start() -> Read:
        reader = RequestReader(mode)

        def read(data: bytes) -> list[Message]:
            found = (each for each in reader.feed(data) if isinstance(each, Found))
            return [
                Message(
                    _safe(each.data) if each.mode is Mode.SAFE else each.data + b"\r",
                    (*_asked(each.data), each.mode.value),
                )
                for each in found
            ]

        return read

    return start


def _asked(data: bytes) -> Meaning:
    address = address_of(data)
    try:
        request = parse_request(data)
    except RemoteProtocolError:
        return ("no request",)
    return "request", address, request.command.value, request.argument


def _asked_again(message: Message) -> Meaning:
    if message.meaning[0] == "no request":
        return message.meaning
    raw, is_safe = message.raw, message.meaning[-1] == Mode.SAFE.value
    data = raw[2:-3] if is_safe else raw[:-1]
    text = data.translate(None, bytes(range(33)) + b"\x7f").decode("ascii").upper()
    digits = len(text[:2]) - len(text[:2].lstrip("0123456789"))
    address, rest = text[:digits], text[digits:]
    size = 2 if rest[:2] in ("AL", "PF") else 3
    name, argument = rest[:size], rest[size:]
    kind = "request" if name in _COMMANDS else "none"
    mode = "safe" if is_safe else "basic"
    return kind, int(address or "0"), name, argument, mode


_BASIC: Final = tuple(b"\x02" + each + b"\x03" for each in _REPLIES)
SAFE_REPLIES: Final = tuple(map(_safe, _REPLIES))
_SAFE_REQUESTS: Final = tuple(map(_safe, _REQUESTS))
_LINES: Final = tuple(each + b"\r" for each in _REQUESTS)
EITHER_REPLIES: Final = _BASIC + SAFE_REPLIES
SUBJECTS: Final = (
    Subject("new era basic replies", _BASIC, _replies_of(Mode.BASIC), _reading),
    Subject("new era safe replies", SAFE_REPLIES, _replies_of(Mode.SAFE), _reading),
    Subject("new era replies", EITHER_REPLIES, _replies_of(None), _reading),
    Subject(
        "new era basic requests",
        _LINES + _SAFE_REQUESTS,
        _requests_of(Mode.BASIC),
        _asked_again,
        _LINE_BEGINS,
        mark=b"\x02",
    ),
    Subject(
        "new era safe requests", _SAFE_REQUESTS, _requests_of(Mode.SAFE), _asked_again
    ),
)
