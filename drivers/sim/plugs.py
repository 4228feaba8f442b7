"""Where clients of a served bench plug in: TCP connections and a pseudo terminal.

A client that does not read loses what its buffer cannot take, as on a real line.
"""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from typing import Final, Protocol

from harness.clock import wall_monotonic_ns
from harness.ports.platform import open_pty, readable_at

LOOPBACK: Final = "127.0.0.1"
_CHUNK: Final = 65_536
# Much longer than a busy host takes.
_LONGEST_WAY_NS: Final = 50_000_000


class Plug(Protocol):
    """One client's end of a wire."""

    def fileno(self) -> int:
        """Return the descriptor to watch."""

    def read(self) -> bytes | None:
        """Return what the client has sent (maybe nothing), or None: it is gone."""

    def send(self, data: bytes) -> None:
        """Send ``data`` to the client."""

    def settle(self) -> None:
        """Wait until the client could read what was sent last, as it reads nothing."""

    def close(self) -> None:
        """Hang up."""


class SocketPlug:
    """A TCP connection.

    Args:
        connection: accepted.
    """

    def __init__(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connection = connection

    def fileno(self) -> int:
        return self._connection.fileno()

    def read(self) -> bytes | None:
        try:
            return self._connection.recv(_CHUNK) or None
        except BlockingIOError:
            return b""
        except OSError:
            return None

    def send(self, data: bytes) -> None:
        with suppress(OSError):
            self._connection.send(data)

    def settle(self) -> None:
        # Mostly it is there at once; nothing tells on a host that is busy.
        pass

    def close(self) -> None:
        self._connection.close()


class PtyPlug:
    """A pseudo terminal, which a client opens like a serial port.

    Attributes:
        path: that the client opens.
    """

    def __init__(self) -> None:
        self._near, self._far, self.path = open_pty()
        os.set_blocking(self._near, False)
        self._due = 0

    def fileno(self) -> int:
        return self._near

    def read(self) -> bytes | None:
        try:
            return os.read(self._near, _CHUNK)
        except OSError:
            return b""

    def send(self, data: bytes) -> None:
        with suppress(OSError):
            is_read = readable_at(self._far) == 0
            sent = os.write(self._near, data)
            # Where more lies already, nobody reads: one day the terminal is full.
            self._due = sent if is_read else 0

    def settle(self) -> None:
        end_ns = wall_monotonic_ns() + _LONGEST_WAY_NS
        with suppress(OSError):
            while readable_at(self._far) < self._due and wall_monotonic_ns() < end_ns:
                os.sched_yield()

    def close(self) -> None:
        os.close(self._near)
        os.close(self._far)


def listen(port: int) -> socket.socket:
    """Return a listening socket on the loopback interface; port 0 lets the host choose.

    Raises:
        OSError: the port is taken or forbidden.
    """
    listener = socket.create_server((LOOPBACK, port))
    listener.setblocking(False)
    return listener
