"""Alarms that must not come: in long healthy runs, and just short of a cause."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from fixtures.weighing import WeighingStation
from harness.bench import Bench
from harness.execution.case import Case
from harness.judging import Judgement, Limit, Verdict
from harness.metrology.measurement import error_percent
from harness.readings import Alarm, LogEntry
from harness.roles import (
    Bolus,
    FaultInjector,
    FlowClamp,
    InfusionPump,
    Magnet,
    PowerSwitch,
    PressureSource,
    Refillable,
)
from harness.units import FRACTION, Quantity, ureg
from test_plans.implanted import programmes, pump_clock, refill_procedure, steps
from test_plans.implanted.alarm_channels import DEAF, AlarmChannels

# What the case's own commands leave in the log; any other entry is a finding.
_OWN_EVENTS = (
    "BOLUS_END",
    "BOLUS_START",
    "PROGRAM_COMMITTED",
    "REFILL",
    "STOPPED",
)
_ALL_EVENTS = (
    *_OWN_EVENTS,
    "BRIDGE_END",
    "BRIDGE_START",
    "CLOCK_SET",
    "PATIENT_BOLUS_REFUSED",
    "PATIENT_BOLUS_SET",
    "PRIMING_END",
    "PRIMING_START",
    "START_PENDING",
)
_DAY = ureg.Quantity(1.0, "day")
_LATE = ureg.Quantity(23.0, "hour")
# For so long a share of its time a pump that has stopped with an alarm is tried again.
_AGAIN_SHARE = 0.125


@pytest.mark.procedure(rate="mL/day", duration="s", blank="s", poll="s")
def test_healthy_run(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    weighing: WeighingStation,
    channels: AlarmChannels,
) -> None:
    """Deliver at a plain rate, prove it by weight, and find no alarm anywhere."""
    _judge_quiet(case, channels, _deliver(case, bench, pump, weighing))


@pytest.mark.procedure(
    rate="mL/day", volume="mL", length="s", duration="s", blank="s", poll="s"
)
def test_plain_bolus(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    bolus: Bolus,
    weighing: WeighingStation,
    channels: AlarmChannels,
) -> None:
    """Give a bolus, then deliver; no alarm may come."""
    rate, volume, length = (case.numbers[name] for name in ("rate", "volume", "length"))
    weighing.open_line()
    with channels.watching(case.numbers["poll"]):
        bolus.start_bolus(volume, length, rate)
        bench.run_for(2 * length)
        pump.stop()
    _judge_quiet(case, channels, _deliver(case, bench, pump, weighing))


@pytest.mark.procedure(
    rate="mL/day", running="s", stopped="s", duration="s", blank="s", poll="s"
)
def test_short_stop(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    weighing: WeighingStation,
    channels: AlarmChannels,
) -> None:
    """Stop a pump for less than the alarm's time, then deliver; no alarm may come.

    The clock of a pump at rest must go on like that of one which delivers.
    """
    weighing.open_line()
    pump.start_continuous(case.numbers["rate"])
    bench.run_for(case.numbers["running"])
    pump.stop()
    clock = pump_clock.Beside(case, bench, pump)
    with channels.watching(case.numbers["poll"]):
        bench.run_for(case.numbers["stopped"])
        clock.judge()
        pump.start_continuous(case.numbers["rate"])
        bench.run_for(case.numbers["running"])
        pump.stop()
    _judge_quiet(case, channels, _deliver(case, bench, pump, weighing))


@pytest.mark.procedure(rate="mL/day", held="s", duration="s", blank="s", poll="s")
def test_magnet_at_rest(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    magnet: Magnet,
    weighing: WeighingStation,
    channels: AlarmChannels,
) -> None:
    """Hold a rotor that need not turn, then deliver; no alarm may come."""
    magnet.set_present(True)
    with channels.watching(case.numbers["poll"]):
        bench.run_for(case.numbers["held"])
    magnet.set_present(False)
    _judge_quiet(case, channels, _deliver(case, bench, pump, weighing))


@pytest.mark.procedure(rate="mL/day", pressure="Pa", duration="s", blank="s", poll="s")
def test_back_pressure_borne(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    pressure: PressureSource,
    weighing: WeighingStation,
    channels: AlarmChannels,
) -> None:
    """Deliver against a pressure that the pump must bear; no alarm may come."""
    pressure.set_back_pressure(case.numbers["pressure"])
    flow = _deliver(case, bench, pump, weighing)
    pressure.set_back_pressure(ureg.Quantity(0.0, "Pa"))
    _judge_quiet(case, channels, flow)


@pytest.mark.procedure(rate="mL/day", supply="V", duration="s", blank="s", poll="s")
def test_good_supply(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    power: PowerSwitch,
    weighing: WeighingStation,
    channels: AlarmChannels,
) -> None:
    """Deliver with a supply just above its alarms' limits; no alarm, nor less flow."""
    power.set_supply(case.numbers["supply"])
    flow = _deliver(case, bench, pump, weighing)
    power.set_supply(case.profile.quantity("power.supply", "V"))
    _judge_quiet(case, channels, flow)
    steps.judge_flow(case, flow[0])


@pytest.mark.procedure(rate="mL/day", left="mL", duration="s", blank="s", poll="s")
def test_tube_not_worn(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    injector: FaultInjector,
    weighing: WeighingStation,
    channels: AlarmChannels,
) -> None:
    """Deliver less than the tube's life has left; no alarm may come, nor less flow."""
    injector.set_tube_left(case.numbers["left"])
    delivered = _deliver(case, bench, pump, weighing)
    _judge_quiet(case, channels, delivered)
    steps.judge_flow(case, delivered[0])


@pytest.mark.procedure(
    entered="mL", threshold="mL", rate="mL/day", duration="s", blank="s", poll="s"
)
def test_refill_entered(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    refillable: Refillable,
    weighing: WeighingStation,
    channels: AlarmChannels,
) -> None:
    """Enter a content and a threshold, then deliver; no alarm may come."""
    entered, threshold = case.numbers["entered"], case.numbers["threshold"]
    refill_procedure.enter(refillable, case.profile, entered, threshold)
    _judge_quiet(case, channels, _deliver(case, bench, pump, weighing))


@pytest.mark.procedure(
    days="schedule", rate="mL/day", volume="mL", length="s", period="s",
    catheter="mL", bridge_rate="mL/day", each="s", duration="s", blank="s", poll="s",
)  # fmt: skip
def test_quiet_programmes(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    refillable: Refillable,
    weighing: WeighingStation,
    channels: AlarmChannels,
) -> None:
    """Run every programme that the pump has, then deliver; no alarm may come.

    The clock is set to shortly before midnight, over which the schedule runs.
    """
    numbers = case.numbers
    starts = programmes.starts(case, pump, numbers["length"])
    starts |= programmes.doses(case, pump, refillable)
    weighing.open_line()
    with channels.watching(numbers["poll"]):
        for start in starts.values():
            late = (_LATE - ureg.Quantity(refillable.read_clock(), "s")) % _DAY
            pump_clock.set_on(pump, late)
            start()
            bench.run_for(numbers["each"])
            pump.stop()
            pump_clock.set_on(pump, -1 * late)
    said = ", ".join(starts)
    case.note(f"before it was weighed, the pump ran in these programmes: {said}")
    _judge_quiet(case, channels, _deliver(case, bench, pump, weighing), _ALL_EVENTS)


@pytest.mark.procedure(rate="mL/day", duration="s", poll="s")
def test_silence(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    clamp: FlowClamp,
    channels: AlarmChannels,
) -> None:
    """Deliver without an alarm, and listen."""
    with channels.watching(case.numbers["poll"]):
        clamp.set_closed(False)
        pump.start_continuous(case.numbers["rate"])
        bench.run_for(case.numbers["duration"])
        pump.stop()
    alarms, heard = channels.seen(), len(channels.sounds())
    said = f"sounds heard: {heard}; alarms: {_names(alarms)}"
    # What sounds while an alarm is active may be that alarm.
    quiet = not heard if alarms is Alarm.NONE else None
    if quiet and not channels.hears():
        quiet, said = None, DEAF
    case.judge_fact("ITB-ALM-008", quiet, said)


def _deliver(
    case: Case, bench: Bench, pump: InfusionPump, weighing: WeighingStation
) -> tuple[steps.Delivery, Judgement]:
    """Deliver, and hold what was weighed against what was programmed.

    A pump that has ended the delivery with an alarm is started anew. If it then
    delivers, though nothing has been done to it meanwhile, nothing hindered it before.
    """
    rate = case.numbers["rate"]
    delivery = steps.deliver(case, bench, pump, weighing, rate)
    flow = _flow(case, delivery)
    if flow.verdict is Verdict.PASS or delivery.alarms is Alarm.NONE:
        return delivery, flow
    case.note(f"with an alarm the flow was wrong: {flow.statement}; started anew")
    shorter = case.numbers["duration"] * _AGAIN_SHARE
    again = steps.deliver_for(shorter, case, bench, pump, weighing, rate)
    return delivery, _flow(case, again)


def _flow(case: Case, delivery: steps.Delivery) -> Judgement:
    accuracy = case.profile.quantity("flow.accuracy", FRACTION)
    least: Quantity = -1 * accuracy
    limit = Limit(
        requirement=case.id,
        lower=least,
        upper=accuracy,
        rule=case.rule,
        unit=FRACTION,
        source="profile flow.accuracy",
    )
    return limit.judge(error_percent(delivery.weighed, delivery.programmed))


def _judge_quiet(
    case: Case,
    channels: AlarmChannels,
    delivered: tuple[steps.Delivery, Judgement],
    own: Sequence[str] = _OWN_EVENTS,
) -> None:
    """Judge that no channel has shown an alarm (ITB-ALM-001).

    Args:
        case: the case.
        channels: what was shown.
        delivered: what was weighed at last, and what it means.
        own: events that the case's commands leave in the log.
    """
    delivery, flow = delivered
    messages = [event for event in channels.events() if event.raised]
    alarms = channels.seen() | delivery.alarms
    heard = len(channels.sounds())
    entries = _unexplained(channels.entries(), own)
    silent = not messages and alarms is Alarm.NONE and not entries and not heard
    if silent and not channels.hears():
        case.judge_fact("ITB-ALM-001", None, DEAF)
        return
    # Only of a pump that delivers as programmed is it known that an alarm was false.
    case.judge_fact(
        "ITB-ALM-001",
        silent if flow.verdict is Verdict.PASS else None,
        f"alarm messages: {len(messages)}; flags: {_names(alarms)}; sounds: {heard};"
        f" other entries in the log: {', '.join(entries) or 'none'}; flow:"
        f" {flow.statement}",
    )


def _unexplained(
    log: Sequence[LogEntry], own: Sequence[str] = _OWN_EVENTS
) -> list[str]:
    """Names of the entries that no command of the case has caused."""
    return [entry.event for entry in log if entry.event not in own]


def _names(alarms: Alarm) -> str:
    return alarms.name or "none"
