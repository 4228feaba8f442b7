"""How steady a constant rate is: the mean flow over windows of growing length."""

from __future__ import annotations

import pytest

from fixtures.procedures import trumpets
from fixtures.weighing import WeighingStation
from harness.bench import Bench
from harness.execution.case import Case
from harness.roles import InfusionPump


@pytest.mark.procedure(rate="mL/day", judged_from="s", blank="s")
def test_flow_windows(
    case: Case, bench: Bench, pump: InfusionPump, weighing: WeighingStation
) -> None:
    """Let a rate settle, weigh it every 15 min for 25 h, and judge its worst window."""
    numbers = case.numbers
    setting = trumpets.Setting(
        numbers["rate"],
        case.start["reservoir"],
        numbers["judged_from"],
        numbers["blank"],
    )
    limit = case.limit("ITB-FLOW-015")
    trumpets.judge(case, limit, bench, pump, weighing, setting)
