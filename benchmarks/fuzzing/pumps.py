"""Pumps: the pump link, Harvard's prompts, Terumo's frames."""

from __future__ import annotations

import base64
import struct
from decimal import Decimal
from types import MappingProxyType
from typing import Final

import fastcrc

from benchmarks.fuzzing.subject import Meaning, Message, Read, Subject
from protocols import harvard
from protocols.errors import RemoteProtocolError
from protocols.pump_link.codec import PayloadError, frame_of, message_of
from protocols.pump_link.frame import Frame
from protocols.pump_link.frame import FrameReader as LinkReader
from protocols.pump_link.replies import Status
from protocols.pump_link.worked import WORKED_FRAMES
from protocols.terumo.frame import Direction, Envelope
from protocols.terumo.frame import FrameReader as TerumoReader
from protocols.terumo.status import Answer, parse_answer, parse_question

_XON: Final = 0x11
_STATUS: Final = struct.Struct(">IBBIQIIH")
_TERUMO: Final = struct.Struct(">BBHBHB2s3s3B3s3s3s3sBH3s")


def _link() -> Read:
    reader = LinkReader()

    def read(data: bytes) -> list[Message]:
        frames = (each for each in reader.feed(data) if isinstance(each, Frame))
        return [Message(_link_raw(each), _link_told(each)) for each in frames]

    return read


def _link_raw(frame: Frame) -> bytes:
    size = len(frame.payload)
    head = struct.pack(">BBHIH", 1, frame.type, frame.sequence, frame.serial, size)
    body = head + frame.payload
    return b"\xd5\xb2" + body + struct.pack(">I", fastcrc.crc32.iso_hdlc(body))


def _link_told(frame: Frame) -> Meaning:
    head = (frame.type, frame.sequence, frame.serial)
    try:
        message = message_of(frame)
    except PayloadError:
        return "frame", *head, frame.payload
    if not isinstance(message, Status):
        again = frame_of(message, frame.sequence, frame.serial)
        return "message", again.type, frame.sequence, frame.serial, again.payload
    return (
        "status",
        *head,
        message.uptime_ms,
        int(message.mode),
        int(message.state),
        message.rate_nl_per_h,
        message.delivered_nl,
        message.reservoir_nl,
        int(message.alarms),
        message.battery_mv,
    )


def _link_again(message: Message) -> Meaning:
    kind, sequence, serial, _ = struct.unpack_from(">BHIH", message.raw, 3)
    payload = message.raw[12:-4]
    head = (message.meaning[0], kind, sequence, serial)
    return (
        (*head, *_STATUS.unpack(payload))
        if kind == 0x83 and _is_status(message)
        else (*head, payload)
    )


def _is_status(message: Message) -> bool:
    return message.meaning[0] == "status"


_HARVARD: Final = (
    b"\n:\x11",
    b"\n02T*\x11",
    b"\n69444444 36 2500000000 i...I\r\n>\x11",
    b"\n0 0 0 wWSTI\r\n*\x11",
    b"\n250 ul/hr\r\n:\x11",
    b"\n2.5 ml\r\n:\x11",
    b"\n14.43 mm\r\n00:\x11",
    b"\nPHD ULTRA 3.0.2\r\n:\x11",
    b"\nUnknown command\r\n\n  xyz\r\n<*\x11",
)
_IN_NL: Final = MappingProxyType(
    {"ml": Decimal(1_000_000), "ul": Decimal(1_000), "nl": Decimal(1),
     "pl": Decimal(1) / 1_000, "mm": Decimal(1_000)}
)  # fmt: skip
_PER_HOUR: Final = MappingProxyType({"hr": 1, "min": 60, "sec": 3_600})


def _harvard() -> Read:
    reader = harvard.AnswerReader()

    def read(data: bytes) -> list[Message]:
        replies = (
            each for each in reader.feed(data) if isinstance(each, harvard.Reply)
        )
        return [Message(each.raw, _harvard_told(each)) for each in replies]

    return read


def _harvard_told(reply: harvard.Reply) -> Meaning:
    read = tuple(map(_line_told, reply.lines))
    kind = "status" if any(each[0] == "flags" for each in read) else "answer"
    return kind, reply.prompt.value, reply.lines, reply.address, read


def _line_told(line: str) -> Meaning:
    for read in (_flags, _rate, _volume, _diameter, _version):
        try:
            return read(line)
        except RemoteProtocolError:
            continue
    return ("text",)


def _flags(line: str) -> Meaning:
    told = harvard.parse_status(line)
    return (
        "flags",
        told.rate_fl_per_s,
        told.time_s,
        told.volume_fl,
        told.is_withdrawing,
        told.is_at_infuse_limit,
        told.is_stalled,
        told.is_triggered,
    )


def _rate(line: str) -> Meaning:
    figure = harvard.parse_rate(line)
    return "figure", figure.value, figure.half_digit


def _volume(line: str) -> Meaning:
    figure = harvard.parse_volume(line)
    return "figure", figure.value, figure.half_digit


def _diameter(line: str) -> Meaning:
    figure = harvard.parse_diameter(line)
    return "figure", figure.value, figure.half_digit


def _version(line: str) -> Meaning:
    return "version", *harvard.parse_version(line)


def _harvard_again(message: Message) -> Meaning:
    body = message.raw.decode("ascii")
    begin = body.rindex("\n") + 1
    lines = tuple(line for line in body[:begin].replace("\n", "").split("\r") if line)
    digits, prompt = "", body[begin:-1]
    if prompt[0].isdigit():
        digits, prompt = prompt[:2], prompt[2:]
    *_, told = message.meaning
    is_answer = body[0] == "\n" and isinstance(told, tuple)
    read = tuple(map(_line_again, lines, told if isinstance(told, tuple) else ()))
    is_status = any(each[0] == "flags" for each in read)
    kind = "status" if is_status else "answer"
    address = int(digits) if digits else None
    return kind if is_answer else "none", prompt, lines, address, read


def _line_again(line: str, claimed: Meaning) -> Meaning:
    match claimed[0]:
        case "flags":
            rate, time, volume, flags = line.split(" ")
            is_withdrawing = flags[0] in "wW"
            is_at_limit = flags[1] == "I"
            moves = (is_withdrawing, is_at_limit, flags[2] == "S", flags[3] == "T")
            return "flags", int(rate), int(time), int(volume), *moves
        case "figure":
            number, unit = line.strip().split(" ")
            volume_unit, _, per = unit.partition("/")
            scale = _IN_NL[volume_unit] * (_PER_HOUR[per] if per else 1)
            digits = len(number.partition(".")[2])
            return "figure", Decimal(number) * scale, scale / 10**digits / 2
        case "version":
            model, version = line.upper().rsplit(" ", 1)
            return "version", model.strip(), version.removeprefix("V")
        case _:
            return claimed


def _xml(tag: str, device: str, command: bytes | None) -> bytes:
    inner = b"" if command is None else b"<CMD>%b</CMD>" % base64.b64encode(command)
    text = b'<?xml version="1.0"?><%b><DEVID>%b</DEVID>%b</%b>' % (
        tag.encode(),
        device.encode(),
        inner,
        tag.encode(),
    )
    return b"\x02" + text + b"%04X" % fastcrc.crc16.xmodem(text) + b"\x03"


_DEVICE: Final = "000100700000001201000001"
_ANSWER: Final = bytes.fromhex(
    "0701000000 0102 01 0000 000010 01 02 06 0000fa 00007b eeeeee 000fa0 08 02bc 000064"
)
_TERUMO_SAMPLES: Final = (
    _xml("REQ", "", None),
    _xml("REP", _DEVICE, None),
    _xml("REQ", _DEVICE, b"\x01\x01\0\0"),
    _xml("REP", _DEVICE, _ANSWER),
    _xml("REP", _DEVICE, _ANSWER[:4] + b"\x0b"),
    _xml("REP", _DEVICE, b"\x01\x02\0\0\0"),
)


def _terumo() -> Read:
    reader = TerumoReader()

    def read(data: bytes) -> list[Message]:
        frames = (each for each in reader.feed(data) if isinstance(each, Envelope))
        return [
            Message(
                _xml(each.direction.value, each.device_id, each.command),
                _terumo_told(each),
            )
            for each in frames
        ]

    return read


def _terumo_told(envelope: Envelope) -> Meaning:
    head = (envelope.direction.value, envelope.device_id)
    command = envelope.command
    if command is None or envelope.direction is Direction.REQUEST:
        return "frame", *head, parse_question(command) if command else None
    try:
        told = parse_answer(command)
    except RemoteProtocolError:
        return "other", *head
    if not isinstance(told, Answer):
        return "declined", *head, told.sequence, told.result.value
    status = told.status
    return (
        "status",
        *head,
        told.sequence,
        status.software,
        status.state_byte,
        int(status.state),
        int(status.alarms),
        (status.power, status.monitor, status.syringe),
        status.rate_10_ul_per_h,
        status.delivered_10_ul,
        status.vtbi_100_ul,
        status.dose_rate_hundredths,
        status.dose_unit,
        status.weight_100_g,
        status.dilution_hundredths,
        status.reserved,
    )


def _terumo_again(message: Message) -> Meaning:
    text = message.raw[1:-5].decode("ascii")
    head = (text[22:25], text.partition("<DEVID>")[2].partition("</DEVID>")[0])
    command = base64.b64decode(text.partition("<CMD>")[2].partition("</CMD>")[0])
    kind = message.meaning[0]
    if kind == "frame":
        is_question = command[1:] == b"\x01\0\0" and len(command) == 4
        return kind, *head, command[0] if is_question else None
    if kind == "declined":
        return kind, *head, command[0], command[4]
    if kind == "other":
        return kind, *head
    told = _TERUMO.unpack(command)
    sequence, number, sub, result, software, state, reserved, alarms = told[:8]
    rate, volume, vtbi, dose, unit, weight, dilution = told[11:]
    return (
        kind if (number, sub, result) == (1, 0, 0) else "none",
        *head,
        sequence,
        software,
        state,
        state % 16,
        _big(alarms),
        told[8:11],
        *map(_big, (rate, volume, vtbi, dose)),
        unit,
        weight,
        _big(dilution),
        reserved,
    )


def _big(data: bytes) -> int:
    return int.from_bytes(data, "big")


LINK_SAMPLES: Final = tuple(each.frame.to_bytes() for each in WORKED_FRAMES)
TERUMO_SAMPLES: Final = _TERUMO_SAMPLES
SUBJECTS: Final = (
    Subject("pump link", LINK_SAMPLES, _link, _link_again),
    Subject("harvard", _HARVARD, _harvard, _harvard_again, frozenset({_XON})),
    Subject("terumo", _TERUMO_SAMPLES, _terumo, _terumo_again),
)
