"""Whether a balance still is what its certificate and the bench file say it is.

The checks use what the uncertainty budget believes as their limits: a balance that is
worse would make every U of the run too small. Control of a balance between its
calibrations, method adapted from EURAMET cg-18 and USP <41> practice.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from harness.metrology.plateau import Plateau
from harness.metrology.weighings import BalanceSpec, Vessel, hours_between

COVERAGE_FACTOR = 2.0
"""Of the limits and of U in a finding; degrees of freedom are many."""

_NG_PER_MG = 1e6
_BALANCE = "balance"


@dataclass(frozen=True, slots=True)
class CheckWeight:
    """A weight with a certificate.

    Attributes:
        mass_mg: its conventional mass, as the certificate has it (OIML D 28: for
            8000 kg/m3 in air of 1.2 kg/m3, which is also what a balance shows).
        u_mg: standard uncertainty of it.
    """

    mass_mg: float
    u_mg: float


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: a value with its standard uncertainty, and what is allowed.

    Attributes:
        name: what was checked.
        value, u: what was found, in ``unit``.
        lower, upper: what is allowed, in ``unit``.
        unit: of all four.
    """

    name: str
    value: float
    u: float
    lower: float
    upper: float
    unit: str

    @property
    def holds(self) -> bool | None:
        """Whether the value is allowed; None outside, but not by more than U."""
        if self.lower <= self.value <= self.upper:
            return True
        expanded = COVERAGE_FACTOR * self.u
        beyond = max(self.lower - self.value, self.value - self.upper)
        # Written so that a NaN holds nothing.
        return None if beyond <= expanded else False

    @property
    def statement(self) -> str:
        """The finding in one sentence."""
        said = {True: "as it should be", False: "not as it should be"}
        found = "" if self.holds is None else f": {said[self.holds]}"
        unsure = "; U does not tell whether it is" if self.holds is None else ""
        return (
            f"{self.name} is {self.value:+.3g} {self.unit} ±"
            f" {COVERAGE_FACTOR * self.u:.2g} {self.unit}, allowed from"
            f" {self.lower:.3g} to {self.upper:.3g} {self.unit}{found}{unsure}"
        )


def error_at(
    weight: CheckWeight,
    before: Plateau,
    loaded: Plateau,
    after: Plateau,
    spec: BalanceSpec,
) -> Finding:
    """The error of the balance at the check weight, corrected by its certificate, mg.

    The zero is interpolated to the time of the load, so that a steady drift cancels.
    Allowed is what the certificate and the stated span let a budget believe.
    """
    share = (loaded.t_ns - before.t_ns) / (after.t_ns - before.t_ns)
    zero_ng = (1.0 - share) * before.mass_ng + share * after.mass_ng
    shown_mg = (loaded.mass_ng - zero_ng) / _NG_PER_MG
    tare_mg = spec.tare_load_mg
    correction, u_certificate = 0.0, 0.0
    if spec.certificate is not None:
        empty = spec.certificate.correct(tare_mg)
        full = spec.certificate.correct(tare_mg + weight.mass_mg)
        correction = full.value - empty.value
        u_certificate = math.hypot(empty.u, full.u)
    scatter_mg = math.sqrt(
        _mean_variance(loaded, spec)
        + (1.0 - share) ** 2 * _mean_variance(before, spec)
        + share**2 * _mean_variance(after, spec)
    )
    digit_mg = spec.readability_ng / _NG_PER_MG
    believed = math.hypot(u_certificate, spec.u_sensitivity * weight.mass_mg)
    allowed = max(COVERAGE_FACTOR * believed, digit_mg)
    return Finding(
        "error at the check weight",
        shown_mg + correction - weight.mass_mg,
        math.hypot(scatter_mg, weight.u_mg),
        -allowed,
        allowed,
        "mg",
    )


def return_to_zero(
    before: Plateau, after: Plateau, spec: BalanceSpec, vessel: Vessel
) -> Finding:
    """The change of the unloaded display by putting the weight on and off, mg.

    Allowed are drift and scatter, and a slip of the meniscus when hands were near.
    """
    hours = hours_between(before, after, _BALANCE)
    variance = _mean_variance(before, spec) + _mean_variance(after, spec)
    allowed = (
        spec.zero_drift_ng_per_h * hours
        + 4.0 * spec.repeatability_ng
        + 2.0 * vessel.contact_line_ng
    ) / _NG_PER_MG
    change = (after.mass_ng - before.mass_ng) / _NG_PER_MG
    name = "return to zero"
    return Finding(name, change, math.sqrt(variance), -allowed, allowed, "mg")


def drift(
    first: Plateau,
    second: Plateau,
    spec: BalanceSpec,
    largest_evaporation_mg_per_h: float,
) -> Finding:
    """The course of the display while nothing is delivered, mg/h.

    The line is clamped. What evaporates lowers it; the zero may drift either way.
    """
    hours = hours_between(first, second, _BALANCE)
    slope = (second.mass_ng - first.mass_ng) / _NG_PER_MG / hours
    variance = _mean_variance(first, spec) + _mean_variance(second, spec)
    allowed = spec.zero_drift_ng_per_h / _NG_PER_MG
    return Finding(
        "drift of the blank",
        slope,
        math.sqrt(variance) / hours,
        -allowed - largest_evaporation_mg_per_h,
        allowed,
        "mg/h",
    )


def _mean_variance(found: Plateau, spec: BalanceSpec) -> float:
    """Variance of the mean of a plateau, mg2; no better than the balance states."""
    noise = max(found.noise_ng, spec.repeatability_ng) / _NG_PER_MG
    return noise * noise / found.n
