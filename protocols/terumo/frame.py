"""Frames of the status line: ``STX xml CRC ETX``, the CRC as four hex digits.

The xml is matched by a strict grammar of its own, whole and byte by byte, and is never
given to an XML parser: there are no entities, no attributes and no white space in it.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from protocols.errors import LocalProtocolError, RemoteProtocolError

MAX_FRAME_BYTES: Final = 1_024
"""Longest frame that is believed; the longest that is known has about 170 bytes."""

_STX: Final = b"\x02"
_ETX: Final = b"\x03"
_CRC_DIGITS: Final = 4
_DEVICE_ID: Final = re.compile(r"(?:[0-9A-Fa-f]{24})?")
_XML: Final = re.compile(
    rb'<\?xml version="1\.0"\?><(REQ|REP)>'
    rb"<DEVID>([0-9A-Fa-f]{24}|)</DEVID>"
    rb"(?:<CMD>([A-Za-z0-9+/]+={0,2})</CMD>)?"
    rb"</\1>"
)
_CRC: Final = re.compile(rb"[0-9A-F]{4}")


class Direction(StrEnum):
    """Who speaks; the value is the xml's tag."""

    REQUEST = "REQ"
    REPLY = "REP"


@dataclass(frozen=True, slots=True)
class Envelope:
    """One undamaged frame.

    Attributes:
        direction: who speaks.
        device_id: 24 hex digits that name the pump; "" in the question for them.
        command: the binary command or its answer; None without one.
    """

    direction: Direction
    device_id: str
    command: bytes | None


@dataclass(frozen=True, slots=True)
class Rejection:
    """Bytes that are no frame, and why."""

    reason: str
    raw: bytes


def checksum(xml: bytes) -> int:
    """Return the check value of an xml text: CRC-16/XMODEM over nothing else."""
    return binascii.crc_hqx(xml, 0)


def encode(envelope: Envelope) -> bytes:
    """Return the frame of an envelope.

    Raises:
        LocalProtocolError: the device id is not 24 hex digits, or the command is empty.
    """
    if not _DEVICE_ID.fullmatch(envelope.device_id):
        raise LocalProtocolError(
            f"the device id {envelope.device_id!r} is not 24 hex digits; take the one"
            " that the pump answers with"
        )
    if envelope.command == b"":
        raise LocalProtocolError("a command has no bytes; leave it out instead")
    command = ""
    if envelope.command is not None:
        command = f"<CMD>{base64.b64encode(envelope.command).decode('ascii')}</CMD>"
    tag = envelope.direction
    xml = (
        f'<?xml version="1.0"?><{tag}><DEVID>{envelope.device_id}</DEVID>'
        f"{command}</{tag}>"
    ).encode("ascii")
    return b"%b%b%04X%b" % (_STX, xml, checksum(xml), _ETX)


def decode(frame: bytes) -> Envelope:
    """Return what one whole frame holds.

    Raises:
        RemoteProtocolError: it is none, or damaged.
    """
    if len(frame) > MAX_FRAME_BYTES:
        raise RemoteProtocolError(f"longer than {MAX_FRAME_BYTES} bytes")
    if not (frame.startswith(_STX) and frame.endswith(_ETX)):
        raise RemoteProtocolError("no frame between STX and ETX")
    xml, digits = frame[1 : -1 - _CRC_DIGITS], frame[-1 - _CRC_DIGITS : -1]
    computed = b"%04X" % checksum(xml)
    if not _CRC.fullmatch(digits) or digits != computed:
        raise RemoteProtocolError(
            f"check value differs: {computed!r} computed, {digits!r} sent"
        )
    found = _XML.fullmatch(xml)
    if found is None:
        raise RemoteProtocolError("the xml text is not of the known form")
    tag, device_id, command = found.groups()
    return Envelope(
        Direction(tag.decode("ascii")),
        device_id.decode("ascii"),
        None if command is None else _plain(command),
    )


class FrameReader:
    """Cuts a stream into frames, and begins anew at every STX."""

    def __init__(self) -> None:
        self._pending = b""

    @property
    def pending(self) -> int:
        """Number of bytes held because their frame is not complete."""
        return len(self._pending)

    def feed(self, data: bytes) -> list[Envelope | Rejection]:
        """Take the next bytes; return what they completed, in order.

        Bytes between frames are rejected too. At most one frame is kept.
        """
        found: list[Envelope | Rejection] = []
        self._pending += data
        while (piece := self._take()) is not None:
            found.append(_read(piece))
        return found

    def reset(self) -> bytes:
        """Forget, and return, a frame that has only begun."""
        pending, self._pending = self._pending, b""
        return pending

    def _take(self) -> bytes | None:
        """Cut off the next piece that is a frame or can no longer become one."""
        pending = self._pending
        if not pending.startswith(_STX):
            end = pending.find(_STX)
            end = len(pending) if end < 0 else end
        else:
            again, etx = pending.find(_STX, 1), pending.find(_ETX)
            ends = [end for end in (again, etx + 1) if end > 0]
            end = min(ends) if ends else _overlong(pending)
        if end == 0:
            return None
        piece, self._pending = pending[:end], pending[end:]
        return piece


def _overlong(pending: bytes) -> int:
    return len(pending) if len(pending) > MAX_FRAME_BYTES else 0


def _read(piece: bytes) -> Envelope | Rejection:
    try:
        return decode(piece)
    except RemoteProtocolError as error:
        return Rejection(str(error), piece[:MAX_FRAME_BYTES])


def _plain(text: bytes) -> bytes:
    """Return what base64 stands for, if it is spelt in the one correct way."""
    try:
        plain = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise RemoteProtocolError(f"CMD is no base64: {error}") from error
    if base64.b64encode(plain) != text:
        raise RemoteProtocolError("CMD is no base64: bits are left over")
    return plain
