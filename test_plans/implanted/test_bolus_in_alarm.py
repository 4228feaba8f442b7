"""A bolus that is asked for while the pump cannot deliver and says so."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fixtures.procedures import conclusions, refusals
from fixtures.procedures.phases import LOOKS, Phases
from fixtures.weighing import WeighingStation
from harness.bench import Bench
from harness.execution.case import Case
from harness.metrology.measurement import error_percent
from harness.plans.profile import Profile
from harness.readings import Alarm, BolusDecision
from harness.roles import (
    AlarmLog,
    Bolus,
    InfusionPump,
    Magnet,
    Operator,
    PatientBolus,
    PeriodicBolus,
    Priming,
    Refillable,
)
from harness.units import FRACTION, TIME, VOLUME, Quantity, ureg
from test_plans.implanted import refill_procedure, steps

# How much longer than by the programme a reservoir may last before waiting ends.
_PATIENCE = 1.3
# From a refill until the pump has noticed it and delivers again.
_RESTART = ureg.Quantity(10.0, "minute")
_LOCKOUT = ureg.Quantity(1.0, "hour")


class Supply:
    """What a pump lives on, and what it says when that is used up."""

    def __init__(
        self, refillable: Refillable, alarm_log: AlarmLog, operator: Operator
    ) -> None:
        self.alarm_log = alarm_log
        self._refillable = refillable
        self._operator = operator

    def refill(self, content: Quantity, profile: Profile) -> None:
        """Fill the empty reservoir, tell the pump, and clear what is over."""
        self._operator.fill_reservoir(content)
        refill_procedure.enter(self._refillable, profile, content)
        self.alarm_log.clear_alarms()


@pytest.fixture
def supply(refillable: Refillable, alarm_log: AlarmLog, operator: Operator) -> Supply:
    """The reservoir of the pump under test."""
    return Supply(refillable, alarm_log, operator)


@pytest.mark.procedure(rate="mL/day", volume="mL", duration="s", running="s", blank="s")
def test_bolus_in_alarm(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    bolus: Bolus,
    supply: Supply,
    weighing: WeighingStation,
) -> None:
    """Run dry, ask for a bolus, refill; by weight the rate alone may come back."""
    numbers = case.numbers

    def command() -> None:
        bolus.start_bolus(numbers["volume"], numbers["duration"], numbers["rate"])

    _ask_dry(case, bench, pump, supply, weighing, lambda: _answer(command))


@pytest.mark.procedure(rate="mL/day", volume="mL", duration="s", running="s", blank="s")
def test_periodic_in_alarm(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    periodic: PeriodicBolus,
    supply: Supply,
    weighing: WeighingStation,
) -> None:
    """Likewise, with periodic boluses."""
    numbers = case.numbers
    duration = numbers["duration"]

    def command() -> None:
        rate, volume = numbers["rate"], numbers["volume"]
        periodic.start_periodic(rate, volume, duration, 3 * duration)

    _ask_dry(case, bench, pump, supply, weighing, lambda: _answer(command))


@pytest.mark.procedure(
    rate="mL/day", catheter="mL", duration="s", running="s", blank="s"
)
def test_priming_in_alarm(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    priming: Priming,
    supply: Supply,
    weighing: WeighingStation,
) -> None:
    """Likewise, with a priming bolus."""
    numbers = case.numbers

    def command() -> None:
        priming.start_priming(numbers["catheter"], numbers["duration"], numbers["rate"])

    _ask_dry(case, bench, pump, supply, weighing, lambda: _answer(command))


@pytest.mark.procedure(rate="mL/day", volume="mL", duration="s", running="s", blank="s")
def test_patient_bolus_in_alarm(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    patient_bolus: PatientBolus,
    supply: Supply,
    weighing: WeighingStation,
) -> None:
    """Likewise, when it is the patient who asks."""
    numbers = case.numbers
    # A refusal for what other cases were given would prove nothing about the alarm.
    most = round(case.profile.count("patient_bolus.allotted_maximum"))
    patient_bolus.set_patient_bolus(
        numbers["volume"], numbers["duration"], most, _LOCKOUT
    )

    def ask() -> tuple[bool, str]:
        decision = patient_bolus.request_patient_bolus().decision
        return decision is not BolusDecision.GRANTED, decision.value

    _ask_dry(case, bench, pump, supply, weighing, ask)


@pytest.mark.procedure(
    rate="mL/day", volume="mL", duration="s", running="s", blank="s", poll="s"
)
def test_bolus_in_stall(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    bolus: Bolus,
    alarm_log: AlarmLog,
    magnet: Magnet,
    weighing: WeighingStation,
) -> None:
    """Hold the rotor, ask for a bolus, free it; the rate alone may come back."""
    numbers, profile = case.numbers, case.profile
    rate, volume = numbers["rate"], numbers["volume"]
    accuracy = profile.quantity("flow.accuracy", FRACTION)
    watch = steps.AlarmWatch(bench, alarm_log)

    def command() -> None:
        bolus.start_bolus(volume, numbers["duration"], rate)

    tolerance = (accuracy * rate * numbers["running"]).to(VOLUME)
    run = Phases(weighing, numbers["blank"], tolerance, numbers["running"] / LOOKS)
    pump.start_continuous(rate)
    marks = [run.mark()]
    bench.run_for(numbers["running"])
    marks.append(run.mark())
    magnet.set_present(True)
    with bench.sampling(pump.read_status, numbers["poll"]):
        stalled = watch.wait_for(
            Alarm.MOTOR_STALL, 2 * profile.quantity("alarm.motor_stall.deadline", TIME)
        )
    refused, said = _answer(command)
    magnet.set_present(False)
    bench.run_for(profile.quantity("alarm.motor_stall.recovery", TIME))
    marks.append(run.mark())
    bench.run_for(numbers["running"])
    marks.append(run.mark())
    pump.stop()
    run.close()

    earlier, later = run.between(*marks[:2]), run.between(*marks[2:])
    kept = conclusions.unchanged(case, error_percent(later.flow, earlier.flow))
    case.judge_fact(
        "ITB-BOL-009",
        conclusions.holds(refused, kept) if stalled else None,
        f"stall alarm: {'yes' if stalled else 'no'}; answer: {said}; flow after the"
        f" stall against that before: {kept.statement}",
    )


def _answer(command: Callable[[], object]) -> tuple[bool, str]:
    answer = refusals.answer_to(command)
    return refusals.names(answer, ""), str(answer or "accepted")


def _ask_dry(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    supply: Supply,
    weighing: WeighingStation,
    ask: Callable[[], tuple[bool, str]],
) -> None:
    """Run dry, ask, refill, and judge what was answered and what came (ITB-BOL-009).

    Args:
        case: the case.
        bench: owner of time.
        pump: the pump.
        supply: its reservoir.
        weighing: balance and clamp.
        ask: asks for a bolus; returns whether that was refused, and the answer.
    """
    numbers = case.numbers
    rate, content = numbers["rate"], case.start["reservoir"]
    accuracy = case.profile.quantity("flow.accuracy", FRACTION)
    watch = steps.AlarmWatch(bench, supply.alarm_log)

    tolerance = (accuracy * rate * numbers["running"]).to(VOLUME)
    run = Phases(weighing, numbers["blank"], tolerance, numbers["running"] / LOOKS)
    pump.start_continuous(rate)
    marks = [run.mark()]
    bench.run_for(numbers["running"])
    marks.append(run.mark())
    lasts = (_PATIENCE * content / rate).to("hour")
    if watch.wait_for(Alarm.EMPTY_RESERVOIR, lasts) is None:
        never = "the empty alarm never came, so there was no alarm to ask in"
        case.judge_fact("ITB-BOL-009", None, never)
        return
    refused, said = ask()
    bench.run_for(numbers["duration"])
    supply.refill(content, case.profile)
    bench.run_for(_RESTART)
    marks.append(run.mark())
    bench.run_for(numbers["running"])
    marks.append(run.mark())
    pump.stop()
    run.close()

    earlier, later = run.between(*marks[:2]), run.between(*marks[2:])
    kept = conclusions.unchanged(case, error_percent(later.flow, earlier.flow))
    case.judge_fact(
        "ITB-BOL-009",
        conclusions.holds(refused, kept),
        f"answer: {said}; flow after the refill against that before: {kept.statement}",
    )
