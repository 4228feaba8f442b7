"""How long characters take: the one model of a serial line, in-process and served.

A write is over when its last character is; an answer arrives whole when its last
character does. The two directions do not hinder each other.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from drivers.sim.contracts import FAR
from harness.ports.base import LineSettings, Parity

LATENCY_NS: Final = 2_000_000
"""From a device's decision to send until its first character leaves."""

_NS_PER_S: Final = 1_000_000_000


class Line:
    """One wire between a client and a device.

    Args:
        settings: speed and framing.
        latency_ns: from a device's decision to send until its first character.
    """

    __slots__ = ("_arriving", "_character_ns", "_free_ns", "_latency_ns", "_waiting")

    def __init__(self, settings: LineSettings, latency_ns: int = LATENCY_NS) -> None:
        bits = 1 + settings.data_bits + settings.stop_bits
        bits += settings.parity is not Parity.NONE
        self._character_ns = bits * _NS_PER_S // settings.baud
        self._latency_ns = latency_ns
        self._free_ns = 0
        self._arriving: deque[tuple[int, bytes]] = deque()
        self._waiting = b""

    def write(self, t_ns: int, data: bytes) -> int:
        """Return when the device has the last character of a client's ``data``."""
        return t_ns + len(data) * self._character_ns

    def send(self, t_ns: int, data: bytes) -> None:
        """Take what the device decided to send at ``t_ns``."""
        begin_ns = max(t_ns + self._latency_ns, self._free_ns)
        self._free_ns = begin_ns + len(data) * self._character_ns
        self._arriving.append((self._free_ns, data))

    def next_arrival_ns(self) -> int:
        """Return when the next characters arrive that had not yet; FAR if none do."""
        return self._arriving[0][0] if self._arriving else FAR

    def first_arrival_after(self, t_ns: int) -> int:
        """Return the first arrival later than ``t_ns``; FAR if there is none."""
        for arrival_ns, _ in self._arriving:
            if arrival_ns > t_ns:
                return arrival_ns
        return FAR

    def waiting(self, t_ns: int) -> int:
        """Return how many characters have arrived by ``t_ns`` and were not read."""
        arriving = self._arriving
        while arriving and arriving[0][0] <= t_ns:
            self._waiting += arriving.popleft()[1]
        return len(self._waiting)

    def read(self, t_ns: int, size: int) -> bytes:
        """Return at most ``size`` characters of those that have arrived by ``t_ns``."""
        if self._arriving:
            self.waiting(t_ns)
        data = self._waiting
        self._waiting = data[size:]
        return data[:size]
