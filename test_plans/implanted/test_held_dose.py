"""A dose that is held up again and again: does the pump count what did not come."""

from __future__ import annotations

import pytest

from fixtures.procedures import counting
from fixtures.procedures.flow_by_weight import is_held
from fixtures.weighing import WeighingStation
from harness.bench import Bench
from harness.execution.case import Case
from harness.roles import AlarmLog, Bolus, InfusionPump, Magnet
from harness.units import FLOW, FRACTION, TIME, VOLUME, magnitude, ureg
from test_plans.implanted import steps

_NOTHING = ureg.Quantity(0.0, FLOW)
# From the latest end of the dose until the line is at rest.
_MARGIN = ureg.Quantity(10.0, "minute")


@pytest.mark.procedure(
    volume="mL", duration="s", holds="1", held="s", blank="s", poll="s"
)
def test_held_bolus(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    bolus: Bolus,
    alarm_log: AlarmLog,
    magnet: Magnet,
    weighing: WeighingStation,
) -> None:
    """Hold the rotor several times in one bolus; weigh the whole, and count it."""
    numbers = case.numbers
    volume, duration, held = (numbers[n] for n in ("volume", "duration", "held"))
    accuracy = case.profile.quantity("counter.delivered_agreement", FRACTION)
    recovery = case.profile.quantity("alarm.motor_stall.recovery", TIME)
    holds = round(magnitude(numbers["holds"], "dimensionless"))
    rate = (volume / duration).to(FLOW)
    spacing = duration / (holds + 1)

    # Until its deadline a good pump may count what does not come, and take it off then.
    if min(spacing, held) <= case.profile.quantity("alarm.motor_stall.deadline", TIME):
        soon = "a hold, or the dose behind the last one, ends before it must be noticed"
        case.judge_fact("ITB-CNT-002", None, f"{soon}; let both last longer")
        return
    before = weighing.blank(numbers["blank"])
    first = pump.read_status()
    stood: list[bool] = []
    with weighing.watching(numbers["poll"]) as weights:
        weighing.open_line()
        bolus.start_bolus(volume, duration, _NOTHING)
        for _ in range(holds):
            bench.run_for(spacing)
            magnet.set_present(True)
            since_ns = bench.now_ns()
            bench.run_for(held)
            stood.append(is_held(weights.readings, since_ns, bench.now_ns(), rate))
            magnet.set_present(False)
            # The alarms are other requirements' matter.
            alarm_log.acknowledge_alarms()
        bench.run_for(duration + holds * recovery + _MARGIN)
        last = pump.read_status()
        weighing.relax()
    after = weighing.blank(numbers["blank"])

    if not all(stood):
        nothing = f"the magnet stopped the flow {stood.count(True)} of {holds} times"
        case.judge_fact("ITB-CNT-002", None, f"{nothing}, so nothing was held up")
        return
    tolerance = (accuracy * volume).to(VOLUME)
    weighed = weighing.delivered(before, after, tolerance)
    steps.judge_counted(case, weighed, counting.count(first, last))
