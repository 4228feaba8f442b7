"""The liquids whose volume is found by weighing, by their density."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

from harness.errors import ConfigurationError, MeasurementRefused
from harness.metrology.arrays import Real
from harness.metrology.inputs import Input
from harness.metrology.water import water_density_kg_per_m3

_HOLDS_WITHIN_K = 1.0


class Liquid(Protocol):
    """A liquid whose density is known as a function of its temperature."""

    @property
    def name(self) -> str:
        """What the liquid is called in the report."""

    def inputs(self) -> tuple[Input, ...]:
        """What its density rests on beside the temperature, the same in all runs."""

    def check(self, temperature_c: float) -> None:
        """Refuse a temperature at which its density is not known.

        Raises:
            MeasurementRefused: it is too cold, too warm, or NaN.
        """

    def density_kg_per_m3(self, temperature_c: Real, *known: Real) -> Real:
        """Density at a temperature, numbers or arrays.

        Args:
            temperature_c: of the liquid.
            known: values of :meth:`inputs`, in their order.
        """


@dataclass(frozen=True, slots=True)
class Water:
    """Pure water, whose density is known far better than a bench can tell."""

    name: str = "water"

    def inputs(self) -> tuple[Input, ...]:
        """Nothing: the formula's own error is some millionths."""
        return ()

    def check(self, temperature_c: float) -> None:
        """Refuse a temperature outside the formula's range.

        Raises:
            MeasurementRefused: it is outside 0 to 40 °C, or NaN.
        """
        water_density_kg_per_m3(temperature_c)

    def density_kg_per_m3(self, temperature_c: Real, *known: Real) -> Real:
        """Density by the formula of Tanaka, see :mod:`harness.metrology.water`."""
        return water_density_kg_per_m3(temperature_c)


WATER: Final = Water()


@dataclass(frozen=True, slots=True)
class StatedLiquid:
    """A liquid whose density somebody has measured.

    Attributes:
        name: what it is called.
        stated_kg_per_m3: its density; ``u_kg_per_m3`` the standard uncertainty.
        at_c: the temperature at which that was measured.
        expansion_per_k: volumetric expansion; ``u_expansion_per_k`` its standard
            uncertainty. None: the density is used within 1 K of ``at_c`` only, and
            its uncertainty must cover that kelvin.
    """

    name: str
    stated_kg_per_m3: float
    u_kg_per_m3: float
    at_c: float
    expansion_per_k: float | None = None
    u_expansion_per_k: float = 0.0

    def inputs(self) -> tuple[Input, ...]:
        """Density and, where it is known, expansion."""
        density = Input(
            f"density of {self.name}",
            self.stated_kg_per_m3,
            self.u_kg_per_m3,
            "kg/m3",
            cause=f"density of {self.name}",
        )
        if self.expansion_per_k is None:
            return (density,)
        expansion = Input(
            f"expansion of {self.name}",
            self.expansion_per_k,
            self.u_expansion_per_k,
            "1/K",
            cause=f"expansion of {self.name}",
        )
        return density, expansion

    def check(self, temperature_c: float) -> None:
        """Refuse a temperature that the stated density does not hold for.

        Raises:
            MeasurementRefused: no expansion is stated, and the liquid is more than 1 K
                away from where the density was measured, or NaN.
        """
        if self.expansion_per_k is not None:
            return
        if not abs(temperature_c - self.at_c) <= _HOLDS_WITHIN_K:
            raise MeasurementRefused(
                f"{self.name} at {temperature_c:.2f} °C: its density is stated at"
                f" {self.at_c:g} °C and holds within {_HOLDS_WITHIN_K:g} K; bring the"
                " liquid to that temperature, or state its expansion in [fluid]"
            )

    def density_kg_per_m3(self, temperature_c: Real, *known: Real) -> Real:
        """Stated density over 1 + expansion times the difference in temperature."""
        if self.expansion_per_k is None:
            (density,) = known
            return density
        density, expansion = known
        return density / (1.0 + expansion * (temperature_c - self.at_c))

    def refuse_reference(self, temperature_c: float, where: str) -> None:
        """Refuse to state volumes at a temperature that the density does not reach.

        Raises:
            ConfigurationError: it is away from ``at_c``, and no expansion is stated.
        """
        is_near = abs(temperature_c - self.at_c) <= _HOLDS_WITHIN_K
        if self.expansion_per_k is None and not is_near:
            raise ConfigurationError(
                f"{where}: a volume of {self.name} at {temperature_c:g} °C needs its"
                " expansion; state it in [fluid], or write volume_at = "
                '"as measured"'
            )
