"""Defects of motor and therapy that are not in the catalogue: a user's own file.

Each needed a rule of the implanted plan that had been missing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from drivers.sim.behaviour import Behaviour
from drivers.sim.contracts import FAR
from drivers.sim.defects.seeded import SeededDefect
from drivers.sim.pump_firmware import PumpFirmware
from drivers.sim.pump_programs import Dose, DoseKind
from drivers.sim.pump_therapy import Pending
from drivers.sim.pump_time import NS_PER_S
from protocols.pump_link.replies import PumpMessage, Status
from protocols.pump_link.requests import (
    Request,
    SetClock,
    Stop,
    WritePatientBolus,
    WriteProgram,
)
from protocols.pump_link.vocabulary import PumpMode

_H_NS: Final = 3_600 * NS_PER_S
_NL_PER_ML: Final = 1_000_000
_BAND_NL_PER_H: Final = (7 * _NL_PER_ML / 24, 9 * _NL_PER_ML / 24)
_LONGEST_NL: Final = 350_000


class _Own(SeededDefect):
    """A defect of this file."""

    source = "engineering"
    telemetry = "nothing"
    bench = "another volume, or another time"
    requirement = "ITB-FLOW-001"

    def behaviour(self) -> Behaviour:
        """Return how a good unit behaves."""
        return Behaviour()


class LockoutFollowsClock(_Own):
    """Whoever sets the clock ends the lockout."""

    id = "OWN-1"
    title = "lockout forgotten when the clock is set"
    requirement = "ITB-BOL-007"

    def behaviour(self) -> Behaviour:
        """Return a unit that forgets its patient's boluses."""
        return _ForgetsLockout(SetClock)


class StoppedBolusUncounted(_Own):
    """A patient's bolus that a stop cuts short locks nothing out."""

    id = "OWN-2"
    title = "no lockout behind a stopped bolus"
    requirement = "ITB-BOL-007"

    def behaviour(self) -> Behaviour:
        """Return a unit that forgets its patient's boluses."""
        return _ForgetsLockout(Stop)


class DelayCountsDown(_Own):
    """A delayed start comes after its delay, whatever the clock is set to."""

    id = "OWN-3"
    title = "delayed start ignores the clock as set"
    requirement = "ITB-DLY-001"

    def behaviour(self) -> Behaviour:
        """Return a unit that counts down."""
        return _CountsDown()


class StartOutlivesStop(_Own):
    """A stop leaves the delayed start pending."""

    id = "OWN-4"
    title = "stopped pump starts by itself"
    requirement = "ITB-FLOW-002"

    def behaviour(self) -> Behaviour:
        """Return a unit that keeps what is pending."""
        return _KeepsPending()


class StaysAtMinimum(_Own):
    """From the minimum-rate mode no rate comes back without a stop."""

    id = "OWN-5"
    title = "stays at the minimum rate"
    requirement = "ITB-STA-003"
    profiles = ("reference-40", "reference-20")

    def behaviour(self) -> Behaviour:
        """Return a motor that stays slow."""
        return _StaysSlow()


class StoresRefused(_Own):
    """Settings of the patient's bolus that are refused are stored, made to fit."""

    id = "OWN-6"
    title = "refused settings stored"
    requirement = "ITB-BOL-013"

    def behaviour(self) -> Behaviour:
        """Return a unit that stores them."""
        return _StoresRefused()


class HalfInSchedule(_Own):
    """In a day schedule a patient gets half of the bolus."""

    id = "OWN-7"
    title = "half a patient bolus in a schedule"
    requirement = "ITB-BOL-006"

    def behaviour(self) -> Behaviour:
        """Return a motor that is too slow in it."""
        return _HalfInSchedule()


class PeriodicFollowsClock(_Own):
    """Periodic boluses move when the clock is set."""

    id = "OWN-8"
    title = "periodic boluses follow the clock"
    requirement = "ITB-BOL-005"

    def behaviour(self) -> Behaviour:
        """Return a unit that plans by the time of day."""
        return _PlansByClock()


class LongPrimingShort(_Own):
    """A priming ends after 0.35 mL, however long the catheter is."""

    id = "OWN-9"
    title = "long catheter not primed"
    requirement = "ITB-PRM-001"

    def behaviour(self) -> Behaviour:
        """Return a motor that gives no more."""
        return _PrimesAtMost()


class BandAmongRates(_Own):
    """Between 7 and 9 mL/day the flow is a quarter too much."""

    id = "OWN-10"
    title = "wrong between two tried rates"
    requirement = "ITB-SCH-001"

    def behaviour(self) -> Behaviour:
        """Return a motor that is too fast in a band."""
        return _TooFastInBand()


class CountsOnlyWhenAsked(_Own):
    """What is given from the third hour without a request on is not counted."""

    id = "OWN-11"
    title = "nothing counted unasked"
    requirement = "ITB-CNT-002"

    def behaviour(self) -> Behaviour:
        """Return a unit that leaves it out."""
        return _CountsWhenAsked()


class RefusesTheLimit(_Own):
    """The fastest programmable rate is refused."""

    id = "OWN-12"
    title = "refuses the end of the range"
    requirement = "ITB-FLOW-003"

    def behaviour(self) -> Behaviour:
        """Return a unit that takes it for more."""
        return _TakesForMore()


class _ForgetsLockout(Behaviour):
    def __init__(self, at: type[SetClock | Stop]) -> None:
        super().__init__()
        self._at = at

    def hear(
        self, pump: PumpFirmware, request: Request[PumpMessage]
    ) -> Request[PumpMessage] | None:
        dose = pump.therapy.dose
        is_patient = dose is not None and dose.kind is DoseKind.PATIENT
        if isinstance(request, self._at) and is_patient:
            settings = pump.therapy.patient.settings
            pump.therapy.patient = type(pump.therapy.patient)()
            pump.therapy.patient.settings = settings
        return request


class _CountsDown(Behaviour):
    def hear(
        self, pump: PumpFirmware, request: Request[PumpMessage]
    ) -> Request[PumpMessage] | None:
        waits = pump.therapy.pending
        if isinstance(request, SetClock) and waits is not None:
            moved_s = waits.clock_s + request.clock_s - pump.clock_s
            pump.therapy.pending = replace(waits, clock_s=moved_s)
        return request


class _KeepsPending(Behaviour):
    def __init__(self) -> None:
        super().__init__()
        self._kept: Pending | None = None

    def act(self, pump: PumpFirmware) -> None:
        therapy = pump.therapy
        if therapy.program is None and therapy.pending is None:
            therapy.pending = self._kept
        self._kept = therapy.pending


class _StaysSlow(Behaviour):
    def __init__(self) -> None:
        super().__init__()
        self._slow_nl_per_h: float | None = None

    def speed(self, pump: PumpFirmware, nl_per_h: float) -> float:
        mode = pump.therapy.mode
        if mode is PumpMode.MINIMUM:
            self._slow_nl_per_h = nl_per_h
        elif mode is PumpMode.STOPPED:
            self._slow_nl_per_h = None
        return nl_per_h if self._slow_nl_per_h is None else self._slow_nl_per_h


class _StoresRefused(Behaviour):
    def hear(
        self, pump: PumpFirmware, request: Request[PumpMessage]
    ) -> Request[PumpMessage] | None:
        if isinstance(request, WritePatientBolus) and request.allotted:
            fits_s = request.bolus_nl * 3_600 // pump.parameters.max_rate_nl_per_h + 1
            if fits_s > request.bolus_duration_s:
                fitting = replace(request, bolus_duration_s=fits_s)
                pump.therapy.patient.settings = fitting
        return request


class _HalfInSchedule(Behaviour):
    def speed(self, pump: PumpFirmware, nl_per_h: float) -> float:
        dose, program = pump.therapy.dose, pump.therapy.program
        in_week = program is not None and program.week is not None
        is_patient = dose is not None and dose.kind is DoseKind.PATIENT
        return nl_per_h / 2 if in_week and is_patient else nl_per_h


class _PlansByClock(Behaviour):
    """It takes a clock that is set on for time that has passed."""

    def __init__(self) -> None:
        super().__init__()
        self._sooner_ns = 0

    def hear(
        self, pump: PumpFirmware, request: Request[PumpMessage]
    ) -> Request[PumpMessage] | None:
        program, dose = pump.therapy.program, pump.therapy.dose
        if isinstance(request, SetClock) and program is not None and dose is None:
            self._sooner_ns += (request.clock_s - pump.clock_s) * NS_PER_S
            self.due_ns = (
                pump.therapy.due_ns(pump.now.u_ns) - self._sooner_ns
                if program.period_s
                else FAR
            )
        return request

    def act(self, pump: PumpFirmware) -> None:
        program = pump.therapy.program
        if self.due_ns <= pump.now.u_ns and program is not None:
            self.due_ns = FAR
            pump.therapy.start(program, pump.now.u_ns, hindered=False)


class _PrimesAtMost(Behaviour):
    def speed(self, pump: PumpFirmware, nl_per_h: float) -> float:
        dose: Dose | None = pump.therapy.dose
        if dose is None or dose.kind is not DoseKind.PRIMING:
            return nl_per_h
        return nl_per_h * min(_LONGEST_NL / dose.volume_nl, 1.0)


class _TooFastInBand(Behaviour):
    def speed(self, pump: PumpFirmware, nl_per_h: float) -> float:
        low, high = _BAND_NL_PER_H
        return 1.25 * nl_per_h if low <= nl_per_h <= high else nl_per_h


class _CountsWhenAsked(Behaviour):
    def __init__(self) -> None:
        super().__init__()
        self._asked_ns = 0
        self._seen_nl = 0
        self._left_out_nl = 0

    def hear(
        self, pump: PumpFirmware, request: Request[PumpMessage]
    ) -> Request[PumpMessage] | None:
        silent_ns = pump.now.u_ns - self._asked_ns
        if silent_ns > 3 * _H_NS:
            came_nl = pump.delivered_nl - self._seen_nl
            self._left_out_nl += came_nl * (silent_ns - 3 * _H_NS) // silent_ns
        self._asked_ns, self._seen_nl = pump.now.u_ns, pump.delivered_nl
        return request

    def tell(self, pump: PumpFirmware, reply: PumpMessage) -> PumpMessage | None:
        if not isinstance(reply, Status):
            return reply
        return replace(
            reply,
            delivered_nl=reply.delivered_nl - self._left_out_nl,
            reservoir_nl=reply.reservoir_nl + self._left_out_nl,
        )


class _TakesForMore(Behaviour):
    def hear(
        self, pump: PumpFirmware, request: Request[PumpMessage]
    ) -> Request[PumpMessage] | None:
        fastest = pump.parameters.max_rate_nl_per_h
        if isinstance(request, WriteProgram) and request.rate_nl_per_h == fastest:
            return replace(request, rate_nl_per_h=2 * fastest)
        return request
