"""Delivery against the programmed dose, judged from the balance."""

from __future__ import annotations

import pytest

from fixtures.weighing import WeighingStation
from harness.bench import Bench
from harness.execution.case import Case
from harness.measurement import error_percent, ratio
from harness.roles import Bolus, InfusionPump
from harness.units import (
    FLOW,
    FRACTION,
    VOLUME,
    ureg,
)
from test_plans.implanted import steps


@pytest.mark.procedure(dose="µg/day", duration="s", blank="s", poll="s")
def test_steady_delivery(
    case: Case, bench: Bench, pump: InfusionPump, weighing: WeighingStation
) -> None:
    """Deliver a constant dose; compare what was weighed, counted and programmed."""
    by_programme = case.limit("ITB-CNT-001")
    by_reservoir = case.limit("ITB-RES-001")
    rate = (case.numbers["dose"] / case.start["concentration"]).to(FLOW)

    delivery = steps.deliver(case, bench, pump, weighing, rate)

    steps.judge_flow(case, delivery)
    case.judge(by_programme, error_percent(delivery.counted, delivery.programmed))
    steps.judge_count(case, delivery)
    case.judge(by_reservoir, delivery.bookkeeping_error)


@pytest.mark.procedure(dose="µg/day", running="s", duration="s", blank="s", poll="s")
def test_zero_flow(
    case: Case, bench: Bench, pump: InfusionPump, weighing: WeighingStation
) -> None:
    """Stop a running pump, leave the line open, and weigh what still comes out."""
    limit = case.limit("ITB-FLOW-002")
    leak = case.profile.quantity("flow.stopped_maximum", FLOW)
    rate = (case.numbers["dose"] / case.start["concentration"]).to(FLOW)

    before = weighing.blank(case.numbers["blank"])
    weighing.open_line()
    pump.start_continuous(rate)
    bench.run_for(case.numbers["running"])
    pump.stop()
    weighing.relax()
    start = weighing.weigh()
    with weighing.watching(case.numbers["poll"]):
        bench.run_for(case.numbers["duration"])
    end = weighing.weigh()
    after = weighing.blank(case.numbers["blank"])

    tolerance = (leak * case.numbers["duration"]).to(VOLUME)
    came = weighing.delivered_between(start, end, before, after, tolerance)
    elapsed = ureg.Quantity(float(came.t_end_ns - came.t_start_ns), "ns")
    case.judge(limit, ratio(came, elapsed, "µL/hour"))


@pytest.mark.procedure(drug="µg", duration="s", blank="s", poll="s")
def test_single_bolus(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    bolus: Bolus,
    weighing: WeighingStation,
) -> None:
    """Give one bolus from a stopped pump and weigh it alone."""
    limit = case.limit("ITB-BOL-001")
    accuracy = case.profile.quantity("bolus.accuracy", FRACTION)
    volume = (case.numbers["drug"] / case.start["concentration"]).to(VOLUME)

    before = weighing.blank(case.numbers["blank"])
    with (
        weighing.watching(case.numbers["poll"]) as weights,
        bench.sampling(pump.read_status, case.numbers["poll"]) as telemetry,
    ):
        weighing.open_line()
        bolus.start_bolus(volume, case.numbers["duration"], ureg.Quantity(0.0, FLOW))
        bench.run_for(case.numbers["duration"])
        weighing.relax()
    after = weighing.blank(case.numbers["blank"])

    rate = (volume / case.numbers["duration"]).to(FLOW)
    steps.draw(case, weighing, weights, telemetry, before, after, rate)
    weighed = weighing.delivered(before, after, (accuracy * volume).to(VOLUME))
    case.judge(limit, error_percent(weighed, volume))
