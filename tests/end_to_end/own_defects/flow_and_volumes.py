"""Defects of motor, valves, line and volumes that no catalogue names.

An adversary made them up; each was found only after the plan had been improved by a
rule that holds for any pump. None is the plan's to know of.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final, cast

from drivers.sim.behaviour import Behaviour
from drivers.sim.contracts import FAR
from drivers.sim.defects.seeded import SeededDefect
from drivers.sim.pump_alarms import Causes
from drivers.sim.pump_counter import Flow
from drivers.sim.pump_firmware import PumpFirmware
from drivers.sim.pump_programs import Dose, DoseKind, Program
from drivers.sim.pump_schedule import Day, Week
from drivers.sim.pump_time import NS_PER_S
from drivers.sim.world import World
from protocols.pump_link.requests import SetClock
from protocols.pump_link.vocabulary import PumpMode

_MIN_NS: Final = 60 * NS_PER_S
_HOUR_NS: Final = 60 * _MIN_NS
_DAY_NS: Final = 24 * _HOUR_NS
_SLOT_MIN: Final = 30
_16_BIT: Final = 1 << 16


def _world(pump: PumpFirmware) -> World:
    return cast(World, cast(Any, pump)._mechanism)


class _Own(SeededDefect):
    source = "adversary"
    telemetry = "nominal"
    bench = "see the title"


class _Looks(Behaviour):
    """A behaviour that follows what is round the pump, so it looks again and again."""

    every_ns = 10 * _MIN_NS

    def act(self, pump: PumpFirmware) -> None:
        # In the months at a low rate nothing is done to the pump.
        is_slow = 0 < pump.therapy.flow.nl_per_h < 41_000
        every_ns = 6 * _HOUR_NS if is_slow else self.every_ns
        self.due_ns = pump.now.u_ns + every_ns


class MidLevelFast(_Own):
    """A bellows' spring: with the reservoir about half full it gives more."""

    id = "OWN-F1"
    title = "too much in the middle of the reservoir"
    requirement = "ITB-FLOW-001"
    profiles = ("reference-40",)

    def behaviour(self) -> Behaviour:
        return _MidLevel(self.scale.more("flow.accuracy"))


class _MidLevel(_Looks):
    def __init__(self, factor: float) -> None:
        super().__init__()
        self._factor = factor

    def speed(self, pump: PumpFirmware, nl_per_h: float) -> float:
        full = _world(pump).reservoir_nl(pump.now.t_ns) / pump.parameters.capacity_nl
        return nl_per_h * self._factor if 0.26 <= full <= 0.56 else nl_per_h


class DailyCap(_Own):
    """After six tenths of a reservoir in a day the valves are throttled."""

    id = "OWN-F2"
    title = "throttled after much in a day"
    requirement = "ITB-FLOW-001"
    profiles = ("valve-20",)

    def behaviour(self) -> Behaviour:
        return _Capped(self.scale.less("flow.accuracy"))


class _Capped(_Looks):
    def __init__(self, factor: float) -> None:
        super().__init__()
        self._factor = factor
        self._day, self._from_nl = -1, 0

    def speed(self, pump: PumpFirmware, nl_per_h: float) -> float:
        day = pump.now.u_ns // _DAY_NS
        if day != self._day:
            self._day, self._from_nl = day, pump.delivered_nl
        much = 0.5 * pump.parameters.capacity_nl
        too_much = pump.delivered_nl - self._from_nl > much
        return nl_per_h * self._factor if too_much else nl_per_h


class WarmLeak(_Own):
    """Warm valves leak an amount that does not depend on the rate."""

    id = "OWN-F3"
    title = "warm valves leak beside a low rate"
    requirement = "ITB-FLOW-007"
    profiles = ("valve-20",)

    def behaviour(self) -> Behaviour:
        return _Leaks()


class _Leaks(_Looks):
    def speed(self, pump: PumpFirmware, nl_per_h: float) -> float:
        warm = _world(pump).temperature_c(pump.now.t_ns) > 38.5
        return nl_per_h + 6_667.0 if warm and nl_per_h > 0 else nl_per_h


class StaysFeverish(_Own):
    """After a fever the flow stays too high for a day."""

    id = "OWN-F4"
    title = "too much after a fever"
    requirement = "ITB-FLOW-007"
    profiles = ("reference-20",)

    def behaviour(self) -> Behaviour:
        return _Feverish(self.scale.more("flow.accuracy"))


class _Feverish(_Looks):
    def __init__(self, factor: float) -> None:
        super().__init__()
        self._factor = factor
        self._until_ns = 0

    def speed(self, pump: PumpFirmware, nl_per_h: float) -> float:
        if _world(pump).temperature_c(pump.now.t_ns) > 39.0:
            self._until_ns = pump.now.u_ns + _DAY_NS
            return nl_per_h
        return nl_per_h * self._factor if pump.now.u_ns < self._until_ns else nl_per_h


class Siphons(_Own):
    """Drawn at, a stopped pump does not hold."""

    id = "OWN-F5"
    title = "stopped pump is drawn out"
    requirement = "ITB-FLOW-002"
    profiles = ("reference-20",)

    def behaviour(self) -> Behaviour:
        return _Siphon()


class _Siphon(_Looks):
    def speed(self, pump: PumpFirmware, nl_per_h: float) -> float:
        drawn = _world(pump)._conditions.outlet_kpa < -4.0
        return 3_000.0 if drawn and not nl_per_h else nl_per_h


class FieldFlow(_Own):
    """In a magnetic field the valves open for half as long again."""

    id = "OWN-F6"
    title = "valves open for longer in a field"
    requirement = "ITB-FLOW-013"
    profiles = ("valve-20",)

    def behaviour(self) -> Behaviour:
        return _InField()


class _InField(_Looks):
    def act(self, pump: PumpFirmware) -> None:
        super().act(pump)
        if pump.therapy.flow.nl_per_h > 500_000:
            self.due_ns = pump.now.u_ns + _MIN_NS

    def speed(self, pump: PumpFirmware, nl_per_h: float) -> float:
        return nl_per_h * 1.5 if _world(pump).is_magnet_there(0) else nl_per_h


class HalfHours(_Own):
    """A schedule's table has a slot for each half an hour."""

    id = "OWN-F7"
    title = "steps begin at the half hour before"
    requirement = "ITB-SCH-002"
    profiles = ("reference-40",)

    def behaviour(self) -> Behaviour:
        return _Slots()


class _Slots(Behaviour):
    def __init__(self) -> None:
        super().__init__()
        self._program: Program | None = None
        self._table: Week | None = None

    def speed(self, pump: PumpFirmware, nl_per_h: float) -> float:
        program = pump.therapy.program
        if program is not self._program:
            self._program = program
            week = None if program is None else program.week
            self._table = week and Week(tuple(_in_slots(day) for day in week.days))
        if self._table is None or pump.therapy.dose is not None:
            self.due_ns = FAR
            return nl_per_h
        clock_ns = cast(Any, pump.therapy)._schedule_ns(pump.now.u_ns)
        next_ns = self._table.next_step_ns(clock_ns)
        self.due_ns = pump.now.u_ns + next_ns - clock_ns
        return float(self._table.rate_nl_per_h(clock_ns))


def _in_slots(day: Day) -> Day:
    slots = {step.minute - step.minute % _SLOT_MIN: step for step in day}
    return tuple(replace(step, minute=minute) for minute, step in slots.items())


class ShortPeriod(_Own):
    """The period of the boluses is kept in 16 bits of seconds."""

    id = "OWN-F8"
    title = "a day's period taken for six hours"
    requirement = "ITB-BOL-005"
    profiles = ("valve-20",)

    def behaviour(self) -> Behaviour:
        return _Period()


class _Period(Behaviour):
    def act(self, pump: PumpFirmware) -> None:
        therapy = cast(Any, pump.therapy)
        program = therapy.program
        if program is None or program.period_s < _16_BIT:
            return
        short_ns = program.period_s % _16_BIT * NS_PER_S
        now_ns = pump.now.u_ns
        if therapy._due_dose_ns > now_ns:
            since_ns = (now_ns - therapy._planned_from_ns) % short_ns
            therapy._due_dose_ns = self._due_ns(
                therapy._due_dose_ns, now_ns + short_ns - since_ns
            )

    def _due_ns(self, programmed_ns: int, wrapped_ns: int) -> int:
        return wrapped_ns


class OnlyOnce(_Own):
    """Without a background the pump falls asleep after the first periodic bolus."""

    id = "OWN-F9"
    title = "one periodic bolus without a background"
    requirement = "ITB-BOL-004"
    profiles = ("reference-40",)

    def behaviour(self) -> Behaviour:
        return _Sleeps()


class _Sleeps(Behaviour):
    def speed(self, pump: PumpFirmware, nl_per_h: float) -> float:
        therapy = cast(Any, pump.therapy)
        program = therapy.program
        is_alone = (
            program is not None and program.period_s and not program.rate_nl_per_h
        )
        if is_alone and therapy.given is not None:
            therapy._due_dose_ns = FAR
        return nl_per_h


class TubingOnce(_Own):
    """What was primed once counts as primed until the next refill."""

    id = "OWN-F10"
    title = "second priming leaves out the tubing"
    requirement = "ITB-PRM-001"
    profiles = ("reference-20",)

    def behaviour(self) -> Behaviour:
        return _PrimedOnce()


class _PrimedOnce(Behaviour):
    def __init__(self) -> None:
        super().__init__()
        self._refill: object = None
        self._first: Dose | None = None

    def speed(self, pump: PumpFirmware, nl_per_h: float) -> float:
        if pump.refill is not self._refill:
            self._refill, self._first = pump.refill, None
        dose = pump.therapy.dose
        if dose is None or dose.kind is not DoseKind.PRIMING:
            return nl_per_h
        self._first = self._first or dose
        if dose is self._first:
            return nl_per_h
        catheter_nl = dose.volume_nl - pump.parameters.tubing_nl
        return nl_per_h * catheter_nl / dose.volume_nl


class WornTube(_Own):
    """The table that makes up for a worn tube is wrong at its end."""

    id = "OWN-F11"
    title = "too little near the end of the tube's life"
    requirement = "ITB-FLOW-001"
    profiles = ("reference-40",)

    def behaviour(self) -> Behaviour:
        return _Worn(self.scale.less("flow.accuracy"))


class _Worn(Behaviour):
    def __init__(self, factor: float) -> None:
        super().__init__()
        self._factor = factor

    def speed(self, pump: PumpFirmware, nl_per_h: float) -> float:
        end_nl = pump.supervision.watch.upkeep.tube_end_nl
        worn = end_nl is not None and end_nl - pump.delivered_nl < 5_000_000
        return nl_per_h * self._factor if worn else nl_per_h


class PauseRuns(_Own):
    """A pause in a schedule keeps the rate before it."""

    id = "OWN-F12"
    title = "a schedule's pause runs on"
    requirement = "ITB-SCH-001"
    profiles = ("valve-20",)

    def behaviour(self) -> Behaviour:
        return _RunsOn()


class _RunsOn(Behaviour):
    def __init__(self) -> None:
        super().__init__()
        self._last = 0.0

    def speed(self, pump: PumpFirmware, nl_per_h: float) -> float:
        if pump.therapy.mode is not PumpMode.SCHEDULE:
            self._last = 0.0
            return nl_per_h
        if pump.therapy.rate_nl_per_h:
            self._last = nl_per_h
        return nl_per_h or self._last


class SmallFillUnchecked(_Own):
    """A fill of less than half of the capacity is not compared with what is sensed."""

    id = "OWN-F13"
    title = "small fills not checked"
    requirement = "ITB-FIL-001"
    profiles = ("valve-20",)

    def behaviour(self) -> Behaviour:
        return _Unchecked()


class _Unchecked(Behaviour):
    def causes(self, pump: PumpFirmware, causes: Causes) -> Causes:
        capacity_nl = pump.parameters.capacity_nl
        refill = pump.refill
        small = refill is not None and refill.refill.volume_nl < capacity_nl / 2
        return replace(causes, mismatch_ns=FAR) if small else causes


class CreepsAfterPriming(_Own):
    """Behind a priming without a rate the motor goes on at the lowest rate."""

    id = "OWN-F14"
    title = "creeps behind a priming"
    requirement = "ITB-FLOW-002"
    profiles = ("reference-20",)

    def behaviour(self) -> Behaviour:
        return _Creeps()


class _Creeps(Behaviour):
    def speed(self, pump: PumpFirmware, nl_per_h: float) -> float:
        therapy = pump.therapy
        primed = therapy.program is not None and therapy.given is DoseKind.PRIMING
        stands = therapy.mode is PumpMode.STOPPED
        return (
            float(pump.parameters.min_rate_nl_per_h) if primed and stands else nl_per_h
        )


class PeriodSetBack(_Own):
    """Whoever sets the clock back puts off the next periodic bolus."""

    id = "OWN-F16"
    title = "periodic boluses wait for a clock set back"
    requirement = "ITB-BOL-005"
    profiles = ("reference-40",)

    def behaviour(self) -> Behaviour:
        return _PeriodBack()


class _PeriodBack(Behaviour):
    def hear(self, pump: PumpFirmware, request: Any) -> Any:
        therapy = cast(Any, pump.therapy)
        if isinstance(request, SetClock) and therapy._due_dose_ns < FAR:
            back_s = max(pump.clock_s - request.clock_s, 0)
            therapy._due_dose_ns += back_s * NS_PER_S
        return request


class StartNotPutOff(_Own):
    """A clock that is set back does not put off a delayed start."""

    id = "OWN-F17"
    title = "delayed start ignores a clock set back"
    requirement = "ITB-DLY-001"
    profiles = ("valve-20",)

    def behaviour(self) -> Behaviour:
        return _NotPutOff()


class _NotPutOff(Behaviour):
    def hear(self, pump: PumpFirmware, request: Any) -> Any:
        waits = pump.therapy.pending
        if isinstance(request, SetClock) and waits is not None:
            back_s = min(request.clock_s - pump.clock_s, 0)
            pump.therapy.pending = replace(waits, clock_s=waits.clock_s + back_s)
        return request


class LongBolusShort(_Own):
    """The duration of a bolus is kept in 16 bits of seconds."""

    id = "OWN-F18"
    title = "a bolus over 20 hours comes in two"
    requirement = "ITB-BOL-002"
    profiles = ("reference-40",)

    def behaviour(self) -> Behaviour:
        return _LongBolus()


class _LongBolus(Behaviour):
    def act(self, pump: PumpFirmware) -> None:
        dose = pump.therapy.dose
        if dose is None or dose.kind is not DoseKind.BOLUS:
            return
        long_s = dose.duration_s
        if long_s >= _16_BIT:
            short_s = max(long_s % _16_BIT, 600)
            flow = Flow(dose.volume_nl, short_s * NS_PER_S)
            pump.therapy.dose = replace(dose, flow=flow)


class EveryByte(_Own):
    """From the 256th on the boluses of a program are counted and not given."""

    id = "OWN-F19"
    title = "nothing from the 256th periodic bolus on"
    requirement = "ITB-BOL-004"
    profiles = ("valve-20",)

    def behaviour(self) -> Behaviour:
        return _EveryByte()


class _EveryByte(Behaviour):
    def __init__(self) -> None:
        super().__init__()
        self._program: object = None
        self._given, self._gives = 0, False

    def speed(self, pump: PumpFirmware, nl_per_h: float) -> float:
        therapy = pump.therapy
        if therapy.program is not self._program:
            self._program, self._given, self._gives = therapy.program, 0, False
        dose = therapy.dose
        gives = dose is not None and dose.kind is DoseKind.PERIODIC
        if gives and not self._gives:
            self._given += 1
        self._gives = gives
        return 0.0 if gives and self._given > 255 else nl_per_h


class RefillHalts(_Own):
    """A refill that is entered while it delivers halts the motor."""

    id = "OWN-F20"
    title = "stands after a refill entered meanwhile"
    requirement = "ITB-STA-003"
    profiles = ("reference-20",)

    def behaviour(self) -> Behaviour:
        return _RefillHalts()


class _RefillHalts(Behaviour):
    def __init__(self) -> None:
        super().__init__()
        self._refill: object = None
        self._halted: object = None

    def speed(self, pump: PumpFirmware, nl_per_h: float) -> float:
        program = pump.therapy.program
        if pump.refill is not self._refill:
            self._refill, self._halted = pump.refill, program
        return 0.0 if program is not None and program is self._halted else nl_per_h


class LockoutOfADay(_Own):
    """The lockout is kept in 16 bits of seconds."""

    id = "OWN-F21"
    title = "a day's lockout taken for six hours"
    requirement = "ITB-BOL-007"
    profiles = ("valve-20",)

    def behaviour(self) -> Behaviour:
        return _Lockout()


class _Lockout(Behaviour):
    def act(self, pump: PumpFirmware) -> None:
        patient = pump.therapy.patient
        settings = patient.settings
        if settings is not None and settings.lockout_s >= _16_BIT:
            patient.settings = replace(settings, lockout_s=settings.lockout_s % _16_BIT)


class BolusBetween(_Own):
    """Besides the boluses of a long period some come that nobody has programmed."""

    id = "OWN-F22"
    title = "boluses between those of a long period"
    requirement = "ITB-BOL-005"
    profiles = ("valve-20",)

    def behaviour(self) -> Behaviour:
        return _Between()


class _Between(_Period):
    def _due_ns(self, programmed_ns: int, wrapped_ns: int) -> int:
        return min(programmed_ns, wrapped_ns)


class LowBolusShort(_Own):
    """From a reservoir that is hardly half full a bolus lacks a fifth."""

    id = "OWN-F23"
    title = "bolus short below half of the content"
    requirement = "ITB-BOL-001"
    profiles = ("valve-20",)

    def behaviour(self) -> Behaviour:
        return _LowBolus(self.scale.less("bolus.accuracy"))


class _LowBolus(Behaviour):
    def __init__(self, factor: float) -> None:
        super().__init__()
        self._factor = factor

    def speed(self, pump: PumpFirmware, nl_per_h: float) -> float:
        dose = pump.therapy.dose
        if dose is None or dose.kind is not DoseKind.BOLUS:
            return nl_per_h
        half_nl = 0.5 * pump.parameters.capacity_nl
        low = _world(pump).reservoir_nl(pump.now.t_ns) < half_nl
        return nl_per_h * self._factor if low else nl_per_h


class FastBolusShort(_Own):
    """At the top speed the motor loses steps in a bolus."""

    id = "OWN-F24"
    title = "fastest bolus short"
    requirement = "ITB-BOL-001"
    profiles = ("reference-40",)

    def behaviour(self) -> Behaviour:
        return _FastBolus(self.scale.less("bolus.accuracy"))


class _FastBolus(Behaviour):
    def __init__(self, factor: float) -> None:
        super().__init__()
        self._factor = factor

    def speed(self, pump: PumpFirmware, nl_per_h: float) -> float:
        dose = pump.therapy.dose
        gives = dose is not None and dose.kind is DoseKind.BOLUS
        fast = nl_per_h > 0.92 * pump.parameters.max_rate_nl_per_h
        return nl_per_h * self._factor if gives and fast else nl_per_h


class SlowBolusMore(_Own):
    """A bolus that is slower than the background is given at the background's rate."""

    id = "OWN-F25"
    title = "slow bolus given at the background's rate"
    requirement = "ITB-BOL-001"
    profiles = ("reference-20",)

    def behaviour(self) -> Behaviour:
        return _SlowBolus()


class _SlowBolus(Behaviour):
    def speed(self, pump: PumpFirmware, nl_per_h: float) -> float:
        dose = pump.therapy.dose
        if dose is None or dose.kind is not DoseKind.BOLUS or not nl_per_h:
            return nl_per_h
        return max(nl_per_h, float(pump.therapy.rate_nl_per_h))


class RestartIgnored(_Own):
    """A start within seconds of a stop is taken, and the motor stays where it is."""

    id = "OWN-F26"
    title = "started at once after a stop it stands"
    requirement = "ITB-STA-003"
    profiles = ("valve-20",)

    def behaviour(self) -> Behaviour:
        return _Restart()


class _Restart(Behaviour):
    def __init__(self) -> None:
        super().__init__()
        self._stopped_ns, self._ran, self._stands = 0, False, False

    def speed(self, pump: PumpFirmware, nl_per_h: float) -> float:
        runs = pump.therapy.mode is not PumpMode.STOPPED
        if runs and not self._ran:
            self._stands = 0 < pump.now.u_ns - self._stopped_ns < 30 * NS_PER_S
        if not runs and self._ran:
            self._stopped_ns = pump.now.u_ns
        self._ran = runs
        return 0.0 if runs and self._stands else nl_per_h


class WeakWhenPressed(_Own):
    """Against a pressure the motor gives less at high rates."""

    id = "OWN-F27"
    title = "weak against a pressure at high rates"
    requirement = "ITB-FLOW-006"
    profiles = ("reference-40",)

    def behaviour(self) -> Behaviour:
        return _Weak()


class _Weak(Behaviour):
    def speed(self, pump: PumpFirmware, nl_per_h: float) -> float:
        if nl_per_h < 700_000:
            return nl_per_h
        self.due_ns = pump.now.u_ns + _MIN_NS
        pressed = cast(Any, _world(pump))._conditions.outlet_kpa > 8.0
        return nl_per_h * 0.88 if pressed else nl_per_h


class LongBolusAtOnce(_Own):
    """A bolus of hours comes within a quarter of its time."""

    id = "OWN-F28"
    title = "a bolus of hours comes in a quarter of its time"
    requirement = "ITB-BOL-002"
    profiles = ("reference-40",)

    def behaviour(self) -> Behaviour:
        return _AtOnce()


class _AtOnce(Behaviour):
    def act(self, pump: PumpFirmware) -> None:
        dose = pump.therapy.dose
        if dose is None or dose.kind is not DoseKind.BOLUS:
            return
        if 7_200 <= dose.duration_s < 14_400:
            at_once = Flow(dose.volume_nl, dose.duration_s // 4 * NS_PER_S)
            pump.therapy.dose = replace(dose, flow=at_once)
