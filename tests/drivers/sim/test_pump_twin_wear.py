"""Occlusion, memory, tube and refill entries: each alarm at its moment."""

from drivers.sim.contracts import Level, PumpParameters
from drivers.sim.pump_defects import Defect
from protocols.pump_link.requests import (
    AckAlarms,
    ClearAlarms,
    GetAlarms,
    GetService,
    WriteRefill,
)
from protocols.pump_link.vocabulary import (
    AlarmFlag,
    LogEvent,
    NakCode,
    PumpMode,
    PumpState,
)
from tests.drivers.sim.pump_twin_host import (
    H,
    Host,
    S,
    delivering,
    raised,
)

NONE = AlarmFlag(0)
BLOCKED = AlarmFlag.OCCLUSION
SENSING = PumpParameters(clock_error_ppm=0.0, occlusion_kpa=60.0)
LEVEL = PumpParameters(clock_error_ppm=0.0, level=Level.SENSOR)


def press(host: Host, kpa: float) -> None:
    host.mechanism.pressure_kpa = kpa
    host.run_for(0)


def upset(host: Host, mended: int, lost: int) -> None:
    host.mechanism.upsets = (mended, lost)
    host.run_for(0)
    host.run_for(S)


def test_an_occlusion_stops_the_motor_after_ten_seconds() -> None:
    host = delivering(360_000, SENSING)
    host.run_for(H)
    press(host, 60.0)
    host.run_for(10 * S - 1)
    assert host.status().state is PumpState.DELIVERING
    host.run_for(S)
    assert raised(host) == [(H + 10 * S, BLOCKED)]
    assert host.mechanism.speeds[-1] == (H + 10 * S, 0.0)
    assert host.status().state is PumpState.OCCLUDED
    assert host.refused(ClearAlarms(BLOCKED)).code is NakCode.CAUSE_PRESENT
    press(host, 0.0)
    host.run_for(H)
    assert host.status().state is PumpState.OCCLUDED
    assert host.ask(ClearAlarms(BLOCKED)).active == NONE
    assert host.infuse(360_000).state is PumpState.DELIVERING
    assert host.mechanism.speeds[-1][1] == 360_000.0


def test_a_line_that_stays_blocked_alarms_again_when_started() -> None:
    host = delivering(360_000, SENSING)
    press(host, 61.0)
    host.run_for(H)
    host.ask(AckAlarms(~NONE))
    assert host.infuse(360_000).state is PumpState.DELIVERING
    host.run_for(H)
    assert raised(host) == [(10 * S, BLOCKED), (H + 10 * S, BLOCKED)]
    assert host.ask(GetAlarms()).unacknowledged is BLOCKED
    assert host.status().state is PumpState.OCCLUDED


def test_a_short_pressure_and_one_below_the_limit_are_no_occlusion() -> None:
    host = delivering(360_000, SENSING)
    press(host, 59.9)
    host.run_for(H)
    press(host, 60.1)
    host.run_for(9 * S)
    press(host, 0.0)
    host.run_for(H)
    assert host.notices == []


def test_a_stopped_pump_is_not_occluded() -> None:
    host = Host(SENSING)
    press(host, 80.0)
    host.run_for(H)
    assert host.notices == []


def test_without_a_sensor_no_pressure_alarms() -> None:
    host = delivering(360_000)
    press(host, 99.0)
    host.run_for(H)
    assert host.notices == []


def test_a_critical_condition_alarms_again_whatever_was_acknowledged() -> None:
    host = delivering(360_000)
    host.block(True)
    host.run_for(H)
    host.ask(AckAlarms(~NONE))
    host.infuse(20_000)
    assert raised(host)[1:] == [(H, AlarmFlag.MOTOR_STALL)]
    host.ask(AckAlarms(~NONE))
    host.stop()
    host.run_for(H)
    assert len(raised(host)) == 2


def test_a_unit_without_a_second_alarm_appears_normal() -> None:
    silent = PumpParameters(
        clock_error_ppm=0.0,
        occlusion_kpa=60.0,
        defects=frozenset({Defect.NO_REALARM}),
    )
    host = delivering(360_000, silent)
    press(host, 61.0)
    host.run_for(H)
    host.ask(AckAlarms(~NONE))
    host.stop()
    host.ask(ClearAlarms(~NONE))
    assert host.infuse(360_000).state is PumpState.DELIVERING
    host.run_for(H)
    assert len(raised(host)) == 1
    assert host.status().alarms == NONE


def test_starting_ends_the_alarm_of_a_long_stop() -> None:
    host = Host()
    host.run_for(49 * H)
    host.infuse(2_000)
    assert raised(host) == [((48 * 3_600 + 60) * S, AlarmFlag.STOPPED_TOO_LONG)]


def test_a_mended_value_is_told_and_delivery_goes_on() -> None:
    host = delivering(360_000)
    host.run_for(H + S // 2)
    upset(host, 1, 0)
    flag = AlarmFlag.MEMORY_CORRECTED
    assert raised(host) == [(H + S, flag)]
    assert host.events()[-2:] == [
        (3_601, LogEvent.MEMORY_UPSET, 0),
        (3_601, LogEvent.ALARM_RAISED, flag),
    ]
    assert host.status().state is PumpState.DELIVERING
    assert host.ask(ClearAlarms(flag)).active == NONE
    upset(host, 2, 0)
    assert raised(host)[1][1] is flag


def test_a_lost_value_takes_the_program_with_it() -> None:
    host = delivering(360_000)
    host.run_for(H)
    upset(host, 0, 1)
    assert raised(host) == [(H, AlarmFlag.MEMORY_ERROR)]
    assert (3_600, LogEvent.MEMORY_UPSET, 1) in host.events()
    assert host.status().mode is PumpMode.STOPPED
    assert host.mechanism.speeds[-1] == (H, 0.0)
    host.infuse(360_000)
    assert host.status().state is PumpState.DELIVERING


def test_the_tube_ends_its_life_by_the_counter() -> None:
    host = delivering(360_000)
    before = host.ask(GetService())
    assert before.tube_used_nl == host.status().delivered_nl
    host.mechanism.tube = (1, 180_000)
    host.run_for(0)
    assert host.ask(GetService()).tube_used_nl == 3_000_000_000 - 180_000
    host.run_for(H)
    assert raised(host) == [(1_800 * S, AlarmFlag.TUBE_LIFE)]
    service = host.ask(GetService())
    assert (service.tube_used_nl, service.tube_life_nl) == (
        3_000_180_000,
        3_000_000_000,
    )
    assert host.status().state is PumpState.DELIVERING
    assert host.refused(ClearAlarms(~NONE)).code is NakCode.CAUSE_PRESENT


def test_a_pump_without_tube_never_ends_its_life() -> None:
    host = delivering(360_000, PumpParameters(clock_error_ppm=0.0, tube_life_nl=0))
    host.mechanism.tube = (1, 1)
    host.run_for(H)
    assert host.notices == []
    assert host.ask(GetService()).tube_used_nl == 0


def test_an_entry_that_the_level_contradicts() -> None:
    host = Host(LEVEL)
    host.fill(37_999_999.0)
    host.commit(WriteRefill(40_000_000, 2_000_000, 180, 120))
    assert raised(host) == [(0, AlarmFlag.FILL_MISMATCH)]
    assert host.refused(ClearAlarms(~NONE)).code is NakCode.CAUSE_PRESENT
    host.fill(38_000_000.0)
    host.commit(WriteRefill(40_000_000, 2_000_000, 180, 120))
    assert host.ask(ClearAlarms(~NONE)).active == NONE


def test_a_counting_pump_believes_every_entry() -> None:
    host = Host()
    host.commit(WriteRefill(40_000_000, 2_000_000, 180, 120))
    host.run_for(S)
    assert host.notices == []
