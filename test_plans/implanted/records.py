"""What a pump keeps beside its programme, entered anew in the middle of something.

A record leaves the programme alone, with the dose that runs and a start that waits.
Whoever refills a pump, or corrects its drug, does not know what it is just giving.
"""

# Roles are protocols, which mypy takes for abstract classes; they only meet isinstance.
# mypy: disable-error-code="type-abstract"

from __future__ import annotations

from harness.execution.case import Case
from harness.roles import DrugRecord, InfusionPump, PatientBolus, Refillable
from harness.units import VOLUME, ureg
from test_plans.implanted import refill_procedure

_NO_DOSE = ureg.Quantity(1.0, "µL")
_A_MINUTE = ureg.Quantity(1.0, "minute")
_AN_HOUR = ureg.Quantity(1.0, "hour")


def enter_again(case: Case, pump: InfusionPump) -> None:
    """Enter the pump's content and its drug, each as it is."""
    if isinstance(pump, Refillable):
        content_nl = pump.read_reservoir().volume_nl
        content = ureg.Quantity(content_nl / 1e6, VOLUME)
        refill_procedure.enter(pump, case.profile, content)
    concentration = case.start.get("concentration")
    if "drug" in case.profile.absent or concentration is None:
        return
    if isinstance(pump, DrugRecord):
        pump.set_concentration(concentration)


def enter_all_again(case: Case, pump: InfusionPump) -> None:
    """Likewise, and that its patient may ask for nothing."""
    enter_again(case, pump)
    absent = case.profile.absent
    if "patient-bolus" not in absent and isinstance(pump, PatientBolus):
        pump.set_patient_bolus(_NO_DOSE, _A_MINUTE, 0, _AN_HOUR)
