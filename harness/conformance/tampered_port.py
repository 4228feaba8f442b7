"""A port that loses, holds back, repeats and damages what comes, as the kit wants."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from harness.clock import NS_PER_MS, Clock
from harness.ports.base import Port

_GAP_NS: Final = 20 * NS_PER_MS


class TamperedPort:
    """Wraps a port. Answers go through `alter` as a whole, once it is set.

    Args:
        port: the wire.
        clock: bench time.
        only_asks: whether the bytes of one write are a mere question.

    Attributes:
        alter: what becomes of an answer; b"" loses it. None leaves all as it comes.
        early: bytes that have come before anybody has asked.
        before_write: called with the bytes of each write before they are sent.
        written: everything that was sent, one entry for each write.
        heard: everything that came, one entry for each altered answer.
        has_commanded: whether anything but questions was sent.
        is_closed: whether the wire was released.
    """

    def __init__(
        self, port: Port, clock: Clock, only_asks: Callable[[bytes], bool]
    ) -> None:
        self.alter: Callable[[bytes], bytes] | None = None
        self.early = b""
        self.before_write: Callable[[bytes], None] = lambda data: None
        self.written: list[bytes] = []
        self.heard: list[bytes] = []
        self.has_commanded = False
        self.is_closed = False
        self._only_asks = only_asks
        self._port = port
        self._clock = clock

    def write(self, data: bytes) -> None:
        """Send all of ``data``."""
        self.before_write(data)
        self.written.append(data)
        self.has_commanded |= not self._only_asks(data)
        self._port.write(data)

    def restore(self) -> None:
        """Let everything pass again as it comes."""
        self.alter = None
        self.before_write = lambda data: None
        self.early = b""

    def read(self, deadline_ns: int) -> bytes:
        """Return the next bytes, or b"" at the deadline."""
        if self.early:
            return self._take_early()
        while data := self._port.read(deadline_ns):
            if self.alter is None:
                return data
            while more := self._port.read(self._clock.now_ns() + _GAP_NS):
                data += more
            self.heard.append(data)
            if altered := self.alter(data):
                return altered
        return b""

    def read_waiting(self) -> bytes:
        """Return what has already come."""
        return self._take_early() + self._port.read_waiting()

    def has_waiting(self) -> bool:
        """Tell whether anything has come."""
        return bool(self.early) or self._port.has_waiting()

    def close(self) -> None:
        """Release the wire."""
        self.is_closed = True
        self._port.close()

    def _take_early(self) -> bytes:
        early, self.early = self.early, b""
        return early
