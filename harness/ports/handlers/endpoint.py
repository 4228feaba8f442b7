"""A pyserial port whose far end is an object in this process.

pyserial and, through it, PyVISA (``ASRL<scheme>://<name>::INSTR``) open such a port as
they open any. A URL can only name an endpoint, so each scheme keeps a registry of them.

Whoever reads lets time pass: up to the next character, or to the port's timeout. At the
deadline with nothing read the port raises ``SerialTimeoutException``, because PyVISA
would take an empty read as a reason to try again until the host's own clock says stop.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, ClassVar, Final, Protocol

import serial

from harness.errors import ConfigurationError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer

_NS_PER_S: Final = 1_000_000_000
_FOREVER_S: Final = 1_000_000_000.0
_ALL: Final = 2**31


class Endpoint(Protocol):
    """The far end of such a port, and its time."""

    def open(self) -> None:
        """Lose what had arrived before anybody listened."""

    def write(self, data: bytes) -> None:
        """Send ``data``; returns when its last character has left."""

    def take(self, size: int) -> bytes:
        """Return at most ``size`` characters that have arrived, without waiting."""

    def wait(self, deadline_ns: int) -> None:
        """Let time pass until more characters arrive, or until the deadline."""

    def now_ns(self) -> int:
        """Return the bench time."""


class Endpoints(dict[str, Endpoint]):
    """The far ends that the URLs of one scheme lead to, by name.

    Args:
        scheme: with its colon and slashes.
        owner: what messages call whatever opens them, as in ``simulated bench``.
    """

    def __init__(self, scheme: str, owner: str) -> None:
        super().__init__()
        self._scheme = scheme
        self._owner = owner

    def register(self, name: str, endpoint: Endpoint) -> None:
        """Make the URL with this name lead to ``endpoint``.

        Raises:
            ConfigurationError: the name is taken.
        """
        if name in self:
            raise ConfigurationError(
                f"a {self._owner} with {self._scheme}{name} is open already; close it,"
                " or give the second bench other port names"
            )
        self[name] = endpoint

    def unregister(self, name: str) -> None:
        """Forget the name."""
        del self[name]

    def find(self, url: str) -> Endpoint:
        """Return where a URL leads.

        Raises:
            SerialException: nowhere.
        """
        endpoint = self.get(url.removeprefix(self._scheme))
        if endpoint is None:
            raise serial.SerialException(
                f"no {self._owner} is open with {url}; its ports are {sorted(self)}"
            )
        return endpoint


class EndpointSerial(serial.SerialBase):
    """The port; settings are accepted and not looked at, the far end has its own.

    Attributes:
        endpoints: of the scheme; each handler's class names its own.
    """

    endpoints: ClassVar[Endpoints]
    _endpoint: Endpoint
    # PyVISA reads single characters, so what has arrived is kept to be cut from. Each
    # opening makes its own; this one stays empty, for a port that was never open.
    _arrived = BytesIO()

    def open(self) -> None:
        """Open the port.

        Raises:
            SerialException: nothing has an endpoint of that name.
        """
        endpoint = self.endpoints.find(str(self.port))
        endpoint.open()
        self._endpoint = endpoint
        self._arrived = BytesIO()
        self.is_open = True

    def close(self) -> None:
        """Close the port."""
        self._arrived = BytesIO()
        self.is_open = False

    def write(self, data: Buffer, /) -> int:
        """Send ``data``; bench time may move."""
        self._check_open()
        characters = bytes(data)
        self._endpoint.write(characters)
        return len(characters)

    def read(self, size: int = 1, /) -> bytes:
        """Return ``size`` characters, or fewer at the timeout.

        Raises:
            SerialTimeoutException: nothing at all has come at the timeout.
        """
        data = self._arrived.read(size)
        return data if len(data) == size else self._read_more(data, size)

    @property
    def in_waiting(self) -> int:
        """Number of characters that have arrived."""
        self._check_open()
        data = self._arrived.read() + self._endpoint.take(_ALL)
        self._arrived = BytesIO(data)
        return len(data)

    def reset_input_buffer(self) -> None:
        """Drop what has arrived."""
        self._check_open()
        self._endpoint.take(_ALL)
        self._arrived = BytesIO()

    def reset_output_buffer(self) -> None:
        """Do nothing: a write has left when it returns."""

    def flush(self) -> None:
        """Do nothing: a write has left when it returns."""

    def _read_more(self, data: bytes, size: int) -> bytes:
        """Return ``size`` characters of which ``data`` are the first."""
        self._check_open()
        endpoint = self._endpoint
        timeout_s = _FOREVER_S if self.timeout is None else self.timeout
        data += endpoint.take(_ALL)
        if len(data) < size and timeout_s:
            deadline_ns = endpoint.now_ns() + round(timeout_s * _NS_PER_S)
            while len(data) < size and endpoint.now_ns() < deadline_ns:
                endpoint.wait(deadline_ns)
                data += endpoint.take(_ALL)
            if not data:
                raise serial.SerialTimeoutException("nothing came in time")
        self._arrived = BytesIO(data[size:])
        return data[:size]

    def _check_open(self) -> None:
        if not self.is_open:
            raise serial.PortNotOpenError

    def _reconfigure_port(self) -> None:
        pass
