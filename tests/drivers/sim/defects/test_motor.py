"""What units of family M tell and do, on the wire and in the world."""

from __future__ import annotations

from drivers.sim.defects.motor import (
    DumpsInField,
    LateRestart,
    LateStallAlarm,
    PermanentStall,
    SpontaneousReset,
    StallNeverNoted,
    SuspendedUntilAsked,
)
from drivers.sim.defects.seeded import SeededDefect
from protocols.pump_link.vocabulary import AlarmFlag, LogEvent, PumpMode, PumpState
from tests.drivers.sim.defects.units import (
    RATE,
    came_nl,
    delivering,
    told_and_came_nl,
    world_of,
)
from tests.drivers.sim.pump_twin_host import START_NS, H, Host, S

MIN = 60 * S


def freed(*defects: type[SeededDefect]) -> Host:
    """A unit whose rotor a magnet held for a quarter of an hour."""
    host = delivering(*defects)
    host.block(True)
    host.run_for(15 * MIN)
    host.block(False)
    return host


def test_a_permanent_stall_is_seen_by_weight_alone() -> None:
    host = delivering(PermanentStall)
    assert round(came_nl(host, 2 * H)) == 2 * RATE
    assert told_and_came_nl(host, 3 * H) == (3 * RATE, 0.0)
    assert host.status().state is PumpState.DELIVERING
    assert round(came_nl(delivering(), 5 * H)) == 5 * RATE


def test_a_late_stall_alarm_comes_hours_after_a_good_units() -> None:
    flags = []
    for host in (delivering(LateStallAlarm), delivering()):
        host.block(True)
        host.run_for(H)
        flags.append(AlarmFlag.MOTOR_STALL in host.status().alarms)
        host.run_for(3 * H)
        assert AlarmFlag.MOTOR_STALL in host.status().alarms
    assert flags == [False, True]


def test_a_late_restart_counts_and_gives_nothing_for_twice_the_limit() -> None:
    host = freed(LateRestart)
    host.run_for(2 * S)
    assert told_and_came_nl(host, H - 3 * S) == (RATE - 300, 0.0)
    assert host.status().state is PumpState.DELIVERING
    host.run_for(3 * S)
    assert round(came_nl(host, H)) == RATE
    assert round(came_nl(freed(), H), -3) == RATE


def test_a_stall_that_is_never_noted_leaves_no_trace() -> None:
    host = delivering(StallNeverNoted)
    host.block(True)
    assert told_and_came_nl(host, H) == (RATE, 0.0)
    status = host.status()
    assert (status.state, status.alarms) == (PumpState.DELIVERING, AlarmFlag(0))
    assert LogEvent.MOTOR_STALL not in [entry.event for entry in host.log()]
    assert LogEvent.MOTOR_STALL in [entry.event for entry in freed().log()]


def test_the_question_cures_a_suspended_unit() -> None:
    host = freed(SuspendedUntilAsked)
    host.run_for(2 * S)
    assert came_nl(host, 5 * H) == 0.0
    assert host.status().state is PumpState.DELIVERING
    assert round(came_nl(host, H)) == RATE
    assert round(came_nl(freed(), H), -3) == RATE


def test_a_field_lets_millilitres_out_while_it_lasts() -> None:
    for defects, most in (((DumpsInField,), 2_100_000), ((), 1)):
        world = world_of(*defects)
        world.set_magnet(START_NS, True)
        world.set_magnet(START_NS + 3 * MIN, False)
        came = world.account(START_NS + H).delivered_nl
        assert 0.9 * most < came + 0.95 < most


def test_a_reset_ends_the_program_and_the_session() -> None:
    host = delivering(SpontaneousReset)
    host.run_for(3 * H + 10 * S)
    host.open()
    status = host.status()
    assert (status.mode, status.state) == (PumpMode.STOPPED, PumpState.STOPPED)
    assert AlarmFlag.RESET in status.alarms
    entries = {entry.event: entry for entry in host.log()}
    assert entries[LogEvent.RESET].uptime_ms < 10_000
    assert came_nl(host, 5 * H) == 0.0
    good = delivering()
    good.run_for(7 * H)
    assert good.status().mode is PumpMode.CONTINUOUS
