"""The flow from a full reservoir and from all that follows, down to the low threshold.

What drives or resists the liquid may depend on how much is left: a bellows' spring, the
vapour of a propellant, a valve's lift. Cases that begin with a full reservoir and take
little of it see one end of that.
"""

from __future__ import annotations

import pytest

from fixtures.procedures.extremes import worst
from fixtures.procedures.phases import Phases
from fixtures.weighing import WeighingStation
from harness.bench import Bench
from harness.execution.case import Case
from harness.metrology.measurement import error_percent
from harness.roles import InfusionPump
from harness.units import FRACTION, TIME, VOLUME, magnitude
from test_plans.implanted import doses


@pytest.mark.procedure(rate="mL/day", parts="1", blank="s", poll="s")
def test_flow_by_level(
    case: Case, bench: Bench, pump: InfusionPump, weighing: WeighingStation
) -> None:
    """Deliver a reservoir down to its threshold; weigh the flow of each equal part."""
    limit = case.limit("ITB-FLOW-001")
    rate = case.numbers["rate"]
    accuracy = case.profile.quantity("flow.accuracy", FRACTION)
    threshold = case.profile.quantity("reservoir.low_threshold", VOLUME)
    parts = round(magnitude(case.numbers["parts"], "dimensionless"))
    # A pump that gives as much too much as it may does not reach the threshold either.
    part = (case.start["reservoir"] - threshold) / (parts * (1 + accuracy))

    tolerance = (accuracy * part).to(VOLUME)
    run = Phases(weighing, case.numbers["blank"], tolerance, case.numbers["poll"])
    pump.start_continuous(rate)
    marks = [run.mark()]
    for _ in range(parts):
        bench.run_for((part / rate).to(TIME))
        marks.append(run.mark())
    pump.stop()
    run.close()

    errors = [error_percent(each.flow, rate) for each in doses.in_turn(run, marks)]
    case.judge(limit, worst(limit, errors))
