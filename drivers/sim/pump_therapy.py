"""What the pump has been told to infuse, and what of it is due now.

Rules of the doses:

- A dose (bolus, priming, bridge) takes the place of the background rate, until the
  counter says that all of it has been given. One dose runs at a time.
- A stop or another program ends a running dose for good. What was given is logged.
- A periodic bolus that falls due during a patient's waits for its end; one that falls
  due while the pump cannot deliver is left out. The later ones stay as planned.
- A patient's bolus is laid over the program; after it the rate returns that is then in
  force. Settings for it change no program.
- A pending program waits for the pump clock, as it is set by then. A stop or another
  program forgets it.
- A power loss ends a running dose for good. All else is kept: the program goes on, with
  the next periodic bolus as planned and without those that were missed; a stopped pump
  has been stopped since its stop.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import floor
from typing import Final

from drivers.sim.contracts import FAR
from drivers.sim.pump_counter import NO_FLOW, Flow, VolumeCounter, hourly
from drivers.sim.pump_outlook import Outlook
from drivers.sim.pump_patient import PatientBoluses, Readiness
from drivers.sim.pump_programs import BOLUSES, Dose, DoseKind, Program, bolus
from drivers.sim.pump_time import NS_PER_S, PumpClock
from protocols.pump_link.requests import WritePatientBolus
from protocols.pump_link.vocabulary import BolusDecision, LogEvent, PumpMode

_NL_PER_ML: Final = 1_000_000
_OPEN_TO_PATIENT: Final = frozenset(
    {PumpMode.CONTINUOUS, PumpMode.SCHEDULE, PumpMode.PERIODIC, PumpMode.MINIMUM}
)

Note = Callable[[LogEvent, int], None]
"""Writes an event with its detail to the log."""


@dataclass(frozen=True, slots=True)
class Pending:
    """A program that waits for a second of the pump clock."""

    program: Program
    clock_s: int


class Therapy:
    """The program in force, the dose that runs, and what comes next.

    Attributes:
        program: the program in force, None after a stop; it outlives its dose.
        pending: the program that will start later, None without one.
        patient: what the patient may ask for.
        concentration_ng_per_ml: of the drug, 0 before it was entered.
        dose: the dose that runs, None without one.
        given: what the last dose of this program was, None before its end.
        rate_nl_per_h: programmed background rate now; 0 when stopped.
        flow: what the motor is to deliver now.
        running_since_ns: pump time since which the mode is not STOPPED, else FAR.
        stopped_since_ns: pump time since which the mode is STOPPED, else FAR.
    """

    __slots__ = (
        "_clock",
        "_counter",
        "_dose_from_nl",
        "_due_dose_ns",
        "_note",
        "_planned_from_ns",
        "concentration_ng_per_ml",
        "dose",
        "flow",
        "given",
        "patient",
        "pending",
        "program",
        "rate_nl_per_h",
        "running_since_ns",
        "stopped_since_ns",
    )

    def __init__(self, clock: PumpClock, counter: VolumeCounter, note: Note) -> None:
        """Begin stopped at pump time 0.

        Args:
            clock: that schedules and pending programs follow.
            counter: that tells when a dose has been given.
            note: writes to the log.
        """
        self._clock = clock
        self._counter = counter
        self._note = note
        self.program: Program | None = None
        self.pending: Pending | None = None
        self.patient = PatientBoluses()
        self.concentration_ng_per_ml = 0
        self.dose: Dose | None = None
        self.given: DoseKind | None = None
        self.rate_nl_per_h = 0
        self.flow: Flow = NO_FLOW
        self.running_since_ns = FAR
        self.stopped_since_ns = 0
        self._dose_from_nl = Fraction(0)
        self._due_dose_ns = FAR
        self._planned_from_ns = 0

    @property
    def mode(self) -> PumpMode:
        """The programmed mode, or that of the dose that runs."""
        if self.program is None:
            return PumpMode.STOPPED
        return self.program.rest_mode if self.dose is None else self.dose.kind.mode

    @property
    def program_mode(self) -> PumpMode:
        """The programmed mode, whatever a patient has asked for."""
        is_patient = self.dose is not None and self.dose.kind is DoseKind.PATIENT
        if self.program is not None and is_patient:
            return self.program.rest_mode
        return self.mode

    def start(self, program: Program, u_ns: int, *, hindered: bool) -> None:
        """Put a program into force.

        Args:
            program: a checked program.
            u_ns: pump time now.
            hindered: whether the pump cannot deliver, so that no bolus begins.
        """
        self._end_dose(u_ns)
        self.pending = None
        self.program = program
        self.given = None
        self._due_dose_ns = FAR
        self._planned_from_ns = u_ns
        self._refresh(u_ns)
        self._note(LogEvent.PROGRAM_COMMITTED, self.rate_nl_per_h)
        if program.period_s:
            self._due_dose_ns = u_ns
        elif program.dose is not None and not (
            hindered and program.dose.kind in BOLUSES
        ):
            self._begin_dose(program.dose, u_ns)
        self.settle(u_ns, hindered=hindered)

    def start_at(self, program: Program, clock_s: int) -> None:
        """Let a program wait for the pump clock; until then nothing changes."""
        self.pending = Pending(program, clock_s)
        self._note(LogEvent.START_PENDING, clock_s)

    def take_due_program(self, u_ns: int) -> Program | None:
        """Hand over the pending program if its time has come, else None."""
        if self.pending is None or self._pending_ns() > u_ns:
            return None
        program, self.pending = self.pending.program, None
        return program

    def stop(self, u_ns: int) -> None:
        """Infuse nothing from now on; harmless when already stopped."""
        was_running = self.mode is not PumpMode.STOPPED
        self._end_dose(u_ns)
        if was_running:
            self._note(LogEvent.STOPPED, 0)
        self.pending = None
        self.program = None
        self._due_dose_ns = FAR
        self._refresh(u_ns)

    def settle(self, u_ns: int, *, hindered: bool) -> None:
        """End the dose that has been given, begin the one that is due, set the rate.

        Args:
            u_ns: pump time now, no later than the time that `due_ns` gave.
            hindered: whether the pump cannot deliver.
        """
        self._follow_count(u_ns)
        if self._dose_end_ns() <= u_ns:
            self._end_dose(u_ns)
        if self._due_dose_ns <= u_ns and self.dose is None:
            self._take_due_dose(u_ns, hindered)
        self._refresh(u_ns)

    def due_ns(self, u_ns: int) -> int:
        """Return the pump time of the next change by itself, FAR if there is none."""
        if self.dose is not None:
            next_dose_ns = self._dose_end_ns()
        else:
            next_dose_ns = self._due_dose_ns
        return min(next_dose_ns, self._pending_ns(), self._next_step_ns(u_ns))

    def resume(self, u_ns: int) -> None:
        """Take up what is stored after a power loss of any length."""
        self._end_dose(u_ns)
        period_ns = self._period_ns()
        if period_ns:
            missed_ns = u_ns - self._planned_from_ns
            self._due_dose_ns = u_ns + -missed_ns % period_ns
        self.running_since_ns = FAR
        self._refresh(u_ns)

    def set_patient_bolus(self, settings: WritePatientBolus) -> None:
        """Change what a patient may ask for; nothing else changes."""
        self.patient.settings = settings
        self._note(LogEvent.PATIENT_BOLUS_SET, settings.bolus_nl)

    def request_bolus(self, u_ns: int, *, alarmed: bool) -> BolusDecision:
        """Begin a patient's bolus if it may be granted.

        Args:
            u_ns: pump time now.
            alarmed: whether a critical alarm is active or the pump cannot deliver.
        """
        infuses = self.program_mode in _OPEN_TO_PATIENT
        readiness = Readiness(infuses, alarmed, busy=self.dose is not None)
        decision = self.patient.decide(u_ns, readiness)
        settings = self.patient.settings
        if decision is not BolusDecision.GRANTED or settings is None:
            self._note(LogEvent.PATIENT_BOLUS_REFUSED, decision)
            return decision
        self.patient.begin(u_ns)
        duration_s = settings.bolus_duration_s
        dose = bolus(DoseKind.PATIENT, settings.bolus_nl, duration_s)
        self._begin_dose(dose, u_ns)
        self._refresh(u_ns)
        return decision

    def set_concentration(self, ng_per_ml: int) -> None:
        """Enter the concentration of the drug."""
        self.concentration_ng_per_ml = ng_per_ml
        self._note(LogEvent.DRUG_SET, ng_per_ml)

    def wait_s(self, volume_nl: Fraction, u_ns: int) -> Fraction | None:
        """Return how long the program takes for a volume above 0, s; None for ever."""
        return self._outlook(u_ns).wait_s(volume_nl)

    def daily_ng(self, u_ns: int) -> int:
        """Return the programmed dose of 24 h, ng; see `Outlook.daily_nl`."""
        volume_nl = self._outlook(u_ns).daily_nl()
        return floor(volume_nl * self.concentration_ng_per_ml / _NL_PER_ML)

    def _outlook(self, u_ns: int) -> Outlook:
        """Return what the program will deliver from a pump time on."""
        dose = self.dose
        rest_nl = Fraction(0)
        if dose is not None and dose.kind is DoseKind.PERIODIC:
            end_nl = self._dose_from_nl + dose.volume_nl
            rest_nl = max(end_nl - self._counter.exact_nl(u_ns), rest_nl)
        waits_ns = max(self._due_dose_ns - u_ns, 0) if self._due_dose_ns < FAR else 0
        return Outlook(self.program, self._schedule_ns(u_ns), rest_nl, waits_ns)

    def _begin_dose(self, dose: Dose, u_ns: int) -> None:
        """Let a dose replace the background rate."""
        self.dose = dose
        self._dose_from_nl = self._counter.exact_nl(u_ns)
        self._note(dose.kind.begin, dose.volume_nl)

    def _end_dose(self, u_ns: int) -> None:
        """End a running dose, and log what has been given of it, rounded down."""
        if self.dose is None:
            return
        self._follow_count(u_ns)
        given_nl = self._counter.exact_nl(u_ns) - self._dose_from_nl
        self._note(self.dose.kind.end, int(given_nl))
        self.given = self.dose.kind
        self.dose = None

    def _follow_count(self, u_ns: int) -> None:
        """Follow a count that was taken back to before the dose began."""
        self._dose_from_nl = min(self._dose_from_nl, self._counter.exact_nl(u_ns))

    def _take_due_dose(self, u_ns: int, hindered: bool) -> None:
        """Begin the periodic dose that is due, and plan the next as of the commit."""
        period_ns = self._period_ns()
        since_ns = (u_ns - self._planned_from_ns) % period_ns
        self._due_dose_ns = u_ns + period_ns - since_ns
        if self.program is not None and self.program.dose is not None and not hindered:
            self._begin_dose(self.program.dose, u_ns)

    def _refresh(self, u_ns: int) -> None:
        """Take over the rate and the flow of the moment."""
        self.rate_nl_per_h = self._background_nl_per_h(u_ns)
        background = hourly(self.rate_nl_per_h)
        self.flow = background if self.dose is None else self.dose.flow
        if self.mode is PumpMode.STOPPED:
            self.running_since_ns = FAR
            self.stopped_since_ns = min(self.stopped_since_ns, u_ns)
        else:
            self.running_since_ns = min(self.running_since_ns, u_ns)
            self.stopped_since_ns = FAR

    def _background_nl_per_h(self, u_ns: int) -> int:
        if self.program is None:
            return 0
        if self.program.week is not None:
            return self.program.week.rate_nl_per_h(self._schedule_ns(u_ns))
        return self.program.rate_nl_per_h

    def _dose_end_ns(self) -> int:
        """Return the pump time at which the dose will have been given, else FAR."""
        if self.dose is None:
            return FAR
        return self._counter.reaches_ns(self._dose_from_nl + self.dose.volume_nl)

    def _next_step_ns(self, u_ns: int) -> int:
        """Return the pump time of the schedule's next step, FAR without one."""
        if self.program is None or self.program.week is None:
            return FAR
        clock_ns = self._schedule_ns(u_ns)
        return u_ns + self.program.week.next_step_ns(clock_ns) - clock_ns

    def _pending_ns(self) -> int:
        """Return the pump time at which the pending program starts, FAR without one."""
        return (
            FAR if self.pending is None else self._clock.pump_ns(self.pending.clock_s)
        )

    def _schedule_ns(self, u_ns: int) -> int:
        """Return the clock that the schedule follows, ns."""
        return self._clock.ns(u_ns)

    def _period_ns(self) -> int:
        """Return the time between two periodic doses, ns; 0 without them."""
        return self.program.period_s * NS_PER_S if self.program is not None else 0
