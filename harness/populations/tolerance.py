"""Statistical tolerance intervals: where a stated share of all units lies.

For normal values the interval is mean ± k s. Both factors here are exact; Howe's
approximation is up to a few hundredths off, on either side.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Final

import numpy as np
from scipy import special

from harness.populations import attribute
from harness.populations.assurance import Assurance

Factor = Callable[[int, Assurance], float]

# Beyond, the mean of a sample lies with a probability of less than 1e-18.
_FARTHEST_MEAN: Final = 9.0
_NODES: Final = 64
_LARGEST_FACTOR: Final = 1e6
MOST_UNITS: Final = 2000


@lru_cache(maxsize=4096)
def one_sided_factor(units: int, assurance: Assurance) -> float:
    """Return k for which mean + k s is an upper (mean - k s a lower) tolerance limit.

    Raises:
        ValueError: fewer than two units.

    Source: the quantile ``confidence`` of the non-central t distribution with n - 1
    degrees of freedom and non-centrality z sqrt(n), divided by sqrt(n); z is the normal
    quantile of ``reliability``.
    """
    return _student(units, assurance.reliability, assurance.confidence)


def least_failing_factor(
    units: int, assurance: Assurance, own_share: float = 1.0
) -> float:
    """Return the k below which a limit is shown to be missed by too many.

    Where (limit - mean) / s is less, then less than ``reliability`` of all units lie
    below the limit, with ``confidence``.

    Args:
        units: how many were tested.
        assurance: what would be claimed.
        own_share: standard deviation of the units themselves as a share of that of what
            was measured of them, noise included.

    Raises:
        ValueError: fewer than two units.

    Source: as for :func:`one_sided_factor`, with the opposite tail, and with z times
    ``own_share`` in the place of z.
    """
    return _student(units, assurance.reliability, 1.0 - assurance.confidence, own_share)


@lru_cache(maxsize=4096)
def two_sided_factor(units: int, assurance: Assurance) -> float:
    """Return k for which mean ± k s holds at least ``reliability`` of all units.

    Raises:
        ValueError: fewer than two units.

    Source: k solves 2 ∫ P(χ² > ν r(z)²/k²) φ(z) dz = confidence over z > 0, with
    ν = n - 1 and r(z) the half-width about z/sqrt(n) that holds ``reliability`` of a
    standard normal population: its square is a quantile of the non-central χ² with one
    degree of freedom.
    """
    _check(units)
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    z = _FARTHEST_MEAN / 2.0 * (nodes + 1.0)
    density = np.exp(-z * z / 2.0) / math.sqrt(2.0 * math.pi)
    mass = _FARTHEST_MEAN * weights * density
    nu = units - 1
    r_squared = special.chndtrix(assurance.reliability, 1.0, z * z / units)

    def lacking(k: float) -> float:
        covered = special.chdtrc(nu, nu * r_squared / (k * k))
        return float(mass @ covered) - assurance.confidence

    from scipy.optimize import brentq  # noqa: PLC0415 - slow to import.

    return float(brentq(lacking, 0.1, _LARGEST_FACTOR, xtol=1e-12))


def factor(sides: int) -> Factor:
    """Return the function that gives k for a requirement with one or two limits."""
    return one_sided_factor if sides == 1 else two_sided_factor


def units_for_margin(margin: float, sides: int, assurance: Assurance) -> int | None:
    """Return the least number of units whose k does not exceed a margin.

    Args:
        margin: distance from the mean to the nearest limit, in standard deviations.
        sides: how many limits there are, 1 or 2.
        assurance: what the sample shall show.

    Returns:
        None where even :data:`MOST_UNITS` are not enough.
    """
    k = factor(sides)
    return _least(lambda units: k(units, assurance) <= margin)


def chance_to_pass(
    units: int, margin: float, sides: int, assurance: Assurance
) -> float:
    """Return how probable it is that the interval stays inside the nearest limit.

    Args:
        units: how many are tested.
        margin: true distance from the mean to the nearest limit, in true standard
            deviations; a second limit is taken to be much farther away.
        sides: how many limits there are, 1 or 2; decides which k is used.
        assurance: what the sample shall show.

    Source: (limit - mean) / s times sqrt(n) is non-central t with non-centrality
    margin times sqrt(n).
    """
    root = math.sqrt(units)
    k = factor(sides)(units, assurance)
    return 1.0 - float(special.nctdtr(units - 1, margin * root, k * root))


def units_for_chance(
    chance: float, margin: float, sides: int, assurance: Assurance
) -> int | None:
    """Return the least number of units that pass with a probability of ``chance``.

    Returns:
        None where even :data:`MOST_UNITS` are not enough.
    """
    return _least(
        lambda units: chance_to_pass(units, margin, sides, assurance) >= chance
    )


def units_for_range(sides: int, assurance: Assurance) -> int:
    """Return how many units it takes for their extremes to be tolerance limits.

    Whatever the distribution is: for one limit the extreme on its side, for two the
    whole range from the smallest to the largest.

    Source: Wilks (1941): what lies beyond ``sides`` extremes is as probable as
    ``sides - 1`` or fewer failures in an attribute sample.
    """
    return attribute.units_needed(assurance, sides - 1)


def confidence_of_range(units: int, sides: int, reliability: float) -> float:
    """Return the confidence with which extremes of so many units are tolerance limits.

    Source: as for :func:`units_for_range`.
    """
    if units < sides:
        return 0.0
    return 1.0 - float(special.bdtr(sides - 1, units, 1.0 - reliability))


def _student(
    units: int, share: float, probability: float, own_share: float = 1.0
) -> float:
    _check(units)
    root = math.sqrt(units)
    shift = float(special.ndtri(share)) * own_share * root
    return float(special.nctdtrit(units - 1, shift, probability)) / root


def _least(suffices: Callable[[int], bool]) -> int | None:
    """The least number of units from 2 on; what suffices once suffices for more."""
    if not suffices(MOST_UNITS):
        return None
    low, high = 1, MOST_UNITS
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if suffices(middle) else (middle, high)
    return high


def _check(units: int) -> None:
    if units < 2:
        raise ValueError(f"{units} units have no spread; test two at least")
