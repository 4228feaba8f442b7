"""Delivery against the programmed dose, judged from the balance."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from fixtures.procedures import counting, curves, rate_changes, spans
from fixtures.procedures.extremes import largest_fall, worst
from fixtures.procedures.phases import LOOKS, Phases
from fixtures.weighing import RELAXATION, WeighingStation
from harness.bench import Bench
from harness.execution.case import Case
from harness.metrology.measurement import error_percent, ratio
from harness.readings import PatientBolusReading
from harness.roles import (
    AlarmLog,
    Bolus,
    Bridge,
    InfusionPump,
    MinimumRate,
    PatientBolus,
    Priming,
)
from harness.units import (
    FLOW,
    FRACTION,
    TIME,
    VOLUME,
    magnitude,
    nanoseconds,
    ureg,
)
from test_plans.implanted import steps

# Status reports are only for the curve where a case is judged by weight alone.
_STATUS_EVERY = 30
_NO_FLOW = ureg.Quantity(0.0, FLOW)
# From the end of a bolus until nothing more may come; a bolus may end a little late.
_MARGIN = ureg.Quantity(10.0, "minute")


@pytest.mark.procedure(
    dose="µg/day", duration="s", blank="s", poll="s", second_look=True
)
def test_steady_delivery(
    case: Case, bench: Bench, pump: InfusionPump, weighing: WeighingStation
) -> None:
    """Deliver a constant dose; compare what is weighed, told and programmed."""
    by_programme = case.limit("ITB-CNT-001")
    by_reservoir = case.limit("ITB-RES-001")
    rate = (case.numbers["dose"] / case.start["concentration"]).to(FLOW)

    delivery = steps.deliver_until_decided(case, bench, pump, weighing, rate)

    steps.judge_flow(case, delivery)
    steps.judge_reports(case, delivery, rate)
    case.judge(by_programme, error_percent(delivery.counted, delivery.programmed))
    steps.judge_count(case, delivery)
    case.judge(by_reservoir, delivery.bookkeeping_error)


@pytest.mark.procedure(dose="µg/day", running="s", duration="s", blank="s", poll="s")
def test_zero_flow(
    case: Case, bench: Bench, pump: InfusionPump, weighing: WeighingStation
) -> None:
    """Stop a running pump, leave the line open, and weigh what still comes out."""
    _weigh_after(case, bench, weighing, partial(_run_and_stop, case, bench, pump))


@pytest.mark.procedure(dose="µg/day", running="s", duration="s", blank="s", poll="s")
def test_zero_flow_told_again(
    case: Case, bench: Bench, pump: InfusionPump, weighing: WeighingStation
) -> None:
    """Likewise, and stop it twice, as the hasty do: a stopped pump stays so."""

    def run() -> None:
        _run_and_stop(case, bench, pump)
        pump.stop()

    _weigh_after(case, bench, weighing, run)


def _run_and_stop(case: Case, bench: Bench, pump: InfusionPump) -> None:
    """Let the pump deliver the case's ``dose`` for ``running``, and stop it."""
    pump.start_continuous((case.numbers["dose"] / case.start["concentration"]).to(FLOW))
    bench.run_for(case.numbers["running"])
    pump.stop()


@pytest.mark.procedure(running="s", duration="s", blank="s", poll="s")
def test_zero_flow_after_minimum(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    minimum_rate: MinimumRate,
    weighing: WeighingStation,
) -> None:
    """Stop a pump that keeps the catheter open; it must not go on doing so."""

    def run() -> None:
        minimum_rate.start_minimum()
        bench.run_for(case.numbers["running"])
        pump.stop()

    _weigh_after(case, bench, weighing, run)


@pytest.mark.procedure(volume="mL", running="s", duration="s", blank="s", poll="s")
def test_zero_flow_after_bolus(
    case: Case, bench: Bench, bolus: Bolus, weighing: WeighingStation
) -> None:
    """Let a bolus end in a pump without a rate; nothing may come behind it."""

    def run() -> None:
        bolus.start_bolus(case.numbers["volume"], case.numbers["running"], _NO_FLOW)
        bench.run_for(case.numbers["running"] + _MARGIN)

    _weigh_after(case, bench, weighing, run)


@pytest.mark.procedure(catheter="mL", running="s", duration="s", blank="s", poll="s")
def test_zero_flow_after_priming(
    case: Case, bench: Bench, priming: Priming, weighing: WeighingStation
) -> None:
    """Let a priming end in a pump without a rate; nothing may come behind it."""
    catheter, running = case.numbers["catheter"], case.numbers["running"]

    def run() -> None:
        priming.start_priming(catheter, running, _NO_FLOW)
        bench.run_for(running + _MARGIN)

    _weigh_after(case, bench, weighing, run)


@pytest.mark.procedure(
    catheter="mL", bridge_rate="mL/day", duration="s", blank="s", poll="s"
)
def test_zero_flow_after_bridge(
    case: Case, bench: Bench, bridge: Bridge, weighing: WeighingStation
) -> None:
    """Let a bridge end in a pump without a new rate; nothing may come behind it."""
    catheter, rate = case.numbers["catheter"], case.numbers["bridge_rate"]
    tubing = case.profile.quantity("priming.tubing_volume", VOLUME)

    def run() -> None:
        bridge.start_bridge(catheter, rate, _NO_FLOW)
        bench.run_for(((tubing + catheter) / rate).to(TIME) + _MARGIN)

    _weigh_after(case, bench, weighing, run)


@pytest.mark.procedure(
    dose="µg/day", volume="mL", length="s", running="s", duration="s", blank="s",
    poll="s",
)  # fmt: skip
def test_zero_flow_wished(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    patient_bolus: PatientBolus,
    weighing: WeighingStation,
) -> None:
    """Stop a delivery in which a patient may have boluses; then the patient asks."""
    rate = (case.numbers["dose"] / case.start["concentration"]).to(FLOW)
    answers: list[PatientBolusReading] = []

    def run() -> None:
        patient_bolus.set_patient_bolus(
            case.numbers["volume"], case.numbers["length"], 1, case.numbers["length"]
        )
        pump.start_continuous(rate)
        bench.run_for(case.numbers["running"])
        pump.stop()
        answers.append(patient_bolus.request_patient_bolus())

    _weigh_after(case, bench, weighing, run)
    case.note(f"the wish of the stopped pump's patient: {answers[0].decision.value}")


def _weigh_after(
    case: Case, bench: Bench, weighing: WeighingStation, run: Callable[[], None]
) -> None:
    """Weigh from the very end of a delivery on (ITB-FLOW-002): a pump may run on."""
    limit = case.limit("ITB-FLOW-002")
    leak = case.profile.quantity("flow.stopped_maximum", FLOW)

    before = weighing.blank(case.numbers["blank"])
    weighing.open_line()
    run()
    start = weighing.weigh()
    with weighing.watching(case.numbers["poll"]):
        bench.run_for(case.numbers["duration"])
    end = weighing.weigh()
    after = weighing.blank(case.numbers["blank"])

    tolerance = (leak * case.numbers["duration"]).to(VOLUME)
    ran = weighing.delivered_between(before.end, start, before, after, tolerance)
    if ran.value <= ran.expanded()[0]:
        idle = "by weight nothing ran that could have ended: find out why, and repeat"
        case.judge_fact(limit.requirement, None, idle)
        return
    came = weighing.delivered_between(start, end, before, after, tolerance)
    # A pump that runs on does so at once; what comes at once later may be a touch.
    later_ns = start.plateau.t_ns + nanoseconds(RELAXATION)
    came = weighing.doubting_steps(came, later_ns, end.plateau.t_ns)
    elapsed = ureg.Quantity(float(came.t_end_ns - came.t_start_ns), "ns")
    case.judge(limit, ratio(came, elapsed, "µL/hour"))


@pytest.mark.procedure(
    rate="mL/day", duration="s", blank="s", poll="s", second_look=True
)
def test_flow_accuracy(
    case: Case, bench: Bench, pump: InfusionPump, weighing: WeighingStation
) -> None:
    """Deliver at a constant rate; compare what is weighed, told and programmed."""
    rate = case.numbers["rate"]
    delivery = steps.deliver_until_decided(case, bench, pump, weighing, rate)
    steps.judge_flow(case, delivery)
    steps.judge_reports(case, delivery, rate)


@pytest.mark.procedure(
    rate="mL/day", running="s", stopped="s", duration="s", blank="s", poll="s"
)
def test_after_long_stop(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    alarm_log: AlarmLog,
    weighing: WeighingStation,
) -> None:
    """Stop a running pump for days, start it again, and weigh what comes then."""
    limit = case.limit("ITB-FLOW-010")
    rate = case.numbers["rate"]

    weighing.open_line()
    pump.start_continuous(rate)
    bench.run_for(case.numbers["running"])
    pump.stop()
    bench.run_for(case.numbers["stopped"])
    # The alarm is another requirement's matter, and sounds until somebody has heard it.
    alarm_log.acknowledge_alarms()
    delivery = steps.deliver(case, bench, pump, weighing, rate)

    case.judge(limit, error_percent(delivery.weighed, delivery.programmed))


@pytest.mark.procedure(duration="s", blank="s", poll="s")
def test_minimum_rate(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    minimum_rate: MinimumRate,
    alarm_log: AlarmLog,
    weighing: WeighingStation,
) -> None:
    """Run the minimum-rate mode for days and weigh what keeps the catheter open."""
    limit = case.limit("ITB-FLOW-004")
    rate = case.profile.quantity("minimum_rate.rate", FLOW)
    accuracy = case.profile.quantity("minimum_rate.accuracy", FRACTION)

    # The blank is a long stop; it must not add to that of an earlier case.
    minimum_rate.start_minimum()
    pump.stop()
    before = weighing.blank(case.numbers["blank"])
    with (
        weighing.watching(case.numbers["poll"]) as weights,
        bench.sampling(pump.read_status, case.numbers["poll"]) as telemetry,
    ):
        weighing.open_line()
        first = pump.read_status()
        started = spans.timed(bench, minimum_rate.start_minimum)
        # Its alarm is another requirement's matter.
        alarm_log.acknowledge_alarms()
        bench.run_for(case.numbers["duration"])
        stopped = spans.timed(bench, pump.stop)
        last = pump.read_status()
    weighing.relax()
    after = weighing.blank(case.numbers["blank"])

    curves.draw(case, weighing, weights, telemetry, before, after, rate)
    programmed = spans.between(started, stopped).volume(rate)
    told = counting.count(first, last)
    case.judge(case.limit("ITB-CNT-001"), error_percent(told, programmed))
    case.judge(case.limit("ITB-RES-001"), steps.bookkeeping(first, last))
    tolerance = (accuracy * programmed.value).to(VOLUME)
    weighed = weighing.delivered(before, after, tolerance)
    case.judge(limit, error_percent(weighed, programmed))


@pytest.mark.procedure(
    low_rate="mL/day", high_rate="mL/day", rounds="1", interval="s", blank="s"
)
def test_rate_steps(
    case: Case, bench: Bench, pump: InfusionPump, weighing: WeighingStation
) -> None:
    """Go up and down between two rates; weigh the first interval after each change."""
    limit = case.limit("ITB-FLOW-005")
    accuracy = case.profile.quantity("flow.step_accuracy", FRACTION)
    numbers = case.numbers
    low, high, interval = (numbers[n] for n in ("low_rate", "high_rate", "interval"))

    tolerance = (accuracy * low * interval).to(VOLUME)
    run = Phases(weighing, numbers["blank"], tolerance, interval / LOOKS)
    rounds = round(magnitude(numbers["rounds"], "dimensionless"))
    errors = rate_changes.errors(bench, pump, run, (low, high), interval, rounds)
    case.judge(limit, worst(limit, errors))


@pytest.mark.procedure(rate="mL/day", duration="s", blank="s", poll="s")
def test_reverse_flow(
    case: Case, bench: Bench, pump: InfusionPump, weighing: WeighingStation
) -> None:
    """Watch the delivered volume closely, and find the largest fall in it."""
    limit = case.limit("ITB-FLOW-009")
    accuracy = case.profile.quantity("flow.accuracy", FRACTION)
    rate = case.numbers["rate"]

    before = weighing.blank(case.numbers["blank"])
    with (
        weighing.watching(case.numbers["poll"]) as weights,
        bench.sampling(
            pump.read_status, _STATUS_EVERY * case.numbers["poll"]
        ) as telemetry,
    ):
        weighing.open_line()
        pump.start_continuous(rate)
        bench.run_for(case.numbers["duration"])
        pump.stop()
        # A motor may turn back when it is stopped.
        weighing.relax()
    after = weighing.blank(case.numbers["blank"])

    curves.draw(case, weighing, weights, telemetry, before, after, rate)
    fall = largest_fall(
        [reading.t_ns for reading in weights.readings],
        weighing.volumes_ml(weights.readings, before, after),
        weighing.noise_ml(),
        weighing.drift_ml_per_h(before, after),
        rate * (1 + accuracy),
    )
    case.judge(limit, fall)
