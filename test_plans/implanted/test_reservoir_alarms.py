"""The reservoir's alarms in every other channel: log entry, sound, pattern."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import pytest

from fixtures.procedures import end_of_delivery
from fixtures.procedures.alarm_moments import Cause, Moment
from fixtures.weighing import WeighingStation
from harness.bench import Bench
from harness.execution.case import Case
from harness.readings import Alarm, PumpReading
from harness.roles import AlarmLog, FlowClamp, InfusionPump
from harness.units import FLOW, TIME, VOLUME, Quantity, magnitude
from test_plans.implanted import alarm_families
from test_plans.implanted.alarm_answers import Answers
from test_plans.implanted.alarm_channels import AlarmChannels
from test_plans.implanted.refill_procedure import is_counted

# How much longer than by the programme a reservoir may last before waiting ends.
_PATIENCE = 1.3
# Once is not enough: a pump may take the second start for an answer.
_STARTS = 2
_NEVER_LOW = "the pump's own level was not seen to reach the threshold"


@pytest.mark.procedure(rate="mL/day", poll="s")
def test_low_channels(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    clamp: FlowClamp,
    channels: AlarmChannels,
) -> None:
    """Run a reservoir low, and time log and sound against the pump's own level."""
    began_ns = bench.now_ns()
    poll = case.numbers["poll"]

    clamp.set_closed(False)
    with channels.watching(poll) as status:
        pump.start_continuous(case.numbers["rate"])
        if is_counted(case):
            bench.run_until(
                lambda: _counted_low(case, status.readings) is not None, _lasts(case)
            )
            low = _counted_low(case, status.readings)
        else:
            channels.wait_for_flag(Alarm.LOW_RESERVOIR, began_ns, _lasts(case))
            # What a sensor sees, it tells by its flag alone; whether that was right is
            # judged by weight.
            flags = channels.flag_moments(Alarm.LOW_RESERVOIR)
            low = min(flags, key=lambda each: each.latest_ns, default=None)
        if low is not None:
            channels.wait_for(alarm_families.LOW, low)
    pump.stop()

    now_ns = bench.now_ns()
    cause = Cause(Moment(now_ns, now_ns), _NEVER_LOW) if low is None else Cause(low)
    channels.judge_outputs(case, alarm_families.LOW, cause)


def _counted_low(case: Case, readings: Sequence[PumpReading]) -> Moment | None:
    """Between which two reports the pump's count reached the threshold."""
    threshold = case.profile.quantity("reservoir.low_threshold", VOLUME)
    threshold_nl = round(magnitude(threshold, "nL"))
    for earlier, later in pairwise(readings):
        if later.told_reservoir_nl <= threshold_nl < earlier.told_reservoir_nl:
            return Moment(earlier.t_ns, later.t_ns)
    return None


def _lasts(case: Case) -> Quantity:
    lasts: Quantity = _PATIENCE * case.start["reservoir"] / case.numbers["rate"]
    return lasts


@pytest.mark.procedure(rate="mL/day", aftermath="s", blank="s", poll="s")
def test_empty_channels(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    alarm_log: AlarmLog,
    weighing: WeighingStation,
    channels: AlarmChannels,
) -> None:
    """Run a reservoir dry, and time log and sound against the end by weight."""
    rate = case.numbers["rate"]

    fastest = case.profile.quantity("flow.maximum", FLOW)
    response = weighing.response(pump, fastest)
    before = weighing.blank(case.numbers["blank"])
    began_ns = bench.now_ns()
    with (
        weighing.watching(case.numbers["poll"]) as weights,
        channels.watching(10 * case.numbers["poll"]),
    ):
        weighing.open_line()
        pump.start_continuous(rate)
        if channels.wait_for_flag(Alarm.LOW_RESERVOIR, began_ns, _lasts(case)):
            alarm_log.acknowledge_alarms()
        channels.wait_for_flag(Alarm.EMPTY_RESERVOIR, began_ns, _lasts(case))
        bench.run_for(case.numbers["aftermath"])
    pump.stop()
    after = weighing.blank(case.numbers["blank"])

    end = end_of_delivery.find(
        weighing, weights.readings, before, after, rate, response
    )
    cause = end_of_delivery.as_cause(end, bench.now_ns())
    channels.judge_outputs(case, alarm_families.EMPTY, cause)
    answers = Answers(case, bench, alarm_log, channels, alarm_families.EMPTY)
    answers.judge(cause)
    if cause.doubt or not answers.is_active():
        return
    with channels.watching(case.numbers["poll"]):
        for _ in range(_STARTS):
            answers.restart(pump, rate)
    pump.stop()


@pytest.mark.procedure(rate="mL/day", aftermath="s", outage="s", blank="s", poll="s")
def test_empty_unanswered(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    alarm_log: AlarmLog,
    cut: Callable[[], Cause],
    weighing: WeighingStation,
    channels: AlarmChannels,
) -> None:
    """Run a reservoir dry while its low alarm beeps unanswered, then cut the supply.

    A pump that begins anew with an empty reservoir must find that out once more.
    """
    numbers, family, rate = case.numbers, alarm_families.EMPTY, case.numbers["rate"]

    response = weighing.response(pump, case.profile.quantity("flow.maximum", FLOW))
    before = weighing.blank(numbers["blank"])
    began_ns = bench.now_ns()
    with (
        weighing.watching(numbers["poll"]) as weights,
        channels.watching(10 * numbers["poll"]),
    ):
        weighing.open_line()
        pump.start_continuous(rate)
        channels.wait_for_flag(family.alarm, began_ns, _lasts(case))
        bench.run_for(numbers["aftermath"])
    back = cut()
    bench.run_for(case.profile.quantity("alarm.empty_reservoir.deadline", TIME))
    answers = Answers(case, bench, alarm_log, channels, family)
    kept = answers.is_active()
    alarm_log.clear_alarms()
    stays = answers.is_active()
    pump.stop()
    after = weighing.blank(numbers["blank"])

    end = end_of_delivery.find(
        weighing, weights.readings, before, after, rate, response
    )
    cause = end_of_delivery.as_cause(end, bench.now_ns())
    channels.judge_sound(case, family, cause)
    doubt = cause.doubt or back.doubt
    said = (
        f"after a loss of power {family.name} was {'' if kept else 'not '}active, and"
        f" {'stayed' if stays else 'was gone'} when it was cleared"
    )
    holds = None if doubt else kept and stays
    case.judge_fact("ITB-ALM-002", holds, doubt or said)
