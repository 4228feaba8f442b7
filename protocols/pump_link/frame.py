"""Frames of the pump link: layout, check value and a reader that never gets lost."""

import struct
from dataclasses import dataclass
from enum import Enum
from typing import Final
from zlib import crc32

from protocols.errors import LocalProtocolError

SYNC: Final = b"\xd5\xb2"
"""Two bytes that differ and are not ASCII, so that text never looks like a frame."""

VERSION: Final = 1
PAYLOAD_MAX: Final = 240
SEQUENCE_MODULO: Final = 1 << 16
"""The sequence number after 65535 is 0."""

BROADCAST_SERIAL: Final = 0
"""Address of any pump, for OPEN_SESSION and GET_IDENTITY only."""

HEADER_SIZE: Final = 12
CRC_SIZE: Final = 4
OVERHEAD: Final = HEADER_SIZE + CRC_SIZE
FRAME_MAX: Final = OVERHEAD + PAYLOAD_MAX

_BODY: Final = struct.Struct(">BBHIH")
_HEADER: Final = struct.Struct(">2xBBHIH")
_CRC: Final = struct.Struct(">I")
_SYNC_SIZE: Final = 2
_unpack_header: Final = _HEADER.unpack_from
_unpack_crc: Final = _CRC.unpack_from
_TYPE_MAX: Final = 0xFF
_SERIAL_MAX: Final = 0xFFFF_FFFF


@dataclass(frozen=True, slots=True)
class Frame:
    """One intact frame.

    Attributes:
        type: message type, 0 to 255.
        sequence: 0 to 65535; a reply carries its request's.
        serial: serial number of the pump, 0 for any pump.
        payload: 0 to 240 bytes.
    """

    type: int
    sequence: int
    serial: int
    payload: bytes = b""

    def to_bytes(self) -> bytes:
        """Return the bytes on the wire.

        Raises:
            LocalProtocolError: when a part does not fit its place in the frame.
        """
        payload = self.payload
        size = len(payload)
        try:
            body = _BODY.pack(VERSION, self.type, self.sequence, self.serial, size)
        except struct.error as error:
            raise self._unfit() from error
        if size > PAYLOAD_MAX:
            raise self._unfit()
        body += payload
        return SYNC + body + _CRC.pack(crc32(body))

    def _unfit(self) -> LocalProtocolError:
        """Return the error that names the part which does not fit its place."""
        for name, value, maximum in (
            ("type", self.type, _TYPE_MAX),
            ("sequence", self.sequence, SEQUENCE_MODULO - 1),
            ("serial", self.serial, _SERIAL_MAX),
        ):
            if not 0 <= value <= maximum:
                return _too_much(name, value, maximum)
        return _too_much("payload length", len(self.payload), PAYLOAD_MAX)


class RejectionReason(Enum):
    """Why bytes that began like a frame are not one."""

    BAD_VERSION = "unknown protocol version"
    BAD_LENGTH = "payload length above the maximum"
    BAD_CRC = "check value differs"
    INCOMPLETE = "line fell silent within the frame"


@dataclass(frozen=True, slots=True)
class Rejection:
    """Bytes that began with the sync and are no frame.

    Attributes:
        reason: what is wrong.
        raw: the header for a bad version or length, else the claimed frame as far as
            it was received. The reader goes on just behind its sync.
        expected_crc: CRC computed over the bytes; None unless the CRC is wrong.
        received_crc: CRC found in the bytes; None unless the CRC is wrong.
    """

    reason: RejectionReason
    raw: bytes
    expected_crc: int | None = None
    received_crc: int | None = None


class FrameReader:
    """Cuts a byte stream into frames; holds at most one frame's worth of bytes.

    How the stream is cut into chunks changes nothing in what is found. After anything
    that is not a frame, search goes on behind its sync and never behind the length it
    claims, so that a corrupted length cannot swallow the frame that follows.

    Attributes:
        discarded: bytes received so far that are part of no frame.
    """

    __slots__ = ("_pending", "discarded")

    def __init__(self) -> None:
        """Start with nothing received."""
        self._pending = b""
        self.discarded = 0

    @property
    def pending(self) -> int:
        """Number of bytes held because their frame is not complete."""
        return len(self._pending)

    def feed(self, data: bytes) -> list[Frame | Rejection]:
        """Take received bytes and return what they complete, in order."""
        buffer = self._pending + data
        received = len(buffer)
        found: list[Frame | Rejection] = []
        used = accepted = 0
        while (start := buffer.find(SYNC, used)) >= 0:
            used = start
            if received - start < HEADER_SIZE:
                break
            version, type_, sequence, serial, size = _unpack_header(buffer, start)
            if version != VERSION or size > PAYLOAD_MAX:
                found.append(_bad_header(buffer[start : start + HEADER_SIZE], version))
                used += _SYNC_SIZE
                continue
            end = start + size + OVERHEAD
            if end > received:
                break
            body_end = end - CRC_SIZE
            (claimed,) = _unpack_crc(buffer, body_end)
            computed = crc32(buffer[start + _SYNC_SIZE : body_end])
            if computed != claimed:
                raw = buffer[start:end]
                bad_crc = RejectionReason.BAD_CRC
                found.append(Rejection(bad_crc, raw, computed, claimed))
                used += _SYNC_SIZE
                continue
            payload = buffer[start + HEADER_SIZE : body_end]
            found.append(Frame(type_, sequence, serial, payload))
            used = end
            accepted += size + OVERHEAD
            if end == received:
                break
        else:
            used = max(used, received - buffer.endswith(SYNC[:1]))
        self._pending = buffer[used:]
        self.discarded += used - accepted
        return found

    def expire(self) -> list[Frame | Rejection]:
        """Give up the incomplete frame when the line fell silent; nothing stays held.

        Returns:
            Its rejection and whatever lies behind its sync: a frame with a corrupted
            length may have held back good ones.
        """
        found: list[Frame | Rejection] = []
        while self._pending:
            raw, self._pending = self._pending, b""
            if raw.startswith(SYNC):
                found.append(Rejection(RejectionReason.INCOMPLETE, raw))
            skipped = min(len(raw), _SYNC_SIZE)
            self.discarded += skipped
            found += self.feed(raw[skipped:])
        return found

    def reset(self) -> int:
        """Drop the incomplete frame unread, as after a power loss of the peer.

        Returns:
            The number of bytes dropped, which `discarded` then includes.
        """
        dropped = len(self._pending)
        self._pending = b""
        self.discarded += dropped
        return dropped


def _bad_header(raw: bytes, version: int) -> Rejection:
    """Return the rejection of a header that no frame can have."""
    if version != VERSION:
        return Rejection(RejectionReason.BAD_VERSION, raw)
    return Rejection(RejectionReason.BAD_LENGTH, raw)


def _too_much(name: str, value: int, maximum: int) -> LocalProtocolError:
    """Return the error of a part that does not fit its place in the frame."""
    return LocalProtocolError(
        f"pump link frame: {name} is {value}, allowed is 0 to {maximum}; "
        "correct the caller"
    )
