"""Lets only questions pass to a pump for patients, whatever its driver tries."""

from __future__ import annotations

from collections.abc import Callable

from harness.errors import ConfigurationError
from harness.ports.tap import Tap

_SHOWN = 60


class QueryGate:
    """Stands between a driver and its journalled port, and is used like that.

    What is held back never reaches the port, so the journal does not show it as sent.

    Args:
        port: the journalled port.
        allowed: tells of the bytes of one write whether they only ask.
        name: what messages call the instrument.

    Attributes:
        name: as given.
    """

    def __init__(self, port: Tap, allowed: Callable[[bytes], bool], name: str) -> None:
        self.name = name
        self._port = port
        self._allowed = allowed

    def write(self, data: bytes) -> None:
        """Send a question.

        Raises:
            ConfigurationError: it is none; nothing has left.
            PortFault: the port is lost.
        """
        if self._allowed(data) is not True:
            raise ConfigurationError(
                f"{self.name}: its driver tried to send {data[:_SHOWN]!r} to a pump for"
                " patients, which may only be asked; nothing was sent. Correct the"
                " package that brings this model"
            )
        self._port.write(data)

    def read(self, deadline_ns: int) -> bytes:
        """Return the next bytes to come, or ``b""`` at the deadline."""
        return self._port.read(deadline_ns)

    def read_waiting(self) -> bytes:
        """Return what has already come, without waiting."""
        return self._port.read_waiting()

    def has_waiting(self) -> bool:
        """Tell whether :meth:`read_waiting` would return anything."""
        return self._port.has_waiting()

    @property
    def is_silent(self) -> bool:
        """Whether nothing at all has answered the last question so far."""
        return self._port.is_silent

    def settle(self) -> int:
        """Journal the exchange that is now over; return the bench time of its end."""
        return self._port.settle()

    def close(self) -> None:
        """Release the port."""
        self._port.close()
