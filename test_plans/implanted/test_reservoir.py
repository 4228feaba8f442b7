"""The reservoir: warned of in time, empty without silence, refilled and dated right."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from fixtures.weighing import WeighingStation
from harness.bench import Bench
from harness.execution.case import Case
from harness.measurement import Measurement, bracketed, counted, difference
from harness.metrology.gravimetry import Blank, Weighing
from harness.readings import Alarm, AlarmEvent, ReservoirReading
from harness.roles import AlarmLog, FlowClamp, InfusionPump, Operator, Refillable
from harness.units import (
    FLOW,
    NS_PER_S,
    TIME,
    VOLUME,
    Quantity,
    magnitude,
    ureg,
)
from test_plans.implanted import steps

_NL_PER_ML = 1e6
# How much longer than by the programme a reservoir may last before waiting ends.
_PATIENCE = 1.3
# Long enough after the empty alarm to see by weight that nothing comes any more.
_AFTERMATH = ureg.Quantity(6.0, "hour")
_S_PER_DAY = 86_400
_NS_PER_H = 3600 * NS_PER_S
_NOT_ENDED = (
    "by weight, delivery had not visibly ended: weigh longer, or with less noise"
)
_NEVER = 0  # as a date of the pump's calendar


@pytest.mark.procedure(dose="µg/day", blank="s", poll="s")
def test_run_to_empty(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    refillable: Refillable,
    alarm_log: AlarmLog,
    weighing: WeighingStation,
) -> None:
    """Run a full reservoir dry; time each alarm against what the balance saw."""
    deadline = case.limit("ITB-EMP-001")
    rate = (case.numbers["dose"] / case.start["concentration"]).to(FLOW)
    lasts = (_PATIENCE * case.start["reservoir"] / rate).to("hour")

    before = weighing.blank(case.numbers["blank"])
    watch = steps.AlarmWatch(bench, alarm_log)
    count: ReservoirReading | None = None
    at_low: Weighing | None = None
    with (
        weighing.watching(case.numbers["poll"]) as weights,
        bench.sampling(pump.read_status, 12 * case.numbers["poll"]) as telemetry,
    ):
        weighing.open_line()
        pump.start_continuous(rate)
        low = watch.wait_for(Alarm.LOW_RESERVOIR, lasts)
        if low is not None:
            count = refillable.read_reservoir()
            at_low = weighing.weigh()
        empty = watch.wait_for(Alarm.EMPTY_RESERVOIR, lasts)
        bench.run_for(_AFTERMATH)
    pump.stop()
    after = weighing.blank(case.numbers["blank"])

    steps.draw(case, weighing, weights, telemetry, before, after, rate)
    volumes = weighing.volumes_ml(weights.readings, before, after)
    end = _end_of_delivery(
        [reading.t_ns for reading in weights.readings],
        volumes,
        weighing.noise_ml(),
        weighing.drift_ml_per_h(before, after),
        magnitude(rate, "mL/hour"),
    )

    if low is None or count is None or at_low is None:
        never = "the low-reservoir alarm was never raised"
        # A pump that never ran dry may not have had a reason to raise it.
        verdict = None if end is None else False
        for requirement in ("ITB-LOW-001", "ITB-LOW-002", "ITB-LOW-003"):
            case.judge_fact(requirement, verdict, never)
    else:
        left = weighing.delivered_between(
            at_low, after.start, before, after, _half_range(case)
        )
        _judge_warning(case, low, count, left, end)
    if end is None:
        case.judge_fact("ITB-EMP-001", None, _NOT_ENDED)
    elif empty is None:
        case.judge_fact("ITB-EMP-001", False, "the empty alarm was never raised")
    else:
        case.judge(deadline, _until(end, empty))


def _judge_warning(
    case: Case,
    low: AlarmEvent,
    count: ReservoirReading,
    left: Measurement,
    end: tuple[int, int] | None,
) -> None:
    """Judge a low alarm by the pump's own level, by what was left, and by its lead."""
    is_counted = case.profile.text("reservoir.level_known_by") == "counter"
    if is_counted:
        case.judge(case.limit("ITB-LOW-001"), _count_error(count))
    else:
        _judge_if_ended(case, "ITB-LOW-001", difference(left, _threshold(count)), end)
    _judge_if_ended(case, "ITB-LOW-002", left, end)
    lead = None if end is None else _from(low.t_ns, end)
    _judge_if_ended(case, "ITB-LOW-003", lead, end)


def _judge_if_ended(
    case: Case,
    requirement: str,
    measured: Measurement | None,
    end: tuple[int, int] | None,
) -> None:
    """Judge what is known only of a reservoir that was seen to run dry."""
    if measured is None or end is None:
        case.judge_fact(requirement, None, _NOT_ENDED)
    else:
        case.judge(case.limit(requirement), measured)


def _half_range(case: Case) -> Quantity:
    path = "alarm.low_reservoir.real_volume_"
    lower = case.profile.quantity(f"{path}minimum", VOLUME)
    upper = case.profile.quantity(f"{path}maximum", VOLUME)
    half: Quantity = ((upper - lower) / 2).to(VOLUME)
    return half


def _threshold(reading: ReservoirReading) -> Quantity:
    return ureg.Quantity(reading.low_threshold_nl / _NL_PER_ML, VOLUME)


def _count_error(count: ReservoirReading) -> Measurement:
    error_ml = (count.volume_nl - count.low_threshold_nl) / _NL_PER_ML
    return counted(
        ureg.Quantity(error_ml, VOLUME),
        ureg.Quantity(2e-6, VOLUME),
        steps.PUMP,
        count.t_ns,
        count.t_ns,
    )


def _end_of_delivery(
    times_ns: Sequence[int],
    volumes_ml: Sequence[float],
    noise_ml: float,
    drift_ml_per_h: float,
    rate_ml_per_h: float,
) -> tuple[int, int] | None:
    """Bracket the moment after which nothing more came.

    Before the bracket more was still to come than noise, and drift until the last
    reading, can feign. It closes one reading later, and later still by the time in
    which the pump delivers what the two can hide: as much again.

    Returns:
        Earliest and latest bench time, or None where the last hour still shows a flow.
    """
    final_ml = sum(volumes_ml[-5:]) / len(volumes_ml[-5:])

    def unseen_ml(t_ns: int) -> float:
        return noise_ml + drift_ml_per_h * (times_ns[-1] - t_ns) / _NS_PER_H

    last = -1
    for index, (t_ns, volume_ml) in enumerate(zip(times_ns, volumes_ml, strict=True)):
        if final_ml - volume_ml > unseen_ml(t_ns):
            last = index
    if last < 0 or times_ns[last] >= times_ns[-1] - _NS_PER_H:
        return None
    earliest_ns, next_ns = times_ns[last], times_ns[last + 1]
    hidden_h = 2.0 * unseen_ml(next_ns) / rate_ml_per_h
    return earliest_ns, next_ns + round(hidden_h * _NS_PER_H)


def _hours(ns: int) -> Quantity:
    return ureg.Quantity(ns / _NS_PER_H, "hour")


def _from(start_ns: int, end: tuple[int, int]) -> Measurement:
    """The time from a known moment to a bracketed one."""
    earliest, latest = (_hours(ns - start_ns) for ns in end)
    return bracketed(earliest, latest, "balance", min(start_ns, end[0]), end[1])


def _until(start: tuple[int, int], event: AlarmEvent) -> Measurement:
    """The time from a bracketed moment to an alarm, negative if that came first."""
    shortest, longest = _hours(event.t_ns - start[1]), _hours(event.t_ns - start[0])
    first_ns = min(start[0], event.t_ns)
    return bracketed(shortest, longest, "balance", first_ns, max(start[1], event.t_ns))


@pytest.mark.procedure(delivered="mL", rate="mL/day", blank="s", poll="s")
def test_refill(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    refillable: Refillable,
    operator: Operator,
    weighing: WeighingStation,
) -> None:
    """Use up half, withdraw and weigh the residual, refill, read the count."""
    residual = case.limit("ITB-REF-001")
    entered = case.limit("ITB-REF-002")
    agreement = case.profile.quantity("refill.residual_agreement", VOLUME)
    full = case.start["reservoir"]

    with weighing.watching(case.numbers["poll"]):
        weighing.open_line()
        pump.start_continuous(case.numbers["rate"])
        bench.run_for((case.numbers["delivered"] / case.numbers["rate"]).to("hour"))
        pump.stop()
    weighing.relax()
    before = weighing.blank(case.numbers["blank"])
    expected = _content(refillable.read_reservoir())
    operator.withdraw_reservoir()
    after = weighing.blank(case.numbers["blank"])
    case.judge(
        residual, difference(_withdrawn(weighing, before, after, agreement), expected)
    )

    operator.fill_reservoir(full)
    operator.empty_vessel()
    refillable.set_reservoir(
        full,
        case.profile.quantity("reservoir.low_threshold", VOLUME),
        case.profile.quantity("refill.stability", TIME),
        case.profile.quantity("refill.label_maximum", TIME),
    )
    case.judge(entered, difference(_content(refillable.read_reservoir()), full))


def _withdrawn(
    weighing: WeighingStation, before: Blank, after: Blank, agreement: Quantity
) -> Measurement:
    return weighing.delivered(before, after, agreement)


def _content(reading: ReservoirReading) -> Measurement:
    return counted(
        ureg.Quantity(reading.volume_nl / _NL_PER_ML, VOLUME),
        ureg.Quantity(1e-6, VOLUME),
        steps.PUMP,
        reading.t_ns,
        reading.t_ns,
    )


@pytest.mark.procedure(dose="µg/day")
def test_refill_dates(
    case: Case, pump: InfusionPump, refillable: Refillable, clamp: FlowClamp
) -> None:
    """Programme a dose and hold the pump's two refill dates against the arithmetic."""
    low = case.limit("ITB-REF-003")
    by = case.limit("ITB-REF-004")
    profile = case.profile
    rate = (case.numbers["dose"] / case.start["concentration"]).to(FLOW)
    usable = case.start["reservoir"] - profile.quantity(
        "reservoir.low_threshold", VOLUME
    )
    days_to_low = (usable / rate).to("day")
    days_to_refill = min(
        days_to_low,
        profile.quantity("refill.stability", TIME).to("day"),
        profile.quantity("refill.label_maximum", TIME).to("day"),
    )

    clamp.set_closed(False)
    pump.start_continuous(rate)
    clock_s = refillable.read_clock()
    reading = refillable.read_reservoir()
    pump.stop()

    _flag(case, days_to_low)
    for limit, date_s, expected in (
        (low, reading.low_clock_s, days_to_low),
        (by, reading.refill_by_clock_s, days_to_refill),
    ):
        if date_s == _NEVER:
            unnamed = "the pump delivers and yet names no date"
            case.judge_fact(limit.requirement, False, unnamed)
        else:
            reported = _days_from(clock_s, date_s, reading)
            case.judge(limit, difference(reported, expected))


def _flag(case: Case, days_to_low: Quantity) -> None:
    """Remark on a prescription that refills too often or too seldom: no failure."""
    shortest = case.profile.quantity("refill.shortest", TIME)
    longest = case.profile.quantity("refill.longest", TIME)
    if not shortest <= days_to_low <= longest:
        lasts, least, most = (
            magnitude(each, "day") for each in (days_to_low, shortest, longest)
        )
        case.note(
            f"FLAGGED prescription: it lasts {lasts:.1f} days to the low alarm,"
            f" outside {least:g} to {most:g} days; choose another concentration"
        )


def _days_from(clock_s: int, date_s: int, reading: ReservoirReading) -> Measurement:
    """A date that the pump reported, in days from its own clock's now."""
    return counted(
        ureg.Quantity((date_s - clock_s) / _S_PER_DAY, "day"),
        ureg.Quantity(2.0 / _S_PER_DAY, "day"),
        "pump's calendar",
        reading.t_ns,
        reading.t_ns,
    )
