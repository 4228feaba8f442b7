"""Motors that stand or turn back by themselves, seen at the rotor."""

from drivers.sim.contracts import PumpParameters
from drivers.sim.pump_defects import Defect
from protocols.pump_link.requests import AckAlarms, GetStatus
from protocols.pump_link.vocabulary import AlarmFlag, PumpState
from tests.drivers.sim.pump_twin_host import H, Host, S, delivering

NONE = AlarmFlag(0)


def unit(defect: Defect) -> Host:
    return delivering(
        360_000, PumpParameters(clock_error_ppm=0.0, defects=frozenset({defect}))
    )


def hold(host: Host, duration_ns: int) -> None:
    host.block(True)
    host.run_for(duration_ns)
    host.block(False)


def test_a_motor_that_turns_back_for_two_minutes_each_hour() -> None:
    host = unit(Defect.REVERSES)
    host.run_for(2 * H)
    assert host.mechanism.speeds == [
        (0, 360_000.0),
        (58 * 60 * S, -360_000.0),
        (H, 360_000.0),
        (H + 58 * 60 * S, -360_000.0),
        (2 * H, 360_000.0),
    ]


def test_a_wandering_flow_is_right_in_the_mean() -> None:
    host = unit(Defect.WANDERS)
    host.run_for(18 * H)
    assert host.mechanism.speeds == [
        (0, 450_000.0),
        (6 * H, 270_000.0),
        (12 * H, 450_000.0),
        (18 * H, 270_000.0),
    ]


def test_a_late_restart_after_a_stall_is_not_known_to_the_pump() -> None:
    host = unit(Defect.LATE_AFTER_STALL)
    hold(host, 600 * S)
    host.run_for(2 * H)
    assert host.mechanism.speeds[1:] == [
        (600 * S, 0.0),
        (600 * S + H, 360_000.0),
    ]
    assert host.status().state is PumpState.DELIVERING


def test_a_suspended_motor_is_cured_by_looking_at_it() -> None:
    host = unit(Defect.SUSPENDED_UNTIL_ASKED)
    hold(host, 600 * S)
    host.run_for(5 * H)
    assert host.mechanism.speeds[-1] == (600 * S, 0.0)
    host.status()
    assert host.mechanism.speeds[-1] == (600 * S + 5 * H, 360_000.0)


def test_it_is_suspended_only_while_an_alarm_sounds() -> None:
    host = unit(Defect.SUSPENDED_UNTIL_ASKED)
    host.block(True)
    host.run_for(400 * S)
    host.ask(AckAlarms(~NONE))
    host.run_for(200 * S)
    host.block(False)
    host.run_for(H)
    assert host.mechanism.speeds == [(0, 360_000.0)]


def test_a_motor_that_stops_unheard_goes_on_when_asked() -> None:
    host = unit(Defect.STOPS_UNHEARD)
    host.run_for(3_000 * S)
    host.status()
    host.run_for(3 * H)
    assert host.mechanism.speeds[1:] == [(3_000 * S + H, 0.0)]
    host.status()
    assert host.mechanism.speeds[-1] == (3_000 * S + 3 * H, 360_000.0)


def test_a_unit_that_freezes_on_noise_answers_after_a_cut_only() -> None:
    host = unit(Defect.FREEZES_ON_NOISE)
    host.send(bytes(63))
    host.status()
    host.send(bytes(1))
    assert host.send(host.session.request(GetStatus())) == []
    host.run_for(H)
    assert host.mechanism.speeds == [(0, 360_000.0)]
    host.power_cycle()
    host.open()
    assert host.status().state is PumpState.DELIVERING


def test_a_healthy_unit_bears_noise() -> None:
    host = delivering(360_000)
    host.send(bytes(range(1, 251)) * 8)
    host.run_for(S)
    assert host.status().state is PumpState.DELIVERING
