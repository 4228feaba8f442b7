"""Whether a pump can be stopped, whatever it has been doing for however long."""

from __future__ import annotations

import pytest

from fixtures.procedures.flow_by_weight import is_flowing, is_held
from fixtures.weighing import WeighingStation
from harness.bench import Bench
from harness.errors import InstrumentSilent, LinkViolation
from harness.execution.case import Case
from harness.readings import PumpState
from harness.roles import InfusionPump, PowerSwitch
from harness.units import ureg
from test_plans.implanted.power_loss import lose_power

_CURE = ureg.Quantity(1.0, "minute")


@pytest.mark.procedure(rate="mL/day", running="s", watched="s", poll="s")
def test_stop_after_hours(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    power: PowerSwitch,
    weighing: WeighingStation,
) -> None:
    """Let a pump deliver for hours, then stop it once; by weight it must stand."""
    rate = case.numbers["rate"]
    weighing.open_line()
    pump.start_continuous(rate)
    start_ns = bench.now_ns()
    with weighing.watching(case.numbers["poll"]) as weights:
        with bench.unobserved():
            bench.run_for(case.numbers["running"])
        stop_ns = bench.now_ns()
        said = _stop(pump)
        with bench.unobserved():
            bench.run_for(case.numbers["watched"])
        end_ns = bench.now_ns()
    if said:
        lose_power(bench, pump, power, _CURE)
        pump.stop()

    ran = is_flowing(weights.readings, start_ns, stop_ns, rate)
    stands = is_held(weights.readings, stop_ns, end_ns, rate)
    goes_on = is_flowing(weights.readings, stop_ns, end_ns, rate)
    holds = False if goes_on else (True if stands and not said else None)
    case.judge_fact(
        "ITB-LNK-005",
        holds if ran else None,
        f"told to stop: {said or 'it says that it has stopped'}; by weight it"
        f" {'delivered' if ran else 'did not deliver'} before, and"
        f" {'goes on' if goes_on else 'stands' if stands else 'is unclear'} after",
    )


def _stop(pump: InfusionPump) -> str:
    """Stop the pump; return what was wrong with its answer, "" if nothing."""
    try:
        pump.stop()
        state = pump.read_status().state
    except (InstrumentSilent, LinkViolation) as answer:
        return str(answer)
    return "" if state is PumpState.STOPPED else f"it says {state.value}"
