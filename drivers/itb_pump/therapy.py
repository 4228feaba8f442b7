"""Data sheet: what the pump can be told to give besides a constant rate."""

from __future__ import annotations

from drivers.itb_pump.part import PumpPart
from drivers.itb_pump.programming import (
    Programme,
    commit,
    enter,
    read_programme,
    require_programme,
    run,
    run_later,
    stage,
)
from drivers.itb_pump.schedule import run_week, wire_week
from drivers.itb_pump.translation import DECISIONS, exactly, rounded
from harness.readings import PatientBolusReading
from harness.roles import (
    Bolus,
    DelayedStart,
    MinimumRate,
    PatientBolus,
    PeriodicBolus,
    Schedule,
)
from harness.schedule import WeekSchedule
from harness.units import Quantity, ureg
from protocols.pump_link.requests import (
    RequestPatientBolus,
    WritePatientBolus,
    WritePeriodic,
    WriteProgram,
)
from protocols.pump_link.vocabulary import PumpMode


class Therapy(
    PumpPart,
    Bolus,
    PeriodicBolus,
    PatientBolus,
    Schedule,
    MinimumRate,
    DelayedStart,
):
    """Programmes other than a constant rate.

    Volumes are rounded to the link's nL and rates to its nL/h; durations must be whole
    seconds. Each method raises ConfigurationError for what the link cannot carry,
    CommandRefused for what the pump cannot give, and LinkViolation when the pump
    understood something else, which is then not committed, or runs something else.
    """

    def start_bolus(self, volume: Quantity, duration: Quantity, then: Quantity) -> None:
        """Give one dose in place of the running rate, then run on at another.

        Args:
            volume: of the dose.
            duration: of the dose.
            then: volume per time; 0 leaves the pump stopped.
        """
        program = wire_bolus(volume, duration, then)
        self._recorder.intent(self._name, "start_bolus", **bolus_details(program))
        meant = Programme(
            PumpMode.BOLUS,
            program.rate_nl_per_h,
            program.bolus_nl,
            program.bolus_duration_s,
        )
        run(self._link, stage(self._link, program), meant)

    def start_periodic(
        self, rate: Quantity, volume: Quantity, duration: Quantity, period: Quantity
    ) -> None:
        """Give equal doses in equal periods, the first one at once.

        Args:
            rate: volume per time between the doses; may be 0.
            volume: of one dose.
            duration: of one dose.
            period: from the start of one dose to the start of the next.
        """
        program = WritePeriodic(
            rounded(rate, "nL/hour", "the background rate"),
            rounded(volume, "nL", "the bolus"),
            exactly(duration, "s", "the bolus duration"),
            exactly(period, "s", "the period"),
        )
        self._recorder.intent(
            self._name,
            "start_periodic",
            rate_nl_per_h=program.rate_nl_per_h,
            bolus_nl=program.bolus_nl,
            bolus_duration_s=program.bolus_duration_s,
            period_s=program.period_s,
        )
        meant = Programme(
            PumpMode.PERIODIC,
            program.rate_nl_per_h,
            program.bolus_nl,
            program.bolus_duration_s,
            program.period_s,
        )
        run(self._link, stage(self._link, program), meant)

    def set_patient_bolus(
        self, volume: Quantity, duration: Quantity, allotted: int, lockout: Quantity
    ) -> None:
        """Set what the patient may ask for; the programme in force goes on.

        Args:
            volume: of one dose.
            duration: of one dose.
            allotted: doses in any 24 h; 0 allows none.
            lockout: least time between the starts of two doses.
        """
        allowed = WritePatientBolus(
            rounded(volume, "nL", "the patient's bolus"),
            exactly(duration, "s", "the bolus duration"),
            allotted,
            exactly(lockout, "s", "the lockout"),
        )
        self._recorder.intent(
            self._name,
            "set_patient_bolus",
            bolus_nl=allowed.bolus_nl,
            bolus_duration_s=allowed.bolus_duration_s,
            allotted=allotted,
            lockout_s=allowed.lockout_s,
        )
        enter(self._link, allowed)

    def request_patient_bolus(self) -> PatientBolusReading:
        """Ask for a dose as the patient does; a refusal is an answer, no error."""
        self._recorder.intent(self._name, "request_patient_bolus")
        answer = self._link.ask(RequestPatientBolus())
        return PatientBolusReading(
            self._link.t_ns,
            DECISIONS[answer.decision],
            answer.given,
            answer.lockout_s,
        )

    def start_schedule(self, week: WeekSchedule) -> None:
        """Follow a week of rates by the pump's clock.

        Each day is compared twice: the pump's echo before the commit of the week, and
        what it reads back behind it.

        Args:
            week: its rates may be 0, for a pause.
        """
        days = wire_week(week)
        steps = [
            [[step.minute, step.rate_nl_per_h] for step in day.steps] for day in days
        ]
        self._recorder.intent(self._name, "start_schedule", minute_nl_per_h=steps)
        run_week(self._link, days)

    def start_minimum(self) -> Quantity:
        """Run at the rate that only keeps the catheter open.

        Returns:
            The rate that the pump says it runs.
        """
        self._recorder.intent(self._name, "start_minimum")
        staged = stage(self._link, WriteProgram(PumpMode.MINIMUM, 0, 0, 0))
        committed = commit(self._link, staged, PumpMode.MINIMUM, ())
        meant = Programme(PumpMode.MINIMUM, committed.rate_nl_per_h)
        require_programme(self._link, read_programme(self._link), {meant})
        return ureg.Quantity(committed.rate_nl_per_h, "nL/hour")

    def start_continuous_at(self, rate: Quantity, clock_s: int) -> None:
        """Run a constant rate from a moment of the pump's clock on.

        Args:
            rate: volume per time.
            clock_s: the pump's clock, seconds since 2000-01-01 UTC.
        """
        program = WriteProgram(
            PumpMode.CONTINUOUS, rounded(rate, "nL/hour", "the rate"), 0, 0
        )
        self._recorder.intent(
            self._name,
            "start_continuous_at",
            rate_nl_per_h=program.rate_nl_per_h,
            clock_s=clock_s,
        )
        run_later(self._link, stage(self._link, program), clock_s)


def wire_bolus(volume: Quantity, duration: Quantity, then: Quantity) -> WriteProgram:
    """Return the request for one bolus.

    Raises:
        ConfigurationError: the link cannot carry a value.
    """
    return WriteProgram(
        PumpMode.BOLUS,
        rounded(then, "nL/hour", "the rate after the bolus"),
        rounded(volume, "nL", "the bolus"),
        exactly(duration, "s", "the bolus duration"),
    )


def bolus_details(program: WriteProgram) -> dict[str, int]:
    """Return what the journal says of the intent to give a bolus."""
    return {
        "bolus_nl": program.bolus_nl,
        "bolus_duration_s": program.bolus_duration_s,
        "then_nl_per_h": program.rate_nl_per_h,
    }
