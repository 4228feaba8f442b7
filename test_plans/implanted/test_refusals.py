"""What the pump must not do: run a rate out of range, or obey a corrupted frame."""

from __future__ import annotations

from functools import partial

import pytest

from fixtures.procedures import conclusions, refusals
from fixtures.weighing import WeighingStation
from harness.bench import Bench
from harness.execution.case import Case
from harness.roles import InfusionPump, LinkTamper
from test_plans.implanted import refused_programme


@pytest.mark.procedure(
    rate="mL/day", permitted="mL/day", running_rate="mL/day", duration="s", blank="s",
    poll="s",
)  # fmt: skip
def test_rate_refused(
    case: Case, bench: Bench, pump: InfusionPump, weighing: WeighingStation
) -> None:
    """Ask a running pump for a rate out of range; delivery must go on as before.

    The rate at the end of the range is no such rate: it must be taken.
    """
    rate, permitted = case.numbers["rate"], case.numbers["permitted"]
    outcome = refused_programme.ask(
        case, bench, pump, weighing, partial(pump.start_continuous, rate)
    )
    taken = refusals.answer_to(partial(pump.start_continuous, permitted))
    pump.stop()
    case.judge_fact(
        "ITB-FLOW-003",
        conclusions.all_hold([outcome.is_refusal("rate"), taken is None]),
        f"{outcome}; the end of the range, {permitted:~P}: {taken or 'accepted'}",
    )


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
