"""A pyserial port: a COM port, a tty, ``socket://``, ``rfc2217://`` or ``sim://``."""

from __future__ import annotations

import errno
from contextlib import suppress

import serial
from serial.tools import list_ports as tools

from harness.clock import NS_PER_MS, Clock
from harness.errors import PortFault
from harness.ports.base import LineSettings, Parity
from harness.ports.listing import ListedPort
from harness.ports.platform import TERMINAL_ERRORS

_PARITY = {
    Parity.NONE: serial.PARITY_NONE,
    Parity.EVEN: serial.PARITY_EVEN,
    Parity.ODD: serial.PARITY_ODD,
}
# What pyserial raises when a port is lost depends on platform and handler; its own
# SerialException is an OSError, a closed port gives TypeError.
_LOST: tuple[type[Exception], ...] = (OSError, TypeError, *TERMINAL_ERRORS)
_MS_PER_S = 1_000
_NOT_OPENED: tuple[type[Exception], ...] = (*_LOST, ValueError)


class SerialPort:
    """A :class:`~harness.ports.base.LastingPort` over pyserial.

    Attributes:
        is_lost: whether the wire has failed since it was last opened.
    """

    def __init__(self, name: str, url: str, line: LineSettings, clock: Clock) -> None:
        self.is_lost = False
        self._name = name
        self._url = url
        self._line = line
        self._clock = clock
        self._timeout_ms = 0
        self._serial = self._open()

    def reopen(self) -> None:
        with suppress(*_LOST):
            self._serial.close()
        self._serial = self._open()
        self._timeout_ms = 0
        self.is_lost = False

    def _open(self) -> serial.Serial:
        line = self._line
        try:
            port = serial.serial_for_url(
                self._url,
                baudrate=line.baud,
                bytesize=line.data_bits,
                parity=_PARITY[line.parity],
                stopbits=line.stop_bits,
                xonxoff=line.xonxoff,
                timeout=0,
                write_timeout=2,
                do_not_open=True,
            )
            if "://" not in self._url:
                port.exclusive = True
            port.open()
        except _NOT_OPENED as error:
            raise PortFault(_opening_failed(self._name, self._url, error)) from error
        return port

    def write(self, data: bytes) -> None:
        try:
            self._serial.write(data)
        except _LOST as error:
            raise self._lost(error) from error

    def read(self, deadline_ns: int) -> bytes:
        while True:
            left_ms = max(0, deadline_ns - self._clock.now_ns()) // NS_PER_MS
            if data := self._read_within(left_ms):
                return data
            # The last millisecond is left, or all of it: a lock-step clock has not
            # moved while the host waited in vain.
            if self._clock.sleep_until(deadline_ns) >= deadline_ns:
                return b""

    def _read_within(self, timeout_ms: int) -> bytes:
        try:
            # To set a timeout costs more than to read: pyserial configures the port.
            if timeout_ms != self._timeout_ms:
                self._serial.timeout = timeout_ms / _MS_PER_S
                self._timeout_ms = timeout_ms
            first = self._serial.read(1)
            return first + self._take() if first else b""
        except serial.SerialTimeoutException:
            return b""  # a simulated port, whose bench has let the time pass
        except _LOST as error:
            raise self._lost(error) from error

    def read_waiting(self) -> bytes:
        try:
            return self._take()
        except _LOST as error:
            raise self._lost(error) from error

    def _take(self) -> bytes:
        data = b""
        # pyserial's socket:// never tells of more than one byte at a time.
        while waiting := self._serial.in_waiting:
            data += self._serial.read(waiting)
        return data

    def has_waiting(self) -> bool:
        try:
            return bool(self._serial.in_waiting)
        except _LOST as error:
            raise self._lost(error) from error

    def close(self) -> None:
        self._serial.close()

    def _lost(self, error: Exception) -> PortFault:
        self.is_lost = True
        return PortFault(
            f"{self._name}: the port {self._url} was lost ({error}); check the cable"
            " and that no other program has opened it, then run again"
        )


def list_ports() -> tuple[ListedPort, ...]:
    """Return the serial ports of this computer; pseudo terminals are not among them."""
    return tuple(
        ListedPort(
            each.device,
            each.description or "",
            each.vid,
            each.pid,
            each.serial_number or "",
        )
        for each in sorted(tools.comports())
    )


def _opening_failed(name: str, url: str, error: Exception) -> str:
    number = getattr(error, "errno", None)
    text = str(error)
    if number in (errno.EBUSY, errno.EAGAIN):
        why = "is in use by another program; close that program"
    elif number == errno.EACCES or "PermissionError" in text:
        why = "may not be opened by you or is in use; close other programs"
    elif number == errno.ENOENT or "FileNotFoundError" in text:
        why = "does not exist; plug it in, or correct `port` in the bench file"
    elif isinstance(error, ValueError):
        why = f"is not a port name ({error}); correct `port` in the bench file"
    else:
        why = f"cannot be opened ({error}); check the address in the bench file"
    return f"{name}: the port {url} {why}"
