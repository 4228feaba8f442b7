"""The motor: what is commanded, and what a defective unit makes of it."""

from drivers.sim.contracts import Mechanism, PumpParameters
from drivers.sim.pump_dose_faults import DoseFaults
from drivers.sim.pump_motor_faults import MotorFaults
from drivers.sim.pump_sensors import Moment
from drivers.sim.pump_therapy import Therapy


class Motor:
    """Drives the rotor of one unit."""

    __slots__ = (
        "_dose_faults",
        "_faults",
        "_mechanism",
        "_speed_nl_per_h",
        "_time_speed",
    )

    def __init__(
        self, parameters: PumpParameters, mechanism: Mechanism, time_speed: float
    ) -> None:
        """Begin at rest.

        Args:
            parameters: the pump.
            mechanism: its mechanics.
            time_speed: of the oscillator, which paces the motor: pump seconds in one
                bench second.
        """
        self._mechanism = mechanism
        self._time_speed = time_speed
        self._faults = MotorFaults(parameters.defects)
        self._dose_faults = DoseFaults(parameters.defects)
        self._speed_nl_per_h = 0.0

    @property
    def due_ns(self) -> int:
        """Pump time at which the speed next changes by itself, FAR if never."""
        return min(self._faults.due_ns, self._dose_faults.due_ns)

    def drive(
        self, now: Moment, boot_ns: int, therapy: Therapy, nl_per_h: float
    ) -> None:
        """Turn at a speed, as well as this unit can.

        Args:
            now: the moment.
            boot_ns: pump time at which the uptime began.
            therapy: what has been told.
            nl_per_h: what is commanded, in the pump's own hours.
        """
        paced = nl_per_h * self._time_speed
        meant = self._dose_faults.speed(now.u_ns, boot_ns, therapy, paced)
        self._turn(now, self._faults.speed(now.u_ns, meant, therapy.running_since_ns))

    def stop(self, now: Moment) -> None:
        """Stand still for want of power."""
        self._turn(now, 0.0)

    def hear(self, u_ns: int) -> None:
        """Note that the host has asked something."""
        self._faults.hear(u_ns)

    def restart(self, u_ns: int) -> None:
        """Note that the pump runs again after a loss of power."""
        self._faults.restart(u_ns)

    def recover(self, u_ns: int, sounding: bool) -> None:
        """Note that the rotor is free again after a stall.

        Args:
            u_ns: pump time now.
            sounding: whether an alarm is not acknowledged.
        """
        self._faults.recover(u_ns, sounding)

    def _turn(self, now: Moment, nl_per_h: float) -> None:
        if nl_per_h != self._speed_nl_per_h:
            self._mechanism.set_motor(now.t_ns, nl_per_h)
            self._speed_nl_per_h = nl_per_h
