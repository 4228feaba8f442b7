"""What the procedures of a trial infusion share: its rate, and flows from phases."""

from __future__ import annotations

from fixtures.procedures.phases import Phase
from harness.execution.case import Case
from harness.judging import Limit
from harness.metrology.measurement import Measurement, ratio
from harness.units import FLOW, FRACTION, VOLUME, Quantity, ureg


def rate_of(case: Case, number: str = "dose") -> Quantity:
    """The rate that gives a dose of the case at the concentration of its drug."""
    rate: Quantity = (case.numbers[number] / case.start["concentration"]).to(FLOW)
    return rate


def tolerance(case: Case, rate: Quantity, duration: Quantity) -> Quantity:
    """Half of what the flow accuracy lets a volume vary."""
    accuracy = case.profile.quantity("flow.accuracy", FRACTION)
    half: Quantity = (accuracy * rate * duration / 2).to(VOLUME)
    return half


def leak(case: Case, duration: Quantity) -> Quantity:
    """What may come out of a stopped pump in a time."""
    flow = case.profile.quantity("flow.stopped_maximum", FLOW)
    volume: Quantity = (flow * duration).to(VOLUME)
    return volume


def leaking(phase: Phase) -> Measurement:
    """The mean flow of a phase in which nothing should come, in µL/hour."""
    elapsed_ns = phase.end.plateau.t_ns - phase.start.plateau.t_ns
    return ratio(phase.volume, ureg.Quantity(float(elapsed_ns), "ns"), "µL/hour")


def no_flow(case: Case) -> Limit:
    """What a flow must stay within to count as none."""
    most = case.profile.quantity("flow.stopped_maximum", FLOW)
    return Limit(
        requirement=case.id,
        lower=-1 * most,
        upper=most,
        rule=case.rule,
        unit="µL/hour",
        source="profile flow.stopped_maximum",
    )
