"""The vessel on the balance, and the one beside it that only evaporates.

The liquid keeps the density of its mean temperature, so that the mass delivered stays a
closed form of the volume; half a kelvin would change it by a ten-thousandth.
"""

from __future__ import annotations

from typing import Final

from drivers.sim.fluids import water_density_kg_per_m3
from drivers.sim.room import Case, Room
from drivers.sim.surroundings_parameters import SurroundingsParameters

_GLASS_KG_PER_M3: Final = 2_500.0
_WEIGHTS_KG_PER_M3: Final = 8_000.0
_SYRINGE_GLASS_NG: Final = 40e9


class Vessel:
    """Liquid in the vessel, counted from its starting content.

    Every method takes the volume that the line has delivered by the moment asked for.
    Evaporation does not end when the vessel is dry.

    Args:
        surroundings: vessel, needle and room.
        case: the case that runs first.

    Attributes:
        density_kg_per_m3: of the liquid; also nanograms per nanolitre.
        room: the surroundings of the case that runs.
        withdrawn_nl: poured in from the reservoir so far.
        removed_ng: taken out by hand so far; negative when liquid had to be added.
        syringe_nl: what a syringe beside the vessel holds; None while none is there.
        weight_ng: conventional mass of a check weight beside the vessel.
    """

    def __init__(self, surroundings: SurroundingsParameters, case: Case) -> None:
        given = surroundings.liquid_density_kg_per_m3
        water = water_density_kg_per_m3(surroundings.liquid_temperature_c)
        self.density_kg_per_m3 = water if given is None else given
        self.withdrawn_nl = 0.0
        self.removed_ng = 0.0
        self.syringe_nl: float | None = None
        self.weight_ng = 0.0
        self._surroundings = surroundings
        self._needle_factor = _needle_factor(surroundings)
        self.room = Room(surroundings, case)
        self._evaporated_before_ng = 0.0
        self._delivered_before_nl = 0.0

    def begin_case(self, case: Case, delivered_nl: float) -> None:
        """Begin another case; no liquid moves."""
        self._evaporated_before_ng = self.evaporated_ng(case.began_ns)
        self._delivered_before_nl = delivered_nl
        self.room = Room(self._surroundings, case)

    def empty(self, t_ns: int, delivered_nl: float) -> None:
        """Take out what exceeds the starting content, or add what lacks."""
        self.removed_ng += self.excess_ng(t_ns, delivered_nl)

    def evaporated_ng(self, t_ns: int) -> float:
        """Return the mass lost to the air since the start."""
        return self._evaporated_before_ng + self.room.evaporated_ng(t_ns)

    def excess_ng(self, t_ns: int, delivered_nl: float) -> float:
        """Return the mass of liquid above the starting content."""
        liquid_ng = self.density_kg_per_m3 * (delivered_nl + self.withdrawn_nl)
        return liquid_ng - self.evaporated_ng(t_ns) - self.removed_ng

    def pan_ng(self, t_ns: int, delivered_nl: float) -> float:
        """Return what a perfect balance shows for everything on its pan.

        The pan also carries the liquid that the needle displaces and the pull of the
        meniscus.
        """
        given = self._surroundings
        excess_ng = self.excess_ng(t_ns, delivered_nl) * self._needle_factor
        glass_ng = given.vessel_glass_ng
        liquid_ng = given.vessel_content_ng + excess_ng
        if self.syringe_nl is not None:
            glass_ng += _SYRINGE_GLASS_NG
            liquid_ng += self.density_kg_per_m3 * self.syringe_nl
        # Rounding may put the very beginning of a case a hair below its first step.
        risen_nl = max(0.0, delivered_nl - self._delivered_before_nl)
        pull_ng = self.room.meniscus_pull_ng(risen_nl)
        air = self.room.air_kg_per_m3(t_ns)
        shown_ng = _shown_ng(glass_ng, liquid_ng, self.density_kg_per_m3, air)
        # A weight of 8000 kg/m3 shows its conventional mass in any air.
        return shown_ng + pull_ng + self.weight_ng

    def reference_ng(self, t_ns: int) -> float:
        """Return the same of a vessel like this one, closed off, that only evaporates.

        It stands on a balance of its own, and nobody touches it.
        """
        given = self._surroundings
        lost_ng = (1.0 + given.reference_mismatch) * self.evaporated_ng(t_ns)
        liquid_ng = given.vessel_content_ng - lost_ng
        air = self.room.air_kg_per_m3(t_ns)
        return _shown_ng(given.vessel_glass_ng, liquid_ng, self.density_kg_per_m3, air)


def _shown_ng(
    glass_ng: float, liquid_ng: float, liquid_kg_per_m3: float, air_kg_per_m3: float
) -> float:
    """Return what a balance shows whose scale weights of 8000 kg/m3 define.

    Glass and liquid have their buoyancy in the air of the moment.
    """
    glass_ng *= 1.0 - air_kg_per_m3 / _GLASS_KG_PER_M3
    liquid_ng *= 1.0 - air_kg_per_m3 / liquid_kg_per_m3
    return (glass_ng + liquid_ng) / (1.0 - air_kg_per_m3 / _WEIGHTS_KG_PER_M3)


def _needle_factor(surroundings: SurroundingsParameters) -> float:
    """Return by how much the reading grows faster than the mass of the liquid.

    A needle of section A_n, held from outside in a vessel of section A_v, displaces
    liquid as the level rises: reading = mass A_v / (A_v - A_n).
    """
    ratio = surroundings.needle_outer_mm / surroundings.vessel_inner_mm
    return 1.0 / (1.0 - ratio * ratio)
