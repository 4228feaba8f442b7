"""Gauge repeatability and reproducibility: how much of a tolerance the method takes.

Method adapted from the ANOVA method of AIAG's manual on measurement systems analysis,
with confidence bounds, for two operators say little of all operators.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from scipy import special

from harness.qualification.gauge_anova import SCATTER, Anova, Effect
from harness.qualification.method_lines import Line, Standing

PART: Final = "part"
"""The factor that the method is there to tell apart."""
SPREAD: Final = 6.0
"""Standard deviations that a tolerance is held against."""
CONFIDENCE: Final = 0.95
"""Of each of the two bounds."""

_CATEGORIES: Final = 1.41
_MOST_CATEGORIES: Final = 1000


@dataclass(frozen=True, slots=True)
class Allowed:
    """What the method may take, declared before the study.

    Attributes:
        tolerance_width: from the lower to the upper limit of the measurand.
        unit: of the width and of all values.
        source: where the width comes from, in words.
        largest_share: of the width that the spread of the method may take.
        fewest_categories: that parts over the tolerance must fall into.
    """

    tolerance_width: float
    unit: str
    source: str
    largest_share: float
    fewest_categories: int


@dataclass(frozen=True, slots=True)
class Gauge:
    """The result; variances are cut off at 0, in the square of the values' unit.

    Attributes:
        repeatability: variance of repeats by one operator on one bench.
        reproducibility: variance that operators, benches and their interactions add.
        part: variance between parts.
        lower, upper: one-sided bounds of repeatability and reproducibility together.
    """

    repeatability: float
    reproducibility: float
    part: float
    lower: float
    upper: float

    @property
    def both(self) -> float:
        """Variance of the method."""
        return self.repeatability + self.reproducibility

    @property
    def categories(self) -> int | None:
        """How many groups of parts it tells apart; None where it never varied."""
        if self.both == 0.0:
            return None
        ratio = _CATEGORIES * math.sqrt(self.part / self.both)
        return min(math.floor(ratio), _MOST_CATEGORIES)

    def share(self, variance: float, width: float) -> float:
        """The share of a tolerance that the spread of a variance takes."""
        return SPREAD * math.sqrt(variance) / width


def evaluate(anova: Anova) -> Gauge:
    """Sort the components of variance, with bounds for the method's.

    The bounds of a sum of mean squares are those of modified large samples (Graybill
    and Wang 1980; Burdick and Larsen 1997 for gauge studies).
    """
    components = anova.components()
    method = {each for each in components if each not in (SCATTER, (PART,))}
    added = math.fsum(max(0.0, components[each]) for each in method)
    lower, upper = _bounds(anova, (SCATTER, *method))
    repeatability = components[SCATTER]
    return Gauge(
        repeatability=repeatability,
        reproducibility=added,
        part=max(0.0, components.get((PART,), 0.0)),
        lower=max(0.0, lower),
        # What was cut off at 0 may put the estimate above the bound.
        upper=max(upper, repeatability + added),
    )


def _bounds(anova: Anova, effects: Iterable[Effect]) -> tuple[float, float]:
    total: dict[Effect, float] = {}
    for effect in effects:
        for of, weight in anova.weights(effect).items():
            total[of] = total.get(of, 0.0) + weight
    terms = {of: weight * anova.mean_squares[of] for of, weight in total.items()}
    found = math.fsum(terms.values())
    return (
        found - _distance(anova.dofs, terms, is_upper=False),
        found + _distance(anova.dofs, terms, is_upper=True),
    )


def _distance(
    dofs: Mapping[Effect, int], terms: Mapping[Effect, float], *, is_upper: bool
) -> float:
    squares = []
    for of, term in terms.items():
        # A term that is taken away is largest where the whole is smallest.
        tail = CONFIDENCE if is_upper == (term >= 0.0) else 1.0 - CONFIDENCE
        ratio = dofs[of] / float(special.chdtri(dofs[of], tail))
        squares.append(((ratio - 1.0) * term) ** 2)
    return math.sqrt(math.fsum(squares))


def lines(gauge: Gauge, allowed: Allowed) -> list[Line]:
    """Hold a study against what was declared."""
    return [_share_line(gauge, allowed), _categories_line(gauge, allowed)]


def _share_line(gauge: Gauge, allowed: Allowed) -> Line:
    found, least, most = (
        gauge.share(variance, allowed.tolerance_width)
        for variance in (gauge.both, gauge.lower, gauge.upper)
    )
    standing = Standing.INCONCLUSIVE
    if most <= allowed.largest_share:
        standing = Standing.FIT
    elif least > allowed.largest_share:
        standing = Standing.UNFIT
    mend = {
        Standing.FIT: "",
        Standing.INCONCLUSIVE: "let more operators or benches take part",
        Standing.UNFIT: "train on one written procedure, and see which bench differs",
    }
    return Line(
        "gauge",
        "repeatability and reproducibility of the tolerance",
        f"{found:.2%}, with 95 % confidence each above {least:.2%} and below"
        f" {most:.2%}",
        f"at most {allowed.largest_share:.0%} of {allowed.tolerance_width:.4g}"
        f" {allowed.unit} ({allowed.source})",
        standing,
        mend[standing],
    )


def _categories_line(gauge: Gauge, allowed: Allowed) -> Line:
    name, wanted = "distinct categories", f"at least {allowed.fewest_categories}"
    if gauge.categories is None:
        return Line(
            "gauge",
            name,
            "no value of a cell ever differed",
            wanted,
            Standing.INCONCLUSIVE,
            "read more digits, and see that every value was really measured",
        )
    is_fit = gauge.categories >= allowed.fewest_categories
    return Line(
        "gauge",
        name,
        str(gauge.categories),
        wanted,
        Standing.FIT if is_fit else Standing.UNFIT,
        "" if is_fit else "choose parts over the whole tolerance, or scatter less",
    )
