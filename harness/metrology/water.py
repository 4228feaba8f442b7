"""Density of water."""

from __future__ import annotations

from harness.errors import MeasurementRefused
from harness.metrology.arrays import Real, outside

LOWEST_C = 0.0
HIGHEST_C = 40.0


def water_density_kg_per_m3(temperature_c: Real) -> Real:
    """Density of air-free standard mean ocean water at 101 325 Pa.

    Dissolved air and the bench's pressure change it by a few millionths, far below what
    a bench resolves.

    Args:
        temperature_c: 0 to 40 °C; an array is not checked.

    Raises:
        MeasurementRefused: the temperature is outside the formula's range, or NaN.

    Source: M. Tanaka et al., Metrologia 38 (2001) 301.
    """
    t = temperature_c
    if outside(t, LOWEST_C, HIGHEST_C):
        raise MeasurementRefused(
            f"water at {t} °C: the density formula holds from {LOWEST_C:g} to"
            f" {HIGHEST_C:g} °C; check the liquid's temperature sensor and its unit"
        )
    a1, a2, a3, a4, a5 = -3.983035, 301.797, 522528.9, 69.34881, 999.974950
    return a5 * (1.0 - (t + a1) ** 2 * (t + a2) / (a3 * (t + a4)))
