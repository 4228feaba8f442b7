"""One injection, or one a day: its volume, its time, and nothing before or after it."""

from __future__ import annotations

from itertools import pairwise

import pytest

from fixtures.procedures import counting, curves, injections, orders
from fixtures.procedures.extremes import worst
from fixtures.procedures.phases import STEADY, Phase, Phases
from fixtures.weighing import WeighingStation
from harness.bench import Bench
from harness.execution.case import Case
from harness.metrology.gravimetry import Weighing
from harness.metrology.measurement import (
    Measurement,
    difference,
    error_percent,
    ratio,
)
from harness.roles import Bolus, InfusionPump
from harness.units import FLOW, FRACTION, VOLUME, Quantity, magnitude, ureg
from test_plans.screening import stand_in

_NOTHING = ureg.Quantity(0.0, FLOW)
_FLOW_BETWEEN = "µL/hour"
_LOOK_EVERY = ureg.Quantity(0.25, "s")
_ASK_EVERY = ureg.Quantity(5.0, "s")
# The balance's level, before something comes.
_LEVEL = ureg.Quantity(5.0, "s")
# An injection at half its rate has ended, too.
_PATIENCE = 3


@pytest.mark.procedure(drug="µg", duration="s", still="s", blank="s")
def test_injection(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    bolus: Bolus,
    weighing: WeighingStation,
) -> None:
    """Watch a still line, inject, and watch it again; weigh all three by themselves."""
    numbers = case.numbers
    duration, still = numbers["duration"], numbers["still"]
    volume = (numbers["drug"] / case.start["concentration"]).to(VOLUME)
    stand_in.note(case)

    leak = (case.profile.quantity("flow.stopped_maximum", FLOW) * still).to(VOLUME)
    run = Phases(weighing, numbers["blank"], leak, STEADY)
    # What stood under pressure behind the clamp comes out at once, and is no flow.
    bench.run_for(still)
    marks = [run.mark()]
    bench.run_for(still)
    marks.append(run.mark())
    first = pump.read_status()
    with (
        weighing.watching(_LOOK_EVERY) as weights,
        bench.sampling(pump.read_status, _ASK_EVERY) as telemetry,
    ):
        bench.run_for(_LEVEL)
        orders.give(case, bench, lambda: bolus.start_bolus(volume, duration, _NOTHING))
        bench.run_for(_PATIENCE * duration)
    marks.append(run.mark())
    last = pump.read_status()
    bench.run_for(still)
    marks.append(run.mark())
    after = run.close()

    rate = (volume / duration).to(FLOW)
    curves.draw(case, weighing, weights, telemetry, run.before, after, rate)
    before, injected, behind = (
        run.between(start, end) for start, end in pairwise(marks)
    )
    count = counting.count(
        first, last, case.profile.quantity("counter.resolution", VOLUME)
    )
    came = injected.volume
    case.judge(case.limit("SCR-ZERO-001"), _mean_flow(before))
    case.judge(case.limit("SCR-INJ-001"), error_percent(came, volume))
    _judge_time(case, injections.lasted(weights.readings), duration)
    case.judge(case.limit("SCR-ZERO-002"), _mean_flow(behind))
    _judge_count(case, came, count)


def _mean_flow(phase: Phase) -> Measurement:
    elapsed_ns = phase.end.plateau.t_ns - phase.start.plateau.t_ns
    return ratio(phase.volume, ureg.Quantity(float(elapsed_ns), "ns"), _FLOW_BETWEEN)


def _judge_time(case: Case, took: Measurement, duration: Quantity) -> None:
    case.judge(case.limit("SCR-INJ-002"), difference(took, duration))


def _judge_count(case: Case, came: Measurement, count: Measurement) -> None:
    """Judge what came against what was counted (SCR-CNT-001)."""
    if count.value.magnitude > 0.0:
        case.judge(case.limit("SCR-CNT-001"), error_percent(count, came))
    else:
        case.judge_fact("SCR-CNT-001", False, "the pump has counted nothing")


@pytest.mark.procedure(
    first_drug="µg", more_drug="µg", injections="1", interval="s",
    per_volume="minute/mL", blank="s",
)  # fmt: skip
def test_injections_in_turn(
    case: Case, bench: Bench, bolus: Bolus, weighing: WeighingStation
) -> None:
    """Inject once a day, each day more than the day before, and weigh each alone."""
    limit = case.limit("SCR-INJ-003")
    numbers = case.numbers
    accuracy = case.profile.quantity("bolus.accuracy", FRACTION)
    concentration = case.start["concentration"]
    days = round(magnitude(numbers["injections"], "dimensionless"))
    volumes = [
        ((numbers["first_drug"] + day * numbers["more_drug"]) / concentration).to(
            VOLUME
        )
        for day in range(days)
    ]
    stand_in.note(case)

    run = Phases(
        weighing, numbers["blank"], (accuracy * min(volumes)).to(VOLUME), STEADY
    )
    marks: list[tuple[Weighing, Weighing]] = []
    for volume in volumes:
        if marks:
            bench.run_for(numbers["interval"])
        duration = (volume * numbers["per_volume"]).to("s")
        start = run.mark()
        with weighing.watching(_ASK_EVERY):
            bolus.start_bolus(volume, duration, _NOTHING)
            bench.run_for(_PATIENCE * duration)
        marks.append((start, run.mark()))
    run.close()

    errors = [
        error_percent(run.between(start, end).volume, volume)
        for (start, end), volume in zip(marks, volumes, strict=True)
    ]
    case.judge(limit, worst(limit, errors))
