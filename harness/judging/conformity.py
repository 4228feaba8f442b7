"""How probable it is that what was measured conforms, and how often a rule errs.

Method adapted from JCGM 106 (2012): chapters 7 (one item that was measured), 9.4 (one
item, judged before it is measured) and 9.5 (a process). Everything is in one unit,
which the caller chooses; a bound that is not given is infinite.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from harness.judging.chances import chances
from harness.judging.rules import DecisionRule, RuleKind
from harness.judging.verdicts import Zone
from harness.metrology.student import coverage_factor

_Array: TypeAlias = NDArray[np.float64]
# So many standard deviations hold all of a normal distribution that counts.
_REACH = 10
# Where a normal distribution function bends, in its standard deviations.
_BENDS = (-8.0, -4.0, -2.0, 0.0, 2.0, 4.0, 8.0)
_NODES = 20
# A fixed number of halvings reaches the last bit, whatever the start.
_HALVINGS = 60
_ROOT_TWO_PI = math.sqrt(2.0 * math.pi)


@dataclass(frozen=True, slots=True)
class Risk:
    """How often a process and its measurement lead to a wrong decision.

    Attributes:
        consumer: probability that an item does not conform and is accepted.
        producer: probability that an item conforms and is rejected.
    """

    consumer: float
    producer: float


def conformance_probability(
    value: float, u: float, dof: float, lower: float, upper: float
) -> float:
    """The probability p_c that the true value lies within its limits.

    The arguments are those of :func:`chances`. If the item is accepted, ``1 - p_c`` is
    the specific risk of the consumer; if it is rejected, ``p_c`` is that of the
    producer. NaN without usable evidence.

    Source: JCGM 106, 7.3 and 7.4.
    """
    return chances(value, u, dof, lower, upper).inside


def acceptance_probability(
    true_value: float, u: float, lower: float, upper: float, rule: DecisionRule
) -> float:
    """How often a rule accepts an item of which the true value is known.

    Args:
        true_value: the true value.
        u: standard uncertainty of the measurement, taken as known, normal.
        lower: lower limit, perhaps ``-math.inf``.
        upper: upper limit, perhaps ``math.inf``.
        rule: the decision rule; as a function of the true value this is its
            operating characteristic.

    Source: JCGM 106, 9.4: the acceptance zone under the distribution of the readings.
    """
    accepted = _acceptance_zone(u, lower, upper, rule)
    if accepted is None:
        return 0.0
    return chances(true_value, u, math.inf, *accepted).inside


def _acceptance_zone(
    u: float, lower: float, upper: float, rule: DecisionRule
) -> tuple[float, float] | None:
    """Return the first and the last value that passes, or None if none does."""
    u_expanded = coverage_factor(math.inf, rule.coverage) * u
    bounds = lower, upper
    if rule.is_too_uncertain(u_expanded, bounds) or rule.is_empty(u_expanded, bounds):
        return None
    guard = rule.guard_factor * u_expanded
    if Zone.CONDITIONAL_PASS in rule.accepts:
        guard = 0.0
    if rule.kind is RuleKind.SPECIFIC_RISK:
        guard = _guard_of_risk(u, lower, upper, rule.risk)
    return None if math.isnan(guard) else (lower + guard, upper - guard)


def _guard_of_risk(u: float, lower: float, upper: float, risk: float) -> float:
    """How far inside its limits a value must lie; NaN if nowhere is far enough."""
    if u == 0.0:
        return 0.0

    def is_enough(guard: float) -> bool:
        value = upper - guard if math.isinf(lower) else lower + guard
        inside = conformance_probability(value, u, math.inf, lower, upper)
        return inside >= 1.0 - risk

    short, long = 0.0, min((upper - lower) / 2.0, _REACH * u)
    if not is_enough(long):
        return math.nan
    for _ in range(_HALVINGS):
        middle = (short + long) / 2.0
        short, long = (short, middle) if is_enough(middle) else (middle, long)
    return long


def global_risk(
    process_mean: float,
    process_sd: float,
    u: float,
    tolerance: tuple[float, float],
    guard: float,
) -> Risk:
    """The risks of consumer and producer, over all items of a process.

    Args:
        process_mean: mean of the true values, which are normal.
        process_sd: their standard deviation.
        u: standard uncertainty of the measurement, normal.
        tolerance: lower and upper limit.
        guard: by how much the acceptance zone is narrower on either side; negative
            where it is wider.

    Raises:
        ValueError: a spread is not positive.

    Source: JCGM 106, 9.5.2 and 9.5.3, by Gauss-Legendre quadrature between the places
    where an integrand bends.
    """
    if process_sd <= 0.0 or u <= 0.0:
        raise ValueError(
            f"process_sd is {process_sd} and u is {u}; both must be positive"
        )
    lower, upper = tolerance
    low, high = lower + guard, upper - guard
    reach = [process_mean + n * process_sd for n in range(-_REACH, _REACH + 1)]
    bends = [*reach, *(end + n * u for end in (low, high) for n in _BENDS)]

    def accepted(true: _Array) -> _Array:
        chance: _Array = ndtr((true - low) / u) - ndtr((true - high) / u)
        return np.maximum(chance, 0.0)

    def share(counts: Callable[[_Array], _Array], first: float, last: float) -> float:
        def density(true: _Array) -> _Array:
            z = (true - process_mean) / process_sd
            normal: _Array = np.exp(-0.5 * z * z) / (process_sd * _ROOT_TWO_PI)
            return counts(true) * normal

        return _integral(density, max(first, reach[0]), min(last, reach[-1]), bends)

    return Risk(
        consumer=share(accepted, -math.inf, lower) + share(accepted, upper, math.inf),
        producer=share(lambda true: 1.0 - accepted(true), lower, upper),
    )


def _integral(
    function: Callable[[_Array], _Array],
    first: float,
    last: float,
    bends: Sequence[float],
) -> float:
    """Integrate from ``first`` to ``last``, piece by piece between the bends."""
    if first >= last:
        return 0.0
    ends = np.array([first, *(x for x in sorted(bends) if first < x < last), last])
    starts, halves = ends[:-1, None], np.diff(ends)[:, None] / 2.0
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    values = function(starts + halves * (1.0 + nodes))
    return float(np.sum(values * weights * halves))
