"""An injection that is stopped, and one that must not begin."""

from __future__ import annotations

import pytest

from fixtures.procedures import conclusions, orders, refusals, spans
from fixtures.procedures.phases import LOOKS, Phases
from fixtures.weighing import WeighingStation
from harness.bench import Bench
from harness.errors import CommandRefused
from harness.execution.case import Case
from harness.judging import Limit
from harness.metrology.measurement import difference
from harness.roles import Bolus, InfusionPump
from harness.units import FLOW, VOLUME, ureg
from test_plans.screening import stand_in

_NOTHING = ureg.Quantity(0.0, FLOW)
# Until all of the injection would have come.
_MARGIN = ureg.Quantity(5.0, "minute")


@pytest.mark.procedure(drug="µg", duration="s", running="s", blank="s")
def test_injection_stopped(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    bolus: Bolus,
    weighing: WeighingStation,
) -> None:
    """Stop an injection under way, and weigh what came beyond its rate until then."""
    limit = case.limit("SCR-INJ-004")
    numbers = case.numbers
    volume = (numbers["drug"] / case.start["concentration"]).to(VOLUME)
    rate = (volume / numbers["duration"]).to(FLOW)
    stand_in.note(case)

    permitted = case.profile.quantity("bolus.stop_maximum", VOLUME)
    run = Phases(weighing, numbers["blank"], permitted, numbers["duration"] / LOOKS)
    start = run.mark()
    started = spans.timed(
        bench,
        lambda: orders.give(
            case,
            bench,
            lambda: bolus.start_bolus(volume, numbers["duration"], _NOTHING),
        ),
    )
    bench.run_for(numbers["running"])
    stopped = spans.timed(bench, pump.stop)
    bench.run_for(_MARGIN)
    end = run.mark()
    run.close()

    until_then = spans.between(started, stopped).volume(rate)
    came = run.between(start, end, spurts=True).volume
    case.judge(limit, difference(came, until_then))


@pytest.mark.procedure(drug="µg", duration="s", blank="s")
def test_injection_refused(
    case: Case, bench: Bench, bolus: Bolus, weighing: WeighingStation
) -> None:
    """Ask for an injection that no pump can give in its time; nothing may come."""
    volume = (case.numbers["drug"] / case.start["concentration"]).to(VOLUME)
    permitted = case.profile.quantity("bolus.stop_maximum", VOLUME)
    stand_in.note(case)

    run = Phases(weighing, case.numbers["blank"], permitted, _MARGIN / LOOKS)
    start = run.mark()
    answer = refusals.answer_to(
        lambda: bolus.start_bolus(volume, case.numbers["duration"], _NOTHING)
    )
    bench.run_for(_MARGIN)
    end = run.mark()
    run.close()

    came = run.between(start, end, spurts=True).volume
    nothing = Limit(
        requirement=case.id,
        lower=-1 * permitted,
        upper=permitted,
        rule=case.rule,
        unit="µL",
        source="profile bolus.stop_maximum",
    ).judge(came)
    holds = conclusions.holds(isinstance(answer, CommandRefused), nothing)
    said = f"answer: {answer or 'accepted'}; what came: {nothing.statement}"
    case.judge_fact("SCR-INJ-005", holds, said)
