"""Faults of a motor that begin or end by themselves, behind the pump's back.

The pump goes on counting: it does not know.
"""

from typing import Final

from drivers.sim.contracts import FAR
from drivers.sim.pump_defects import Defect
from drivers.sim.pump_time import NS_PER_S

_HOUR_NS: Final = 3_600 * NS_PER_S
_LATE_AFTER_LOSS_NS: Final = 1_200 * NS_PER_S
_WEAK_SHARE: Final = 0.8
_REVERSED_NS: Final = 120 * NS_PER_S
_WANDERING_NS: Final = 6 * _HOUR_NS
_WANDERING_SHARE: Final = 0.25


class MotorFaults:
    """What time and events do to the motor of a defective unit.

    Attributes:
        due_ns: pump time at which the motor next changes by itself, FAR if never.
    """

    __slots__ = (
        "_defects",
        "_heard_ns",
        "_held_until_ns",
        "_is_weak",
        "_suspended",
        "due_ns",
    )

    def __init__(self, defects: frozenset[Defect]) -> None:
        """Begin with a good motor, at pump time 0.

        Args:
            defects: of the unit.
        """
        self._defects = defects
        self._heard_ns = 0
        self._held_until_ns = 0
        self._is_weak = False
        self._suspended = False
        self.due_ns = FAR

    def hear(self, u_ns: int) -> None:
        """Note that the host has asked something."""
        self._heard_ns = u_ns
        self._suspended = False

    def restart(self, u_ns: int) -> None:
        """Note that the pump runs again after a loss of power."""
        if Defect.RESUMES_LATE in self._defects:
            self._held_until_ns = u_ns + _LATE_AFTER_LOSS_NS
        self._is_weak = Defect.WEAK_AFTER_LOSS in self._defects

    def recover(self, u_ns: int, sounding: bool) -> None:
        """Note that the rotor is free again after a stall.

        Args:
            u_ns: pump time now.
            sounding: whether an alarm is not acknowledged.
        """
        if Defect.LATE_AFTER_STALL in self._defects:
            self._held_until_ns = u_ns + _HOUR_NS
        self._suspended = sounding and Defect.SUSPENDED_UNTIL_ASKED in self._defects

    def speed(self, u_ns: int, speed_nl_per_h: float, running_ns: int) -> float:
        """Return what becomes of a commanded speed, and plan when that changes.

        Args:
            u_ns: pump time now.
            speed_nl_per_h: the command.
            running_ns: pump time since which something is programmed.
        """
        self.due_ns = FAR
        if not self._defects or not speed_nl_per_h:
            return speed_nl_per_h
        if u_ns < self._held_until_ns:
            self.due_ns = self._held_until_ns
            return 0.0
        if self._suspended:
            return 0.0
        if self._is_weak:
            speed_nl_per_h *= _WEAK_SHARE
        if Defect.STOPS_UNHEARD in self._defects:
            stops_ns = self._heard_ns + _HOUR_NS
            if stops_ns <= u_ns:
                return 0.0
            self.due_ns = stops_ns
        if Defect.WANDERS in self._defects:
            speed_nl_per_h = self._wandering(u_ns, speed_nl_per_h, running_ns)
        if Defect.REVERSES in self._defects:
            return self._reversed(u_ns, speed_nl_per_h, running_ns)
        return speed_nl_per_h

    def _wandering(self, u_ns: int, speed_nl_per_h: float, running_ns: int) -> float:
        """Turn too fast and too slowly in turn; the mean is right."""
        turn, into_ns = divmod(u_ns - running_ns, _WANDERING_NS)
        self.due_ns = min(self.due_ns, u_ns - into_ns + _WANDERING_NS)
        sign = -1 if turn % 2 else 1
        return speed_nl_per_h * (1.0 + sign * _WANDERING_SHARE)

    def _reversed(self, u_ns: int, speed_nl_per_h: float, running_ns: int) -> float:
        """Turn back for the last two minutes of each hour."""
        into_ns = (u_ns - running_ns) % _HOUR_NS
        begins_ns = _HOUR_NS - _REVERSED_NS
        if into_ns < begins_ns:
            self.due_ns = min(self.due_ns, u_ns - into_ns + begins_ns)
            return speed_nl_per_h
        self.due_ns = min(self.due_ns, u_ns - into_ns + _HOUR_NS)
        return -speed_nl_per_h
