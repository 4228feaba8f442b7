"""An adversary's defects of alarms, battery and losses of power are found."""

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
from tests.end_to_end.pumps import REFERENCE_20, REFERENCE_40, VALVE_20

FOLDER: Final = Path(__file__).parent / "own_defects"
PUMPS: Final = {
    "reference-40": REFERENCE_40,
    "reference-20": REFERENCE_20,
    "valve-20": VALVE_20,
}
FOUND_BY: Final = {
    "supply.py": {
        "OWN-P1": "ITB-BAT-001/at-rest",
        "OWN-P2": "ITB-BAT-001/at-rest",
        "OWN-P3": "ITB-BAT-001/at-rest",
        "OWN-P4": "ITB-EOS-001/90-days",
        "OWN-P5": "ITB-EOS-001/90-days",
        "OWN-P6": "ITB-EOS-001/90-days",
        "OWN-P7": "ITB-TUB-001/through-outage",
        "OWN-P8": "ITB-OVD-001/through-outage",
        "OWN-P9": "ITB-EMP-011/low-unanswered",
        "OWN-P10": "ITB-STL-002/through-outage",
        "OWN-P11": "ITB-FLOW-001/low-battery",
        "OWN-P12": "ITB-PWR-001/again",
        "OWN-P13": "ITB-PWR-001/again",
    },
    "alarms.py": {
        "OWN-H1": "ITB-EMP-011/low-unanswered",
        "OWN-H2": "ITB-ALM-002/power-cut",
        "OWN-H3": "ITB-STL-001/slow-and-again",
        "OWN-H4": "ITB-RST-001/power-cut",
        "OWN-H5": "ITB-ALM-002/power-cut",
        "OWN-H6": "ITB-STP-001/after-bolus",
        "OWN-H7": "ITB-STL-001/half-a-day",
        "OWN-H8": "ITB-STL-001/every-programme",
        "OWN-H9": "ITB-ALM-001/every-programme",
        "OWN-H10": "ITB-ALM-006/usual",
        "OWN-H11": "ITB-LOW-010/every-programme",
        "OWN-H12": "ITB-FIL-001/more-than-entered",
        "OWN-H13": "ITB-ALM-006/usual",
        "OWN-H14": "ITB-ALM-005/usual",
        "OWN-H15": "ITB-ALM-002/power-cut",
        "OWN-H16": "ITB-ALM-006/usual",
    },
}


@pytest.mark.parametrize("name", FOUND_BY)
def test_every_own_defect_is_tried(name: str) -> None:
    assert [each.id for each in own_file.load(FOLDER / name)] == list(FOUND_BY[name])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "id_"), [(name, id_) for name, ids in FOUND_BY.items() for id_ in ids]
)
def test_an_own_defect_is_failed_by_what_names_it(
    name: str, id_: str, tmp_path: Path, processes: Executor
) -> None:
    file = FOLDER / name
    (defect,) = (each for each in own_file.load(file) if each.id == id_)
    pump = PUMPS[defect.profiles[0]]
    seeded: dict[str, Parameter] = {
        "defects": (id_,),
        "profile": str(pump.profile),
        "file": str(file),
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
    }
    case = FOUND_BY[name][id_]

    run = processes.submit(
        campaign.verify, tmp_path / "run", pump, [case], [("seeded", seeded)]
    ).result()

    assert run.verdicts[case, defect.requirement] is Verdict.FAIL, run.output
