"""An adversary's defects of bookkeeping, alarms, dates and log are found."""

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

FILE: Final = Path(__file__).parent / "own_defects" / "books_and_alarms.py"
FOUND_BY: Final = {
    "OWN-B1": "ITB-PRM-001/short-catheter",
    "OWN-B2": "ITB-BOL-006/granted",
    "OWN-B3": "ITB-REF-003/periodic",
    "OWN-B4": "ITB-REF-003/half-used",
    "OWN-B5": "ITB-REF-005/beyond-capacity",
    "OWN-B6": "ITB-LOW-010/every-programme",
    "OWN-B7": "ITB-STL-001/slow-and-again",
    "OWN-B8": "ITB-STL-001/slow-and-again",
    "OWN-B9": "ITB-LOG-001/commands",
    "OWN-B10": "ITB-STA-003/updated",
    "OWN-B11": "ITB-LNK-003/3-days",
}


def test_every_own_defect_is_tried() -> None:
    assert [each.id for each in own_file.load(FILE)] == list(FOUND_BY)


@pytest.mark.slow
@pytest.mark.parametrize("id_", FOUND_BY)
def test_an_own_defect_is_failed_by_what_names_it(
    id_: str, tmp_path: Path, processes: Executor
) -> None:
    requirement = {each.id: each.requirement for each in own_file.load(FILE)}[id_]
    seeded: dict[str, Parameter] = {
        "defects": (id_,),
        "profile": str(REFERENCE_40.profile),
        "file": str(FILE),
        "sha256": hashlib.sha256(FILE.read_bytes()).hexdigest(),
    }
    case = FOUND_BY[id_]

    run = processes.submit(
        campaign.verify,
        tmp_path / "run",
        REFERENCE_40,
        [case],
        [("seeded", seeded)],
    ).result()

    assert run.verdicts[case, requirement] is Verdict.FAIL, run.output
