"""Defects of commands, limits and programme changes that no catalogue names.

An adversary made them up; each was found only after the plan had been improved by a
rule that holds for any pump. None is the plan's to know of.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from drivers.sim.behaviour import Behaviour
from drivers.sim.contracts import FAR
from drivers.sim.defects.seeded import SeededDefect
from drivers.sim.pump_firmware import PumpFirmware
from drivers.sim.pump_programs import Dose, DoseKind, Program, program_of
from drivers.sim.pump_schedule import DAYS, Week, weekday_of
from drivers.sim.pump_time import NS_PER_S
from protocols.pump_link import replies
from protocols.pump_link.fields import ScheduleStep
from protocols.pump_link.replies import PumpMessage
from protocols.pump_link.requests import (
    Commit,
    CommitAt,
    OpenSession,
    Request,
    Stop,
    WriteDrug,
    WritePatientBolus,
    WritePeriodic,
    WriteProgram,
    WriteRefill,
    WriteScheduleDay,
)
from protocols.pump_link.vocabulary import PumpMode, PumpState

Heard = Request[PumpMessage]

_DAY_NS: Final = 86_400 * NS_PER_S
_MINUTE_NS: Final = 60 * NS_PER_S
_SATURDAY: Final = 5
_RECORDS: Final = (WriteDrug, WritePatientBolus, WriteRefill)
_WRITES: Final = (*_RECORDS, WriteProgram, WritePeriodic, WriteScheduleDay)
_ENDS_STAGING: Final = (Commit, CommitAt, OpenSession, Stop)


class _Own(SeededDefect):
    source = "adversary"
    telemetry = "see the title"
    bench = "see the title"
    unit: Callable[[], Behaviour] = Behaviour

    def behaviour(self) -> Behaviour:
        """Return a unit that has just been made."""
        return type(self).unit()


class _Recording(Behaviour):
    """Does something wrong when a record is put into force."""

    def __init__(self) -> None:
        super().__init__()
        self.written: Heard | None = None

    def hear(self, pump: PumpFirmware, request: Heard) -> Heard | None:
        """Note what is staged, and look at what is confirmed."""
        if isinstance(request, Commit) and isinstance(self.written, _RECORDS):
            self.record(pump)
        if isinstance(request, _WRITES):
            self.written = request
        return request

    def record(self, pump: PumpFirmware) -> None:
        """Do what it does wrong."""


class _EndsDose(_Recording):
    def record(self, pump: PumpFirmware) -> None:
        if isinstance(self.written, WriteRefill) and pump.therapy.dose is not None:
            pump.therapy.resume(pump.now.u_ns)


class RefillEndsBolus(_Own):
    """What is left of a bolus does not come when a refill is recorded in it."""

    id = "OWN-C4"
    title = "a refill that is recorded in a bolus ends it"
    requirement = "ITB-BOL-001"
    unit = _EndsDose


class _DropsStart(_Recording):
    def record(self, pump: PumpFirmware) -> None:
        pump.therapy.pending = None


class RecordDropsStart(_Own):
    """A refill, a drug or a patient's settings take a delayed start with them."""

    id = "OWN-C5"
    title = "a record drops the delayed start"
    requirement = "ITB-DLY-001"
    unit = _DropsStart


class _StoresStaged(Behaviour):
    def __init__(self) -> None:
        super().__init__()
        self._staged: WriteProgram | None = None
        self._uptime_ms = 0

    def hear(self, pump: PumpFirmware, request: Heard) -> Heard | None:
        if isinstance(request, WriteProgram):
            self._staged = request
        elif isinstance(request, _ENDS_STAGING):
            self._staged = None
        return request

    def act(self, pump: PumpFirmware) -> None:
        before, self._uptime_ms = self._uptime_ms, pump.uptime_ms
        staged = self._staged
        if self._uptime_ms < before and staged is not None:
            self._staged = None
            program = program_of(staged, pump.parameters)
            pump.therapy.start(program, pump.now.u_ns, hindered=False)


class UnconfirmedAfterPowerLoss(_Own):
    """What was entered lies where the pump looks for its programme when it boots."""

    id = "OWN-C6"
    title = "an unconfirmed programme is in force after a loss of power"
    requirement = "ITB-LNK-002"
    unit = _StoresStaged


class _Queues(_Recording):
    def __init__(self) -> None:
        super().__init__()
        self._staged: WriteProgram | None = None

    def hear(self, pump: PumpFirmware, request: Heard) -> Heard | None:
        heard = super().hear(pump, request)
        if isinstance(request, WriteProgram):
            self._staged = request
        elif isinstance(request, _ENDS_STAGING):
            self._staged = None
        return heard

    def record(self, pump: PumpFirmware) -> None:
        if self._staged is not None:
            pump.start(program_of(self._staged, pump.parameters))


class ConfirmedAlong(_Own):
    """A confirmation takes along what was entered before the record that it is for."""

    id = "OWN-C7"
    title = "confirming a record confirms the programme before it"
    requirement = "ITB-LNK-002"
    unit = _Queues


class _FirstTime(Behaviour):
    def __init__(self) -> None:
        super().__init__()
        self._first_ns = FAR

    def hear(self, pump: PumpFirmware, request: Heard) -> Heard | None:
        if isinstance(request, CommitAt):
            if pump.therapy.pending is None:
                wait_ns = (request.clock_s - pump.clock_s) * NS_PER_S
                self._first_ns = pump.now.u_ns + wait_ns
            self.due_ns = self._first_ns
        return request

    def act(self, pump: PumpFirmware) -> None:
        waits = pump.therapy.pending
        if waits is None:
            self._first_ns = self.due_ns = FAR
        elif self._first_ns <= pump.now.u_ns:
            pump.therapy.pending = replace(waits, clock_s=pump.clock_s)


class SecondStartAtFirstTime(_Own):
    """The time of a delayed start is not replaced, its rate is."""

    id = "OWN-C8"
    title = "a delayed start keeps the time of the one it replaces"
    requirement = "ITB-DLY-001"
    unit = _FirstTime


class _WeekReturns(Behaviour):
    def __init__(self) -> None:
        super().__init__()
        self._program: Program | None = None
        self._week: Program | None = None

    def act(self, pump: PumpFirmware) -> None:
        before, self._program = self._program, pump.therapy.program
        if self._program is None:
            self._week, self.due_ns = None, FAR
        elif before is not None and before is not self._program and before.week:
            clock_ns = pump.clock_s * NS_PER_S
            wait_ns = before.week.next_step_ns(clock_ns) - clock_ns
            self._week, self.due_ns = before, pump.now.u_ns + wait_ns
        if self.due_ns <= pump.now.u_ns and self._week is not None:
            self._program, self._week, self.due_ns = self._week, None, FAR
            pump.therapy.start(self._program, pump.now.u_ns, hindered=False)


class ScheduleComesBack(_Own):
    """The next step of a schedule comes although a rate has taken its place."""

    id = "OWN-C9"
    title = "a schedule that was replaced comes back"
    requirement = "ITB-STA-003"
    unit = _WeekReturns


class _WeekendUnchecked(Behaviour):
    def __init__(self) -> None:
        super().__init__()
        self._asked: dict[int, tuple[ScheduleStep, ...]] = {}

    def hear(self, pump: PumpFirmware, request: Heard) -> Heard | None:
        if not isinstance(request, WriteScheduleDay):
            return request
        self._asked[request.day] = request.steps
        if request.day < _SATURDAY:
            return request
        most = pump.parameters.max_rate_nl_per_h
        fitting = tuple(
            ScheduleStep(step.minute, min(step.rate_nl_per_h, most))
            for step in request.steps
        )
        return replace(request, steps=fitting)

    def tell(self, pump: PumpFirmware, reply: PumpMessage) -> PumpMessage | None:
        if isinstance(reply, (replies.ScheduleDay, replies.ScheduleDayStaged)):
            return replace(reply, steps=self._asked.get(reply.day, reply.steps))
        return reply


class WeekendUnchecked(_Own):
    """Too fast a rate is clipped without a word on two days of the week."""

    id = "OWN-C10"
    title = "rates of Saturday and Sunday are not checked"
    requirement = "ITB-SCH-007"
    unit = _WeekendUnchecked


class _BackgroundUnchecked(Behaviour):
    def __init__(self) -> None:
        super().__init__()
        self._asked = 0

    def hear(self, pump: PumpFirmware, request: Heard) -> Heard | None:
        if not isinstance(request, (WriteProgram, WritePeriodic)):
            return request
        self._asked = 0
        most = pump.parameters.max_rate_nl_per_h
        is_plain = isinstance(request, WriteProgram) and not request.bolus_nl
        if is_plain or request.rate_nl_per_h <= most:
            return request
        self._asked = request.rate_nl_per_h
        return replace(request, rate_nl_per_h=most)

    def tell(self, pump: PumpFirmware, reply: PumpMessage) -> PumpMessage | None:
        told = (replies.ProgramStaged, replies.PeriodicStaged, replies.Committed)
        if self._asked and isinstance(reply, (*told, replies.Program)):
            return replace(reply, rate_nl_per_h=self._asked)
        return reply


class BackgroundUnchecked(_Own):
    """Too fast a rate is clipped without a word where it is to follow a bolus."""

    id = "OWN-C11"
    title = "the rate behind a bolus is not checked"
    requirement = "ITB-FLOW-003"
    unit = _BackgroundUnchecked


class _SleepsDeeply(Behaviour):
    def __init__(self) -> None:
        super().__init__()
        self._heard_ns = 0
        self._speed = self._runs_on = 0.0

    def hear(self, pump: PumpFirmware, request: Heard) -> Heard | None:
        silent_ns = pump.now.u_ns - self._heard_ns
        self._heard_ns = pump.now.u_ns
        if isinstance(request, Stop):
            self._runs_on = self._speed if silent_ns > _DAY_NS else 0.0
        elif isinstance(request, Commit):
            self._runs_on = 0.0
        return request

    def speed(self, pump: PumpFirmware, nl_per_h: float) -> float:
        self._speed = nl_per_h or self._runs_on
        return self._speed


class StopAfterSilence(_Own):
    """The first command after a day of silence is acknowledged and not obeyed."""

    id = "OWN-C15"
    title = "runs on after a stop that ends a day of silence"
    requirement = "ITB-LNK-005"
    unit = _SleepsDeeply


class _Toggles(Behaviour):
    def __init__(self) -> None:
        super().__init__()
        self._stopped_ns = -FAR
        self._speed = 0.0
        self._runs = False

    def hear(self, pump: PumpFirmware, request: Heard) -> Heard | None:
        if isinstance(request, Stop):
            self._runs = pump.now.u_ns - self._stopped_ns < _MINUTE_NS
            self._stopped_ns = pump.now.u_ns
        elif isinstance(request, Commit):
            self._runs = False
        return request

    def speed(self, pump: PumpFirmware, nl_per_h: float) -> float:
        self._speed = nl_per_h or self._speed
        return nl_per_h or (self._speed if self._runs else 0.0)


class StopTwice(_Own):
    """A stop that follows another within a minute lets the motor run again."""

    id = "OWN-C18"
    title = "runs again after a second stop"
    requirement = "ITB-FLOW-002"
    unit = _Toggles


class _StoppedInBolus(Behaviour):
    def tell(self, pump: PumpFirmware, reply: PumpMessage) -> PumpMessage | None:
        dose = pump.therapy.dose
        is_bolus = dose is not None and dose.kind is DoseKind.BOLUS
        if (
            is_bolus
            and isinstance(reply, replies.Status)
            and not pump.therapy.rate_nl_per_h
        ):
            return replace(reply, state=PumpState.STOPPED)
        return reply


class StoppedInBolus(_Own):
    """The state follows the background rate, which a bolus need not have."""

    id = "OWN-C21"
    title = "a bolus without a background is reported as stopped"
    requirement = "ITB-STA-001"
    unit = _StoppedInBolus


class _RateBefore(Behaviour):
    def __init__(self) -> None:
        super().__init__()
        self._rate_nl_per_h = 0

    def tell(self, pump: PumpFirmware, reply: PumpMessage) -> PumpMessage | None:
        if not isinstance(reply, replies.Status):
            return reply
        before, self._rate_nl_per_h = self._rate_nl_per_h, reply.rate_nl_per_h
        in_week = pump.therapy.mode is PumpMode.SCHEDULE
        return replace(reply, rate_nl_per_h=before) if in_week and before else reply


class RateOfReportBefore(_Own):
    """Whoever asks twice is told the right rate of a schedule."""

    id = "OWN-C22"
    title = "a report in a schedule tells the rate of the one before"
    requirement = "ITB-STA-003"
    unit = _RateBefore


class _OldDay(Behaviour):
    """Has the steps of a day at hand, and fetches others at midnight."""

    def __init__(self) -> None:
        super().__init__()
        self._program: Program | None = None
        self._new: Program | None = None

    def tell(self, pump: PumpFirmware, reply: PumpMessage) -> PumpMessage | None:
        new = self._new.week if self._new is not None else None
        if isinstance(reply, replies.ScheduleDay) and new is not None:
            return replace(reply, steps=new.days[reply.day])
        return reply

    def act(self, pump: PumpFirmware) -> None:
        before, self._program = self._program, pump.therapy.program
        now = self._program
        today = weekday_of(pump.clock_s * NS_PER_S)
        if now is None or now.week is None:
            self._new, self.due_ns = None, FAR
        elif before is not None and before is not now and before.week:
            days = tuple(
                before.week.days[d] if d == today else now.week.days[d]
                for d in range(DAYS)
            )
            self._new = now
            pump.therapy.program = self._program = replace(now, week=Week(days))
            wait_ns = _DAY_NS - pump.clock_s * NS_PER_S % _DAY_NS
            self.due_ns = pump.now.u_ns + wait_ns
        elif self.due_ns <= pump.now.u_ns and self._new is not None:
            pump.therapy.program = self._program = self._new
            self._new, self.due_ns = None, FAR


class OldDayHolds(_Own):
    """A schedule that takes another's place holds from the next midnight on."""

    id = "OWN-C27"
    title = "a schedule that replaces another holds from midnight on"
    requirement = "ITB-SCH-001"
    unit = _OldDay


class _CarriesOver(Behaviour):
    """Does not begin its count of a bolus anew when the last was cut short."""

    def __init__(self) -> None:
        super().__init__()
        self._dose: Dose | None = None
        self._from_nl = 0
        self._carried_nl = 0
        self._lacks_nl = 0

    def act(self, pump: PumpFirmware) -> None:
        before, self._dose = self._dose, pump.therapy.dose
        if before is not None and before is not self._dose:
            given_nl = pump.delivered_nl - self._from_nl
            self._carried_nl = given_nl if given_nl < before.volume_nl - 2 else 0
        if self._dose is not None and self._dose is not before:
            self._from_nl = pump.delivered_nl
            self._lacks_nl, self._carried_nl = self._carried_nl, 0

    def speed(self, pump: PumpFirmware, nl_per_h: float) -> float:
        dose = pump.therapy.dose
        if dose is None or dose.kind is not DoseKind.BOLUS or not self._lacks_nl:
            return nl_per_h
        return nl_per_h * max(1.0 - self._lacks_nl / dose.volume_nl, 0.0)


class CutBolusCarriedOver(_Own):
    """What a cut bolus had given is missing in the next one."""

    id = "OWN-C28"
    title = "a bolus behind one that was cut short is short"
    requirement = "ITB-BOL-001"
    unit = _CarriesOver
