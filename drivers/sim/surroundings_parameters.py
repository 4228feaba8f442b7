"""The parameters of what surrounds a simulated pump: line, vessel, room.

Units and marks of the sources are those of :mod:`drivers.sim.contracts`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from drivers.sim.parameter_limits import require


@dataclass(frozen=True, slots=True)
class SurroundingsParameters:
    """The line, the vessel on the balance, and the room."""

    liquid_temperature_c: Annotated[float, "degC"] = 20.0
    air_temperature_c: Annotated[float, "degC"] = 20.0
    pressure_hpa: Annotated[float, "hPa"] = 1013.25
    humidity_percent: Annotated[float, "percent"] = 50.0
    liquid_density_kg_per_m3: Annotated[float | None, "kg/m**3"] = None
    """Density of the test fluid; None is water at the liquid's temperature."""
    air_temperature_change_k: Annotated[float, "K"] = 0.5
    """How far the air of a laboratory warms or cools over a day [G]."""
    liquid_lag_h: Annotated[float, "hour"] = 6.0
    """Time constant with which liquid and weighing chamber follow the air [I]."""
    pressure_change_hpa: Annotated[float, "hPa"] = 2.0
    """Amplitude of the weather over a day [G]."""
    humidity_change_percent: Annotated[float, "percent"] = 3.0
    """How far the relative humidity rises or falls over a day [G]."""
    evaporation_ng_per_h: Annotated[float, "ng/hour"] = 12_000.0
    """Mean loss through a 0.3 mm annulus round the needle, 22 °C, 50 % RH [S]."""
    evaporation_change: Annotated[float, "1"] = 0.1
    """Share by which the loss wanders over 17 hours [I]."""
    reference_mismatch: Annotated[float, "1"] = 0.03
    """Share by which the reference vessel loses more than the one in use [G]."""
    contact_line_step_ng: Annotated[float, "ng"] = 20_000.0
    """Standard deviation of the pull of the meniscus on the needle [G]."""
    contact_line_spacing_nl: Annotated[float, "nL"] = 20_000.0
    """Delivered volume after which the meniscus slips to another pull [I]."""
    compliance_nl_per_kpa: Annotated[float, "nL/kPa"] = 500.0
    """Of everything between rotor and clamp [S]: zero-delivery times of one pump."""
    line_resistance_kpa_h_per_ml: Annotated[float, "kPa*hour/mL"] = 0.3
    """Of catheter and needle, by Hagen and Poiseuille [G]."""
    open_relaxation_s: Annotated[float | None, "s"] = None
    """Time constant of the open line; None is that of resistance and compliance, and
    more is a clamp that stays half closed."""
    closed_relaxation_s: Annotated[float | None, "s"] = None
    """Time constant with which the closed line loses what it stores; None is tight."""
    stall_pressure_kpa: Annotated[float, "kPa"] = 100.0
    """Pressure at which the rotor slips [I]."""
    blocks_after_h: Annotated[float | None, "hour"] = None
    """So long after the start the line blocks by itself, for good. V11, a recall."""
    source_error: Annotated[float, "1"] = 0.03
    """Share by which the source of back pressure gives more than its set point [I]."""
    vessel_content_ng: Annotated[float, "ng"] = 5e9
    """Liquid in the vessel at the start, in which the needle ends."""
    vessel_glass_ng: Annotated[float, "ng"] = 10e9
    needle_outer_mm: Annotated[float, "mm"] = 0.5
    """The needle is held from outside, so the pan carries the liquid it displaces."""
    vessel_inner_mm: Annotated[float, "mm"] = 20.0

    def __post_init__(self) -> None:
        for name, value in (
            ("compliance_nl_per_kpa", self.compliance_nl_per_kpa),
            ("line_resistance_kpa_h_per_ml", self.line_resistance_kpa_h_per_ml),
            ("stall_pressure_kpa", self.stall_pressure_kpa),
            ("contact_line_spacing_nl", self.contact_line_spacing_nl),
            ("liquid_lag_h", self.liquid_lag_h),
        ):
            require(value > 0, name, "above 0")
        require(
            0 <= self.needle_outer_mm < self.vessel_inner_mm,
            "needle_outer_mm", "at least 0 and below vessel_inner_mm",
        )  # fmt: skip
