"""A supply that runs down: what the pump says before it ends the delivery."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from fixtures.procedures import restarts
from fixtures.procedures.flow_by_weight import is_flowing, is_held
from fixtures.weighing import WeighingStation
from harness.bench import Bench
from harness.errors import InstrumentSilent
from harness.execution.case import Case
from harness.readings import Alarm
from harness.roles import InfusionPump, PowerSwitch
from harness.units import Quantity, magnitude, show, ureg

_WARNINGS = Alarm.REPLACEMENT_DUE | Alarm.LOW_BATTERY
_BOOT = ureg.Quantity(30.0, "s")
_LOWEST = ureg.Quantity(0.5, "V")


@dataclass(frozen=True, slots=True)
class SupplyStep:
    """What was seen at one voltage.

    Attributes:
        supply: that voltage.
        alarms: that the pump showed at its end; None when it did not answer.
        flows: whether it delivered, by weight; None if that is unclear.
    """

    supply: Quantity
    alarms: Alarm | None
    flows: bool | None


@pytest.mark.procedure(rate="mL/day", step="V", dwell="s", poll="s")
def test_supply_to_the_end(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    power: PowerSwitch,
    weighing: WeighingStation,
) -> None:
    """Lower the supply step by step until by weight nothing comes any more."""
    weighing.open_line()
    pump.start_continuous(case.numbers["rate"])
    supply = case.profile.quantity("power.supply", "V")
    seen: list[SupplyStep] = []
    while supply > _LOWEST:
        seen.append(_look(case, bench, pump, weighing, supply))
        if seen[-1].flows is False:
            break
        supply = supply - case.numbers["step"]
        power.set_supply(supply)
    power.set_supply(case.profile.quantity("power.supply", "V"))
    bench.run_for(_BOOT)
    restarts.meet_again(pump)
    pump.stop()

    case.judge_fact("ITB-PWR-007", is_warned(seen), in_words(seen))


def _look(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    weighing: WeighingStation,
    supply: Quantity,
) -> SupplyStep:
    """Deliver at one voltage; weigh meanwhile, and ask for the alarms at its end."""
    rate, start_ns = case.numbers["rate"], bench.now_ns()
    with weighing.watching(case.numbers["poll"]) as weights, bench.unobserved():
        bench.run_for(case.numbers["dwell"])
    end_ns = bench.now_ns()
    flows = is_flowing(weights.readings, start_ns, end_ns, rate)
    held = is_held(weights.readings, start_ns, end_ns, rate)
    return SupplyStep(supply, _alarms(pump), True if flows else False if held else None)


def _alarms(pump: InfusionPump) -> Alarm | None:
    """Return the alarms that a pump shows; None when it does not answer."""
    try:
        return pump.read_status().alarms
    except InstrumentSilent:
        return None


def is_warned(seen: list[SupplyStep]) -> bool | None:
    """Tell whether both warnings had come while it still delivered.

    None for a pump that did not deliver at first, or does so without a supply; and for
    one that warned and ended at the same voltage, whichever came first.
    """
    *before, last = seen
    if not before or not before[0].flows or last.flows is not False:
        return None
    warned = Alarm.NONE
    for step in before:
        warned |= step.alarms or Alarm.NONE
    if _WARNINGS in warned:
        return True
    return None if _WARNINGS in warned | (last.alarms or Alarm.NONE) else False


def in_words(seen: list[SupplyStep]) -> str:
    """Say at which voltage what was first seen."""
    said: list[str] = []
    known = Alarm.NONE
    for step in seen:
        new = (step.alarms or Alarm.NONE) & ~known
        known |= new
        if new:
            said.append(f"{show(step.supply, 'V', 4)}: {new.name}")
        if step.alarms is None:
            said.append(f"{show(step.supply, 'V', 4)}: no answer")
    flow = {True: "delivering", False: "nothing", None: "unclear"}[seen[-1].flows]
    volts = magnitude(seen[-1].supply, "V")
    return f"{'; '.join(said) or 'no alarm'}; at {volts:.4g} V by weight {flow}"
