"""Steps that several procedures of this plan share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fixtures.course import within
from fixtures.procedures import conclusions, counting, curves, reported, spans
from fixtures.procedures.reported import Watched
from fixtures.weighing import WeighingStation
from harness.bench import Bench
from harness.execution.case import Case
from harness.judging import Judgement, Verdict
from harness.metrology.gravimetry import Blank, Weighing
from harness.metrology.measurement import (
    Measurement,
    counted,
    error_percent,
    ratio,
    total,
)
from harness.readings import Alarm, AlarmEvent, PumpReading
from harness.roles import AlarmLog, InfusionPump
from harness.units import FLOW, FRACTION, VOLUME, Quantity, ureg

_RELAXING = ureg.Quantity(1.0, "minute")


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery as it was programmed, as it was counted, and as it was weighed.

    ``alarms`` are all that any status report of it has shown. ``seen`` is the course of
    each of its parts.
    """

    programmed: Measurement
    counted: Measurement
    weighed: Measurement
    bookkeeping_error: Measurement
    alarms: Alarm
    seen: tuple[Watched, ...]


@dataclass(frozen=True, slots=True)
class _Course:
    """What was noted in the course of a delivery."""

    before: Blank
    after: Blank
    started: tuple[int, int]
    stopped: tuple[int, int]
    delivery: Delivery


def deliver(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    weighing: WeighingStation,
    rate: Quantity,
) -> Delivery:
    """Deliver at ``rate`` for the case's ``duration`` between two blanks."""
    return deliver_for(case.numbers["duration"], case, bench, pump, weighing, rate)


def deliver_until_decided(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    weighing: WeighingStation,
    rate: Quantity,
) -> Delivery:
    """Deliver likewise, and once more if the case declares it and the flow asks for it.

    Where the first look at the flow (ITB-FLOW-001) decides nothing, the pump delivers
    on for the declared second look, between blanks of its own; both parts count.
    """
    first = deliver(case, bench, pump, weighing, rate)
    if case.second_look is None:
        return first
    look = case.look(case.limit("ITB-FLOW-001"), _flow_error(first))
    if look.verdict is not Verdict.INCONCLUSIVE:
        return first
    second = deliver_for(case.second_look, case, bench, pump, weighing, rate)
    return Delivery(
        programmed=total(first.programmed, second.programmed),
        counted=total(first.counted, second.counted),
        weighed=total(first.weighed, second.weighed),
        bookkeeping_error=total(first.bookkeeping_error, second.bookkeeping_error),
        alarms=first.alarms | second.alarms,
        seen=first.seen + second.seen,
    )


def deliver_for(
    duration: Quantity,
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    weighing: WeighingStation,
    rate: Quantity,
) -> Delivery:
    """Deliver likewise for another time."""

    def run() -> None:
        bench.run_for(duration)

    return _course(case, bench, pump, weighing, rate, run).delivery


def deliver_disturbed(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    weighing: WeighingStation,
    rate: Quantity,
    disturbance: Callable[[], None],
) -> Measurement:
    """Deliver likewise, do ``disturbance`` at half-time, and see what it changed.

    The pump is held against itself, by weight: an error that its flow has all the time
    is another requirement's finding.

    Returns:
        Mean flow after the disturbance against that before it, in percent.
    """
    half = case.numbers["duration"] / 2
    middle: list[Weighing] = []

    def run() -> None:
        bench.run_for(half)
        middle.append(weighing.weigh())
        disturbance()
        bench.run_for(half)

    course = _course(case, bench, pump, weighing, rate, run)
    tolerance = _tolerance(case, course.delivery.programmed) / 2
    early, late = (
        ratio(
            weighing.delivered_between(
                start, end, course.before, course.after, tolerance
            ),
            ureg.Quantity(float(until_ns - since_ns), "ns"),
            FLOW,
        )
        for start, end, since_ns, until_ns in (
            (
                course.before.end,
                middle[0],
                course.started[1],
                middle[0].plateau.t_ns,
            ),
            (
                middle[0],
                course.after.start,
                middle[0].plateau.t_ns,
                course.stopped[0],
            ),
        )
    )
    return error_percent(late, early)


def _course(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    weighing: WeighingStation,
    rate: Quantity,
    run: Callable[[], None],
) -> _Course:
    numbers = case.numbers
    before = weighing.blank(numbers["blank"])
    first = pump.read_status()
    with (
        weighing.watching(numbers["poll"]) as weights,
        bench.sampling(pump.read_status, numbers["poll"]) as telemetry,
    ):
        weighing.open_line()
        started = spans.timed(bench, lambda: pump.start_continuous(rate))
        run()
        stopped = spans.timed(bench, pump.stop)
    last = pump.read_status()
    # Who touches the vessel while nothing flows must not pass for the pump.
    with weighing.watching(_RELAXING):
        weighing.relax()
    after = weighing.blank(numbers["blank"])
    curves.draw(case, weighing, weights, telemetry, before, after, rate)
    programmed = spans.between(started, stopped).volume(rate)
    weighed = weighing.delivered(before, after, _tolerance(case, programmed))
    delivery = Delivery(
        programmed=programmed,
        counted=counting.count(first, last),
        weighed=weighing.doubting_steps(
            weighing.doubting_steps(weighed, started[1], stopped[0]),
            stopped[1],
            after.start.plateau.t_ns,
        ),
        bookkeeping_error=bookkeeping(first, last),
        alarms=counting.alarms_in([*telemetry.readings, last]),
        seen=(
            Watched(
                "delivering",
                started[1],
                stopped[0],
                tuple(within(telemetry.readings, started[1], stopped[0])),
                tuple(weights.readings),
            ),
        ),
    )
    return _Course(before, after, started, stopped, delivery)


def _tolerance(case: Case, programmed: Measurement) -> Quantity:
    """Half of what the flow accuracy allows a programmed volume to vary."""
    accuracy = case.profile.quantity("flow.accuracy", FRACTION)
    volume: Quantity = (accuracy * programmed.value).to(VOLUME)
    return volume


def bookkeeping(first: PumpReading, last: PumpReading) -> Measurement:
    """How far the reservoir's bookkeeping and the counter have drifted apart."""
    taken_nl = first.told_reservoir_nl - last.told_reservoir_nl
    counted_nl = last.delivered_nl - first.delivered_nl
    return counted(
        ureg.Quantity((taken_nl - counted_nl) / 1e6, VOLUME),
        ureg.Quantity(4e-6, VOLUME),
        counting.PUMP,
        first.t_ns,
        last.t_ns,
    )


def judge_flow(case: Case, delivery: Delivery) -> Judgement:
    """Judge the weighed volume against the programmed one (ITB-FLOW-001)."""
    return case.judge(case.limit("ITB-FLOW-001"), _flow_error(delivery))


def _flow_error(delivery: Delivery) -> Measurement:
    return error_percent(delivery.weighed, delivery.programmed)


def judge_count(case: Case, delivery: Delivery) -> Judgement:
    """Judge the weighed volume against the pump's own count (ITB-CNT-002)."""
    return judge_counted(case, delivery.weighed, delivery.counted)


def judge_reports(case: Case, delivery: Delivery, rate: Quantity) -> None:
    """Judge what was reported of a delivery (ITB-STA-001, ITB-STA-003)."""
    parts = [part for seen in delivery.seen for part in reported.in_parts(seen)]
    words = "; ".join(reported.in_words(part, rate) for part in parts)
    case.judge_fact("ITB-STA-001", reported.agree(parts, rate), words)
    kept = [reported.is_kept(seen, rate) for seen in delivery.seen]
    words = "; ".join(reported.kept_in_words(seen, rate) for seen in delivery.seen)
    case.judge_fact("ITB-STA-003", conclusions.all_hold(kept), words)


def judge_counted(
    case: Case, weighed: Measurement, counted_volume: Measurement
) -> Judgement:
    """Judge what was weighed against what was counted meanwhile (ITB-CNT-002)."""
    limit = case.limit("ITB-CNT-002")
    if counted_volume.value.magnitude > 0.0:
        return case.judge(limit, error_percent(weighed, counted_volume))
    expanded, _ = weighed.expanded()
    came = weighed.value > expanded
    return case.judge_fact(
        limit.requirement,
        False if came else None,
        f"the counter has not risen, while {weighed.value:~P} was weighed",
    )


class AlarmWatch:
    """Hears the alarm messages of a pump, and forgets none of them.

    An alarm that comes while another one is awaited must not be taken for missing.
    """

    def __init__(self, bench: Bench, pump: AlarmLog) -> None:
        self._bench = bench
        self._pump = pump
        self._heard: list[AlarmEvent] = []

    def wait_for(self, alarm: Alarm, at_most: Quantity) -> AlarmEvent | None:
        """Let time pass until the pump has said that ``alarm`` holds, or give up."""
        self._bench.run_until(lambda: self.first(alarm) is not None, at_most)
        return self.first(alarm)

    def first(self, alarm: Alarm) -> AlarmEvent | None:
        """The first message so far that raises ``alarm``."""
        self._heard.extend(self._pump.take_alarm_events())
        return next((event for event in self._heard if alarm in event.raised), None)
