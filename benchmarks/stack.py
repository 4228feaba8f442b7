"""What driver and journal cost beside the bare port, over real wires and in-process."""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle, islice
from typing import Final, cast

import pyvisa
import serial
from pyvisa.resources import MessageBasedResource

from benchmarks.bench import (
    START_NS,
    Instruments,
    Served,
    connected,
    in_process_ports,
    real_clock,
    served,
    simulated,
)
from benchmarks.measuring import Result, best_s
from drivers.sim.factory import PUMP
from harness.clock import NS_PER_S, VirtualClock
from harness.ports.base import Port
from protocols.pump_link.codec import frame_of
from protocols.pump_link.requests import GetStatus, OpenSession

_SERVED_LOOPS: Final = 2_000
_LOOPS: Final = 10_000
_REPEATS: Final = 5
_RATIO: Final = 1.5
_ADDED_US: Final = 15.0
_US: Final = 1e6
_SERIAL_NUMBER: Final = 10_001
_STATUS_SIZE: Final = 44
_WEIGH: Final = b"SI\r\n"


def requests(count: int) -> list[bytes]:
    """Return STATUS requests with the sequence numbers that follow OPEN_SESSION."""
    frames = [frame_of(GetStatus(), each % 65_536, _SERIAL_NUMBER) for each in range(1, count + 1)]
    return [frame.to_bytes() for frame in frames]


def opening() -> bytes:
    """Return the bytes that open a session with sequence number 0."""
    return frame_of(OpenSession(1), 0, _SERIAL_NUMBER).to_bytes()


def run() -> list[Result]:
    """Measure."""
    return [*over_wires(), *in_process()]
