"""Whether the pump keeps to what a session has programmed, once it is over."""

from __future__ import annotations

import pytest

from fixtures.procedures import conclusions, reported
from fixtures.procedures.conclusions import all_hold
from fixtures.procedures.phases import Phases
from fixtures.procedures.reported import Watched
from fixtures.weighing import WeighingStation
from harness.bench import Bench
from harness.errors import CommandRefused
from harness.execution.case import Case
from harness.metrology.measurement import error_percent
from harness.readings import PumpReading
from harness.roles import InfusionPump, Schedule
from harness.units import FRACTION, VOLUME, Quantity


@pytest.mark.procedure(rate="mL/day", new_rate="mL/day", duration="s", poll="s")
def test_updated_programme(
    case: Case, bench: Bench, pump: InfusionPump, weighing: WeighingStation
) -> None:
    """Change the rate of a running pump, leave it alone, and then ask what it does."""
    rate, new_rate, duration, poll = (
        case.numbers[name] for name in ("rate", "new_rate", "duration", "poll")
    )

    weighing.open_line()
    pump.start_continuous(rate)
    bench.run_for(duration)
    pump.start_continuous(new_rate)
    at_once, start_ns = pump.read_status(), bench.now_ns()
    with weighing.watching(poll) as weights:
        with bench.unobserved():
            bench.run_for(duration)
        reports, trouble = _reports(bench, pump, duration, poll)
    seen = Watched(
        "after the change",
        start_ns,
        bench.now_ns(),
        (at_once, *reports),
        tuple(weights.readings),
    )
    pump.stop()

    came = [reported.flows(part, new_rate) for part in reported.in_parts(seen)]
    case.judge_fact(
        "ITB-STA-003",
        all_hold([reported.is_kept(seen, new_rate), *came]),
        f"{reported.kept_in_words(seen, new_rate)}; by weight it delivered in"
        f" {came.count(True)} of {len(came)} parts of that time{trouble}",
    )


@pytest.mark.procedure(
    days="schedule", rate="mL/day", running="s", duration="s", blank="s", poll="s"
)
def test_schedule_replaced(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    schedule: Schedule,
    weighing: WeighingStation,
) -> None:
    """Programme a rate in the midst of a schedule, over the times of its next steps.

    A schedule is a list of things to come; none of them may come any more.
    """
    rate, duration, poll = (case.numbers[n] for n in ("rate", "duration", "poll"))
    accuracy = case.profile.quantity("flow.accuracy", FRACTION)

    tolerance = (accuracy * rate * duration / 2).to(VOLUME)
    run = Phases(weighing, case.numbers["blank"], tolerance, poll)
    schedule.start_schedule(case.schedules["days"])
    bench.run_for(case.numbers["running"])
    pump.start_continuous(rate)
    start, start_ns = run.mark(), bench.now_ns()
    with bench.sampling(pump.read_status, poll) as telemetry:
        bench.run_for(duration)
    end, end_ns = run.mark(), bench.now_ns()
    pump.stop()
    run.close()

    reports, weights = tuple(telemetry.readings), tuple(run.course(start, end))
    seen = Watched("instead of the schedule", start_ns, end_ns, reports, weights)
    by_weight = error_percent(run.between(start, end).flow, rate)
    kept = conclusions.unchanged(case, by_weight)
    told = reported.is_kept(seen, rate)
    case.judge_fact(
        "ITB-STA-003",
        all_hold([told, conclusions.holds(True, kept)]),
        f"{reported.kept_in_words(seen, rate)}; flow against what was programmed:"
        f" {kept.statement}",
    )


def _reports(
    bench: Bench, pump: InfusionPump, duration: Quantity, poll: Quantity
) -> tuple[tuple[PumpReading, ...], str]:
    """Ask for a time; of a pump that has lost its session, in a new one and once.

    Returns:
        The reports, and what the pump refused.
    """
    try:
        with bench.sampling(pump.read_status, poll) as telemetry:
            bench.run_for(duration)
    except CommandRefused as refused:
        return (pump.read_status(),), f"; {refused}"
    return tuple(telemetry.readings), ""
