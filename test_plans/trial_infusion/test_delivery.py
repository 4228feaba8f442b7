"""Delivery of a dose over days, its steps, its end, and rates that are refused."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import pytest

from fixtures.procedures import (
    conclusions,
    counting,
    curves,
    rate_changes,
    refusals,
    spans,
)
from fixtures.procedures.extremes import worst
from fixtures.procedures.phases import LOOKS, STEADY, Phase, Phases
from fixtures.weighing import WeighingStation
from harness.bench import Bench
from harness.errors import CommandRefused, ConfigurationError
from harness.execution.case import Case
from harness.judging import Judgement
from harness.metrology.measurement import error_percent
from harness.readings import PumpReading, PumpState
from harness.roles import InfusionPump
from harness.units import FRACTION, VOLUME, magnitude
from test_plans.trial_infusion import infusion


@pytest.mark.procedure(dose="µg/day", windows="1", window="s", blank="s", poll="s")
def test_steady_infusion(
    case: Case, bench: Bench, pump: InfusionPump, weighing: WeighingStation
) -> None:
    """Deliver a dose over days; weigh the whole, and every window by itself."""
    by_whole, by_window = case.limit("TRI-FLOW-001"), case.limit("TRI-FLOW-002")
    numbers, rate = case.numbers, infusion.rate_of(case)
    windows = round(magnitude(numbers["windows"], "dimensionless"))

    tolerance = infusion.tolerance(case, rate, numbers["window"])
    run = Phases(weighing, numbers["blank"], tolerance, numbers["poll"])
    with bench.sampling(pump.read_status, numbers["poll"]) as telemetry:
        first = pump.read_status()
        started = spans.timed(bench, lambda: pump.start_continuous(rate))
        marks = [run.mark()]
        for _ in range(windows):
            bench.run_for(numbers["window"])
            marks.append(run.mark())
        stopped = spans.timed(bench, pump.stop)
        last = pump.read_status()
    after = run.close()

    curves.draw(case, weighing, run.watched, telemetry, run.before, after, rate)
    whole = run.between(run.before.end, after.start, phases=windows).volume
    programmed = spans.between(started, stopped).volume(rate)
    resolution = case.profile.quantity("counter.resolution", VOLUME)
    counted = counting.count(first, last, resolution)
    errors = [
        error_percent(run.between(start, end).flow, rate)
        for start, end in pairwise(marks)
    ]
    case.judge(by_whole, error_percent(whole, programmed))
    case.judge(by_window, worst(by_window, errors))
    case.judge(case.limit("TRI-CNT-001"), error_percent(counted, whole))


@pytest.mark.procedure(
    low_dose="µg/day", high_dose="µg/day", rounds="1", interval="s", blank="s"
)
def test_dose_steps(
    case: Case, bench: Bench, pump: InfusionPump, weighing: WeighingStation
) -> None:
    """Go up and down between two doses; weigh the first interval after each step."""
    limit = case.limit("TRI-FLOW-003")
    accuracy = case.profile.quantity("flow.step_accuracy", FRACTION)
    numbers, interval = case.numbers, case.numbers["interval"]
    low, high = (infusion.rate_of(case, each) for each in ("low_dose", "high_dose"))

    tolerance = (accuracy * low * interval).to(VOLUME)
    run = Phases(weighing, numbers["blank"], tolerance, interval / LOOKS)
    rounds = round(magnitude(numbers["rounds"], "dimensionless"))
    errors = rate_changes.errors(bench, pump, run, (low, high), interval, rounds)
    case.judge(limit, worst(limit, errors))


@pytest.mark.procedure(dose="µg/day", running="s", duration="s", blank="s")
def test_stopped(
    case: Case, bench: Bench, pump: InfusionPump, weighing: WeighingStation
) -> None:
    """Stop a running pump, and weigh what still comes from its very end on."""
    numbers = case.numbers
    permitted = infusion.leak(case, numbers["duration"])

    run = Phases(weighing, numbers["blank"], permitted, STEADY)
    pump.start_continuous(infusion.rate_of(case))
    begin = run.mark()
    bench.run_for(numbers["running"])
    ran = run.mark()
    pump.stop()
    start = run.mark()
    bench.run_for(numbers["duration"])
    end = run.mark()
    run.close()

    came = run.between(begin, ran).volume
    if came.value <= came.expanded()[0]:
        idle = "by weight nothing ran that could have ended: find out why, and repeat"
        case.judge_fact("TRI-FLOW-004", None, idle)
    else:
        leaking = infusion.leaking(run.between(start, end))
        case.judge(case.limit("TRI-FLOW-004"), leaking)


@pytest.mark.procedure(running_dose="µg/day", duration="s", asked="mL/day", blank="s")
def test_rate_refused(
    case: Case, bench: Bench, pump: InfusionPump, weighing: WeighingStation
) -> None:
    """Ask a running pump for a rate beyond its range; weigh before and after."""
    numbers, duration = case.numbers, case.numbers["duration"]
    rate = infusion.rate_of(case, "running_dose")

    tolerance = infusion.tolerance(case, rate, duration)
    run = Phases(weighing, numbers["blank"], tolerance, STEADY)
    pump.start_continuous(rate)
    bench.run_for(STEADY)
    marks = [run.mark()]
    bench.run_for(duration)
    marks.append(run.mark())
    earlier = pump.read_status()
    answer = refusals.answer_to(lambda: pump.start_continuous(numbers["asked"]))
    later = pump.read_status()
    same = refusals.is_same_programme(earlier, later)
    # What a stopped pump's line has stored comes out by then.
    bench.run_for(STEADY)
    marks.append(run.mark())
    bench.run_for(duration)
    marks.append(run.mark())
    pump.stop()
    run.close()

    before, after = run.between(*marks[:2]), run.between(*marks[2:])
    behind = _as_it_should(case, before, after, later, is_same=same)
    refused = isinstance(answer, CommandRefused)
    said = (
        f"answer: {answer or 'accepted'}; it says: {later.state.value}; by weight:"
        f" {behind.by_weight.statement}"
    )
    holds = conclusions.holds(refused and behind.is_told, behind.by_weight)
    case.judge_fact("TRI-FLOW-005", holds, said)


@dataclass(frozen=True, slots=True)
class _Behind:
    """How a pump is behind a refusal: by its own word, and by weight."""

    is_told: bool
    by_weight: Judgement


def _as_it_should(
    case: Case, before: Phase, after: Phase, later: PumpReading, *, is_same: bool
) -> _Behind:
    """Hold a pump that has refused a rate against what its profile says of it."""
    leaves = case.profile.text("refusal.leaves")
    if leaves == "running":
        change = error_percent(after.flow, before.flow)
        return _Behind(is_same, conclusions.unchanged(case, change))
    if leaves == "stopped":
        leaking = infusion.no_flow(case).judge(infusion.leaking(after))
        return _Behind(later.state is PumpState.STOPPED, leaking)
    raise ConfigurationError(
        f"{case.profile.path}: refusal.leaves is {leaves!r:.80}; write"
        ' "running" or "stopped"'
    )
