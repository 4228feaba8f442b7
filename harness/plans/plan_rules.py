"""What a plan asks of the pump that no programme can hold."""

from __future__ import annotations

from collections.abc import Iterator

from harness.plans.findings import Finding, Severity
from harness.plans.flow_range import MAXIMUM, programmed_rate
from harness.plans.plan import Plan, PlannedCase
from harness.units import FLOW, TIME, VOLUME, Quantity, magnitude

_ALLOTTED = "allotted"
_LOCKOUT = "lockout"
_BACKGROUNDS = ("rate", "dose")
_HOURS_A_DAY = 24.0


def find(plan: Plan) -> tuple[Finding, ...]:
    """Return what is impossible in the patient boluses of a plan's cases.

    A case is looked at if its numbers have ``allotted`` and ``lockout``, the dose as
    ``volume`` or ``drug``, and the background as ``rate`` or ``dose``; one that expects
    a refusal is not.
    """
    return tuple(
        finding
        for case in plan.cases
        if not case.expects_refusal and _ALLOTTED in case.numbers
        for finding in (*_never_used(case, plan), *_too_much(case, plan))
    )


def _never_used(case: PlannedCase, plan: Plan) -> Iterator[Finding]:
    """An allotment that the lockout does not let the patient use up."""
    if _LOCKOUT not in case.numbers:
        return
    allotted = magnitude(case.numbers[_ALLOTTED].value, "dimensionless")
    lockout_h = magnitude(case.numbers[_LOCKOUT].value, TIME) / 3600.0
    if lockout_h * (allotted - 1.0) > _HOURS_A_DAY:
        yield Finding(
            Severity.WARNING,
            f"{plan.path}: {case.id}: {allotted:g} doses that are {lockout_h:g} hours"
            " apart do not fit into 24 hours; the allotment can never be used",
        )


def _too_much(case: PlannedCase, plan: Plan) -> Iterator[Finding]:
    """More in 24 h than the pump can deliver at its highest rate."""
    dose, background = _dose(case), _background(case)
    if dose is None or background is None or not plan.profile.specifies(MAXIMUM):
        return
    allotted = magnitude(case.numbers[_ALLOTTED].value, "dimensionless")
    asked_ml = allotted * magnitude(dose, VOLUME) + magnitude(background, FLOW)
    most_ml = magnitude(plan.profile.quantity(MAXIMUM, FLOW), FLOW)
    if asked_ml > most_ml:
        yield Finding(
            Severity.ERROR,
            f"{plan.path}: {case.id}: {allotted:g} doses and the background are"
            f" {asked_ml:.4g} mL in 24 hours, but {MAXIMUM} allows {most_ml:.4g} mL;"
            " allot fewer or smaller doses",
            (MAXIMUM,),
        )


def _dose(case: PlannedCase) -> Quantity | None:
    """Return the volume of one patient bolus."""
    for name in ("volume", "drug"):
        number = case.numbers.get(name)
        if number is None:
            continue
        if number.value.is_compatible_with(VOLUME):
            return number.value
        if "concentration" in case.start:
            volume: Quantity = number.value / case.start["concentration"].value
            return volume if volume.is_compatible_with(VOLUME) else None
    return None


def _background(case: PlannedCase) -> Quantity | None:
    for name in _BACKGROUNDS:
        if name in case.numbers:
            return programmed_rate(name, case.numbers[name].value, case.start)
    return None
