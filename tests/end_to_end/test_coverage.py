"""Every entry of coverage.toml, proved: the fault is found, and nothing else blamed.

A third of them is proved every day, always the same; `make coverage` proves all.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from drivers.sim.pump_defects import Defect
from harness.evidence.records import Kind
from harness.judging import Verdict
from harness.plans.coverage import SeededFault
from tests.end_to_end import campaign
from tests.end_to_end.command import Outcome
from tests.end_to_end.pumps import REFERENCE_40, VALVE_20, Pump

_PLAN: Final = REFERENCE_40.plan
FAULTS: Final = _PLAN.coverage.faults
_ONE_IN: Final = 3


@dataclass(frozen=True, slots=True)
class Runs:
    """The runs under way: of all cases on a healthy pump, and of each seeded fault."""

    healthy: Mapping[Pump, Future[Outcome]]
    wrong: Mapping[str, Future[Outcome]]


def pump_for(fault: SeededFault) -> Pump:
    """The first pump on which the requirement and the case apply."""
    applies = fault.case in {case.id for case in _PLAN.cases}
    absent = fault.requirement in _PLAN.absent_requirements
    return REFERENCE_40 if applies and not absent else VALVE_20


def name_of(fault: SeededFault) -> str:
    return f"{fault.requirement} by {fault.fault}"


def every_day(fault: SeededFault) -> bool:
    """Whether an entry is of the third; by its name, so that others do not move it."""
    return zlib.crc32(name_of(fault).encode()) % _ONE_IN == 0


@pytest.fixture(scope="module")
def runs(request: pytest.FixtureRequest, folder: Path, processes: Executor) -> Runs:
    """The runs of the selected faults, beside those of healthy pumps."""
    chosen = [
        fault
        for item in request.session.items
        if isinstance(item, pytest.Function) and hasattr(item, "callspec")
        if isinstance(fault := item.callspec.params.get("fault"), SeededFault)
        if item.get_closest_marker("skip") is None
    ]
    healthy = {
        pump: processes.submit(
            campaign.verify,
            folder / f"healthy-{pump.name}",
            pump,
            sorted({fault.case for fault in chosen if pump_for(fault) is pump}),
        )
        for pump in {pump_for(fault) for fault in chosen}
    }
    wrong = {
        name_of(fault): processes.submit(
            campaign.verify,
            folder / f"fault-{number}",
            pump_for(fault),
            [fault.case],
            [(name, dict(of)) for name, of in fault.simulation.items()],
        )
        for number, fault in enumerate(chosen)
    }
    return Runs(healthy, wrong)


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(
            fault,
            id=name_of(fault),
            marks=[] if every_day(fault) else pytest.mark.slow,
        )
        for fault in FAULTS
    ],
)
def test_a_fault_is_found_by_its_requirement_alone(
    fault: SeededFault, runs: Runs
) -> None:
    healthy = runs.healthy[pump_for(fault)].result()
    wrong = runs.wrong[name_of(fault)].result()

    judged = healthy.verdicts.get((fault.case, fault.requirement))
    assert judged is Verdict.PASS, healthy.output
    assert wrong.of(Kind.END)[0].fields["state"] == "COMPLETE", wrong.output
    failed = {
        requirement
        for (_, requirement), verdict in wrong.verdicts.items()
        if verdict is Verdict.FAIL
    }
    assert failed == {fault.requirement, *fault.also_fails}, wrong.output


def test_every_requirement_is_proved_by_a_fault() -> None:
    covered = {fault.requirement for fault in FAULTS}
    assert covered == _PLAN.register.requirements.keys()


def test_every_defect_of_the_simulated_pump_proves_something() -> None:
    seeded = {
        name
        for fault in FAULTS
        for parameters in fault.simulation.values()
        if isinstance(names := parameters.get("defects"), tuple)
        for name in names
    }
    assert seeded == {defect.value for defect in Defect}
