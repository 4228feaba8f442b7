"""The pump's own count where it does not run at a constant rate."""

from __future__ import annotations

import pytest

from fixtures.procedures import counting
from fixtures.procedures.phases import LOOKS, Phases
from fixtures.weighing import WeighingStation
from harness.bench import Bench
from harness.execution.case import Case
from harness.roles import Bolus, InfusionPump, Magnet
from harness.units import FLOW, FRACTION, TIME, VOLUME
from test_plans.implanted import steps

# A held rotor may still let this share of the programmed flow pass; more is not held.
_HELD_SHARE = 0.1


# So often a delivery is looked at, so that a key pressed at the balance is seen.
_LOOKS = 60


@pytest.mark.procedure(rate="mL/day", volume="mL", duration="s", running="s", blank="s")
def test_count_bolus(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    bolus: Bolus,
    weighing: WeighingStation,
) -> None:
    """Give a bolus and a rate behind it; weigh the whole, and hold the counts to it."""
    by_reservoir = case.limit("ITB-RES-001")
    numbers = case.numbers
    rate, volume, duration = (numbers[n] for n in ("rate", "volume", "duration"))
    accuracy = case.profile.quantity("counter.delivered_agreement", FRACTION)

    before = weighing.blank(numbers["blank"])
    first = pump.read_status()
    lasting = duration + numbers["running"]
    with weighing.watching(lasting / _LOOKS):
        weighing.open_line()
        bolus.start_bolus(volume, duration, rate)
        bench.run_for(lasting)
        pump.stop()
        last = pump.read_status()
        weighing.relax()
    after = weighing.blank(numbers["blank"])

    tolerance = (accuracy * volume).to(VOLUME)
    weighed = weighing.delivered(before, after, tolerance)
    steps.judge_counted(case, weighed, counting.count(first, last))
    case.judge(by_reservoir, steps.bookkeeping(first, last))


@pytest.mark.procedure(rate="mL/day", running="s", held="s", blank="s")
def test_count_through_stall(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    magnet: Magnet,
    weighing: WeighingStation,
) -> None:
    """Hold the rotor for a while; what was not given must not be counted."""
    by_reservoir = case.limit("ITB-RES-001")
    numbers = case.numbers
    rate, held = numbers["rate"], numbers["held"]
    accuracy = case.profile.quantity("counter.delivered_agreement", FRACTION)

    tolerance = (accuracy * rate * held).to(VOLUME)
    run = Phases(weighing, numbers["blank"], tolerance, numbers["running"] / LOOKS)
    first = pump.read_status()
    start = run.mark()
    pump.start_continuous(rate)
    bench.run_for(numbers["running"])
    magnet.set_present(True)
    bench.run_for(held / 2)
    holding = run.mark()
    bench.run_for(held / 2)
    freed = run.mark()
    magnet.set_present(False)
    bench.run_for(case.profile.quantity("alarm.motor_stall.recovery", TIME))
    bench.run_for(numbers["running"])
    pump.stop()
    last = pump.read_status()
    end = run.mark()
    run.close()

    if abs(run.between(holding, freed).flow.value) < _HELD_SHARE * rate.to(FLOW):
        weighed = run.between(start, end).volume
        steps.judge_counted(case, weighed, counting.count(first, last))
    else:
        nothing = "the magnet did not stop the flow, so nothing was to be left out"
        case.judge_fact("ITB-CNT-002", None, nothing)
    case.judge(by_reservoir, steps.bookkeeping(first, last))
