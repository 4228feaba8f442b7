"""What distinguishes one simulated bench from another, and what a twin is made of.

A model of the catalogue names its twin's class. The bench makes it with ``on_bench``,
so a package of somebody else's can bring a twin that shares the one world.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from drivers.sim.ambient_twin import AmbientParameters
from drivers.sim.balance_parameters import BalanceParameters
from drivers.sim.behaviour import BehaviourSource
from drivers.sim.bench_faults.meddling import Meddling, MeddlingSource
from drivers.sim.contracts import Device, PumpParameters
from drivers.sim.ear_twin import EarParameters
from drivers.sim.sounds import SoundField
from drivers.sim.surroundings_parameters import SurroundingsParameters
from drivers.sim.syringe_pump import SyringePumpParameters
from drivers.sim.world import World


@dataclass(frozen=True, slots=True)
class Simulation:
    """Everything that distinguishes one simulated bench from another."""

    pump: PumpParameters = field(default_factory=PumpParameters)
    syringe: SyringePumpParameters = field(default_factory=SyringePumpParameters)
    balance: BalanceParameters = field(default_factory=BalanceParameters)
    reference: BalanceParameters = field(
        default_factory=lambda: BalanceParameters(serial="B000000002")
    )
    surroundings: SurroundingsParameters = field(default_factory=SurroundingsParameters)
    ambient: AmbientParameters = field(default_factory=AmbientParameters)
    ear: EarParameters = field(default_factory=EarParameters)
    seed: int = 1
    seeded: tuple[BehaviourSource, ...] = ()
    """Defects of the reference pump that no parameter says."""
    bench_faults: tuple[MeddlingSource, ...] = ()
    """What is wrong with the bench and no parameter says."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What the bench hands to a twin.

    Attributes:
        name: the device's name on the bench.
        is_reference: whether it is the balance of the reference vessel.
        simulation: parameters and seed.
        world: that all devices share.
        start_ns: bench time at which its power comes on.
        sounds: the air that carries its tones; None when nobody listens.
        meddling: what befalls the balance in use.
    """

    name: str
    is_reference: bool
    simulation: Simulation
    world: World
    start_ns: int
    sounds: SoundField | None
    meddling: Meddling = field(default_factory=Meddling)


class TwinModel(Protocol):
    """The class of a twin."""

    def on_bench(self, parts: Parts) -> Device:
        """Make the twin."""


class PumpTwinModel(TwinModel, Protocol):
    """The class of a pump's twin, which says what its mechanics are like."""

    def mechanics(self, simulation: Simulation) -> PumpParameters:
        """Return the parameters by which the world moves the liquid."""
