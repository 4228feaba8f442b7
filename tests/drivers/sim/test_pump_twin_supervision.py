"""The pump twin by itself: counts, boluses, alarms and their moments."""

from fractions import Fraction
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.sim.contracts import FAR, Level, PumpParameters
from drivers.sim.pump_counter import Flow, VolumeCounter
from protocols.pump_link.replies import AlarmNotice
from protocols.pump_link.requests import (
    AckAlarms,
    ClearAlarms,
    GetAlarms,
    GetReservoir,
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
from tests.drivers.sim.pump_twin_host import (
    CLOCK_AT_START_S,
    DAY,
    EXACT,
    START_NS,
    ExactMechanism,
    H,
    Host,
    S,
)

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


def test_a_level_sensor_is_read_rarely() -> None:
    host = Host(PumpParameters(clock_error_ppm=0.0, level=Level.SENSOR))
    host.refill(40_000_000)
    host.infuse(10_000)
    host.run_for(60 * DAY)
    assert host.status().state is PumpState.DELIVERING
    host.block(True)
    host.fill(6_000_000.5)
    host.run_for(60 * DAY)
    assert host.mechanism.reads < 500
    assert AlarmFlag.LOW_RESERVOIR not in host.status().alarms


def test_a_level_sensor_is_in_time_for_a_pump_that_delivers_thrice() -> None:
    host = Host(
        PumpParameters(clock_error_ppm=0.0, level=Level.SENSOR),
        mechanism=ExactMechanism(gain=3.0),
    )
    host.refill(40_000_000)
    host.infuse(1_000_000)
    host.run_for(12 * H)
    assert raised(host) == [(34 * H // 3, AlarmFlag.LOW_RESERVOIR)]


def test_the_low_date_is_now_once_the_threshold_is_reached() -> None:
    host = delivering(1_000_000)
    host.run_for(35 * H)
    host.stop()
    reservoir = host.ask(GetReservoir())
    assert reservoir.low_clock_s == CLOCK_AT_START_S + 35 * 3600
    assert reservoir.refill_by_clock_s == reservoir.low_clock_s


def test_polling_does_not_move_an_alarm() -> None:
    host = Host(PumpParameters(clock_error_ppm=13.0, level=Level.SENSOR))
    host.refill(40_000_000)
    host.infuse(777_777)
    for _ in range(7):
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


def test_a_stop_does_not_end_the_cause_of_an_empty_reservoir() -> None:
    host = Host()
    host.infuse(1_000_000)
    host.run_for(H)
    host.stop()
    nak = host.refused(ClearAlarms(AlarmFlag.EMPTY_RESERVOIR))
    assert nak.code is NakCode.CAUSE_PRESENT
    host.fill(1e6)
    host.run_for(S)
    assert host.ask(ClearAlarms(AlarmFlag.EMPTY_RESERVOIR)).active == NONE
    assert host.ask(GetAlarms()).unacknowledged == NONE


class DryAt(ExactMechanism):
    """Runs dry one nanosecond behind a tick of a clock at half speed."""

    MOMENT_NS = START_NS + 200 * S + 1

    def reservoir_dry_at_ns(self, t_ns: int) -> int:
        return max(t_ns, self.MOMENT_NS)


def test_running_dry_just_behind_a_tick_is_seen_at_the_next() -> None:
    host = Host(PumpParameters(clock_error_ppm=-500_000.0), mechanism=DryAt())
    host.infuse(1_000_000)
    host.run_for(H)
    ((_, notice),) = host.notices
    assert notice.uptime_ms == 161_000


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


def test_a_new_program_does_not_hide_a_stall() -> None:
    host = delivering(360_000)
    host.block(True)
    host.run_for(H)
    assert host.infuse(20_000).state is PumpState.STALLED
    host.block(False)
    host.run_for(S)
    assert (3_600, LogEvent.MOTOR_RECOVERED, 3_600) in host.events()


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


def test_a_power_cycle_begins_the_48_hours_anew() -> None:
    host = Host()
    host.run_for(47 * H)
    host.power_cycle()
    host.run_for(49 * H)
    assert raised(host) == [
        (47 * H, AlarmFlag.RESET),
        (95 * H + 60 * S, AlarmFlag.STOPPED_TOO_LONG),
    ]


def test_a_power_cycle_ends_the_repetition_of_older_notices() -> None:
    host = Host()
    host.acknowledges = False
    host.refill(6_000_000)
    host.run_for(S)
    host.ask(SetClock(CLOCK_AT_START_S + 200 * 86_400))
    host.run_for(S)
    assert raised(host) == [
        (0, AlarmFlag.LOW_RESERVOIR),
        (S, AlarmFlag.REFILL_OVERDUE),
    ]
    host.power_cycle()
    host.run_for(H)
    assert [flags for _, flags in raised(host)[2:]] == [AlarmFlag.RESET] * 4


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


@given(
    st.integers(1, 10**6),
    st.integers(1, 10**13),
    st.fractions(0, 10**6),
    st.integers(0, 10**12),
)
def test_a_count_is_reached_at_its_very_first_nanosecond(
    volume_nl: int, duration_ns: int, count_nl: Fraction, since_ns: int
) -> None:
    counter = VolumeCounter(0)
    counter.set_flow(since_ns, Flow(volume_nl, duration_ns))
    reached_ns = counter.reaches_ns(count_nl)
    assert counter.exact_nl(reached_ns) >= count_nl or count_nl == 0
    assert counter.exact_nl(reached_ns - 1) < count_nl or reached_ns == 0


class Act(NamedTuple):
    """One command of a generated sequence, and the wait that follows it."""

    kind: str
    rate_nl_per_h: int
    bolus_nl: int
    bolus_s: int
    wait_ns: int


KINDS = ["infuse", "bolus", "bolus then infuse", "stop", "refill", "nothing"]
ACTS = st.builds(
    Act,
    st.sampled_from(KINDS),
    st.integers(2_000, 1_000_000),
    st.integers(2_000, 10_000),
    st.integers(36, 3_600),
    st.integers(0, 2 * H),
)


def do(host: Host, act: Act) -> None:
    if act.kind == "infuse":
        host.infuse(act.rate_nl_per_h)
    elif act.kind == "bolus":
        host.bolus(act.bolus_nl, act.bolus_s)
    elif act.kind == "bolus then infuse":
        host.bolus(act.bolus_nl, act.bolus_s, act.rate_nl_per_h)
    elif act.kind == "stop":
        host.stop()
    elif act.kind == "refill":
        host.commit(WriteRefill(4 * act.rate_nl_per_h, 0, 100, 100))


def given_nl(act: Act, lasting_ns: int) -> Fraction:
    """Return what a program delivers in the time for which it is in force."""
    if act.kind == "stop":
        return Fraction(0)
    bolus_ns = min(lasting_ns, act.bolus_s * S) if "bolus" in act.kind else 0
    bolus_nl = Fraction(act.bolus_nl * bolus_ns, act.bolus_s * S)
    if act.kind == "bolus":
        return bolus_nl
    return bolus_nl + Fraction(act.rate_nl_per_h * (lasting_ns - bolus_ns), H)


@settings(max_examples=60, deadline=None)
@given(st.lists(ACTS, max_size=12))
def test_any_sequence_of_commands_is_counted_like_a_model(sequence: list[Act]) -> None:
    host = Host()
    host.fill(1e12)
    begin_nl = host.status().delivered_nl
    content_nl, refilled_at_nl = 0, begin_nl
    programs = [Act("stop", 0, 0, 1, 0)]
    lasting_ns = [0]
    for act in sequence:
        do(host, act)
        if act.kind == "refill":
            before = sum(map(given_nl, programs, lasting_ns))
            content_nl, refilled_at_nl = 4 * act.rate_nl_per_h, int(begin_nl + before)
        elif act.kind != "nothing":
            programs.append(act)
            lasting_ns.append(0)
        host.run_for(act.wait_ns)
        lasting_ns[-1] += act.wait_ns
        count_nl = int(begin_nl + sum(map(given_nl, programs, lasting_ns)))
        status = host.status()
        assert status.delivered_nl == count_nl
        assert status.reservoir_nl == max(content_nl - count_nl + refilled_at_nl, 0)
