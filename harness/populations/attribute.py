"""Samples of units that are so or not: how many, and what they have shown.

The number of units that are not as required is binomial: each unit is drawn by itself
from many more than are tested.
"""

from __future__ import annotations

from scipy import special

from harness.populations.assurance import Assurance

# A quotient of logarithms that is a whole number must not be rounded up.
_ROUNDING = 1e-9


def units_needed(assurance: Assurance, failures: int = 0) -> int:
    """Return the least number of units with which so many failures may still pass.

    Args:
        assurance: what the sample shall show.
        failures: how many units may fail.

    Raises:
        ValueError: ``failures`` is negative.

    Source: the least n for which ``failures`` or fewer among n, each with probability
    1 - reliability, are no more probable than 1 - confidence. Without a failure this is
    ln(1 - confidence) / ln(reliability), rounded up.
    """
    if failures < 0:
        raise ValueError(f"{failures} failures; give 0 or more")

    def suffices(units: int) -> bool:
        risk = special.bdtr(failures, units, 1.0 - assurance.reliability)
        return bool(risk <= (1.0 - assurance.confidence) * (1.0 + _ROUNDING))

    low, high = failures, failures + 1
    while not suffices(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if suffices(middle) else (middle, high)
    return high


def reliability_shown(units: int, failures: int, confidence: float) -> float:
    """Return the share of good units that a sample shows, as a lower bound.

    Args:
        units: how many were tested.
        failures: how many of them were not as required.
        confidence: of the one-sided bound.

    Raises:
        ValueError: there are no units, or not so many.

    Source: Clopper and Pearson (1934), by the incomplete beta function.
    """
    _check(units, failures)
    if failures == units:
        return 0.0
    return float(special.betaincinv(units - failures, failures + 1, 1.0 - confidence))


def failing_share_shown(units: int, failures: int, confidence: float) -> float:
    """Return the share of bad units that a sample shows, as a lower bound.

    Raises:
        ValueError: there are no units, or not so many.

    Source: as for :func:`reliability_shown`, with good and bad exchanged.
    """
    return reliability_shown(units, units - failures, confidence)


def _check(units: int, failures: int) -> None:
    if not 0 <= failures <= units or units == 0:
        raise ValueError(f"{failures} failures among {units} units")
