"""A relay box that speaks SCPI: three channels, wired to clamp, magnet and power."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from drivers.sim.bench_faults.meddling import Meddling
from drivers.sim.contracts import FAR
from drivers.sim.world import World
from protocols.bench_commands import SetClamp, SetMagnet, SetPower

CLAMP: Final = 101
MAGNET: Final = 102
POWER: Final = 103
"""Channel of each stimulus; a closed relay clamps, brings the magnet, gives power."""

_ORDERS: Final[Mapping[int, type[SetClamp | SetMagnet | SetPower]]] = MappingProxyType(
    {CLAMP: SetClamp, MAGNET: SetMagnet, POWER: SetPower}
)
_IDENTITY: Final = "DOSEBENCH,DB-RELAY3,S000000001,1.0"
_ROUTE: Final = re.compile(r"ROUT:(CLOS|OPEN)(\??) \(@([0-9]{3})\)")
_MOST_ERRORS: Final = 20
_NO_ERROR: Final = '0,"No error"'
_UNKNOWN_COMMAND: Final = '-113,"Undefined header"'
_NO_SUCH_CHANNEL: Final = '-222,"Data out of range"'


class RelayTwin:
    """Device side of a SCPI line; implements :class:`contracts.Device`.

    Args:
        world: in which the relays act. At the start only the power's is closed.
        meddling: which relays do not move although they are told. Their state is
            asked of a switch at what they move.
    """

    def __init__(self, world: World, meddling: Meddling | None = None) -> None:
        self._switches: Mapping[int, Callable[[int, bool], None]] = MappingProxyType(
            {CLAMP: world.set_clamp, MAGNET: world.set_magnet, POWER: world.set_power}
        )
        self._meddling = meddling or Meddling()
        self._closed = {POWER}
        self._pending = b""
        self._errors: deque[str] = deque(maxlen=_MOST_ERRORS)
        self._output: list[tuple[int, bytes]] = []

    def receive(self, t_ns: int, data: bytes) -> None:
        """Take bytes; carry out each whole line, and answer the questions."""
        *lines, self._pending = (self._pending + data).split(b"\n")
        for line in lines:
            answer = self._obey(t_ns, line.decode("latin-1").strip())
            if answer is not None:
                self._output.append((t_ns, answer.encode("ascii") + b"\n"))

    def advance(self, t_ns: int) -> None:
        """Do nothing: relays only move when told."""

    def next_event_ns(self) -> int:
        """Return FAR."""
        return FAR

    def take_output(self) -> list[tuple[int, bytes]]:
        """Hand over what was sent since the last call."""
        output, self._output = self._output, []
        return output

    def owes_reply(self) -> bool:
        """Return False."""
        return False

    def _obey(self, t_ns: int, message: str) -> str | None:
        match message:
            case "*IDN?":
                return _IDENTITY
            case "SYST:ERR?":
                return self._errors.popleft() if self._errors else _NO_ERROR
            case "*CLS":
                self._errors.clear()
                return None
            case _:
                return self._route(t_ns, message)

    def _route(self, t_ns: int, message: str) -> str | None:
        found = _ROUTE.fullmatch(message)
        if found is None:
            self._errors.append(_UNKNOWN_COMMAND)
            return None
        wants_closed, channel = found[1] == "CLOS", int(found[3])
        if channel not in self._switches:
            self._errors.append(_NO_SUCH_CHANNEL)
            return None
        if found[2]:
            return "1" if (channel in self._closed) == wants_closed else "0"
        if self._meddling.order(t_ns, _ORDERS[channel](wants_closed)) is None:
            return None
        self._switches[channel](t_ns, wants_closed)
        if wants_closed:
            self._closed.add(channel)
        else:
            self._closed.discard(channel)
        return None
