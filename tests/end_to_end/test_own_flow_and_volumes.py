"""An adversary's defects of flow, valves, line and volumes are found."""

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

FILE: Final = Path(__file__).parent / "own_defects" / "flow_and_volumes.py"
PUMPS: Final = {each.name: each for each in (REFERENCE_40, REFERENCE_20, VALVE_20)}
FOUND_BY: Final = {
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
}


def test_every_own_defect_is_tried() -> None:
    assert [each.id for each in own_file.load(FILE)] == list(FOUND_BY)


@pytest.mark.slow
@pytest.mark.parametrize("id_", FOUND_BY)
def test_an_own_defect_is_failed_by_what_names_it(
    id_: str, tmp_path: Path, processes: Executor
) -> None:
    defect = {each.id: each for each in own_file.load(FILE)}[id_]
    pump = PUMPS[defect.profiles[0]]
    seeded: dict[str, Parameter] = {
        "defects": (id_,),
        "profile": str(pump.profile),
        "file": str(FILE),
        "sha256": hashlib.sha256(FILE.read_bytes()).hexdigest(),
    }
    case = FOUND_BY[id_]

    run = processes.submit(
        campaign.verify, tmp_path / "run", pump, [case], [("seeded", seeded)]
    ).result()

    assert run.verdicts[case, defect.requirement] is Verdict.FAIL, run.output
