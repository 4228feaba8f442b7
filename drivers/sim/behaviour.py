"""How one unit does what it does: the seam at which a defective unit differs.

The twin asks its unit's behaviour at a few places. A good unit's changes nothing; a
seeded defect overrides the method of the one thing that it does wrongly. Moments are
pump time, ns (``pump.now.u_ns``); a behaviour reads of the pump what it needs, and
changes nothing of it except in :meth:`Behaviour.act`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from drivers.sim.contracts import FAR
from drivers.sim.pump_alarms import Causes
from drivers.sim.pump_counter import Flow
from protocols.pump_link.replies import PumpMessage
from protocols.pump_link.requests import Request

if TYPE_CHECKING:
    from drivers.sim.pump_firmware import PumpFirmware


class Behaviour:
    """What a good unit does.

    Attributes:
        due_ns: pump time at which the behaviour next changes by itself, FAR if never.
            The pump asks everything anew then; a moment that has passed counts as FAR.
    """

    def __init__(self) -> None:
        """Begin with a unit that has just been made."""
        self.due_ns = FAR

    def act(self, pump: PumpFirmware) -> None:
        """Do what the firmware would not, before everything else of a moment.

        Called whenever something happens to the pump, and at `due_ns`.
        """

    def speed(self, pump: PumpFirmware, nl_per_h: float) -> float:
        """Return at which speed the motor turns when it is told one, nL/h."""
        return nl_per_h

    def count(self, pump: PumpFirmware, flow: Flow) -> Flow:
        """Return what the volume counter counts of a flow."""
        return flow

    def causes(self, pump: PumpFirmware, causes: Causes) -> Causes:
        """Return since when the unit believes that the cause of each alarm lasts."""
        return causes

    def hear(
        self, pump: PumpFirmware, request: Request[PumpMessage]
    ) -> Request[PumpMessage] | None:
        """Return what a request is taken for; None to answer nothing."""
        return request

    def tell(self, pump: PumpFirmware, reply: PumpMessage) -> PumpMessage | None:
        """Return what is sent in the place of a reply; None to send nothing."""
        return reply


class BehaviourSource(Protocol):
    """What makes a unit behave: every bench has its own."""

    def behaviour(self) -> Behaviour:
        """Return the behaviour of a unit that has just been made."""


class Combined(Behaviour):
    """Several behaviours in one unit, each on what the one before has made of it."""

    def __init__(self, parts: Sequence[Behaviour]) -> None:
        """Begin with a unit that has just been made."""
        self._parts = tuple(parts)
        super().__init__()

    # What is due follows from the parts, which change theirs at any time.
    @property
    def due_ns(self) -> int:
        """When one of them next changes by itself."""
        return min((part.due_ns for part in self._parts), default=FAR)

    @due_ns.setter
    def due_ns(self, value: int) -> None:
        """Ignore what the base class begins with."""

    def act(self, pump: PumpFirmware) -> None:
        """Let each act."""
        for part in self._parts:
            part.act(pump)

    def speed(self, pump: PumpFirmware, nl_per_h: float) -> float:
        """Return what is left of a speed."""
        for part in self._parts:
            nl_per_h = part.speed(pump, nl_per_h)
        return nl_per_h

    def count(self, pump: PumpFirmware, flow: Flow) -> Flow:
        """Return what is counted."""
        for part in self._parts:
            flow = part.count(pump, flow)
        return flow

    def causes(self, pump: PumpFirmware, causes: Causes) -> Causes:
        """Return what is believed."""
        for part in self._parts:
            causes = part.causes(pump, causes)
        return causes

    def hear(
        self, pump: PumpFirmware, request: Request[PumpMessage]
    ) -> Request[PumpMessage] | None:
        """Return what is understood."""
        heard: Request[PumpMessage] | None = request
        for part in self._parts:
            if heard is not None:
                heard = part.hear(pump, heard)
        return heard

    def tell(self, pump: PumpFirmware, reply: PumpMessage) -> PumpMessage | None:
        """Return what is sent."""
        told: PumpMessage | None = reply
        for part in self._parts:
            if told is not None:
                told = part.tell(pump, told)
        return told


def behaviour_of(sources: Sequence[BehaviourSource]) -> Behaviour:
    """Return the behaviour of a new unit with some defects; a good one without any."""
    if not sources:
        return Behaviour()
    if len(sources) == 1:
        return sources[0].behaviour()
    return Combined([source.behaviour() for source in sources])
