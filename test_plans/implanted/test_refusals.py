"""What the pump must not do: run a rate out of range, or obey a corrupted frame."""

from __future__ import annotations

import pytest

from fixtures.weighing import WeighingStation
from harness.bench import Bench
from harness.errors import CommandRefused, LinkViolation, PumpFinding
from harness.execution.case import Case
from harness.roles import InfusionPump, LinkTamper
from harness.units import Quantity
from test_plans.implanted import steps


@pytest.mark.procedure(
    rate="mL/day", running_rate="mL/day", duration="s", blank="s", poll="s"
)
def test_rate_refused(
    case: Case, bench: Bench, pump: InfusionPump, weighing: WeighingStation
) -> None:
    """Ask a running pump for a rate out of range; delivery must go on as before."""
    answers: list[PumpFinding] = []
    unchanged: list[bool] = []

    def ask() -> None:
        earlier = pump.read_status()
        answers.extend(_objections(pump, case.numbers["rate"]))
        later = pump.read_status()
        unchanged.append(
            (later.mode, later.state, later.rate_nl_per_h)
            == (earlier.mode, earlier.state, earlier.rate_nl_per_h)
        )

    running_rate = case.numbers["running_rate"]
    change = steps.deliver_disturbed(case, bench, pump, weighing, running_rate, ask)

    kept = steps.unchanged(case, change)
    named = any(
        isinstance(answer, CommandRefused) and "rate" in answer.field.lower()
        for answer in answers
    )
    case.judge_fact(
        "ITB-FLOW-003",
        steps.holds(named and all(unchanged), kept),
        f"answer: {answers[0] if answers else 'accepted'}; programme unchanged:"
        f" {all(unchanged)}; change of flow: {kept.statement}",
    )


def _objections(pump: InfusionPump, rate: Quantity) -> list[PumpFinding]:
    """Programme a rate; an echo of another rate than was sent is an answer, too."""
    try:
        pump.start_continuous(rate)
    except (CommandRefused, LinkViolation) as answer:
        return [answer]
    return []


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
    unchanged: list[bool] = []
    answers: list[str] = []

    def damage() -> None:
        earlier = pump.read_status()
        try:
            tamper.send_corrupted_program(case.numbers["rate"])
        except LinkViolation as answer:
            answers.append(str(answer))
        later = pump.read_status()
        unchanged.append(
            (later.mode, later.state, later.rate_nl_per_h)
            == (earlier.mode, earlier.state, earlier.rate_nl_per_h)
        )

    running_rate = case.numbers["running_rate"]
    change = steps.deliver_disturbed(case, bench, pump, weighing, running_rate, damage)

    kept = steps.unchanged(case, change)
    held = steps.holds(all(unchanged), kept)
    case.judge_fact(
        "ITB-LNK-001",
        # An answer alone is no execution, but after it nothing is proven either.
        None if held and answers else held,
        f"programme unchanged: {all(unchanged)}; answers to corrupted frames:"
        f" {'; '.join(answers) or 'none'}; change of flow: {kept.statement}",
    )
