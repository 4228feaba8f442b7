"""What was weighed, with what: plateaus in their conditions, balance and vessel."""

from __future__ import annotations

from dataclasses import dataclass

from harness.errors import MeasurementRefused
from harness.metrology.ambient import Ambient
from harness.metrology.certificate import Certificate
from harness.metrology.plateau import Plateau

_NS_PER_H = 3.6e12
# USP <41>: 2 s / m_min <= 0.10 %, with s not below 0.41 of the last digit.
_USP_41_PER_S = 2000.0
_USP_41_LEAST_S_PER_DIGIT = 0.41


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
        tare_load_mg: what stands on the pan while the display shows 0.
        certificate: corrections in mg at gross loads in mg; None where none is stated.
    """

    readability_ng: float
    repeatability_ng: float
    zero_drift_ng_per_h: float
    u_sensitivity: float
    tare_load_mg: float = 0.0
    certificate: Certificate | None = None

    @property
    def usp_41_ng(self) -> float:
        """Minimum weight for quantitative analysis, for information.

        Source: method adapted from USP <41> (2019).
        """
        least = _USP_41_LEAST_S_PER_DIGIT * self.readability_ng
        return _USP_41_PER_S * max(self.repeatability_ng, least)


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
    """A plateau with the conditions in which it was taken.

    Attributes:
        plateau: mean of the readings.
        ambient: air and liquid meanwhile.
        reference: what the reference vessel weighed meanwhile; None where none stands
            beside.
    """

    plateau: Plateau
    ambient: Ambient
    reference: Plateau | None = None


@dataclass(frozen=True, slots=True)
class Blank:
    """Two weighings between which nothing was delivered.

    The line is clamped downstream of the pump and the needle stays in place.
    """

    start: Weighing
    end: Weighing


def hours_between(start: Plateau, end: Plateau, instrument: str) -> float:
    """Time from the centroid of one plateau to that of the other.

    Raises:
        MeasurementRefused: the second is not later than the first.
    """
    hours = (end.t_ns - start.t_ns) / _NS_PER_H
    if hours <= 0.0:
        raise MeasurementRefused(
            f"{instrument}: the weighing at the end is not later than the one at the"
            " start; weigh again in this order"
        )
    return hours
