"""Errors of inputs that are correlated without being the same."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from harness.metrology.arrays import Trials

# Room for the rounding of coefficients that were computed from observations.
_LEAST_EIGENVALUE = -1e-9


@dataclass(frozen=True, slots=True)
class Correlation:
    """The correlation of the errors of two inputs.

    It is for inputs that were observed together. Errors from one common source are
    better stated as inputs of one cause.

    Attributes:
        first: name of an input.
        second: name of another one.
        r: correlation coefficient, -1 to 1.

    Raises:
        ValueError: ``r`` is outside its range or NaN, or both names are the same.
    """

    first: str
    second: str
    r: float

    def __post_init__(self) -> None:
        if not -1.0 <= self.r <= 1.0:
            raise ValueError(
                f"{self.first} and {self.second}: a correlation of {self.r}; it lies"
                " between -1 and 1"
            )
        if self.first == self.second:
            raise ValueError(f"{self.first}: correlated with itself; name two inputs")

    @classmethod
    def observed(
        cls,
        first: str,
        second: str,
        first_values: Sequence[float],
        second_values: Sequence[float],
    ) -> Self:
        """The correlation of two means, from simultaneous observations.

        Raises:
            ValueError: the series differ in length, are too short, or do not vary.

        Source: GUM 5.2.3, equations 14 and 17.
        """
        r = statistics.correlation(first_values, second_values)
        # Rounding may put a perfect correlation just outside.
        return cls(first, second, max(-1.0, min(1.0, r)))


def groups(correlations: Sequence[Correlation]) -> list[list[str]]:
    """The names that hang together by correlations, each name in one group only."""
    found: list[list[str]] = []
    for each in correlations:
        pair = [each.first, each.second]
        touched = [group for group in found if not set(group).isdisjoint(pair)]
        joined = [name for group in (*touched, pair) for name in group]
        found = [group for group in found if group not in touched]
        found.append(list(dict.fromkeys(joined)))
    return found


def correlation_matrix(
    names: Sequence[str], correlations: Sequence[Correlation]
) -> Trials:
    """The matrix of the coefficients, in the order of ``names``.

    Raises:
        ValueError: no errors can have these correlations at the same time.
    """
    matrix = np.eye(len(names))
    for each in correlations:
        if each.first not in names:
            continue
        row, column = names.index(each.first), names.index(each.second)
        matrix[row, column] = matrix[column, row] = each.r
    if np.linalg.eigvalsh(matrix)[0] < _LEAST_EIGENVALUE:
        raise ValueError(
            f"the correlations of {', '.join(names)} contradict each other; compute"
            " them from the same observations and do not round them"
        )
    return matrix
