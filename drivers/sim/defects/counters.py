"""Family C: counters, clock and state."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from drivers.sim.behaviour import Behaviour
from drivers.sim.contracts import FAR, PumpParameters
from drivers.sim.defects.seeded import SeededDefect
from drivers.sim.defects.switched import SwitchedDefect
from drivers.sim.pump_defects import Defect
from drivers.sim.pump_firmware import PumpFirmware
from drivers.sim.pump_time import NS_PER_S
from protocols.pump_link.replies import PumpMessage
from protocols.pump_link.requests import GetStatus, Request

_SLOW_PPM: Final = -10_000.0
_HANGS_AFTER_NS: Final = 3 * 3_600 * NS_PER_S


class CountLost(SwitchedDefect):
    """A loss of power sets the volume counter to 0."""

    id = "C01"
    title = "delivered volume lost at a power cycle"
    source = "engineering"
    telemetry = "the counter begins at 0"
    bench = "the weight is what it was"
    requirement = "ITB-CNT-004"
    switch = Defect.COUNTER_LOST


class CountWraps(SwitchedDefect):
    """The volume counter has too few bits for a reservoir."""

    id = "C03"
    title = "counter wraps"
    source = "engineering"
    telemetry = "the counter jumps back"
    bench = "the flow is normal"
    requirement = "ITB-CNT-004"
    switch = Defect.COUNTER_WRAPS


class SlowTimeBase(SeededDefect):
    """The oscillator is 1 % slow, and everything with it."""

    id = "C04"
    title = "time base 1 % slow"
    source = "recall of 2022 (clock failure)"
    telemetry = "nominal in its own time"
    bench = "1 % too little, and every time drifts"
    requirement = "ITB-CLK-001"

    def pump(self, good: PumpParameters) -> PumpParameters:
        """Return a pump with a slow oscillator."""
        return replace(good, clock_error_ppm=_SLOW_PPM)


class StopsAtWrap(SwitchedDefect):
    """The motor stands once the uptime has wrapped."""

    id = "C06"
    title = "stops at the wrap of its timer"
    source = "engineering"
    telemetry = "delivering"
    bench = "no flow after 49.7 days"
    requirement = "ITB-FLOW-012"
    switch = Defect.STOPS_AT_WRAP


class StateStuck(SwitchedDefect):
    """Every report says that the pump delivers."""

    id = "C08"
    title = "state field stuck"
    source = "engineering"
    telemetry = "always delivering"
    bench = "no flow while it is stopped"
    requirement = "ITB-STA-001"
    switch = Defect.STATE_STUCK


class Hangs(SeededDefect):
    """The processor hangs while the motor goes on; only new power ends that."""

    id = "C09"
    title = "processor hangs, the infusion goes on"
    source = "recall of 2013 (stale display, dead keys)"
    telemetry = "the same report again and again; a stop is acknowledged"
    bench = "the flow goes on, after a stop too"
    requirement = "ITB-STA-002"

    def behaviour(self) -> Behaviour:
        """Return a unit that hangs after some hours of a program."""
        return _Hung()


class _Hung(Behaviour):
    """Repeats itself and obeys nothing until it is renewed or has had no power."""

    def __init__(self) -> None:
        super().__init__()
        self._told: dict[type[Request[PumpMessage]], PumpMessage] = {}
        self._asked: type[Request[PumpMessage]] = GetStatus
        self._freed_ns = 0
        self._renewals = 0

    def act(self, pump: PumpFirmware) -> None:
        """Note new power, and when the next hang is due."""
        renewals = pump.supervision.watch.upkeep.renewals
        if renewals != self._renewals:
            self._renewals, self._freed_ns = renewals, pump.now.u_ns
        running_ns = pump.therapy.running_since_ns
        self.due_ns = FAR
        if running_ns < FAR:
            self.due_ns = max(running_ns, self._freed_ns) + _HANGS_AFTER_NS

    def hear(
        self, pump: PumpFirmware, request: Request[PumpMessage]
    ) -> Request[PumpMessage] | None:
        """Return the request, or a harmless one in its place."""
        self._asked = type(request)
        return GetStatus() if self._hangs(pump) else request

    def tell(self, pump: PumpFirmware, reply: PumpMessage) -> PumpMessage | None:
        """Return the reply, or what was last said to such a request."""
        if self._hangs(pump):
            return self._told.get(self._asked)
        self._told[self._asked] = reply
        return reply

    def _hangs(self, pump: PumpFirmware) -> bool:
        return self.due_ns <= pump.now.u_ns


DEFECTS: Final = (
    CountLost,
    CountWraps,
    SlowTimeBase,
    StopsAtWrap,
    StateStuck,
    Hangs,
)
