"""The link: what was not confirmed, silence for hours, and noise on the line."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from fixtures.procedures import conclusions
from fixtures.procedures.phases import STEADY, Phase, Phases
from fixtures.weighing import WeighingStation
from harness.bench import Bench
from harness.errors import InstrumentSilent, LinkViolation
from harness.execution.case import Case
from harness.judging import Judgement, Limit
from harness.metrology.measurement import error_percent
from harness.readings import PumpReading, PumpState
from harness.roles import Bolus, InfusionPump, LinkTamper, PowerSwitch
from harness.units import FLOW, FRACTION, VOLUME, Quantity, magnitude, ureg
from test_plans.implanted import records, steps
from test_plans.implanted.power_loss import lose_power

# Longer than the pump may keep what was entered and not confirmed.
_FORGOTTEN = ureg.Quantity(1.0, "minute")
_SETTLING = ureg.Quantity(1.0, "minute")
# What is weighed behind a stop: long enough to tell a running pump from a resting one.
_STOPPED = ureg.Quantity(1.0, "hour")
# A stopped pump's flow may be told from this share of what it delivered; less is rest.
_HELD_SHARE = 0.1
_CURE = ureg.Quantity(1.0, "minute")


@pytest.mark.procedure(
    rate="mL/day",
    volume="mL",
    length="s",
    running_rate="mL/day",
    duration="s",
    blank="s",
    poll="s",
)
def test_unconfirmed_programme(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    tamper: LinkTamper,
    weighing: WeighingStation,
) -> None:
    """Enter a rate and a bolus in a running pump, never confirm them; it must go on.

    Each is entered once more, and a record behind it that is confirmed: for itself.
    """
    unchanged: list[bool] = []

    def enter() -> None:
        earlier = pump.read_status()
        for stage in _unconfirmed(case, pump, tamper):
            stage()
            at_once = pump.read_status()
            bench.run_for(_FORGOTTEN)
            later = pump.read_status()
            stage()
            records.enter_all_again(case, pump)
            beside = pump.read_status()
            told = (at_once, later, beside)
            unchanged.extend(_is_same(earlier, each) for each in told)

    running_rate = case.numbers["running_rate"]
    change = steps.deliver_disturbed(case, bench, pump, weighing, running_rate, enter)

    kept = conclusions.unchanged(case, change)
    case.judge_fact(
        "ITB-LNK-002",
        conclusions.holds(all(unchanged), kept),
        f"programme unchanged: {all(unchanged)}; change of flow: {kept.statement}",
    )


@pytest.mark.procedure(rate="mL/day", volume="mL", length="s", duration="s", blank="s")
def test_unconfirmed_start(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    tamper: LinkTamper,
    power: PowerSwitch,
    weighing: WeighingStation,
) -> None:
    """Enter a rate and a bolus in a stopped pump, never confirm them; it must rest.

    So it must when it loses its power behind what was entered, and takes up what it
    has stored.
    """
    leak = case.profile.quantity("flow.stopped_maximum", FLOW)
    duration = case.numbers["duration"]

    tolerance = (leak * duration).to(VOLUME)
    phases = Phases(weighing, case.numbers["blank"], tolerance, STEADY)
    start = phases.mark()
    states = []
    for stage in _unconfirmed(case, pump, tamper):
        stage()
        bench.run_for(_FORGOTTEN)
        states.append(pump.read_status().state)
        stage()
        lose_power(bench, pump, power, _CURE)
        states.append(pump.read_status().state)
    bench.run_for(duration)
    end = phases.mark()
    pump.stop()
    phases.close()

    rests = _at_rest(case, phases.between(start, end))
    stopped = all(state is PumpState.STOPPED for state in states)
    case.judge_fact(
        "ITB-LNK-002",
        conclusions.holds(stopped, rests),
        f"it said {'/'.join(state.value for state in states)}; flow: {rests.statement}",
    )


def _unconfirmed(
    case: Case, pump: InfusionPump, tamper: LinkTamper
) -> list[Callable[[], object]]:
    """What is entered: a rate, and where the pump has it a bolus."""
    rate = case.numbers["rate"]
    orders: list[Callable[[], object]] = [partial(tamper.stage_without_commit, rate)]
    if isinstance(pump, Bolus):
        volume, length = case.numbers["volume"], case.numbers["length"]
        orders.append(partial(tamper.stage_bolus_without_commit, volume, length, rate))
    return orders


@pytest.mark.procedure(rate="mL/day", silence="s", blank="s")
def test_silent_link(
    case: Case, bench: Bench, pump: InfusionPump, weighing: WeighingStation
) -> None:
    """Leave a running pump alone for hours, and weigh what it delivers meanwhile.

    Then stop it, once: whoever has slept for so long must wake up for that.
    """
    limit = case.limit("ITB-LNK-003")
    rate, silence = case.numbers["rate"], case.numbers["silence"]
    accuracy = case.profile.quantity("flow.accuracy", FRACTION)

    tolerance = (accuracy * rate * silence / 2).to(VOLUME)
    phases = Phases(weighing, case.numbers["blank"], tolerance, STEADY)
    pump.start_continuous(rate)
    with bench.unobserved():
        bench.run_for(_SETTLING)
        start = phases.mark()
        bench.run_for(silence)
        end = phases.mark()
    pump.stop()
    said = pump.read_status().state
    stands = None
    if case.claims("ITB-LNK-005"):
        with bench.unobserved():
            bench.run_for(_SETTLING)
            stopped = phases.mark()
            bench.run_for(_STOPPED)
            stands = (stopped, phases.mark())
    phases.close()

    phase = phases.between(start, end)
    case.judge(limit, error_percent(phase.flow, rate.to(FLOW)))
    if stands is not None:
        _judge_stopped(case, said, phase, phases.between(*stands))


def _judge_stopped(case: Case, said: PumpState, before: Phase, behind: Phase) -> None:
    """Judge whether a pump stopped that was told to, by weight (ITB-LNK-005)."""
    most: Quantity = _HELD_SHARE * case.numbers["rate"].to(FLOW)
    least: Quantity = -1 * most
    limit = Limit(
        requirement=case.id,
        lower=least,
        upper=most,
        rule=case.rule,
        unit="mL/day",
        source="a tenth of the rate, flow after a stop",
    )
    rests = limit.judge(behind.flow)
    held = conclusions.holds(said is PumpState.STOPPED, rests)
    ran = bool(before.flow.value > most)
    case.judge_fact(
        "ITB-LNK-005",
        held if ran else None,
        f"told to stop after the silence it said {said.value}; by weight it"
        f" {'delivered' if ran else 'did not deliver'} before; flow behind:"
        f" {rests.statement}",
    )


@pytest.mark.procedure(rate="mL/day", noise="1", duration="s", blank="s")
def test_noise(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    tamper: LinkTamper,
    power: PowerSwitch,
    weighing: WeighingStation,
) -> None:
    """Send noise to a running pump; it must go on, answer, and stop when told to."""
    rate, half = case.numbers["rate"], case.numbers["duration"] / 2
    leak = case.profile.quantity("flow.stopped_maximum", FLOW)

    tolerance = (leak * half).to(VOLUME)
    phases = Phases(weighing, case.numbers["blank"], tolerance, STEADY)
    pump.start_continuous(rate)
    bench.run_for(_SETTLING)
    earlier = pump.read_status()
    marks = [phases.mark()]
    bench.run_for(half)
    marks.append(phases.mark())
    answer = _make_noise(tamper, round(magnitude(case.numbers["noise"], "1")))
    if answer and _is_mute(pump):
        lose_power(bench, pump, power, _CURE)
        pump.stop()
        mute = f"it could be stopped only by taking its power away: {answer}"
        case.judge_fact("ITB-LNK-004", False, mute)
        return
    later = pump.read_status()
    marks.append(phases.mark())
    bench.run_for(half)
    marks.append(phases.mark())
    pump.stop()
    stopped = pump.read_status()
    weighing.relax()
    marks.append(phases.mark())
    bench.run_for(half)
    marks.append(phases.mark())
    phases.close()

    before, after, still = (
        phases.between(*marks[first : first + 2]) for first in (0, 2, 4)
    )
    kept = conclusions.unchanged(case, error_percent(after.flow, before.flow))
    rests = _at_rest(case, still)
    is_good = (
        not answer and _is_same(earlier, later) and stopped.state is PumpState.STOPPED
    )
    by_flow = conclusions.holds(is_good, kept)
    case.judge_fact(
        "ITB-LNK-004",
        by_flow if by_flow is not True else conclusions.holds(True, rests),
        f"answer to noise: {answer or 'none'}; programme unchanged:"
        f" {_is_same(earlier, later)}; change of flow: {kept.statement}; when told to"
        f" stop it said {stopped.state.value}; flow then: {rests.statement}",
    )


def _make_noise(tamper: LinkTamper, size: int) -> str:
    """Send noise; return what the pump did wrong, "" if nothing."""
    try:
        tamper.send_noise(size)
    except LinkViolation as answer:
        return str(answer)
    return ""


def _is_mute(pump: InfusionPump) -> bool:
    try:
        pump.read_status()
    except InstrumentSilent:
        return True
    return False


def _is_same(one: PumpReading, other: PumpReading) -> bool:
    """Tell whether two reports tell of the same programme and state."""
    return (one.mode, one.state, one.rate_nl_per_h) == (
        other.mode,
        other.state,
        other.rate_nl_per_h,
    )


def _at_rest(case: Case, still: Phase) -> Judgement:
    """Judge by weight whether a pump that was told to stop delivers nothing."""
    leak = case.profile.quantity("flow.stopped_maximum", FLOW)
    least: Quantity = -1 * leak
    limit = Limit(
        requirement=case.id,
        lower=least,
        upper=leak,
        rule=case.rule,
        unit="µL/hour",
        source="profile flow.stopped_maximum",
    )
    return limit.judge(still.flow)
