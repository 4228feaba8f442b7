"""The pumps: what each specifies, and the bench that simulates it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from fixtures.qualification import pumps
from harness.plans import loading
from harness.plans.coverage import SeededFault
from harness.plans.plan import Plan
from tests.end_to_end.command import PLAN, ROOT

_BENCHES: Final = ROOT / "fixtures" / "benches"


@dataclass(frozen=True, slots=True)
class Pump(pumps.Pump):
    """A pump, and its plan."""

    @property
    def plan(self) -> Plan:
        """The implanted plan for this pump, if it is one for it."""
        return loading.load(PLAN / "plan.toml", self.profile)


REFERENCE_40: Final = Pump("reference-40", _BENCHES / "simulated.toml")
REFERENCE_20: Final = Pump("reference-20", _BENCHES / "simulated-20.toml")
VALVE_20: Final = Pump("valve-20", _BENCHES / "simulated-valve.toml")
NEW_ERA_1000: Final = Pump("new-era-1000", _BENCHES / "simulated-syringe.toml")
HARVARD_PHD: Final = Pump("harvard-phd", _BENCHES / "simulated-harvard.toml")
TERUMO_TE: Final = Pump("terumo-te", _BENCHES / "simulated-observed.toml")
IMPLANTED: Final = REFERENCE_40.plan
FAULTS: Final = IMPLANTED.coverage.faults


def pump_for(fault: SeededFault) -> Pump:
    """The first pump on which the requirement and the case apply."""
    applies = fault.case in {case.id for case in IMPLANTED.cases}
    absent = fault.requirement in IMPLANTED.absent_requirements
    return REFERENCE_40 if applies and not absent else VALVE_20
