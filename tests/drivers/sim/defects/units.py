"""Defective units for the tests of the catalogue, on wire and in the world."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from drivers.sim.behaviour import behaviour_of
from drivers.sim.defects.scale import Scale
from drivers.sim.defects.seeded import SeededDefect
from drivers.sim.parts import Simulation
from drivers.sim.pump_twin import PumpTwin
from drivers.sim.surroundings_parameters import SurroundingsParameters
from drivers.sim.world import World
from harness.plans import profile
from protocols.pump_link.session import HostSession
from tests.drivers.sim.pump_twin_host import EXACT, START_NS, Host

RATE = 360_000

_PROFILES = Path(__file__).resolve().parents[4] / "test_plans" / "profiles"


def scale(pump: str = "reference-40") -> Scale:
    """The numbers of a profile."""
    return Scale(profile.load(_PROFILES / f"{pump}.toml"))


def seeded(*defects: type[SeededDefect]) -> Simulation:
    """The simulated bench of a unit with these defects, exact otherwise."""
    bench = Simulation(pump=replace(EXACT, flow_error=0.0))
    for each in defects:
        bench = each(scale()).simulation(bench)
    return bench


def unit(*defects: type[SeededDefect]) -> Host:
    """A host on the wire of a filled unit with these defects; a good one without."""
    bench = seeded(*defects)
    host = Host(bench.pump)
    behaviour = behaviour_of(bench.seeded) if bench.seeded else None
    host.twin = PumpTwin(bench.pump, host.mechanism, 1, START_NS, host.field, behaviour)
    host.session = HostSession(bench.pump.serial, 7)
    host.open()
    host.refill(40_000_000)
    return host


def delivering(*defects: type[SeededDefect], rate: int = RATE) -> Host:
    """The same, delivering at a rate in nL/h."""
    host = unit(*defects)
    host.infuse(rate)
    return host


def came_nl(host: Host, duration_ns: int) -> float:
    """Let time pass unobserved, and return what has left the reservoir meanwhile."""
    before = host.mechanism.reservoir_nl(START_NS + host.now_ns)
    host.run_for(duration_ns)
    return before - host.mechanism.reservoir_nl(START_NS + host.now_ns)


def told_and_came_nl(host: Host, duration_ns: int) -> tuple[int, float]:
    """Return what is counted in a time, by the first and the last report, and came."""
    first = host.status().delivered_nl
    came = came_nl(host, duration_ns)
    return host.status().delivered_nl - first, came


def world_of(*defects: type[SeededDefect]) -> World:
    """The world of such a unit, with a full reservoir and without flow error."""
    bench = seeded(*defects)
    around: SurroundingsParameters = bench.surroundings
    world = World(bench.pump, around, 1, START_NS)
    world.fill(START_NS, 40_000_000)
    return world
