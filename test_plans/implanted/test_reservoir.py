"""The reservoir runs low and empty: warned of in time, judged by weight."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from fixtures.procedures import curves, end_of_delivery
from fixtures.procedures.alarm_moments import Moment
from fixtures.weighing import WeighingStation
from harness.bench import Bench, Sampler
from harness.execution.case import Case
from harness.metrology.gravimetry import Blank, Weighing
from harness.metrology.measurement import Measurement, difference
from harness.readings import (
    Alarm,
    AlarmEvent,
    PumpReading,
    ReservoirReading,
    WeightReading,
)
from harness.roles import AlarmLog, InfusionPump, Operator, Refillable
from harness.units import (
    FLOW,
    FRACTION,
    NS_PER_S,
    VOLUME,
    Quantity,
    magnitude,
    show,
    ureg,
)
from test_plans.implanted import refill_procedure, steps
from test_plans.implanted.refill_procedure import is_counted

_NL_PER_ML = 1e6
# How much longer than by the programme what is left may last before waiting ends.
_PATIENCE = 1.3
# Long enough after the empty alarm to see by weight that nothing comes any more.
_AFTERMATH = ureg.Quantity(6.0, "hour")
_LOW_NEVER = "the low-reservoir alarm was not raised before the reservoir was empty"
_COUNT_HIGH = "the pump's count never passed the threshold"
_EMPTY_NEVER = "the empty alarm was never raised"


@dataclass(frozen=True, slots=True)
class _Warning:
    """A low alarm, what the pump then counted, and the weight of that moment."""

    event: AlarmEvent
    count: ReservoirReading
    weight: Weighing


@pytest.mark.procedure(
    rate="mL/day", first_rate="mL/day", look="s", blank="s", poll="s"
)
def test_run_to_empty(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    refillable: Refillable,
    alarm_log: AlarmLog,
    weighing: WeighingStation,
) -> None:
    """Run a full reservoir dry; time each alarm against what the balance saw.

    Down to shortly above the threshold it runs at ``first_rate``, and is looked at
    every ``look``; from there on at ``rate``, looked at every ``poll``.
    """
    rate, blank = case.numbers["rate"], case.numbers["blank"]

    response = weighing.response(pump, _fastest(case))
    before = weighing.blank(blank)
    watch = steps.AlarmWatch(bench, alarm_log)
    weighing.open_line()
    with (
        weighing.watching(case.numbers["look"]) as early,
        bench.sampling(pump.read_status, case.numbers["look"]) as telemetry,
    ):
        began_ns = bench.now_ns()
        pump.start_continuous(case.numbers["first_rate"])
        # A pump that senses its level may warn before the programme lets expect it.
        bench.run_until(lambda: _is_told(watch), _until_near(case))
    if case.numbers["first_rate"] != rate:
        pump.start_continuous(rate)
    ran = ureg.Quantity(bench.now_ns() - began_ns, "ns")
    lasts = _lasts(case, ran)
    with weighing.watching(case.numbers["poll"]) as weights:
        bench.run_until(lambda: _is_told(watch), lasts)
        warning = _warning(watch, refillable, weighing)
        alarm_log.acknowledge_alarms()
        watch.wait_for(Alarm.EMPTY_RESERVOIR, lasts)
        alarm_log.acknowledge_alarms()
        bench.run_for(_AFTERMATH)
    # One that came after all is late, and not missing.
    empty = watch.first(Alarm.EMPTY_RESERVOIR)
    pump.stop()
    last_count = refillable.read_reservoir()
    after = weighing.blank(blank)

    weights.readings[:0] = early.readings
    end = end_of_delivery.find(
        weighing, weights.readings, before, after, rate, response
    )
    _draw(case, weighing, weights, telemetry, before, after)
    if warning is None:
        _judge_unwarned(case, last_count, end)
    else:
        _judge_warning(case, weighing, warning, before, after, end)
    _judge_empty(case, end, empty)


def _fastest(case: Case) -> Quantity:
    return case.profile.quantity("flow.maximum", FLOW)


def _until_near(case: Case) -> Quantity:
    """How long the first rate takes to shortly above the threshold, by accuracy."""
    threshold = case.profile.quantity("reservoir.low_threshold", VOLUME)
    above = case.start["reservoir"] - threshold
    near: Quantity = (_slowest(case) * above / case.numbers["first_rate"]).to("hour")
    return near


def _lasts(case: Case, ran: Quantity) -> Quantity:
    """How long is waited for the end of what is left after a time at the first rate."""
    gone = _slowest(case) * case.numbers["first_rate"] * ran
    left = (case.start["reservoir"] - gone) / case.numbers["rate"]
    lasts: Quantity = (_PATIENCE * left).to("hour")
    return lasts


def _slowest(case: Case) -> float:
    """The share of its programme that a pump delivers at least."""
    accuracy = case.profile.quantity("flow.accuracy", FRACTION)
    return 1.0 - magnitude(accuracy, "dimensionless")


def _is_told(watch: steps.AlarmWatch) -> bool:
    alarms = (Alarm.LOW_RESERVOIR, Alarm.EMPTY_RESERVOIR)
    return any(watch.first(alarm) is not None for alarm in alarms)


def _warning(
    watch: steps.AlarmWatch, refillable: Refillable, weighing: WeighingStation
) -> _Warning | None:
    low = watch.first(Alarm.LOW_RESERVOIR)
    if low is None:
        return None
    return _Warning(low, refillable.read_reservoir(), weighing.weigh())


def _draw(
    case: Case,
    weighing: WeighingStation,
    weights: Sampler[WeightReading],
    telemetry: Sampler[PumpReading],
    before: Blank,
    after: Blank,
) -> None:
    """Keep the curves for the report; the programme is not one rate."""
    start_ns = weights.readings[0].t_ns
    times = [(reading.t_ns - start_ns) / NS_PER_S for reading in weights.readings]
    volumes = weighing.volumes_ml(weights.readings, before, after)
    content = [
        ((each.t_ns - start_ns) / NS_PER_S, each.told_reservoir_nl / _NL_PER_ML)
        for each in telemetry.readings
    ]
    for name, unit, points in (
        ("delivered", VOLUME, list(zip(times, volumes, strict=True))),
        ("flow", FLOW, curves.flow_curve(times, volumes)),
        ("content, as counted", VOLUME, content),
    ):
        case.series(name, unit, points, origin_ns=start_ns)


def _judge_unwarned(
    case: Case, last_count: ReservoirReading, end: Moment | None
) -> None:
    """Judge a pump that ran on, or ran dry, without a low alarm before that."""
    # A pump that never ran dry may not have had a reason to raise it.
    fails = None if end is None else False
    if is_counted(case):
        holds, said = _counted_without_alarm(case, last_count)
        case.judge_fact("ITB-LOW-001", holds, said)
    else:
        case.judge_fact("ITB-LOW-001", fails, _LOW_NEVER)
    for requirement in ("ITB-LOW-002", "ITB-LOW-003"):
        case.judge_fact(requirement, fails, _LOW_NEVER)


def _counted_without_alarm(
    case: Case, last_count: ReservoirReading
) -> tuple[bool | None, str]:
    """What a count without alarm means to a pump that is to warn by its own count.

    Such a pump is wrong by its own count alone, whether or not it ran dry by weight.
    """
    agreement = case.profile.quantity(
        "alarm.low_reservoir.bookkeeping_agreement", VOLUME
    )
    above = magnitude(refill_procedure.above_threshold(last_count).value, VOLUME)
    if above >= -magnitude(agreement, VOLUME):
        return None, _COUNT_HIGH
    below = show(ureg.Quantity(-above, VOLUME), VOLUME)
    return False, (
        f"by the pump's own count its content fell {below} below the threshold, and"
        " the low-reservoir alarm was not raised"
    )


def _judge_warning(
    case: Case,
    weighing: WeighingStation,
    warning: _Warning,
    before: Blank,
    after: Blank,
    end: Moment | None,
) -> None:
    """Judge a low alarm by the pump's own level, by what was left, and by its lead."""
    left = weighing.delivered_between(
        warning.weight, after.start, before, after, _half_range(case)
    )
    if is_counted(case):
        above = refill_procedure.above_threshold(warning.count)
        case.judge(case.limit("ITB-LOW-001"), above)
    else:
        above = difference(left, _threshold(warning.count))
        _judge_if_ended(case, "ITB-LOW-001", above, end)
    _judge_if_ended(case, "ITB-LOW-002", left, end)
    lead = None if end is None else end_of_delivery.lead(warning.event.t_ns, end)
    _judge_if_ended(case, "ITB-LOW-003", lead, end)


def _judge_if_ended(
    case: Case,
    requirement: str,
    measured: Measurement | None,
    end: Moment | None,
) -> None:
    """Judge what is known only of a reservoir that was seen to run dry."""
    if measured is None or end is None:
        case.judge_fact(requirement, None, end_of_delivery.NOT_ENDED)
    else:
        case.judge(case.limit(requirement), measured)


def _judge_empty(case: Case, end: Moment | None, empty: AlarmEvent | None) -> None:
    if end is None:
        case.judge_fact("ITB-EMP-001", None, end_of_delivery.NOT_ENDED)
    elif empty is None:
        case.judge_fact("ITB-EMP-001", False, _EMPTY_NEVER)
    else:
        case.judge(case.limit("ITB-EMP-001"), end_of_delivery.delay(end, empty))


def _half_range(case: Case) -> Quantity:
    path = "alarm.low_reservoir.real_volume_"
    lower = case.profile.quantity(f"{path}minimum", VOLUME)
    upper = case.profile.quantity(f"{path}maximum", VOLUME)
    half: Quantity = ((upper - lower) / 2).to(VOLUME)
    return half


def _threshold(reading: ReservoirReading) -> Quantity:
    return ureg.Quantity(reading.low_threshold_nl / _NL_PER_ML, VOLUME)


@pytest.mark.procedure(filled="mL", pocket="mL", rate="mL/day", blank="s", poll="s")
def test_pocket_fill(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    refillable: Refillable,
    operator: Operator,
    alarm_log: AlarmLog,
    weighing: WeighingStation,
) -> None:
    """Miss the port with a part of a refill that is entered whole, and run it dry."""
    filled, pocket = case.numbers["filled"], case.numbers["pocket"]
    rate = case.numbers["rate"]
    operator.withdraw_reservoir()
    operator.fill_reservoir(filled - pocket)
    operator.fill_pocket(pocket)
    operator.empty_vessel()
    refill_procedure.enter(refillable, case.profile, filled)

    response = weighing.response(pump, _fastest(case))
    before = weighing.blank(case.numbers["blank"])
    watch = steps.AlarmWatch(bench, alarm_log)
    with weighing.watching(case.numbers["poll"]) as weights:
        weighing.open_line()
        pump.start_continuous(rate)
        empty = watch.wait_for(Alarm.EMPTY_RESERVOIR, _PATIENCE * filled / rate)
        count = refill_procedure.content(refillable.read_reservoir())
        bench.run_for(_AFTERMATH)
    pump.stop()
    after = weighing.blank(case.numbers["blank"])

    case.note(f"at the empty alarm the pump still counted {show(count.value, VOLUME)}")
    end = end_of_delivery.find(
        weighing, weights.readings, before, after, rate, response
    )
    _judge_empty(case, end, empty)
