"""What the pump must not do: run a rate out of range, or obey a corrupted frame."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import ceil

import pytest

from fixtures.procedures import conclusions, refusals
from fixtures.weighing import WeighingStation
from harness.bench import Bench
from harness.execution.case import Case
from harness.roles import (
    Bolus,
    Bridge,
    InfusionPump,
    LinkTamper,
    PeriodicBolus,
    Priming,
)
from harness.units import VOLUME, Quantity, magnitude, ureg
from test_plans.implanted import refused_programme


@pytest.mark.procedure(
    rate="mL/day", permitted="mL/day", running_rate="mL/day", duration="s", blank="s",
    poll="s",
)  # fmt: skip
def test_rate_refused(
    case: Case, bench: Bench, pump: InfusionPump, weighing: WeighingStation
) -> None:
    """Ask a running pump for a rate out of range; delivery must go on as before.

    It is asked for as the rate behind or between doses, too: each kind of programme
    has a check of its own. The rate at the end of the range is no such rate: it must
    be taken.
    """
    rate, permitted = case.numbers["rate"], case.numbers["permitted"]
    orders: list[Callable[[], object]] = [partial(pump.start_continuous, rate)]
    orders += _behind_doses(case, pump, rate)
    outcome = refused_programme.ask(
        case,
        bench,
        pump,
        weighing,
        partial(refused_programme.all_refused, orders, "rate"),
    )
    taken = refusals.answer_to(partial(pump.start_continuous, permitted))
    pump.stop()
    case.judge_fact(
        "ITB-FLOW-003",
        conclusions.all_hold([outcome.is_refusal("rate"), taken is None]),
        f"{outcome}; the end of the range, {permitted:~P}: {taken or 'accepted'}",
    )


def _behind_doses(
    case: Case, pump: InfusionPump, rate: Quantity
) -> list[Callable[[], object]]:
    """The doses that the pump has, all within its ranges, and a rate behind each."""
    absent, slow = case.profile.absent, case.numbers["running_rate"]
    volume = case.profile.quantity("bolus.smallest", VOLUME)
    length = ureg.Quantity(ceil(magnitude(volume / slow, "s")), "s")
    found: list[Callable[[], object]] = []
    if "bolus" not in absent and isinstance(pump, Bolus):
        found.append(partial(pump.start_bolus, volume, length, rate))
    if "periodic" not in absent and isinstance(pump, PeriodicBolus):
        periodic = partial(pump.start_periodic, rate, volume, length, 2 * length)
        found.append(periodic)
    if "bridge" not in absent and isinstance(pump, Bridge):
        found.append(partial(pump.start_bridge, volume, slow, rate))
    if "priming" not in absent and isinstance(pump, Priming):
        dead = case.profile.quantity("priming.tubing_volume", VOLUME) + volume
        lasts = ureg.Quantity(ceil(magnitude(dead / slow, "s")), "s")
        found.append(partial(pump.start_priming, volume, lasts, rate))
    return found


@pytest.mark.procedure(
    rate="mL/day", running_rate="mL/day", duration="s", blank="s", poll="s"
)
def test_corrupted_frame(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    tamper: LinkTamper,
    weighing: WeighingStation,
) -> None:
    """Send a running pump corrupted programmes; delivery must go on as before."""
    rate = case.numbers["rate"]
    outcome = refused_programme.ask(
        case, bench, pump, weighing, partial(tamper.send_corrupted_program, rate)
    )
    held = conclusions.holds(outcome.is_unchanged, outcome.by_weight)
    case.judge_fact(
        "ITB-LNK-001",
        # An answer alone is no execution, but after it nothing is proven either.
        None if held and outcome.answer else held,
        str(outcome),
    )
