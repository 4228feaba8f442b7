"""Whether the pump keeps to what a session has programmed, once it is over."""

from __future__ import annotations

import pytest

from fixtures.procedures import reported
from fixtures.procedures.conclusions import all_hold
from fixtures.procedures.reported import Watched
from fixtures.weighing import WeighingStation
from harness.bench import Bench
from harness.errors import CommandRefused
from harness.execution.case import Case
from harness.readings import PumpReading
from harness.roles import InfusionPump
from harness.units import Quantity


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
