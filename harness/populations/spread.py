"""Mean and spread of nested values: several units, each measured several times.

Method adapted from the analysis of variance of a balanced one-way layout with random
effects, here with unweighted means, so that units may differ in their number of values.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from scipy import special


@dataclass(frozen=True, slots=True)
class Spread:
    """What the values of several units say.

    Attributes:
        units: number of units.
        values: number of values.
        mean: mean of the units' means.
        s: standard deviation of one value of any unit: units and repeats together. NaN
            with fewer than two units.
        s_between: of the units alone; NaN with fewer than two units.
        s_within: of repeats on one unit; 0 where no unit has any.
        f: mean square between units by that within them; NaN without repeats.
        p: probability of so large a ratio if the units were equal; NaN without repeats.
    """

    units: int
    values: int
    mean: float
    s: float
    s_between: float
    s_within: float
    f: float
    p: float


def spread(by_unit: Sequence[Sequence[float]]) -> Spread:
    """Return the spread of values, given unit by unit.

    Args:
        by_unit: one value at least of each unit, all in one unit of measurement.

    Raises:
        ValueError: no unit, or one without a value.

    Source: with r_h the harmonic mean of the numbers of values, the variance of the
    units' means is s_between² + s_within²/r_h; one more value of any unit has
    s_between² + s_within².
    """
    if not by_unit or not all(by_unit):
        raise ValueError("every unit needs a value")
    counts = [len(values) for values in by_unit]
    means = [statistics.fmean(values) for values in by_unit]
    free = sum(counts) - len(counts)
    squares = sum(
        (value - mean) ** 2
        for values, mean in zip(by_unit, means, strict=True)
        for value in values
    )
    within = squares / free if free else 0.0
    of_means = statistics.variance(means) if len(means) > 1 else math.nan
    per_value = 1.0 / statistics.harmonic_mean(counts)
    between = of_means - within * per_value
    no_spread = math.nan if len(means) < 2 else 0.0
    f, p = _compared(by_unit, means, within, free)
    return Spread(
        units=len(counts),
        values=sum(counts),
        mean=statistics.fmean(means),
        s=math.sqrt(of_means + within * (1.0 - per_value)),
        s_between=math.sqrt(between) if between >= 0.0 else no_spread,
        s_within=math.sqrt(within),
        f=f,
        p=p,
    )


def _compared(
    by_unit: Sequence[Sequence[float]], means: Sequence[float], within: float, free: int
) -> tuple[float, float]:
    """F of the one-way analysis of variance, and its probability."""
    if not free or len(means) < 2 or within == 0.0:
        return math.nan, math.nan
    everything = statistics.fmean([value for values in by_unit for value in values])
    between = sum(
        len(values) * (mean - everything) ** 2
        for values, mean in zip(by_unit, means, strict=True)
    ) / (len(means) - 1)
    f = between / within
    return f, float(special.fdtrc(len(means) - 1, free, f))
