"""Data sheet: the rig, which does what hands do on a real bench."""

from __future__ import annotations

from typing import Final

from harness.clock import NS_PER_S, Clock
from harness.errors import ConfigurationError, InstrumentFault, InstrumentSilent
from harness.evidence.recorder import Recorder
from harness.ports.tap import Tap
from harness.readings import Identity
from harness.roles import FlowClamp, Instrument, Magnet, Operator
from harness.units import VOLUME, Quantity, magnitude, show
from protocols.bench_control import (
    BeginCase,
    Command,
    Done,
    EmptyVessel,
    FillReservoir,
    ReadIdentity,
    Reply,
    RigIdentity,
    SetClamp,
    SetMagnet,
    WithdrawReservoir,
    encode_command,
    parse_reply,
)
from protocols.errors import LocalProtocolError, RemoteProtocolError
from protocols.mt_sics.line_reader import LineReader

TIMEOUT_NS: Final = 10 * NS_PER_S
"""How long one answer is waited for."""


class Rig(Instrument, FlowClamp, Magnet, Operator):
    """Clamp, magnet, syringe and vessel of a simulated bench, over its control port.

    A command is sent once: after a silence nobody knows whether a reservoir has been
    filled, so the bench is then at fault.

    Args:
        name: what the journal and messages call the rig.
        port: its control port, journalled.
        clock: bench time.
        recorder: where stimuli and the operator's doings are written.
        timeout_ns: how long one answer is waited for.
    """

    def __init__(
        self,
        name: str,
        port: Tap,
        clock: Clock,
        recorder: Recorder,
        *,
        timeout_ns: int = TIMEOUT_NS,
    ) -> None:
        self._name = name
        self._port = port
        self._clock = clock
        self._recorder = recorder
        self._timeout_ns = timeout_ns
        self._lines = LineReader()

    def connect(self) -> None:
        """Drop what has come, and check that a rig answers.

        Raises:
            InstrumentSilent: nothing answers.
            InstrumentFault: what answers is no rig.
        """
        self._port.read_waiting()
        self.read_identity()

    def read_identity(self) -> Identity:
        """Ask who the rig is."""
        reply = self._ask(ReadIdentity())
        if not isinstance(reply, RigIdentity):
            raise InstrumentFault(
                f"{self._name} answered ID with {reply}; check `port` in the bench file"
            )
        return Identity(reply.model, reply.serial, reply.firmware)

    def set_case(self, case_id: str) -> None:
        """Note that a case begins; the simulation keys its noise by it."""
        self._order(BeginCase(case_id))

    def set_closed(self, closed: bool) -> None:
        """Close the line downstream of the pump, or open it."""
        self._order(SetClamp(closed))
        self._recorder.stimulus("clamp", "closed" if closed else "opened")

    def set_present(self, present: bool) -> None:
        """Bring the magnet to the pump, or take it away."""
        self._order(SetMagnet(present))
        self._recorder.stimulus("magnet", "brought" if present else "taken away")

    def fill_reservoir(self, volume: Quantity) -> None:
        """Put ``volume``, rounded to nL, into the empty reservoir."""
        volume_nl = round(magnitude(volume, "nL"))
        self._order(FillReservoir(volume_nl))
        asked = f"fill the reservoir with {show(volume, VOLUME, 6)}"
        self._recorder.operator(asked, "done")

    def withdraw_reservoir(self) -> None:
        """Draw the whole residual out of the reservoir into the vessel."""
        self._order(WithdrawReservoir())
        self._recorder.operator("withdraw the residual into the vessel", "done")

    def empty_vessel(self) -> None:
        """Empty the vessel on the balance to its starting content."""
        self._order(EmptyVessel())
        self._recorder.operator("empty the vessel to its starting content", "done")

    def set_safe(self) -> str:
        """Open the clamp, then take the magnet away, the second whatever the first."""
        try:
            self.set_closed(False)
        finally:
            self.set_present(False)
        return "clamp open, magnet away"

    def close(self) -> None:
        """Release the port."""
        self._port.close()

    def _order(self, command: Command) -> None:
        reply = self._ask(command)
        if reply != Done():
            raise InstrumentFault(
                f"{self._name} answered {command} with {reply}; correct the plan or the"
                " simulated bench"
            )

    def _ask(self, command: Command) -> Reply:
        try:
            line = encode_command(command)
        except LocalProtocolError as error:
            raise ConfigurationError(f"{self._name}: {error}") from error
        # A late answer to an earlier command must not count as this one's.
        self._port.read_waiting()
        self._lines.reset()
        self._port.write(line)
        deadline_ns = self._clock.now_ns() + self._timeout_ns
        lines: list[bytes] = []
        while not lines:
            lines = self._lines.feed(self._port.read(deadline_ns))
            if not lines and self._clock.now_ns() >= deadline_ns:
                self._port.settle()
                raise InstrumentSilent(
                    f"{self._name} did not answer {line!r}, so whether it acted is"
                    " unknown; check that the bench still runs, and start again"
                )
        self._port.settle()
        return self._only(lines)

    def _only(self, lines: list[bytes]) -> Reply:
        if len(lines) != 1:
            raise InstrumentFault(
                f"{self._name} answered one command with {lines}; let nobody else use"
                " its control port"
            )
        try:
            return parse_reply(lines[0])
        except RemoteProtocolError as error:
            raise InstrumentFault(f"{self._name}: {error}") from error
