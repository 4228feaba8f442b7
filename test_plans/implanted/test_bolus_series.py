"""Many boluses of one setting: their mean, and each for itself.

Method adapted from IEC 60601-2-24:1998, clause 50.106: 25 successive boluses at the
smallest and at the largest setting.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest

from fixtures.procedures import orders
from fixtures.procedures.extremes import worst
from fixtures.procedures.phases import Phases
from fixtures.weighing import WeighingStation
from harness.bench import Bench
from harness.errors import MeasurementRefused
from harness.execution.case import Case
from harness.flow.bolus import bolus_statistics, boluses
from harness.flow.jumps import Search
from harness.flow.series import WeightSeries
from harness.judging import Limit
from harness.metrology.measurement import Measurement, error_percent, ratio
from harness.readings import WeightReading
from harness.roles import Bolus
from harness.units import FLOW, FRACTION, NS_PER_S, VOLUME, Quantity, magnitude, ureg
from test_plans.implanted import doses

_COUNT = 25
_METHOD = "method adapted from IEC 60601-2-24:1998, clause 50.106"
_NOTHING = ureg.Quantity(0.0, FLOW)
_PERCENT = "percent"
# Readings over which a bolus must stand out from the resting pump.
_LAG = 3
_PLATEAU = 10


@dataclass(frozen=True, slots=True)
class Given:
    """A bolus: when it was commanded, ns, and the volume between its two marks."""

    commanded_ns: int
    volume: Measurement


@pytest.mark.procedure(volume="mL", duration="s", rest="s", blank="s", poll="s")
def test_successive_boluses(
    case: Case, bench: Bench, bolus: Bolus, weighing: WeighingStation
) -> None:
    """Give 25 equal boluses from a stopped pump, and weigh each of them.

    The same boluses are found once more as steps in the course of the weight; where
    the two disagree, nothing is judged.
    """
    limits = case.limit("ITB-BOL-014"), case.limit("ITB-BOL-015")
    numbers = case.numbers
    volume, duration = numbers["volume"], numbers["duration"]
    accuracy = case.profile.quantity("bolus.accuracy", FRACTION)
    began_ns = bench.now_ns()

    tolerance = (accuracy * volume).to(VOLUME)
    run = Phases(weighing, numbers["blank"], tolerance, numbers["poll"])
    marks = [run.mark()]
    commanded: list[int] = []
    bench.run_for(numbers["rest"])
    for _ in range(_COUNT):
        commanded.append(bench.now_ns())
        orders.give(case, bench, lambda: bolus.start_bolus(volume, duration, _NOTHING))
        bench.run_for(duration + numbers["rest"])
        marks.append(run.mark())
    after = run.close()

    phases = doses.in_turn(run, marks)
    given = [
        Given(t_ns, each.volume) for t_ns, each in zip(commanded, phases, strict=True)
    ]
    whole = run.between(marks[0], marks[-1], phases=_COUNT).volume
    mean = ratio(whole, ureg.Quantity(float(_COUNT), ""), VOLUME)
    course = run.course(marks[0], marks[-1])
    volumes_ml = weighing.volumes_ml(course, run.before, after)
    within = duration + numbers["rest"] / 2
    doubt = contradiction(given, course, volumes_ml, within)
    _draw(case, given, began_ns, volume, limits)
    _judge(case, limits, (mean, given), volume, doubt)


def _judge(
    case: Case,
    limits: tuple[Limit, Limit],
    weighed: tuple[Measurement, Sequence[Given]],
    volume: Quantity,
    doubt: str,
) -> None:
    mean, given = weighed
    by_mean, by_single = limits
    case.note(said_of([each.volume for each in given], volume))
    if doubt:
        for limit in limits:
            case.judge_fact(limit.requirement, None, doubt)
        return
    errors = [error_percent(each.volume, volume) for each in given]
    case.judge(by_mean, error_percent(mean, volume))
    case.judge(by_single, worst(by_single, errors))


def contradiction(
    given: Sequence[Given],
    readings: Sequence[WeightReading],
    volumes_ml: Sequence[float],
    within: Quantity,
) -> str:
    """Say where steps in the weight contradict what was weighed; "" if nowhere.

    Args:
        given: the boluses, as weighed between marks.
        readings: the course of the weight, read while they were given.
        volumes_ml: the volume up to each reading, corrected.
        within: how long after its command a bolus is complete.
    """
    first_ns = readings[0].t_ns
    times = [(each.t_ns - first_ns) / NS_PER_S for each in readings]
    search = Search(
        lag=_LAG,
        readings=_PLATEAU,
        basal_g_per_s=0.0,
        commands_s=tuple((each.commanded_ns - first_ns) / NS_PER_S for each in given),
        within_s=magnitude(within, "s"),
    )
    try:
        # Volumes stand for masses: 1 g for each mL.
        found = boluses(WeightSeries(np.array(times), np.array(volumes_ml)), search)
    except MeasurementRefused as refused:
        return f"the boluses do not stand out of the course of the weight: {refused}"
    for number, (each, step) in enumerate(zip(given, found, strict=True), start=1):
        weighed_ml = magnitude(each.volume.value, VOLUME)
        expanded_ml = magnitude(each.volume.expanded()[0], VOLUME)
        if abs(step.mass_g - weighed_ml) > expanded_ml + 2.0 * step.u_g:
            return (
                f"bolus {number} is {weighed_ml:.5g} mL between its marks and"
                f" {step.mass_g:.5g} mL as a step in the course of the weight, which"
                f" U = {expanded_ml:.2g} mL does not explain; see what moved the weight"
            )
    return ""


def said_of(volumes: Sequence[Measurement], setting: Quantity) -> str:
    """The statistics of the boluses in words, with the method."""
    volumes_ml = [magnitude(each.value, VOLUME) for each in volumes]
    found = bolus_statistics(volumes_ml, magnitude(setting, VOLUME))
    return (
        f"{_METHOD}: mean of {found.count} boluses {found.mean_ml:.5g} mL,"
        f" {found.mean_deviation_percent:+.2f} %; largest deviations"
        f" {found.largest_percent:+.2f} % and {found.smallest_percent:+.2f} %"
    )


def _draw(
    case: Case,
    given: Sequence[Given],
    began_ns: int,
    volume: Quantity,
    limits: tuple[Limit, Limit],
) -> None:
    """Keep the deviation of each bolus, and both limits, for the report."""
    times = [(each.commanded_ns - began_ns) / NS_PER_S for each in given]
    errors = [error_percent(each.volume, volume) for each in given]
    values = [magnitude(each.value, _PERCENT) for each in errors]
    ends = (times[0], times[-1])
    mean = sum(values) / len(values)
    points = list(zip(times, values, strict=True))
    case.series("bolus deviation", _PERCENT, points, _METHOD)
    case.series("mean deviation", _PERCENT, [(t, mean) for t in ends], _METHOD)
    for name, limit in zip(("mean", "single"), limits, strict=True):
        for place, bound in zip(("end", "top"), limit.bounds(), strict=True):
            series = f"{name} limit, {place}"
            case.series(series, _PERCENT, [(t, bound) for t in ends], _METHOD)
