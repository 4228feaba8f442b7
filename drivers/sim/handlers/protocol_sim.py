"""``sim://<name>``: a pyserial port whose far end is a device of a simulated bench.

pyserial and, through it, PyVISA (``ASRLsim://<name>::INSTR``) open such a port like any
other. A URL can only name an endpoint, so this module keeps the one registry there is.

Whoever reads lets time pass: up to the next character, or to the port's timeout. At the
deadline with nothing read the port raises ``SerialTimeoutException``, because PyVISA
would take an empty read as a reason to try again until the host's own clock says stop.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Final, Protocol

import serial

from harness.errors import ConfigurationError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer

_SCHEME: Final = "sim://"
_NS_PER_S: Final = 1_000_000_000
_FOREVER_S: Final = 1_000_000_000.0
_ALL: Final = 2**31


class Endpoint(Protocol):
    """The far end of a simulated port, and its time."""

    def open(self) -> None:
        """Lose what had arrived before anybody listened."""

    def write(self, data: bytes) -> None:
        """Send ``data``; returns when its last character has left."""

    def waiting(self) -> int:
        """Return how many characters have arrived and were not read."""

    def take(self, size: int) -> bytes:
        """Return at most ``size`` characters of those, without waiting."""

    def wait(self, deadline_ns: int) -> None:
        """Let time pass until more characters arrive, or until the deadline."""

    def now_ns(self) -> int:
        """Return the bench time."""


_endpoints: Final[dict[str, Endpoint]] = {}


def install() -> None:
    """Tell pyserial where this handler is; once is enough for the process."""
    if __package__ not in serial.protocol_handler_packages:
        serial.protocol_handler_packages.append(__package__)


def register(name: str, endpoint: Endpoint) -> None:
    """Make ``sim://name`` lead to ``endpoint``.

    Raises:
        ConfigurationError: the name is taken.
    """
    if name in _endpoints:
        raise ConfigurationError(
            f"a simulated bench with {_SCHEME}{name} is open already; close it, or give"
            " the second bench other port names"
        )
    _endpoints[name] = endpoint


def unregister(name: str) -> None:
    """Forget ``sim://name``."""
    del _endpoints[name]


class Serial(serial.SerialBase):
    """The port; settings are accepted and not looked at, the line has its own."""

    _endpoint: Endpoint
    # PyVISA reads single characters, so what has arrived is kept to be cut from. Each
    # opening makes its own; this one stays empty, for a port that was never open.
    _arrived = BytesIO()

    def open(self) -> None:
        """Open the port.

        Raises:
            SerialException: no simulated bench has an endpoint of that name.
        """
        name = str(self.port).removeprefix(_SCHEME)
        endpoint = _endpoints.get(name)
        if endpoint is None:
            raise serial.SerialException(
                f"no simulated bench is open with {self.port}; its ports are"
                f" {sorted(_endpoints)}"
            )
        endpoint.open()
        self._endpoint = endpoint
        self._arrived = BytesIO()
        self.is_open = True

    def close(self) -> None:
        """Close the port."""
        self._arrived = BytesIO()
        self.is_open = False

    def write(self, data: Buffer, /) -> int:
        """Send ``data``; bench time moves by its line time."""
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
                raise serial.SerialTimeoutException("the simulated device is silent")
        self._arrived = BytesIO(data[size:])
        return data[:size]

    def _check_open(self) -> None:
        if not self.is_open:
            raise serial.PortNotOpenError

    def _reconfigure_port(self) -> None:
        pass
