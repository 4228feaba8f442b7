"""Where the true value of a quantity lies, by what was measured of it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.special import ndtr, stdtr

from harness.metrology.student import floored


@dataclass(frozen=True, slots=True)
class Chances:
    """Where the true value lies, by what was measured; NaN without usable evidence.

    Attributes:
        below: probability that it is less than the lower limit.
        inside: the conformance probability.
        above: probability that it exceeds the upper limit.
    """

    below: float
    inside: float
    above: float


def chances(value: float, u: float, dof: float, lower: float, upper: float) -> Chances:
    """Tell where the true value lies, from the measurement alone.

    Args:
        value: best estimate.
        u: its standard uncertainty.
        dof: degrees of freedom of ``u``; floored here, as for the coverage factor.
        lower: lower limit, perhaps ``-math.inf``.
        upper: upper limit, perhaps ``math.inf``.

    Source: JCGM 106, 7.2 to 7.4; with finite degrees of freedom Student's distribution
    (GUM G.3) in the place of the normal one.
    """
    whole = floored(dof)
    if not (math.isfinite(value) and math.isfinite(u)) or math.isnan(whole):
        return Chances(math.nan, math.nan, math.nan)
    if u == 0.0:
        below, above = float(value < lower), float(value > upper)
        return Chances(below, 1.0 - below - above, above)

    def distribution(t: float) -> float:
        return float(ndtr(t) if math.isinf(whole) else stdtr(whole, t))

    low, high = (lower - value) / u, (upper - value) / u
    # Differences of small tails keep their digits, those of numbers beside 1 do not.
    inside = (
        distribution(-low) - distribution(-high)
        if low > 0.0
        else distribution(high) - distribution(low)
    )
    return Chances(distribution(low), inside, distribution(-high))
