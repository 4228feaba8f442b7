"""The pump's own count: through changes, over weeks, across its counters' ends."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import pytest

from fixtures.procedures import counting, spans
from fixtures.procedures.phases import Phases
from fixtures.procedures.spans import Span
from fixtures.weighing import WeighingStation
from harness.bench import Bench
from harness.execution.case import Case
from harness.metrology.measurement import Measurement, bracketed, error_percent
from harness.readings import Alarm, PumpReading
from harness.roles import AlarmLog, FlowClamp, InfusionPump
from harness.units import (
    FRACTION,
    NS_PER_S,
    VOLUME,
    Quantity,
    magnitude,
    nanoseconds,
    ureg,
)
from test_plans.implanted import records, steps
from test_plans.implanted.steps import Delivery

_UPTIME_WRAPS_MS = 1 << 32
_NS_PER_MS = 1_000_000
_NO_WRAP = (
    "the pump's uptime did not wrap in the window, so nothing was shown; find out from"
    " the journal why it started anew, and run the case again"
)


# So often an interval is looked at, so that a key pressed at the balance is seen.
_LOOKS = 10


@pytest.mark.procedure(
    low_rate="mL/day",
    high_rate="mL/day",
    rounds="1",
    interval="s",
    pause="s",
    blank="s",
)
def test_count_through_changes(
    case: Case, bench: Bench, pump: InfusionPump, weighing: WeighingStation
) -> None:
    """Change the rate, stop and start again and again; weigh and count the whole."""
    by_programme = case.limit("ITB-CNT-001")
    accuracy = case.profile.quantity("counter.delivered_agreement", FRACTION)
    numbers = case.numbers

    before = weighing.blank(numbers["blank"])
    first = pump.read_status()
    parts: list[tuple[Quantity, Span]] = []
    with weighing.watching(numbers["interval"] / _LOOKS):
        weighing.open_line()
        for _ in range(round(magnitude(numbers["rounds"], "dimensionless"))):
            began = spans.timed(
                bench, lambda: pump.start_continuous(numbers["low_rate"])
            )
            bench.run_for(numbers["interval"])
            changed = spans.timed(
                bench, lambda: pump.start_continuous(numbers["high_rate"])
            )
            bench.run_for(numbers["interval"])
            stopped = spans.timed(bench, pump.stop)
            bench.run_for(numbers["pause"])
            parts.append((numbers["low_rate"], spans.between(began, changed)))
            parts.append((numbers["high_rate"], spans.between(changed, stopped)))
        last = pump.read_status()
        weighing.relax()
    after = weighing.blank(numbers["blank"])

    programmed = programmed_in(parts)
    delivery = Delivery(
        programmed=programmed,
        counted=counting.count(first, last),
        weighed=weighing.delivered(
            before, after, (accuracy * programmed.value).to(VOLUME)
        ),
        bookkeeping_error=steps.bookkeeping(first, last),
        alarms=last.alarms,
        seen=(),
    )
    case.judge(by_programme, error_percent(delivery.counted, programmed))
    steps.judge_count(case, delivery)


def programmed_in(parts: Sequence[tuple[Quantity, Span]]) -> Measurement:
    """What several rates deliver, each in its own span, one after the other.

    The bounds add up: neighbours share a command, so their errors are not independent.
    """
    bounds = [
        sum(
            magnitude(rate, "mL/s") * ns / NS_PER_S
            for (rate, _), ns in zip(parts, lengths, strict=True)
        )
        for lengths in (
            [span.shortest_ns for _, span in parts],
            [span.longest_ns for _, span in parts],
        )
    ]
    return bracketed(
        ureg.Quantity(bounds[0], VOLUME),
        ureg.Quantity(bounds[1], VOLUME),
        "bench clock",
        parts[0][1].start_ns,
        parts[-1][1].end_ns,
    )


@pytest.mark.procedure(rate="mL/day", duration="s", poll="s")
def test_counter_drift(
    case: Case, bench: Bench, pump: InfusionPump, clamp: FlowClamp
) -> None:
    """Count for weeks; hold the end against the programme, and look for every fall."""
    drift = case.limit("ITB-CNT-003")
    rate = case.numbers["rate"]

    clamp.set_closed(False)
    first = pump.read_status()
    with bench.sampling(pump.read_status, case.numbers["poll"]) as telemetry:
        started = spans.timed(bench, lambda: pump.start_continuous(rate))
        bench.run_for(case.numbers["duration"])
        stopped = spans.timed(bench, pump.stop)
    last = pump.read_status()

    programmed = spans.between(started, stopped).volume(rate)
    case.judge(drift, error_percent(counting.count(first, last), programmed))
    _judge_rise(case, [first, *telemetry.readings, last])


@pytest.mark.procedure(rate="mL/day", volume="mL", poll="s")
def test_counter_range(
    case: Case, bench: Bench, pump: InfusionPump, clamp: FlowClamp
) -> None:
    """Count most of a full reservoir; neither counter may fall or leave the other.

    At half-time a refill is recorded, of what is there: the content begins anew, and
    the count of what was delivered does not.
    """
    by_reservoir = case.limit("ITB-RES-001")
    rate, volume = case.numbers["rate"], case.numbers["volume"]

    clamp.set_closed(False)
    first = pump.read_status()
    with bench.sampling(pump.read_status, case.numbers["poll"]) as telemetry:
        pump.start_continuous(rate)
        bench.run_for((volume / rate / 2).to("hour"))
        records.enter_again(case, pump)
        bench.run_for((volume / rate / 2).to("hour"))
        pump.stop()
    last = pump.read_status()

    _judge_rise(case, [first, *telemetry.readings, last])
    case.judge(by_reservoir, steps.bookkeeping(first, last))


def _judge_rise(case: Case, reports: Sequence[PumpReading]) -> None:
    """Judge whether the counter has fallen; one that stands proves nothing."""
    falls_nl = [
        earlier.delivered_nl - later.delivered_nl
        for earlier, later in itertools.pairwise(reports)
    ]
    deepest_nl = max(falls_nl)
    has_risen = reports[-1].delivered_nl > reports[0].delivered_nl
    case.judge_fact(
        "ITB-CNT-004",
        False if deepest_nl > 0 else (True if has_risen else None),
        f"{len(reports)} reports; deepest fall of the counter: {max(0, deepest_nl)} nL;"
        f" risen: {'yes' if has_risen else 'no, so nothing is shown'}",
    )


@pytest.mark.procedure(rate="mL/day", ahead="s", duration="s", blank="s", poll="s")
def test_uptime_wrap(
    case: Case, bench: Bench, pump: InfusionPump, weighing: WeighingStation
) -> None:
    """Deliver until the uptime has wrapped, and for days beyond; weigh those days."""
    limit = case.limit("ITB-FLOW-012")
    drift = case.limit("ITB-CNT-003")
    accuracy = case.profile.quantity("flow.accuracy", FRACTION)
    numbers = case.numbers
    rate, ahead_ns = numbers["rate"], nanoseconds(numbers["ahead"])

    tolerance = (accuracy * rate * numbers["duration"]).to(VOLUME)
    run = Phases(weighing, numbers["blank"], tolerance, numbers["poll"])
    first = pump.read_status()
    wait_ns = (_UPTIME_WRAPS_MS - first.told_uptime_ms) * _NS_PER_MS - ahead_ns
    with bench.sampling(_answering(case, pump), numbers["poll"], of=pump):
        started = spans.timed(bench, lambda: pump.start_continuous(rate))
        bench.run_for(ureg.Quantity(max(0, wait_ns), "ns"))
        early, start = pump.read_status(), run.mark()
        bench.run_for(numbers["ahead"] + numbers["duration"])
        end, late = run.mark(), pump.read_status()
        stopped = spans.timed(bench, pump.stop)
    last = pump.read_status()
    run.close()

    if has_wrapped(early, late):
        flow = run.between(start, end).flow
        case.judge(limit, error_percent(flow, rate))
    else:
        case.judge_fact("ITB-FLOW-012", None, _NO_WRAP)
    programmed = spans.between(started, stopped).volume(rate)
    case.judge(drift, error_percent(counting.count(first, last), programmed))


def _answering(case: Case, pump: InfusionPump) -> Callable[[], PumpReading]:
    """Return what asks the pump, and acknowledges each alarm that it then shows.

    Its alarms are other requirements' matter, and none needs to sound for weeks.
    """
    can_answer = "alarm-log" not in case.profile.absent
    answered = Alarm.NONE

    def read() -> PumpReading:
        nonlocal answered
        reading = pump.read_status()
        is_new = bool(reading.alarms & ~answered)
        if is_new and can_answer and isinstance(pump, AlarmLog):
            pump.acknowledge_alarms()
        answered = reading.alarms
        return reading

    return read


def has_wrapped(early: PumpReading, late: PumpReading) -> bool:
    """Tell whether the uptime went on across its wrap, and did not begin anew.

    Both reports lie less than one wrap apart.
    """
    elapsed_ms = (late.t_ns - early.t_ns) / _NS_PER_MS
    counted_ms = (late.told_uptime_ms - early.told_uptime_ms) % _UPTIME_WRAPS_MS
    goes_on = abs(counted_ms - elapsed_ms) < 0.01 * elapsed_ms
    return goes_on and late.told_uptime_ms < early.told_uptime_ms
