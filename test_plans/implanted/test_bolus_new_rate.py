"""A bolus that is cut short by a new rate."""

from __future__ import annotations

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
from test_plans.implanted import cut_short
from test_plans.implanted.cut_short import Dosing


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
    dosing = cut_short.of_bolus(case, bolus, case.numbers["then_rate"])
    _judge_rate(case, bench, pump, weighing, dosing)


@pytest.mark.procedure(rate="mL/day", volume="mL", duration="s", running="s", blank="s")
def test_rate_during_patient_bolus(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    patient_bolus: PatientBolus,
    weighing: WeighingStation,
) -> None:
    """Likewise, with a bolus that the patient asked for."""
    dosing = cut_short.of_patient(case, patient_bolus)
    _judge_rate(case, bench, pump, weighing, dosing)


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
    dosing = cut_short.of_periodic(
        case, periodic, case.numbers["then_rate"], 1.5 * case.numbers["duration"]
    )
    _judge_rate(case, bench, pump, weighing, dosing)


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
    dosing = cut_short.of_priming(case, priming, case.numbers["then_rate"])
    _judge_rate(case, bench, pump, weighing, dosing)


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
    dosing = cut_short.of_bridge(case, bridge, case.numbers["then_rate"])
    _judge_rate(case, bench, pump, weighing, dosing)


def _judge_rate(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    weighing: WeighingStation,
    dosing: Dosing,
) -> None:
    limit = case.limit("ITB-BOL-011")

    def run_again() -> None:
        pump.start_continuous(case.numbers["rate"])

    def set_rate() -> tuple[int, int]:
        set_ns = orders.give(case, bench, run_again)
        return set_ns, set_ns

    cut = cut_short.weigh(case, bench, pump, weighing, dosing, set_rate)
    flow = flow_over(cut.rest, cut.running_ns)
    cut_short.judge(case, limit, cut, error_percent(flow, cut.background))
