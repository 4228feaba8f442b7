"""A loss of power: nothing by itself afterwards, an alarm, and a start by command."""

from __future__ import annotations

import pytest

from fixtures.procedures import restarts, spans
from fixtures.procedures.alarm_moments import Moment
from fixtures.procedures.phases import STEADY, Phases
from fixtures.weighing import WeighingStation
from harness.bench import Bench
from harness.execution.case import Case
from harness.metrology.measurement import Measurement, error_percent
from harness.roles import InfusionPump, PowerSwitch
from harness.units import ureg
from test_plans.trial_infusion import alarms, infusion

_BOOT = ureg.Quantity(30.0, "s")
_SETTLING = ureg.Quantity(5.0, "minute")
_NOT_CUT = "by weight the pump ran on without its supply, so it was not cut"


@pytest.mark.procedure(
    dose="µg/day", duration="s", outage="s", still="s", blank="s", poll="s"
)
def test_power_loss(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    power: PowerSwitch,
    weighing: WeighingStation,
) -> None:
    """Cut the supply of a running pump, give it back, wait, and start it again."""
    numbers, rate = case.numbers, infusion.rate_of(case)
    permitted = infusion.leak(case, numbers["still"])

    run = Phases(weighing, numbers["blank"], permitted, STEADY)
    pump.start_continuous(rate)
    bench.run_for(_SETTLING)
    begin = run.mark()
    bench.run_for(numbers["duration"])
    end = run.mark()
    power.set_powered(False)
    bench.run_for(_SETTLING)
    off = run.mark()
    bench.run_for(numbers["outage"])
    dark = run.mark()
    back = Moment(*spans.timed(bench, lambda: power.set_powered(True)))
    bench.run_for(_BOOT)
    met = restarts.meet_again(pump)
    with bench.sampling(pump.read_status, numbers["poll"]) as telemetry:
        bench.run_for(_SETTLING)
        start = run.mark()
        bench.run_for(numbers["still"])
        waited = run.mark()
    pump.start_continuous(rate)
    bench.run_for(_SETTLING)
    begin_again = run.mark()
    bench.run_for(numbers["duration"])
    end_again = run.mark()
    pump.stop()
    run.close()

    without = run.between(off, dark)
    cut = infusion.leaking(without).value < 0.5 * rate
    doubt = "" if cut else _NOT_CUT
    absent = case.profile.absent.keys()
    if not absent & {alarms.STANDS_WITHOUT_POWER, alarms.TELLS_RESET}:
        alarm, reports = alarms.shown_as(case, "reset"), [met, *telemetry.readings]
        alarms.judge_delay(case, "TRI-PWR-002", back, alarm, reports, doubt)
    if alarms.STANDS_WITHOUT_POWER not in absent:
        leaking = infusion.leaking(run.between(start, waited))
        _judge(case, "TRI-PWR-001", leaking, doubt)
    before, after = run.between(begin, end), run.between(begin_again, end_again)
    _judge(case, "TRI-PWR-003", error_percent(after.flow, before.flow), doubt)


def _judge(case: Case, requirement: str, found: Measurement, doubt: str) -> None:
    if doubt:
        case.judge_fact(requirement, None, doubt)
    else:
        case.judge(case.limit(requirement), found)
