"""A bolus that is cut short by a stop or by a new rate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from fixtures.weighing import WeighingStation
from harness.bench import Bench
from harness.execution.case import Case
from harness.measurement import Measurement, difference, error_percent
from harness.roles import Bolus, InfusionPump
from harness.units import FRACTION, VOLUME
from test_plans.implanted import doses, orders
from test_plans.implanted.phases import Phases


@dataclass(frozen=True, slots=True)
class CutShort:
    """A bolus that was cut short, and what came from then on.

    Attributes:
        background: the pump's flow at the rate, before the bolus.
        rest: the volume since the command that cut the bolus short.
        running_ns: for how long the pump was to run at the rate again.
    """

    background: Measurement
    rest: Measurement
    running_ns: int


@pytest.mark.procedure(
    rate="mL/day", volume="mL", duration="s", pause="s", running="s", blank="s"
)
def test_stop_during_bolus(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    bolus: Bolus,
    weighing: WeighingStation,
) -> None:
    """Stop in the middle of a bolus, start again later, and weigh what is too much."""
    limit = case.limit("ITB-BOL-010")

    def run_again() -> None:
        pump.start_continuous(case.numbers["rate"])

    def stop_and_start() -> tuple[int, int]:
        stopped_ns = orders.give(case, bench, pump.stop)
        bench.run_for(case.numbers["pause"])
        return stopped_ns, orders.give(case, bench, run_again)

    cut = _cut_short(case, bench, pump, bolus, weighing, stop_and_start)
    programmed = doses.in_time(cut.background, cut.running_ns)
    case.judge(limit, difference(cut.rest, programmed))


@pytest.mark.procedure(
    rate="mL/day", then_rate="mL/day", volume="mL", duration="s", running="s", blank="s"
)
def test_rate_during_bolus(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    bolus: Bolus,
    weighing: WeighingStation,
) -> None:
    """Programme a rate in the middle of a bolus; it must hold from then on."""
    limit = case.limit("ITB-BOL-011")

    def run_again() -> None:
        pump.start_continuous(case.numbers["rate"])

    def set_rate() -> tuple[int, int]:
        set_ns = orders.give(case, bench, run_again)
        return set_ns, set_ns

    cut = _cut_short(case, bench, pump, bolus, weighing, set_rate)
    flow = doses.flow_over(cut.rest, cut.running_ns)
    case.judge(limit, error_percent(flow, cut.background))


def _cut_short(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    bolus: Bolus,
    weighing: WeighingStation,
    cut: Callable[[], tuple[int, int]],
) -> CutShort:
    """Run at a rate, begin a bolus, cut it short at half-time, and weigh on.

    Args:
        case: the case; behind the bolus ``then_rate`` is programmed, else ``rate``.
        bench: owner of time.
        pump: the pump.
        bolus: the same pump.
        weighing: balance and clamp.
        cut: cuts the bolus short; returns the bench times at which it had done so, and
            at which the pump had been told to run at ``rate`` again.
    """
    numbers = case.numbers
    rate, volume, duration = (numbers[n] for n in ("rate", "volume", "duration"))
    accuracy = case.profile.quantity("bolus.accuracy", FRACTION)

    run = Phases(weighing, numbers["blank"], (accuracy * volume / 4).to(VOLUME))
    pump.start_continuous(rate)
    marks = [run.mark()]
    bench.run_for(numbers["running"])
    marks.append(run.mark())
    then = numbers.get("then_rate", rate)
    orders.give(case, bench, lambda: bolus.start_bolus(volume, duration, then))
    for _ in range(2):
        bench.run_for(duration / 4)
        marks.append(run.mark())
    cut_ns, running_again_ns = cut()
    bench.run_for(numbers["running"])
    marks.append(run.mark())
    pump.stop()
    run.close()

    background, _, dosing, behind = doses.in_turn(run, marks)
    until_cut = doses.in_time(dosing.flow, doses.since(behind.start, cut_ns))
    return CutShort(
        background=background.flow,
        rest=difference(behind.volume, until_cut),
        running_ns=behind.end.plateau.t_ns - running_again_ns,
    )
