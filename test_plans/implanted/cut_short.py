"""A bolus that is cut short at half-time, and what comes from then on, by weight."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from fixtures.procedures import orders
from fixtures.procedures.phases import LOOKS, Phases, in_time
from fixtures.weighing import WeighingStation
from harness.bench import Bench
from harness.execution.case import Case
from harness.judging import Limit
from harness.metrology.measurement import Measurement, difference
from harness.roles import (
    Bolus,
    Bridge,
    InfusionPump,
    PatientBolus,
    PeriodicBolus,
    Priming,
)
from harness.units import FLOW, FRACTION, VOLUME, Quantity, ureg
from test_plans.implanted import doses

_LOCKOUT = ureg.Quantity(1.0, "hour")
_NO_BOLUS = "by weight no bolus ran, so none was cut short"


@dataclass(frozen=True, slots=True)
class Dosing:
    """A bolus of any kind that lasts for the case's ``duration``.

    Attributes:
        volume: how much comes in that time.
        begin: begins it.
    """

    volume: Quantity
    begin: Callable[[], object]


@dataclass(frozen=True, slots=True)
class CutShort:
    """A bolus that was cut short, and what came from then on.

    Attributes:
        background: the pump's flow at the rate, before the bolus.
        has_run: whether the bolus ran, by weight.
        rest: the volume since the command that cut the bolus short.
        running_ns: for how long the pump was to run at the rate again.
    """

    background: Measurement
    has_run: bool
    rest: Measurement
    running_ns: int


def judge(case: Case, limit: Limit, cut: CutShort, found: Measurement) -> None:
    """Judge what was weighed, if a bolus ran that could be cut short."""
    if cut.has_run:
        case.judge(limit, found)
    else:
        case.judge_fact(limit.requirement, None, _NO_BOLUS)


def of_bolus(case: Case, bolus: Bolus, then_rate: Quantity) -> Dosing:
    """A single bolus."""
    volume, duration = case.numbers["volume"], case.numbers["duration"]
    return Dosing(volume, partial(bolus.start_bolus, volume, duration, then_rate))


def of_patient(case: Case, patient_bolus: PatientBolus) -> Dosing:
    """A bolus that the patient asks for, allowed whatever cases have used up."""
    most = case.profile.count("patient_bolus.allotted_maximum")
    volume, duration = case.numbers["volume"], case.numbers["duration"]
    patient_bolus.set_patient_bolus(volume, duration, most, _LOCKOUT)
    return Dosing(volume, patient_bolus.request_patient_bolus)


def of_periodic(
    case: Case, periodic: PeriodicBolus, then_rate: Quantity, period: Quantity
) -> Dosing:
    """The first of periodic boluses."""
    volume, duration = case.numbers["volume"], case.numbers["duration"]
    begin = partial(periodic.start_periodic, then_rate, volume, duration, period)
    return Dosing(volume, begin)


def of_priming(case: Case, priming: Priming, then_rate: Quantity) -> Dosing:
    """A priming bolus."""
    catheter, duration = case.numbers["catheter"], case.numbers["duration"]
    dead = case.profile.quantity("priming.tubing_volume", VOLUME) + catheter
    return Dosing(dead, partial(priming.start_priming, catheter, duration, then_rate))


def of_bridge(case: Case, bridge: Bridge, then_rate: Quantity) -> Dosing:
    """A bridge, of which ``duration`` is a part."""
    catheter, bridge_rate = case.numbers["catheter"], case.numbers["bridge_rate"]
    came = (bridge_rate * case.numbers["duration"]).to(VOLUME)
    return Dosing(came, partial(bridge.start_bridge, catheter, bridge_rate, then_rate))


def weigh(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    weighing: WeighingStation,
    dosing: Dosing,
    cut: Callable[[], tuple[int, int]],
) -> CutShort:
    """Run at a rate, begin a bolus, cut it short at half-time, and weigh on.

    Args:
        case: the case, with ``rate``, ``duration``, ``running`` and ``blank``.
        bench: owner of time.
        pump: the pump.
        weighing: balance and clamp.
        dosing: the bolus.
        cut: cuts the bolus short; returns the bench times at which it had done so, and
            at which the pump had been told to run at ``rate`` again.
    """
    numbers = case.numbers
    rate, duration = numbers["rate"], numbers["duration"]
    accuracy = case.profile.quantity("bolus.accuracy", FRACTION)

    tolerance = (accuracy * dosing.volume / 4).to(VOLUME)
    run = Phases(weighing, numbers["blank"], tolerance, duration / 2 / LOOKS)
    pump.start_continuous(rate)
    marks = [run.mark()]
    bench.run_for(numbers["running"])
    marks.append(run.mark())
    orders.give(case, bench, dosing.begin)
    for _ in range(2):
        bench.run_for(duration / 4)
        marks.append(run.mark())
    cut_ns, running_again_ns = cut()
    bench.run_for(numbers["running"])
    marks.append(run.mark())
    pump.stop()
    run.close()

    background, _, across, behind = doses.in_turn(run, marks)
    until_cut = in_time(across.flow, doses.since(behind.start, cut_ns))
    return CutShort(
        background=background.flow,
        has_run=bool(across.flow.value > (dosing.volume / duration / 2).to(FLOW)),
        rest=difference(behind.volume, until_cut),
        running_ns=behind.end.plateau.t_ns - running_again_ns,
    )
