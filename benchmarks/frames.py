"""STATUS frames decoded, beside the bare minimum of checks."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from zlib import crc32

from benchmarks.measuring import Result, best_s
from protocols.pump_link.codec import frame_of, message_of
from protocols.pump_link.frame import Frame, FrameReader
from protocols.pump_link.replies import Status
from protocols.pump_link.vocabulary import AlarmFlag, PumpMode, PumpState

_FRAMES = 20_000
_CHUNK = 4_096
_REPEATS = 7
_TARGET = 0.15

_HEADER = struct.Struct(">2sBBHIH")
_PAYLOAD = struct.Struct(">IBBIQIIH")
_CRC = struct.Struct(">I")
_FLOOR = "crc32, header and payload by struct into tuples, places known beforehand"


def run() -> list[Result]:
    """Measure."""
    stream = b"".join(_frame(number) for number in range(_FRAMES))
    if decode(stream) != floor(stream):
        raise RuntimeError("codec and floor disagree about the stream")
    measured = _FRAMES / best_s(lambda: decode(stream), _REPEATS)
    least = _FRAMES / best_s(lambda: floor(stream), _REPEATS)
    return [
        Result(
            "frames: STATUS decoded",
            measured,
            least,
            "frames/s",
            _FLOOR,
            measured / least,
            "share of the floor",
            _TARGET,
            more_is_better=True,
        )
    ]


def decode(stream: bytes) -> int:
    """Read the stream in chunks into messages; return the sum of their counts."""
    reader = FrameReader()
    total = 0
    for begin in range(0, len(stream), _CHUNK):
        for found in reader.feed(stream[begin : begin + _CHUNK]):
            if isinstance(found, Frame):
                message = message_of(found)
                if isinstance(message, Status):
                    total += message.delivered_nl
    return total


def floor(stream: bytes) -> int:
    """Do the least there is to do with each frame."""
    size = _HEADER.size + _PAYLOAD.size + _CRC.size
    total = 0
    for begin in range(0, len(stream), size):
        body = stream[begin + 2 : begin + size - _CRC.size]
        _HEADER.unpack_from(stream, begin)
        fields: Sequence[int] = _PAYLOAD.unpack_from(stream, begin + _HEADER.size)
        (claimed,) = _CRC.unpack_from(stream, begin + size - _CRC.size)
        if crc32(body) == claimed:
            total += fields[4]
    return total


def _frame(number: int) -> bytes:
    status = Status(
        1_000 + 500 * number,
        PumpMode.CONTINUOUS,
        PumpState.DELIVERING,
        41_667,
        700_000_000 + 6 * number,
        40_000_000 - 6 * number,
        AlarmFlag(0),
        2_900,
    )
    return frame_of(status, number, 10_001).to_bytes()
