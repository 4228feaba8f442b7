"""Builds the simulated bench: the reference pump and what stands round it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from drivers.sim.ambient_twin import AmbientTwin
from drivers.sim.balance_twin import BalanceTwin
from drivers.sim.bench import SimulatedBench
from drivers.sim.bench_faults.meddling import meddling_of
from drivers.sim.contracts import Device
from drivers.sim.ear_twin import EarTwin
from drivers.sim.parts import Parts, PumpTwinModel, Simulation, TwinModel
from drivers.sim.pump_twin import PumpTwin
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


class Twins(NamedTuple):
    """Which models stand on the bench where several can."""

    pump: PumpTwinModel = PumpTwin
    balance: TwinModel = BalanceTwin
    reference: TwinModel = BalanceTwin


REFERENCE_TWINS: Final = Twins()


def build(
    simulation: Simulation,
    clock: VirtualClock,
    lines: Mapping[str, LineSettings] = DEFAULT_LINES,
    prefix: str = "",
    twins: Twins = REFERENCE_TWINS,
) -> SimulatedBench:
    """Return a bench whose power comes on at the clock's present time.

    Args:
        simulation: parameters and seed.
        clock: of the bench.
        lines: settings by device. Pump, balance and rig are there without being named,
            the others only if they are.
        prefix: put before the endpoint names, which are those of the devices, so that
            one process can have several benches.
        twins: models of pump and balances.
    """
    start_ns = clock.now_ns()
    seed = simulation.seed
    mechanics = twins.pump.mechanics(simulation)
    meddling = meddling_of(simulation.bench_faults, start_ns)
    world = World(mechanics, simulation.surroundings, seed, start_ns, meddling)

    def stirred() -> None:
        world.revision += 1

    sounds = SoundField(stirred)
    heard = sounds if EAR in lines else None

    def made(model: TwinModel, name: str) -> Device:
        return model.on_bench(
            Parts(name, name == REFERENCE, simulation, world, start_ns, heard, meddling)
        )

    devices: dict[str, Device] = {
        PUMP: made(twins.pump, PUMP),
        BALANCE: made(twins.balance, BALANCE),
        RIG: RigTwin(world, sounds, meddling),
    }
    if EAR in lines:
        devices[EAR] = EarTwin(simulation.ear, sounds, seed, start_ns, meddling.hears)
    if RELAY in lines:
        devices[RELAY] = RelayTwin(world, meddling)
    if AMBIENT in lines:
        devices[AMBIENT] = AmbientTwin(simulation.ambient, world, seed)
    if REFERENCE in lines:
        devices[REFERENCE] = made(twins.reference, REFERENCE)
    settings = {**DEFAULT_LINES, **lines}
    return SimulatedBench(
        clock,
        world,
        {prefix + name: (device, settings[name]) for name, device in devices.items()},
    )
