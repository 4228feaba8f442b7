"""The plans of screening and trial infusion, on every simulated pump that has them.

Healthy units pass; every entry of their coverage.toml is found, and nothing else
blamed. A few of the entries are proved every day, the rest with `make coverage`.
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
from protocols.terumo.questions import only_asks
from tests.end_to_end import campaign, seeded
from tests.end_to_end.command import ROOT, Outcome
from tests.end_to_end.pumps import HARVARD_PHD, NEW_ERA_1000, TERUMO_TE, Pump
from tests.end_to_end.seeded import name_of

SCREENING: Final = ROOT / "test_plans" / "screening"
TRIAL: Final = ROOT / "test_plans" / "trial_infusion"
FOLDERS: Final = (SCREENING, TRIAL)
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


def _is_told(fault: SeededFault) -> bool:
    """Whether a verdict rests on the words of a pump, each of which has its own."""
    return fault.requirement.startswith(("TRI-CNT", "TRI-END", "TRI-OCC"))


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


def passes(
    plan: Path, pump: Pump, error: str, folder: Path, processes: Executor
) -> Outcome:
    """Run a whole plan on a healthy unit, which must pass all that applies to it."""
    home = folder / f"{plan.name} of {pump.name} with {error}"
    unit = [("syringe", {"flow_error": error})]
    done = processes.submit(campaign.verify, home, pump, (), unit, plan=plan).result()

    assert done.code == 0, done.output
    assert set(done.verdicts.values()) == {Verdict.PASS}, done.output
    loaded = loading.load(plan / "plan.toml", pump.profile)
    judged = {requirement for _, requirement in done.verdicts}
    applies = loaded.register.requirements.keys() - loaded.absent_requirements.keys()
    assert judged == applies
    return done


# --- the New Era pump --------------------------------------------------------------


@pytest.mark.parametrize("fault", seeded.as_tests(FAULTS))
def test_a_fault_is_found_by_its_requirement_alone(
    fault: SeededFault, runs: Mapping[str, Future[Outcome]]
) -> None:
    wrong = runs[name_of(fault)].result()

    assert wrong.of(Kind.END)[0].fields["state"] == "COMPLETE", wrong.output
    expected = {fault.requirement, *fault.also_fails}
    assert seeded.failed_in(wrong) == expected, wrong.output


@pytest.mark.slow
@pytest.mark.parametrize("error", ["-1 %", "0.3 %", "1 %"])
def test_a_healthy_pump_passes_the_trial_infusion(
    error: str, folder: Path, processes: Executor
) -> None:
    done = passes(TRIAL, NEW_ERA_1000, error, folder, processes)
    assert not loading.load(TRIAL / "plan.toml").absent_requirements
    assert "not applicable" not in done.output


@pytest.mark.slow
@pytest.mark.parametrize("error", ["-1 %", "0.3 %", "1 %"])
def test_a_healthy_pump_passes_the_screening_in_place_of_a_hand(
    error: str, folder: Path, processes: Executor
) -> None:
    done = passes(SCREENING, NEW_ERA_1000, error, folder, processes)
    assert "stands in for the hand" in str(done.header["plan"])
    noted = [str(record.fields["text"]) for record in done.of(Kind.NOTE)]
    cases = len(PLANS[SCREENING].cases)
    assert sum("stands in for the hand" in text for text in noted) == cases


# --- other pumps, by a change of bench file and profile alone ----------------------


@pytest.mark.slow
@pytest.mark.parametrize("error", ["-1 %", "1 %"])
@pytest.mark.parametrize("plan", FOLDERS, ids=lambda folder: folder.name)
def test_a_harvard_pump_passes_both_plans(
    plan: Path, error: str, folder: Path, processes: Executor
) -> None:
    passes(plan, HARVARD_PHD, error, folder, processes)


@pytest.mark.slow
@pytest.mark.parametrize("error", ["-1 %", "1 %"])
def test_a_pump_for_patients_passes_and_is_only_asked(
    error: str, folder: Path, processes: Executor
) -> None:
    done = passes(TRIAL, TERUMO_TE, error, folder, processes)

    assert "not applicable: TRI-FLOW-005/too-fast" in done.output
    wire = [each.fields for each in done.of(Kind.EXCHANGE)]
    sent = [bytes.fromhex(str(each["sent"])) for each in wire if each["port"] == "pump"]
    assert len(sent) > 1000
    assert all(only_asks(each) for each in sent)
    by_hand = [each for each in wire if each["port"] == "clamp"]
    assert any(b"START" in bytes.fromhex(str(each["sent"])) for each in by_hand)


@pytest.mark.slow
@pytest.mark.parametrize("pump", [HARVARD_PHD, TERUMO_TE], ids=lambda pump: pump.name)
@pytest.mark.parametrize("fault", [f for f in FAULTS if _is_told(f)], ids=name_of)
def test_a_fault_is_found_in_what_other_pumps_tell(
    pump: Pump, fault: SeededFault, folder: Path, processes: Executor
) -> None:
    home = folder / f"{pump.name} {FAULTS.index(fault)}"
    parameters = [(name, dict(of)) for name, of in fault.simulation.items()]
    wrong = processes.submit(
        campaign.verify, home, pump, [fault.case], parameters, plan=TRIAL
    ).result()
    expected = {fault.requirement, *fault.also_fails}
    assert seeded.failed_in(wrong) == expected, wrong.output


def test_nothing_of_the_screening_applies_to_a_pump_operated_by_hand(
    folder: Path, processes: Executor
) -> None:
    home = folder / "no injections"
    done = processes.submit(campaign.verify, home, TERUMO_TE, plan=SCREENING).result()

    assert done.code == pytest.ExitCode.USAGE_ERROR
    assert "no case applies to terumo-te, which lacks bolus: a pump" in done.output


# --- the entries themselves --------------------------------------------------------


@pytest.mark.parametrize("plan", FOLDERS, ids=lambda folder: folder.name)
def test_every_requirement_is_proved_by_a_fault(plan: Path) -> None:
    loaded = PLANS[plan]
    covered = {fault.requirement for fault in loaded.coverage.faults}
    assert covered == loaded.register.requirements.keys()


def test_every_defect_of_the_simulated_syringe_pump_proves_something() -> None:
    assert seeded.defects_in(FAULTS) == {defect.value for defect in SyringeDefect}
