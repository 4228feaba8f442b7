"""Builds the simulated bench for the reference pump, its balance and its rig."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from drivers.sim.balance_twin import BalanceTwin
from drivers.sim.bench import SimulatedBench
from drivers.sim.contracts import (
    BalanceParameters,
    Device,
    PumpParameters,
    SurroundingsParameters,
)
from drivers.sim.pump_twin import PumpTwin
from drivers.sim.rig_twin import RigTwin
from drivers.sim.world import World
from harness.clock import VirtualClock
from harness.ports.base import LineSettings

PUMP: Final = "pump"
BALANCE: Final = "balance"
RIG: Final = "rig"
DEFAULT_LINES: Final = MappingProxyType(
    {
        PUMP: LineSettings(baud=115_200),
        BALANCE: LineSettings(baud=9_600),
        RIG: LineSettings(baud=115_200),
    }
)


@dataclass(frozen=True, slots=True)
class Simulation:
    """Everything that distinguishes one simulated bench from another."""

    pump: PumpParameters = field(default_factory=PumpParameters)
    balance: BalanceParameters = field(default_factory=BalanceParameters)
    surroundings: SurroundingsParameters = field(default_factory=SurroundingsParameters)
    seed: int = 1


def build(
    simulation: Simulation,
    clock: VirtualClock,
    lines: Mapping[str, LineSettings] = DEFAULT_LINES,
    prefix: str = "",
) -> SimulatedBench:
    """Return a bench whose power comes on at the clock's present time.

    Args:
        simulation: parameters and seed.
        clock: of the bench.
        lines: settings for the lines that differ from the default, by device.
        prefix: put before the endpoint names ``pump``, ``balance`` and ``rig``, so that
            one process can have several benches.
    """
    start_ns = clock.now_ns()
    seed = simulation.seed
    world = World(simulation.pump, simulation.surroundings, seed, start_ns)
    devices: dict[str, Device] = {
        PUMP: PumpTwin(simulation.pump, world, seed, start_ns),
        BALANCE: BalanceTwin(simulation.balance, world, start_ns),
        RIG: RigTwin(world),
    }
    settings = {**DEFAULT_LINES, **lines}
    return SimulatedBench(
        clock,
        world,
        {prefix + name: (device, settings[name]) for name, device in devices.items()},
    )
