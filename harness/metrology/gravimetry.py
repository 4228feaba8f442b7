"""The gravimetric method: from weights to a delivered volume with its uncertainty.

::

    mass   = m2 - m1 + V_load (rho_a2 - rho_a1) + e T
    volume = mass * span * Z(t_liquid, rho_air, rho_weights) * needle * thermal

with e the evaporation rate found in two blanks, needle the factor of an immersed needle
and thermal the reference temperature. Method adapted from ISO 8655-6; the other terms
come from the metrology institutes' work on micro-flow.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from harness.errors import MeasurementRefused
from harness.metrology.air import air_density_kg_per_m3
from harness.metrology.ambient import Ambient, air_change, between
from harness.metrology.budget import Estimate, Input, chain, evaluate
from harness.metrology.buoyancy import (
    WEIGHT_DENSITY_KG_PER_M3,
    VolumeReference,
    load_buoyancy_mg,
    needle_factor,
    thermal_factor,
    z_factor_ul_per_mg,
)
from harness.metrology.measurement import Measurement, from_estimate
from harness.metrology.plateau import Plateau
from harness.metrology.student import coverage_factor
from harness.metrology.water import water_density_kg_per_m3
from harness.units import VOLUME, Quantity, magnitude

_NG_PER_MG = 1e6
_NS_PER_H = 3.6e12
_WEIGHT_DENSITY_HALF_WIDTH = 100.0


@dataclass(frozen=True, slots=True)
class BalanceSpec:
    """What is known of a balance from its data sheet and certificate.

    Attributes:
        readability_ng: the last digit, d.
        repeatability_ng: standard deviation of one reading; a plateau that scatters
            less is not believed.
        zero_drift_ng_per_h: half-width of the slope that two blanks cannot see: the
            zero's drift and the evaporation's changes between them.
        u_sensitivity: relative standard uncertainty of the span, linearity included.
    """

    readability_ng: float
    repeatability_ng: float
    zero_drift_ng_per_h: float
    u_sensitivity: float


@dataclass(frozen=True, slots=True)
class Vessel:
    """What stands on the pan, and the needle that dips into it from outside.

    Attributes:
        load_volume_ml: outer volume of vessel, liquid and oil.
        u_load_volume_ml: its standard uncertainty.
        inner_mm: inner diameter; ``u_inner_mm`` its standard uncertainty.
        needle_mm: outer diameter of the needle, 0 if it does not dip in;
            ``u_needle_mm`` its standard uncertainty.
        contact_line_ng: half-width of the steps of the pull on the needle.
    """

    load_volume_ml: float
    u_load_volume_ml: float
    inner_mm: float
    u_inner_mm: float
    needle_mm: float
    u_needle_mm: float
    contact_line_ng: float


@dataclass(frozen=True, slots=True)
class Weighing:
    """A plateau with the conditions in which it was taken."""

    plateau: Plateau
    ambient: Ambient


@dataclass(frozen=True, slots=True)
class Blank:
    """Two weighings between which nothing was delivered.

    The line is clamped downstream of the pump and the needle stays in place.
    """

    start: Weighing
    end: Weighing


@dataclass(frozen=True, slots=True)
class GravimetricMethod:
    """The bench's way of weighing, and what it may correct.

    Attributes:
        instrument: the balance's name in the bench file.
        balance: its specification.
        vessel: what stands on it.
        reference: the temperature at which the volume is stated.
        largest_share: largest evaporation correction, as a share of the tolerance.
    """

    instrument: str
    balance: BalanceSpec
    vessel: Vessel
    reference: VolumeReference = VolumeReference.AS_MEASURED
    largest_share: float = 1.0 / 3.0

    def beside_needle(self) -> GravimetricMethod:
        """The same way of weighing for what stands beside the vessel on the pan."""
        apart = replace(self.vessel, needle_mm=0.0, u_needle_mm=0.0)
        return replace(self, vessel=apart)

    def evaporation(self, before: Blank, after: Blank) -> Estimate:
        """Mean evaporation rate over the time between two blanks, mg/h.

        Raises:
            MeasurementRefused: a blank gained mass beyond its uncertainty, so something
                leaks; a leak is never corrected away.

        Source: e = -(s1 + s2)/2, with rectangular terms for half the difference of the
        two slopes and for what neither can see.
        """
        slopes = self._slope(before, "before"), self._slope(after, "after")
        half_change = abs(slopes[0].value - slopes[1].value) / 2.0
        floor = self.balance.zero_drift_ng_per_h / _NG_PER_MG
        unseen = evaluate(
            _sum,
            (
                Input.rectangular("change between blanks", 0.0, half_change, "mg/h"),
                Input.rectangular("zero drift unseen by blanks", 0.0, floor, "mg/h"),
            ),
        )
        return chain(_evaporation_rate, *slopes, unseen)

    def delivered(
        self,
        start: Weighing,
        end: Weighing,
        evaporation: Estimate,
        tolerance: Quantity,
    ) -> Measurement:
        """The volume delivered between the centroids of two plateaus.

        Args:
            start: the weighing before; the pump may run.
            end: the weighing after.
            evaporation: rate between the two, mg/h, from :meth:`evaporation`.
            tolerance: half-width of what the requirement allows for this volume.

        Raises:
            MeasurementRefused: the evaporation is a gain of mass, its correction takes
                more than ``largest_share`` of the tolerance, the ends are in the wrong
                order, or a condition is one that no laboratory has.
            TypeError: the tolerance is a bare number.
            UnitError: the tolerance is not a volume.
        """
        hours = self._hours(start, end)
        self._refuse_gain("evaporation", -evaporation.value, _expanded(evaporation))
        rate = Input(
            "evaporation", evaporation.value, evaporation.u, "mg/h", dof=evaporation.dof
        )
        # Not a part of a blank, in which the level hardly moves along the needle.
        wetting = self.vessel.contact_line_ng / _NG_PER_MG
        line = Input.rectangular("contact line", 0.0, wetting, "mg")
        lost = evaluate(lambda e, step: e * hours + step, (rate, line))
        factor = self._ul_per_mg(start.ambient, end.ambient)
        self._check_correction(
            evaporation.value * hours * factor.value, magnitude(tolerance, "µL")
        )
        gained = self._change(start, end)
        volume = chain(lambda m, e, z: (m + e) * z / 1000.0, gained, lost, factor)
        return from_estimate(
            volume, VOLUME, self.instrument, start.plateau.t_ns, end.plateau.t_ns
        )

    def _change(self, start: Weighing, end: Weighing) -> Estimate:
        """Displayed mass gained, mg, as if the air had stayed what it was."""
        load = Input(
            "volume of the load",
            self.vessel.load_volume_ml,
            self.vessel.u_load_volume_ml,
            "mL",
        )
        air = air_change(start.ambient, end.ambient)
        inputs = (
            self._weight("weight at the start", start.plateau),
            self._weight("weight at the end", end.plateau),
            load,
            Input("change of air density", air.value, air.u, "kg/m3"),
            Input.triangular(
                "readability", 0.0, self.balance.readability_ng / _NG_PER_MG, "mg"
            ),
        )
        return evaluate(_corrected_change_mg, inputs)

    def _weight(self, name: str, plateau: Plateau) -> Input:
        s = max(plateau.s_ng, self.balance.repeatability_ng)
        u = s / math.sqrt(plateau.n)
        mass = plateau.mass_ng / _NG_PER_MG
        return Input(name, mass, u / _NG_PER_MG, "mg", dof=plateau.n - 1)

    def _slope(self, blank: Blank, name: str) -> Estimate:
        hours = self._hours(blank.start, blank.end)
        slope = chain(lambda mass: mass / hours, self._change(blank.start, blank.end))
        floor = self.balance.zero_drift_ng_per_h / _NG_PER_MG
        name = f"blank {name} the run"
        self._refuse_gain(name, slope.value, _expanded(slope) + floor)
        return slope

    def _refuse_gain(self, name: str, gain: float, noise: float) -> None:
        if gain > noise:
            raise MeasurementRefused(
                f"{self.instrument}: {name}: the mass grew by {gain:.3g} mg/h, and only"
                f" {noise:.3g} mg/h may be noise, so something leaks into the vessel;"
                " look at the clamp and the needle. A leak is not corrected away"
            )

    def _hours(self, start: Weighing, end: Weighing) -> float:
        hours = (end.plateau.t_ns - start.plateau.t_ns) / _NS_PER_H
        if hours <= 0.0:
            raise MeasurementRefused(
                f"{self.instrument}: the weighing at the end is not later than the one"
                " at the start; weigh again in this order"
            )
        return hours

    def _ul_per_mg(self, start: Ambient, end: Ambient) -> Estimate:
        """Volume for one displayed milligram, by everything that multiplies."""
        vessel = self.vessel
        needle = evaluate(
            needle_factor,
            (
                Input("needle", vessel.needle_mm, vessel.u_needle_mm, "mm"),
                Input("vessel", vessel.inner_mm, vessel.u_inner_mm, "mm"),
            ),
        )
        weights = Input.rectangular(
            "density of the weights",
            WEIGHT_DENSITY_KG_PER_M3,
            _WEIGHT_DENSITY_HALF_WIDTH,
            "kg/m3",
        )
        inputs = (
            *between(start, end),
            weights,
            Input("immersed needle", needle.value, needle.u, ""),
            Input("span of the balance", 1.0, self.balance.u_sensitivity, ""),
        )
        return evaluate(self._volume_model, inputs)

    def _volume_model(
        self,
        liquid_c: float,
        air_c: float,
        pressure_hpa: float,
        humidity_percent: float,
        weights: float,
        *factors: float,
    ) -> float:
        air = air_density_kg_per_m3(air_c, pressure_hpa, humidity_percent)
        z = z_factor_ul_per_mg(water_density_kg_per_m3(liquid_c), air, weights)
        return z * thermal_factor(liquid_c, self.reference) * math.prod(factors)

    def _check_correction(self, correction_ul: float, tolerance_ul: float) -> None:
        largest = self.largest_share * tolerance_ul
        # Written so that a NaN is refused as well.
        if not abs(correction_ul) <= largest:
            raise MeasurementRefused(
                f"{self.instrument}: the evaporation's correction of"
                f" {correction_ul:.3g} µL exceeds {largest:.3g} µL, the largest share"
                " of the tolerance that may be corrected; cover the vessel or shorten"
                " the run"
            )


def _expanded(estimate: Estimate) -> float:
    return coverage_factor(estimate.dof) * estimate.u


def _sum(*terms: float) -> float:
    return math.fsum(terms)


def _evaporation_rate(before: float, after: float, unseen: float) -> float:
    return -(before + after) / 2.0 + unseen


def _corrected_change_mg(
    start: float, end: float, load_ml: float, air: float, *errors: float
) -> float:
    return end - start + load_buoyancy_mg(load_ml, air) + math.fsum(errors)
