"""Codes and values that the makers print, where no other test has them one by one."""

from __future__ import annotations

import struct
from decimal import Decimal

import pytest

from protocols.errors import RemoteProtocolError
from protocols.mt_sics.framing import decode_frame
from protocols.mt_sics.parser import parse
from protocols.mt_sics.replies import Fault, TextReply
from protocols.mt_sics.status_weight import StatusWeight, parse_status_weight
from protocols.terumo.frame import checksum
from protocols.terumo.status import Answer, Declined, parse_answer

HEAD = struct.pack(">BBHB", 1, 1, 0, 0)


@pytest.mark.parametrize(
    ("number", "meaning"),
    [
        (1, "boot"),
        (2, "brand"),
        (3, "checksum"),
        (9, "option"),
        (10, "EEPROM"),
        (11, "device mismatch"),
        (12, "hot plug"),
        (14, "module or electronics mismatch"),
        (15, "adjustment needed"),
    ],
)
@pytest.mark.parametrize("source", "bt")
def test_every_fault_of_mt_sics(number: int, meaning: str, source: str) -> None:
    reply = parse(f"S S {f'Error {number}{source}':>10}\r\n".encode())
    assert isinstance(reply, Fault)
    assert (reply.number, reply.meaning, reply.source.value) == (
        number,
        meaning,
        source,
    )


@pytest.mark.parametrize(
    ("code", "unit"),
    [
        *((0, "g"), (1, "kg"), (3, "mg"), (4, "µg"), (5, "ct"), (7, "lb"), (8, "oz")),
        *((9, "ozt"), (10, "GN"), (11, "dwt"), (12, "mom"), (13, "msg"), (14, "tl")),
        *((15, "tl"), (16, "tl"), (18, "tola"), (20, "baht")),
    ],
)
def test_every_unit_code_of_sis(code: int, unit: str) -> None:
    reply = parse(f'SIS A 0 "14.256" {code} 3 1 0 0\r\n'.encode())
    assert isinstance(reply, TextReply)
    weight = parse_status_weight(reply)
    assert isinstance(weight, StatusWeight)
    assert (weight.value, weight.unit) == (Decimal("14.256"), unit)


def test_the_misprinted_check_byte_of_the_manual_is_refused() -> None:
    with pytest.raises(RemoteProtocolError, match="computed 2E"):
        decode_frame(b"\x027SI\x03\x0e")


def test_the_check_value_of_terumo() -> None:
    assert checksum(b"123456789") == 0x31C3


@pytest.mark.parametrize("result", [11, 12, 13, 14, 15])
def test_every_result_of_terumo(result: int) -> None:
    told = parse_answer(HEAD[:-1] + bytes([result]))
    assert isinstance(told, Declined)
    assert told.result.value == result


@pytest.mark.parametrize("vtbi", [0xFFFFFF, 0xEEEEEE, 1_000])
@pytest.mark.parametrize("unit", [0, 4, 8])
def test_volumes_and_units_of_terumo(vtbi: int, unit: int) -> None:
    counts = b"".join(each.to_bytes(3, "big") for each in (250, 123, vtbi, 4_000))
    front = bytes.fromhex("0102 01 0000 000000 01 02 06")
    told = parse_answer(
        HEAD + front + counts + struct.pack(">BH3s", unit, 700, b"\0@A")
    )
    assert isinstance(told, Answer)
    status = told.status
    assert (status.vtbi_100_ul, status.dose_unit) == (vtbi, unit)
    assert (status.weight_100_g, status.dilution_hundredths) == (700, 0x4041)
