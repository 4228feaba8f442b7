"""Analysis of variance of a balanced crossed design whose factors are all random.

One factor gives the design of GUM (JCGM 100) annex H.5, parts with operators that of a
gauge study, and benches may be a third factor.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from types import MappingProxyType
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import special

from harness.errors import ConfigurationError

POOLED_ABOVE: Final = 0.25
"""An interaction whose p is above this is taken for scatter and pooled with it."""

Effect: TypeAlias = tuple[str, ...]
"""The factors that act together; one factor alone is a main effect."""

SCATTER: Final[Effect] = ()
"""What is left between the repeats of one cell."""

_FEWEST: Final = 2


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table, before anything was pooled.

    Attributes:
        effect: its factors; `SCATTER` for the repeats.
        dof: degrees of freedom.
        sum_of_squares: in the square of the values' unit.
        f, p: the test by which an interaction was kept or pooled; None for other rows.
        is_pooled: whether it was pooled with the scatter.
    """

    effect: Effect
    dof: int
    sum_of_squares: float
    f: float | None = None
    p: float | None = None
    is_pooled: bool = False

    @property
    def mean_square(self) -> float:
        """Sum of squares for each degree of freedom."""
        return self.sum_of_squares / self.dof


@dataclass(frozen=True, slots=True)
class Anova:
    """The analysis.

    Attributes:
        levels: how many levels each factor has.
        repeats: of each cell.
        mean: of all values.
        rows: every effect by its number of factors, scatter last.
        dofs: degrees of freedom of each effect that was kept, and of the scatter with
            what was pooled.
        mean_squares: the same.
    """

    levels: Mapping[str, int]
    repeats: int
    mean: float
    rows: tuple[Row, ...]
    dofs: Mapping[Effect, int]
    mean_squares: Mapping[Effect, float]

    def components(self) -> Mapping[Effect, float]:
        """The variance that each effect adds, not cut off at 0.

        Source: expected mean squares of the random model; see `weights`.
        """
        return MappingProxyType(
            {
                effect: math.fsum(
                    weight * self.mean_squares[of]
                    for of, weight in self.weights(effect).items()
                )
                for effect in self.mean_squares
            }
        )

    def weights(self, effect: Effect) -> Mapping[Effect, float]:
        """How a component of variance is made of mean squares.

        The mean square of S is expected to be the variance of the scatter plus, for
        each effect T that contains S, its variance times the number of values in one
        level of T. That is solved from the largest effect down.
        """
        if effect == SCATTER:
            return {SCATTER: 1.0}
        found = {effect: 1.0}
        containing = [each for each in self.mean_squares if set(each) > set(effect)] + [
            SCATTER
        ]
        for each in containing:
            times = 1.0 if each == SCATTER else float(self._values_in(each))
            for of, weight in self.weights(each).items():
                found[of] = found.get(of, 0.0) - times * weight
        size = self._values_in(effect)
        return {of: weight / size for of, weight in found.items()}

    def _values_in(self, effect: Effect) -> int:
        others = (n for factor, n in self.levels.items() if factor not in effect)
        return self.repeats * math.prod(others)


def analyse(values: NDArray[np.float64], factors: Sequence[str]) -> Anova:
    """Analyse a design without a missing cell.

    Interactions are tested against the scatter, those with most factors first; one with
    p above `POOLED_ABOVE` is pooled unless it is part of one that was kept.

    Args:
        values: an axis for each factor, and a last one for the repeats.
        factors: names of the axes.

    Raises:
        ConfigurationError: a factor or the repeats have fewer than two levels, or a
            value is not finite.
    """
    _check(values, factors)
    mean = float(values.mean())
    rows = [*_effects(values - mean, factors), _scatter(values)]
    kept = {row.effect: row for row in rows}
    scatter = kept.pop(SCATTER)
    squares, dof = scatter.sum_of_squares, scatter.dof
    shown: dict[Effect, Row] = {}
    for row in sorted(rows[:-1], key=lambda each: -len(each.effect)):
        if len(row.effect) < _FEWEST:
            continue
        tested = _tested(row, squares / dof, dof)
        is_part = any(set(each) > set(row.effect) for each in kept)
        pooled = not is_part and tested.p is not None and tested.p > POOLED_ABOVE
        if pooled:
            squares, dof = squares + row.sum_of_squares, dof + row.dof
            del kept[row.effect]
        shown[row.effect] = Row(
            row.effect, row.dof, row.sum_of_squares, tested.f, tested.p, pooled
        )
    dofs = {effect: row.dof for effect, row in kept.items()} | {SCATTER: dof}
    means = {effect: row.mean_square for effect, row in kept.items()}
    return Anova(
        levels=dict(zip(factors, values.shape, strict=False)),
        repeats=values.shape[-1],
        mean=mean,
        rows=tuple(shown.get(row.effect, row) for row in rows),
        dofs=MappingProxyType(dofs),
        mean_squares=MappingProxyType(means | {SCATTER: squares / dof}),
    )


def _check(values: NDArray[np.float64], factors: Sequence[str]) -> None:
    if not np.isfinite(values).all():
        raise ConfigurationError(
            "gauge study: a value is not a finite number; measure that cell again"
        )
    for name, levels in zip((*factors, "repeats"), values.shape, strict=True):
        if levels < _FEWEST:
            raise ConfigurationError(
                f"gauge study: {levels} level of {name} tells nothing of its spread;"
                f" give at least {_FEWEST}"
            )


def _effects(centred: NDArray[np.float64], factors: Sequence[str]) -> list[Row]:
    axes = range(len(factors))
    rows: list[Row] = []
    departures: dict[tuple[int, ...], NDArray[np.float64]] = {}
    for size in range(1, len(factors) + 1):
        for chosen in combinations(axes, size):
            rest = tuple(axis for axis in range(centred.ndim) if axis not in chosen)
            departure = centred.mean(axis=rest, keepdims=True)
            for of, smaller in departures.items():
                if set(of) < set(chosen):
                    departure = departure - smaller
            departures[chosen] = departure
            spread_over = math.prod(centred.shape[axis] for axis in rest)
            squares = spread_over * float((departure**2).sum())
            dof = math.prod(centred.shape[axis] - 1 for axis in chosen)
            rows.append(Row(tuple(factors[axis] for axis in chosen), dof, squares))
    return rows


def _scatter(values: NDArray[np.float64]) -> Row:
    within = values - values.mean(axis=-1, keepdims=True)
    dof = values.size - values.size // values.shape[-1]
    return Row(SCATTER, dof, float((within**2).sum()))


def _tested(row: Row, scatter: float, dof: int) -> Row:
    """Test an interaction against the scatter; without any scatter it is kept."""
    if scatter == 0.0:
        return row
    f = row.mean_square / scatter
    p = float(special.fdtrc(row.dof, dof, f))
    return Row(row.effect, row.dof, row.sum_of_squares, f, p)
