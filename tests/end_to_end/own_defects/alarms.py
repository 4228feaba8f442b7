"""Defects of alarms: beside each other, again, unanswered, in another programme.

An adversary's; each was found only after a rule for any pump had been added.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar, Final

from drivers.sim.behaviour import Behaviour
from drivers.sim.contracts import FAR
from drivers.sim.defects.seeded import SeededDefect
from drivers.sim.pump_alarms import Causes
from drivers.sim.pump_firmware import PumpFirmware
from drivers.sim.pump_time import NS_PER_S
from protocols.pump_link.replies import PumpMessage
from protocols.pump_link.requests import Request, SetAlarmIntervals, SetClock
from protocols.pump_link.vocabulary import CRITICAL_ALARMS, AlarmFlag, PumpMode

_H: Final = 3_600 * NS_PER_S
_NONE: Final = AlarmFlag(0)
_LASTING: Final = (
    AlarmFlag.LOW_RESERVOIR | AlarmFlag.LOW_BATTERY | AlarmFlag.REPLACEMENT_DUE
)


class _Own(SeededDefect):
    source = "adversary"
    telemetry = "see the title"
    bench = "see the title"
    profiles: ClassVar[tuple[str, ...]] = ("reference-40",)
    unit: Callable[[], Behaviour] = Behaviour

    def behaviour(self) -> Behaviour:
        """Return a unit that has just been made."""
        return type(self).unit()


class _Boots(Behaviour):
    """Notes each start of the firmware."""

    def __init__(self) -> None:
        super().__init__()
        self._uptime_ms = 0

    def act(self, pump: PumpFirmware) -> None:
        """Look whether it has begun anew."""
        before, self._uptime_ms = self._uptime_ms, pump.uptime_ms
        if self._uptime_ms < before:
            self.booted(pump)

    def booted(self, pump: PumpFirmware) -> None:
        """Do what is wrong at a start."""
        raise NotImplementedError


class _BeepGoesOn(Behaviour):
    def act(self, pump: PumpFirmware) -> None:
        waits = bool(pump.alarms.unacknowledged & ~CRITICAL_ALARMS)
        sounder = pump.supervision.sounder
        sounder._critical = _NONE if waits else CRITICAL_ALARMS


class CriticalBehindBeep(_Own):
    id = "OWN-H1"
    title = "a critical alarm beeps on where a non-critical one is unanswered"
    requirement = "ITB-EMP-011"
    unit = _BeepGoesOn
    profiles = ("reference-40", "valve-20")


class _ByActive(Behaviour):
    def act(self, pump: PumpFirmware) -> None:
        critical = bool(pump.alarms.active & CRITICAL_ALARMS)
        every = AlarmFlag(0xFFFF)
        pump.supervision.sounder._critical = every if critical else CRITICAL_ALARMS


class ByActive(_Own):
    id = "OWN-H2"
    title = "a low level sounds critical beside an answered critical alarm"
    requirement = "ITB-LOW-011"
    unit = _ByActive


class _Latched(Behaviour):
    def __init__(self) -> None:
        super().__init__()
        self._program: object = None

    def act(self, pump: PumpFirmware) -> None:
        stall = AlarmFlag.MOTOR_STALL
        alarms = pump.alarms
        before, self._program = self._program, pump.therapy.program
        kept = (
            stall in alarms.active
            and stall not in alarms.conditions | alarms.unacknowledged
            and before is self._program
        )
        pump.supervision._outputs._mute = stall if kept else _NONE


class StallLatched(_Own):
    id = "OWN-H3"
    title = "a stall is not alarmed while the last one's alarm is not cleared"
    requirement = "ITB-STL-011"
    unit = _Latched


class _ResetOnce(Behaviour):
    def act(self, pump: PumpFirmware) -> None:
        known = AlarmFlag.RESET in pump.alarms.active & ~pump.alarms.unacknowledged
        pump.supervision._outputs._mute = AlarmFlag.RESET if known else _NONE


class ResetOnce(_Own):
    id = "OWN-H4"
    title = "a reset is not alarmed while the last one's alarm is not cleared"
    requirement = "ITB-RST-011"
    unit = _ResetOnce


class _LowOnce(Behaviour):
    def act(self, pump: PumpFirmware) -> None:
        known = (
            AlarmFlag.LOW_RESERVOIR in pump.alarms.active & ~pump.alarms.unacknowledged
        )
        pump.supervision._outputs._mute = AlarmFlag.LOW_RESERVOIR if known else _NONE


class LowOnce(_Own):
    id = "OWN-H5"
    title = "a low level is not alarmed while the last one's alarm is not cleared"
    requirement = "ITB-LOW-011"
    unit = _LowOnce


class _StoppedByClock(Behaviour):
    def __init__(self) -> None:
        super().__init__()
        self._on_ns = 0
        self._stop_ns = FAR

    def hear(
        self, pump: PumpFirmware, request: Request[PumpMessage]
    ) -> Request[PumpMessage] | None:
        if isinstance(request, SetClock) and self._stop_ns < FAR:
            self._on_ns += (request.clock_s - pump.clock_s) * NS_PER_S
        return request

    def causes(self, pump: PumpFirmware, causes: Causes) -> Causes:
        if causes.stopped_ns != self._stop_ns:
            self._stop_ns, self._on_ns = causes.stopped_ns, 0
        if causes.stopped_ns >= FAR:
            return causes
        return replace(causes, stopped_ns=causes.stopped_ns - self._on_ns)


class StoppedByClock(_Own):
    id = "OWN-H6"
    title = "stopped-pump alarm by the clock as it is set"
    requirement = "ITB-STP-001"
    unit = _StoppedByClock
    profiles = ("reference-20",)


class _StaysDown(Behaviour):
    def __init__(self) -> None:
        super().__init__()
        self._since_ns = FAR
        self._program: object = None
        self._down = False

    def speed(self, pump: PumpFirmware, nl_per_h: float) -> float:
        if pump.therapy.program is not self._program:
            self._program, self._down = pump.therapy.program, False
        now_ns = pump.now.u_ns
        if pump.supervision.is_stalled:
            self._since_ns = min(self._since_ns, now_ns)
        elif self._since_ns < FAR:
            self._down = now_ns - self._since_ns > 3 * _H
            self._since_ns = FAR
        return 0.0 if self._down else nl_per_h


class LongStallForGood(_Own):
    id = "OWN-H7"
    title = "after a stall of more than three hours the motor waits for a new programme"
    requirement = "ITB-STL-002"
    unit = _StaysDown


class _BlindInDose(Behaviour):
    def causes(self, pump: PumpFirmware, causes: Causes) -> Causes:
        dosing = pump.therapy.dose is not None
        return replace(causes, blocked_ns=FAR) if dosing else causes


class BlindInDose(_Own):
    id = "OWN-H8"
    title = "stall unnoticed during a dose"
    requirement = "ITB-STL-001"
    unit = _BlindInDose


class _UpsetByStep(Behaviour):
    def __init__(self) -> None:
        super().__init__()
        self._rate = 0
        self._program: object = None

    def act(self, pump: PumpFirmware) -> None:
        program, rate = self._program, self._rate
        self._program = pump.therapy.program
        self._rate = pump.therapy.rate_nl_per_h
        in_week = self._program is not None and self._program.week is not None
        if in_week and program is self._program and rate != self._rate:
            pump.supervision.report_upset(pump.now, AlarmFlag.MEMORY_CORRECTED, 0)


class UpsetByStep(_Own):
    id = "OWN-H9"
    title = "each change of a schedule's rate is alarmed as a memory error"
    requirement = "ITB-ALM-001"
    unit = _UpsetByStep
    profiles = ("valve-20",)


class _StartClears(Behaviour):
    def __init__(self) -> None:
        super().__init__()
        self._program: object = None

    def act(self, pump: PumpFirmware) -> None:
        before, self._program = self._program, pump.therapy.program
        if self._program is not None and before is not self._program:
            quiet = pump.alarms.active & ~pump.alarms.unacknowledged & _LASTING
            pump.alarms.drop(quiet, pump.uptime_ms)


class StartClears(_Own):
    id = "OWN-H10"
    title = "a new programme clears what was acknowledged, its cause present"
    requirement = "ITB-ALM-002"
    unit = _StartClears


class _LowRunning(Behaviour):
    def causes(self, pump: PumpFirmware, causes: Causes) -> Causes:
        known = AlarmFlag.LOW_RESERVOIR in pump.alarms.conditions
        if known or pump.therapy.mode is not PumpMode.STOPPED:
            return causes
        return replace(causes, low_ns=FAR)


class LowOnlyRunning(_Own):
    id = "OWN-H11"
    title = "no low-reservoir alarm in a stopped pump"
    requirement = "ITB-LOW-010"
    unit = _LowRunning


class _MismatchAtRest(Behaviour):
    def __init__(self) -> None:
        super().__init__()
        self._known_ns = FAR
        self._ignored = False

    def causes(self, pump: PumpFirmware, causes: Causes) -> Causes:
        if causes.mismatch_ns != self._known_ns:
            self._known_ns = causes.mismatch_ns
            self._ignored = pump.therapy.mode is not PumpMode.STOPPED
        return replace(causes, mismatch_ns=FAR) if self._ignored else causes


class MismatchAtRest(_Own):
    id = "OWN-H12"
    title = "a refill entered while the pump runs is not checked"
    requirement = "ITB-FIL-001"
    unit = _MismatchAtRest
    profiles = ("valve-20",)


class _GivesUp(Behaviour):
    def __init__(self) -> None:
        super().__init__()
        self._since_ns = FAR

    def act(self, pump: PumpFirmware) -> None:
        waiting = pump.alarms.unacknowledged & ~CRITICAL_ALARMS
        if not waiting:
            self._since_ns = self.due_ns = FAR
            return
        self._since_ns = min(self._since_ns, pump.now.u_ns)
        self.due_ns = self._since_ns + 12 * _H
        if self.due_ns <= pump.now.u_ns:
            pump.supervision.sounder.silence(pump.now, waiting)


class GivesUp(_Own):
    id = "OWN-H13"
    title = "a beep that nobody answers ends after twelve hours"
    requirement = "ITB-ALM-006"
    unit = _GivesUp


class _NextAlarm(Behaviour):
    def __init__(self) -> None:
        super().__init__()
        self._later: SetAlarmIntervals | None = None

    def hear(
        self, pump: PumpFirmware, request: Request[PumpMessage]
    ) -> Request[PumpMessage] | None:
        if isinstance(request, SetAlarmIntervals):
            sounds = bool(pump.alarms.unacknowledged)
            pump.supervision.sounder._obeys = not sounds
            self._later = request if sounds else None
        return request

    def act(self, pump: PumpFirmware) -> None:
        if self._later is not None and not pump.alarms.unacknowledged:
            sounder = pump.supervision.sounder
            sounder._critical_ns = self._later.critical_interval_s * NS_PER_S
            sounder._noncritical_ns = self._later.noncritical_interval_s * NS_PER_S
            self._later = None


class IntervalNextAlarm(_Own):
    id = "OWN-H14"
    title = "another interval holds from the next alarm on"
    requirement = "ITB-ALM-005"
    unit = _NextAlarm


class _Beeps(_Boots):
    def booted(self, pump: PumpFirmware) -> None:
        pump.supervision.sounder._noncritical_ns = _H


class IntervalLost(_Own):
    id = "OWN-H15"
    title = "a loss of power sets the interval of the beeps to its default"
    requirement = "ITB-ALM-006"
    unit = _Beeps


class _Resounds(Behaviour):
    def __init__(self) -> None:
        super().__init__()
        self._since_ns = FAR

    def act(self, pump: PumpFirmware) -> None:
        quiet = pump.alarms.active & ~pump.alarms.unacknowledged
        if not quiet:
            self._since_ns = self.due_ns = FAR
            return
        self._since_ns = min(self._since_ns, pump.now.u_ns)
        self.due_ns = self._since_ns + 14 * _H
        if self.due_ns <= pump.now.u_ns:
            self._since_ns = pump.now.u_ns
            pump.supervision.sounder.sound(pump.now, quiet)


class Resounds(_Own):
    id = "OWN-H16"
    title = "an acknowledged alarm sounds again after fourteen hours"
    requirement = "ITB-ALM-007"
    unit = _Resounds
