"""What is heard of the pump twin's alarms, against tables made by hand."""

from dataclasses import replace
from itertools import pairwise

from drivers.sim.contracts import FAR, PumpParameters
from drivers.sim.pump_defects import Defect
from drivers.sim.pump_twin import PumpTwin
from drivers.sim.sounds import CRITICAL, NONCRITICAL
from protocols.pump_link.requests import AckAlarms, ClearAlarms, SetAlarmIntervals
from protocols.pump_link.vocabulary import AlarmFlag, LogEvent
from tests.drivers.sim.pump_twin_host import (
    DAY,
    EXACT,
    START_NS,
    ExactMechanism,
    H,
    Host,
    S,
    delivering,
    raised,
)

NONE = AlarmFlag(0)
STALL = AlarmFlag.MOTOR_STALL
LOW = AlarmFlag.LOW_RESERVOIR


def stalled(parameters: PumpParameters = EXACT) -> Host:
    """Return a host whose pump has been blocked since the start: it alarms at 300 s."""
    host = delivering(360_000, parameters)
    host.block(True)
    return host


def low(parameters: PumpParameters = EXACT) -> Host:
    """Return a host whose pump calls low at the start."""
    host = Host(parameters)
    host.refill(6_000_000)
    return host


def seconds(host: Host) -> list[float]:
    return [t_ns / S for t_ns, _ in host.field.tones]


def critical(host: Host) -> list[bool]:
    return [pattern == CRITICAL for _, pattern in host.field.tones]


def test_a_critical_alarm_sounds_two_tones_every_ten_minutes() -> None:
    host = stalled()
    host.run_for(H)
    assert host.field.tones == [((300 + 600 * n) * S, CRITICAL) for n in range(6)]


def test_another_alarm_beeps_every_hour() -> None:
    host = low()
    host.run_for(3 * H)
    assert host.field.tones == [(n * H, NONCRITICAL) for n in range(4)]


def test_acknowledging_silences_and_clearing_does() -> None:
    host = stalled()
    host.run_for(1_000 * S)
    host.ask(AckAlarms(STALL))
    host.run_for(H)
    assert seconds(host) == [300, 900]
    host = stalled()
    host.run_for(1_000 * S)
    host.stop()
    host.ask(ClearAlarms(STALL))
    host.run_for(H)
    assert seconds(host) == [300, 900]


def test_the_critical_one_has_its_way() -> None:
    host = low()
    host.run_for(100 * S)
    host.infuse(100_000)
    host.block(True)
    host.run_until(2_000 * S)
    assert seconds(host) == [0, 400, 1_000, 1_600]
    assert critical(host) == [False, True, True, True]
    host.ask(AckAlarms(STALL))
    host.run_until(6_000 * S)
    assert seconds(host)[4:] == [1_600 + 3_600]
    assert critical(host)[4:] == [False]


def test_a_second_alarm_waits_for_the_end_of_the_tone() -> None:
    host = stalled()
    host.run_until(301 * S)
    host.refill(6_000_000)
    host.run_for(H)
    assert seconds(host)[:3] == [300, 303, 903]


def test_intervals_are_counted_from_the_last_tone() -> None:
    host = stalled()
    host.run_for(400 * S)
    host.ask(SetAlarmIntervals(120, 600))
    host.run_until(800 * S)
    assert seconds(host) == [300, 420, 540, 660, 780]
    host.ask(SetAlarmIntervals(60, 600))
    host.run_until(900 * S)
    assert seconds(host)[5:] == [840, 900]


def test_a_shorter_interval_that_has_passed_sounds_at_once() -> None:
    host = stalled()
    host.run_for(700 * S)
    host.ask(SetAlarmIntervals(60, 600))
    host.run_for(0)
    assert seconds(host) == [300, 700]


def test_a_restart_sounds_what_waits() -> None:
    host = low()
    host.run_for(10 * S)
    host.power_cycle()
    host.run_for(700 * S)
    assert seconds(host) == [0, 12, 612]
    assert critical(host) == [False, True, True]


def test_tones_follow_the_pumps_oscillator() -> None:
    host = stalled(replace(EXACT, clock_error_ppm=100_000.0))
    host.run_for(H)
    gaps = [b - a for a, b in pairwise(seconds(host))]
    assert all(abs(gap - 600 / 1.1) < 1e-6 for gap in gaps)


def test_without_an_ear_alarms_cost_no_event() -> None:
    mechanism = ExactMechanism()
    twin = PumpTwin(EXACT, mechanism, 1, START_NS)
    twin.advance(START_NS + 49 * H)
    twin.advance(START_NS + 50 * H)
    assert twin.next_event_ns() == FAR


def test_a_mute_sound_leaves_flag_and_log() -> None:
    host = stalled(replace(EXACT, mute_sound=frozenset({STALL})))
    host.run_for(H)
    assert host.field.tones == []
    assert raised(host) == [(300 * S, STALL)]
    assert (300, LogEvent.ALARM_RAISED, STALL) in host.events()


def test_a_mute_flag_leaves_sound_and_log() -> None:
    host = stalled(replace(EXACT, mute_flag=frozenset({STALL})))
    host.run_for(1_000 * S)
    assert host.notices == []
    assert host.status().alarms == NONE
    assert seconds(host) == [300, 900]
    assert (300, LogEvent.ALARM_RAISED, STALL) in host.events()


def test_a_mute_log_leaves_flag_and_sound() -> None:
    host = stalled(replace(EXACT, mute_log=frozenset({STALL})))
    host.run_for(400 * S)
    assert raised(host) == [(300 * S, STALL)]
    assert seconds(host) == [300]
    logged = {event for _, event, _ in host.events()}
    assert not logged & {LogEvent.ALARM_RAISED, LogEvent.MOTOR_STALL}


def test_a_swapped_priority_goes_both_ways() -> None:
    swapped = replace(EXACT, swapped_priority=frozenset({STALL, LOW}))
    host = stalled(swapped)
    host.run_for(H)
    assert host.field.tones == [(300 * S, NONCRITICAL)]
    host = low(swapped)
    host.run_for(700 * S)
    assert host.field.tones == [(0, CRITICAL), (600 * S, CRITICAL)]


def test_a_late_alarm_is_late_in_every_channel() -> None:
    host = stalled(replace(EXACT, late=frozenset({STALL}), late_s=1_000.0))
    host.run_for(1_500 * S)
    assert raised(host) == [(1_300 * S, STALL)]
    assert seconds(host) == [1_300]
    assert (1_300, LogEvent.ALARM_RAISED, STALL) in host.events()


def test_log_and_sound_can_each_be_late() -> None:
    late = replace(EXACT, late=frozenset({STALL}), late_log_s=500.0, late_sound_s=200.0)
    host = stalled(late)
    host.run_for(1_500 * S)
    assert raised(host) == [(300 * S, STALL)]
    assert seconds(host) == [500, 1_100]
    assert host.events()[-2:] == [
        (800, LogEvent.MOTOR_STALL, 0),
        (800, LogEvent.ALARM_RAISED, STALL),
    ]


def test_lateness_is_that_of_the_named_alarms() -> None:
    host = low(replace(EXACT, late=frozenset({STALL}), late_s=1_000.0))
    host.run_for(S)
    assert raised(host) == [(0, LOW)]


def test_an_acknowledged_alarm_is_not_sounded_late() -> None:
    host = stalled(replace(EXACT, late=frozenset({STALL}), late_sound_s=200.0))
    host.run_for(400 * S)
    host.ask(AckAlarms(STALL))
    host.run_for(H)
    assert host.field.tones == []


def test_a_fading_alarm_goes_after_five_minutes() -> None:
    host = stalled(replace(EXACT, defects=frozenset({Defect.ALARM_FADES})))
    host.run_for(599 * S)
    assert host.status().alarms is STALL
    host.run_for(2 * S)
    assert host.status().alarms == NONE
    assert host.notices[-1][0] == 600 * S
    assert host.notices[-1][1].cleared is STALL


def test_a_unit_that_clears_anything() -> None:
    host = stalled(replace(EXACT, defects=frozenset({Defect.CLEARS_ANYTHING})))
    host.run_for(400 * S)
    assert host.ask(ClearAlarms(STALL)).active == NONE


def test_a_haunted_unit_beeps_every_three_hours() -> None:
    host = delivering(
        2_000, replace(EXACT, defects=frozenset({Defect.SOUNDS_WITHOUT_CAUSE}))
    )
    host.run_for(DAY)
    assert host.field.tones == [(3 * n * H, NONCRITICAL) for n in range(1, 9)]
    assert host.notices == []


def test_a_unit_that_ignores_its_intervals() -> None:
    host = stalled(replace(EXACT, defects=frozenset({Defect.INTERVAL_IGNORED})))
    host.ask(SetAlarmIntervals(60, 600))
    host.run_for(1_000 * S)
    assert seconds(host) == [300, 900]
