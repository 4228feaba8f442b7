"""Family P: supply, battery, and what is left after a loss of power."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from drivers.sim.behaviour import Behaviour
from drivers.sim.contracts import FAR, PumpParameters
from drivers.sim.defects.seeded import SeededDefect
from drivers.sim.defects.switched import SwitchedDefect
from drivers.sim.pump_alarms import Causes
from drivers.sim.pump_defects import Defect
from drivers.sim.pump_firmware import PumpFirmware
from protocols.pump_link.replies import PumpMessage, Status
from protocols.pump_link.requests import Request
from protocols.pump_link.vocabulary import AlarmFlag

_TWICE: Final = 2.0


class LowBatteryMissing(SeededDefect):
    """The low-battery alarm does not come."""

    id = "P01"
    title = "no low-battery alarm"
    source = "recall of 2020 (low battery not alarmed)"
    telemetry = "no flag"
    bench = "no sound; the delivery ends with the battery"
    requirement = "ITB-BAT-001"

    def pump(self, good: PumpParameters) -> PumpParameters:
        """Return a pump without this alarm."""
        return replace(good, mute=good.mute | {AlarmFlag.LOW_BATTERY})


class GaugeWrong(SeededDefect):
    """The battery is told as fresh until the pump shuts down for want of it."""

    id = "P02"
    title = "shutdown without the low-battery sequence"
    source = "a manufacturer's letter of 2025, recall of 2026 (battery gauge)"
    telemetry = "a fresh battery; then no answer"
    bench = "the flow ends as the supply falls, without any alarm"
    requirement = "ITB-PWR-007"

    def behaviour(self) -> Behaviour:
        """Return a unit that is off where a good one would call its battery low."""
        return _OffUnwarned()


class _OffUnwarned(Behaviour):
    def speed(self, pump: PumpFirmware, nl_per_h: float) -> float:
        """Return the speed, 0 once it has shut down."""
        return 0.0 if _is_flat(pump) else nl_per_h

    def causes(self, pump: PumpFirmware, causes: Causes) -> Causes:
        """Return the causes without those of the battery."""
        return replace(causes, battery_ns=FAR, replacement_ns=FAR, end_ns=FAR)

    def hear(
        self, pump: PumpFirmware, request: Request[PumpMessage]
    ) -> Request[PumpMessage] | None:
        """Return the request, None once it has shut down."""
        return None if _is_flat(pump) else request

    def tell(self, pump: PumpFirmware, reply: PumpMessage) -> PumpMessage | None:
        """Return the reply, with a fresh battery."""
        if isinstance(reply, Status):
            return replace(reply, battery_mv=pump.parameters.battery_mv)
        return reply


def _is_flat(pump: PumpFirmware) -> bool:
    return pump.battery_mv < pump.parameters.low_battery_mv


class DrainsTwice(SeededDefect):
    """Everything that the electronics do costs twice the charge."""

    id = "P04"
    title = "drains its battery twice as fast"
    source = "recall of 2024 (battery drained by the link)"
    telemetry = "normal, until the battery is low long before its time"
    bench = "a day takes twice the charge; each exchange on the link does"
    requirement = "ITB-PWR-006"

    def pump(self, good: PumpParameters) -> PumpParameters:
        """Return a pump with twice the consumption."""
        return replace(good, consumption=_TWICE * good.consumption)


class NoResume(SwitchedDefect):
    """A loss of power ends the program."""

    id = "P06"
    title = "no delivery after a power cycle"
    source = "engineering"
    telemetry = "stopped"
    bench = "no flow after the return of the supply"
    requirement = "ITB-PWR-001"
    switch = Defect.NO_RESUME


DEFECTS: Final = (LowBatteryMissing, GaugeWrong, DrainsTwice, NoResume)
