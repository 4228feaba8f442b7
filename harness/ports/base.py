"""The seam between drivers and wires: write, read until a deadline, close."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Protocol


class Parity(Enum):
    """Parity bit of a serial character."""

    NONE = "none"
    EVEN = "even"
    ODD = "odd"


@dataclass(frozen=True, slots=True)
class LineSettings:
    """How characters travel on a serial line; TCP ports ignore them."""

    baud: int = 9600
    data_bits: int = 8
    parity: Parity = Parity.NONE
    stop_bits: int = 1
    xonxoff: bool = False


class Port(Protocol):
    """A wire to one instrument. Deadlines are bench time.

    Every method raises :class:`~harness.errors.PortFault` when the wire is lost.
    """

    def write(self, data: bytes) -> None:
        """Send all of ``data``."""

    def read(self, deadline_ns: int) -> bytes:
        """Return the next bytes to come, or ``b""`` at the deadline.

        A message-based port (VISA) returns a whole line.
        """

    def read_waiting(self) -> bytes:
        """Return what has already come, without waiting."""

    def has_waiting(self) -> bool:
        """Tell whether :meth:`read_waiting` would return anything."""

    def close(self) -> None:
        """Release the wire."""


class LastingPort(Port, Protocol):
    """A port that can be opened again when its wire was lost."""

    @property
    def is_lost(self) -> bool:
        """Whether the wire has failed since it was last opened."""

    def reopen(self) -> None:
        """Release what is left of the wire, and open it again under the same name.

        Whatever answers now may be another instrument.
        """
