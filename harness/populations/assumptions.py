"""What a verdict on a population takes for granted, and what the data say of it."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from scipy import special

from harness.populations.assurance import percent
from harness.populations.declaration import LEAST_FOR_NORMALITY
from harness.populations.spread import Spread, spread

NORMALITY: Final = "normal distribution"
POOLING: Final = "pooled cases agree"
SIGNIFICANCE: Final = 0.05
# With fewer units a test misses many populations whose tails are no normal ones.
_FEW_FOR_NORMALITY: Final = 50
# A modified z-score beyond this is called an outlier (Iglewicz and Hoaglin, 1993).
_FAR: Final = 3.5
_MAD_TO_S: Final = 0.6745
# Below, a spread is the rounding of numbers and no property of units.
_NO_SPREAD: Final = 1e-12


class Finding(StrEnum):
    """What came of a check."""

    HOLDS = "not rejected"
    REJECTED = "rejected"
    UNCHECKED = "cannot be checked"
    STATED = "stated"


@dataclass(frozen=True, slots=True)
class Check:
    """One assumption.

    Attributes:
        name: the assumption in a few words.
        finding: what came of it.
        statement: the numbers, and what follows.
    """

    name: str
    finding: Finding
    statement: str


def normality(values: Sequence[float]) -> Check:
    """Ask whether values, one a unit, can come from a normal distribution.

    Either of two tests rejects at 5 %: a verdict must not rest on the kinder one.

    Source: Shapiro and Wilk (1965), as scipy has it; Anderson and Darling, for unknown
    mean and variance, with the approximation by D'Agostino and Stephens (1986).
    """
    name = NORMALITY
    if len(values) < LEAST_FOR_NORMALITY:
        found = f"{len(values)} units; a test needs {LEAST_FOR_NORMALITY} at least"
        return Check(name, Finding.UNCHECKED, found)
    s = statistics.stdev(values)
    if s <= _NO_SPREAD * max(1.0, *map(abs, values)):
        found = "all values are equal: they are too coarse to show their spread"
        return Check(name, Finding.UNCHECKED, found)
    from scipy import stats  # noqa: PLC0415 - slow to import.

    # Neither test asks for the scale, but very small numbers would trouble the first.
    shapiro = stats.shapiro(
        [(value - statistics.fmean(values)) / s for value in values]
    )
    squared, p_anderson = anderson_darling(values)
    found = (
        f"Shapiro-Wilk W = {shapiro.statistic:.4f}, p = {shapiro.pvalue:.3g};"
        f" Anderson-Darling A² = {squared:.4f}, p = {p_anderson:.3g};"
        f" rejected below {SIGNIFICANCE:g}"
    )
    if len(values) < _FEW_FOR_NORMALITY:
        found += (
            f". {len(values)} units can hardly contradict it: the confidence is that of"
            " a normal population, so say from earlier data why this is one"
        )
    is_rejected = min(shapiro.pvalue, p_anderson) < SIGNIFICANCE
    return Check(name, Finding.REJECTED if is_rejected else Finding.HOLDS, found)


def anderson_darling(values: Sequence[float]) -> tuple[float, float]:
    """Return A², corrected for the number of values, and its probability.

    Source: D'Agostino and Stephens, Goodness-of-fit techniques (1986), table 4.9:
    normal distribution with unknown mean and variance.
    """
    n = len(values)
    ordered = np.sort(np.asarray(values, dtype=float))
    z = (ordered - ordered.mean()) / ordered.std(ddof=1)
    ranks = np.arange(1, n + 1)
    terms = (2 * ranks - 1) * (special.log_ndtr(z) + special.log_ndtr(-z[::-1]))
    corrected = (-n - float(terms.sum()) / n) * (1.0 + 0.75 / n + 2.25 / n**2)
    return corrected, _probability(corrected)


def _probability(a: float) -> float:
    if a >= 0.6:
        # Beyond its range the approximation would rise again.
        a = min(a, 13.0)
        return math.exp(1.2937 - 5.709 * a + 0.0186 * a * a)
    if a >= 0.34:
        return math.exp(0.9177 - 4.279 * a - 1.38 * a * a)
    if a >= 0.2:
        return 1.0 - math.exp(-8.318 + 42.796 * a - 59.938 * a * a)
    return 1.0 - math.exp(-13.436 + 101.14 * a - 223.73 * a * a)


def outliers(values: Mapping[str, float]) -> Check:
    """Name the units whose values lie far from the others; none is ever left out.

    Source: modified z-score, 0.6745 (value - median) / median absolute deviation;
    Iglewicz and Hoaglin (1993).
    """
    name = "no outliers"
    middle = statistics.median(values.values())
    deviation = statistics.median(abs(each - middle) for each in values.values())
    if len(values) < 3 or deviation == 0.0:
        found = f"{len(values)} units; half of them differ too little to tell"
        return Check(name, Finding.UNCHECKED, found)
    far = [
        f"{unit} ({value:.4g})"
        for unit, value in values.items()
        if _MAD_TO_S * abs(value - middle) / deviation > _FAR
    ]
    if not far:
        found = f"no modified z-score beyond {_FAR:g}"
        return Check(name, Finding.HOLDS, found)
    found = f"{', '.join(far)}; kept: find the cause in the runs"
    return Check(name, Finding.REJECTED, found)


def units_differ(found: Spread) -> Check:
    """Say whether repeats on one unit could stand for further units."""
    name = "repeats are no units"
    if found.values == found.units:
        return Check(name, Finding.STATED, "one value a unit")
    counted = (
        f"{found.values} values of {found.units} units count as {found.units};"
        f" s between units {found.s_between:.4g}, within {found.s_within:.4g}"
    )
    if math.isnan(found.p):
        return Check(name, Finding.STATED, counted)
    said = "the units differ" if found.p < SIGNIFICANCE else "no difference is shown"
    test = f"F = {found.f:.4g}, p = {found.p:.3g}: {said}"
    return Check(name, Finding.STATED, f"{counted}; {test}")


def cases_agree(by_case: Mapping[str, Sequence[float]]) -> Check:
    """Ask whether cases that the plan pools differ.

    Source: one-way analysis of variance between the cases. Their values come from the
    same units, so this finds less than a paired test; a difference that it misses
    stands in the spread within the units all the same.
    """
    name = POOLING
    pooled = f"{len(by_case)} cases, pooled because the plan says so"
    groups = [values for values in by_case.values() if len(values) > 1]
    test = spread(groups) if len(groups) > 1 else None
    if test is None or math.isnan(test.p):
        return Check(name, Finding.UNCHECKED, pooled)
    found = f"{pooled}; F = {test.f:.4g}, p = {test.p:.3g}"
    is_rejected = test.p < SIGNIFICANCE
    return Check(name, Finding.REJECTED if is_rejected else Finding.HOLDS, found)


def independence(units: Sequence[str], confidence: float) -> Check:
    """Say what no data can show: that the units were drawn by chance, and apart."""
    found = (
        f"{len(units)} units by serial number; the data cannot show it, and without it"
        f" {percent(confidence)} confidence means nothing"
    )
    return Check("units drawn at random", Finding.STATED, found)
