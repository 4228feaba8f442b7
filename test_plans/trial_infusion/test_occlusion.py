"""A line that is closed while the pump runs, and opened again."""

from __future__ import annotations

import pytest

from fixtures.procedures import counting, flow_by_weight, spans
from fixtures.procedures.alarm_moments import Moment
from fixtures.procedures.phases import STEADY, Phases
from fixtures.weighing import WeighingStation
from harness.bench import Bench
from harness.execution.case import Case
from harness.metrology.measurement import difference
from harness.roles import FlowClamp, InfusionPump
from harness.units import VOLUME, ureg
from test_plans.trial_infusion import alarms, infusion

_CAUSE = "occlusion"
_NOT_CLOSED = "the clamp did not stop the flow, so no occlusion was provoked"
# What stood under pressure has come out by then.
_RELEASE = ureg.Quantity(5.0, "minute")
_CLOSE_LOOK = ureg.Quantity(5.0, "s")


@pytest.mark.procedure(
    rate="mL/day", running="s", held="s", still="s", blank="s", poll="s"
)
def test_occlusion(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    clamp: FlowClamp,
    weighing: WeighingStation,
) -> None:
    """Close the line of a running pump, wait for its alarm, open it, and weigh."""
    numbers, rate = case.numbers, case.numbers["rate"]
    alarm = alarms.shown_as(case, _CAUSE)
    permitted = case.profile.quantity("occlusion.release_maximum", VOLUME)

    tolerance = min(permitted, infusion.leak(case, numbers["still"]))
    run = Phases(weighing, numbers["blank"], tolerance, STEADY)
    with (
        weighing.watching(numbers["poll"]) as weights,
        bench.sampling(pump.read_status, numbers["poll"]) as telemetry,
    ):
        pump.start_continuous(rate)
        bench.run_for(numbers["running"])
        start, first = run.mark(), pump.read_status()
        closed = spans.timed(bench, lambda: clamp.set_closed(True))
        alarms.wait_for(bench, alarm, telemetry, alarms.patience(case, _CAUSE))
        bench.run_for(numbers["held"])
        shut = run.mark()
        with weighing.watching(_CLOSE_LOOK):
            clamp.set_closed(False)
            bench.run_for(_RELEASE)
        opened, last = run.mark(), pump.read_status()
        bench.run_for(numbers["still"])
        end = run.mark()
    pump.stop()
    run.close()

    shut_ns = shut.plateau.t_ns
    held = flow_by_weight.is_held(weights.readings, closed[1], shut_ns, rate)
    doubt = "" if held else _NOT_CLOSED
    alarms.judge_delay(
        case, "TRI-OCC-001", Moment(*closed), alarm, telemetry.readings, doubt
    )
    released = run.between(shut, opened, spurts=True).volume
    case.judge(case.limit("TRI-OCC-002"), released)
    counted = counting.count(
        first, last, case.profile.quantity("counter.resolution", VOLUME)
    )
    came = run.between(start, opened, spurts=True).volume
    case.judge(case.limit("TRI-CNT-002"), difference(counted, came))
    if alarms.STANDS not in case.profile.absent:
        leaking = infusion.leaking(run.between(opened, end))
        case.judge(case.limit("TRI-OCC-003"), leaking)
