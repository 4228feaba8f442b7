"""A bolus that is cut short by a new rate."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fixtures.procedures import orders
from fixtures.procedures.phases import flow_over
from fixtures.weighing import WeighingStation
from harness.bench import Bench
from harness.execution.case import Case
from harness.metrology.measurement import error_percent
from harness.roles import (
    Bolus,
    Bridge,
    InfusionPump,
    PatientBolus,
    PeriodicBolus,
    Priming,
)
from harness.units import VOLUME, Quantity
from test_plans.implanted import cut_short


@pytest.mark.procedure(
    rate="mL/day", then_rate="mL/day", volume="mL", duration="s", running="s", blank="s"
)
def test_rate_during_bolus(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    bolus: Bolus,
    weighing: WeighingStation,
) -> None:
    """Programme a rate in the middle of a bolus; it must hold from then on."""
    _, volume, duration = cut_short.dose(case)

    def begin() -> None:
        bolus.start_bolus(volume, duration, case.numbers["then_rate"])

    _judge_rate(case, bench, pump, weighing, volume, begin)


@pytest.mark.procedure(rate="mL/day", volume="mL", duration="s", running="s", blank="s")
def test_rate_during_patient_bolus(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    patient_bolus: PatientBolus,
    weighing: WeighingStation,
) -> None:
    """Likewise, with a bolus that the patient asked for."""
    cut_short.allow(case, patient_bolus)
    begin = patient_bolus.request_patient_bolus
    _judge_rate(case, bench, pump, weighing, case.numbers["volume"], begin)


@pytest.mark.procedure(
    rate="mL/day", then_rate="mL/day", volume="mL", duration="s", running="s", blank="s"
)
def test_rate_during_periodic_bolus(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    periodic: PeriodicBolus,
    weighing: WeighingStation,
) -> None:
    """Likewise, with the first of periodic boluses; the second must not come either."""
    _, volume, duration = cut_short.dose(case)

    def begin() -> None:
        then = case.numbers["then_rate"]
        periodic.start_periodic(then, volume, duration, duration + duration / 2)

    _judge_rate(case, bench, pump, weighing, volume, begin)


@pytest.mark.procedure(
    rate="mL/day", then_rate="mL/day", catheter="mL", duration="s", running="s",
    blank="s",
)  # fmt: skip
def test_rate_during_priming(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    priming: Priming,
    weighing: WeighingStation,
) -> None:
    """Likewise, with a priming bolus."""
    numbers = case.numbers

    def begin() -> None:
        priming.start_priming(
            numbers["catheter"], numbers["duration"], numbers["then_rate"]
        )

    dead = case.profile.quantity("priming.tubing_volume", VOLUME) + numbers["catheter"]
    _judge_rate(case, bench, pump, weighing, dead, begin)


@pytest.mark.procedure(
    rate="mL/day", bridge_rate="mL/day", then_rate="mL/day", catheter="mL",
    duration="s", running="s", blank="s",
)  # fmt: skip
def test_rate_during_bridge(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    bridge: Bridge,
    weighing: WeighingStation,
) -> None:
    """Likewise, with a bridge, of which ``duration`` is a part."""
    numbers = case.numbers

    def begin() -> None:
        bridge.start_bridge(
            numbers["catheter"], numbers["bridge_rate"], numbers["then_rate"]
        )

    came = (numbers["bridge_rate"] * numbers["duration"]).to(VOLUME)
    _judge_rate(case, bench, pump, weighing, came, begin)


def _judge_rate(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    weighing: WeighingStation,
    volume: Quantity,
    begin: Callable[[], object],
) -> None:
    limit = case.limit("ITB-BOL-011")

    def run_again() -> None:
        pump.start_continuous(case.numbers["rate"])

    def set_rate() -> tuple[int, int]:
        set_ns = orders.give(case, bench, run_again)
        return set_ns, set_ns

    cut = cut_short.weigh(case, bench, pump, weighing, volume, begin, set_rate)
    flow = flow_over(cut.rest, cut.running_ns)
    cut_short.judge(case, limit, cut, error_percent(flow, cut.background))
