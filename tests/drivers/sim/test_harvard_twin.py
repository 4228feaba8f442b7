"""The Harvard twin alone, asked by bytes typed by hand."""

from __future__ import annotations

import pytest

from drivers.sim.harvard_twin import HarvardTwin, LegatoTwin
from drivers.sim.surroundings_parameters import SurroundingsParameters
from drivers.sim.syringe_pump import SyringePumpParameters
from drivers.sim.world import World

S = 1_000_000_000


def made(address: int = 0) -> tuple[HarvardTwin, World]:
    parameters = SyringePumpParameters(flow_error=0.0, address=address)
    world = World(parameters.mechanical, SurroundingsParameters(), 1, 0)
    world.set_syringe(0, 10e6)
    return HarvardTwin(parameters, world), world


def told(twin: HarvardTwin, t_ns: int, *commands: bytes) -> bytes:
    for command in commands:
        twin.receive(t_ns, command)
    return b"".join(data for _, data in twin.take_output())


def test_answers_end_with_xon_only_when_asked_for() -> None:
    twin, _ = made()
    assert told(twin, 0, b"\r") == b"\n:"
    assert told(twin, 0, b"poll on\r") == b"\n:\x11"
    assert told(twin, 0, b"vers\r") == b"\nPHD ULTRA 3.923\r\n:\x11"
    assert told(twin, 0, b"poll remote\r", b"diam") == b"\n:\x11"
    assert told(twin, 0, b"eter\r") == b"\n14.5700 mm\r\n:\x11"
    assert told(twin, 0, b"nonsense\r", b"irate 5 furlongs\r") == (
        b"\nCommand error\r\n:\x11\nArgument error\r\n:\x11"
    )


def test_an_address_is_listened_to() -> None:
    twin, _ = made(7)
    assert told(twin, 0, b"status\r", b"8:status\r") == b""
    assert told(twin, 0, b"7:stat\r") == b"\n0 0 0 i...I\r\n07:"


def test_a_target_is_given_and_told() -> None:
    twin, world = made()
    sent = (b"irate 3.6 ml/hr\r", b"tvolume 100 ul\r", b"irun\r")
    assert told(twin, 0, *sent) == b"\n:\n:\n>"
    assert told(twin, 50 * S, b"status\r") == (
        b"\n1000000000 50 50000000000 i...I\r\n>"
    )
    while (due_ns := twin.next_event_ns()) < 1_000 * S:
        twin.advance(due_ns)
    assert told(twin, 1_000 * S, b"status\r").endswith(b" 100000000000 i...I\r\nT*")
    assert world.account(1_000 * S).reservoir_nl == pytest.approx(9.9e6, abs=150)
    assert told(twin, 1_000 * S, b"stp\r") == b"\n:"


def test_a_plunger_that_cannot_move_stalls() -> None:
    twin, world = made()
    world.set_clamp(0, closed=True)
    told(twin, 0, b"irate 36 ml/hr\r", b"irun\r")
    while (due_ns := twin.next_event_ns()) < 1_000 * S:
        twin.advance(due_ns)
    assert told(twin, 1_000 * S, b"status\r").endswith(b" i.S.I\r\n*")


def test_a_rate_beyond_its_drive_and_a_run_without_one_are_refused() -> None:
    twin, _ = made()
    assert told(twin, 0, b"irun\r") == b"\nRate not set\r\n:"
    assert b"out of range" in told(twin, 0, b"irate 999 ml/min\r")


def test_hands_and_power_act_on_it() -> None:
    twin, world = made()
    world.start_by_hand(0, 3_600_000)
    twin.advance(0)
    assert told(twin, S, b"\r") == b"\n>"
    world.set_power(10 * S, on=False)
    twin.advance(10 * S)
    assert told(twin, 20 * S, b"\r") == b""
    world.set_power(30 * S, on=True)
    twin.advance(30 * S)
    assert told(twin, 30 * S, b"status\r") == b"\n1000000000 0 0 i...I\r\n:"


def test_a_legato_says_so() -> None:
    parameters = SyringePumpParameters()
    world = World(parameters.mechanical, SurroundingsParameters(), 1, 0)
    twin = LegatoTwin(parameters, world)
    assert told(twin, 0, b"\rversion\r") == b"\n:\nKDS LEGATO 100 3.923\r\n:"
