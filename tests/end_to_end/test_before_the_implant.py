"""The plans of screening and trial infusion, on the simulated syringe pump.

Healthy units pass; every entry of their coverage.toml is found, and nothing else
blamed. A quarter of the entries is proved every day, as in `test_coverage.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Final

import pytest

from drivers.sim.syringe_pump import SyringeDefect
from harness.evidence.records import Kind
from harness.judging import Verdict
from harness.plans import loading
from harness.plans.coverage import SeededFault
from tests.end_to_end import campaign, seeded
from tests.end_to_end.command import ROOT, Outcome
from tests.end_to_end.pumps import NEW_ERA_1000
from tests.end_to_end.seeded import name_of

FOLDERS: Final = tuple(
    ROOT / "test_plans" / name for name in ("screening", "trial_infusion")
)
PLANS: Final = {
    folder: loading.load(folder / "plan.toml", NEW_ERA_1000.profile)
    for folder in FOLDERS
}
FOLDER_OF: Final = {
    name_of(fault): folder
    for folder, plan in PLANS.items()
    for fault in plan.coverage.faults
}
FAULTS: Final = [fault for plan in PLANS.values() for fault in plan.coverage.faults]


@pytest.fixture(scope="module")
def runs(
    request: pytest.FixtureRequest, folder: Path, processes: Executor
) -> Mapping[str, Future[Outcome]]:
    """The runs of the selected faults, by name."""
    return {
        name_of(fault): processes.submit(
            campaign.verify,
            folder / f"before-the-implant-{number}",
            NEW_ERA_1000,
            [fault.case],
            [(name, dict(of)) for name, of in fault.simulation.items()],
            plan=FOLDER_OF[name_of(fault)],
        )
        for number, fault in enumerate(seeded.chosen(request.session))
        if name_of(fault) in FOLDER_OF
    }


@pytest.mark.parametrize("fault", seeded.as_tests(FAULTS))
def test_a_fault_is_found_by_its_requirement_alone(
    fault: SeededFault, runs: Mapping[str, Future[Outcome]]
) -> None:
    wrong = runs[name_of(fault)].result()

    assert wrong.of(Kind.END)[0].fields["state"] == "COMPLETE", wrong.output
    expected = {fault.requirement, *fault.also_fails}
    assert seeded.failed_in(wrong) == expected, wrong.output


@pytest.mark.parametrize("plan", FOLDERS, ids=lambda folder: folder.name)
@pytest.mark.parametrize(
    "error",
    [
        "0.3 %",
        pytest.param("-1 %", marks=pytest.mark.slow),
        pytest.param("1 %", marks=pytest.mark.slow),
    ],
)
def test_a_healthy_pump_passes_the_whole_plan(
    folder: Path, processes: Executor, plan: Path, error: str
) -> None:
    home = folder / f"{plan.name} with {error}"
    unit = [("syringe", {"flow_error": error})]
    done = processes.submit(
        campaign.verify, home, NEW_ERA_1000, (), unit, plan=plan
    ).result()

    assert done.code == 0, done.output
    assert set(done.verdicts.values()) == {Verdict.PASS}, done.output
    judged = {requirement for _, requirement in done.verdicts}
    assert judged == PLANS[plan].register.requirements.keys()


@pytest.mark.parametrize("plan", FOLDERS, ids=lambda folder: folder.name)
def test_every_requirement_is_proved_by_a_fault(plan: Path) -> None:
    loaded = PLANS[plan]
    covered = {fault.requirement for fault in loaded.coverage.faults}
    assert covered == loaded.register.requirements.keys()


def test_every_defect_of_the_simulated_syringe_pump_proves_something() -> None:
    assert seeded.defects_in(FAULTS) == {defect.value for defect in SyringeDefect}


def test_the_report_of_an_injection_says_that_a_pump_stands_in_for_the_hand(
    folder: Path, processes: Executor
) -> None:
    done = processes.submit(
        campaign.verify,
        folder / "stands in",
        NEW_ERA_1000,
        ["SCR-INJ-001/25-ug"],
        plan=FOLDERS[0],
    ).result()
    noted = [str(record.fields["text"]) for record in done.of(Kind.NOTE)]
    assert any("stands in for the hand" in text for text in noted)
    assert "stands in for the hand" in str(done.header["plan"])
