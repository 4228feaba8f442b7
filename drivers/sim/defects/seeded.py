"""What every seeded defect says of itself, and how it gets into a simulated unit."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, Final

from drivers.sim.behaviour import Behaviour
from drivers.sim.contracts import PumpParameters
from drivers.sim.defects.scale import Scale
from drivers.sim.parts import Simulation

IMPLANTED: Final = "reference-40"
"""The profile on which a defect is tried unless it needs another pump."""


class SeededDefect:
    """One fault of one unit: it changes one behaviour, by one of three methods.

    A class overrides :meth:`pump` where a parameter says the fault, :meth:`simulation`
    where it lies round the pump, and :meth:`behaviour` where firmware or motor act
    wrongly. An instance belongs to one simulated unit.

    Args:
        scale: the profile of the pump, by which magnitudes are measured.

    Attributes:
        id: short and stable; the catalogue's begin with the letter of their family.
        title: the fault in a few words.
        source: a recall or notice, or "engineering".
        telemetry: what the pump says while it is so.
        bench: what scale and alarm outputs say.
        requirement: the requirement whose verdict must be FAIL.
        profiles: names of the profiles of the pumps that can have it, the one that is
            tried first.
    """

    id: ClassVar[str]
    title: ClassVar[str]
    source: ClassVar[str]
    telemetry: ClassVar[str]
    bench: ClassVar[str]
    requirement: ClassVar[str]
    profiles: ClassVar[tuple[str, ...]] = (IMPLANTED, "reference-20", "valve-20")

    def __init__(self, scale: Scale) -> None:
        self.scale = scale

    def simulation(self, good: Simulation) -> Simulation:
        """Return the bench with this unit on it, behaviour included."""
        seeded = (*good.seeded, self)
        return replace(good, pump=self.pump(good.pump), seeded=seeded)

    def pump(self, good: PumpParameters) -> PumpParameters:
        """Return the parameters of the unit."""
        return good

    def behaviour(self) -> Behaviour:
        """Return how the unit behaves, from its making on."""
        return Behaviour()
