"""The hands at the simulated bench, over the control port's lines."""

import pytest

from drivers.sim.contracts import FAR, PumpParameters, SurroundingsParameters
from drivers.sim.rig_twin import RigTwin
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
    rig = RigTwin(world)
    assert ask(rig, b"ID\r\n") == b"ID DOSEBENCH-RIG R000000001 1.0\r\n"
    assert ask(rig, b"NOW\r\n") == b"NOW 1767225601000000000\r\n"
    assert rig.next_event_ns() == FAR
    assert not rig.owes_reply()


def test_in_process_the_rig_does_not_own_time(world: World) -> None:
    answer = ask(RigTwin(world), b"UNTIL 1767225700000000000\r\n")
    assert answer.startswith(b"ERR ")


def test_hands_act_on_the_world(world: World) -> None:
    rig = RigTwin(world)
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
    rig = RigTwin(world)
    ask(rig, b"FILL 5000000\r\n")
    assert ask(rig, b"CLAMP CLOSED\r\n") == b"OK\r\n"
    world.set_motor(T0 + S, 10_000.0)
    assert world.account(T0 + 1000 * S).delivered_nl == 0.0
    rig.receive(T0 + 1000 * S, b"CLAMP OPEN\r\n")
    assert world.account(T0 + 2000 * S).delivered_nl > 2_000.0


@pytest.mark.parametrize(
    "line", [b"HELLO\r\n", b"FILL 40000001\r\n", b"FILL -1\r\n", b"\xff\r\n", b"\r\n"]
)
def test_what_cannot_be_done_is_said(world: World, line: bytes) -> None:
    before = world.revision
    assert ask(RigTwin(world), line).startswith(b"ERR ")
    assert world.revision == before
