"""What a defective unit gets wrong in its therapy; it costs a healthy one nothing."""

from dataclasses import replace
from fractions import Fraction
from math import ceil
from typing import Final, TypeGuard

from drivers.sim.contracts import FAR, PumpParameters
from drivers.sim.pump_counter import VolumeCounter
from drivers.sim.pump_defects import Defect
from drivers.sim.pump_patient import PatientBoluses
from drivers.sim.pump_programs import Dose, DoseKind, Program
from drivers.sim.pump_schedule import NS_PER_DAY, NS_PER_H, NS_PER_MIN
from drivers.sim.pump_therapy import Note, Therapy
from drivers.sim.pump_time import PumpClock
from protocols.pump_link.requests import WritePatientBolus

_STEP_LATE_NS: Final = 10 * NS_PER_MIN
_START_LATE_NS: Final = 10 * NS_PER_MIN
_BOLUS_LATE_NS: Final = 5 * NS_PER_MIN
_S_PER_H: Final = 3_600


def therapy_of(
    parameters: PumpParameters, clock: PumpClock, counter: VolumeCounter, note: Note
) -> Therapy:
    """Return the therapy of a unit, stopped at pump time 0; see `Therapy`."""
    if not parameters.defects:
        return Therapy(clock, counter, note)
    return FaultyTherapy(parameters.defects, clock, counter, note)


class FaultyTherapy(Therapy):
    """The therapy of a defective unit."""

    __slots__ = ("_committed_offset_ns", "_cut_off", "_defects")

    def __init__(
        self,
        defects: frozenset[Defect],
        clock: PumpClock,
        counter: VolumeCounter,
        note: Note,
    ) -> None:
        """Begin stopped at pump time 0.

        Args:
            defects: what it gets wrong.
            clock: see `Therapy`.
            counter: see `Therapy`.
            note: see `Therapy`.
        """
        super().__init__(clock, counter, note)
        self.patient = FaultyPatientBoluses(defects)
        self._defects = defects
        self._committed_offset_ns = 0
        self._cut_off: Dose | None = None

    def start(self, program: Program, u_ns: int, *, hindered: bool) -> None:
        """Put a program into force; one that runs already, by a repeated commit."""
        if program is self.program and self.dose is not None:
            self.dose = replace(self.dose, volume_nl=2 * self.dose.volume_nl)
            return
        self._committed_offset_ns = self._clock.offset_ns
        rest = self._rest_of_dose(u_ns)
        if Defect.RATE_SPARES_BOLUS in self._defects and _is_bolus(rest):
            self._cut_off = rest
        super().start(program, u_ns, hindered=hindered)
        if self._cut_off is not None and self.dose is None:
            self._begin_dose(self._cut_off, u_ns)
            self._refresh(u_ns)
        self._cut_off = None

    def stop(self, u_ns: int) -> None:
        """Stop, and remember a bolus or go on with it."""
        rest = self._rest_of_dose(u_ns)
        super().stop(u_ns)
        if not _is_bolus(rest):
            return
        if Defect.BOLUS_RESUMED in self._defects:
            self._cut_off = rest
        if Defect.STOP_SPARES_BOLUS in self._defects:
            self._begin_dose(rest, u_ns)
            self._refresh(u_ns)

    def resume(self, u_ns: int) -> None:
        """Take up what is stored, and perhaps what is not."""
        rest = self._rest_of_dose(u_ns)
        if Defect.STOP_FORGOTTEN in self._defects:
            self.stopped_since_ns = FAR
        super().resume(u_ns)
        if Defect.CONCENTRATION_LOST in self._defects:
            self.concentration_ng_per_ml = 0
        if rest is not None and Defect.DOSE_AFTER_LOSS in self._defects:
            self._begin_dose(rest, u_ns)
            self._refresh(u_ns)

    def set_patient_bolus(self, settings: WritePatientBolus) -> None:
        """Change what a patient may ask for, and perhaps forget what was given."""
        if Defect.LOCKOUT_FORGOTTEN in self._defects:
            self.patient = FaultyPatientBoluses(self._defects)
        super().set_patient_bolus(settings)

    def wait_s(self, volume_nl: Fraction, u_ns: int) -> Fraction | None:
        """Return how long a volume takes, as this unit expects."""
        if Defect.DATES_IGNORE_SCHEDULE not in self._defects:
            return super().wait_s(volume_nl, u_ns)
        rate = self.rate_nl_per_h
        return volume_nl * _S_PER_H / rate if rate else None

    def daily_ng(self, u_ns: int) -> int:
        """Return the dose of 24 h, as this unit reckons."""
        dose_ng = super().daily_ng(u_ns)
        wrong = Defect.DAILY_DOSE_WRONG in self._defects
        return dose_ng * 11 // 10 if wrong else dose_ng

    def _rest_of_dose(self, u_ns: int) -> Dose | None:
        """Return what is left of the dose that runs, None without one."""
        if self.dose is None:
            return None
        given_nl = self._counter.exact_nl(u_ns) - self._dose_from_nl
        return replace(self.dose, volume_nl=ceil(self.dose.volume_nl - given_nl))

    def _dose_end_ns(self) -> int:
        end_ns = super()._dose_end_ns()
        is_bolus = self.dose is not None and self.dose.kind is DoseKind.BOLUS
        late = Defect.BOLUS_LATE in self._defects and is_bolus and end_ns < FAR
        return end_ns + _BOLUS_LATE_NS if late else end_ns

    def _next_step_ns(self, u_ns: int) -> int:
        step_ns = super()._next_step_ns(u_ns)
        if step_ns < FAR and Defect.MIDNIGHT_SHIFTS in self._defects:
            midnight_ns = u_ns + NS_PER_DAY - self._clock.ns(u_ns) % NS_PER_DAY
            return min(step_ns, midnight_ns)
        return step_ns

    def _pending_ns(self) -> int:
        start_ns = super()._pending_ns()
        if start_ns == FAR:
            return FAR
        if Defect.START_AT_ONCE in self._defects:
            return 0
        late = Defect.START_LATE in self._defects
        return start_ns + _START_LATE_NS if late else start_ns

    def _schedule_ns(self, u_ns: int) -> int:
        clock_ns = super()._schedule_ns(u_ns)
        began_ns = super()._schedule_ns(self._planned_from_ns)
        if Defect.SET_CLOCK_IGNORED in self._defects:
            clock_ns = u_ns + self._committed_offset_ns
        if Defect.WEEKDAY_KEPT in self._defects:
            committed_ns = u_ns + self._committed_offset_ns
            clock_ns = committed_ns - committed_ns % NS_PER_DAY + clock_ns % NS_PER_DAY
        if Defect.STEP_LATE in self._defects:
            clock_ns -= _STEP_LATE_NS
        shifts = Defect.MIDNIGHT_SHIFTS in self._defects
        if shifts and clock_ns // NS_PER_DAY > began_ns // NS_PER_DAY:
            clock_ns -= NS_PER_H
        return clock_ns

    def _period_ns(self) -> int:
        period_ns = super()._period_ns()
        is_long = Defect.PERIOD_LONG in self._defects
        return period_ns * 11 // 10 if is_long else period_ns


class FaultyPatientBoluses(PatientBoluses):
    """What the patient of a defective unit may ask for."""

    __slots__ = ("_defects",)

    def __init__(self, defects: frozenset[Defect]) -> None:
        """Begin without settings."""
        super().__init__()
        self._defects = defects

    def _locked_until_ns(self, lockout_s: int) -> int:
        if Defect.NO_LOCKOUT in self._defects:
            return 0
        if Defect.LOCKOUT_LONG in self._defects:
            lockout_s = lockout_s * 11 // 10
        return super()._locked_until_ns(lockout_s)

    def _is_used_up(self, u_ns: int, allotted: int) -> bool:
        if Defect.NO_ALLOTMENT in self._defects:
            return False
        return super()._is_used_up(u_ns, allotted)


def _is_bolus(dose: Dose | None) -> TypeGuard[Dose]:
    return dose is not None and dose.kind is DoseKind.BOLUS
