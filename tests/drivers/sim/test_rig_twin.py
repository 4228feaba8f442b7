"""The hands at the simulated bench, over the control port's lines."""

import numpy as np
import pytest

from drivers.sim.contracts import FAR, PumpParameters
from drivers.sim.rig_twin import RigTwin
from drivers.sim.sounds import SoundField
from drivers.sim.surroundings_parameters import SurroundingsParameters
from drivers.sim.world import World

S = 1_000_000_000
T0 = 1_767_225_600 * S


@pytest.fixture
def world() -> World:
    return World(PumpParameters(flow_error=0.0), SurroundingsParameters(), 1, T0)


def ask(rig: RigTwin, data: bytes) -> bytes:
    rig.receive(T0 + S, data)
    output = rig.take_output()
    assert all(t_ns == T0 + S for t_ns, _ in output)
    return b"".join(line for _, line in output)


def test_identity_and_time(world: World) -> None:
    rig = RigTwin(world, SoundField())
    assert ask(rig, b"ID\r\n") == b"ID DOSEBENCH-RIG R000000001 1.0\r\n"
    assert ask(rig, b"NOW\r\n") == b"NOW 1767225601000000000\r\n"
    assert rig.next_event_ns() == FAR
    assert not rig.owes_reply()


def test_in_process_the_rig_does_not_own_time(world: World) -> None:
    answer = ask(RigTwin(world, SoundField()), b"UNTIL 1767225700000000000\r\n")
    assert answer.startswith(b"ERR ")


def test_hands_act_on_the_world(world: World) -> None:
    rig = RigTwin(world, SoundField())
    assert ask(rig, b"FILL 5000000\r\n") == b"OK\r\n"
    assert world.reservoir_nl(T0 + S) == 5_000_000
    assert ask(rig, b"MAGNET ON\r\n") == b"OK\r\n"
    assert world.is_rotor_blocked(T0 + S)
    assert ask(rig, b"MAGNET OFF\r\n") == b"OK\r\n"
    assert not world.is_rotor_blocked(T0 + S)
    assert ask(rig, b"WITHDRAW\r\n") == b"OK\r\n"
    assert world.account(T0 + S).withdrawn_nl == 5_000_000
    assert ask(rig, b"EMPTY\r\n") == b"OK\r\n"
    assert world.account(T0 + S).vessel_ng == 0.0
    assert ask(rig, b"CASE REQ-1/slow\r\n") == b"OK\r\n"
    assert world.case.case_id == "REQ-1/slow"
    assert world.case.began_ns == T0 + S


def test_the_clamp_holds_the_line(world: World) -> None:
    rig = RigTwin(world, SoundField())
    ask(rig, b"FILL 5000000\r\n")
    assert ask(rig, b"CLAMP CLOSED\r\n") == b"OK\r\n"
    world.set_motor(T0 + S, 10_000.0)
    assert world.account(T0 + 1000 * S).delivered_nl == 0.0
    rig.receive(T0 + 1000 * S, b"CLAMP OPEN\r\n")
    assert world.account(T0 + 2000 * S).delivered_nl > 2_000.0


def test_surroundings_act_on_the_world(world: World) -> None:
    rig = RigTwin(world, SoundField())
    for line in (b"SUPPLY 2450", b"PRESSURE 10000", b"TEMPERATURE 310150"):
        assert ask(rig, line + b"\r\n") == b"OK\r\n"
    assert world.supply_mv(T0 + S) == 2_450
    assert ask(rig, b"POWER OFF\r\n") == b"OK\r\n"
    assert world.supply_mv(T0 + S) == 0
    assert ask(rig, b"POWER ON\r\n") == b"OK\r\n"
    assert world.supply_mv(T0 + S) == 2_450
    # The source gives 3 % more than its set point.
    assert ask(rig, b"GAUGE\r\n") == b"PRESSURE 10300\r\n"
    assert ask(rig, b"PRESSURE -10000\r\n") == b"OK\r\n"
    assert ask(rig, b"GAUGE\r\n") == b"PRESSURE -10300\r\n"
    assert world._conditions.temperature_c == pytest.approx(37.0)
    assert ask(rig, b"ALTITUDE 70000\r\n") == b"OK\r\n"
    assert world._conditions.ambient_pa == 70_000


def test_sensors_show_the_world_and_not_what_the_rig_was_told(world: World) -> None:
    rig = RigTwin(world, SoundField())
    shown = b"SENSED OPEN AWAY 0000002900 0000293150 0000101325 0000000000\r\n"
    assert ask(rig, b"SENSORS\r\n") == shown
    world.set_clamp(T0 + S, True)
    world.set_magnet(T0 + S, True)
    world.set_supply(T0 + S, 2_450)
    world.set_temperature(T0 + S, 37.0)
    world.set_ambient_pressure(T0 + S, 70_000)
    world.fill(T0 + S, 5_000_000.0)
    shown = b"SENSED SHUT NEAR 0000002450 0000310150 0000070000 0005000000\r\n"
    assert ask(rig, b"SENSORS\r\n") == shown
    world.set_power(T0 + S, False)
    assert ask(rig, b"SENSORS\r\n").split()[3] == b"0000000000"


def test_what_no_hand_can_do(world: World) -> None:
    rig = RigTwin(world, SoundField())
    assert ask(rig, b"UPSET MENDED\r\n") == b"OK\r\n"
    assert ask(rig, b"UPSET LOST\r\n") == b"OK\r\n"
    assert world.memory_upsets(T0 + S) == (1, 1)
    assert ask(rig, b"TUBE 1500\r\n") == b"OK\r\n"
    assert world.tube_setting(T0 + S)[1] == 1_500
    before = world.renewals(T0 + S)
    assert ask(rig, b"RENEW\r\n") == b"OK\r\n"
    assert world.renewals(T0 + S) == before + 1


def test_a_pocket_fill_never_reaches_the_reservoir(world: World) -> None:
    rig = RigTwin(world, SoundField())
    assert ask(rig, b"POCKET 2000000\r\n") == b"OK\r\n"
    assert world.reservoir_nl(T0 + S) == 0


def test_the_syringe_stands_on_the_pan_until_it_is_taken_off(world: World) -> None:
    rig = RigTwin(world, SoundField())
    alone_ng = world.pan_ng(T0 + S)
    assert ask(rig, b"SYRINGE 1000000\r\n") == b"OK\r\n"
    full_ng = world.pan_ng(T0 + S)
    assert ask(rig, b"SYRINGE 0\r\n") == b"OK\r\n"
    assert full_ng - world.pan_ng(T0 + S) == pytest.approx(1e9, rel=0.01)
    assert ask(rig, b"SYRINGE OFF\r\n") == b"OK\r\n"
    assert world.pan_ng(T0 + S) == alone_ng


def test_the_reference_tone_sounds_at_once(world: World) -> None:
    field = SoundField()
    assert ask(RigTwin(world, field), b"BEEP\r\n") == b"OK\r\n"
    moments = T0 + S + np.arange(0, 250_000_000, 31_250_000)
    loud = np.abs(field.pressure(moments + 10_000)) > 0.001
    # 200 ms, with ramps at either end.
    assert loud.tolist() == [False, True, True, True, True, True, True, False]


@pytest.mark.parametrize(
    "line",
    [
        b"PRESSURE 99999999\r\n",
        b"SUPPLY -1\r\n",
        b"HELLO\r\n",
        b"FILL 40000001\r\n",
        b"FILL -1\r\n",
        b"\xff\r\n",
        b"\r\n",
    ],
)
def test_what_cannot_be_done_is_said(world: World, line: bytes) -> None:
    before = world.revision
    assert ask(RigTwin(world, SoundField()), line).startswith(b"ERR ")
    assert world.revision == before
