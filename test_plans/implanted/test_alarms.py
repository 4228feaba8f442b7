"""Alarms: the ones that must come in time, and the ones that must not come at all."""

from __future__ import annotations

from collections.abc import Sequence, Set

import pytest

from fixtures.weighing import WeighingStation
from harness.bench import Bench
from harness.errors import MeasurementRefused
from harness.execution.case import Case
from harness.judging import Verdict
from harness.measurement import Measurement, bracketed
from harness.readings import Alarm, AlarmEvent, LogEntry, WeightReading
from harness.roles import AlarmLog, FlowClamp, InfusionPump, Magnet
from harness.units import FLOW, NS_PER_S, TIME, Quantity, magnitude, ureg
from test_plans.implanted import steps

# A held rotor may still let this share of the programmed flow pass; more is not held.
_HELD_SHARE = 0.1
# A pump that has recovered gives more than this share of it, to the end of the watch.
_BACK_SHARE = 0.5
_NG_PER_ML = 1e9
# What the healthy day's own commands leave in the log; any other entry is a finding.
_OWN_EVENTS = ("PROGRAM_COMMITTED", "STOPPED")


@pytest.mark.procedure(rate="mL/day", running="s", held="s", poll="s")
def test_motor_stall(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    alarm_log: AlarmLog,
    magnet: Magnet,
    weighing: WeighingStation,
) -> None:
    """Hold the rotor with a magnet; time the alarm, and by weight the recovery."""
    deadline = case.limit("ITB-STL-001")
    recovery = case.limit("ITB-STL-002")
    rate = case.numbers["rate"].to(FLOW)
    patience = 2 * case.profile.quantity("alarm.motor_stall.recovery", TIME)

    with weighing.watching(case.numbers["poll"]) as weights:
        weighing.open_line()
        pump.start_continuous(rate)
        bench.run_for(case.numbers["running"])
        held = steps.timed(bench, lambda: magnet.set_present(True))
        watch = steps.AlarmWatch(bench, alarm_log)
        alarm = watch.wait_for(Alarm.MOTOR_STALL, case.numbers["held"])
        bench.run_for(_rest(case.numbers["held"], held[0], bench.now_ns()))
        freed = steps.timed(bench, lambda: magnet.set_present(False))
        bench.run_for(patience)
    pump.stop()

    readings = weights.readings
    if not _was_held(readings, held[1], freed[0], rate):
        nothing = "the magnet did not stop the flow, so no stall was provoked"
        case.judge_fact("ITB-STL-001", None, nothing)
        case.judge_fact("ITB-STL-002", None, nothing)
        return
    if alarm is None:
        case.judge_fact("ITB-STL-001", False, "the motor-stall alarm was never raised")
    elif alarm.t_ns < held[0]:
        early = "the motor-stall alarm came before the rotor was held"
        case.judge_fact("ITB-STL-001", None, early)
    else:
        case.judge(deadline, _delay(held, alarm))
    back = _flow_is_back(readings, freed, 2 * weighing.noise_ng())
    if back is None:
        case.judge_fact("ITB-STL-002", False, f"no flow within {patience:~P} by weight")
    elif not _lasts(readings, freed[1], rate):
        relapse = "flow came back by weight, and did not last"
        case.judge_fact("ITB-STL-002", False, relapse)
    else:
        case.judge(recovery, back)


def _rest(duration: Quantity, since_ns: int, now_ns: int) -> Quantity:
    left_s = magnitude(duration, "s") - (now_ns - since_ns) / NS_PER_S
    return ureg.Quantity(max(0.0, left_s), "s")


def _was_held(
    readings: Sequence[WeightReading], start_ns: int, end_ns: int, rate: Quantity
) -> bool:
    """Tell by weight whether the flow stood still in the second half of the hold."""
    share = _late_share(readings, start_ns, end_ns, rate)
    return share is not None and abs(share) < _HELD_SHARE


def _lasts(readings: Sequence[WeightReading], free_ns: int, rate: Quantity) -> bool:
    """Tell by weight whether the pump still delivers at the end of the wait."""
    share = _late_share(readings, free_ns, readings[-1].t_ns, rate)
    return share is not None and share > _BACK_SHARE


def _late_share(
    readings: Sequence[WeightReading], start_ns: int, end_ns: int, rate: Quantity
) -> float | None:
    """Flow in the second half of an interval, by weight, as a share of ``rate``.

    None where fewer than two readings lie in it.
    """
    half = [r for r in readings if (start_ns + end_ns) // 2 <= r.t_ns <= end_ns]
    if len(half) < 2:
        return None
    change_ng = half[-1].mass_ng - half[0].mass_ng
    seconds = (half[-1].t_ns - half[0].t_ns) / NS_PER_S
    return change_ng / (magnitude(rate, "mL/s") * seconds * _NG_PER_ML)


def _delay(start: tuple[int, int], alarm: AlarmEvent) -> Measurement:
    shortest, longest = (_minutes(alarm.t_ns - ns) for ns in (start[1], start[0]))
    begin_ns, end_ns = min(start[0], alarm.t_ns), max(start[1], alarm.t_ns)
    return bracketed(shortest, longest, "bench clock", begin_ns, end_ns)


def _flow_is_back(
    readings: Sequence[WeightReading], freed: tuple[int, int], visible_ng: float
) -> Measurement | None:
    """Bracket the time from the release to the first visible gain of mass.

    Raises:
        MeasurementRefused: no reading before the release says from which level.
    """
    still = [r.mass_ng for r in readings if r.t_ns <= freed[0]][-10:]
    if not still:
        raise MeasurementRefused(
            "balance: no reading before the magnet was taken away; read more often"
        )
    level_ng = sum(still) / len(still)
    previous_ns = freed[1]
    for reading in (r for r in readings if r.t_ns > freed[1]):
        if reading.mass_ng - level_ng > visible_ng:
            return bracketed(
                _minutes(previous_ns - freed[1]),
                _minutes(reading.t_ns - freed[0]),
                "balance",
                freed[0],
                reading.t_ns,
            )
        previous_ns = reading.t_ns
    return None


def _minutes(ns: int) -> Quantity:
    return ureg.Quantity(ns / NS_PER_S / 60.0, "minute")


@pytest.mark.procedure(dose="µg/day", running="s", poll="s")
def test_stopped_alarm(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    alarm_log: AlarmLog,
    clamp: FlowClamp,
) -> None:
    """Stop a running pump, leave it, and time the alarm that must remind of it."""
    limit = case.limit("ITB-STP-001")
    latest = case.profile.quantity("alarm.stopped.latest", TIME)
    rate = (case.numbers["dose"] / case.start["concentration"]).to(FLOW)

    clamp.set_closed(False)
    pump.start_continuous(rate)
    bench.run_for(case.numbers["running"])
    stopped = steps.timed(bench, pump.stop)
    with bench.sampling(pump.read_status, case.numbers["poll"]):
        watch = steps.AlarmWatch(bench, alarm_log)
        alarm = watch.wait_for(Alarm.STOPPED_TOO_LONG, 1.1 * latest)

    if alarm is None:
        case.judge_fact("ITB-STP-001", False, "the stopped-pump alarm was never raised")
    else:
        delay = _delay(stopped, alarm)
        case.judge(limit, delay)


@pytest.mark.procedure(dose="µg/day", duration="s", blank="s", poll="s")
def test_healthy_day(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    alarm_log: AlarmLog,
    weighing: WeighingStation,
) -> None:
    """Deliver a plain day, prove it by weight, and find no alarm anywhere."""
    rate = (case.numbers["dose"] / case.start["concentration"]).to(FLOW)
    known = {entry.index for entry in alarm_log.read_log()}

    delivery = steps.deliver(case, bench, pump, weighing, rate)

    flow = steps.judge_flow(case, delivery)
    messages = [event for event in alarm_log.take_alarm_events() if event.raised]
    flags = delivery.alarms | alarm_log.read_alarms().active
    entries = _unexplained(alarm_log.read_log(), known)
    silent = not messages and flags is Alarm.NONE and not entries
    # Only of a pump that delivers as programmed is it known that an alarm was false.
    case.judge_fact(
        "ITB-ALM-001",
        silent if flow.verdict is Verdict.PASS else None,
        f"alarm messages: {len(messages)}; flags: {flags.name or 'none'}; other entries"
        f" in the log: {', '.join(entries) or 'none'}; flow: {flow.statement}",
    )


def _unexplained(log: Sequence[LogEntry], known: Set[int]) -> list[str]:
    """Names of the new entries that no command of the case has caused."""
    return [
        entry.event
        for entry in log
        if entry.index not in known and entry.event not in _OWN_EVENTS
    ]
