"""Programmes of more than one phase: priming, bridge, delayed start."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from fixtures.procedures import conclusions, orders, spans
from fixtures.procedures.extremes import worst
from fixtures.procedures.phases import LOOKS, Phase, Phases, in_time
from fixtures.weighing import WeighingStation
from harness.bench import Bench
from harness.execution.case import Case
from harness.metrology.gravimetry import Weighing
from harness.metrology.measurement import Measurement, difference, error_percent, ratio
from harness.roles import (
    Bridge,
    ClockSetting,
    DelayedStart,
    InfusionPump,
    Priming,
    Refillable,
)
from harness.units import (
    FLOW,
    FRACTION,
    NS_PER_S,
    VOLUME,
    Quantity,
    magnitude,
    nanoseconds,
    ureg,
)
from test_plans.implanted import doses, records
from test_plans.implanted import pump_clock as clocks
from test_plans.implanted.flow_changes import Change, judge_changes
from test_plans.implanted.pump_calendar import read_calendar
from test_plans.implanted.tally import Tally

_NOTHING = ureg.Quantity(0.0, FLOW)
_ONE = ureg.Quantity(1.0, "dimensionless")


@pytest.mark.procedure(
    catheter="mL", duration="s", rate="mL/day", running="s", guard="s", blank="s"
)
def test_priming(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    priming: Priming,
    weighing: WeighingStation,
) -> None:
    """Prime tubing and catheter; weigh the priming, and the rate behind it."""
    _judge_primings(case, bench, pump, priming, weighing, times=1)


@pytest.mark.procedure(
    catheter="mL", duration="s", rate="mL/day", running="s", guard="s", blank="s"
)
def test_priming_again(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    priming: Priming,
    weighing: WeighingStation,
) -> None:
    """Prime twice, as after a change of catheter; weigh both, and the rates behind."""
    _judge_primings(case, bench, pump, priming, weighing, times=2)


def _judge_primings(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    priming: Priming,
    weighing: WeighingStation,
    *,
    times: int,
) -> None:
    """Prime so often, and judge the worst priming and the worst rate behind one."""
    by_volume, by_rate = case.limit("ITB-PRM-001"), case.limit("ITB-PRM-002")
    guard, rate = case.numbers["guard"], case.numbers["rate"]
    accuracy = case.profile.quantity("priming.accuracy", FRACTION)
    dead = _dead_volume(case)

    tolerance = (accuracy * dead / 4).to(VOLUME)
    run = Phases(weighing, case.numbers["blank"], tolerance, 2 * guard / LOOKS)
    tally = Tally(case, pump)
    primed = [_prime(case, bench, pump, priming, run) for _ in range(times)]
    after = run.close()

    volumes, flows = [], []
    for end_ns, marks in primed:
        whole, behind = doses.in_turn(run, marks)
        already = in_time(behind.flow, -doses.since(marks[1], end_ns))
        volumes.append(error_percent(difference(whole.volume, already), dead))
        flows.append(error_percent(behind.flow, rate))
    case.judge(by_volume, worst(by_volume, volumes))
    case.judge(by_rate, worst(by_rate, flows))
    tally.judge(run, after, phases=2 * times)


def _prime(
    case: Case, bench: Bench, pump: InfusionPump, priming: Priming, run: Phases
) -> tuple[int, tuple[Weighing, Weighing, Weighing]]:
    """Prime a stopped pump; return when it should end, and the marks round it."""
    numbers = case.numbers
    catheter, duration = numbers["catheter"], numbers["duration"]
    first = run.mark()
    began_ns = orders.give(
        case, bench, lambda: priming.start_priming(catheter, duration, numbers["rate"])
    )
    end_ns = began_ns + nanoseconds(duration)
    spans.wait_until(bench, end_ns + nanoseconds(numbers["guard"]))
    second = run.mark()
    bench.run_for(numbers["running"])
    third = run.mark()
    pump.stop()
    return end_ns, (first, second, third)


@pytest.mark.procedure(
    catheter="mL",
    bridge_rate="mL/day",
    rate="mL/day",
    running="s",
    guard="s",
    blank="s",
)
def test_bridge(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    bridge: Bridge,
    weighing: WeighingStation,
) -> None:
    """Bridge a change of drug; weigh how much came at the old rate, and the new one."""
    by_volume, by_rate = case.limit("ITB-BRG-001"), case.limit("ITB-BRG-002")
    numbers = case.numbers
    old, new = numbers["bridge_rate"], numbers["rate"]
    accuracy = case.profile.quantity("bridge.accuracy", FRACTION)
    dead = _dead_volume(case)
    lasts = (dead / old).to("minute")

    tolerance = (accuracy * dead / 8).to(VOLUME)
    run = Phases(weighing, numbers["blank"], tolerance, lasts / 6 / LOOKS)
    tally = Tally(case, pump)
    began_ns = orders.give(
        case, bench, lambda: bridge.start_bridge(numbers["catheter"], old, new)
    )
    first = run.mark()
    # Early enough for a bridge that is far too short, too.
    bench.run_for(lasts / 6)
    second = run.mark()
    spans.wait_until(bench, began_ns + nanoseconds(lasts + numbers["guard"]))
    third = run.mark()
    bench.run_for(numbers["running"])
    fourth = run.mark()
    pump.stop()
    last = run.close()

    before, across, after = doses.in_turn(run, (first, second, third, fourth))
    due_ns = began_ns + nanoseconds(lasts)
    change = Change(due_ns, before, across, after, old, new)
    case.judge(by_rate, error_percent(after.flow, new))
    tally.judge(run, last, phases=2)
    if change.delay() is None:
        case.judge_fact("ITB-BRG-001", False, change.missing())
        return
    whole = run.between(run.before.end, third)
    lasted_ns = third.plateau.t_ns - began_ns
    came = at_first_rate(whole.volume, before, after, lasted_ns)
    case.judge(by_volume, error_percent(came, dead))


@pytest.mark.procedure(
    before_rate="mL/day", rate="mL/day", delay="s", running="s", guard="s", blank="s"
)
def test_delayed_start(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    delayed_start: DelayedStart,
    refillable: Refillable,
    weighing: WeighingStation,
) -> None:
    """Let a rate begin later; weigh the time until then, and when it began.

    The pump's records are entered anew meanwhile; they must leave the start alone.
    """

    def enter_again() -> None:
        records.enter_all_again(case, pump)

    _judge_delayed(case, bench, pump, delayed_start, refillable, weighing, enter_again)


@pytest.mark.procedure(
    before_rate="mL/day", rate="mL/day", delay="s", shift="s", running="s", guard="s",
    blank="s",
)  # fmt: skip
def test_delayed_start_clock_set(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    delayed_start: DelayedStart,
    pump_clock: ClockSetting,
    weighing: WeighingStation,
) -> None:
    """Likewise, and set the clock on or back; the start is due by the clock as set."""
    set_clock = partial(clocks.set_on, pump_clock, case.numbers["shift"])
    _judge_delayed(case, bench, pump, delayed_start, pump_clock, weighing, set_clock)


@pytest.mark.procedure(
    before_rate="mL/day", rate="mL/day", delay="s", running="s", guard="s", blank="s"
)
def test_delayed_start_replaced(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    delayed_start: DelayedStart,
    refillable: Refillable,
    weighing: WeighingStation,
) -> None:
    """Let a rate begin later, and programme another one; it must hold on."""
    rate = case.numbers["before_rate"]
    behind = _behind_withdrawn(
        case,
        bench,
        pump,
        delayed_start,
        refillable,
        weighing,
        lambda: pump.start_continuous(rate),
    )
    kept = conclusions.unchanged(case, error_percent(behind.flow, rate))
    said = f"at the time of the start that was replaced, by weight: {kept.statement}"
    case.judge_fact("ITB-STA-003", conclusions.holds(True, kept), said)


@pytest.mark.procedure(
    before_rate="mL/day", rate="mL/day", delay="s", running="s", guard="s", blank="s"
)
def test_delayed_start_stopped(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    delayed_start: DelayedStart,
    refillable: Refillable,
    weighing: WeighingStation,
) -> None:
    """Let a rate begin later, and stop the pump; nothing may come at that time."""
    limit = case.limit("ITB-FLOW-002")
    behind = _behind_withdrawn(
        case, bench, pump, delayed_start, refillable, weighing, pump.stop
    )
    elapsed_ns = doses.since(behind.start, behind.end.plateau.t_ns)
    per_time = ureg.Quantity(float(elapsed_ns), "ns")
    case.judge(limit, ratio(behind.volume, per_time, "µL/hour"))


def _behind_withdrawn(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    delayed_start: DelayedStart,
    clock: Refillable,
    weighing: WeighingStation,
    withdraw: Callable[[], object],
) -> Phase:
    """Withdraw a delayed start at half-time, and weigh from its time on."""
    numbers = case.numbers
    leak = case.profile.quantity("flow.stopped_maximum", FLOW)

    tolerance = (leak * numbers["running"]).to(VOLUME)
    run = Phases(weighing, numbers["blank"], tolerance, 2 * numbers["guard"] / LOOKS)
    pump.start_continuous(numbers["before_rate"])
    calendar = read_calendar(bench, clock)
    start_s = calendar.clock_s(bench.now_ns() + nanoseconds(numbers["delay"]))
    orders.give(
        case,
        bench,
        lambda: delayed_start.start_continuous_at(numbers["rate"], start_s),
    )
    bench.run_for(numbers["delay"] / 2)
    orders.give(case, bench, withdraw)
    spans.wait_until(bench, calendar.zero_ns + start_s * NS_PER_S)
    first = run.mark()
    bench.run_for(numbers["running"])
    second = run.mark()
    pump.stop()
    run.close()
    return run.between(first, second)


def _judge_delayed(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    delayed_start: DelayedStart,
    clock: Refillable | ClockSetting,
    weighing: WeighingStation,
    meanwhile: Callable[[], object],
) -> None:
    """Weigh a delayed start, before which something is done (ITB-DLY-001, -002).

    A pump that runs is given another start first, sooner and at another rate. There is
    one pending start: that one is replaced with its time and all.
    """
    before_start = case.limit("ITB-DLY-002")
    numbers = case.numbers
    old, new, running = (numbers[n] for n in ("before_rate", "rate", "running"))
    leak = case.profile.quantity("flow.stopped_maximum", FLOW)
    guard_ns = nanoseconds(numbers["guard"])

    tolerance = (leak * running).to(VOLUME)
    run = Phases(weighing, numbers["blank"], tolerance, 2 * numbers["guard"] / LOOKS)
    if old > _NOTHING:
        pump.start_continuous(old)
    marks = [run.mark()]
    bench.run_for(running)
    marks.append(run.mark())
    calendar = read_calendar(bench, clock)
    start_s = calendar.clock_s(bench.now_ns() + nanoseconds(numbers["delay"]))
    if old > _NOTHING:
        sooner_s = round(magnitude(numbers["delay"] / 2, "s"))
        delayed_start.start_continuous_at((old + new) / 2, start_s - sooner_s)
    orders.give(case, bench, lambda: delayed_start.start_continuous_at(new, start_s))
    meanwhile()
    calendar = read_calendar(bench, clock)
    due_ns = calendar.zero_ns + start_s * NS_PER_S
    for t_ns in (due_ns - guard_ns, due_ns + guard_ns):
        spans.wait_until(bench, t_ns)
        marks.append(run.mark())
    bench.run_for(running)
    marks.append(run.mark())
    pump.stop()
    run.close()

    earlier, waiting, across, later = doses.in_turn(run, marks)
    case.judge(before_start, difference(waiting.flow, earlier.flow))
    judge_changes(
        case, "ITB-DLY-001", [Change(due_ns, waiting, across, later, old, new)]
    )


def at_first_rate(
    whole: Measurement, first: Phase, second: Phase, duration_ns: int
) -> Measurement:
    """What came at the first of two flows that together gave a volume in a time.

    With the flows f1 and f2, V = f1 t + f2 (T - t) gives
    f1 t = (f2 T - V) / (f2 / f1 - 1).

    Args:
        whole: the volume V.
        first: a phase at the first flow.
        second: a phase at the second one.
        duration_ns: the time T.
    """
    lacking = difference(in_time(second.flow, duration_ns), whole)
    share = ratio(second.flow, first.flow, "dimensionless")
    return ratio(lacking, difference(share, _ONE), VOLUME)


def _dead_volume(case: Case) -> Quantity:
    tubing = case.profile.quantity("priming.tubing_volume", VOLUME)
    dead: Quantity = (tubing + case.numbers["catheter"]).to(VOLUME)
    return dead
