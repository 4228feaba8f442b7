"""An adversary's defects of commands, limits, clock, log and patient are found."""

from __future__ import annotations

import hashlib
from concurrent.futures import Executor
from pathlib import Path
from typing import Final

import pytest

from drivers.sim.defects import own_file
from harness.judging import Verdict
from harness.plans.coverage import Parameter
from tests.end_to_end import campaign
from tests.end_to_end.pumps import REFERENCE_40

FOLDER: Final = Path(__file__).parent / "own_defects"
FOUND_BY: Final = {
    "commands.py": {
        "OWN-C4": "ITB-BOL-003/running",
        "OWN-C5": "ITB-DLY-001/stopped-before",
        "OWN-C6": "ITB-LNK-002/stopped",
        "OWN-C7": "ITB-LNK-002/never-confirmed",
        "OWN-C8": "ITB-DLY-001/running-before",
        "OWN-C9": "ITB-STA-003/out-of-a-schedule",
        "OWN-C10": "ITB-SCH-007/rate-above-maximum",
        "OWN-C11": "ITB-FLOW-003/above-maximum",
        "OWN-C15": "ITB-LNK-003/3-days",
        "OWN-C18": "ITB-FLOW-002/stopped",
        "OWN-C21": "ITB-BOL-001/small",
        "OWN-C22": "ITB-SCH-001/thirteen-steps",
        "OWN-C27": "ITB-SCH-001/thirteen-steps",
        "OWN-C28": "ITB-BOL-003/running",
    },
    "clock_and_patient.py": {
        "OWN-C1": "ITB-BOL-006/in-a-schedule",
        "OWN-C2": "ITB-BOL-007/clock-set",
        "OWN-C3": "ITB-PWR-003/patient-bolus",
        "OWN-C12": "ITB-ALM-001/stopped-for-47-hours",
        "OWN-C13": "ITB-PWR-006/asked-often",
        "OWN-C14": "ITB-BOL-004/clock-set",
        "OWN-C16": "ITB-LOG-001/commands",
        "OWN-C17": "ITB-LOG-001/commands",
        "OWN-C19": "ITB-SCH-004/new-year",
        "OWN-C24": "ITB-DLY-001/clock-set-back",
        "OWN-C25": "ITB-BOL-004/clock-set",
        "OWN-C26": "ITB-CNT-004/reservoir",
    },
}
TRIED: Final = [
    (name, id_, case) for name, found in FOUND_BY.items() for id_, case in found.items()
]


@pytest.mark.parametrize("name", FOUND_BY)
def test_every_own_defect_is_tried(name: str) -> None:
    assert [each.id for each in own_file.load(FOLDER / name)] == list(FOUND_BY[name])


@pytest.mark.slow
@pytest.mark.parametrize(("name", "id_", "case"), TRIED)
def test_an_own_defect_is_failed_by_what_names_it(
    name: str, id_: str, case: str, tmp_path: Path, processes: Executor
) -> None:
    file = FOLDER / name
    requirement = {each.id: each.requirement for each in own_file.load(file)}[id_]
    seeded: dict[str, Parameter] = {
        "defects": (id_,),
        "profile": str(REFERENCE_40.profile),
        "file": str(file),
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
    }

    run = processes.submit(
        campaign.verify,
        tmp_path / "run",
        REFERENCE_40,
        [case],
        [("seeded", seeded)],
    ).result()

    assert run.verdicts[case, requirement] is Verdict.FAIL, run.output
