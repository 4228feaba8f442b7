"""Parameters of the simulated syringe pumps: one drive, whatever language it speaks.

Magnitudes are those of a bench syringe pump with a stepping motor [G]: the plunger is
moved in small steps, and the drive gives way where the force is too great.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Annotated

from drivers.sim.contracts import PumpParameters


class SyringeDefect(Enum):
    """What a defective unit does wrong, beside its parameters."""

    IGNORES_STOP = "ignores stop"
    """It says that it has stopped, and goes on."""


@dataclass(frozen=True, slots=True)
class SyringePumpParameters:
    """One syringe pump with its syringe in place."""

    model: str = "NE1000"
    serial: str = "S000000001"
    firmware: str = "3.923"
    address: int = 0
    diameter_um: Annotated[int, "um"] = 14_570
    """Inner diameter that is set at the pump; 14.57 mm is a 10 mL syringe [G]."""
    capacity_nl: Annotated[int, "nL"] = 60_000_000
    """Of the largest syringe that fits."""
    flow_error: Annotated[float | None, "1"] = None
    """Share by which it really delivers more; None draws it from the seed."""
    unit_tolerance: Annotated[float, "1"] = 0.01
    """Half the width from which ``flow_error`` is drawn, uniformly [G]."""
    step_nl: Annotated[int, "nL"] = 100
    """Volume of one turn of the drive, in which its flow rises and falls."""
    ripple: Annotated[float, "1"] = 0.1
    back_pressure_per_kpa: Annotated[float, "kPa^-1"] = 0.000_1
    stall_detection_s: Annotated[float, "s"] = 2.0
    """How long the plunger must stand still before the pump notices [I]."""
    defects: frozenset[SyringeDefect] = frozenset()

    @property
    def mechanical(self) -> PumpParameters:
        """The same for the world, in which every pump has a reservoir."""
        return PumpParameters(
            capacity_nl=self.capacity_nl,
            flow_error=self.flow_error,
            unit_tolerance=self.unit_tolerance,
            pulse_volume_nl=self.step_nl,
            ripple=self.ripple,
            back_pressure_per_kpa=self.back_pressure_per_kpa,
            temperature_per_k=0.0,
            ambient_per_kpa=0.0,
            magnet_holds=False,
        )
