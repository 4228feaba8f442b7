"""Questions of identity, byte for byte, and answers typed by hand from the manuals."""

from __future__ import annotations

import struct
import zlib

import pytest

from protocols.mt_sics import probe as mt_sics
from protocols.probe import Found
from protocols.probes import EAR, PTU300, RIG, SCPI
from protocols.pump_link import probe as pump_link

IDENTITY = 0x82
SERIAL = 10001
SICS = (
    b'I4 A "B123456789"\r\n',
    b'I2 A "WMS404C-L WMS-Bridge 410.0090 g"\r\n',
    b'I3 A "2.10 10.28.0.493.142"\r\n',
)
FOUND = Found("WMS404C-L WMS-Bridge", "B123456789", "2.10 10.28.0.493.142")


def frame(type_: int, sequence: int, serial: int, payload: bytes) -> bytes:
    body = struct.pack(">BBHIH", 1, type_, sequence, serial, len(payload)) + payload
    return b"\xd5\xb2" + body + struct.pack(">I", zlib.crc32(body))


def test_the_questions_are_these_and_no_others() -> None:
    assert mt_sics.PROBE.questions == (b"I4\r\n", b"I2\r\n", b"I3\r\n")
    assert RIG.questions == (b"ID\r\n",)
    assert PTU300.questions == (b"?\r",)
    assert SCPI.questions == (b"*IDN?\r\n",)
    assert pump_link.PROBE.questions == (
        frame(1, 0, 0, struct.pack(">I", 0x81818387)),
        frame(2, 4, 0, b""),
    )


@pytest.mark.parametrize("question", [*pump_link.PROBE.questions, *EAR.questions])
def test_frames_hold_nothing_that_a_reader_of_text_obeys(question: bytes) -> None:
    obeyed = {*b"\r\n\x1b", *range(ord("A"), ord("Z") + 1), *range(ord("a"), 123)}
    assert obeyed.isdisjoint(question)


def test_a_balance_is_who_it_says() -> None:
    assert mt_sics.read(SICS) == FOUND


def test_answers_that_came_late_count_by_what_they_say() -> None:
    assert mt_sics.read((b"", SICS[0] + SICS[1], SICS[2])) == FOUND


@pytest.mark.parametrize(
    "answers",
    [
        (b"", b"", b""),
        (SICS[0], b"", b""),
        (b"ES\r\n",) * 3,
        (b"S S     100.00 g\r\n",) * 3,
        (b"I4 A B1\n", SICS[1], b""),
        (b"\x0200S?\x03", b"\x0200S?\x03", b"\x0200S?\x03"),
    ],
)
def test_what_is_no_balance_is_none(answers: tuple[bytes, ...]) -> None:
    assert mt_sics.read(answers) is None


def test_a_pump_is_who_it_says() -> None:
    payload = struct.pack(
        ">I16s12sIBIIII",
        77,
        b"DB-ITB40".ljust(16, b"\0"),
        b"1.0.0".ljust(12, b"\0"),
        SERIAL,
        1,
        40_000_000,
        2_000,
        1_000_000,
        0,
    )
    good = frame(IDENTITY, 4, SERIAL, payload)
    assert pump_link.read((b"", b"noise" + good)) == Found("DB-ITB40", "10001", "1.0.0")
    assert pump_link.read((b"", good[:-1])) is None
    assert pump_link.read((b"", good[:-1] + bytes([good[-1] ^ 1]))) is None
    assert pump_link.read((b"", frame(IDENTITY, 4, SERIAL, payload[:-1]))) is None


def test_others_are_who_they_say() -> None:
    assert RIG.read((b"ID DOSEBENCH-RIG R1 2.0\r\n",)) == Found(
        "DOSEBENCH-RIG", "R1", "2.0"
    )
    assert RIG.read((b"ID OTHER R1 2.0\r\n",)) is None
    shown = b"PTU303 / 1.16\r\nSerial number  : A1234567\r\nBatch number   : B\r\n>"
    assert PTU300.read((shown,)) == Found("PTU303", "A1234567", "1.16")
    assert PTU300.read((shown.replace(b"PTU303 / 1.16", b""),)) is None
    assert SCPI.read((b"Maker,34907A,MY0001,1.6\n",)) == Found(
        "Maker 34907A", "MY0001", "1.6"
    )
    assert SCPI.read((b"00S?\n",)) is None


def test_an_ear_is_who_it_says() -> None:
    fields = struct.pack("<16s16sQI", b"E000000001", b"1.0", 5, 6)
    body = b"\x81" + struct.pack("<H", len(fields)) + fields
    crc = 0xFFFF
    for byte in body:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    answer = b"\xe5\xa2" + body + struct.pack("<H", crc)
    assert EAR.read((answer,)) == Found("DOSEBENCH-EAR", "E000000001", "1.0")
    assert EAR.read((answer[:-1],)) is None
