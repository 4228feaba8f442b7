"""The alarms of the supply: a loss of power, a battery near its end, and the end."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from fixtures.procedures import alarm_moments, spans
from fixtures.procedures.alarm_moments import Cause, ClockReading, Moment
from fixtures.weighing import WeighingStation
from harness.bench import Bench
from harness.errors import CommandRefused
from harness.execution.case import Case
from harness.metrology.measurement import ratio
from harness.readings import PumpState
from harness.roles import (
    AlarmLog,
    Bolus,
    FlowClamp,
    InfusionPump,
    PowerSwitch,
    Refillable,
)
from harness.units import FLOW, NS_PER_S, TIME, VOLUME, Quantity, nanoseconds, ureg
from test_plans.implanted import alarm_families, pump_clock, refill_procedure
from test_plans.implanted.alarm_answers import Answers
from test_plans.implanted.alarm_channels import LINK, AlarmChannels
from test_plans.implanted.alarm_families import Family
from test_plans.implanted.power_loss import lose_power

# Of the days after the warning, so many that beginning anew would show.
_IN_USE = ureg.Quantity(10.0, "day")
_RECOVERED = ureg.Quantity(1.0, "day")
_ON_ANOTHER_DATE = ureg.Quantity(10.0, "minute")
_BEYOND_THE_END = ureg.Quantity(100.0, "day")
_NO_WARNING = "the replacement indicator did not come, so no end of service was due"


@pytest.mark.procedure(rate="mL/day", running="s", outage="s", poll="s")
def test_reset_alarm(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    alarm_log: AlarmLog,
    clamp: FlowClamp,
    power: PowerSwitch,
    watch_anew: Callable[[], AlarmChannels],
) -> None:
    """Take the pump's supply away, give it back, and time the alarm.

    Another loss of power is one more reset, which must be heard, though the alarm of
    the first was answered and not cleared.
    """
    family, poll = alarm_families.RESET, case.numbers["poll"]
    clamp.set_closed(False)
    pump.start_continuous(case.numbers["rate"])
    bench.run_for(case.numbers["running"])
    channels = watch_anew()
    back = lose_power(bench, pump, power, case.numbers["outage"])
    with channels.watching(poll):
        channels.wait_for(family, back.when)
    channels.judge(case, family, back)
    Answers(case, bench, alarm_log, channels, family).judge(back, lasts=False)
    alarm_log.acknowledge_alarms()
    channels = watch_anew()
    back = lose_power(bench, pump, power, case.numbers["outage"])
    with channels.watching(poll):
        channels.wait_for(family, back.when)
    pump.stop()
    channels.judge_sound(case, family, back)


@pytest.mark.procedure(rate="mL/day", running="s", poll="s")
def test_supply_runs_down(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    alarm_log: AlarmLog,
    clamp: FlowClamp,
    power: PowerSwitch,
    channels: AlarmChannels,
) -> None:
    """Lower the supply below one limit and then the other; time both alarms.

    The first alarm is silenced before the second is provoked: they sound alike.
    """
    clamp.set_closed(False)
    pump.start_continuous(case.numbers["rate"])
    bench.run_for(case.numbers["running"])
    doubt = ""
    with channels.watching(case.numbers["poll"]):
        for family in (alarm_families.REPLACEMENT, alarm_families.BATTERY):
            lowered = _lower(case, bench, power, family)
            channels.wait_for(family, lowered)
            channels.judge(case, family, Cause(lowered))
            Answers(case, bench, alarm_log, channels, family).judge(
                Cause(lowered, doubt)
            )
            if not channels.flag_moments(family.alarm):
                doubt = f"{family.name} has no flag, and may still sound"
            alarm_log.acknowledge_alarms()
    pump.stop()


@pytest.mark.procedure(left="s")
def test_supply_drops(
    case: Case, bench: Bench, power: PowerSwitch, channels: AlarmChannels
) -> None:
    """Lower the supply of a pump at rest at once below both limits, and ask nothing.

    Both alarms sound alike, so the sound is only the one's that must come later.
    """
    # Whoever was asked last may look at its battery for a while yet.
    bench.run_for(case.numbers["left"])
    lowered = _lower(case, bench, power, alarm_families.BATTERY)
    bench.run_for(case.numbers["left"])
    for family in (alarm_families.REPLACEMENT, alarm_families.BATTERY):
        channels.judge_flag(case, family, Cause(lowered))
        channels.judge_log(case, family, Cause(lowered))
    channels.judge_sound(case, alarm_families.BATTERY, Cause(lowered))
    power.set_supply(case.profile.quantity("power.supply", "V"))


@pytest.mark.procedure(interval="s", outage="s", running="s", poll="s")
def test_alarm_over_cut(
    case: Case,
    bench: Bench,
    refillable: Refillable,
    alarm_log: AlarmLog,
    cut: Callable[[], Cause],
    watch_anew: Callable[[], AlarmChannels],
) -> None:
    """Take the supply away while an alarm is active whose cause outlives that.

    After it the same alarm is caused again, though nothing has been cleared: it must
    sound as itself, in the interval that was set before. Then the reset may be cleared,
    and it not with it.
    """
    low, since_ns, channels = alarm_families.LOW, bench.now_ns(), watch_anew()
    interval, running = case.numbers["interval"], case.numbers["running"]
    critical = case.profile.quantity("alarm.critical_interval", TIME)
    alarm_log.set_alarm_intervals(critical, interval)
    refill_procedure.enter_as_low(refillable, case)
    with channels.watching(case.numbers["poll"]):
        # What is not judged is not decided.
        if not channels.wait_for_flag(low.alarm, since_ns, running):
            return
    alarm_log.acknowledge_alarms()
    back = cut()
    bench.run_for(running)
    kept = low.alarm in alarm_log.read_alarms().active
    alarm_log.acknowledge_alarms()
    refill_procedure.enter(refillable, case.profile, case.start["reservoir"])
    bench.run_for(running)
    again = watch_anew()
    enter = partial(refill_procedure.enter_as_low, refillable, case)
    entered = Moment(*spans.timed(bench, enter))
    answers = Answers(case, bench, alarm_log, again, low)
    answers.leave("ITB-ALM-006", entered.earliest_ns, interval, 1)
    again.judge_sound(case, low, Cause(entered, back.doubt))
    alarm_log.clear_alarms()
    stays = answers.is_active()
    said = (
        f"after a loss of power {low.name} was {'' if kept else 'not '}active, and"
        f" {'stayed' if stays else 'was gone'} when the reset's was cleared"
    )
    holds = None if back.doubt else kept and stays
    case.judge_fact("ITB-ALM-002", holds, back.doubt or said)


def _lower(case: Case, bench: Bench, power: PowerSwitch, family: Family) -> Moment:
    """Lower the supply below the limit of an alarm."""
    voltage = case.profile.quantity(f"alarm.{family.key}.supply", "V")
    return Moment(*spans.timed(bench, lambda: power.set_supply(voltage)))


@pytest.mark.procedure(
    rate="mL/day",
    volume="mL",
    length="s",
    running="s",
    outage="s",
    watched="s",
    blank="s",
    look="s",
    poll="s",
)
def test_end_of_service(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    alarm_log: AlarmLog,
    power: PowerSwitch,
    weighing: WeighingStation,
    channels: AlarmChannels,
) -> None:
    """Lower the supply to the replacement limit and wait for the end of the service."""
    warned, ended = alarm_families.REPLACEMENT, alarm_families.END_OF_SERVICE
    weighing.open_line()
    pump.start_continuous(case.numbers["rate"])
    bench.run_for(case.numbers["running"])
    lowered = _lower(case, bench, power, warned)
    with channels.watching(case.numbers["look"]):
        channels.wait_for(warned, lowered)
        alarm_log.acknowledge_alarms()
        moments = channels.flag_moments(warned.alarm)
        warning = alarm_moments.since(lowered, moments) or lowered
        doubt = "" if moments else _NO_WARNING
        due_s = _due_clock_s(case, channels.read_clock(), warning)
    bench.run_for(_IN_USE)
    _disturb(case, bench, pump, power)
    alarm_log.acknowledge_alarms()
    with channels.watching(case.numbers["look"]):
        if moments:
            channels.wait_for(ended, _until_its_day(case, bench.now_ns(), warning))

    day = channels.read_clock().moment(due_s)
    channels.judge_outputs(case, ended, Cause(day, doubt))
    channels.judge_delay(
        case,
        case.limit(ended.flag),
        Cause(warning, doubt),
        channels.flag_moments(ended.alarm),
        LINK,
        f"{ended.name} was never raised",
    )
    Answers(case, bench, alarm_log, channels, ended).judge(Cause(day, doubt))
    if ended.alarm in channels.seen():
        # An alarm that sounds for a day proves nothing more.
        alarm_log.acknowledge_alarms()
        _judge_end(case, bench, pump, power, weighing)
    else:
        case.judge_fact("ITB-EOS-002", None, "the service has not ended")


def _disturb(case: Case, bench: Bench, pump: InfusionPump, power: PowerSwitch) -> None:
    """Do what must not change the days that are left since the warning.

    The battery recovers for a while, the clock is set on and back, and the pump begins
    anew.
    """
    power.set_supply(case.profile.quantity("power.supply", "V"))
    bench.run_for(_RECOVERED)
    _lower(case, bench, power, alarm_families.REPLACEMENT)
    pump_clock.set_on(pump, _BEYOND_THE_END)
    bench.run_for(_ON_ANOTHER_DATE)
    pump_clock.set_on(pump, -1 * _BEYOND_THE_END)
    lose_power(bench, pump, power, case.numbers["outage"])


def _days(case: Case) -> tuple[Quantity, Quantity]:
    """How long after its warning the service may end: at least, and at most."""
    least, most = (
        case.profile.quantity(f"alarm.end_of_service.{key}", "day")
        for key in ("earliest", "latest")
    )
    return least, most


def _until_its_day(case: Case, now_ns: int, warning: Moment) -> Moment:
    """From now on, so that an early end is not waited out."""
    most_ns = nanoseconds(_days(case)[1])
    return Moment(now_ns, warning.latest_ns + most_ns)


def _due_clock_s(case: Case, clock: ClockReading, warning: Moment) -> int:
    """When the service must end by the pump's own clock, by which it counts the days.

    It is the middle of what the profile allows.
    """
    least, most = _days(case)
    since_ns = clock.when.earliest_ns - warning.earliest_ns
    return clock.clock_s + (nanoseconds((least + most) / 2) - since_ns) // NS_PER_S


def _try_to_start(case: Case, pump: InfusionPump) -> None:
    """Tell a pump at the end of its service to deliver (ITB-EOS-002).

    The weight tells whether it does: of the rate, and of a bolus that a pump may take
    for something else.
    """
    rate = case.numbers["rate"]
    orders: list[Callable[[], object]] = [lambda: pump.start_continuous(rate)]
    if isinstance(pump, Bolus):
        volume, length = case.numbers["volume"], case.numbers["length"]
        orders.append(partial(pump.start_bolus, volume, length, rate))
    for order in orders:
        try:
            order()
        except CommandRefused as refusal:
            case.note(f"refused after the end of service: {refusal.code}")
        if pump.read_status().state is PumpState.DELIVERING:
            again = "the pump says that it delivers again"
            case.judge_fact("ITB-EOS-002", False, again)


def _judge_end(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    power: PowerSwitch,
    weighing: WeighingStation,
) -> None:
    """Judge by weight that nothing comes, whatever is done to it (ITB-EOS-002).

    It loses its power once more, so that it must still know that its service has ended.
    """
    weighing.relax()
    before = weighing.blank(case.numbers["blank"])
    weighing.open_line()
    start = weighing.weigh()
    with weighing.watching(case.numbers["poll"]):
        lose_power(bench, pump, power, case.numbers["outage"])
        _try_to_start(case, pump)
        bench.run_for(case.numbers["watched"])
    end = weighing.weigh()
    after = weighing.blank(case.numbers["blank"])
    came = weighing.delivered_between(start, end, before, after, _leak(case))
    elapsed = ureg.Quantity(float(came.t_end_ns - came.t_start_ns), "ns")
    case.judge(case.limit("ITB-EOS-002"), ratio(came, elapsed, "µL/hour"))


def _leak(case: Case) -> Quantity:
    leak = case.profile.quantity("flow.stopped_maximum", FLOW)
    volume: Quantity = (leak * case.numbers["watched"]).to(VOLUME)
    return volume
