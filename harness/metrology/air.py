"""Density of moist air."""

from __future__ import annotations

from harness.errors import MeasurementRefused
from harness.metrology.arrays import Real, exp, outside

# Wide enough for any laboratory, narrow enough to catch kPa in place of hPa, or kelvin.
_TEMPERATURE_C = (0.0, 50.0)
_PRESSURE_HPA = (500.0, 1150.0)
_HUMIDITY_PERCENT = (0.0, 100.0)


def air_density_kg_per_m3(
    temperature_c: Real,
    pressure_hpa: Real,
    humidity_percent: Real,
    co2_mole_fraction: float = 0.0004,
) -> Real:
    """Density of moist air by the CIPM-2007 equation.

    The equation is stated for 15 to 27 °C and 600 to 1100 hPa; beyond that its error
    stays far below what matters for the buoyancy of water. Arrays are not checked.

    Args:
        temperature_c: 0 to 50 °C.
        pressure_hpa: 500 to 1150 hPa.
        humidity_percent: relative humidity, 0 to 100 %.
        co2_mole_fraction: of carbon dioxide, dimensionless.

    Raises:
        MeasurementRefused: a condition that no laboratory has.

    Source: A. Picard et al., Metrologia 45 (2008) 149.
    """
    _check(temperature_c, pressure_hpa, humidity_percent)
    t, kelvin, p = temperature_c, temperature_c + 273.15, pressure_hpa * 100.0
    molar_mass_dry = 28.96546e-3 + 12.011e-3 * (co2_mole_fraction - 0.0004)
    molar_mass_water = 18.01528e-3
    gas_constant = 8.314472
    xv = humidity_percent / 100.0 * _enhancement(t, p) * _saturation_pa(kelvin) / p
    z = _compressibility(t, p, xv)
    dry = p * molar_mass_dry / (z * gas_constant * kelvin)
    return dry * (1.0 - xv * (1.0 - molar_mass_water / molar_mass_dry))


def air_density_short_form_kg_per_m3(
    temperature_c: Real, pressure_hpa: Real, humidity_percent: Real
) -> Real:
    """Density of moist air by the approximation, for comparison.

    From 15 to 30 °C and 600 to 1100 hPa it is within 2.2e-4 kg/m3 of the CIPM-2007
    equation. Arguments and errors are those of :func:`air_density_kg_per_m3`.

    Raises:
        MeasurementRefused: a condition that no laboratory has.

    Source: as used with OIML R 111 and ISO 8655-6, method adapted from.
    """
    _check(temperature_c, pressure_hpa, humidity_percent)
    moisture = 0.009 * humidity_percent * exp(0.061 * temperature_c)
    return (0.34848 * pressure_hpa - moisture) / (temperature_c + 273.15)


def _check(temperature_c: Real, pressure_hpa: Real, humidity_percent: Real) -> None:
    for name, value, unit, (low, high) in (
        ("temperature", temperature_c, "°C", _TEMPERATURE_C),
        ("pressure", pressure_hpa, "hPa", _PRESSURE_HPA),
        ("humidity", humidity_percent, "%", _HUMIDITY_PERCENT),
    ):
        if outside(value, low, high):
            raise MeasurementRefused(
                f"air {name} {value} {unit}: no laboratory has less than {low:g} or"
                f" more than {high:g} {unit}; check the ambient sensor and its unit"
            )


def _saturation_pa(kelvin: Real) -> Real:
    exponent = 1.2378847e-5 * kelvin**2 - 1.9121316e-2 * kelvin
    return exp(exponent + 33.93711047 - 6.3431645e3 / kelvin)


def _enhancement(t: Real, p: Real) -> Real:
    return 1.00062 + 3.14e-8 * p + 5.6e-7 * t**2


def _compressibility(t: Real, p: Real, xv: Real) -> Real:
    ratio = p / (t + 273.15)
    first = 1.58123e-6 - 2.9331e-8 * t + 1.1043e-10 * t**2
    first += (5.707e-6 - 2.051e-8 * t) * xv + (1.9898e-4 - 2.376e-6 * t) * xv**2
    return 1.0 - ratio * first + ratio**2 * (1.83e-11 - 0.765e-8 * xv**2)
