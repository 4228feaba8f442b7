"""Every entry of coverage.toml, proved: the fault is found, and nothing else blamed.

A few of them are proved every day, always the same; `make coverage` proves all. That
the same requirement passes on a pump without the fault is proved of every entry with
the whole plan, in `test_repeatable.py` and in `test_healthy_units.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor, Future
from pathlib import Path

import pytest

from drivers.sim.pump_defects import Defect
from harness.evidence.records import Kind
from harness.plans.coverage import SeededFault
from tests.end_to_end import campaign, seeded
from tests.end_to_end.command import Outcome
from tests.end_to_end.pumps import FAULTS, IMPLANTED, pump_for
from tests.end_to_end.seeded import name_of


@pytest.fixture(scope="module")
def runs(
    request: pytest.FixtureRequest, folder: Path, processes: Executor
) -> Mapping[str, Future[Outcome]]:
    """The runs of the selected faults, by name."""
    return {
        name_of(fault): processes.submit(
            campaign.verify,
            folder / f"fault-{number}",
            pump_for(fault),
            [fault.case],
            [(name, dict(of)) for name, of in fault.simulation.items()],
        )
        for number, fault in enumerate(seeded.chosen(request.session))
        if fault in FAULTS
    }


@pytest.mark.parametrize("fault", seeded.as_tests(FAULTS))
def test_a_fault_is_found_by_its_requirement_alone(
    fault: SeededFault, runs: Mapping[str, Future[Outcome]]
) -> None:
    wrong = runs[name_of(fault)].result()

    assert wrong.of(Kind.END)[0].fields["state"] == "COMPLETE", wrong.output
    expected = {fault.requirement, *fault.also_fails}
    assert seeded.failed_in(wrong) == expected, wrong.output


def test_every_requirement_is_proved_by_a_fault() -> None:
    covered = {fault.requirement for fault in FAULTS}
    assert covered == IMPLANTED.register.requirements.keys()


def test_every_defect_of_the_simulated_pump_proves_something() -> None:
    assert seeded.defects_in(FAULTS) == {defect.value for defect in Defect}
