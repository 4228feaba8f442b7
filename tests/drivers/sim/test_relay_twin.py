"""Relays that are stuck, as the switch at what they move shows them."""

from __future__ import annotations

from drivers.sim.bench_faults.bench_fault import Window
from drivers.sim.bench_faults.catalogue import BY_ID
from drivers.sim.bench_faults.meddling import Meddling
from drivers.sim.contracts import PumpParameters
from drivers.sim.relay_twin import RelayTwin
from drivers.sim.surroundings_parameters import SurroundingsParameters
from drivers.sim.world import World

S = 1_000_000_000
T0 = 1_767_225_600 * S


def ask(relay: RelayTwin, data: bytes) -> bytes:
    relay.receive(T0 + S, data)
    return b"".join(line for _, line in relay.take_output())


def relay_with(meddling: Meddling) -> tuple[RelayTwin, World]:
    world = World(PumpParameters(), SurroundingsParameters(), 1, T0)
    return RelayTwin(world, meddling), world


def test_a_relay_moves_what_it_is_wired_to() -> None:
    relay, world = relay_with(Meddling())
    assert ask(relay, b"ROUT:CLOS (@101)\nROUT:CLOS? (@101)\n") == b"1\n"
    assert world.is_clamped(T0 + S)


def test_a_stuck_clamp_stays_and_its_state_tells() -> None:
    relay, world = relay_with(BY_ID["B27"](Window()).meddling(T0))
    assert ask(relay, b"ROUT:CLOS (@101)\nROUT:CLOS? (@101)\n") == b"0\n"
    assert not world.is_clamped(T0 + S)
    assert ask(relay, b"ROUT:CLOS (@102)\nROUT:CLOS? (@102)\n") == b"1\n"
    assert world.is_magnet_there(T0 + S)
