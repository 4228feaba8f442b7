"""The syringe: changed half-way, and run out."""

from __future__ import annotations

import pytest

from fixtures.procedures import end_of_delivery
from fixtures.procedures.alarm_moments import Moment
from fixtures.procedures.phases import LOOKS, STEADY, Phases
from fixtures.weighing import WeighingStation
from harness.bench import Bench
from harness.execution.case import Case
from harness.metrology.measurement import error_percent
from harness.roles import InfusionPump, PumpHands
from harness.units import FLOW, VOLUME, ureg
from test_plans.trial_infusion import alarms, infusion

_END = "end_of_syringe"
# From a start until the flow is even, and from a stop until the line is at rest.
_SETTLING = ureg.Quantity(10.0, "minute")
# Until a syringe has surely run out, as a share of the time that it should last.
_LASTS = 1.2
# By weight, an end of delivery is only seen when it lies an hour back.
_TO_SEE = ureg.Quantity(70.0, "minute")


@pytest.mark.procedure(dose="µg/day", duration="s", pause="s", blank="s")
def test_syringe_change(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    hands: PumpHands,
    weighing: WeighingStation,
) -> None:
    """Change the syringe of a stopped pump; weigh before, meanwhile, and after."""
    numbers, rate = case.numbers, infusion.rate_of(case)
    duration, content = numbers["duration"], case.start["syringe"]
    permitted = case.profile.quantity("syringe.change_maximum", VOLUME)

    run = Phases(weighing, numbers["blank"], permitted, numbers["pause"] / LOOKS)
    # The first run from the fresh syringe of the start state is no measure.
    for _ in range(2):
        pump.start_continuous(rate)
        bench.run_for(_SETTLING)
    begin = run.mark()
    bench.run_for(duration)
    end = run.mark()
    pump.stop()
    bench.run_for(_SETTLING)
    stopped = run.mark()
    hands.set_syringe(content)
    bench.run_for(numbers["pause"])
    changed = run.mark()
    pump.start_continuous(rate)
    bench.run_for(_SETTLING)
    begin_again = run.mark()
    bench.run_for(duration)
    end_again = run.mark()
    pump.stop()
    run.close()

    before, after = run.between(begin, end), run.between(begin_again, end_again)
    meanwhile = run.between(stopped, changed, spurts=True).volume
    case.judge(case.limit("TRI-SYR-001"), error_percent(after.flow, before.flow))
    case.judge(case.limit("TRI-SYR-002"), meanwhile)


@pytest.mark.procedure(dose="µg/day", still="s", blank="s", poll="s")
def test_end_of_syringe(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    hands: PumpHands,
    weighing: WeighingStation,
) -> None:
    """Let a syringe run out; time the alarm from the end of delivery, by weight."""
    numbers, rate = case.numbers, infusion.rate_of(case)
    content, alarm = case.start["syringe"], alarms.shown_as(case, _END)
    permitted = case.profile.quantity("syringe.change_maximum", VOLUME)
    response = weighing.response(pump, case.profile.quantity("flow.maximum", FLOW))
    # Finding the response has taken some of it.
    hands.set_syringe(content)

    run = Phases(weighing, numbers["blank"], permitted, STEADY)
    start = run.mark()
    with (
        weighing.watching(numbers["poll"]) as weights,
        bench.sampling(pump.read_status, numbers["poll"]) as telemetry,
    ):
        pump.start_continuous(rate)
        at_most = (_LASTS * content / rate).to("hour") + alarms.patience(case, _END)
        alarms.wait_for(bench, alarm, telemetry, at_most)
        bench.run_for(_TO_SEE)
    empty = run.mark()
    hands.set_syringe(content)
    bench.run_for(numbers["still"])
    changed = run.mark()
    pump.stop()
    # What came from the fresh syringe is no part of the delivery that ended.
    after = run.close()

    ended = end_of_delivery.find(
        weighing, weights.readings, run.before, after, rate, response
    )
    now_ns = bench.now_ns()
    cause = Moment(now_ns, now_ns) if ended is None else ended
    doubt = end_of_delivery.NOT_ENDED if ended is None else ""
    alarms.judge_delay(case, "TRI-END-001", cause, alarm, telemetry.readings, doubt)
    given = run.between(start, empty).volume
    case.judge(case.limit("TRI-END-002"), error_percent(given, content))
    fresh = run.between(empty, changed, spurts=True).volume
    if alarms.STANDS not in case.profile.absent:
        case.judge(case.limit("TRI-END-003"), fresh)
