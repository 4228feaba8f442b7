"""Every entry of coverage.toml, proved: the fault is found, and nothing else blamed.

A quarter of them is proved every day, always the same; `make coverage` proves all. That
the same requirement passes on a pump without the fault is proved of every entry with
the whole plan, in `test_repeatable.py` and in `test_healthy_units.py`.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Final

import pytest

from drivers.sim.pump_defects import Defect
from harness.evidence.records import Kind
from harness.judging import Verdict
from harness.plans.coverage import SeededFault
from tests.end_to_end import campaign
from tests.end_to_end.command import Outcome
from tests.end_to_end.pumps import FAULTS, IMPLANTED, pump_for

_ONE_IN: Final = 4


def name_of(fault: SeededFault) -> str:
    return f"{fault.requirement} by {fault.fault}"


def every_day(fault: SeededFault) -> bool:
    """Whether an entry is of the quarter; its name alone decides."""
    return zlib.crc32(name_of(fault).encode()) % _ONE_IN == 0


@pytest.fixture(scope="module")
def runs(
    request: pytest.FixtureRequest, folder: Path, processes: Executor
) -> Mapping[str, Future[Outcome]]:
    """The runs of the selected faults, by name."""
    chosen = [
        fault
        for item in request.session.items
        if isinstance(item, pytest.Function) and hasattr(item, "callspec")
        if isinstance(fault := item.callspec.params.get("fault"), SeededFault)
        if item.get_closest_marker("skip") is None
    ]
    return {
        name_of(fault): processes.submit(
            campaign.verify,
            folder / f"fault-{number}",
            pump_for(fault),
            [fault.case],
            [(name, dict(of)) for name, of in fault.simulation.items()],
        )
        for number, fault in enumerate(chosen)
    }


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
    fault: SeededFault, runs: Mapping[str, Future[Outcome]]
) -> None:
    wrong = runs[name_of(fault)].result()

    assert wrong.of(Kind.END)[0].fields["state"] == "COMPLETE", wrong.output
    failed = {
        requirement
        for (_, requirement), verdict in wrong.verdicts.items()
        if verdict is Verdict.FAIL
    }
    assert failed == {fault.requirement, *fault.also_fails}, wrong.output


def test_every_requirement_is_proved_by_a_fault() -> None:
    covered = {fault.requirement for fault in FAULTS}
    assert covered == IMPLANTED.register.requirements.keys()


def test_every_defect_of_the_simulated_pump_proves_something() -> None:
    seeded = {
        name
        for fault in FAULTS
        for parameters in fault.simulation.values()
        if isinstance(names := parameters.get("defects"), tuple)
        for name in names
    }
    assert seeded == {defect.value for defect in Defect}
