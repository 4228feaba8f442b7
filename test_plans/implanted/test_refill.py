"""The refill: weighed out and weighed in, entered, and dated right."""

from __future__ import annotations

from functools import partial

import pytest

from fixtures.procedures import conclusions, refusals
from fixtures.weighing import WeighingStation
from harness.bench import Bench
from harness.execution.case import Case
from harness.metrology.measurement import difference
from harness.roles import FlowClamp, InfusionPump, Operator, Refillable
from harness.units import FLOW, FRACTION, VOLUME, Quantity, magnitude, show, ureg
from test_plans.implanted import refill_dates, refill_procedure, steps
from test_plans.implanted.refill_procedure import GuidedRefill, Residual

_HALF_FILL = "ITB-REF-006"


@pytest.mark.procedure(
    delivered="mL",
    rate="mL/day",
    refilled="mL",
    next_rate="mL/day",
    blank="s",
    poll="s",
)
def test_guided_refill(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    refillable: Refillable,
    operator: Operator,
    weighing: WeighingStation,
) -> None:
    """Use a part up, then refill step by step: what was left, what went in, when next.

    What is entered is what left the syringe, by weight.
    """
    numbers = case.numbers
    with weighing.watching(numbers["poll"]):
        weighing.open_line()
        pump.start_continuous(numbers["rate"])
        bench.run_for((numbers["delivered"] / numbers["rate"]).to("hour"))
        pump.stop()
    weighing.relax()

    refill = GuidedRefill(bench, refillable, operator, weighing, case.profile)
    residual = refill.withdraw(numbers["blank"])
    _judge_residual(case, residual)
    injected = refill.inject(numbers["refilled"], residual)
    entered = refill.enter(injected.value)
    told = refill_procedure.content(refillable.read_reservoir())
    case.judge(case.limit("ITB-REF-002"), difference(told, entered))
    expanded, _ = injected.expanded()
    weighed, told_in = (show(each, VOLUME, 6) for each in (injected.value, entered))
    apart = show(expanded, VOLUME, 2)
    case.note(f"injected {weighed} ± {apart} by weight, entered {told_in}")
    weighing.open_line()
    _judge_dates(case, pump, refillable, entered, numbers["next_rate"])


def _judge_residual(case: Case, residual: Residual) -> None:
    """Judge the residual (ITB-REF-001), and remark on one outside the accuracy."""
    error = difference(residual.withdrawn, residual.expected)
    case.judge(case.limit("ITB-REF-001"), error)
    accuracy = case.profile.quantity("flow.accuracy", FRACTION)
    allowed = (accuracy * case.numbers["delivered"]).to(VOLUME)
    if abs(error.value) > allowed:
        case.note(
            f"the residual differs by {show(error.value, VOLUME)}; the pump's accuracy"
            f" explains {show(allowed, VOLUME)} since the last refill"
        )


def _judge_dates(
    case: Case,
    pump: InfusionPump,
    refillable: Refillable,
    content: Quantity,
    rate: Quantity,
) -> None:
    """Judge both dates of a programme (ITB-REF-003, ITB-REF-004)."""
    running = pump.start_continuous(rate)
    reported = refill_dates.read(refillable)
    pump.stop()
    dates = refill_dates.expected(case.profile, content, running)
    refill_dates.flag(case, dates)
    refill_dates.judge(case, case.limit("ITB-REF-003"), reported.low, dates.low)
    by = case.limit("ITB-REF-004")
    refill_dates.judge(case, by, reported.refill_by, dates.refill_by)
    case.note(f"{refill_dates.HEADING}: {dates}")


@pytest.mark.procedure(dose="µg/day")
def test_refill_dates(
    case: Case, pump: InfusionPump, refillable: Refillable, clamp: FlowClamp
) -> None:
    """Programme a dose and hold the pump's two refill dates against the arithmetic."""
    rate = (case.numbers["dose"] / case.start["concentration"]).to(FLOW)
    clamp.set_closed(False)
    _judge_dates(case, pump, refillable, case.start["reservoir"], rate)


@pytest.mark.procedure(dose="µg/day")
def test_low_date(
    case: Case, pump: InfusionPump, refillable: Refillable, clamp: FlowClamp
) -> None:
    """Programme a dose after a small fill: the low date must follow the fill."""
    rate = (case.numbers["dose"] / case.start["concentration"]).to(FLOW)
    clamp.set_closed(False)
    running = pump.start_continuous(rate)
    reported = refill_dates.read(refillable)
    pump.stop()
    dates = refill_dates.expected(case.profile, case.start["reservoir"], running)
    refill_dates.judge(case, case.limit(_HALF_FILL), reported.low, dates.low)


@pytest.mark.procedure(
    lowest="µg/day",
    highest="µg/day",
    doses="1",
    running_rate="mL/day",
    duration="s",
    blank="s",
    poll="s",
)
def test_interval_arithmetic(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    refillable: Refillable,
    weighing: WeighingStation,
) -> None:
    """Programme a range of doses; both dates must be right, and some doses refused.

    The doses that the pump must refuse are asked for while it delivers; what they do
    to the flow is weighed.
    """
    rates = _rates(case)
    least = case.profile.quantity("flow.minimum", FLOW)
    weighing.open_line()
    programmed = [
        (pump.start_continuous(rate), refill_dates.read(refillable))
        for rate in rates
        if rate >= least
    ]
    pump.stop()
    _judge_all_dates(case, programmed)
    _judge_refused(
        case, bench, pump, weighing, [rate for rate in rates if rate < least]
    )


def _rates(case: Case) -> list[Quantity]:
    """The rates of the doses, from the lowest to the highest in equal ratios."""
    lowest, highest = (
        magnitude(case.numbers[name], "µg/day") for name in ("lowest", "highest")
    )
    gaps = round(magnitude(case.numbers["doses"], "")) - 1
    doses = (lowest * (highest / lowest) ** (n / gaps) for n in range(gaps + 1))
    concentration = case.start["concentration"]
    return [(ureg.Quantity(dose, "µg/day") / concentration).to(FLOW) for dose in doses]


def _judge_all_dates(
    case: Case, programmed: list[tuple[Quantity, refill_dates.Reported]]
) -> None:
    """Judge the date that is furthest from the arithmetic, of each kind."""
    content = case.start["reservoir"]
    dated = [
        (reported, refill_dates.expected(case.profile, content, rate), rate)
        for rate, reported in programmed
    ]
    low, by = case.limit("ITB-REF-003"), case.limit("ITB-REF-004")
    refill_dates.judge_worst(case, low, [(r.low, d.low) for r, d, _ in dated])
    refill_dates.judge_worst(
        case, by, [(r.refill_by, d.refill_by) for r, d, _ in dated]
    )
    lines = (f"{show(rate, FLOW)}: {dates}" for _, dates, rate in dated)
    case.note(f"{refill_dates.HEADING}: {'; '.join(lines)}")


def _judge_refused(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    weighing: WeighingStation,
    rates: list[Quantity],
) -> None:
    """Ask for rates below the lowest while the pump delivers (ITB-FLOW-003)."""
    named: list[bool] = []
    unchanged: list[bool] = []

    def ask() -> None:
        for rate in rates:
            earlier = pump.read_status()
            answer = refusals.answer_to(partial(pump.start_continuous, rate))
            named.append(refusals.names(answer, "rate"))
            unchanged.append(refusals.is_same_programme(earlier, pump.read_status()))

    running_rate = case.numbers["running_rate"]
    change = steps.deliver_disturbed(case, bench, pump, weighing, running_rate, ask)
    kept = conclusions.unchanged(case, change)
    held = conclusions.holds(all(named) and all(unchanged), kept)
    case.judge_fact(
        "ITB-FLOW-003",
        held if rates else None,
        f"doses that need less than the lowest rate: {len(rates)}; refused with the"
        f" field's name: {sum(named)}; programme unchanged: {all(unchanged)}; change of"
        f" flow: {kept.statement}",
    )
