"""A good pump that an earlier bolus still locks is not failed for its next one."""

from __future__ import annotations

import hashlib
from concurrent.futures import Executor
from pathlib import Path
from typing import Final

from drivers.sim.behaviour import Behaviour
from drivers.sim.defects.seeded import SeededDefect
from drivers.sim.pump_firmware import PumpFirmware
from drivers.sim.pump_time import NS_PER_S
from harness.judging import Verdict
from harness.plans.coverage import Parameter
from protocols.pump_link.replies import PumpMessage
from protocols.pump_link.requests import Request, WritePatientBolus
from tests.end_to_end import campaign
from tests.end_to_end.pumps import REFERENCE_40

_CASE: Final = "ITB-BOL-007/refused"
_REQUIREMENT: Final = "ITB-BOL-007"
# Into blank and background, of two hours each, before a lockout that is as long.
_BEFORE_NS: Final = 10_800 * NS_PER_S


class LockedBefore(SeededDefect):
    """No defect: when the case begins, the patient has just had a bolus."""

    id = "LOCKED-1"
    title = "had a bolus before"
    source = "engineering"
    telemetry = "the first wish is locked out, a later one is granted"
    bench = "a bolus, rightly"
    requirement = _REQUIREMENT

    def behaviour(self) -> Behaviour:
        """Return a unit that has just given a bolus when it is set."""
        return _HadOne()


class _HadOne(Behaviour):
    def hear(
        self, pump: PumpFirmware, request: Request[PumpMessage]
    ) -> Request[PumpMessage] | None:
        if isinstance(request, WritePatientBolus):
            pump.therapy.patient.begin(pump.now.u_ns + _BEFORE_NS)
        return request


def test_a_bolus_behind_an_earlier_lockout_is_no_finding(
    tmp_path: Path, processes: Executor
) -> None:
    seeded: dict[str, Parameter] = {
        "defects": (LockedBefore.id,),
        "profile": str(REFERENCE_40.profile),
        "file": __file__,
        "sha256": hashlib.sha256(Path(__file__).read_bytes()).hexdigest(),
    }

    run = processes.submit(
        campaign.verify, tmp_path / "run", REFERENCE_40, [_CASE], [("seeded", seeded)]
    ).result()

    assert run.verdicts[_CASE, _REQUIREMENT] is Verdict.INCONCLUSIVE, run.output
