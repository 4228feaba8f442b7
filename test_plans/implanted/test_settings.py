"""A programme that was left alone, or given again, goes on as before."""

from __future__ import annotations

import pytest

from fixtures.procedures import conclusions, refusals
from fixtures.weighing import WeighingStation
from harness.bench import Bench
from harness.execution.case import Case
from harness.readings import PumpReading
from harness.roles import ClockSetting, DrugRecord, InfusionPump, Refillable
from test_plans.implanted import refill_procedure, steps


@pytest.mark.procedure(rate="mL/day", duration="s", blank="s", poll="s")
def test_settings_entered(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    refillable: Refillable,
    drug: DrugRecord,
    pump_clock: ClockSetting,
    weighing: WeighingStation,
) -> None:
    """Enter what is no programme while the pump delivers; it must go on as before."""
    seen: list[PumpReading] = []

    def enter() -> None:
        seen.append(pump.read_status())
        refill_procedure.enter(refillable, case.profile, case.start["reservoir"])
        drug.set_concentration(case.start["concentration"])
        pump_clock.set_clock(pump_clock.read_clock())
        seen.append(pump.read_status())

    rate = case.numbers["rate"]
    change = steps.deliver_disturbed(case, bench, pump, weighing, rate, enter)
    kept = conclusions.unchanged(case, change)
    is_same = refusals.is_same_programme(*seen)
    case.judge_fact(
        "ITB-STA-003",
        conclusions.holds(is_same, kept),
        "refill, concentration and clock were entered; programme unchanged:"
        f" {is_same}; change of flow: {kept.statement}",
    )


@pytest.mark.procedure(rate="mL/day", duration="s", blank="s", poll="s")
def test_started_at_once(
    case: Case, bench: Bench, pump: InfusionPump, weighing: WeighingStation
) -> None:
    """Stop a pump that delivers, and start it at once; it must go on as before."""
    rate = case.numbers["rate"]
    seen: list[PumpReading] = []

    def restart() -> None:
        seen.append(pump.read_status())
        pump.stop()
        pump.start_continuous(rate)
        seen.append(pump.read_status())

    change = steps.deliver_disturbed(case, bench, pump, weighing, rate, restart)
    kept = conclusions.unchanged(case, change)
    is_same = refusals.is_same_programme(*seen)
    case.judge_fact(
        "ITB-STA-003",
        conclusions.holds(is_same, kept),
        f"stopped and started again at once; programme unchanged: {is_same}; change of"
        f" flow: {kept.statement}",
    )
