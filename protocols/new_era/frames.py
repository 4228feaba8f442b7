"""Frames of both modes, and what may stand in them.

In safe mode both directions send ``STX length data CRC ETX``: the length counts what
follows STX, ETX and itself included, less one; the CRC is CRC-16/XMODEM over the data,
high byte first. Length and CRC bytes can have any value, so a frame is never found by
looking for its end.
"""

from __future__ import annotations

import binascii
from typing import Final

import construct as c

from protocols.errors import LocalProtocolError

STX: Final = 0x02
ETX: Final = 0x03
CR: Final = 0x0D
OVERHEAD: Final = 4
"""What the length counts beside the data: itself, the CRC and ETX."""
LONGEST_DATA: Final = 0xFF - OVERHEAD
LONGEST_TEXT: Final = 80
"""Data of a basic frame; the longest reply that is known has 20 bytes."""

SafeFrame: Final = c.Struct(
    "stx" / c.Const(STX, c.Int8ub),
    "length" / c.Rebuild(c.Int8ub, c.len_(c.this.data) + OVERHEAD),
    "data" / c.Bytes(c.this.length - OVERHEAD),
    "crc" / c.Rebuild(c.Int16ub, lambda frame: crc(frame.data)),
    "check" / c.Check(lambda frame: frame.crc == crc(frame.data)),
    "etx" / c.Const(ETX, c.Int8ub),
    c.Terminated,
)
"""The description; the readers find the same frames with plain code."""


def crc(data: bytes) -> int:
    """Return the CRC-16/XMODEM: polynomial 0x1021, start 0, not reflected."""
    return binascii.crc_hqx(data, 0)


def safe_frame(data: bytes) -> bytes:
    """Return a frame of the safe mode.

    Raises:
        LocalProtocolError: the data does not fit.
    """
    if len(data) > LONGEST_DATA:
        raise _too_long(data, LONGEST_DATA)
    return bytes(SafeFrame.build({"data": data}))


def basic_request(data: bytes) -> bytes:
    """Return a request of the basic mode.

    Raises:
        LocalProtocolError: the data does not fit.
    """
    return _printable(data) + bytes([CR])


def basic_reply(data: bytes) -> bytes:
    """Return a reply of the basic mode.

    Raises:
        LocalProtocolError: the data does not fit.
    """
    return bytes([STX]) + _printable(data) + bytes([ETX])


def is_text(data: bytes) -> bool:
    """Tell whether data is printable ASCII throughout."""
    return data.isascii() and data.decode("ascii").isprintable()


def _printable(data: bytes) -> bytes:
    if len(data) > LONGEST_TEXT:
        raise _too_long(data, LONGEST_TEXT)
    if not is_text(data):
        raise LocalProtocolError(
            f"New Era frame: {data!r} is not printable ASCII; correct the caller"
        )
    return data


def _too_long(data: bytes, longest: int) -> LocalProtocolError:
    return LocalProtocolError(
        f"New Era frame: {len(data)} bytes of data, allowed are up to {longest};"
        " correct the caller"
    )
