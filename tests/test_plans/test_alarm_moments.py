"""Moments of causes and alarms: every bracket holds the truth."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fixtures.hearing import Hearing
from harness.clock import NS_PER_S
from harness.readings import (
    Alarm,
    AlarmEvent,
    LogEntry,
    PumpMode,
    PumpReading,
    PumpState,
    Sound,
)
from harness.units import magnitude
from test_plans.implanted import alarm_moments
from test_plans.implanted.alarm_moments import ClockReading, Moment

S = NS_PER_S
STALL = Alarm.MOTOR_STALL
PPM = 1e-6


def status(t_s: int, alarms: Alarm) -> PumpReading:
    mode, state = PumpMode.CONTINUOUS, PumpState.DELIVERING
    return PumpReading(t_s * S, 0, mode, state, 0, 0, 0, alarms, 2900)


def event(t_s: int, raised: Alarm) -> AlarmEvent:
    return AlarmEvent(t_s * S, 0, raised, Alarm.NONE, raised)


def entry(clock_s: int) -> LogEntry:
    return LogEntry(0, clock_s, 0, "ALARM_RAISED", 4)


@example(0, -1.0, 0, 1_000_000_001, 0)
@given(
    begin_ns=st.integers(0, S),
    error_ppm=st.floats(-50, 50),
    event_ns=st.integers(0, 100 * 86_400 * S),
    later_ns=st.integers(0, 10 * 86_400 * S),
    exchange_ns=st.integers(0, S),
)
def test_a_log_entrys_bracket_holds_its_moment(
    begin_ns: int, error_ppm: float, event_ns: int, later_ns: int, exchange_ns: int
) -> None:
    """A pump's clock that runs wrong by no more than it may, in whole seconds."""

    def shown_s(t_ns: int) -> int:
        return (begin_ns + t_ns + round(t_ns * error_ppm * PPM)) // S

    asked_ns = event_ns + later_ns
    heard_ns = asked_ns + exchange_ns
    read = ClockReading(
        Moment(asked_ns, heard_ns), shown_s(asked_ns + exchange_ns // 2), 60 * PPM
    )
    (found,) = alarm_moments.logged([entry(shown_s(event_ns))], read)
    assert found.earliest_ns <= event_ns <= found.latest_ns
    width_ns = found.latest_ns - found.earliest_ns
    assert width_ns <= exchange_ns + 2 * S + 2 * 60 * PPM * (1.001 * later_ns + 4 * S)


def test_a_flag_rose_between_the_reports_without_and_with_it() -> None:
    readings = [
        status(10, Alarm.NONE),
        status(20, STALL | Alarm.LOW_BATTERY),
        status(30, STALL),
        status(40, Alarm.LOW_BATTERY),
        status(50, STALL),
    ]
    assert alarm_moments.flagged(STALL, 5 * S, readings) == [
        Moment(10 * S, 20 * S),
        Moment(40 * S, 50 * S),
    ]
    assert alarm_moments.flagged(Alarm.RESET, 5 * S, readings) == []


def test_a_flag_in_the_first_report_rose_since_watching_began() -> None:
    found = alarm_moments.flagged(STALL, 5 * S, [status(10, STALL)])
    assert found == [Moment(5 * S, 10 * S)]


def test_a_message_counts_when_it_raises_the_alarm() -> None:
    events = [event(7, Alarm.RESET), event(9, STALL | Alarm.RESET)]
    assert alarm_moments.told(STALL, events) == [Moment(9 * S, 9 * S)]


@pytest.mark.parametrize(("u_ns", "half_ns"), [(100, 200), (400, 800)])
def test_a_sound_began_earlier_than_it_was_heard(u_ns: int, half_ns: int) -> None:
    sound = Sound(10_000, 200, 3000, (800, 1250), -20.0)
    found = alarm_moments.onset(sound, Hearing(1_000, u_ns))
    assert found == Moment(9_000 - half_ns, 9_000 + half_ns)


def test_the_listeners_own_half_width_is_never_undercut() -> None:
    sound = Sound(10_000, 500, 3000, (800, 1250), -20.0)
    assert alarm_moments.onset(sound, Hearing(0, 1)) == Moment(9_500, 10_500)


def test_what_is_surely_before_the_cause_is_left_out() -> None:
    cause = Moment(100, 110)
    before, across, after = Moment(90, 99), Moment(80, 105), Moment(120, 130)
    assert alarm_moments.since(cause, [after, before, across]) is across
    assert alarm_moments.since(cause, [before, after]) is after
    assert alarm_moments.since(cause, [before]) is None


@given(st.lists(st.integers(0, 10**15), min_size=6, max_size=6))
def test_a_delay_holds_every_time_that_two_brackets_allow(times: list[int]) -> None:
    before, caused, after, early, shown, late = sorted(times)
    found = alarm_moments.delay(Moment(before, after), Moment(early, late), "x")
    truth_s = (shown - caused) / S
    low, high = (
        magnitude(found.value + sign * 3**0.5 * found.u, "s") for sign in (-1, 1)
    )
    assert low - 1e-3 <= truth_s <= high + 1e-3
    assert (found.t_start_ns, found.t_end_ns) == (before, late)


def test_an_alarm_before_its_cause_has_a_negative_delay() -> None:
    cause, shown = Moment(120 * S, 122 * S), Moment(60 * S, 60 * S)
    found = alarm_moments.delay(cause, shown, "x")
    assert magnitude(found.value, "s") == pytest.approx(-61)
    assert (found.t_start_ns, found.t_end_ns) == (60 * S, 122 * S)
