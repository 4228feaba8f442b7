"""A pump that nobody looks at: some faults are cured by being looked at."""

from __future__ import annotations

import pytest

from fixtures.procedures.phases import LOOKS, STEADY, Phases
from fixtures.weighing import WeighingStation
from harness.bench import Bench
from harness.execution.case import Case
from harness.metrology.measurement import error_percent
from harness.roles import InfusionPump, Magnet
from harness.units import FRACTION, TIME, VOLUME, Quantity
from test_plans.implanted.tally import Tally

# A held rotor may still let this share of the programmed flow pass; more is not held.
_HELD_SHARE = 0.1


@pytest.mark.procedure(rate="mL/day", duration="s", blank="s")
def test_unobserved_flow(
    case: Case, bench: Bench, pump: InfusionPump, weighing: WeighingStation
) -> None:
    """Leave a delivering pump entirely alone, and weigh what comes meanwhile."""
    limit = case.limit("ITB-FLOW-011")
    rate = case.numbers["rate"]

    numbers = case.numbers
    run = Phases(weighing, numbers["blank"], _tolerance(case), STEADY)
    tally = Tally(case, pump)
    pump.start_continuous(rate)
    with bench.unobserved():
        start = run.mark()
        bench.run_for(numbers["duration"])
        end = run.mark()
    pump.stop()
    after = run.close()

    case.judge(limit, error_percent(run.between(start, end).flow, rate))
    tally.judge(run, after)


@pytest.mark.procedure(rate="mL/day", running="s", held="s", duration="s", blank="s")
def test_unobserved_after_stall(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    magnet: Magnet,
    weighing: WeighingStation,
) -> None:
    """Free a held rotor while its alarm sounds, ask nothing, and weigh what comes."""
    limit = case.limit("ITB-FLOW-011")
    rate, held = case.numbers["rate"], case.numbers["held"]

    run = Phases(weighing, case.numbers["blank"], _tolerance(case), held / LOOKS)
    pump.start_continuous(rate)
    bench.run_for(case.numbers["running"])
    with bench.unobserved():
        magnet.set_present(True)
        bench.run_for(held / 2)
        holding = run.mark()
        bench.run_for(held / 2)
        freed = run.mark()
        magnet.set_present(False)
        bench.run_for(case.profile.quantity("alarm.motor_stall.recovery", TIME))
        start = run.mark()
        bench.run_for(case.numbers["duration"])
        end = run.mark()
    pump.stop()
    run.close()

    if abs(run.between(holding, freed).flow.value) < _HELD_SHARE * rate:
        case.judge(limit, error_percent(run.between(start, end).flow, rate))
    else:
        nothing = "the magnet did not stop the flow, so nothing had to be recovered"
        case.judge_fact(limit.requirement, None, nothing)


def _tolerance(case: Case) -> Quantity:
    """Half of what the flow accuracy allows the volume of the window to vary."""
    accuracy = case.profile.quantity("flow.accuracy", FRACTION)
    volume: Quantity = accuracy * case.numbers["rate"] * case.numbers["duration"]
    return volume.to(VOLUME)
