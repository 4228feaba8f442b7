"""The reference document: fresh, and enough for an outsider."""

import re
import struct
import subprocess
import sys
from pathlib import Path
from zlib import crc32

import fastcrc

from protocols.pump_link.codec import message_of
from protocols.pump_link.frame import Frame, FrameReader
from protocols.pump_link.messages import MESSAGE_TYPES
from protocols.pump_link.reference import render
from protocols.pump_link.vocabulary import (
    AlarmFlag,
    BolusDecision,
    FieldId,
    LogEvent,
    NakCode,
    PumpMode,
    PumpState,
)
from protocols.pump_link.worked import WORKED_FRAMES

ROOT = Path(__file__).parents[3]
DOCUMENT = ROOT / "docs" / "reference" / "pump-link.md"


def wire(type_: int, sequence: int, payload: bytes) -> bytes:
    body = struct.pack(">BBHIH", 1, type_, sequence, 1_000_042, len(payload)) + payload
    return b"\xd5\xb2" + body + struct.pack(">I", crc32(body))


# Packed by hand from the prose of the document, in the order of its worked frames.
BY_HAND = [
    wire(0x01, 0, struct.pack(">I", 0xC0FFEE01)),
    wire(0x81, 0, struct.pack(">II", 1_500, 0xC0FFEE01)),
    wire(0x02, 1, b""),
    wire(
        0x82,
        1,
        struct.pack(
            ">I16s12sIBIIII",
            1_750,
            b"REFERENCE ITB",
            b"1.4.2",
            1_000_042,
            1,
            20_000_000,
            2_000,
            1_000_000,
            0b1000_1011,
        ),
    ),
    wire(0x04, 2, struct.pack(">BIII", 1, 12_500, 0, 0)),
    wire(0x84, 2, struct.pack(">IIBIII", 2_000, 0x5EED0001, 1, 12_500, 0, 0)),
    wire(0x05, 3, struct.pack(">I", 0x5EED0001)),
    wire(0x85, 3, struct.pack(">IBBI", 2_250, 1, 1, 12_500)),
    wire(0x03, 4, b""),
    wire(
        0x83,
        4,
        struct.pack(
            ">IBBIQIIH", 3_602_250, 1, 1, 12_500, 5_000_012_500, 1_987_500, 1, 2_950
        ),
    ),
    wire(0x40, 7, struct.pack(">IIII", 3_600_000, 1, 1, 0)),
    wire(0x41, 7, struct.pack(">H", 7)),
    wire(0x04, 5, struct.pack(">BIII", 2, 12_500, 50_000, 60)),
    wire(0xFF, 5, struct.pack(">IBBBII", 3_603_000, 4, 4, 5, 180, 90_000)),
    wire(0x08, 6, struct.pack(">IIHH", 18_000_000, 2_000_000, 180, 180)),
    wire(
        0x88,
        6,
        struct.pack(">IIIIHH", 3_604_000, 0x5EED0002, 18_000_000, 2_000_000, 180, 180),
    ),
    wire(0x11, 7, b"\x00\x02" + struct.pack(">HIHI", 0, 12_500, 390, 25_000)),
    wire(
        0x91,
        7,
        struct.pack(">IIB", 3_605_000, 0x5EED0003, 0)
        + b"\x02"
        + struct.pack(">HIHI", 0, 12_500, 390, 25_000),
    ),
    wire(0x06, 65_535, b""),
    wire(0x86, 65_535, struct.pack(">IBBI", 90_000_000, 0, 0, 0)),
    wire(0x0D, 0, struct.pack(">I", 40)),
    wire(
        0x8D,
        0,
        struct.pack(">IIIB", 90_000_500, 42, 40, 2)
        + struct.pack(">IIIBI", 40, 800_000_000, 2_250, 1, 12_500)
        + struct.pack(">IIIBI", 41, 800_089_997, 90_000_000, 2, 0),
    ),
]


def frames_in_document() -> list[bytes]:
    blocks = re.findall(r"```\n([0-9A-F \n]+)```", render())
    return [bytes.fromhex(block) for block in blocks]


def test_the_document_is_fresh() -> None:
    stored = DOCUMENT.read_text(encoding="utf-8")
    assert stored == render(), "run: make docs"


def test_the_module_prints_the_document() -> None:
    command = [sys.executable, "-X", "utf8", "-m", "protocols.pump_link.reference"]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    assert printed.stdout.decode("utf-8").replace("\r\n", "\n") == render()


def test_the_worked_frames_are_those_packed_by_hand() -> None:
    assert frames_in_document() == BY_HAND


def test_the_worked_frames_decode_to_their_messages() -> None:
    frames = FrameReader().feed(b"".join(BY_HAND))
    messages = [message_of(frame) for frame in frames if isinstance(frame, Frame)]
    assert messages == [worked.message for worked in WORKED_FRAMES]


def test_the_worked_frames_have_the_crc_of_an_independent_implementation() -> None:
    for raw in frames_in_document():
        assert int.from_bytes(raw[-4:], "big") == fastcrc.crc32.iso_hdlc(raw[2:-4])


def test_the_breakdown_of_a_frame_gives_its_bytes() -> None:
    sections = re.split(r"^### \d+\. ", render(), flags=re.MULTILINE)[1:]
    assert len(sections) >= 10
    for section, raw in zip(sections, BY_HAND, strict=True):
        cells = re.findall(r"^\| `([0-9A-F ]+)` \|", section, flags=re.MULTILINE)
        assert bytes.fromhex("".join(cells)) == raw


def test_every_message_has_a_layout_whose_offsets_add_up() -> None:
    sections = re.findall(
        r"^### 0x([0-9A-F]{2}) \w+\n(.*?)(?=^##)", render(), re.MULTILINE | re.DOTALL
    )
    assert {int(code, 16) for code, _ in sections} == set(MESSAGE_TYPES)
    for code, section in sections:
        lines = re.findall(r"^\| (\d+) \| (\d+) \|", section, re.MULTILINE)
        expected = 0
        for offset, size in lines:
            assert int(offset) == expected, code
            expected += int(size)


def test_every_named_value_is_listed() -> None:
    text = render()
    numbered = (PumpMode, PumpState, FieldId, LogEvent, NakCode, BolusDecision)
    for members in (AlarmFlag, *numbered):
        for member in members:
            number = f"0x{member:04X}" if members is AlarmFlag else f"{int(member)}"
            assert f"| {number} | {member.name} |" in text


def test_the_crc_is_described_with_its_check_value() -> None:
    assert "0xCBF43926" in render()
    assert fastcrc.crc32.iso_hdlc(b"123456789") == 0xCBF43926
