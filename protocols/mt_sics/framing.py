"""Framed mode (PROT 2): lines in frames with address and check value.

A frame is STX, an address, the text of a line without its CR LF, ETX and a check byte.
The receiver answers ACK or NAK within 200 ms; the sender tries three times, and then
ends with EOT. The lines of SIR are not acknowledged.

Source: MT-SICS reference manual 11781363L. The check byte is the exclusive or of
address, text and ETX: that gives what its example of a reply prints, 75. Its example
of a command prints 0E where this gives 2E, which is taken for a misprint.
"""

from dataclasses import dataclass
from functools import reduce
from operator import xor
from typing import Final

from protocols.errors import LocalProtocolError, RemoteProtocolError
from protocols.mt_sics.grammar import MAX_LINE_BYTES

STX: Final = 0x02
ETX: Final = 0x03
MAX_FRAME_BYTES: Final = MAX_LINE_BYTES + 4

_LEAST_BYTES: Final = 4
_LAST_END: Final = MAX_FRAME_BYTES - 1
"""Before here ETX must stand."""
_PRINTABLE: Final = frozenset(range(0x20, 0x7F))


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame.

    Attributes:
        address: one printable character, as ``7``.
        text: the text of a line, without its CR LF.
    """

    address: str
    text: bytes


def check_byte(covered: bytes) -> int:
    """Return the exclusive or of some bytes."""
    return reduce(xor, covered, 0)


def encode_frame(frame: Frame) -> bytes:
    """Return the bytes of a frame.

    Raises:
        LocalProtocolError: The address is not one printable character, or the text is
            too long or holds a control character.
    """
    if len(frame.address) != 1 or ord(frame.address) not in _PRINTABLE:
        raise LocalProtocolError(
            f"MT-SICS frame has the address {frame.address!r}; give one printable"
            " character"
        )
    if len(frame.text) > MAX_LINE_BYTES or not _is_text(frame.text):
        raise LocalProtocolError(
            f"MT-SICS frame has the text {frame.text[:40]!r}; leave out control"
            f" characters, and use at most {MAX_LINE_BYTES} bytes"
        )
    covered = frame.address.encode("ascii") + frame.text + bytes([ETX])
    return bytes([STX]) + covered + bytes([check_byte(covered)])


def decode_frame(data: bytes) -> Frame:
    """Return the frame that some bytes are, all of them.

    Raises:
        RemoteProtocolError: They are no frame, or the check byte is wrong: answer NAK.
    """
    if not _LEAST_BYTES <= len(data) <= MAX_FRAME_BYTES:
        raise RemoteProtocolError(
            f"MT-SICS frame has {len(data)} bytes, not {_LEAST_BYTES} to"
            f" {MAX_FRAME_BYTES}; answer NAK"
        )
    address, text = data[1], data[2:-2]
    is_frame = data[0] == STX and data[-2] == ETX
    if not is_frame or address not in _PRINTABLE or not _is_text(text):
        raise RemoteProtocolError(f"{data!r} is no MT-SICS frame; answer NAK")
    expected = check_byte(data[1:-1])
    if data[-1] != expected:
        raise RemoteProtocolError(
            f"MT-SICS frame {data!r} ends in {data[-1]:02X}, computed {expected:02X};"
            " answer NAK"
        )
    return Frame(chr(address), text)


class FrameReader:
    """Splits a byte stream into frames, in bounded memory.

    The result does not depend on how the stream is cut into chunks. The check byte may
    be any byte, STX and ETX too, so it is taken by its place after ETX.

    Attributes:
        rejected_frames: Pieces rejected so far: no frame, or a wrong check byte.
        discarded_bytes: Bytes of those, and bytes outside frames.
    """

    __slots__ = ("_partial", "discarded_bytes", "rejected_frames")

    def __init__(self) -> None:
        """Start outside a frame."""
        self._partial = b""
        self.rejected_frames = 0
        self.discarded_bytes = 0

    def feed(self, data: bytes) -> list[Frame]:
        """Take bytes and return the frames they complete. Never raises."""
        frames = []
        self._partial += data
        while found := self._next_piece():
            try:
                frames.append(decode_frame(found))
            except RemoteProtocolError:
                self.rejected_frames += 1
                self.discarded_bytes += len(found)
        return frames

    def reset(self) -> int:
        """Forget an unfinished frame and return how many bytes were dropped."""
        dropped = len(self._partial)
        self._partial = b""
        return dropped

    def _next_piece(self) -> bytes:
        """Cut off what goes from one STX to the byte after the next ETX."""
        begin = self._partial.find(STX)
        begin = len(self._partial) if begin < 0 else begin
        self.discarded_bytes += begin
        self._partial = self._partial[begin:]
        # Anything is an address, so the text begins at the third byte.
        end = self._partial.find(ETX, 2, _LAST_END)
        restart = self._partial.find(STX, 1, _LAST_END if end < 0 else end)
        if restart > 0:
            return self._cut(restart)
        if end >= 0:
            return self._cut(end + 2) if len(self._partial) > end + 1 else b""
        is_overlong = len(self._partial) > MAX_FRAME_BYTES
        return self._cut(_LAST_END) if is_overlong else b""

    def _cut(self, length: int) -> bytes:
        piece, self._partial = self._partial[:length], self._partial[length:]
        return piece


def _is_text(text: bytes) -> bool:
    return all(0x20 <= byte != 0x7F for byte in text)
