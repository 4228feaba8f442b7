"""Defects that are in no catalogue: each is failed by the requirement that it harms.

Adversaries wrote them, and the plan did not find them; see docs/decisions/0034.
"""

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
PUMPS: Final = {each.name: each for each in (REFERENCE_40, REFERENCE_20, VALVE_20)}
# By file and defect, the case that finds it.
FOUND_BY: Final = {
    "therapy.py": {
        "OWN-1": "ITB-BOL-007/clock-set",
        "OWN-2": "ITB-BOL-007/programmed-anew",
        "OWN-3": "ITB-DLY-001/clock-set",
        "OWN-4": "ITB-FLOW-002/start-withdrawn",
        "OWN-5": "ITB-FLOW-004/between-rates",
        "OWN-6": "ITB-BOL-013/patient-too-fast",
        "OWN-7": "ITB-BOL-006/in-a-schedule",
        "OWN-8": "ITB-BOL-004/clock-set",
        "OWN-9": "ITB-PRM-001/long-catheter",
        "OWN-10": "ITB-SCH-001/thirteen-steps",
        "OWN-11": "ITB-FLOW-011/day",
        "OWN-12": "ITB-FLOW-003/above-maximum",
    },
    "books_and_alarms.py": {
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
    },
    "flow_and_volumes.py": {
        "OWN-F1": "ITB-FLOW-001/every-level",
        "OWN-F2": "ITB-FLOW-001/every-level",
        "OWN-F3": "ITB-FLOW-007/slow",
        "OWN-F4": "ITB-FLOW-007/body",
        "OWN-F5": "ITB-FLOW-002/pressed-and-drawn",
        "OWN-F6": "ITB-FLOW-013/running-fast",
        "OWN-F7": "ITB-SCH-001/thirteen-steps",
        "OWN-F8": "ITB-BOL-004/once-a-day",
        "OWN-F9": "ITB-BOL-004/once-a-day",
        "OWN-F10": "ITB-PRM-001/long-catheter",
        "OWN-F11": "ITB-ALM-001/tube-not-worn",
        "OWN-F12": "ITB-SCH-001/thirteen-steps",
        "OWN-F13": "ITB-FIL-001/small-fill",
        "OWN-F14": "ITB-FLOW-002/after-priming",
        "OWN-F16": "ITB-BOL-004/clock-set",
        "OWN-F17": "ITB-DLY-001/clock-set-back",
        "OWN-F18": "ITB-BOL-002/a-day",
        "OWN-F19": "ITB-BOL-004/more-than-255",
        "OWN-F20": "ITB-STA-003/settings-entered",
        "OWN-F21": "ITB-BOL-007/a-day",
        "OWN-F22": "ITB-BOL-004/once-a-day",
        "OWN-F23": "ITB-BOL-001/large",
        "OWN-F24": "ITB-BOL-001/fastest",
        "OWN-F25": "ITB-BOL-003/slower-than-the-rate",
        "OWN-F26": "ITB-STA-003/started-at-once",
        "OWN-F27": "ITB-FLOW-006/pressed-and-drawn",
        "OWN-F28": "ITB-BOL-002/hours",
    },
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


def test_every_file_is_tried() -> None:
    assert {each.name for each in FOLDER.glob("*.py")} == FOUND_BY.keys()


@pytest.mark.parametrize("name", FOUND_BY)
def test_every_own_defect_is_tried(name: str) -> None:
    assert [each.id for each in own_file.load(FOLDER / name)] == [*FOUND_BY[name]]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "id_"), [(name, id_) for name, ids in FOUND_BY.items() for id_ in ids]
)
def test_an_own_defect_is_failed_by_what_names_it(
    name: str, id_: str, tmp_path: Path, processes: Executor
) -> None:
    file, case = FOLDER / name, FOUND_BY[name][id_]
    (defect,) = (each for each in own_file.load(file) if each.id == id_)
    pump = PUMPS[defect.profiles[0]]
    seeded: dict[str, Parameter] = {
        "defects": (id_,),
        "profile": str(pump.profile),
        "file": str(file),
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
    }

    run = processes.submit(
        campaign.verify, tmp_path / "run", pump, [case], [("seeded", seeded)]
    ).result()

    assert run.verdicts[case, defect.requirement] is Verdict.FAIL, run.output
