"""A PyVISA resource as a port: any ``ASRL``, ``TCPIP``, ``USB`` or ``GPIB`` name.

The backend is pyvisa-py unless the bench file names another. PyVISA reads whole lines
and throws away what it has when it times out, so a driver must resynchronise after a
timeout.
"""

from __future__ import annotations

import warnings
from contextlib import ExitStack, suppress
from typing import Final, cast

import pyvisa
from pyvisa import constants
from pyvisa.resources import MessageBasedResource, SerialInstrument, TCPIPSocket

from harness.clock import NS_PER_MS, Clock
from harness.errors import PortFault
from harness.ports.base import LineSettings, Parity
from harness.ports.listing import ListedResources

DEFAULT_BACKEND: Final = "@py"
"""PyVISA-py, which needs no library of an interface's maker."""

_PARITY = {
    Parity.NONE: constants.Parity.none,
    Parity.EVEN: constants.Parity.even,
    Parity.ODD: constants.Parity.odd,
}
_STOP_BITS = {1: constants.StopBits.one, 2: constants.StopBits.two}
_CHUNK = 4096
_LOOK_MS = 1
# pyvisa-py lets errors of the layers below through: see the seam's tests.
_LOST = (pyvisa.Error, OSError, TypeError, ValueError)
_WAITING = constants.ResourceAttribute.asrl_avalaible_number  # PyVISA spells it so.
_SILENT = (constants.StatusCode.error_timeout,)


class VisaPort:
    """A :class:`~harness.ports.base.LastingPort` over PyVISA; reads end at LF.

    Attributes:
        is_lost: whether the wire has failed since it was last opened.
    """

    def __init__(
        self,
        name: str,
        resource: str,
        line: LineSettings,
        clock: Clock,
        backend: str = DEFAULT_BACKEND,
    ) -> None:
        self.is_lost = False
        self._name = name
        self._resource_name = resource
        self._line = line
        self._backend = backend
        self._clock = clock
        self._timeout_ms = -1
        self._unasked = b""
        self._closing = ExitStack()
        self._resource = self._open()
        self._library = self._resource.visalib
        self._is_serial = isinstance(self._resource, SerialInstrument)
        self._is_socket = isinstance(self._resource, TCPIPSocket)

    def reopen(self) -> None:
        with suppress(*_LOST):
            self._closing.close()
        self._resource = self._open()
        self._timeout_ms = -1
        self._unasked = b""
        self.is_lost = False

    def _open(self) -> MessageBasedResource:
        try:
            manager = pyvisa.ResourceManager(self._backend)
            resource = cast(
                MessageBasedResource, manager.open_resource(self._resource_name)
            )
            self._closing.callback(resource.close)
            resource.read_termination = "\n"
            # A line longer than a chunk comes in pieces.
            more = constants.StatusCode.success_max_count_read
            self._closing.enter_context(resource.ignore_warning(more))
            if isinstance(resource, SerialInstrument):
                _set_line(resource, self._line)
        except _LOST as error:
            self._closing.close()
            raise PortFault(self._opening_failed(error)) from error
        return resource

    def write(self, data: bytes) -> None:
        try:
            self._resource.write_raw(data)
        except _LOST as error:
            raise self._lost(error) from error

    def read(self, deadline_ns: int) -> bytes:
        data, self._unasked = self._unasked, b""
        left_ms = (deadline_ns - self._clock.now_ns()) // NS_PER_MS
        data = data or self._receive(max(1, left_ms))
        if not data:
            # A lock-step clock has not moved while the host waited in vain.
            self._clock.sleep_until(deadline_ns)
        return data

    def read_waiting(self) -> bytes:
        """Return ``b""``: VISA lines are only read when one was asked for."""
        return b""

    def has_waiting(self) -> bool:
        """Tell whether a line came that nobody asked for.

        Such a line (somebody pressed the print key) would be taken for the next answer.
        A socket can only tell by being read; what comes is kept for the next read. On
        any other bus an instrument speaks when it is spoken to.
        """
        if self._is_socket:
            self._unasked = self._unasked or self._receive(_LOOK_MS)
        if not self._is_serial:
            return bool(self._unasked)
        try:
            session = self._resource.session
            return bool(self._library.get_attribute(session, _WAITING)[0])
        except _LOST as error:
            raise self._lost(error) from error

    def close(self) -> None:
        self._closing.close()

    def _receive(self, limit_ms: int) -> bytes:
        """Return what comes within a time; b"" if nothing does."""
        try:
            if limit_ms != self._timeout_ms:
                self._resource.timeout = self._timeout_ms = limit_ms
            # As `read_raw` does it, but that costs a fifth of the whole question more.
            return self._library.read(self._resource.session, _CHUNK)[0]
        except pyvisa.VisaIOError as error:
            if error.error_code not in _SILENT:
                raise self._lost(error) from error
        except _LOST as error:
            raise self._lost(error) from error
        return b""

    def _opening_failed(self, error: Exception) -> str:
        return (
            f"{self._name}: the VISA resource {self._resource_name} cannot be opened"
            f" ({error}); check that the instrument is connected, that no other program"
            " uses it, and `port` in the bench file"
        )

    def _lost(self, error: Exception) -> PortFault:
        self.is_lost = True
        return PortFault(
            f"{self._name}: the VISA resource {self._resource_name} cannot be reached,"
            f" or was lost ({error}); check power, cable and `port` in the bench file,"
            " then run again"
        )


def list_resources(backend: str = DEFAULT_BACKEND) -> ListedResources:
    """Return what VISA finds; sockets and pseudo terminals are never among it."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("ignore", ResourceWarning)
        warnings.simplefilter("always", UserWarning)
        try:
            names = pyvisa.ResourceManager(backend).list_resources("?*")
        except _LOST as error:
            return ListedResources((), (str(error),))
    said = dict.fromkeys(str(each.message) for each in caught)
    return ListedResources(tuple(names), tuple(said))


def _set_line(resource: SerialInstrument, line: LineSettings) -> None:
    resource.baud_rate = line.baud
    resource.data_bits = line.data_bits
    resource.parity = _PARITY[line.parity]
    resource.stop_bits = _STOP_BITS[line.stop_bits]
    resource.flow_control = (
        constants.ControlFlow.xon_xoff if line.xonxoff else constants.ControlFlow.none
    )
