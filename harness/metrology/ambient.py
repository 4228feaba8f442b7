"""The conditions in which a weight was taken."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Final

from harness.metrology.air import air_density_kg_per_m3
from harness.metrology.budget import Estimate, evaluate
from harness.metrology.inputs import Input


@dataclass(frozen=True, slots=True)
class SensorErrors:
    """What all readings of one ambient sensor have in common, as its certificate says.

    Each is a standard uncertainty after correction; 0 where nothing is common.
    """

    u_air_temperature_c: float = 0.0
    u_liquid_temperature_c: float = 0.0
    u_pressure_hpa: float = 0.0
    u_humidity_percent: float = 0.0


NO_SENSOR: Final = SensorErrors()


@dataclass(frozen=True, slots=True)
class Ambient:
    """Air and liquid beside the balance.

    Each ``u_`` is the standard uncertainty of this reading alone: noise, resolution,
    or all that is known of a typed constant. What further readings of the same sensor
    share stands in ``sensor``.
    """

    air_temperature_c: float
    liquid_temperature_c: float
    pressure_hpa: float
    humidity_percent: float
    u_air_temperature_c: float
    u_liquid_temperature_c: float
    u_pressure_hpa: float
    u_humidity_percent: float
    sensor: SensorErrors = NO_SENSOR

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

    def sensor_inputs(self) -> tuple[Input, Input, Input, Input]:
        """The sensor's common errors, in the same order; their value is 0."""
        sensor = self.sensor
        return (
            _common("liquid temperature", sensor.u_liquid_temperature_c, "K"),
            _common("air temperature", sensor.u_air_temperature_c, "K"),
            _common("air pressure", sensor.u_pressure_hpa, "hPa"),
            _common("relative humidity", sensor.u_humidity_percent, "percent"),
        )


def mean(readings: Sequence[Ambient]) -> Ambient:
    """The mean of readings that belong to one weighing, as uncertain as one of them.

    Raises:
        ValueError: there are none.
    """
    if not readings:
        raise ValueError("the mean of no readings does not exist")
    return replace(
        readings[0],
        air_temperature_c=fmean(each.air_temperature_c for each in readings),
        liquid_temperature_c=fmean(each.liquid_temperature_c for each in readings),
        pressure_hpa=fmean(each.pressure_hpa for each in readings),
        humidity_percent=fmean(each.humidity_percent for each in readings),
    )


def between(
    start: Ambient, end: Ambient, during: Iterable[Ambient] = ()
) -> tuple[Input, ...]:
    """The mean conditions of an interval, as uncertain as they changed within it.

    Args:
        start: at its beginning.
        end: at its end.
        during: what was read in between.

    Returns:
        Eight inputs: the four of :meth:`Ambient.inputs`, then the four errors of
        :meth:`Ambient.sensor_inputs`, which are to be added to them.

    Source: rectangular between the extremes, for the flow need not have been even; GUM
    (JCGM 100) 4.3.7.
    """
    columns = zip(*(each.inputs() for each in (start, *during, end)), strict=True)
    return (*(_over(column) for column in columns), *start.sensor_inputs())


def air_change(start: Ambient, end: Ambient) -> Estimate:
    """Air density at the end minus that at the start, kg/m3.

    What the sensor gets wrong at both times in the same way nearly cancels.

    Raises:
        MeasurementRefused: a condition that no laboratory has.
    """

    def model(*values: float) -> float:
        t1, p1, h1, t2, p2, h2, dt, dp, dh = values
        later = air_density_kg_per_m3(t2 + dt, p2 + dp, h2 + dh)
        return later - air_density_kg_per_m3(t1 + dt, p1 + dp, h1 + dh)

    ends = (
        replace(each, name=f"{each.name} at the {where}")
        for where, ambient in (("start", start), ("end", end))
        for each in ambient.inputs()[1:]
    )
    return evaluate(model, (*ends, *start.sensor_inputs()[1:]))


def _over(column: Sequence[Input]) -> Input:
    values = [each.value for each in column]
    spread = (max(values) - min(values)) / math.sqrt(12.0)
    u = math.hypot(max(each.u for each in column), spread)
    return replace(column[0], value=fmean(values), u=u)


def _common(name: str, u: float, unit: str) -> Input:
    cause = f"{name} sensor"
    return Input(f"calibration of the {cause}", 0.0, u, unit, cause=cause)
