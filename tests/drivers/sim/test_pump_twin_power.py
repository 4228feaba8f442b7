"""Supply and battery of the pump twin: cuts, restarts, and the end of service."""

from drivers.sim.contracts import FAR, PumpParameters
from drivers.sim.pump_defects import Defect
from protocols.pump_link.requests import (
    ClearAlarms,
    GetAlarms,
    GetClock,
    GetStatus,
    WriteProgram,
)
from protocols.pump_link.vocabulary import (
    AlarmFlag,
    LogEvent,
    NakCode,
    PumpMode,
    PumpState,
)
from tests.drivers.sim.pump_twin_host import (
    CLOCK_AT_START_S,
    DAY,
    H,
    Host,
    S,
    delivering,
    raised,
)

NONE = AlarmFlag(0)
WORN = AlarmFlag.REPLACEMENT_DUE


def defective(*defects: Defect) -> PumpParameters:
    return PumpParameters(clock_error_ppm=0.0, defects=frozenset(defects))


def cut_for(host: Host, duration_ns: int) -> None:
    host.supply(0)
    host.run_for(duration_ns)
    host.supply(2_900)


def test_without_power_the_pump_does_nothing_at_all() -> None:
    host = delivering(360_000)
    host.run_for(H)
    host.supply(0)
    assert host.mechanism.speeds[-1] == (H, 0.0)
    assert host.twin.next_event_ns() == FAR
    assert host.send(host.session.request(GetStatus())) == []
    host.run_for(100 * DAY)
    assert host.notices == []
    assert host.field.tones == []


def test_it_boots_for_two_seconds_and_takes_up_its_program() -> None:
    host = delivering(360_000)
    host.run_for(H)
    delivered_nl = host.status().delivered_nl
    cut_for(host, 10 * H)
    host.run_for(S)
    assert host.send(host.session.request(GetStatus())) == []
    host.run_for(S)
    assert host.mechanism.speeds[-1] == (11 * H + 2 * S, 360_000.0)
    host.open()
    status = host.status()
    assert (status.uptime_ms, status.mode) == (2_000, PumpMode.CONTINUOUS)
    assert status.delivered_nl == delivered_nl
    assert host.ask(GetClock()).clock_s == CLOCK_AT_START_S + 11 * 3_600 + 2
    assert raised(host) == [(11 * H + 2 * S, AlarmFlag.RESET)]
    assert host.log()[2].detail == 3_600_000
    host.run_for(100 * S)
    assert host.status().delivered_nl == delivered_nl + 100 * 100


def test_a_second_cut_during_the_boot_begins_it_anew() -> None:
    host = delivering(360_000)
    cut_for(host, S)
    host.run_for(S)
    cut_for(host, S)
    host.run_for(2 * S)
    assert raised(host) == [(5 * S, AlarmFlag.RESET)]
    assert [event for _, event, _ in _log(host)].count(LogEvent.RESET) == 1


def test_a_supply_that_is_too_weak_is_none() -> None:
    host = delivering(360_000)
    host.supply(2_000)
    assert host.status().battery_mv == 2_000
    host.supply(1_999)
    assert host.send(host.session.request(GetStatus())) == []


def test_a_cut_judges_a_stall_anew() -> None:
    host = delivering(360_000)
    host.block(True)
    host.run_for(400 * S)
    cut_for(host, S)
    host.run_for(H)
    assert raised(host) == [
        (300 * S, AlarmFlag.MOTOR_STALL),
        (403 * S, AlarmFlag.RESET),
        (703 * S, AlarmFlag.MOTOR_STALL),
    ]


def test_the_service_ends_90_days_after_the_replacement_indicator() -> None:
    host = delivering(2_000)
    host.run_for(H)
    host.supply(2_599)
    host.run_for(S)
    host.supply(2_900)
    host.run_for(90 * DAY)
    assert raised(host) == [(H, WORN), (H + 90 * DAY, AlarmFlag.END_OF_SERVICE)]
    status = host.status()
    assert (status.mode, status.state) == (PumpMode.CONTINUOUS, PumpState.ENDED)
    assert host.mechanism.speeds[-1] == (H + 90 * DAY, 0.0)
    for flag in (WORN, AlarmFlag.END_OF_SERVICE):
        assert host.refused(ClearAlarms(flag)).code is NakCode.CAUSE_PRESENT
    host.infuse(2_000)
    host.run_for(DAY)
    assert host.mechanism.speeds[-1] == (H + 90 * DAY, 0.0)
    assert raised(host)[2:] == [(H + 90 * DAY + S, AlarmFlag.END_OF_SERVICE)]


def test_the_voltage_is_looked_at_on_ticks() -> None:
    host = delivering(2_000)
    host.run_for(H + S // 4)
    host.supply(2_499)
    host.run_for(S)
    low = AlarmFlag.LOW_BATTERY
    assert raised(host) == [(H + S, low | WORN)]
    assert host.refused(ClearAlarms(low)).code is NakCode.CAUSE_PRESENT
    host.supply(2_500)
    host.run_for(S)
    assert host.ask(ClearAlarms(low)).active is WORN


def test_far_too_low_a_voltage_ends_the_service_at_once() -> None:
    host = delivering(360_000)
    host.run_for(H)
    host.supply(2_199)
    host.run_for(S)
    ((moment, flags),) = raised(host)
    assert moment == H
    assert flags == AlarmFlag.LOW_BATTERY | WORN | AlarmFlag.END_OF_SERVICE
    host.supply(2_900)
    host.run_for(H)
    assert host.status().state is PumpState.ENDED


def test_the_end_of_service_outlives_a_cut() -> None:
    host = delivering(360_000)
    host.supply(2_199)
    host.run_for(S)
    cut_for(host, S)
    host.run_for(H)
    assert host.mechanism.speeds[-1][1] == 0.0
    host.open()
    assert host.status().state is PumpState.ENDED


def test_the_service_may_end_without_power() -> None:
    host = delivering(360_000)
    host.supply(2_599)
    host.run_for(S)
    cut_for(host, 91 * DAY)
    host.run_for(3 * S)
    assert AlarmFlag.END_OF_SERVICE in raised(host)[-1][1]
    host.open()
    assert host.status().state is PumpState.ENDED


def test_a_renewed_unit_has_no_past() -> None:
    host = delivering(360_000)
    host.supply(2_199)
    host.run_for(H)
    host.mechanism.renewed = 1
    host.supply(2_900)
    assert host.ask(GetAlarms()).active is AlarmFlag.LOW_BATTERY
    host.run_for(S)
    assert host.ask(ClearAlarms(~NONE)).active == NONE
    assert host.status().state is PumpState.DELIVERING
    host.run_for(91 * DAY)
    assert AlarmFlag.END_OF_SERVICE not in host.status().alarms


def test_a_unit_that_does_not_resume() -> None:
    host = delivering(360_000, defective(Defect.NO_RESUME))
    cut_for(host, S)
    host.run_for(H)
    host.open()
    assert host.status().mode is PumpMode.STOPPED
    assert host.mechanism.speeds[-1][1] == 0.0
    assert raised(host) == [(3 * S, AlarmFlag.RESET)]


def test_what_a_unit_may_lose_at_a_cut() -> None:
    host = delivering(
        360_000, defective(Defect.COUNTER_LOST, Defect.CLOCK_LOST, Defect.LOG_LOST)
    )
    host.run_for(H)
    cut_for(host, S)
    host.run_for(3 * S)
    host.open()
    assert host.status().delivered_nl == 100
    assert host.ask(GetClock()).clock_s == 1
    assert [entry.event for entry in host.log()] == [
        LogEvent.RESET,
        LogEvent.ALARM_RAISED,
    ]


def test_a_unit_that_ends_early_and_one_that_runs_on() -> None:
    early = delivering(2_000, defective(Defect.ENDS_EARLY))
    tireless = delivering(2_000, defective(Defect.RUNS_AFTER_END))
    for host in (early, tireless):
        host.supply(2_599)
        host.run_for(91 * DAY)
    assert raised(early)[1] == (60 * DAY, AlarmFlag.END_OF_SERVICE)
    assert early.mechanism.speeds[-1] == (60 * DAY, 0.0)
    assert raised(tireless)[1] == (90 * DAY, AlarmFlag.END_OF_SERVICE)
    assert tireless.mechanism.speeds[-1][1] == 2_000.0


def test_a_staged_program_is_lost() -> None:
    host = Host()
    host.ask(WriteProgram(PumpMode.CONTINUOUS, 5_000, 0, 0))
    host.power_cycle()
    host.open()
    assert host.status().mode is PumpMode.STOPPED


def _log(host: Host) -> list[tuple[int, LogEvent, int]]:
    host.open()
    return host.events()
