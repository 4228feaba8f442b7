"""The rig's side of its control port: the hands at the simulated bench.

Here nobody owns time: in-process the clock does, and a server answers ``UNTIL`` itself.
"""

from __future__ import annotations

from typing import Final

from drivers.sim.contracts import FAR
from drivers.sim.world import World
from protocols.bench_control import (
    BeginCase,
    Command,
    Done,
    EmptyVessel,
    Failed,
    FillReservoir,
    LetTimePass,
    Now,
    ReadIdentity,
    ReadTime,
    Reply,
    RigIdentity,
    SetClamp,
    SetMagnet,
    WithdrawReservoir,
    encode_reply,
    parse_command,
)
from protocols.errors import RemoteProtocolError
from protocols.mt_sics.line_reader import LineReader

_IDENTITY: Final = RigIdentity(serial="R000000001", firmware="1.0")


class RigTwin:
    """Device side of the control port; implements :class:`contracts.Device`.

    Args:
        world: in which the hands are at work.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._reader = LineReader()
        self._output: list[tuple[int, bytes]] = []

    def receive(self, t_ns: int, data: bytes) -> None:
        """Take bytes; carry out and answer each whole line."""
        for line in self._reader.feed(data):
            try:
                reply = self._carry_out(t_ns, parse_command(line))
            except (RemoteProtocolError, ValueError) as error:
                reply = Failed(str(error))
            self._output.append((t_ns, encode_reply(reply)))

    def advance(self, t_ns: int) -> None:
        """Do nothing: hands only move when told."""

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

    def _carry_out(self, t_ns: int, command: Command) -> Reply:
        match command:
            case ReadIdentity():
                return _IDENTITY
            case ReadTime():
                return Now(t_ns)
            case LetTimePass():
                return Failed("this bench's time is its client's clock")
            case _:
                self._act(t_ns, command)
                return Done()

    def _act(self, t_ns: int, command: Command) -> None:
        match command:
            case BeginCase(case_id):
                self._world.begin_case(t_ns, case_id)
            case SetClamp(closed):
                self._world.set_clamp(t_ns, closed)
            case SetMagnet(present):
                self._world.set_magnet(t_ns, present)
            case FillReservoir(volume_nl):
                self._world.fill(t_ns, volume_nl)
            case WithdrawReservoir():
                self._world.withdraw_into_vessel(t_ns)
            case EmptyVessel():
                self._world.empty_vessel(t_ns)
