"""The pump twin by itself: counts, boluses, alarms and their moments."""

from fractions import Fraction
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.sim.contracts import FAR, Level, PumpParameters
from protocols.pump_link.replies import AlarmNotice
from protocols.pump_link.requests import (
    AckAlarms,
    ClearAlarms,
    GetAlarms,
    SetClock,
    WriteRefill,
)
from protocols.pump_link.vocabulary import (
    AlarmFlag,
    FieldId,
    LogEvent,
    NakCode,
    PumpMode,
    PumpState,
)
from tests.drivers.sim.pump_twin_host import CLOCK_AT_START_S, DAY, EXACT, H, Host, S

NONE = AlarmFlag(0)


def delivering(rate_nl_per_h: int, parameters: PumpParameters = EXACT) -> Host:
    host = Host(parameters)
    host.refill(40_000_000)
    host.infuse(rate_nl_per_h)
    return host


def raised(host: Host) -> list[tuple[int, AlarmFlag]]:
    return [(t_ns, notice.raised) for t_ns, notice in host.notices if notice.raised]


def test_counter_is_exact_over_sixty_days_and_the_uptime_wrap() -> None:
    host = delivering(7_001)
    begin = host.status()
    host.run_until(60 * DAY + 1)
    end = host.status()
    assert end.uptime_ms == (60 * 86_400_000) % 2**32 < 2**32 - 1
    assert 60 * 86_400_000 > 2**32
    assert end.delivered_nl - begin.delivered_nl == 7_001 * 24 * 60
    assert begin.reservoir_nl - end.reservoir_nl == 7_001 * 24 * 60
    assert end.state is PumpState.DELIVERING
    assert host.mechanism.speeds == [(0, 7_001.0)]
    assert host.notices == []


def test_a_bolus_replaces_the_rate_and_ends_on_the_nanosecond() -> None:
    host = Host()
    host.refill(40_000_000)
    host.run_for(S // 3)
    host.bolus(100_000, 601, 20_000)
    begin_ns, begin = host.now_ns, host.status()
    host.run_for(601 * S - 1)
    assert host.status().mode is PumpMode.BOLUS
    host.run_for(1)
    end = host.status()
    assert (end.mode, end.rate_nl_per_h) == (PumpMode.CONTINUOUS, 20_000)
    assert end.delivered_nl - begin.delivered_nl == 100_000
    assert host.mechanism.speeds == [
        (begin_ns, pytest.approx(100_000 * 3600 / 601)),
        (begin_ns + 601 * S, 20_000.0),
    ]
    assert host.events()[-2:] == [
        (0, LogEvent.BOLUS_START, 100_000),
        (601, LogEvent.BOLUS_END, 100_000),
    ]


def test_a_bolus_without_background_ends_stopped_and_starts_the_48_hours() -> None:
    host = Host()
    host.refill(40_000_000)
    host.bolus(100_000, 600)
    host.run_for(600 * S)
    assert host.status().state is PumpState.STOPPED
    host.run_for(49 * H)
    assert raised(host) == [((600 + 48 * 3600 + 60) * S, AlarmFlag.STOPPED_TOO_LONG)]


@pytest.mark.parametrize("how", ["stop", "program"])
def test_a_bolus_cut_short_is_logged_with_what_was_given(how: str) -> None:
    host = Host()
    host.refill(40_000_000)
    host.bolus(100_000, 600, 20_000)
    host.run_for(150 * S)
    if how == "stop":
        host.stop()
    else:
        host.infuse(2_000)
    event = next(e for e in host.events() if e[1] is LogEvent.BOLUS_END)
    assert event == (150, LogEvent.BOLUS_END, 25_000)
    speed = 0.0 if how == "stop" else 2_000.0
    host.run_for(H)
    assert host.mechanism.speeds[-1] == (150 * S, speed)


def test_a_refill_leaves_a_running_bolus_alone() -> None:
    host = Host()
    host.bolus(100_000, 600, 20_000)
    host.run_for(30 * S)
    host.refill(20_000_000)
    host.run_for(570 * S)
    assert host.mechanism.speeds[1] == (600 * S, 20_000.0)


def test_low_reservoir_by_the_counter() -> None:
    host = delivering(1_000_000)
    host.run_for(H)
    host.infuse(999_000)
    host.run_for(40 * H)
    left_s = Fraction(33_000_000 * 3600, 999_000)
    tick_s = 3600 + -(-left_s.numerator // left_s.denominator)
    assert raised(host)[0] == (tick_s * S, AlarmFlag.LOW_RESERVOIR)
    assert host.log()[3].event is LogEvent.ALARM_RAISED
    assert host.log()[3].clock_s == CLOCK_AT_START_S + tick_s


def test_low_reservoir_is_seen_although_nothing_is_delivered() -> None:
    host = Host()
    host.run_for(S // 2)
    host.refill(6_000_000)
    host.run_for(S)
    assert raised(host) == [(S, AlarmFlag.LOW_RESERVOIR)]


def test_low_reservoir_by_a_sensor_ignores_the_bookkeeping() -> None:
    host = Host(PumpParameters(clock_error_ppm=0.0, level=Level.SENSOR))
    host.refill(40_000_000)
    host.fill(10_000_000.0)
    host.infuse(1_000_000)
    host.run_for(5 * H)
    assert raised(host) == [(4 * H, AlarmFlag.LOW_RESERVOIR)]
    assert host.refused(ClearAlarms(~NONE)).code is NakCode.CAUSE_PRESENT
    host.fill(20_000_000.0)
    assert host.ask(ClearAlarms(~NONE)).active == NONE


@pytest.mark.parametrize("polls", [0, 7])
def test_polling_does_not_move_an_alarm(polls: int) -> None:
    host = Host(PumpParameters(clock_error_ppm=13.0, level=Level.SENSOR))
    host.refill(40_000_000)
    host.infuse(777_777)
    for _ in range(polls):
        host.run_for(6 * H + 123_456_789)
        host.status()
    host.run_until(60 * H)
    again = Host(PumpParameters(clock_error_ppm=13.0, level=Level.SENSOR))
    again.refill(40_000_000)
    again.infuse(777_777)
    again.run_until(60 * H)
    assert len(raised(host)) == 2
    assert raised(host) == raised(again)


def test_empty_reservoir_stops_the_motor_and_corrects_the_count() -> None:
    host = Host()
    host.refill(10_000_000, 1_000_000)
    host.fill(2_500_000.5)
    begin = host.status().delivered_nl
    host.infuse(1_000_000)
    host.run_for(3 * H)
    dry_s = 9_001
    assert raised(host) == [((dry_s + 60) * S, AlarmFlag.EMPTY_RESERVOIR)]
    assert host.mechanism.speeds[-1] == ((dry_s + 60) * S, 0.0)
    status = host.status()
    assert (status.mode, status.state) == (PumpMode.CONTINUOUS, PumpState.EMPTY)
    assert status.delivered_nl - begin == 1_000_000 * dry_s // 3600


def test_an_empty_pump_goes_on_when_it_is_filled() -> None:
    host = Host()
    host.infuse(1_000_000)
    host.run_for(H)
    assert host.status().state is PumpState.EMPTY
    assert host.refused(ClearAlarms(AlarmFlag.EMPTY_RESERVOIR)).maximum == 0
    host.run_for(S // 4)
    host.refill(40_000_000)
    host.run_for(S)
    assert host.status().state is PumpState.DELIVERING
    assert host.mechanism.speeds[-1] == (H + S, 1_000_000.0)
    assert host.status().alarms is AlarmFlag.EMPTY_RESERVOIR
    assert host.ask(ClearAlarms(AlarmFlag.EMPTY_RESERVOIR)).active == NONE


def test_a_refill_without_fluid_stays_empty() -> None:
    host = Host()
    host.infuse(1_000_000)
    host.run_for(H)
    host.commit(WriteRefill(40_000_000, 6_000_000, 180, 120))
    host.run_for(H)
    assert host.status().state is PumpState.EMPTY
    assert AlarmFlag.EMPTY_RESERVOIR in host.status().alarms


def test_a_stopped_pump_may_stand_empty_without_alarm() -> None:
    host = Host()
    host.run_for(H)
    assert host.notices == []


def test_a_stall_is_noticed_counted_back_and_ends_with_the_field() -> None:
    host = delivering(360_000)
    begin = host.status().delivered_nl
    host.run_for(100 * S + S // 2)
    host.block(True)
    host.run_for(300 * S)
    assert host.status().state is PumpState.DELIVERING
    host.run_for(S)
    stalled = host.status()
    assert (stalled.mode, stalled.state) == (PumpMode.CONTINUOUS, PumpState.STALLED)
    assert stalled.delivered_nl - begin == 101 * 100
    assert raised(host) == [(401 * S, AlarmFlag.MOTOR_STALL)]
    host.run_for(H)
    assert host.status().delivered_nl == stalled.delivered_nl
    nak = host.refused(ClearAlarms(AlarmFlag.MOTOR_STALL | AlarmFlag.LOW_BATTERY))
    assert (nak.code, nak.field) == (NakCode.CAUSE_PRESENT, FieldId.FLAGS)
    assert (nak.minimum, nak.maximum) == (0, AlarmFlag.LOW_BATTERY)
    host.run_until(5_000 * S + S // 2)
    host.block(False)
    host.run_until(5_101 * S)
    status = host.status()
    assert status.state is PumpState.DELIVERING
    assert status.delivered_nl - stalled.delivered_nl == 100 * 100
    assert status.alarms is AlarmFlag.MOTOR_STALL
    assert host.mechanism.speeds == [(0, 360_000.0)]
    assert host.ask(ClearAlarms(AlarmFlag.MOTOR_STALL)).active == NONE
    assert host.events()[2:] == [
        (401, LogEvent.MOTOR_STALL, 0),
        (401, LogEvent.ALARM_RAISED, AlarmFlag.MOTOR_STALL),
        (5_001, LogEvent.MOTOR_RECOVERED, 4_900),
        (5_101, LogEvent.ALARM_CLEARED, AlarmFlag.MOTOR_STALL),
    ]


def test_a_short_block_is_no_stall() -> None:
    host = delivering(360_000)
    for _ in range(3):
        host.block(True)
        host.run_for(299 * S)
        host.block(False)
        host.run_for(2 * S)
    assert host.notices == []


def test_a_field_between_two_ticks_is_not_seen() -> None:
    host = delivering(360_000)
    host.run_for(S // 4)
    host.block(True)
    host.run_for(S // 2)
    host.block(False)
    host.run_for(H)
    assert host.notices == []


def test_a_field_does_not_alarm_a_stopped_pump() -> None:
    host = Host()
    host.block(True)
    host.run_for(H)
    assert host.notices == []
    host.refill(40_000_000)
    host.infuse(360_000)
    host.run_for(H)
    assert raised(host) == [(H + 300 * S, AlarmFlag.MOTOR_STALL)]


def test_a_restart_into_the_same_stall_alarms_again() -> None:
    host = delivering(360_000)
    host.block(True)
    host.run_for(H)
    host.ask(AckAlarms(~NONE))
    assert host.ask(GetAlarms()).unacknowledged == NONE
    host.stop()
    host.infuse(360_000)
    host.run_for(H)
    assert raised(host) == [
        (300 * S, AlarmFlag.MOTOR_STALL),
        (H + 300 * S, AlarmFlag.MOTOR_STALL),
    ]
    assert host.ask(GetAlarms()).unacknowledged is AlarmFlag.MOTOR_STALL


def test_a_stalled_bolus_is_given_in_full() -> None:
    host = Host()
    host.refill(40_000_000)
    begin = host.status().delivered_nl
    host.bolus(600_000, 3_600)
    host.run_for(600 * S)
    host.block(True)
    host.run_for(H)
    host.block(False)
    host.run_for(3_000 * S)
    assert host.status().mode is PumpMode.STOPPED
    assert host.status().delivered_nl - begin == 600_000
    assert host.mechanism.speeds[-1] == (7_200 * S, 0.0)


def test_a_program_committed_during_a_block_is_counted_back_to_its_commit() -> None:
    host = delivering(360_000)
    host.block(True)
    host.run_for(100 * S)
    host.bolus(600_000, 3_600)
    committed = host.status().delivered_nl
    host.run_for(H)
    assert host.status().delivered_nl == committed
    host.block(False)
    host.run_for(H)
    assert host.status().delivered_nl == committed + 600_000


def test_stopped_for_too_long() -> None:
    host = Host()
    host.run_for(49 * H)
    moment = (48 * 3600 + 60) * S
    assert raised(host) == [(moment, AlarmFlag.STOPPED_TOO_LONG)]
    nak = host.refused(ClearAlarms(AlarmFlag.STOPPED_TOO_LONG))
    assert nak.code is NakCode.CAUSE_PRESENT
    host.infuse(2_000)
    host.stop()
    assert host.ask(ClearAlarms(AlarmFlag.STOPPED_TOO_LONG)).active == NONE
    host.run_for(48 * H)
    assert len(raised(host)) == 1


def test_the_48_hours_are_not_restarted_by_a_second_stop() -> None:
    host = Host()
    host.run_for(47 * H)
    host.stop()
    host.run_for(2 * H)
    assert raised(host) == [((48 * 3600 + 60) * S, AlarmFlag.STOPPED_TOO_LONG)]


def test_overdue_refill_follows_the_clock() -> None:
    host = delivering(2_000)
    late_s = CLOCK_AT_START_S + 120 * 86_400
    host.ask(SetClock(late_s - 10))
    host.run_for(H)
    assert raised(host) == [(11 * S, AlarmFlag.REFILL_OVERDUE)]
    assert host.refused(ClearAlarms(~NONE)).code is NakCode.CAUSE_PRESENT
    host.refill(40_000_000)
    assert host.ask(ClearAlarms(~NONE)).active == NONE


def test_a_notice_is_repeated_three_times_unless_received() -> None:
    host = delivering(360_000)
    host.acknowledges = False
    host.block(True)
    host.run_for(H)
    moments = [t_ns // S for t_ns, _ in host.notices]
    assert moments == [300, 305, 310, 315]
    notice = AlarmNotice(300_000, AlarmFlag.MOTOR_STALL, AlarmFlag.MOTOR_STALL, NONE)
    assert {notice for _, notice in host.notices} == {notice}


def test_clearing_is_announced() -> None:
    host = delivering(360_000)
    host.block(True)
    host.run_for(H)
    host.stop()
    host.ask(ClearAlarms(~NONE))
    assert host.notices[-1] == (
        H,
        AlarmNotice(3_600_000, NONE, NONE, AlarmFlag.MOTOR_STALL),
    )


def test_a_muted_alarm_is_never_raised_and_its_state_still_shown() -> None:
    mute = frozenset({AlarmFlag.MOTOR_STALL, AlarmFlag.LOW_RESERVOIR})
    host = delivering(360_000, PumpParameters(clock_error_ppm=0.0, mute=mute))
    host.block(True)
    host.run_for(H)
    assert host.status().state is PumpState.STALLED
    host.block(False)
    host.run_for(200 * H)
    assert [flags for _, flags in raised(host)] == [AlarmFlag.EMPTY_RESERVOIR]
    assert host.status().alarms is AlarmFlag.EMPTY_RESERVOIR


def test_nothing_to_come_is_far() -> None:
    host = Host()
    host.run_for(49 * H)
    assert host.twin.next_event_ns() == FAR


class Act(NamedTuple):
    kind: str
    wait_ns: int
    volume: int
    duration_s: int


acts = st.builds(
    Act,
    st.sampled_from(["infuse", "bolus", "bolus then", "stop", "refill", "nothing"]),
    st.integers(0, 30 * H // 60),
    st.integers(2_000, 900_000),
    st.integers(10, 600),
)


def given_nl(host_act: Act, elapsed_ns: int) -> Fraction:
    """What a program has delivered some time after its commit."""
    _, _, volume, duration_s = host_act
    if host_act.kind == "infuse":
        return Fraction(volume * elapsed_ns, H)
    bolus_nl = volume * duration_s // 3600
    bolus_ns = min(elapsed_ns, duration_s * S)
    total = Fraction(bolus_nl * bolus_ns, duration_s * S)
    if host_act.kind == "bolus then":
        total += Fraction(volume * (elapsed_ns - bolus_ns), H)
    return total


@settings(max_examples=60, deadline=None)
@given(st.lists(acts, max_size=12))
def test_any_sequence_of_commands_is_counted_like_a_model(sequence: list[Act]) -> None:
    host = Host()
    host.fill(1e12)
    count = Fraction(host.status().delivered_nl)
    content, at_refill = 0, int(count)
    running: Act | None = None
    for act in sequence:
        if act.kind in ("infuse", "bolus", "bolus then"):
            running = act
            background = act.volume if act.kind == "bolus then" else 0
            bolus_nl = act.volume * act.duration_s // 3600
            if act.kind == "infuse":
                host.infuse(act.volume)
            elif 2_000 * act.duration_s <= bolus_nl * 3600:
                host.bolus(bolus_nl, act.duration_s, background)
            else:
                host.stop()
                running = None
        elif act.kind == "stop":
            host.stop()
            running = None
        elif act.kind == "refill":
            content = act.volume * 40
            host.commit(WriteRefill(content, 0, 100, 100))
            at_refill = host.status().delivered_nl
        host.run_for(act.wait_ns)
        before = count
        if running is not None:
            count = before + given_nl(running, act.wait_ns)
            if act.kind not in ("infuse", "bolus", "bolus then"):
                running, count = None, Fraction(host.status().delivered_nl)
                host.stop()
        status = host.status()
        assert status.delivered_nl == int(count)
        assert status.reservoir_nl == max(content - (int(count) - at_refill), 0)
