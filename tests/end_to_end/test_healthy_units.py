"""Simulated units that may be as they are, and one at the limit, where none can tell."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Final

import pytest

from harness.judging import Verdict
from tests.end_to_end import campaign
from tests.end_to_end.command import Outcome
from tests.end_to_end.pumps import REFERENCE_20, REFERENCE_40, VALVE_20, Pump

LOW: Final = "ITB-FLOW-001/low"
HIGH: Final = "ITB-FLOW-001/high"

Unit = tuple[Pump, str]
"""A pump, and the error of its flow."""

# The widest that a healthy unit is, on every pump; seed 1 is near the upper end too.
EVERY_DAY: Final = ((REFERENCE_20, "-5 %"), (VALVE_20, "5 %"))
THE_OTHERS: Final = (
    (REFERENCE_40, "5 %"),
    (REFERENCE_40, "-5 %"),
    (REFERENCE_20, "5 %"),
    (VALVE_20, "-5 %"),
)
HEALTHY: Final = (
    *EVERY_DAY,
    *(pytest.param(*unit, marks=pytest.mark.slow) for unit in THE_OTHERS),
)


def run(folder: Path, pump: Pump, error: str, *cases: str) -> Outcome:
    home = folder / f"{pump.name} with {error} {len(cases)}"
    return campaign.verify(home, pump, cases, [("pump", {"flow_error": error})])


@pytest.fixture(scope="module")
def whole_plans(
    request: pytest.FixtureRequest, folder: Path, processes: Executor
) -> Mapping[Unit, Future[Outcome]]:
    """The whole plan on each unit that was selected."""
    chosen = [
        (item.callspec.params["pump"], item.callspec.params["error"])
        for item in request.session.items
        if isinstance(item, pytest.Function)
        if item.originalname == test_a_healthy_unit_passes_the_whole_plan.__name__
        if item.get_closest_marker("skip") is None
    ]
    return {unit: processes.submit(run, folder, *unit) for unit in chosen}


@pytest.mark.parametrize(("pump", "error"), HEALTHY, ids=lambda of: str(of)[:24])
def test_a_healthy_unit_passes_the_whole_plan(
    pump: Pump, error: str, whole_plans: Mapping[Unit, Future[Outcome]]
) -> None:
    outcome = whole_plans[pump, error].result()

    plan = pump.plan
    assert outcome.code == 0, outcome.output
    assert outcome.ended_cases == {case.id: Verdict.PASS for case in plan.cases}
    judged = {requirement for _, requirement in outcome.verdicts}
    assert judged == plan.register.requirements.keys() - plan.absent_requirements


@pytest.mark.parametrize("error", [5.0, -5.0])
def test_a_healthy_unit_is_measured_as_what_it_is(
    error: float, folder: Path, processes: Executor
) -> None:
    begun = processes.submit(run, folder, REFERENCE_40, f"{error} %", HIGH)
    flow = begun.result().measured[HIGH, "ITB-FLOW-001"]
    assert flow.expanded_u < 0.05
    assert flow.value == pytest.approx(error, abs=0.05)


@pytest.mark.parametrize("error", ["10 %", "-10 %"])
def test_exactly_at_the_limit_nothing_can_be_proved(
    error: str, folder: Path, processes: Executor
) -> None:
    outcome = processes.submit(run, folder, REFERENCE_40, error, LOW).result()
    assert outcome.code == 10, outcome.output
    undecided = {
        requirement
        for (_, requirement), verdict in outcome.verdicts.items()
        if verdict is Verdict.INCONCLUSIVE
    }
    # What was delivered is judged against the program, and the counter against that.
    assert undecided == {"ITB-FLOW-001", "ITB-CNT-002"}
    assert Verdict.FAIL not in outcome.verdicts.values()
