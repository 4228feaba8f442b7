"""How even a constant rate is, and what the height of the pump does to it."""

from __future__ import annotations

import pytest

from fixtures.procedures import influences, trumpets
from fixtures.procedures.extremes import worst
from fixtures.weighing import WeighingStation
from harness.bench import Bench
from harness.execution.case import Case
from harness.roles import InfusionPump, Operator
from test_plans.trial_infusion import infusion


@pytest.mark.procedure(dose="µg/day", judged_from="s", blank="s")
def test_flow_windows(
    case: Case, bench: Bench, pump: InfusionPump, weighing: WeighingStation
) -> None:
    """Let a rate settle, weigh it every 15 min for 25 h, and judge its worst window."""
    setting = trumpets.Setting(
        rate=infusion.rate_of(case),
        container=case.start["syringe"],
        judged_from=case.numbers["judged_from"],
        blank=case.numbers["blank"],
    )
    limit = case.limit("TRI-FLOW-006")
    trumpets.judge(case, limit, bench, pump, weighing, setting)


@pytest.mark.procedure(dose="µg/day", height="m", settling="s", duration="s", blank="s")
def test_height(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    operator: Operator,
    weighing: WeighingStation,
) -> None:
    """Hold the pump above and below the end of the line; compare with level."""
    limit, rate = case.limit("TRI-FLOW-007"), infusion.rate_of(case)
    run = influences.begin(case, weighing, limit, rate)
    effects = influences.of_height(case, bench, pump, operator, run, rate)
    case.judge(limit, worst(limit, effects))
