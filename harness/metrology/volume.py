"""From a displayed mass to a volume: everything that multiplies."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from harness.metrology.air import (
    air_density_kg_per_m3,
    air_density_short_form_kg_per_m3,
)
from harness.metrology.ambient import Ambient, between
from harness.metrology.budget import Estimate, evaluate
from harness.metrology.buoyancy import (
    BODY_TEMPERATURE_C,
    WEIGHT_DENSITY_KG_PER_M3,
    VolumeReference,
    needle_factor,
    z_factor_ul_per_mg,
)
from harness.metrology.inputs import Input
from harness.metrology.liquid import Liquid
from harness.metrology.weighings import BalanceSpec, Vessel

_WEIGHT_DENSITY_HALF_WIDTH = 100.0


def span(balance: BalanceSpec) -> Input:
    """The span of a balance: one error in all that it weighs."""
    cause = "span of the balance"
    return Input(cause, 1.0, balance.u_sensitivity, "", cause=cause)


def ul_per_mg(
    liquid: Liquid,
    vessel: Vessel,
    balance: BalanceSpec,
    reference: VolumeReference,
    conditions: Sequence[Ambient],
) -> Estimate:
    """Volume for one displayed milligram.

    Args:
        liquid: what is weighed.
        vessel: with its needle.
        balance: with its span.
        reference: the temperature at which the volume is stated.
        conditions: air and liquid, from the first weighing to the last.

    Raises:
        MeasurementRefused: a condition that no laboratory has, or in which the liquid's
            density is not known.
    """
    for each in conditions:
        liquid.check(each.liquid_temperature_c)

    def model(*values: float) -> float:
        liquid_c, air_c, pressure_hpa, humidity_percent = values[:4]
        d_liquid, d_air, d_pressure, d_humidity = values[4:8]
        weights, needle_mm, inner_mm, share, *known = values[8:]
        celsius = liquid_c + d_liquid
        air = air_density_kg_per_m3(
            air_c + d_air, pressure_hpa + d_pressure, humidity_percent + d_humidity
        )
        density = liquid.density_kg_per_m3(celsius, *known)
        z = z_factor_ul_per_mg(density, air, weights)
        thermal = 1.0
        if reference is VolumeReference.BODY:
            warm = liquid.density_kg_per_m3(BODY_TEMPERATURE_C, *known)
            thermal = density / warm
        return z * thermal * needle_factor(needle_mm, inner_mm) * share

    inputs = (
        *between(conditions[0], conditions[-1], conditions[1:-1]),
        Input.rectangular(
            "density of the weights",
            WEIGHT_DENSITY_KG_PER_M3,
            _WEIGHT_DENSITY_HALF_WIDTH,
            "kg/m3",
            cause="density of the weights",
        ),
        _of_bench("diameter of the needle", vessel.needle_mm, vessel.u_needle_mm, "mm"),
        _of_bench("diameter of the vessel", vessel.inner_mm, vessel.u_inner_mm, "mm"),
        span(balance),
        *liquid.inputs(),
    )
    return evaluate(model, inputs)


def stated(reference: VolumeReference, conditions: Sequence[Ambient]) -> str:
    """Say at which temperature a volume is stated, and in which air it was weighed."""
    mean = [
        fmean(values)
        for values in zip(
            *(
                (each.air_temperature_c, each.pressure_hpa, each.humidity_percent)
                for each in conditions
            ),
            strict=True,
        )
    ]
    liquid_c = fmean(each.liquid_temperature_c for each in conditions)
    return (
        f"volume {reference.value}, {liquid_c:.2f} °C in the vessel; air"
        f" {air_density_kg_per_m3(*mean):.4f} kg/m3 (CIPM-2007; by the short form"
        f" {air_density_short_form_kg_per_m3(*mean):.4f})"
    )


def _of_bench(name: str, value: float, u: float, unit: str) -> Input:
    """What is the same error in all results of a bench."""
    return Input(name, value, u, unit, cause=name)
