"""Alarms whatever else goes on: at a low rate, unasked, again, in every programme.

A pump that is right in the usual stall or with the usual programme proves nothing about
a second stall, about another alarm beside it, or about a programme of another kind.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
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
    pump_clock,
    refill_procedure,
)
from test_plans.implanted.alarm_channels import AlarmChannels
from test_plans.implanted.alarm_families import Family

_NOT_HELD = "the magnet did not stop the flow, so no stall was provoked"
_NOT_CLOSED = "the clamp did not stop the flow, so no occlusion was provoked"
# A rotor that turns once in hours cannot be seen to stand within minutes.
_NOT_AT_ONCE = ("minimum rate", "delayed start")
# What is done about a stall's alarm before the next one.
_ANSWERS = ("acknowledged", "cleared", "")
# Long enough for a pump that looks at its level on whole minutes.
_AT_ONCE = ureg.Quantity(5.0, "minute")


@dataclass(frozen=True, slots=True)
class _Trials:
    """An alarm whose cause comes in one programme after the other."""

    case: Case
    bench: Bench
    pump: InfusionPump
    alarm_log: AlarmLog
    weighing: WeighingStation
    watch_anew: Callable[[], AlarmChannels]

    def run(
        self,
        starts: Mapping[str, Callable[[], object]],
        family: Family,
        provoke: Callable[[bool], None],
        not_provoked: str,
    ) -> None:
        """Provoke an alarm in each programme, ask nothing meanwhile, and judge it."""
        case, bench = self.case, self.bench
        for name, start in starts.items():
            channels = self.watch_anew()
            self.weighing.open_line()
            start()
            bench.run_for(case.numbers["running"])
            with self.weighing.watching(case.numbers["weighed"]) as weights:
                begun = spans.timed(bench, partial(provoke, True))
                bench.run_for(case.numbers["held"])
                end_ns = bench.now_ns()
            provoke(False)
            case.note(f"the delivery was hindered in this programme: {name}")
            rate = case.numbers["rate"]
            held = flow_by_weight.is_held(weights.readings, begun[1], end_ns, rate)
            cause = Cause(Moment(*begun), "" if held else f"{not_provoked}: {name}")
            channels.judge_flag(case, family, cause)
            channels.judge_log(case, family, cause)
            channels.judge_sound(case, family, cause)
            self.pump.stop()
            self.alarm_log.acknowledge_alarms()
            self.alarm_log.clear_alarms()


@pytest.fixture
def trials(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    alarm_log: AlarmLog,
    weighing: WeighingStation,
    watch_anew: Callable[[], AlarmChannels],
) -> _Trials:
    """What tries an alarm in one programme after the other."""
    return _Trials(case, bench, pump, alarm_log, weighing, watch_anew)


def _running(
    case: Case, pump: InfusionPump, clock: Refillable
) -> dict[str, Callable[[], object]]:
    """What starts each programme and dose that delivers the case's ``rate`` at once."""
    starts = programmes.starts(case, pump, case.numbers["length"])
    starts |= programmes.doses(case, pump, clock)
    return {name: start for name, start in starts.items() if name not in _NOT_AT_ONCE}


@pytest.mark.usefixtures("low_unanswered")
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
    """Hold a slow rotor again and again, unasked, with another alarm active.

    First that one beeps unanswered; then the stall before is answered and not cleared,
    so that only the sound can tell of another; at last it is cleared.
    """
    weighing.open_line()
    pump.start_continuous(case.numbers["rate"])
    kept = False
    for answer in _ANSWERS:
        channels = watch_anew()
        bench.run_for(case.numbers["running"])
        cause = _stall(case, bench, magnet, weighing)
        if not kept:
            channels.judge_flag(case, alarm_families.STALL, cause)
            channels.judge_log(case, alarm_families.STALL, cause)
        channels.judge_sound(case, alarm_families.STALL, cause)
        bench.run_for(case.profile.quantity("alarm.motor_stall.recovery", TIME))
        kept = answer == "acknowledged"
        if answer:
            alarm_log.acknowledge_alarms()
        if answer == "cleared":
            alarm_log.clear_alarms()
    pump.stop()


def _stall(
    case: Case,
    bench: Bench,
    magnet: Magnet,
    weighing: WeighingStation,
) -> Cause:
    """Hold the rotor, and ask the pump nothing meanwhile."""
    with weighing.watching(case.numbers["weighed"]) as weights:
        held = spans.timed(bench, lambda: magnet.set_present(True))
        bench.run_for(case.numbers["held"])
        end_ns = bench.now_ns()
        magnet.set_present(False)
    was_held = flow_by_weight.is_held(
        weights.readings, held[1], end_ns, case.numbers["rate"]
    )
    return Cause(Moment(*held), "" if was_held else _NOT_HELD)


@pytest.mark.procedure(
    days="schedule", rate="mL/day", volume="mL", length="s", period="s",
    catheter="mL", bridge_rate="mL/day", running="s", held="s", weighed="s",
)  # fmt: skip
def test_stall_in_programmes(
    case: Case,
    pump: InfusionPump,
    refillable: Refillable,
    magnet: Magnet,
    trials: _Trials,
) -> None:
    """Hold the rotor in each kind of programme and dose; each must tell of it."""
    starts = _running(case, pump, refillable)
    trials.run(starts, alarm_families.STALL, magnet.set_present, _NOT_HELD)


@pytest.mark.procedure(
    days="schedule", rate="mL/day", volume="mL", length="s", period="s",
    catheter="mL", bridge_rate="mL/day", running="s", held="s", weighed="s",
)  # fmt: skip
def test_occlusion_in_programmes(
    case: Case,
    pump: InfusionPump,
    refillable: Refillable,
    clamp: FlowClamp,
    trials: _Trials,
) -> None:
    """Close the line in each kind of programme and dose; each must tell of it."""
    starts = _running(case, pump, refillable)
    trials.run(starts, alarm_families.OCCLUSION, clamp.set_closed, _NOT_CLOSED)


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
    # At rest nothing wears the level off, and it is low all the same.
    starts: dict[str, Callable[[], object]] = {"none, at rest": lambda: None}
    starts |= programmes.starts(case, pump, duration)
    if "minimum-rate" not in case.profile.absent and isinstance(pump, MinimumRate):
        starts["minimum rate"] = pump.start_minimum
    for name, start in starts.items():
        start()
        channels = watch_anew()
        entered = Moment(*spans.timed(bench, enter))
        with channels.watching(case.numbers["poll"]):
            channels.wait_for(alarm_families.LOW, entered)
        pump.stop()
        case.note(f"the level was low in this programme: {name}")
        channels.judge_log(case, alarm_families.LOW, Cause(entered))
        channels.judge_sound(case, alarm_families.LOW, Cause(entered))
        refill_procedure.enter(refillable, case.profile, case.start["reservoir"])
        bench.run_for(_AT_ONCE)
        alarm_log.acknowledge_alarms()
        alarm_log.clear_alarms()


@pytest.mark.usefixtures("low_unanswered")
@pytest.mark.procedure(rate="mL/day", volume="mL", duration="s", set_on="s", poll="s")
def test_stopped_in_bolus(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    bolus: Bolus,
    clamp: FlowClamp,
    channels: AlarmChannels,
) -> None:
    """Stop a bolus, set the clock on, and time the alarm that must remind of the stop.

    Another alarm beeps unanswered all the time.
    """
    numbers, family = case.numbers, alarm_families.STOPPED
    clamp.set_closed(False)
    bolus.start_bolus(numbers["volume"], numbers["duration"], numbers["rate"])
    bench.run_for(numbers["duration"] / 2)
    stopped = Moment(*spans.timed(bench, pump.stop))
    pump_clock.set_on(pump, numbers["set_on"])
    with channels.watching(numbers["poll"]):
        channels.wait_for(family, stopped)
    pump_clock.set_on(pump, -1 * numbers["set_on"])
    channels.judge_flag(case, family, Cause(stopped))
    channels.judge_sound(case, family, Cause(stopped))


@pytest.mark.procedure(
    rate="mL/day", running="s", stood="s", outage="s", set_back="s", poll="s"
)
def test_stopped_through_outage(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    power: PowerSwitch,
    alarm_log: AlarmLog,
    clamp: FlowClamp,
    channels: AlarmChannels,
) -> None:
    """Stop a pump, take its supply away meanwhile; the alarm is due after the stop.

    The clock is set back too: it does not take the time back for which the pump stood.
    """
    numbers, family = case.numbers, alarm_families.STOPPED
    clamp.set_closed(False)
    pump.start_continuous(numbers["rate"])
    bench.run_for(numbers["running"])
    stopped = Moment(*spans.timed(bench, pump.stop))
    bench.run_for(numbers["stood"])
    back = power_loss.lose_power(bench, pump, power, numbers["outage"])
    alarm_log.acknowledge_alarms()
    pump_clock.set_on(pump, -1 * numbers["set_back"])
    with channels.watching(numbers["poll"]):
        channels.wait_for(family, stopped)
    pump_clock.set_on(pump, numbers["set_back"])
    channels.judge_flag(case, family, Cause(stopped, back.doubt))
