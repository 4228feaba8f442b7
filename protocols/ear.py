"""The line of the ear: a recorder that sends samples only while something sounds.

Every frame is ``E5 A2``, type (u8), length of the payload (u16), payload, CRC (u16);
all numbers are little-endian. The CRC is CRC-16/IBM-3740 (polynomial 0x1021, initial
value 0xFFFF, not reflected; check value 0x29B1) over type, length and payload. At
921,600 baud, 8 data bits, no parity, 1 stop bit.

====  ==========  =====================================================================
type  from        payload
====  ==========  =====================================================================
0x01  the host    none: who are you, and where do you stand?
0x81  the ear     serial and firmware (text of 16 bytes each, padded with NUL), samples
                  counted since power-on (u64), sequence of the next block (u32)
0x82  the ear     unasked: sequence (u32), count of the first sample since power-on
                  (u64), then 1 to 4,000 samples (i16, mono, 8,000 a second nominally)
====  ==========  =====================================================================

The ear answers at once, in order with its blocks. It numbers the blocks that it sends
from 0; between two of them samples are missing where its squelch was closed. A line
without a block therefore says that nothing sounded, but only once an answer with the
expected sequence has shown that none was lost.
"""

import struct
from binascii import crc_hqx
from dataclasses import dataclass
from typing import Final

from protocols.errors import LocalProtocolError, RemoteProtocolError

MODEL: Final = "DOSEBENCH-EAR"
SAMPLE_BYTES: Final = 2
MAX_SAMPLES: Final = 4_000
SEQUENCE_MODULO: Final = 1 << 32
"""The sequence after 4,294,967,295 is 0."""

_MAGIC: Final = b"\xe5\xa2"
_ASK: Final = 0x01
_STATUS: Final = 0x81
_BLOCK: Final = 0x82
_FRONT: Final = struct.Struct("<BH")
_HEADER: Final = len(_MAGIC) + _FRONT.size
_CRC: Final = struct.Struct("<H")
_CRC_START: Final = 0xFFFF
_TEXT_BYTES: Final = 16
_STATUS_LAYOUT: Final = struct.Struct(f"<{_TEXT_BYTES}s{_TEXT_BYTES}sQI")
_BLOCK_LAYOUT: Final = struct.Struct("<IQ")
_MAX_PAYLOAD: Final = _BLOCK_LAYOUT.size + MAX_SAMPLES * SAMPLE_BYTES


@dataclass(frozen=True, slots=True)
class AskStatus:
    """Who are you, and where do you stand? Answered by `EarStatus`."""


@dataclass(frozen=True, slots=True)
class EarStatus:
    """Who the ear is, and how far it has counted.

    Attributes:
        serial: at most 16 printable ASCII characters without blanks.
        firmware: likewise.
        sample: samples since power-on.
        next_sequence: of the block that it will send next.
    """

    serial: str
    firmware: str
    sample: int
    next_sequence: int


@dataclass(frozen=True, slots=True)
class EarBlock:
    """Consecutive samples.

    Attributes:
        sequence: of this block.
        first_sample: samples since power-on before its first.
        pcm: two bytes a sample, little-endian.
    """

    sequence: int
    first_sample: int
    pcm: bytes


@dataclass(frozen=True, slots=True)
class Damage:
    """Bytes that are no frame, or no frame that anybody sends.

    Attributes:
        reason: what is wrong with them.
        raw: the bytes.
    """

    reason: str
    raw: bytes


Message = AskStatus | EarStatus | EarBlock


def encode(message: Message) -> bytes:
    """Return the frame of a message.

    Raises:
        LocalProtocolError: a part does not fit its place.
    """
    match message:
        case AskStatus():
            return _frame(_ASK, b"")
        case EarStatus(serial, firmware, sample, sequence):
            texts = (_padded(serial), _padded(firmware))
            return _frame(_STATUS, _packed(_STATUS_LAYOUT, *texts, sample, sequence))
        case EarBlock(sequence, first_sample, pcm):
            if not _is_pcm(len(pcm)):
                raise LocalProtocolError(
                    f"ear block has {len(pcm)} bytes of samples; give 1 to"
                    f" {MAX_SAMPLES} samples of {SAMPLE_BYTES} bytes"
                )
            return _frame(_BLOCK, _packed(_BLOCK_LAYOUT, sequence, first_sample) + pcm)


class EarReader:
    """Cuts a byte stream into messages, the same however the stream arrives in pieces.

    After damage the search goes on just behind its first byte, so that a corrupted
    length cannot swallow a message that follows.
    """

    def __init__(self) -> None:
        """Start with nothing received."""
        self._pending = b""

    def feed(self, data: bytes) -> list[Message | Damage]:
        """Take received bytes and return what they complete, in order."""
        self._pending += data
        found: list[Message | Damage] = []
        while (taken := self._take()) is not None:
            found.append(taken)
        return found

    def reset(self) -> None:
        """Forget a frame that is not complete."""
        self._pending = b""

    def _take(self) -> Message | Damage | None:
        start = self._pending.find(_MAGIC)
        if start < 0:
            start = len(self._pending) - self._pending.endswith(_MAGIC[:1])
        if start > 0:
            return Damage("bytes between frames", self._drop(start))
        if len(self._pending) < _HEADER:
            return None
        kind, length = _FRONT.unpack_from(self._pending, len(_MAGIC))
        if length > _MAX_PAYLOAD:
            reason = f"length {length} above the maximum"
            return Damage(reason, self._drop(_HEADER))
        size = _HEADER + length + _CRC.size
        return self._judge(kind, size) if len(self._pending) >= size else None

    def _judge(self, kind: int, size: int) -> Message | Damage:
        frame = self._pending[:size]
        (received,) = _CRC.unpack(frame[-_CRC.size :])
        computed = _crc(frame[len(_MAGIC) : -_CRC.size])
        if received != computed:
            self._drop(1)
            reason = (
                f"check value differs: {computed:04X} computed, {received:04X} sent"
            )
            return Damage(reason, frame)
        self._drop(size)
        try:
            return _message(kind, frame[_HEADER : -_CRC.size])
        except RemoteProtocolError as error:
            return Damage(str(error), frame)

    def _drop(self, size: int) -> bytes:
        dropped, self._pending = self._pending[:size], self._pending[size:]
        return dropped


def _message(kind: int, payload: bytes) -> Message:
    size = len(payload)
    if kind == _ASK and not payload:
        return AskStatus()
    if kind == _STATUS and size == _STATUS_LAYOUT.size:
        serial, firmware, sample, sequence = _STATUS_LAYOUT.unpack(payload)
        return EarStatus(_text(serial), _text(firmware), sample, sequence)
    if kind == _BLOCK and _is_pcm(size - _BLOCK_LAYOUT.size):
        sequence, first_sample = _BLOCK_LAYOUT.unpack_from(payload)
        return EarBlock(sequence, first_sample, payload[_BLOCK_LAYOUT.size :])
    raise RemoteProtocolError(
        f"ear frame of type 0x{kind:02X} with {size} bytes is none of this line's;"
        " check that the port is an ear's"
    )


def _frame(kind: int, payload: bytes) -> bytes:
    body = _FRONT.pack(kind, len(payload)) + payload
    return _MAGIC + body + _CRC.pack(_crc(body))


def _crc(data: bytes) -> int:
    return crc_hqx(data, _CRC_START)


def _packed(layout: struct.Struct, *fields: bytes | int) -> bytes:
    try:
        return layout.pack(*fields)
    except struct.error as error:
        raise LocalProtocolError(
            f"ear message {fields} does not fit its frame ({error}); correct the caller"
        ) from error


def _is_pcm(size: int) -> bool:
    return size % SAMPLE_BYTES == 0 and 0 < size <= MAX_SAMPLES * SAMPLE_BYTES


def _padded(text: str) -> bytes:
    raw = text.encode("ascii", "replace")
    if not _is_word(raw) or raw.decode() != text:
        raise LocalProtocolError(
            f"ear status cannot carry {text!r}; use 1 to {_TEXT_BYTES} printable ASCII"
            " characters without blanks"
        )
    return raw.ljust(_TEXT_BYTES, b"\0")


def _text(raw: bytes) -> str:
    word = raw.rstrip(b"\0")
    if not _is_word(word):
        raise RemoteProtocolError(
            f"ear status has the text {word!r}, which is no word of printable ASCII;"
            " check that the port is an ear's"
        )
    return word.decode("ascii")


def _is_word(raw: bytes) -> bool:
    return 0 < len(raw) <= _TEXT_BYTES and all(0x21 <= byte <= 0x7E for byte in raw)
