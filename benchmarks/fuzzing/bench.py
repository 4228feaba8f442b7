"""The bench's other lines: ambient sensor, relay, ear, and its own control port."""

from __future__ import annotations

import struct
from contextlib import suppress
from dataclasses import fields
from decimal import Decimal
from functools import reduce
from operator import attrgetter, xor
from types import MappingProxyType
from typing import Final

import fastcrc

from benchmarks.fuzzing.subject import Meaning, Message, Read, Subject, of_lines
from protocols import bench_control, ear, ptu300, scpi
from protocols.bench_commands import Command, Reply
from protocols.errors import RemoteProtocolError

PTU300_SAMPLES: Final = (
    b"P=1013.25hPa T= 21.37'C TA= 20.98'C RH= 45.30%RH 0000 X=0A\r\n",
    b">P= 998.00hPa T= -1.05'C TA=  0.00'C RH=100.00%RH 0000 X=0B\r\n",
    b"PTU303 / 1.16\r\n",
    b"Serial number  : A1234567\r\n",
    b"OK\r\n",
)


def _closed(message: bytes) -> bytes:
    covered = message.lstrip(b">").partition(b"X=")[0] + b"X="
    return message.partition(b"X=")[0] + b"X=%02X\r\n" % reduce(xor, covered)


_SENSOR: Final = (
    PTU300_SAMPLES[0],
    _closed(PTU300_SAMPLES[1]),
    _closed(b"P=******* hPa T= 21.37'C TA= 20.98'C RH= 45.30%RH 0000 X="),
    _closed(b"P=1013.25hPa T= 21.37'C TA= 20.98'C RH= 45.30%RH 0010 X="),
    *PTU300_SAMPLES[2:],
)


def _sensed(line: bytes) -> Meaning | None:
    match ptu300.parse(line):
        case ptu300.Conditions(air, liquid, pressure, humidity):
            return "status", air, liquid, pressure, humidity
        case ptu300.NotMeasured():
            return ("not measured",)
        case ptu300.Setting(name, value):
            return "setting", name, value
        case ptu300.Software(model, version):
            return "software", model, version
        case ptu300.Done():
            return ("done",)
        case _:
            return None


def _sensed_again(message: Message) -> Meaning:
    text = message.raw.decode("latin-1").lstrip(">")
    match message.meaning[0]:
        case "status" | "not measured" as kind:
            covered, check = text[:-4], text[-4:-2]
            if reduce(xor, covered.encode("latin-1")) != int(check, 16):
                return ("wrong check value",)
            return _conditions(covered) if kind == "status" else (kind,)
        case "setting":
            name, _, value = text[:-2].partition(":")
            return "setting", name.rstrip(" "), value.removeprefix(" ").rstrip(" ")
        case "software":
            return "software", *text[:-2].split(" / ")
        case _:
            return ("done",) if text == "OK\r\n" else ("none",)


def _conditions(text: str) -> Meaning:
    found = {}
    for name, unit in (("P=", "hPa "), ("T=", "'C "), ("TA=", "'C "), ("RH=", "%RH ")):
        field, _, text = text.removeprefix(name).partition(unit)
        found[name] = Decimal(field.strip(" "))
    kind = "status" if text == "0000 X=" else "none"
    kelvin = Decimal("273.15")
    return (
        kind,
        (found["T="] + kelvin) * 1_000,
        (found["TA="] + kelvin) * 1_000,
        found["P="] * 100,
        found["RH="] * 10_000,
    )


SCPI_SAMPLES: Final = (
    b"KEYSIGHT,34903A, MY123 ,1.02\r\n",
    b'0,"No error"\n',
    b'-113,"Undefined ""header"""\n',
    b"1\n",
    b"+0.00\n",
)


def _answered(line: bytes) -> Meaning | None:
    try:
        text = scpi.decode(line)
    except RemoteProtocolError:
        return None
    told: list[Meaning] = []
    with suppress(RemoteProtocolError):
        found = scpi.parse_identification(text)
        told.append(("who", found.maker, found.model, found.serial, found.firmware))
    with suppress(RemoteProtocolError):
        error = scpi.parse_error(text)
        told.append(("error", error.code, error.text))
    with suppress(RemoteProtocolError):
        told.append(("state", scpi.parse_yes_no(text)))
    return "answer", text, *told


def _answered_again(message: Message) -> Meaning:
    text = message.raw.decode("ascii").strip("\r\n ")
    again: list[Meaning] = []
    for claimed in message.meaning[2:]:
        kind = claimed[0] if isinstance(claimed, tuple) else ""
        if kind == "who":
            again.append((kind, *(word.strip(" ") for word in text.split(","))))
        elif kind == "error":
            code, _, said = text.partition(',"')
            again.append((kind, int(code), said[:-1].replace('""', '"')))
        else:
            again.append((kind, {Decimal(0): False, Decimal(1): True}[Decimal(text)]))
    return "answer", text, *again


def _ear_frame(kind: int, payload: bytes) -> bytes:
    body = struct.pack("<BH", kind, len(payload)) + payload
    return b"\xe5\xa2" + body + struct.pack("<H", fastcrc.crc16.ibm_3740(body))


EAR_SAMPLES: Final = (
    _ear_frame(0x01, b""),
    _ear_frame(0x81, struct.pack("<16s16sQI", b"EAR-0001", b"1.0.2", 8_000, 3)),
    _ear_frame(0x82, struct.pack("<IQ3h", 3, 8_000, 1, -2, 300)),
    _ear_frame(0x82, struct.pack("<IQ200h", 4, 8_003, *range(200))),
)


def _ear() -> Read:
    reader = ear.EarReader()

    def read(data: bytes) -> list[Message]:
        told = (_heard(each) for each in reader.feed(data))
        return [each for each in told if each is not None]

    return read


def _heard(message: ear.Message | ear.Damage) -> Message | None:
    match message:
        case ear.AskStatus():
            return Message(_ear_frame(0x01, b""), ("question",))
        case ear.EarStatus(serial, firmware, sample, sequence):
            texts = (serial.encode(), firmware.encode())
            payload = struct.pack("<16s16sQI", *texts, sample, sequence)
            meaning = ("status", serial, firmware, sample, sequence)
            return Message(_ear_frame(0x81, payload), meaning)
        case ear.EarBlock(sequence, first, pcm):
            payload = struct.pack("<IQ", sequence, first) + pcm
            return Message(_ear_frame(0x82, payload), ("status", sequence, first, pcm))
        case _:
            return None


def _heard_again(message: Message) -> Meaning:
    kind, payload = message.raw[2], message.raw[5:-2]
    if kind == 0x81:
        serial, firmware, *counts = struct.unpack("<16s16sQI", payload)
        words = [each.decode("ascii").rstrip("\0") for each in (serial, firmware)]
        return "status", *words, *counts
    if kind == 0x82:
        is_whole = len(payload) > 12 and len(payload) % 2 == 0
        counts = list(struct.unpack_from("<IQ", payload))
        return "status" if is_whole else "none", *counts, payload[12:]
    return ("question",) if kind == 0x01 and not payload else ("none",)


_FIXED: Final = MappingProxyType(
    {
        "ID": ("ReadIdentity",),
        "NOW": ("ReadTime",),
        "CLAMP CLOSED": ("SetClamp", True),
        "CLAMP OPEN": ("SetClamp", False),
        "MAGNET ON": ("SetMagnet", True),
        "MAGNET OFF": ("SetMagnet", False),
        "SYRINGE OFF": ("TakeSyringe",),
        "WEIGHT OFF": ("TakeWeight",),
        "WITHDRAW": ("WithdrawReservoir",),
        "EMPTY": ("EmptyVessel",),
        "POWER ON": ("SetPower", True),
        "POWER OFF": ("SetPower", False),
        "GAUGE": ("ReadGauge",),
        "CHARGE": ("ReadCharge",),
        "UPSET MENDED": ("UpsetMemory", False),
        "UPSET LOST": ("UpsetMemory", True),
        "BEEP": ("SoundReference",),
        "RENEW": ("RenewUnit",),
        "STOP": ("StopByHand",),
    }
)
_NUMBERED: Final = MappingProxyType(
    {
        "UNTIL": "LetTimePass",
        "FILL": "FillReservoir",
        "POCKET": "FillPocket",
        "LOAD": "LoadSyringe",
        "START": "StartByHand",
        "SYRINGE": "PutSyringe",
        "WEIGHT": "PutWeight",
        "SUPPLY": "SetSupply",
        "PRESSURE": "SetPressure",
        "HEIGHT": "SetHeight",
        "TEMPERATURE": "SetTemperature",
        "ALTITUDE": "SetAmbient",
        "TUBE": "SetTubeLeft",
    }
)
_COMMANDS: Final = (
    *(f"{words}\r\n".encode() for words in _FIXED),
    *(f"{word} 1234567\r\n".encode() for word in _NUMBERED),
    b"PRESSURE -13332\r\n",
    b"CASE ITB-ACC-001/100ug\r\n",
)
RIG_IDENTITY: Final = b"ID DOSEBENCH-RIG RIG-1 1.0\r\n"
_RIG_SAMPLES: Final = (
    b"OK\r\n",
    b"NOW 1767225600000000000\r\n",
    b"PRESSURE -13332\r\n",
    b"CHARGE 835200\r\n",
    RIG_IDENTITY,
    b"ERR the clamp is stuck\r\n",
)


def _values(message: Command | Reply) -> Meaning:
    names = [field.name for field in fields(message)]
    return type(message).__name__, *(attrgetter(name)(message) for name in names)


def _commanded(line: bytes) -> Meaning | None:
    try:
        return _values(bench_control.parse_command(line))
    except RemoteProtocolError:
        return None


def _commanded_again(message: Message) -> Meaning:
    text = message.raw.decode("ascii").removesuffix("\r\n")
    word, _, rest = text.partition(" ")
    if word == "CASE":
        return "BeginCase", rest
    return _FIXED.get(text) or (_NUMBERED[word], int(rest))


def _replied(line: bytes) -> Meaning | None:
    try:
        return _values(bench_control.parse_reply(line))
    except RemoteProtocolError:
        return None


def _replied_again(message: Message) -> Meaning:
    word, *rest = message.raw.decode("ascii").removesuffix("\r\n").split(" ")
    match word:
        case "OK":
            return "Done", *rest
        case "NOW":
            return "Now", *map(int, rest)
        case "PRESSURE":
            return "Pressure", *map(int, rest)
        case "CHARGE":
            return "Charge", *map(int, rest)
        case "ID":
            model, serial, firmware = rest
            return "RigIdentity", serial, firmware, model
        case _:
            return "Failed" if word == "ERR" else "none", " ".join(rest)


SUBJECTS: Final = (
    of_lines("ptu300", _SENSOR, _sensed, _sensed_again),
    of_lines("scpi", SCPI_SAMPLES, _answered, _answered_again),
    Subject("ear", EAR_SAMPLES, _ear, _heard_again),
    of_lines("rig commands", _COMMANDS, _commanded, _commanded_again),
    of_lines("rig replies", _RIG_SAMPLES, _replied, _replied_again),
)
