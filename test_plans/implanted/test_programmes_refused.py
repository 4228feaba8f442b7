"""Programmes beyond a single bolus that the pump cannot run, and must not take."""

from __future__ import annotations

import pytest

from fixtures.weighing import WeighingStation
from harness.bench import Bench
from harness.execution.case import Case
from harness.readings import BolusDecision, PatientBolusReading
from harness.roles import Bridge, InfusionPump, PatientBolus, PeriodicBolus, Priming
from test_plans.implanted import refused_programme


@pytest.mark.procedure(
    volume="mL", bolus_duration="s", period="s", running_rate="mL/day", duration="s",
    blank="s", poll="s",
)  # fmt: skip
def test_periodic_refused(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    periodic: PeriodicBolus,
    weighing: WeighingStation,
) -> None:
    """Ask a running pump for periodic boluses that it cannot give."""
    numbers = case.numbers

    def ask() -> None:
        periodic.start_periodic(
            numbers["running_rate"],
            numbers["volume"],
            numbers["bolus_duration"],
            numbers["period"],
        )

    outcome = refused_programme.ask(case, bench, pump, weighing, ask)
    case.judge_fact("ITB-BOL-013", outcome.is_refusal("bolus"), str(outcome))


@pytest.mark.procedure(
    volume="mL", bolus_duration="s", lockout="s", running_rate="mL/day", duration="s",
    blank="s", poll="s",
)  # fmt: skip
def test_patient_bolus_refused(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    patient_bolus: PatientBolus,
    weighing: WeighingStation,
) -> None:
    """Allow a patient boluses that the pump cannot give, and ask for one.

    None was allowed before, so that a wish which is granted shows settings that were
    refused and taken.
    """
    numbers = case.numbers
    wishes: list[PatientBolusReading] = []

    def ask() -> None:
        try:
            patient_bolus.set_patient_bolus(
                numbers["volume"], numbers["bolus_duration"], 1, numbers["lockout"]
            )
        finally:
            wishes.append(patient_bolus.request_patient_bolus())

    patient_bolus.set_patient_bolus(
        numbers["volume"], numbers["lockout"], 0, numbers["lockout"]
    )
    outcome = refused_programme.ask(case, bench, pump, weighing, ask)
    granted = any(each.decision is BolusDecision.GRANTED for each in wishes)
    case.judge_fact(
        "ITB-BOL-013",
        False if granted else outcome.is_refusal("bolus"),
        f"{outcome}; a wish behind it: {wishes[0].decision.value}",
    )


@pytest.mark.procedure(
    catheter="mL", bolus_duration="s", running_rate="mL/day", duration="s", blank="s",
    poll="s",
)  # fmt: skip
def test_priming_refused(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    priming: Priming,
    weighing: WeighingStation,
) -> None:
    """Ask a running pump for a priming bolus that is too fast."""
    numbers = case.numbers

    def ask() -> None:
        priming.start_priming(
            numbers["catheter"], numbers["bolus_duration"], numbers["running_rate"]
        )

    outcome = refused_programme.ask(case, bench, pump, weighing, ask)
    case.judge_fact("ITB-BOL-013", outcome.is_refusal("bolus"), str(outcome))


@pytest.mark.procedure(
    catheter="mL", bridge_rate="mL/day", running_rate="mL/day", duration="s", blank="s",
    poll="s",
)  # fmt: skip
def test_bridge_refused(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    bridge: Bridge,
    weighing: WeighingStation,
) -> None:
    """Ask a running pump for a bridge at a rate out of range."""
    numbers = case.numbers

    def ask() -> None:
        bridge.start_bridge(
            numbers["catheter"], numbers["bridge_rate"], numbers["running_rate"]
        )

    outcome = refused_programme.ask(case, bench, pump, weighing, ask)
    case.judge_fact("ITB-FLOW-003", outcome.is_refusal("rate"), str(outcome))
