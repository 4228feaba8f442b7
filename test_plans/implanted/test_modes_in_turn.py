"""One kind of delivery that follows another, or is laid over it, without a stop."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fixtures.procedures import conclusions, orders, spans
from fixtures.procedures.phases import LOOKS, STEADY, Phases
from fixtures.weighing import WeighingStation
from harness.bench import Bench
from harness.errors import ConfigurationError
from harness.execution.case import Case
from harness.metrology.measurement import error_percent
from harness.readings import BolusDecision
from harness.roles import (
    AlarmLog,
    InfusionPump,
    MinimumRate,
    PatientBolus,
    PeriodicBolus,
    Refillable,
    Schedule,
)
from harness.units import FLOW, FRACTION, VOLUME, magnitude, nanoseconds, ureg
from test_plans.implanted import doses
from test_plans.implanted.pump_calendar import changes, read_calendar
from test_plans.implanted.tally import Tally

_A_WEEK = timedelta(days=7)
# From the end of a bolus to the mark behind it; a bolus may end a little late.
_MARGIN = ureg.Quantity(10.0, "minute")


@pytest.mark.procedure(rate="mL/day", running="s", duration="s", blank="s")
def test_minimum_between_rates(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    minimum_rate: MinimumRate,
    alarm_log: AlarmLog,
    weighing: WeighingStation,
) -> None:
    """Go from a rate to the minimum-rate mode and back, without a stop; weigh each."""
    limit = case.limit("ITB-FLOW-004")
    numbers = case.numbers
    minimum = case.profile.quantity("minimum_rate.rate", FLOW)
    accuracy = case.profile.quantity("minimum_rate.accuracy", FRACTION)

    tolerance = (accuracy * minimum * numbers["duration"]).to(VOLUME)
    run = Phases(weighing, numbers["blank"], tolerance, STEADY)
    pump.start_continuous(numbers["rate"])
    marks = [run.mark()]
    bench.run_for(numbers["running"])
    marks.append(run.mark())
    minimum_rate.start_minimum()
    # Its alarm is another requirement's matter.
    alarm_log.acknowledge_alarms()
    bench.run_for(_MARGIN)
    marks.append(run.mark())
    bench.run_for(numbers["duration"])
    marks.append(run.mark())
    pump.start_continuous(numbers["rate"])
    bench.run_for(_MARGIN)
    marks.append(run.mark())
    bench.run_for(numbers["running"])
    marks.append(run.mark())
    pump.stop()
    run.close()

    earlier, _, resting, _, later = doses.in_turn(run, marks)
    case.judge(limit, error_percent(resting.flow, minimum))
    kept = conclusions.unchanged(case, error_percent(later.flow, earlier.flow))
    said = f"flow behind the minimum rate against that before it: {kept.statement}"
    case.judge_fact("ITB-STA-003", conclusions.holds(True, kept), said)


@pytest.mark.procedure(
    days="schedule", volume="mL", duration="s", lockout="s", beside="s", blank="s"
)
def test_patient_bolus_in_schedule(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    schedule: Schedule,
    patient_bolus: PatientBolus,
    refillable: Refillable,
    weighing: WeighingStation,
) -> None:
    """Ask for a bolus across a change of the schedule; the new rate follows it.

    Another wish within the lockout must be refused in this mode, too.
    """
    by_volume, by_rate = case.limit("ITB-BOL-006"), case.limit("ITB-BOL-003")
    week, numbers = case.schedules["days"], case.numbers
    volume, duration, beside = (numbers[n] for n in ("volume", "duration", "beside"))
    accuracy = case.profile.quantity("bolus.accuracy", FRACTION)
    most = round(case.profile.count("patient_bolus.allotted_maximum"))

    patient_bolus.set_patient_bolus(volume, duration, most, numbers["lockout"])
    tolerance = (accuracy * volume / 4).to(VOLUME)
    run = Phases(weighing, numbers["blank"], tolerance, duration / LOOKS)
    orders.give(case, bench, lambda: schedule.start_schedule(week))
    calendar = read_calendar(bench, refillable)
    ready = calendar.date(bench.now_ns())
    ready += timedelta(seconds=magnitude(beside + duration, "s"))
    change = next(changes(week, ready, ready + _A_WEEK), None)
    if change is None:
        raise ConfigurationError(
            f"{case.id}: the rate never changes; give the days another step"
        )
    due_ns, half_ns = calendar.t_ns(change.date), nanoseconds(duration / 2)
    spans.wait_until(bench, due_ns - half_ns - nanoseconds(beside))
    marks = [run.mark()]
    spans.wait_until(bench, due_ns - half_ns)
    marks.append(run.mark())
    answer = patient_bolus.request_patient_bolus()
    bench.run_for(duration + _MARGIN)
    marks.append(run.mark())
    bench.run_for(beside)
    marks.append(run.mark())
    again = patient_bolus.request_patient_bolus()
    bench.run_for(duration)
    marks.append(run.mark())
    pump.stop()
    run.close()

    earlier, across, later, locked = doses.in_turn(run, marks)
    given = doses.given(earlier, across, later, answer.t_ns, duration)
    case.note(f"the patient's wish was {answer.decision.value}")
    case.judge(by_volume, error_percent(given, volume))
    case.judge(by_rate, error_percent(later.flow, change.new))
    doses.judge_locked(case, (answer, again), later, locked)


@pytest.mark.procedure(volume="mL", duration="s", lockout="s", beside="s", blank="s")
def test_patient_bolus_in_minimum(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    minimum_rate: MinimumRate,
    alarm_log: AlarmLog,
    patient_bolus: PatientBolus,
    weighing: WeighingStation,
) -> None:
    """Ask for a bolus in the minimum-rate mode, and weigh it; then in its lockout."""
    limit = case.limit("ITB-BOL-006")
    volume, duration, beside = (
        case.numbers[name] for name in ("volume", "duration", "beside")
    )
    accuracy = case.profile.quantity("bolus.accuracy", FRACTION)
    most = round(case.profile.count("patient_bolus.allotted_maximum"))

    patient_bolus.set_patient_bolus(volume, duration, most, case.numbers["lockout"])
    tolerance = (accuracy * volume / 2).to(VOLUME)
    run = Phases(weighing, case.numbers["blank"], tolerance, duration / LOOKS)
    tally = Tally(case, pump)
    minimum_rate.start_minimum()
    alarm_log.acknowledge_alarms()
    marks = [run.mark()]
    bench.run_for(beside)
    marks.append(run.mark())
    answer = patient_bolus.request_patient_bolus()
    bench.run_for(duration + _MARGIN)
    marks.append(run.mark())
    bench.run_for(beside)
    marks.append(run.mark())
    again = patient_bolus.request_patient_bolus()
    bench.run_for(duration)
    marks.append(run.mark())
    pump.stop()
    after = run.close()

    earlier, across, later, locked = doses.in_turn(run, marks)
    given = doses.given(earlier, across, later, answer.t_ns, duration)
    case.note(f"the patient's wish was {answer.decision.value}")
    case.judge(limit, error_percent(given, volume))
    doses.judge_locked(case, (answer, again), later, locked)
    tally.judge(run, after)


@pytest.mark.procedure(
    rate="mL/day", volume="mL", duration="s", lockout="s", period="s", blank="s"
)
def test_patient_bolus_before_periodic(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    periodic: PeriodicBolus,
    patient_bolus: PatientBolus,
    weighing: WeighingStation,
) -> None:
    """Ask for a bolus in which an equal periodic one falls due; weigh the two.

    The lockout outlives the periodic one: another wish behind it must be refused.
    """
    limit = case.limit("ITB-BOL-016")
    rate, volume, duration, period = (
        case.numbers[name] for name in ("rate", "volume", "duration", "period")
    )
    accuracy = case.profile.quantity("bolus.accuracy", FRACTION)
    most = round(case.profile.count("patient_bolus.allotted_maximum"))

    patient_bolus.set_patient_bolus(volume, duration, most, case.numbers["lockout"])
    tolerance = (accuracy * volume / 4).to(VOLUME)
    run = Phases(weighing, case.numbers["blank"], tolerance, duration / LOOKS)
    began_ns = orders.give(
        case, bench, lambda: periodic.start_periodic(rate, volume, duration, period)
    )
    bench.run_for(duration + _MARGIN)
    marks = [run.mark()]
    spans.wait_until(bench, began_ns + nanoseconds(period - duration / 2))
    marks.append(run.mark())
    answer = patient_bolus.request_patient_bolus()
    bench.run_for(2 * duration + _MARGIN)
    marks.append(run.mark())
    bench.run_for(duration)
    marks.append(run.mark())
    again = patient_bolus.request_patient_bolus()
    bench.run_for(duration)
    marks.append(run.mark())
    pump.stop()
    run.close()

    earlier, across, later, locked = doses.in_turn(run, marks)
    both = doses.given(earlier, across, later, answer.t_ns, 2 * duration)
    said = f"the patient's wish was {answer.decision.value}"
    case.note(said)
    doses.judge_locked(case, (answer, again), later, locked)
    if answer.decision is BolusDecision.GRANTED:
        case.judge(limit, error_percent(both, 2 * volume))
    else:
        case.judge_fact(limit.requirement, None, said)
