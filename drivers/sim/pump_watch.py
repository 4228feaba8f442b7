"""All that the pump watches, and the causes of alarms that it finds."""

from drivers.sim.contracts import FAR, Level, Mechanism, PumpParameters
from drivers.sim.pump_alarms import Causes
from drivers.sim.pump_counter import VolumeCounter
from drivers.sim.pump_defects import Defect
from drivers.sim.pump_power import Power
from drivers.sim.pump_reservoir import RefillRecord
from drivers.sim.pump_sensors import Moment, PressureSensor, Sensors, Ticks
from drivers.sim.pump_therapy import Therapy
from drivers.sim.pump_time import NS_PER_S, PumpTime
from drivers.sim.pump_upkeep import Upkeep

_FALSE_ALARM_NS = 6 * 3600 * NS_PER_S


class Watch:
    """Sensors, supply and wear of one pump.

    Attributes:
        sensors: rotor, empty detector, level sensor.
        pressure: the occlusion sensor.
        power: supply and battery.
        upkeep: memory, tube and the check of a refill.
    """

    __slots__ = ("_parameters", "power", "pressure", "sensors", "upkeep")

    def __init__(
        self,
        parameters: PumpParameters,
        mechanism: Mechanism,
        time: PumpTime,
        ticks: Ticks,
    ) -> None:
        """Begin with nothing found, everything to be read at the first tick."""
        self._parameters = parameters
        self.sensors = Sensors(mechanism, parameters.level, time, ticks)
        self.pressure = PressureSensor(mechanism, parameters.occlusion_kpa, time, ticks)
        self.power = Power(parameters, mechanism, ticks)
        self.upkeep = Upkeep(parameters, mechanism, ticks)

    @property
    def due_ns(self) -> int:
        """Pump time of the next reading, FAR if nothing is expected to change."""
        return min(
            self.sensors.due_ns,
            self.pressure.due_ns,
            self.power.due_ns,
            self.upkeep.due_ns,
        )

    def look(self, now: Moment) -> bool:
        """Plan readings of what differs from what is known.

        Returns:
            Whether `due_ns` may have changed.
        """
        changed = self.sensors.look(now)
        changed |= self.pressure.look(now)
        changed |= self.power.look(now)
        return self.upkeep.look(now) or changed

    def read(self, now: Moment) -> None:
        """Read what is due."""
        for part in (self.sensors, self.pressure, self.power):
            if part.due_ns <= now.u_ns:
                part.read(now)

    def check_refill(self, now: Moment, entered_nl: int) -> None:
        """Compare an entered content with what is sensed, where it is."""
        if self._parameters.level is Level.SENSOR:
            self.upkeep.check_refill(now, entered_nl)

    def restart(self, now: Moment) -> None:
        """Begin anew after a loss of power."""
        self.sensors.restart(now)
        self.pressure.restart(now)

    def causes(
        self,
        therapy: Therapy,
        counter: VolumeCounter,
        refill: RefillRecord | None,
        clock_ns: int,
    ) -> Causes:
        """Return since when each cause lasts, or from when it will.

        Args:
            therapy: what has been told.
            counter: what has been counted.
            refill: the last refill, None before the first.
            clock_ns: what the pump clock is ahead of pump time.
        """
        running_ns = therapy.running_since_ns
        tube_nl = self.upkeep.tube_end_nl
        return Causes(
            low_ns=self._low_ns(counter, refill),
            dry_ns=max(self.sensors.dry_since_ns, running_ns),
            inlet_dry=self.sensors.dry,
            blocked_ns=max(self.sensors.blocked_since_ns, running_ns),
            stopped_ns=therapy.stopped_since_ns,
            battery_ns=min(self.power.low_since_ns, self._false_alarm_ns(running_ns)),
            overdue_ns=_overdue_ns(refill, clock_ns),
            pressed_ns=max(self.pressure.pressed_since_ns, running_ns),
            replacement_ns=self.power.replacement_since_ns,
            end_ns=self.power.end_ns,
            tube_ns=FAR if tube_nl is None else counter.reaches_ns(tube_nl),
            mismatch_ns=self.upkeep.mismatch_since_ns,
        )

    def _low_ns(self, counter: VolumeCounter, refill: RefillRecord | None) -> int:
        if refill is None:
            return FAR
        if self._parameters.level is Level.SENSOR:
            return self.sensors.low_since_ns
        return max(counter.reaches_ns(refill.low_count_nl), refill.u_ns)

    def _false_alarm_ns(self, running_ns: int) -> int:
        if Defect.FALSE_ALARM not in self._parameters.defects:
            return FAR
        return running_ns + _FALSE_ALARM_NS


def _overdue_ns(refill: RefillRecord | None, clock_ns: int) -> int:
    if refill is None:
        return FAR
    return (refill.latest_clock_s + 1) * NS_PER_S - clock_ns
