"""The gravimetric method: from weights to a delivered volume with its uncertainty.

::

    mass   = m2 - m1 + c2 - c1 + V_load (rho_a2 - rho_a1) + e T
    volume = mass * span * Z(rho_liquid, rho_air, rho_weights) * needle * thermal

with c the corrections of the balance's certificate, e the evaporation rate found in two
blanks or on a reference vessel, needle the factor of an immersed needle and thermal the
reference temperature. It is one chain back to the raw inputs, and whatever two results
of a bench have in common is named as a cause. Method adapted from ISO 8655-6; the other
terms come from the metrology institutes' work on micro-flow.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from harness.errors import MeasurementRefused
from harness.metrology import mass, volume
from harness.metrology.ambient import Ambient
from harness.metrology.budget import Estimate, chain
from harness.metrology.buoyancy import VolumeReference, needle_factor
from harness.metrology.evaporation import Evaporation, expanded
from harness.metrology.inputs import Input
from harness.metrology.liquid import WATER, Liquid
from harness.metrology.mass import NG_PER_MG
from harness.metrology.measurement import Measurement, from_estimate
from harness.metrology.plateau import Plateau
from harness.metrology.weighings import (
    BalanceSpec,
    Blank,
    Vessel,
    Weighing,
    hours_between,
)
from harness.units import VOLUME, Quantity, magnitude

__all__ = ["BalanceSpec", "Blank", "GravimetricMethod", "Vessel", "Weighing"]

# A balance whose U takes more of the tolerance than this decides instead of the pump.
_LARGEST_BALANCE_SHARE = 0.1
# What grows with the mass is held against so much of it where a pump gives far more
# than its tolerance: that is the pump's failure, and no reason to refuse the evidence.
_LEAST_SHARE_OF_MASS = 0.01
_NEEDLE = "immersed needle"
_CERTIFICATE = "certificate of the balance"
_GROWING = frozenset({_NEEDLE, _CERTIFICATE})


@dataclass(frozen=True, slots=True)
class GravimetricMethod:
    """The bench's way of weighing, and what it may correct.

    Attributes:
        instrument: the balance's name in the bench file.
        balance: its specification.
        vessel: what stands on it.
        reference: the temperature at which the volume is stated.
        largest_share: largest single correction, as a share of the tolerance.
        liquid: what is delivered.
        largest_evaporation_mg_per_h: what no evaporation of this vessel exceeds.
        reference_mismatch: half-width of the relative difference between the
            evaporation of the vessel and that of a reference vessel.
    """

    instrument: str
    balance: BalanceSpec
    vessel: Vessel
    reference: VolumeReference = VolumeReference.AS_MEASURED
    largest_share: float = 1.0 / 3.0
    liquid: Liquid = WATER
    largest_evaporation_mg_per_h: float = math.inf
    reference_mismatch: float = 0.0

    def beside_needle(self) -> GravimetricMethod:
        """The same way of weighing for what stands beside the vessel on the pan."""
        apart = replace(self.vessel, needle_mm=0.0, u_needle_mm=0.0)
        return replace(self, vessel=apart)

    def evaporation(self, before: Blank, after: Blank) -> Estimate:
        """Mean evaporation rate over the time between two blanks, mg/h.

        Raises:
            MeasurementRefused: a blank gained mass beyond its uncertainty, so something
                leaks, or it lost more than evaporates. Neither is corrected away.
        """
        return self._evaporation.from_blanks(before, after)

    def evaporation_beside(
        self, start: Weighing, end: Weighing, before: Blank, after: Blank
    ) -> Estimate:
        """Mean evaporation rate between two weighings, mg/h, by the reference vessel.

        Raises:
            MeasurementRefused: a weighing lacks its reference, or a blank is not usable
                or disagrees with the reference.
        """
        return self._evaporation.beside(start, end, before, after)

    def ul_per_mg(
        self, start: Ambient, end: Ambient, during: Sequence[Ambient] = ()
    ) -> Estimate:
        """Volume for one displayed milligram, by everything that multiplies.

        Raises:
            MeasurementRefused: a condition that no laboratory has, or in which the
                liquid's density is not known.
        """
        conditions = (start, *during, end)
        return volume.ul_per_mg(
            self.liquid, self.vessel, self.balance, self.reference, conditions
        )

    def delivered(
        self,
        start: Weighing,
        end: Weighing,
        evaporation: Estimate,
        tolerance: Quantity,
        during: Sequence[Ambient] = (),
    ) -> Measurement:
        """The volume delivered between the centroids of two plateaus.

        Args:
            start: the weighing before; the pump may run.
            end: the weighing after.
            evaporation: rate between the two, mg/h, from :meth:`evaporation` or
                :meth:`evaporation_beside`.
            tolerance: half-width of what the requirement allows for this volume.
            during: air and liquid between the two weighings.

        Returns:
            The volume; its remarks say what was corrected and how it is stated.

        Raises:
            MeasurementRefused: the evaporation is a gain of mass or too much, a
                correction takes more than ``largest_share`` of the tolerance, the
                balance's U takes more than a tenth of it, the ends are in the wrong
                order, or a condition is one that no laboratory has.
            TypeError: the tolerance is a bare number.
            UnitError: the tolerance is not a volume.
        """
        hours = hours_between(start.plateau, end.plateau, self.instrument)
        self._evaporation.refuse(
            "evaporation", evaporation.value, expanded(evaporation)
        )
        factor = self.ul_per_mg(start.ambient, end.ambient, during)
        tolerance_mg = magnitude(tolerance, "µL") / factor.value
        shown = mass.shown_change(
            self.instrument, self.balance, start.plateau, end.plateau
        )
        air = mass.load_buoyancy(self.vessel, start.ambient, end.ambient)
        # Not a part of a blank, in which the level hardly moves along the needle.
        wetting_mg = self.vessel.contact_line_ng / NG_PER_MG
        line = Input.rectangular("contact line", 0.0, wetting_mg, "mg")
        lost = chain(lambda e, step: e * hours + step, evaporation, mass.alone(line))
        remarks = (
            self._sufficient_mass(start.plateau, end.plateau, tolerance_mg),
            self._corrections(start, end, air.value, lost.value, tolerance_mg),
            volume.stated(self.reference, (start.ambient, *during, end.ambient)),
        )
        result = chain(
            lambda m, a, e, z: (m + a + e) * z / 1000.0, shown, air, lost, factor
        )
        measured = from_estimate(
            result, VOLUME, self.instrument, start.plateau.t_ns, end.plateau.t_ns
        )
        return replace(measured, remarks=remarks)

    @property
    def _evaporation(self) -> Evaporation:
        return Evaporation(
            self.instrument,
            self.balance,
            self.vessel,
            self.largest_evaporation_mg_per_h,
            self.reference_mismatch,
        )

    def _sufficient_mass(
        self, start: Plateau, end: Plateau, tolerance_mg: float
    ) -> str:
        """Refuse a net mass that is too small for this balance; say which would do."""
        # What flowed in during a plateau is no fault of the balance.
        quiet = (replace(each, s_ng=each.noise_ng) for each in (start, end))
        shown = mass.shown_change(self.instrument, self.balance, *quiet)
        span = volume.span(self.balance)
        weighed = chain(lambda m, share: m * share, shown, mass.alone(span))
        u_mg, net_mg = expanded(weighed), abs(shown.value)
        allowed_mg = _LARGEST_BALANCE_SHARE * tolerance_mg
        least_mg = u_mg / allowed_mg * net_mg
        # Written so that a NaN is refused as well.
        if not u_mg <= allowed_mg:
            raise MeasurementRefused(
                f"{self.instrument}: its U of {u_mg:.3g} mg takes more than a tenth of"
                f" the tolerance of {tolerance_mg:.3g} mg; collect at least"
                f" {u_mg / allowed_mg:.4g} times as much as was programmed, or weigh"
                " more finely"
            )
        usp_mg = self.balance.usp_41_ng / NG_PER_MG
        return (
            f"net mass {net_mg:.6g} mg; the balance's U of {u_mg:.2g} mg is at most a"
            f" tenth of this tolerance from {least_mg:.3g} mg on; minimum weight after"
            f" USP <41>, for information: {usp_mg:.3g} mg"
        )

    def _corrections(
        self,
        start: Weighing,
        end: Weighing,
        air_mg: float,
        lost_mg: float,
        tolerance_mg: float,
    ) -> str:
        """Refuse a correction that is too large; say what is corrected."""
        net_mg = (end.plateau.mass_ng - start.plateau.mass_ng) / NG_PER_MG
        needle = needle_factor(self.vessel.needle_mm, self.vessel.inner_mm)
        found = {
            "evaporation": lost_mg,
            "buoyancy of the load": air_mg,
            _NEEDLE: net_mg * (needle - 1.0),
        }
        if self.balance.certificate is not None:
            found[_CERTIFICATE] = mass.certificate_correction_mg(
                self.instrument, self.balance, start.plateau, end.plateau
            )
        for name, correction_mg in found.items():
            grows = name in _GROWING
            against_mg = _scaled(tolerance_mg, net_mg) if grows else tolerance_mg
            self._check_correction(name, correction_mg, against_mg)
        percent = 100.0 / tolerance_mg
        said = (
            f"{name} {correction_mg:+.3g} mg ({percent * abs(correction_mg):.1f} %)"
            for name, correction_mg in found.items()
        )
        return f"corrections, with their share of the tolerance: {', '.join(said)}"

    def _check_correction(
        self, name: str, correction_mg: float, tolerance_mg: float
    ) -> None:
        largest = self.largest_share * tolerance_mg
        # Written so that a NaN is refused as well.
        if not abs(correction_mg) <= largest:
            raise MeasurementRefused(
                f"{self.instrument}: the correction for {name} of {correction_mg:.3g}"
                f" mg exceeds {largest:.3g} mg, the largest share of the tolerance that"
                " may be corrected; cover the vessel, see whether the balance is quiet"
                " and the room steady, or shorten the run"
            )


def _scaled(tolerance_mg: float, net_mg: float) -> float:
    """Against what a term that grows with the mass is held."""
    return max(tolerance_mg, _LEAST_SHARE_OF_MASS * abs(net_mg))
