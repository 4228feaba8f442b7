"""Coverage factors: quantiles of Student's t for whole degrees of freedom."""

from __future__ import annotations

import math

from scipy.special import stdtrit

_HIGHEST_P = 0.9999
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
    whole = floored(dof)
    if math.isnan(whole):
        return math.inf
    return float(stdtrit(whole, (1.0 + p) / 2.0))


def floored(dof: float) -> float:
    """Return effective degrees of freedom as they are used: whole, or ``math.inf``.

    Returns:
        NaN where there is less than one: no distribution at all.

    Source: GUM (JCGM 100) G.4.1.
    """
    if not dof + _ROUNDING >= 1.0:
        return math.nan
    return dof if math.isinf(dof) else float(math.floor(dof + _ROUNDING))
