"""Simulated units that may be as they are, and one at the limit."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from harness.judging import Verdict
from tests.end_to_end import campaign
from tests.end_to_end.command import Outcome
from tests.end_to_end.pumps import (
    FAULTS,
    REFERENCE_20,
    REFERENCE_40,
    VALVE_20,
    Pump,
    pump_for,
)

LOW: Final = "ITB-FLOW-001/low"
HIGH: Final = "ITB-FLOW-001/high"


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of a pump, and by how much its flow is wrong."""

    pump: Pump
    error: str

    @property
    def name(self) -> str:
        return f"{self.pump.name} with {self.error}"


# As far from what is programmed as a healthy unit may be. Seed 1, with which the whole
# plan runs on the 40 mL pump elsewhere, is near the upper end.
UNITS: Final = (
    Unit(VALVE_20, "-5 %"),
    Unit(VALVE_20, "5 %"),
    Unit(REFERENCE_20, "-5 %"),
    Unit(REFERENCE_20, "5 %"),
    Unit(REFERENCE_40, "-5 %"),
    Unit(REFERENCE_40, "5 %"),
)
HEALTHY: Final = [pytest.param(unit, marks=pytest.mark.slow) for unit in UNITS]


def run(folder: Path, unit: Unit, *cases: str) -> Outcome:
    home = folder / f"{unit.name}, {'some of' if cases else 'all'} cases"
    seeded = [("pump", {"flow_error": unit.error})]
    return campaign.verify(home, unit.pump, cases, seeded)


@pytest.fixture(scope="module")
def whole_plans(
    request: pytest.FixtureRequest, folder: Path, processes: Executor
) -> Mapping[Unit, Future[Outcome]]:
    """The whole plan on each unit that was selected."""
    units = [
        item.callspec.params["unit"]
        for item in request.session.items
        if isinstance(item, pytest.Function) and hasattr(item, "callspec")
        if "unit" in item.callspec.params and item.get_closest_marker("skip") is None
    ]
    chosen = [unit for unit in units if isinstance(unit, Unit)]
    return {unit: processes.submit(run, folder, unit) for unit in chosen}


@pytest.mark.parametrize("unit", HEALTHY, ids=lambda unit: unit.name)
def test_a_healthy_unit_passes_the_whole_plan(
    unit: Unit, whole_plans: Mapping[Unit, Future[Outcome]]
) -> None:
    outcome = whole_plans[unit].result()

    plan = unit.pump.plan
    assert outcome.code == 0, outcome.output
    assert outcome.ended_cases == {case.id: Verdict.PASS for case in plan.cases}
    judged = {requirement for _, requirement in outcome.verdicts}
    assert judged == plan.register.requirements.keys() - plan.absent_requirements
    # What a fault that is seeded into this pump would fail passes without it.
    for fault in FAULTS:
        if pump_for(fault) is unit.pump:
            verdict = outcome.verdicts.get((fault.case, fault.requirement))
            assert verdict is Verdict.PASS, fault


@pytest.mark.parametrize("error", [5.0, pytest.param(-5.0, marks=pytest.mark.slow)])
def test_a_healthy_unit_is_measured_as_what_it_is(
    error: float, folder: Path, processes: Executor
) -> None:
    unit = Unit(REFERENCE_40, f"{error} %")
    flow = (
        processes.submit(run, folder, unit, HIGH)
        .result()
        .measured[HIGH, "ITB-FLOW-001"]
    )
    assert flow.expanded_u < 0.05
    assert flow.value == pytest.approx(error, abs=0.05)


@pytest.mark.parametrize(
    "error", ["-10 %", pytest.param("10 %", marks=pytest.mark.slow)]
)
def test_exactly_at_the_limit_nothing_can_be_proved(
    error: str, folder: Path, processes: Executor
) -> None:
    unit = Unit(REFERENCE_40, error)
    outcome = processes.submit(run, folder, unit, LOW).result()
    assert outcome.code == 10, outcome.output
    undecided = {
        requirement
        for (_, requirement), verdict in outcome.verdicts.items()
        if verdict is Verdict.INCONCLUSIVE
    }
    # What was delivered is judged against the program, and the counter against that.
    assert undecided == {"ITB-FLOW-001", "ITB-CNT-002"}
    assert Verdict.FAIL not in outcome.verdicts.values()


def test_a_stall_that_is_noticed_at_the_last_moment_is_counted_rightly(
    folder: Path, processes: Executor
) -> None:
    seeded = [("pump", {"stall_detection_s": "1190 s"})]
    cases = ("ITB-CNT-002/held-bolus",)
    late = processes.submit(
        campaign.verify, folder / "late", REFERENCE_20, cases, seeded
    ).result()
    assert late.code == 0, late.output
