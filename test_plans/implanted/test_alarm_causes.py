"""Each alarm from its physical cause to flag, log entry and sound."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from fixtures.procedures import counting, flow_by_weight, spans
from fixtures.procedures.alarm_moments import Cause, Moment
from fixtures.weighing import WeighingStation
from harness.bench import Bench
from harness.execution.case import Case
from harness.metrology.measurement import Measurement
from harness.readings import LogEntry, WeightReading
from harness.roles import (
    AlarmLog,
    Bolus,
    FaultInjector,
    FlowClamp,
    InfusionPump,
    Magnet,
)
from harness.units import (
    FLOW,
    NS_PER_S,
    TIME,
    Quantity,
    magnitude,
    nanoseconds,
    ureg,
)
from test_plans.implanted import alarm_families
from test_plans.implanted.alarm_answers import Answers
from test_plans.implanted.alarm_channels import LOG, AlarmChannels

_NOT_HELD = "the magnet did not stop the flow, so no stall was provoked"
_NOT_CLOSED = "the clamp did not stop the flow, so no occlusion was provoked"
_NOT_USED = "the pump did not deliver, so nothing wore its tube"
# So many deadlines after its cause an alarm must have come.
_ENOUGH = 1.2
# Long enough after a line was closed to see by weight that nothing comes.
_STILL = ureg.Quantity(10.0, "minute")


@pytest.mark.procedure(rate="mL/day", running="s", held="s", poll="s")
def test_motor_stall(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    magnet: Magnet,
    weighing: WeighingStation,
    channels: AlarmChannels,
) -> None:
    """Hold the rotor with a magnet; time the alarm, and by weight the recovery."""
    rate = case.numbers["rate"]
    patience = 2 * case.profile.quantity("alarm.motor_stall.recovery", TIME)
    response = weighing.response(pump, case.profile.quantity("flow.maximum", FLOW))

    with (
        weighing.watching(case.numbers["poll"]) as weights,
        channels.watching(case.numbers["poll"]),
    ):
        weighing.open_line()
        pump.start_continuous(rate)
        bench.run_for(case.numbers["running"])
        held = spans.timed(bench, lambda: magnet.set_present(True))
        channels.wait_for(alarm_families.STALL, Moment(*held))
        bench.run_for(_rest(case.numbers["held"], held[0], bench.now_ns()))
        freed = spans.timed(bench, lambda: magnet.set_present(False))
        bench.run_for(patience)
    pump.stop()

    readings = weights.readings
    was_held = flow_by_weight.is_held(readings, held[1], freed[0], rate)
    doubt = "" if was_held else _NOT_HELD
    channels.judge(case, alarm_families.STALL, Cause(Moment(*held), doubt))
    channels.judge_delay(
        case,
        case.limit("ITB-STL-003"),
        Cause(Moment(*freed), doubt),
        channels.log_moments(_is_recovery),
        LOG,
        "the end of the stall is not in the log",
    )
    back = flow_by_weight.flow_is_back(
        readings, freed, 2 * weighing.noise_ng(), response
    )
    _judge_recovery(case, readings, freed, rate, back, doubt)


@pytest.mark.procedure(rate="mL/day", running="s", outage="s", poll="s")
def test_stall_through_outage(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    alarm_log: AlarmLog,
    magnet: Magnet,
    cut: Callable[[], Cause],
    weighing: WeighingStation,
) -> None:
    """Hold the rotor and cut the supply; a pump that begins anew must find it held.

    When it is free, the flow must come back.
    """
    rate, profile, stall = case.numbers["rate"], case.profile, alarm_families.STALL
    notices = _ENOUGH * profile.quantity("alarm.motor_stall.deadline", TIME)
    response = weighing.response(pump, profile.quantity("flow.maximum", FLOW))
    with weighing.watching(case.numbers["poll"]) as weights:
        weighing.open_line()
        pump.start_continuous(rate)
        bench.run_for(case.numbers["running"])
        held = spans.timed(bench, lambda: magnet.set_present(True))
        bench.run_for(notices)
        back = cut()
        bench.run_for(notices)
        kept = stall.alarm in alarm_log.read_alarms().active
        alarm_log.clear_alarms()
        stays = stall.alarm in alarm_log.read_alarms().active
        freed = spans.timed(bench, lambda: magnet.set_present(False))
        bench.run_for(2 * profile.quantity("alarm.motor_stall.recovery", TIME))
    pump.stop()

    was_held = flow_by_weight.is_held(weights.readings, held[1], freed[0], rate)
    doubt = back.doubt or ("" if was_held else _NOT_HELD)
    said = (
        f"after a loss of power {stall.name} was {'' if kept else 'not '}active, and"
        f" {'stayed' if stays else 'was gone'} when it was cleared"
    )
    holds = None if doubt else kept and stays
    case.judge_fact("ITB-ALM-002", holds, doubt or said)
    flows = flow_by_weight.flow_is_back(
        weights.readings, freed, 2 * weighing.noise_ng(), response
    )
    _judge_recovery(case, weights.readings, freed, rate, flows, doubt)


def _judge_recovery(
    case: Case,
    readings: Sequence[WeightReading],
    freed: tuple[int, int],
    rate: Quantity,
    back: Measurement | None,
    doubt: str,
) -> None:
    """Judge by weight when the flow was back, and whether it lasted (ITB-STL-002)."""
    if doubt:
        case.judge_fact("ITB-STL-002", None, doubt)
        return
    end_ns = readings[-1].t_ns
    if back is None:
        case.judge_fact("ITB-STL-002", False, "by weight, the flow did not come back")
    elif not flow_by_weight.is_lasting(readings, freed[1], end_ns, rate):
        relapse = "flow came back by weight, and did not last"
        case.judge_fact("ITB-STL-002", False, relapse)
    else:
        case.judge(case.limit("ITB-STL-002"), back)


def _is_recovery(entry: LogEntry) -> bool:
    return entry.event == "MOTOR_RECOVERED"


def _rest(duration: Quantity, since_ns: int, now_ns: int) -> Quantity:
    left_s = magnitude(duration, "s") - (now_ns - since_ns) / NS_PER_S
    return ureg.Quantity(max(0.0, left_s), "s")


@pytest.mark.procedure(rate="mL/day", running="s", poll="s")
def test_occlusion(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    clamp: FlowClamp,
    weighing: WeighingStation,
    channels: AlarmChannels,
) -> None:
    """Close the line of a running pump, and time the alarm."""
    rate = case.numbers["rate"]

    with (
        weighing.watching(case.numbers["poll"]) as weights,
        channels.watching(case.numbers["poll"]),
    ):
        weighing.open_line()
        pump.start_continuous(rate)
        bench.run_for(case.numbers["running"])
        closed = spans.timed(bench, lambda: clamp.set_closed(True))
        channels.wait_for(alarm_families.OCCLUSION, Moment(*closed))
        bench.run_for(_STILL)
        end_ns = bench.now_ns()
        pump.stop()

    held = flow_by_weight.is_held(weights.readings, closed[1], end_ns, rate)
    doubt = "" if held else _NOT_CLOSED
    channels.judge(case, alarm_families.OCCLUSION, Cause(Moment(*closed), doubt))


@pytest.mark.procedure(dose="µg/day", running="s", poll="s")
def test_stopped_alarm(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    alarm_log: AlarmLog,
    clamp: FlowClamp,
    channels: AlarmChannels,
) -> None:
    """Stop a running pump, leave it, and time the alarm that must remind of it."""
    rate = (case.numbers["dose"] / case.start["concentration"]).to(FLOW)

    clamp.set_closed(False)
    pump.start_continuous(rate)
    bench.run_for(case.numbers["running"])
    stopped = Moment(*spans.timed(bench, pump.stop))
    with channels.watching(case.numbers["poll"]):
        channels.wait_for(alarm_families.STOPPED, stopped)

    family, cause = alarm_families.STOPPED, Cause(stopped)
    channels.judge(case, family, cause)
    Answers(case, bench, alarm_log, channels, family).judge(cause)


@pytest.mark.procedure(rate="mL/day", left="mL", poll="s")
def test_tube_life(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    alarm_log: AlarmLog,
    injector: FaultInjector,
    weighing: WeighingStation,
    channels: AlarmChannels,
) -> None:
    """Let the tube have little of its life left, use that up, and time the alarm."""
    rate, left = case.numbers["rate"], case.numbers["left"]
    used_up_ns = nanoseconds(left / rate)
    apart_ns = _apart_ns(case, used_up_ns)

    injector.set_tube_left(left)
    with (
        weighing.watching(case.numbers["poll"]) as weights,
        channels.watching(case.numbers["poll"]),
    ):
        weighing.open_line()
        started = spans.timed(bench, lambda: pump.start_continuous(rate))
        worn = Moment(
            started[0] + used_up_ns - apart_ns, started[1] + used_up_ns + apart_ns
        )
        channels.wait_for(alarm_families.TUBE_LIFE, worn)
    pump.stop()

    flowed = flow_by_weight.is_flowing(
        weights.readings, started[1], worn.latest_ns, rate
    )
    family, cause = alarm_families.TUBE_LIFE, Cause(worn, "" if flowed else _NOT_USED)
    channels.judge(case, family, cause)
    Answers(case, bench, alarm_log, channels, family).judge(cause)


@pytest.fixture
def used_up(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    bolus: Bolus,
    injector: FaultInjector,
    clamp: FlowClamp,
    cut: Callable[[], Cause],
) -> tuple[Quantity, str]:
    """A bolus has used a part of what the tube had left, and then the power was lost.

    Returns:
        The volume by the pump's count, and why that may not have been so.
    """
    numbers = case.numbers
    clamp.set_closed(False)
    injector.set_tube_left(numbers["left"])
    first = pump.read_status()
    bolus.start_bolus(numbers["volume"], numbers["length"], numbers["rate"])
    bench.run_for(numbers["length"])
    pump.stop()
    used = counting.count(first, pump.read_status())
    return used.value, cut().doubt


@pytest.mark.procedure(
    rate="mL/day", volume="mL", length="s", left="mL", outage="s", poll="s"
)
def test_tube_life_through_outage(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    used_up: tuple[Quantity, str],
    weighing: WeighingStation,
    channels: AlarmChannels,
) -> None:
    """Use what the tube has left up by a bolus, a loss of power, and a rate."""
    numbers, rate = case.numbers, case.numbers["rate"]
    used, doubt = used_up
    left_ns = nanoseconds((numbers["left"] - used) / rate)
    apart_ns = _apart_ns(case, nanoseconds(numbers["left"] / rate))
    with (
        weighing.watching(numbers["poll"]) as weights,
        channels.watching(numbers["poll"]),
    ):
        weighing.open_line()
        started = spans.timed(bench, lambda: pump.start_continuous(rate))
        worn = Moment(started[0] + left_ns - apart_ns, started[1] + left_ns + apart_ns)
        channels.wait_for(alarm_families.TUBE_LIFE, worn)
    pump.stop()

    flowed = flow_by_weight.is_flowing(
        weights.readings, started[1], worn.latest_ns, rate
    )
    doubt = doubt or ("" if flowed else _NOT_USED)
    channels.judge_flag(case, alarm_families.TUBE_LIFE, Cause(worn, doubt))


def _apart_ns(case: Case, used_up_ns: int) -> int:
    """By how much a count may pass a volume sooner or later than its programme."""
    agreement = case.profile.quantity("counter.programmed_agreement", "dimensionless")
    return round(used_up_ns * magnitude(agreement, "dimensionless"))


@pytest.mark.procedure(rate="mL/day", running="s", poll="s")
def test_memory_mended(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    alarm_log: AlarmLog,
    clamp: FlowClamp,
    injector: FaultInjector,
    channels: AlarmChannels,
) -> None:
    """Flip a stored value that the pump can mend, and time the alarm."""
    clamp.set_closed(False)
    family = alarm_families.MEMORY_MENDED
    answers = Answers(case, bench, alarm_log, channels, family)
    _upset_memory(case, bench, pump, injector, answers)


@pytest.mark.procedure(rate="mL/day", running="s", poll="s")
def test_memory_lost(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    alarm_log: AlarmLog,
    clamp: FlowClamp,
    injector: FaultInjector,
    channels: AlarmChannels,
) -> None:
    """Flip a stored value that the pump cannot mend, and time the alarm."""
    clamp.set_closed(False)
    family = alarm_families.MEMORY_LOST
    answers = Answers(case, bench, alarm_log, channels, family)
    _upset_memory(case, bench, pump, injector, answers)


def _upset_memory(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    injector: FaultInjector,
    answers: Answers,
) -> None:
    channels, family = answers.channels, answers.family
    critical = family is alarm_families.MEMORY_LOST
    pump.start_continuous(case.numbers["rate"])
    bench.run_for(case.numbers["running"])
    upset = Moment(*spans.timed(bench, lambda: injector.corrupt_memory(critical)))
    with channels.watching(case.numbers["poll"]):
        channels.wait_for(family, upset)
    pump.stop()

    channels.judge(case, family, Cause(upset))
    answers.judge(Cause(upset), lasts=False)
