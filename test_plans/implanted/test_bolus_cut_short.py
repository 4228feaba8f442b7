"""A bolus that is cut short by a stop."""

from __future__ import annotations

import pytest

from fixtures.procedures import orders
from fixtures.procedures.phases import in_time
from fixtures.weighing import WeighingStation
from harness.bench import Bench
from harness.execution.case import Case
from harness.metrology.measurement import difference
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
    rate="mL/day", volume="mL", duration="s", pause="s", running="s", blank="s"
)
def test_stop_during_bolus(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    bolus: Bolus,
    weighing: WeighingStation,
) -> None:
    """Stop in the middle of a bolus, start again later, and weigh what is too much."""
    dosing = cut_short.of_bolus(case, bolus, case.numbers["rate"])
    _judge_stop(case, bench, pump, weighing, dosing)


@pytest.mark.procedure(
    rate="mL/day", volume="mL", duration="s", pause="s", running="s", blank="s"
)
def test_stop_during_patient_bolus(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    patient_bolus: PatientBolus,
    weighing: WeighingStation,
) -> None:
    """Likewise, with a bolus that the patient asked for."""
    dosing = cut_short.of_patient(case, patient_bolus)
    _judge_stop(case, bench, pump, weighing, dosing)


@pytest.mark.procedure(
    rate="mL/day", volume="mL", duration="s", pause="s", running="s", blank="s"
)
def test_stop_during_periodic_bolus(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    periodic: PeriodicBolus,
    weighing: WeighingStation,
) -> None:
    """Likewise, with the first of periodic boluses; the second must not come either."""
    dosing = cut_short.of_periodic(
        case, periodic, case.numbers["rate"], 3 * case.numbers["duration"]
    )
    _judge_stop(case, bench, pump, weighing, dosing)


@pytest.mark.procedure(
    rate="mL/day", catheter="mL", duration="s", pause="s", running="s", blank="s"
)
def test_stop_during_priming(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    priming: Priming,
    weighing: WeighingStation,
) -> None:
    """Likewise, with a priming bolus."""
    dosing = cut_short.of_priming(case, priming, case.numbers["rate"])
    _judge_stop(case, bench, pump, weighing, dosing)


@pytest.mark.procedure(
    rate="mL/day", bridge_rate="mL/day", catheter="mL", duration="s", pause="s",
    running="s", blank="s",
)  # fmt: skip
def test_stop_during_bridge(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    bridge: Bridge,
    weighing: WeighingStation,
) -> None:
    """Likewise, with a bridge, of which ``duration`` is a part."""
    dosing = cut_short.of_bridge(case, bridge, case.numbers["rate"])
    _judge_stop(case, bench, pump, weighing, dosing)


def _judge_stop(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    weighing: WeighingStation,
    dosing: Dosing,
) -> None:
    limit = case.limit("ITB-BOL-010")

    def run_again() -> None:
        pump.start_continuous(case.numbers["rate"])

    def stop_and_start() -> tuple[int, int]:
        stopped_ns = orders.give(case, bench, pump.stop)
        bench.run_for(case.numbers["pause"])
        return stopped_ns, orders.give(case, bench, run_again)

    cut = cut_short.weigh(case, bench, pump, weighing, dosing, stop_and_start)
    programmed = in_time(cut.background, cut.running_ns)
    cut_short.judge(case, limit, cut, difference(cut.rest, programmed))
