"""Defects of clock, log and patient's boluses that no catalogue names.

An adversary made them up; each was found only after the plan had been improved by a
rule that holds for any pump. None is the plan's to know of.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from drivers.sim.behaviour import Behaviour
from drivers.sim.contracts import FAR
from drivers.sim.defects.seeded import SeededDefect
from drivers.sim.pump_firmware import PumpFirmware
from drivers.sim.pump_log import EventLog
from drivers.sim.pump_patient import PatientBoluses
from drivers.sim.pump_schedule import DAYS, Week
from drivers.sim.pump_time import NS_PER_MS, NS_PER_S
from protocols.pump_link.replies import PumpMessage, Reservoir, Status
from protocols.pump_link.requests import (
    Commit,
    CommitAt,
    Request,
    RequestPatientBolus,
    SetClock,
    WriteRefill,
)
from protocols.pump_link.vocabulary import LogEvent, PumpMode

Heard = Request[PumpMessage]

_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
_DAY_S: Final = 86_400
_S_PER_H: Final = 3_600
_LOST_AT_REST_S: Final = 30
_LOST_IN_ANSWER_NS: Final = 5 * NS_PER_MS


class _Own(SeededDefect):
    source = "adversary"
    telemetry = "see the title"
    bench = "see the title"
    unit: Callable[[], Behaviour] = Behaviour

    def behaviour(self) -> Behaviour:
        """Return a unit that has just been made."""
        return type(self).unit()


def _forget_wishes(pump: PumpFirmware) -> None:
    settings = pump.therapy.patient.settings
    pump.therapy.patient = PatientBoluses()
    pump.therapy.patient.settings = settings


class _FreeInSchedule(Behaviour):
    def hear(self, pump: PumpFirmware, request: Heard) -> Heard | None:
        in_week = pump.therapy.program_mode is PumpMode.SCHEDULE
        if isinstance(request, RequestPatientBolus) and in_week:
            _forget_wishes(pump)
        return request


class LockoutNotInSchedule(_Own):
    """A patient may have one bolus behind the other while a schedule runs."""

    id = "OWN-C1"
    title = "no lockout in a schedule"
    requirement = "ITB-BOL-007"
    unit = _FreeInSchedule


class _Underflows(Behaviour):
    def hear(self, pump: PumpFirmware, request: Heard) -> Heard | None:
        if isinstance(request, SetClock) and request.clock_s < pump.clock_s:
            _forget_wishes(pump)
        return request


class ClockBackFreesLockout(_Own):
    """A time since the last bolus that is below 0 passes for a very long one."""

    id = "OWN-C2"
    title = "lockout ends when the clock is set back"
    requirement = "ITB-BOL-007"
    unit = _Underflows


class _CountsAnew(PatientBoluses):
    """Counts what has begun since a loss of power."""

    __slots__ = ("since_ns",)

    def __init__(self, kept: PatientBoluses, since_ns: int) -> None:
        super().__init__()
        self.settings, self._begun_ns = kept.settings, kept._begun_ns
        self.since_ns = since_ns

    def given(self, u_ns: int) -> int:
        fresh = sum(begun_ns > self.since_ns for begun_ns in self._begun_ns)
        return min(super().given(u_ns), fresh)

    def wait_s(self, u_ns: int) -> int:
        lockout_s = self.settings.lockout_s if self.settings is not None else 0
        return max(-(-(self._locked_until_ns(lockout_s) - u_ns) // NS_PER_S), 0)


class _LosesCount(Behaviour):
    def __init__(self) -> None:
        super().__init__()
        self._uptime_ms = 0

    def act(self, pump: PumpFirmware) -> None:
        before, self._uptime_ms = self._uptime_ms, pump.uptime_ms
        if self._uptime_ms < before:
            patient = pump.therapy.patient
            pump.therapy.patient = _CountsAnew(patient, pump.now.u_ns)


class AllotmentLostWithPower(_Own):
    """Of what a patient was given a loss of power leaves the lockout alone."""

    id = "OWN-C3"
    title = "the day's patient boluses are forgotten with the power"
    requirement = "ITB-PWR-002"
    unit = _LosesCount


class _SlowAtRest(Behaviour):
    def __init__(self) -> None:
        super().__init__()
        self._since_ns = FAR

    def act(self, pump: PumpFirmware) -> None:
        now_ns = pump.now.u_ns
        if self._since_ns < now_ns:
            pump._clock.offset_ns -= (
                (now_ns - self._since_ns) * _LOST_AT_REST_S // _DAY_S
            )
        self._since_ns = now_ns if pump.therapy.stopped_since_ns < FAR else FAR

    def hear(self, pump: PumpFirmware, request: Heard) -> Heard | None:
        self.act(pump)
        return request


class ClockSlowAtRest(_Own):
    """At rest the clock runs by a poorer oscillator."""

    id = "OWN-C12"
    title = "clock loses 30 s a day while the pump is stopped"
    requirement = "ITB-CLK-001"
    unit = _SlowAtRest


class _PaysForAnswers(Behaviour):
    def hear(self, pump: PumpFirmware, request: Heard) -> Heard | None:
        pump._clock.offset_ns -= _LOST_IN_ANSWER_NS
        return request


class ClockPaysForAnswers(_Own):
    """While the pump answers, its clock's ticks are lost."""

    id = "OWN-C13"
    title = "every exchange costs the clock 5 ms"
    requirement = "ITB-CLK-001"
    unit = _PaysForAnswers


class _CountsByClock(Behaviour):
    def __init__(self) -> None:
        super().__init__()
        self._extra_nl = 0

    def hear(self, pump: PumpFirmware, request: Heard) -> Heard | None:
        if isinstance(request, SetClock):
            on_s = request.clock_s - pump.clock_s
            self._extra_nl += on_s * pump.therapy.rate_nl_per_h // _S_PER_H
        return request

    def tell(self, pump: PumpFirmware, reply: PumpMessage) -> PumpMessage | None:
        if isinstance(reply, Status):
            return replace(
                reply,
                delivered_nl=reply.delivered_nl + self._extra_nl,
                reservoir_nl=reply.reservoir_nl - self._extra_nl,
            )
        if isinstance(reply, Reservoir):
            return replace(reply, volume_nl=reply.volume_nl - self._extra_nl)
        return reply


class CountsByClock(_Own):
    """The count is a rate times the time that the clock shows to have passed."""

    id = "OWN-C14"
    title = "volume counter follows the clock as it is set"
    requirement = "ITB-CNT-001"
    unit = _CountsByClock


class _NoClockSet(EventLog):
    __slots__ = ()

    def write(self, clock_s: int, uptime_ms: int, event: LogEvent, detail: int) -> None:
        if event is not LogEvent.CLOCK_SET:
            super().write(clock_s, uptime_ms, event, detail)


class _LogsNoClockSet(Behaviour):
    def act(self, pump: PumpFirmware) -> None:
        if type(pump.log) is EventLog:
            pump.log = _NoClockSet()


class ClockSetNotLogged(_Own):
    """Nobody can see in the log that its times have jumped."""

    id = "OWN-C16"
    title = "setting the clock is not logged"
    requirement = "ITB-LOG-001"
    unit = _LogsNoClockSet


class _OldDate(EventLog):
    __slots__ = ("_day",)

    def __init__(self, clock_s: int) -> None:
        super().__init__()
        self._day = clock_s // _DAY_S

    def write(self, clock_s: int, uptime_ms: int, event: LogEvent, detail: int) -> None:
        if event is LogEvent.CLOCK_SET:
            self._day = clock_s // _DAY_S
        noted_s = self._day * _DAY_S + clock_s % _DAY_S
        super().write(noted_s, uptime_ms, event, detail)


class _LogsOldDate(Behaviour):
    def act(self, pump: PumpFirmware) -> None:
        if type(pump.log) is EventLog:
            pump.log = _OldDate(pump.clock_s)


class LogOfOldDate(_Own):
    """The log knows the time of day, and the date on which the clock was set."""

    id = "OWN-C17"
    title = "the date of log entries does not go on at midnight"
    requirement = "ITB-LOG-001"
    unit = _LogsOldDate


class _YearsWeek(Behaviour):
    def __init__(self) -> None:
        super().__init__()
        self._year = 0

    def hear(self, pump: PumpFirmware, request: Heard) -> Heard | None:
        if isinstance(request, SetClock):
            self._year = 0
        return request

    def act(self, pump: PumpFirmware) -> None:
        year = (_EPOCH + timedelta(seconds=pump.clock_s)).year
        before, self._year = self._year, year
        program = pump.therapy.program
        if before == year - 1 and program is not None and program.week is not None:
            first = datetime(year, 1, 1, tzinfo=UTC).weekday()
            days = tuple(program.week.days[(day - first) % DAYS] for day in range(DAYS))
            pump.therapy.program = replace(program, week=Week(days))


class WeekBeginsWithYear(_Own):
    """The days of a year are counted, and the first is taken for a Monday."""

    id = "OWN-C19"
    title = "to a schedule 1 January is a Monday"
    requirement = "ITB-SCH-004"
    unit = _YearsWeek


class _Sooner(Behaviour):
    def __init__(self) -> None:
        super().__init__()
        self._at_ns = FAR

    def hear(self, pump: PumpFirmware, request: Heard) -> Heard | None:
        if isinstance(request, CommitAt):
            self._at_ns = pump.now.u_ns + (request.clock_s - pump.clock_s) * NS_PER_S
            self.due_ns = self._at_ns
        return request

    def act(self, pump: PumpFirmware) -> None:
        waits = pump.therapy.pending
        if waits is None:
            self._at_ns = self.due_ns = FAR
        elif self._at_ns <= pump.now.u_ns:
            pump.therapy.pending = replace(waits, clock_s=pump.clock_s)


class StartIgnoresClockBack(_Own):
    """Once armed, a delayed start can be called earlier, and not put off."""

    id = "OWN-C24"
    title = "a delayed start is not put off when the clock is set back"
    requirement = "ITB-DLY-001"
    unit = _Sooner


class _PutsOff(Behaviour):
    def hear(self, pump: PumpFirmware, request: Heard) -> Heard | None:
        program = pump.therapy.program
        if isinstance(request, SetClock) and program is not None and program.period_s:
            back_ns = (pump.clock_s - request.clock_s) * NS_PER_S
            if back_ns > NS_PER_S and pump.therapy.dose is None:
                pump.therapy._due_dose_ns += back_ns
        return request


class PeriodicPutOff(_Own):
    """A clock that is set back puts the next periodic bolus off."""

    id = "OWN-C25"
    title = "a clock that is set back puts the next periodic bolus off"
    requirement = "ITB-BOL-005"
    unit = _PutsOff


class _CountsSinceRefill(Behaviour):
    def __init__(self) -> None:
        super().__init__()
        self._at_nl = 0
        self._is_refill = False

    def hear(self, pump: PumpFirmware, request: Heard) -> Heard | None:
        if isinstance(request, Commit) and self._is_refill:
            self._at_nl = pump.delivered_nl
        self._is_refill = isinstance(request, WriteRefill)
        return request

    def tell(self, pump: PumpFirmware, reply: PumpMessage) -> PumpMessage | None:
        if isinstance(reply, Status):
            return replace(reply, delivered_nl=reply.delivered_nl - self._at_nl)
        return reply


class CountsSinceRefill(_Own):
    """The count of what was delivered begins anew with a refill."""

    id = "OWN-C26"
    title = "the volume counter begins anew at a refill"
    requirement = "ITB-CNT-004"
    unit = _CountsSinceRefill
