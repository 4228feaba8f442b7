"""Formulae that take one value, or an array of one value for each random trial.

A range is checked for the single value only, which is the best estimate. The trials
scatter about it, and a formula that is smooth must not stop at the tail of one of them;
what it cannot give there is NaN, and stays visible.
"""

from __future__ import annotations

import math
from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

Trials: TypeAlias = NDArray[np.float64]
Real = TypeVar("Real", float, Trials)


def outside(value: Real, low: float, high: float) -> bool:
    """Whether a single value is not within ``low`` to ``high``, as NaN never is."""
    if isinstance(value, np.ndarray):
        return False
    return not low <= value <= high


def exp(value: Real) -> Real:
    """The exponential function, a Python float of a single value."""
    if isinstance(value, np.ndarray):
        powers: Trials = np.exp(value)
        return powers
    return math.exp(value)
