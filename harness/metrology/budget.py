"""The uncertainty budget: sensitivities and the law of propagation.

Inputs are independent, with two exceptions that somebody states: those that name the
same cause have one error and become one line of the budget; those that a
:class:`Correlation` names were observed together.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import numpy as np

from harness.metrology.arrays import Trials
from harness.metrology.correlation import Correlation, correlation_matrix, groups
from harness.metrology.draws import Draws
from harness.metrology.inputs import Distribution, Evaluation, Input

__all__ = [
    "BudgetEntry",
    "Correlation",
    "Distribution",
    "Draw",
    "Estimate",
    "Evaluation",
    "Input",
    "chain",
    "combined_u",
    "effective_dof",
    "evaluate",
]

Draw: TypeAlias = Callable[[Draws], Trials]

# Small against the curvature of any model here, large against rounding.
_STEP_IN_U = 1e-3


@dataclass(frozen=True, slots=True)
class BudgetEntry:
    """One line of a budget: an input and what it does to the result.

    Attributes:
        source: the input; where several share one cause, the first of them.
        sensitivity: d(result)/d(input), in result units for one input unit; the sum
            of the signed sensitivities where several inputs share one cause.
    """

    source: Input
    sensitivity: float

    @property
    def signed(self) -> float:
        """Change of the result when the input is off by its u, in result units."""
        return self.sensitivity * self.source.u

    @property
    def contribution(self) -> float:
        """Standard uncertainty of the result from this input alone, in result units."""
        return abs(self.signed)


@dataclass(frozen=True, slots=True)
class Estimate:
    """The result of a measurement model, in the model's own unit.

    Attributes:
        value: the model at the best estimates.
        u: combined standard uncertainty.
        dof: effective degrees of freedom, not floored.
        budget: one entry an input or shared cause, in the order of the inputs.
        correlations: of inputs in the budget, by name.
        draw: values of the model for a block of random trials; where there is none,
            the budget itself serves as a linear model.
    """

    value: float
    u: float
    dof: float
    budget: tuple[BudgetEntry, ...]
    correlations: tuple[Correlation, ...] = ()
    draw: Draw | None = field(default=None, compare=False, repr=False)

    def renamed(self, names: Mapping[str, str]) -> Estimate:
        """The same estimate with other names in its budget, old ones to new ones."""
        if all(old == new for old, new in names.items()):
            return self
        budget = tuple(
            BudgetEntry(
                replace(line.source, name=names[line.source.name]), line.sensitivity
            )
            if line.source.name in names
            else line
            for line in self.budget
        )
        correlations = tuple(
            replace(
                each,
                first=names.get(each.first, each.first),
                second=names.get(each.second, each.second),
            )
            for each in self.correlations
        )
        return replace(self, budget=budget, correlations=correlations)

    def drawn(self, draws: Draws) -> Trials:
        """Values of the result, one for each trial.

        Raises:
            ValueError: a correlated input is not normal.
        """
        if self.draw is not None:
            return self.draw(draws)
        if not self.budget:
            return draws.of(Input("result", self.value, self.u, "", dof=self.dof))
        errors = [replace(line.source, value=0.0) for line in self.budget]
        drawn = draws.together(errors, self.correlations)
        total = np.full(draws.trials, self.value)
        for line, error in zip(self.budget, drawn, strict=True):
            total += line.sensitivity * error
        return total


def evaluate(
    model: Callable[..., float],
    inputs: tuple[Input, ...],
    correlations: tuple[Correlation, ...] = (),
) -> Estimate:
    """Propagate uncertainty through ``model`` to first order.

    The sensitivities are central differences of ``model`` itself, so value and budget
    cannot drift apart.

    Args:
        model: takes the inputs' values by position, returns the result; it also takes
            arrays of one length, one value for each trial of a Monte Carlo run.
        inputs: in the order of the model's parameters.
        correlations: of inputs that have names of their own and no cause.

    Raises:
        ValueError: inputs of one cause state its error differently, or a correlation
            names no input, one of several, one with a cause, or contradicts another.

    Source: GUM (JCGM 100) 5.1.2, for the differences 5.1.3 note 2, and for shared
    causes F.1.2.4.
    """
    _check_correlations(inputs, correlations)
    values = [each.value for each in inputs]
    lines = _merged(
        BudgetEntry(each, _sensitivity(model, values, index, each.u))
        for index, each in enumerate(inputs)
    )

    def draw(draws: Draws) -> Trials:
        return _on_trials(model, draws.together(inputs, correlations), draws.trials)

    return _estimate(model(*values), lines, correlations, draw)


def chain(model: Callable[..., float], *parts: Estimate) -> Estimate:
    """Propagate estimates through a further model, back to the inputs of each.

    Args:
        model: takes the parts' values by position, returns the result; it also takes
            arrays, as in :func:`evaluate`.
        parts: estimates that are independent of each other, but for the causes that
            they share. The same estimate twice counts as two independent ones.

    Returns:
        An estimate whose budget names the parts' own inputs; exact ones are left out.

    Raises:
        ValueError: inputs of one cause state its error differently.
    """
    outer = [
        _sensitivity(model, [each.value for each in parts], index, part.u)
        for index, part in enumerate(parts)
    ]
    distinct = _with_names_apart(parts)
    lines = _merged(
        BudgetEntry(line.source, line.sensitivity * sensitivity)
        for part, sensitivity in zip(distinct, outer, strict=True)
        for line in part.budget
        # Not "u > 0": that would drop a NaN, and with it the reason for INCONCLUSIVE.
        if line.source.u != 0.0
    )
    kept = {line.source.name for line in lines}
    correlations = tuple(
        each
        for part in distinct
        for each in part.correlations
        if kept.issuperset((each.first, each.second))
    )

    def draw(draws: Draws) -> Trials:
        drawn = [part.drawn(draws) for part in parts]
        return _on_trials(model, drawn, draws.trials)

    value = model(*(each.value for each in parts))
    return _estimate(value, lines, correlations, draw)


def combined_u(
    budget: Iterable[BudgetEntry], correlations: Sequence[Correlation] = ()
) -> float:
    """Combined standard uncertainty (GUM equations 10 and 16)."""
    lines = tuple(budget)
    total = math.hypot(*(line.signed for line in lines))
    if not correlations:
        return total
    signed = {line.source.name: line.signed for line in lines}
    mixed = math.fsum(
        2.0 * each.r * signed[each.first] * signed[each.second] for each in correlations
    )
    # Rounding may leave the variance of a perfect cancellation below zero.
    return math.sqrt(max(total**2 + mixed, 0.0))


def effective_dof(
    budget: tuple[BudgetEntry, ...], correlations: Sequence[Correlation] = ()
) -> float:
    """Effective degrees of freedom (Welch-Satterthwaite, GUM equation G.2b).

    The formula holds for independent inputs. Correlated ones count as one input with
    the least degrees of freedom among them: what was observed together is no better
    known than its worst part.

    Returns:
        ``math.inf`` if nothing in the budget has finite degrees of freedom.

    Source: for the correlated, a cautious reading of R. Willink, Metrologia 44 (2007)
    340.
    """
    u = combined_u(budget, correlations)
    if u == 0.0:
        return math.inf
    together = [set(names) for names in groups(correlations)]
    correlated = set().union(*together)
    share = sum(
        (line.contribution / u) ** 4 / line.source.dof
        for line in budget
        if line.source.name not in correlated
    )
    for names in together:
        lines = [line for line in budget if line.source.name in names]
        within = [each for each in correlations if each.first in names]
        least = min(line.source.dof for line in lines)
        share += (combined_u(lines, within) / u) ** 4 / least
    return math.inf if share == 0.0 else 1.0 / share


def _estimate(
    value: float,
    budget: tuple[BudgetEntry, ...],
    correlations: tuple[Correlation, ...],
    draw: Draw,
) -> Estimate:
    u = combined_u(budget, correlations)
    dof = effective_dof(budget, correlations)
    return Estimate(value, u, dof, budget, correlations, draw)


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


def _on_trials(
    model: Callable[..., float], arguments: Sequence[Trials], trials: int
) -> Trials:
    # A model that ignores its inputs returns a single number.
    return np.broadcast_to(np.asarray(model(*arguments), np.float64), trials)


def _merged(lines: Iterable[BudgetEntry]) -> tuple[BudgetEntry, ...]:
    """Lines of one cause as one line, at the place of the first."""
    merged: list[BudgetEntry] = []
    place: dict[str, int] = {}
    for line in lines:
        index = place.setdefault(line.source.cause, len(merged))
        if line.source.cause and index < len(merged):
            first = merged[index]
            first.source.check_same_error(line.source)
            both = first.sensitivity + line.sensitivity
            merged[index] = BudgetEntry(first.source, both)
        else:
            merged.append(line)
    return tuple(merged)


def _check_correlations(
    inputs: Sequence[Input], correlations: Sequence[Correlation]
) -> None:
    names = [each.name for each in inputs]
    own = {each.name for each in inputs if not each.cause}
    for each in correlations:
        for name in (each.first, each.second):
            if names.count(name) != 1 or name not in own:
                raise ValueError(
                    f"correlation of {each.first} and {each.second}: {name!r} must be"
                    " the name of exactly one input, and that must not name a cause"
                )
    for group in groups(correlations):
        correlation_matrix(group, correlations)


def _with_names_apart(parts: Sequence[Estimate]) -> list[Estimate]:
    """The parts, with each name that a correlation uses unique among all of them."""
    if not any(part.correlations for part in parts):
        return list(parts)
    taken = Counter(line.source.name for part in parts for line in part.budget)
    apart: list[Estimate] = []
    # Backwards, so that the first of two keeps its name.
    for part in reversed(parts):
        clashing = [
            name
            for group in groups(part.correlations)
            for name in group
            if taken[name] > 1
        ]
        names = {name: _unused(name, taken) for name in clashing}
        taken.subtract(names.keys())
        taken.update(names.values())
        apart.insert(0, part.renamed(names))
    return apart


def _unused(name: str, taken: Counter[str]) -> str:
    numbered = (f"{name} ({number})" for number in itertools.count(2))
    return next(each for each in numbered if not taken[each])
