"""Coverage factors: quantiles of Student's t for whole degrees of freedom.

Degrees of freedom are floored before use (GUM G.4.1), and for a whole number the
distribution is a finite sum of positive terms. So there is no incomplete beta function
here, and no scipy at run time; scipy is the oracle in the tests.
"""

from __future__ import annotations

import math
from statistics import NormalDist

# From here on the asymptotic series is the more exact of the two, and the cheaper one.
_SERIES_FROM = 200
_HIGHEST_P = 0.9999
# A fixed number of halvings reaches the last bit of an angle, whatever the start.
_HALVINGS = 60
# 4.0 may come out of a sum as 3.9999999999999996, and must not be floored to 3.
_ROUNDING = 1e-9


def coverage_factor(dof: float, p: float = 0.95) -> float:
    """Return k such that ``value ± k u`` covers the measurand with probability ``p``.

    Args:
        dof: effective degrees of freedom, ``math.inf`` included; floored here.
        p: coverage probability of the two-sided interval, 0 < p <= 0.9999.

    Returns:
        k, dimensionless. It is ``math.inf`` when there is less than one degree of
        freedom (or NaN): such evidence supports no interval at all.

    Raises:
        ValueError: ``p`` is outside its range.

    Source: GUM (JCGM 100) annex G, k = t_p(nu_eff).
    """
    if not 0.0 < p <= _HIGHEST_P:
        raise ValueError(f"coverage probability {p} is outside 0 to {_HIGHEST_P}")
    if math.isinf(dof) and dof > 0:
        return NormalDist().inv_cdf((1.0 + p) / 2.0)
    if not dof + _ROUNDING >= 1.0:
        return math.inf
    nu = math.floor(dof + _ROUNDING)
    return _series(nu, p) if nu >= _SERIES_FROM else _by_bisection(nu, p)


def _by_bisection(nu: int, p: float) -> float:
    low, high = 0.0, math.pi / 2.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2.0
        if _central_probability(middle, nu) < p:
            low = middle
        else:
            high = middle
    return math.sqrt(nu) * math.tan(high)


def _central_probability(theta: float, nu: int) -> float:
    """P(|T| <= t), tan(theta) = t / sqrt(nu) (Abramowitz, Stegun 26.7.3, 26.7.4)."""
    cosine_squared = math.cos(theta) ** 2
    odd = nu % 2
    term = math.cos(theta) if odd else 1.0
    total = 0.0
    for j in range(1 + odd, nu, 2):
        total += term
        term *= cosine_squared * j / (j + 1)
    if odd:
        return 2.0 / math.pi * (theta + math.sin(theta) * total)
    return math.sin(theta) * total


def _series(nu: int, p: float) -> float:
    """Expansion of t about the normal quantile (Abramowitz, Stegun 26.7.5)."""
    z = NormalDist().inv_cdf((1.0 + p) / 2.0)
    g1 = (z**3 + z) / 4.0
    g2 = (5.0 * z**5 + 16.0 * z**3 + 3.0 * z) / 96.0
    g3 = (3.0 * z**7 + 19.0 * z**5 + 17.0 * z**3 - 15.0 * z) / 384.0
    g4 = (
        79.0 * z**9 + 776.0 * z**7 + 1482.0 * z**5 - 1920.0 * z**3 - 945.0 * z
    ) / 92160.0
    return z + g1 / nu + g2 / nu**2 + g3 / nu**3 + g4 / nu**4
