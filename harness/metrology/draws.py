"""Random values of input quantities, for the propagation of distributions.

Method adapted from JCGM 101 6.4: the distribution of each input follows from what its
budget entry states, and from nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from harness.metrology.arrays import Trials
from harness.metrology.correlation import Correlation, correlation_matrix, groups
from harness.metrology.inputs import Distribution, Input


class Draws:
    """One block of trials, in which each error is drawn once.

    Inputs of one cause get the same error; an input without a cause gets one of its own
    each time, just as in the law of propagation.

    Args:
        trials: number of trials.
        generator: source of the random numbers.
    """

    def __init__(self, trials: int, generator: np.random.Generator) -> None:
        self._trials = trials
        self._generator = generator
        self._shared: dict[str, Trials] = {}

    @property
    def trials(self) -> int:
        """Number of trials in this block."""
        return self._trials

    def of(self, source: Input) -> Trials:
        """Values of one input, one for each trial."""
        if source.u == 0.0:
            return np.full(self._trials, source.value)
        return source.value + source.u * self._error(source)

    def together(
        self, inputs: Sequence[Input], correlations: Sequence[Correlation]
    ) -> list[Trials]:
        """Values of several inputs, some of which are correlated.

        The correlated ones follow a joint t distribution with the least degrees of
        freedom among them, which is the normal one where all are infinite.

        Raises:
            ValueError: a correlated input is not normal.

        Source: JCGM 101 6.4.8.
        """
        by_name = {each.name: each for each in inputs}
        joint: dict[str, Trials] = {}
        for names in groups(correlations):
            joint |= self._jointly([by_name[name] for name in names], correlations)
        return [
            joint[each.name] if each.name in joint else self.of(each) for each in inputs
        ]

    def _jointly(
        self, members: Sequence[Input], correlations: Sequence[Correlation]
    ) -> dict[str, Trials]:
        for each in members:
            if each.distribution is not Distribution.NORMAL:
                raise ValueError(
                    f"{each.name}: correlated and {each.distribution}; only normal"
                    " inputs can be drawn together"
                )
        values, vectors = np.linalg.eigh(
            correlation_matrix([each.name for each in members], correlations)
        )
        # Not Cholesky: perfectly correlated inputs are allowed.
        root = vectors * np.sqrt(np.clip(values, 0.0, None))
        normal = self._generator.standard_normal((len(members), self._trials))
        errors = (root @ normal) * self._t_scale(min(each.dof for each in members))
        return {
            each.name: each.value + each.u * error
            for each, error in zip(members, errors, strict=True)
        }

    def _t_scale(self, dof: float) -> Trials | float:
        if math.isinf(dof):
            return 1.0
        scale: Trials = np.sqrt(dof / self._generator.chisquare(dof, self._trials))
        return scale

    def _error(self, source: Input) -> Trials:
        if not source.cause:
            return self._standard_error(source)
        if source.cause not in self._shared:
            self._shared[source.cause] = self._standard_error(source)
        return self._shared[source.cause]

    def _standard_error(self, source: Input) -> Trials:
        """Errors in units of u.

        Degrees of freedom count for normal inputs only (JCGM 101 6.4.9).
        """
        if source.distribution is Distribution.NORMAL:
            if math.isinf(source.dof):
                return self._generator.standard_normal(self._trials)
            return self._generator.standard_t(source.dof, self._trials)
        first = self._generator.random(self._trials)
        if source.distribution is Distribution.RECTANGULAR:
            return math.sqrt(3.0) * (2.0 * first - 1.0)
        if source.distribution is Distribution.TRIANGULAR:
            return math.sqrt(6.0) * (first - self._generator.random(self._trials))
        arcsine: Trials = math.sqrt(2.0) * np.sin(2.0 * math.pi * first)
        return arcsine
