"""Alarms whatever else goes on: at a low rate, unasked, again, in every programme.

A pump that is right in the usual stall or with the usual programme proves nothing about
a second stall, about another alarm beside it, or about a programme of another kind.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from fixtures.procedures import flow_by_weight, spans
from fixtures.procedures.alarm_moments import Cause, Moment
from fixtures.weighing import WeighingStation
from harness.bench import Bench
from harness.execution.case import Case
from harness.roles import (
    AlarmLog,
    Bolus,
    FlowClamp,
    InfusionPump,
    Magnet,
    MinimumRate,
    PowerSwitch,
    Refillable,
)
from harness.units import TIME, ureg
from test_plans.implanted import (
    alarm_families,
    power_loss,
    programmes,
    refill_procedure,
)
from test_plans.implanted.alarm_channels import AlarmChannels

_NOT_HELD = "the magnet did not stop the flow, so no stall was provoked"
# The first stall must not be taken for the second, nor its alarm for an answered one.
_STALLS = 2
# Long enough for a pump that looks at its level on whole minutes.
_AT_ONCE = ureg.Quantity(5.0, "minute")


@pytest.mark.usefixtures("already_low")
@pytest.mark.procedure(rate="mL/day", running="s", held="s", weighed="s")
def test_stall_again(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    alarm_log: AlarmLog,
    magnet: Magnet,
    weighing: WeighingStation,
    watch_anew: Callable[[], AlarmChannels],
) -> None:
    """Hold a slow rotor twice in one programme, unasked, with another alarm active."""
    weighing.open_line()
    pump.start_continuous(case.numbers["rate"])
    for _ in range(_STALLS):
        channels = watch_anew()
        bench.run_for(case.numbers["running"])
        _stall(case, bench, magnet, weighing, channels)
        bench.run_for(case.profile.quantity("alarm.motor_stall.recovery", TIME))
        alarm_log.acknowledge_alarms()
        alarm_log.clear_alarms()
    pump.stop()


def _stall(
    case: Case,
    bench: Bench,
    magnet: Magnet,
    weighing: WeighingStation,
    channels: AlarmChannels,
) -> None:
    """Hold the rotor, ask the pump nothing meanwhile, and judge what it told."""
    with weighing.watching(case.numbers["weighed"]) as weights:
        held = spans.timed(bench, lambda: magnet.set_present(True))
        bench.run_for(case.numbers["held"])
        end_ns = bench.now_ns()
        magnet.set_present(False)
    was_held = flow_by_weight.is_held(
        weights.readings, held[1], end_ns, case.numbers["rate"]
    )
    cause = Cause(Moment(*held), "" if was_held else _NOT_HELD)
    channels.judge_flag(case, alarm_families.STALL, cause)
    channels.judge_log(case, alarm_families.STALL, cause)
    channels.judge_sound(case, alarm_families.STALL, cause)


@pytest.mark.procedure(
    days="schedule", rate="mL/day", volume="mL", duration="s", period="s", poll="s"
)
def test_low_in_programmes(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    refillable: Refillable,
    alarm_log: AlarmLog,
    clamp: FlowClamp,
    watch_anew: Callable[[], AlarmChannels],
) -> None:
    """Let the level be low while each kind of programme runs; each must warn of it."""
    enter = partial(refill_procedure.enter_as_low, refillable, case)
    duration = case.numbers["duration"]
    clamp.set_closed(False)
    starts = programmes.starts(case, pump, duration)
    if "minimum-rate" not in case.profile.absent and isinstance(pump, MinimumRate):
        starts["minimum rate"] = pump.start_minimum
    for name, start in starts.items():
        start()
        channels = watch_anew()
        entered = Moment(*spans.timed(bench, enter))
        with channels.watching(case.numbers["poll"]):
            channels.wait_for(alarm_families.LOW, entered)
        pump.stop()
        case.note(f"the level was low while a programme ran: {name}")
        channels.judge_log(case, alarm_families.LOW, Cause(entered))
        channels.judge_sound(case, alarm_families.LOW, Cause(entered))
        refill_procedure.enter(refillable, case.profile, case.start["reservoir"])
        bench.run_for(_AT_ONCE)
        alarm_log.acknowledge_alarms()
        alarm_log.clear_alarms()


@pytest.mark.procedure(rate="mL/day", volume="mL", duration="s", poll="s")
def test_stopped_in_bolus(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    bolus: Bolus,
    clamp: FlowClamp,
    channels: AlarmChannels,
) -> None:
    """Stop a bolus, leave the pump, and time the alarm that must remind of it."""
    numbers, family = case.numbers, alarm_families.STOPPED
    clamp.set_closed(False)
    bolus.start_bolus(numbers["volume"], numbers["duration"], numbers["rate"])
    bench.run_for(numbers["duration"] / 2)
    stopped = Moment(*spans.timed(bench, pump.stop))
    with channels.watching(numbers["poll"]):
        channels.wait_for(family, stopped)
    channels.judge_flag(case, family, Cause(stopped))


@pytest.mark.procedure(rate="mL/day", running="s", stood="s", outage="s", poll="s")
def test_stopped_through_outage(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    power: PowerSwitch,
    alarm_log: AlarmLog,
    clamp: FlowClamp,
    channels: AlarmChannels,
) -> None:
    """Stop a pump, take its supply away meanwhile; the alarm is due after the stop."""
    numbers, family = case.numbers, alarm_families.STOPPED
    clamp.set_closed(False)
    pump.start_continuous(numbers["rate"])
    bench.run_for(numbers["running"])
    stopped = Moment(*spans.timed(bench, pump.stop))
    bench.run_for(numbers["stood"])
    back = power_loss.lose_power(bench, pump, power, numbers["outage"])
    alarm_log.acknowledge_alarms()
    with channels.watching(numbers["poll"]):
        channels.wait_for(family, stopped)
    channels.judge_flag(case, family, Cause(stopped, back.doubt))
