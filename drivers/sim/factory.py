"""Builds the simulated bench: the reference pump and what stands round it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from drivers.sim.ambient_twin import AmbientParameters, AmbientTwin
from drivers.sim.balance_twin import BalanceTwin
from drivers.sim.bench import SimulatedBench
from drivers.sim.contracts import (
    BalanceParameters,
    Device,
    PumpParameters,
    SurroundingsParameters,
)
from drivers.sim.ear_twin import EarParameters, EarTwin
from drivers.sim.pump_twin import PumpTwin
from drivers.sim.reference_pan import ReferencePan
from drivers.sim.relay_twin import RelayTwin
from drivers.sim.rig_twin import RigTwin
from drivers.sim.sounds import SoundField
from drivers.sim.world import World
from harness.clock import VirtualClock
from harness.ports.base import LineSettings

PUMP: Final = "pump"
BALANCE: Final = "balance"
RIG: Final = "rig"
EAR: Final = "ear"
RELAY: Final = "relay"
AMBIENT: Final = "ambient"
REFERENCE: Final = "reference"
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
    reference: BalanceParameters = field(
        default_factory=lambda: BalanceParameters(serial="B000000002")
    )
    surroundings: SurroundingsParameters = field(default_factory=SurroundingsParameters)
    ambient: AmbientParameters = field(default_factory=AmbientParameters)
    ear: EarParameters = field(default_factory=EarParameters)
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
        lines: settings by device. Pump, balance and rig are there without being named,
            the others only if they are.
        prefix: put before the endpoint names, which are those of the devices, so that
            one process can have several benches.
    """
    start_ns = clock.now_ns()
    seed = simulation.seed
    world = World(simulation.pump, simulation.surroundings, seed, start_ns)

    def stirred() -> None:
        world.revision += 1

    sounds = SoundField(stirred)
    heard = sounds if EAR in lines else None
    devices: dict[str, Device] = {
        PUMP: PumpTwin(simulation.pump, world, seed, start_ns, heard),
        BALANCE: BalanceTwin(simulation.balance, world, start_ns),
        RIG: RigTwin(world, sounds),
    }
    if EAR in lines:
        devices[EAR] = EarTwin(simulation.ear, sounds, seed, start_ns)
    if RELAY in lines:
        devices[RELAY] = RelayTwin(world)
    if AMBIENT in lines:
        devices[AMBIENT] = AmbientTwin(simulation.ambient, world, seed)
    if REFERENCE in lines:
        pan = ReferencePan(world, start_ns)
        devices[REFERENCE] = BalanceTwin(simulation.reference, pan, start_ns, REFERENCE)
    settings = {**DEFAULT_LINES, **lines}
    return SimulatedBench(
        clock,
        world,
        {prefix + name: (device, settings[name]) for name, device in devices.items()},
    )
