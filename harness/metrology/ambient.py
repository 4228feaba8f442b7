"""The conditions in which a weight was taken."""

from __future__ import annotations

import math
from dataclasses import dataclass

from harness.metrology.air import air_density_kg_per_m3
from harness.metrology.budget import Estimate, Input, evaluate


@dataclass(frozen=True, slots=True)
class Ambient:
    """Air and liquid beside the balance; each ``u_`` is a standard uncertainty."""

    air_temperature_c: float
    liquid_temperature_c: float
    pressure_hpa: float
    humidity_percent: float
    u_air_temperature_c: float
    u_liquid_temperature_c: float
    u_pressure_hpa: float
    u_humidity_percent: float

    def inputs(self) -> tuple[Input, Input, Input, Input]:
        """Liquid temperature, air temperature, pressure and humidity, in this order."""
        return (
            Input(
                "liquid temperature",
                self.liquid_temperature_c,
                self.u_liquid_temperature_c,
                "degC",
            ),
            Input(
                "air temperature",
                self.air_temperature_c,
                self.u_air_temperature_c,
                "degC",
            ),
            Input("air pressure", self.pressure_hpa, self.u_pressure_hpa, "hPa"),
            Input(
                "relative humidity",
                self.humidity_percent,
                self.u_humidity_percent,
                "percent",
            ),
        )


def between(start: Ambient, end: Ambient) -> tuple[Input, ...]:
    """The mean conditions of an interval, as uncertain as they changed within it.

    Source: rectangular between the two ends, GUM (JCGM 100) 4.3.7.
    """
    pairs = zip(start.inputs(), end.inputs(), strict=True)
    return tuple(
        Input(
            first.name,
            (first.value + last.value) / 2.0,
            math.hypot(
                max(first.u, last.u), (last.value - first.value) / math.sqrt(12)
            ),
            first.unit,
        )
        for first, last in pairs
    )


def air_change(start: Ambient, end: Ambient) -> Estimate:
    """Air density at the end minus that at the start, kg/m3.

    The sensors' errors are taken as independent at the two times, which is more than
    they usually differ.

    Raises:
        MeasurementRefused: a condition that no laboratory has.
    """

    def model(
        t1: float, p1: float, h1: float, t2: float, p2: float, h2: float
    ) -> float:
        return air_density_kg_per_m3(t2, p2, h2) - air_density_kg_per_m3(t1, p1, h1)

    return evaluate(model, start.inputs()[1:] + end.inputs()[1:])
