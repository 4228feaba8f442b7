"""Stalls, long stops and the notices of the pump twin's alarms."""

from drivers.sim.contracts import FAR, PumpParameters
from protocols.pump_link.replies import AlarmNotice
from protocols.pump_link.requests import (
    AckAlarms,
    ClearAlarms,
    GetAlarms,
    SetClock,
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
    H,
    Host,
    S,
    delivering,
    raised,
)

NONE = AlarmFlag(0)


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


def test_a_power_cycle_does_not_begin_the_48_hours_anew() -> None:
    host = Host()
    host.run_for(47 * H)
    host.power_cycle()
    host.run_for(49 * H)
    assert raised(host) == [
        (47 * H + 2 * S, AlarmFlag.RESET),
        (48 * H + 60 * S, AlarmFlag.STOPPED_TOO_LONG),
    ]


def test_a_power_cycle_judges_every_cause_anew() -> None:
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
    lasting = AlarmFlag.LOW_RESERVOIR | AlarmFlag.REFILL_OVERDUE
    assert [flags for _, flags in raised(host)[2:]] == [AlarmFlag.RESET, lasting] * 4


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
    host.ask(AckAlarms(~NONE))
    assert host.twin.next_event_ns() == FAR
