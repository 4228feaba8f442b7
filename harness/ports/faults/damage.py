"""What a faulty line makes of bytes."""

from __future__ import annotations

from harness.ports.base import LineSettings, Parity
from harness.ports.faults.chance import Chance
from harness.ports.faults.fault import FaultKind, LineFault

_BITS = 8


def damaged(
    data: bytes,
    fault: LineFault,
    chance: Chance,
    line: LineSettings,
    *,
    is_sent: bool = False,
) -> bytes:
    """Return what arrives of some bytes.

    Args:
        data: as sent.
        fault: of a kind that changes bytes; others change none.
        chance: of the fault, in this direction.
        line: as the host has it set.
        is_sent: whether the host has sent them.
    """
    match fault.kind:
        case FaultKind.NOISE:
            return bytes(_flipped(byte, fault.rate, chance) for byte in data)
        case FaultKind.DROPPED:
            return bytes(byte for byte in data if not chance.hits(fault.rate))
        case FaultKind.DOUBLED:
            copies = (bytes([b]) * (1 + chance.hits(fault.rate)) for b in data)
            return b"".join(copies)
        case FaultKind.SILENT:
            return b""
        case FaultKind.WRONG_BAUD:
            ratio = fault.baud / line.baud
            return misread(data, line, 1.0 / ratio if is_sent else ratio)
        case _:
            return data


def _flipped(byte: int, rate: float, chance: Chance) -> int:
    return byte ^ 1 << chance.below(_BITS) if chance.hits(rate) else byte


def misread(data: bytes, line: LineSettings, ratio: float) -> bytes:
    """Return what a receiver reads whose bit rate is not the sender's.

    A start bit, the data bits from the lowest, parity and stop bits are sampled in the
    middle of what the receiver takes for a bit, and the next character may begin right
    after the middle of the stop bit. One without a stop bit counts all the same, as in
    a receiver that only notes the framing error.

    Args:
        data: sent without gaps.
        line: framing of both ends.
        ratio: the sender's bit rate by the receiver's.
    """
    levels = [level for byte in data for level in _levels(byte, line)]
    to_stop = 1 + line.data_bits + (line.parity is not Parity.NONE) + 0.5
    read = bytearray()
    at = 0.0
    while at < len(levels):
        if levels[int(at)]:
            at = int(at) + 1.0
            continue
        bits = [_level(levels, at + (i + 1.5) * ratio) for i in range(line.data_bits)]
        read.append(sum(bit << i for i, bit in enumerate(bits)))
        at += to_stop * ratio
    return bytes(read)


def _levels(byte: int, line: LineSettings) -> list[bool]:
    bits = [bool(byte >> i & 1) for i in range(line.data_bits)]
    if line.parity is not Parity.NONE:
        bits.append((sum(bits) % 2 == 1) is (line.parity is Parity.EVEN))
    return [False, *bits, *[True] * line.stop_bits]


def _level(levels: list[bool], at: float) -> bool:
    """The level at a time in bits; an idle line is high."""
    return levels[int(at)] if at < len(levels) else True
