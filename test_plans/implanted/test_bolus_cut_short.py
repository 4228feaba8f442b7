"""A bolus that is cut short by a stop."""

from __future__ import annotations

from collections.abc import Callable

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
from harness.units import VOLUME, Quantity
from test_plans.implanted import cut_short


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
    rate, volume, duration = cut_short.dose(case)

    def begin() -> None:
        bolus.start_bolus(volume, duration, rate)

    _judge_stop(case, bench, pump, weighing, volume, begin)


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
    cut_short.allow(case, patient_bolus)
    begin = patient_bolus.request_patient_bolus
    _judge_stop(case, bench, pump, weighing, case.numbers["volume"], begin)


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
    rate, volume, duration = cut_short.dose(case)

    def begin() -> None:
        periodic.start_periodic(rate, volume, duration, 3 * duration)

    _judge_stop(case, bench, pump, weighing, volume, begin)


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
    numbers = case.numbers
    tubing = case.profile.quantity("priming.tubing_volume", VOLUME)

    def begin() -> None:
        priming.start_priming(numbers["catheter"], numbers["duration"], numbers["rate"])

    dead = tubing + numbers["catheter"]
    _judge_stop(case, bench, pump, weighing, dead, begin)


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
    numbers = case.numbers

    def begin() -> None:
        bridge.start_bridge(
            numbers["catheter"], numbers["bridge_rate"], numbers["rate"]
        )

    came = (numbers["bridge_rate"] * numbers["duration"]).to(VOLUME)
    _judge_stop(case, bench, pump, weighing, came, begin)


def _judge_stop(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    weighing: WeighingStation,
    volume: Quantity,
    begin: Callable[[], object],
) -> None:
    limit = case.limit("ITB-BOL-010")

    def run_again() -> None:
        pump.start_continuous(case.numbers["rate"])

    def stop_and_start() -> tuple[int, int]:
        stopped_ns = orders.give(case, bench, pump.stop)
        bench.run_for(case.numbers["pause"])
        return stopped_ns, orders.give(case, bench, run_again)

    cut = cut_short.weigh(case, bench, pump, weighing, volume, begin, stop_and_start)
    programmed = in_time(cut.background, cut.running_ns)
    cut_short.judge(case, limit, cut, difference(cut.rest, programmed))
