"""The uncertainty budget: inputs, sensitivities and the law of propagation.

Values and uncertainties are plain numbers with the unit beside them, so that the budget
can be written down as it is and checked by hand years later.

Inputs are taken as independent. Two terms that share a cause belong into one input.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self

# Small against the curvature of any model here, large against rounding.
_STEP_IN_U = 1e-3


class Distribution(StrEnum):
    """What is assumed about an input's error."""

    NORMAL = "normal"
    RECTANGULAR = "rectangular"
    TRIANGULAR = "triangular"
    ARCSINE = "arcsine"


@dataclass(frozen=True, slots=True)
class Input:
    """One input quantity of a measurement model.

    Attributes:
        name: what it is, in words an auditor knows; unique within a budget.
        value: best estimate, in ``unit``.
        u: standard uncertainty, in ``unit``.
        unit: the unit's text.
        distribution: assumed about the error.
        dof: degrees of freedom of ``u``; ``math.inf`` where it is taken as known.

    Raises:
        ValueError: ``u`` is negative, or ``dof`` is not positive.
    """

    name: str
    value: float
    u: float
    unit: str
    distribution: Distribution = Distribution.NORMAL
    dof: float = math.inf

    def __post_init__(self) -> None:
        if self.u < 0:
            raise ValueError(
                f"{self.name}: the standard uncertainty {self.u} is negative"
            )
        if self.dof <= 0:
            raise ValueError(f"{self.name}: {self.dof} degrees of freedom")

    @classmethod
    def rectangular(
        cls,
        name: str,
        value: float,
        half_width: float,
        unit: str,
        dof: float = math.inf,
    ) -> Self:
        """An input known only to lie within ``value ± half_width`` (GUM 4.3.7)."""
        u = half_width / math.sqrt(3.0)
        return cls(name, value, u, unit, Distribution.RECTANGULAR, dof)

    @classmethod
    def triangular(
        cls,
        name: str,
        value: float,
        half_width: float,
        unit: str,
        dof: float = math.inf,
    ) -> Self:
        """The difference of two equal rectangular inputs (GUM 4.3.9)."""
        u = half_width / math.sqrt(6.0)
        return cls(name, value, u, unit, Distribution.TRIANGULAR, dof)


@dataclass(frozen=True, slots=True)
class BudgetEntry:
    """One line of a budget: an input and what it does to the result.

    Attributes:
        source: the input.
        sensitivity: d(result)/d(input), in result units for one input unit.
    """

    source: Input
    sensitivity: float

    @property
    def contribution(self) -> float:
        """Standard uncertainty of the result from this input alone, in result units."""
        return abs(self.sensitivity) * self.source.u


@dataclass(frozen=True, slots=True)
class Estimate:
    """The result of a measurement model, in the model's own unit.

    Attributes:
        value: the model at the best estimates.
        u: combined standard uncertainty.
        dof: effective degrees of freedom, not floored.
        budget: one entry an input, in the order of the inputs.
    """

    value: float
    u: float
    dof: float
    budget: tuple[BudgetEntry, ...]


def evaluate(model: Callable[..., float], inputs: tuple[Input, ...]) -> Estimate:
    """Propagate uncertainty through ``model`` to first order.

    The sensitivities are central differences of ``model`` itself, so value and budget
    cannot drift apart.

    Args:
        model: takes the inputs' values by position, returns the result.
        inputs: independent inputs, in the order of the model's parameters.

    Source: GUM (JCGM 100) 5.1.2 and, for the differences, 5.1.3 note 2.
    """
    values = [each.value for each in inputs]
    budget = tuple(
        BudgetEntry(each, _sensitivity(model, values, index, each.u))
        for index, each in enumerate(inputs)
    )
    u = combined_u(budget)
    return Estimate(model(*values), u, effective_dof(budget), budget)


def chain(model: Callable[..., float], *parts: Estimate) -> Estimate:
    """Propagate estimates through a further model, back to the inputs of each.

    Args:
        model: takes the parts' values by position, returns the result.
        parts: estimates that are independent of each other.

    Returns:
        An estimate whose budget names the parts' own inputs; exact ones are left out.
    """
    inputs = tuple(
        Input("part", each.value, each.u, "", dof=each.dof) for each in parts
    )
    outer = evaluate(model, inputs)
    budget = tuple(
        replace(line, sensitivity=line.sensitivity * entry.sensitivity)
        for part, entry in zip(parts, outer.budget, strict=True)
        for line in part.budget
        # Not "u > 0": that would drop a NaN, and with it the reason for INCONCLUSIVE.
        if line.source.u != 0.0
    )
    return Estimate(outer.value, combined_u(budget), effective_dof(budget), budget)


def _sensitivity(
    model: Callable[..., float], values: list[float], index: int, u: float
) -> float:
    if u == 0.0:
        return 0.0
    step = u * _STEP_IN_U
    above, below = values.copy(), values.copy()
    above[index] += step
    below[index] -= step
    return (model(*above) - model(*below)) / (above[index] - below[index])


def combined_u(budget: Iterable[BudgetEntry]) -> float:
    """Root sum of squares of the contributions (GUM equation 10)."""
    return math.hypot(*(entry.contribution for entry in budget))


def effective_dof(budget: tuple[BudgetEntry, ...]) -> float:
    """Effective degrees of freedom (Welch-Satterthwaite, GUM equation G.2b).

    Returns:
        ``math.inf`` if nothing in the budget has finite degrees of freedom.
    """
    u = combined_u(budget)
    if u == 0.0:
        return math.inf
    share = sum((entry.contribution / u) ** 4 / entry.source.dof for entry in budget)
    return math.inf if share == 0.0 else 1.0 / share
