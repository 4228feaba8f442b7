"""Family M: motor, magnet and reset."""

from __future__ import annotations

from typing import Final

from drivers.sim.behaviour import Behaviour
from drivers.sim.contracts import FAR
from drivers.sim.defects.seeded import SeededDefect
from drivers.sim.pump_firmware import PumpFirmware
from drivers.sim.pump_time import NS_PER_S

_STALLS_AFTER_NS: Final = 2 * 3_600 * NS_PER_S


class PermanentStall(SeededDefect):
    """The rotor stands for good after two hours of a program; nobody notices."""

    id = "M01"
    title = "permanent stall without alarm"
    source = "recalls of 2007 (gear-shaft wear) and 2019 (foreign particle)"
    telemetry = "delivering; the volume goes on counting"
    bench = "the flow by weight falls to zero"
    requirement = "ITB-STA-001"

    def behaviour(self) -> Behaviour:
        """Return a motor that comes to stand."""
        return _StandsAfter(_STALLS_AFTER_NS)


class _StandsAfter(Behaviour):
    """A motor that stands once a program has run for a time."""

    def __init__(self, after_ns: int) -> None:
        super().__init__()
        self._after_ns = after_ns

    def speed(self, pump: PumpFirmware, nl_per_h: float) -> float:
        """Return the speed until then, and 0 from then on."""
        running_ns = pump.therapy.running_since_ns
        if running_ns >= FAR:
            return nl_per_h
        self.due_ns = running_ns + self._after_ns
        return nl_per_h if pump.now.u_ns < self.due_ns else 0.0


DEFECTS: Final = (PermanentStall,)
