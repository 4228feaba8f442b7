"""Bytes in any chunks to the data of whole frames, in bounded memory.

After anything that is no frame, the search goes on behind its first byte, so that a
damaged length cannot swallow the frame that follows.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import Enum
from typing import Final

from protocols.new_era.frames import (
    CR,
    ETX,
    LONGEST_TEXT,
    OVERHEAD,
    STX,
    crc,
    is_text,
)
from protocols.new_era.vocabulary import Mode

CHARACTER_GAP_MS: Final = 500
"""After so long a silence a frame that has begun is given up."""

_DIGITS: Final = frozenset(b"0123456789")
_NEXT_FRAME: Final = re.compile(b"\x02")
_NEXT: Final = re.compile(b"\x02|(?<=\r)")
"""Where a frame begins, or a line behind the end of another."""


class Reason(Enum):
    """Why bytes that began like a frame are not one."""

    BAD_LENGTH = "length below that of an empty frame"
    BAD_CRC = "check value differs"
    NO_END = "end mark missing"
    NO_TEXT = "not printable"
    TOO_LONG = "longer than any message"
    INCOMPLETE = "line fell silent within the frame"


@dataclass(frozen=True, slots=True)
class Rejection:
    """Bytes that began like a frame and are none.

    Attributes:
        reason: what is wrong.
        raw: the claimed frame, as far as it was received.
        expected_crc: CRC computed over the data; None unless the CRC is wrong.
        received_crc: CRC found in the bytes; None unless the CRC is wrong.
    """

    reason: Reason
    raw: bytes
    expected_crc: int | None = None
    received_crc: int | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """The data of one intact frame, and how it was framed."""

    data: bytes
    mode: Mode


@dataclass(frozen=True, slots=True)
class _Cut:
    """What lies at the head of the buffer, and how many bytes of it are done with."""

    item: Found | Rejection
    used: int


class _Reader(ABC):
    """What both directions share.

    Attributes:
        discarded: bytes received so far that are part of no frame.
        rejected: rejections so far.
    """

    __slots__ = ("_pending", "discarded", "rejected")

    def __init__(self) -> None:
        self._pending = b""
        self.discarded = 0
        self.rejected = 0

    @property
    def pending(self) -> int:
        """Number of bytes held because their frame is not complete."""
        return len(self._pending)

    def feed(self, data: bytes) -> list[Found | Rejection]:
        """Take received bytes and return what they complete. Never raises."""
        buffer, at = self._pending + data, 0
        found: list[Found | Rejection] = []
        while (start := self._start(buffer, at)) < len(buffer):
            self.discarded += start - at
            at = start
            cut = self._cut(buffer, at)
            if cut is None:
                break
            found.append(cut.item)
            at += cut.used
            if isinstance(cut.item, Rejection):
                self.rejected += 1
                self.discarded += cut.used
        else:
            self.discarded += len(buffer) - at
            at = len(buffer)
        self._pending = buffer[at:]
        return found

    def expire(self) -> list[Found | Rejection]:
        """Give up what is incomplete when the line fell silent; nothing stays held.

        Returns:
            Its rejection, and whatever lies behind its first byte: a damaged length may
            have held back good frames.
        """
        found: list[Found | Rejection] = []
        while self._pending:
            raw, self._pending = self._pending, b""
            found.append(Rejection(Reason.INCOMPLETE, raw))
            self.rejected += 1
            self.discarded += 1
            found += self.feed(raw[1:])
        return found

    @abstractmethod
    def _start(self, buffer: bytes, at: int) -> int:
        """Return where the next frame may begin, len(buffer) if nowhere."""

    @abstractmethod
    def _cut(self, buffer: bytes, at: int) -> _Cut | None:
        """Return what begins there; None while it is incomplete."""


class ReplyReader(_Reader):
    """Finds what the pump sends.

    Args:
        mode: how it is framed; None takes either, told apart by their second byte,
            which is a digit of the address or a length below any digit's code. In safe
            mode nothing without a check value is taken.
    """

    __slots__ = ("_mode",)

    def __init__(self, mode: Mode | None = None) -> None:
        super().__init__()
        self._mode = mode

    def _start(self, buffer: bytes, at: int) -> int:
        start = buffer.find(STX, at)
        return len(buffer) if start < 0 else start

    def _cut(self, buffer: bytes, at: int) -> _Cut | None:
        if self._mode is Mode.SAFE:
            return _safe(buffer, at)
        if self._mode is Mode.BASIC:
            return _between_marks(buffer, at)
        if at + 1 >= len(buffer):
            return None
        is_basic = buffer[at + 1] in _DIGITS
        return _between_marks(buffer, at) if is_basic else _safe(buffer, at)


class RequestReader(_Reader):
    """Finds what a host sends: safe frames in both modes, and lines in basic mode.

    What follows a line that is too long is no line of its own.

    Attributes:
        mode: of the pump.
    """

    __slots__ = ("_is_in_line", "mode")

    def __init__(self, mode: Mode) -> None:
        super().__init__()
        self.mode = mode
        self._is_in_line = False

    def _start(self, buffer: bytes, at: int) -> int:
        if self.mode is Mode.BASIC and not self._is_in_line:
            return at
        begin = _NEXT if self.mode is Mode.BASIC else _NEXT_FRAME
        found = begin.search(buffer, at)
        self._is_in_line = self._is_in_line and found is None
        return len(buffer) if found is None else found.start()

    def _cut(self, buffer: bytes, at: int) -> _Cut | None:
        if buffer[at] == STX:
            return _safe(buffer, at)
        cut = _line(buffer, at)
        self._is_in_line = cut is not None and isinstance(cut.item, Rejection)
        return cut


def _safe(buffer: bytes, at: int) -> _Cut | None:
    if at + 1 >= len(buffer):
        return None
    length = buffer[at + 1]
    if length < OVERHEAD:
        return _rejected(Reason.BAD_LENGTH, buffer[at : at + 2])
    end = at + 1 + length
    if end > len(buffer):
        return None
    raw, data = buffer[at:end], buffer[at + 2 : end - 3]
    if raw[-1] != ETX:
        return _rejected(Reason.NO_END, raw)
    received, expected = int.from_bytes(raw[-3:-1], "big"), crc(data)
    if received != expected:
        return _Cut(Rejection(Reason.BAD_CRC, raw, expected, received), 1)
    return _Cut(Found(data, Mode.SAFE), len(raw))


def _between_marks(buffer: bytes, at: int) -> _Cut | None:
    longest = at + LONGEST_TEXT + 2
    end, again = buffer.find(ETX, at, longest), buffer.find(STX, at + 1, longest)
    if again >= 0 and (end < 0 or again < end):
        return _rejected(Reason.NO_END, buffer[at:again])
    if end < 0:
        is_too_long = len(buffer) >= longest
        raw = buffer[at:longest]
        return _rejected(Reason.TOO_LONG, raw) if is_too_long else None
    data = buffer[at + 1 : end]
    if not is_text(data):
        return _rejected(Reason.NO_TEXT, buffer[at : end + 1])
    return _Cut(Found(data, Mode.BASIC), end + 1 - at)


def _line(buffer: bytes, at: int) -> _Cut | None:
    longest = at + LONGEST_TEXT + 1
    end = buffer.find(CR, at, longest)
    if end < 0:
        if len(buffer) < longest:
            return None
        rejection = Rejection(Reason.TOO_LONG, buffer[at:longest])
        return _Cut(rejection, len(rejection.raw))
    return _Cut(Found(buffer[at:end], Mode.BASIC), end + 1 - at)


def _rejected(reason: Reason, raw: bytes) -> _Cut:
    return _Cut(Rejection(reason, raw), 1)
