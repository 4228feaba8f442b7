"""Serves a simulated bench from its own process: TCP, and a pseudo terminal for the pump.

Lock-step (the default): time stands still until a client needs it to move. Bytes from a
client are handed over at once, and time moves by their line time and on to the answer,
which is sent immediately; ``UNTIL`` on the control port lets more of it pass. So a run
gives what it gives in-process. Real time: time follows the host's clock, and every byte
is sent when it is due.

Everything listens on the loopback interface only.
"""

from __future__ import annotations

import os
import selectors
import socket
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final, Protocol

from drivers.sim.bench import SimulatedBench, Wire
from drivers.sim.contracts import FAR
from harness.clock import NS_PER_S, RealClock
from harness.ports.platform import open_pty
from protocols.bench_control import (
    Command,
    Failed,
    LetTimePass,
    Now,
    ReadTime,
    encode_reply,
    parse_command,
)
from protocols.errors import RemoteProtocolError
from protocols.mt_sics.line_reader import LineReader

_LOOPBACK: Final = "127.0.0.1"
_CHUNK: Final = 65_536
_STEP_S: Final = 0.02
_IDLE_S: Final = 0.5
