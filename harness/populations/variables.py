"""Measured values of several units against a limit, by a tolerance interval."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from scipy import special

from harness.judging import Verdict
from harness.populations import assumptions, attribute, tolerance
from harness.populations.assumptions import Check, Finding
from harness.populations.assurance import Assurance
from harness.populations.declaration import LEAST_FOR_NORMALITY, Method
from harness.populations.evidence import Bounds
from harness.populations.findings import Reason, inconclusive
from harness.populations.sample import Sample, UnitSample
from harness.populations.spread import Spread, spread
from harness.render import wording

# Noise of the measurement exceeds so many of its u once in 700 times.
_NOISE: Final = 3.0


@dataclass(frozen=True, slots=True)
class Interval:
    """A statistical tolerance interval; infinite on a side without a limit.

    Attributes:
        lower: lower end.
        upper: upper end.
        method: normal or non-parametric.
        factor: k of mean ± k s; None for a range.
    """

    lower: float
    upper: float
    method: Method
    factor: float | None


@dataclass(frozen=True, slots=True)
class Statistics:
    """What the values say.

    Attributes:
        bounds: the limit.
        spread: mean and standard deviations.
        interval: where the stated share of all values lies.
        shared_u: the error that the units may share, taken off the limit once.
    """

    bounds: Bounds
    spread: Spread
    interval: Interval
    shared_u: float


def statistics_of(
    sample: Sample, assurance: Assurance, method: Method
) -> tuple[Statistics | None, tuple[Check, ...]]:
    """Return the interval of a sample, and the checks of what it takes for granted.

    Where a normal distribution was declared and is rejected, the interval is the range
    of the values, which holds for any distribution.

    Returns:
        None where there is no usable limit, or no spread.
    """
    measured = sample.measured
    if len(sample.bounds) != 1 or not sample.bounds[0].sides or len(measured) < 2:
        return None, ()
    bounds = sample.bounds[0]
    found = spread([[value.value for value in unit.values] for unit in measured])
    checks = [
        assumptions.outliers({unit.unit: unit.mean for unit in measured}),
        assumptions.units_differ(found),
    ]
    if sum(map(bool, sample.by_case.values())) > 1:
        checks.append(assumptions.cases_agree(sample.by_case))
    if method is Method.NORMAL:
        normal = assumptions.normality([unit.mean for unit in measured])
        checks.insert(0, normal)
        if normal.finding is Finding.REJECTED:
            method = Method.NON_PARAMETRIC
    interval = _interval(sample, bounds, found, assurance, method)
    return Statistics(bounds, found, interval, sample.shared_u), tuple(checks)


def _interval(
    sample: Sample,
    bounds: Bounds,
    found: Spread,
    assurance: Assurance,
    method: Method,
) -> Interval:
    lower, upper, k = -math.inf, math.inf, None
    if method is Method.NORMAL:
        k = tolerance.factor(bounds.sides)(found.units, assurance)
        lowest, highest = found.mean - k * found.s, found.mean + k * found.s
    else:
        values = [value.value for unit in sample.measured for value in unit.values]
        lowest, highest = min(values), max(values)
    return Interval(
        lower if bounds.lower is None else lowest,
        upper if bounds.upper is None else highest,
        method,
        k,
    )


def reasons(
    sample: Sample, found: Statistics, checks: tuple[Check, ...], assurance: Assurance
) -> Iterator[Reason]:
    """Say what follows from the values.

    PASS: the interval lies inside the limit, less the error that all units may share.
    FAIL: more units than allowed lie beyond the limit, widened by that error, with the
    stated confidence. INCONCLUSIVE: neither, or an assumption does not hold.
    """
    for check in checks:
        if _counts(check) and check.finding is not Finding.HOLDS:
            yield inconclusive(f"{check.name}: {check.finding}; {check.statement}")
    failing = _failing(sample, found, checks, assurance)
    if failing:
        yield Reason(Verdict.FAIL, failing)
        return
    yield from _too_few(found, assurance)
    yield _held(found, assurance)


def _counts(check: Check) -> bool:
    """Whether a check that does not hold keeps a PASS away."""
    if check.name == assumptions.NORMALITY:
        # A rejected distribution is answered by a method that needs none.
        return check.finding is Finding.UNCHECKED
    return check.name == assumptions.POOLING and check.finding is Finding.REJECTED


def _too_few(found: Statistics, assurance: Assurance) -> Iterator[Reason]:
    if found.interval.method is Method.NORMAL:
        return
    needed = tolerance.units_for_range(found.bounds.sides, assurance)
    units = found.spread.units
    if units < needed:
        sure = tolerance.confidence_of_range(
            units, found.bounds.sides, assurance.reliability
        )
        yield inconclusive(
            f"the range of {units} units reaches {100.0 * sure:.3g} % confidence;"
            f" without a normal distribution it takes {needed} units, {needed - units}"
            " more: declare so many in a plan, and measure them under it"
        )


def _held(found: Statistics, assurance: Assurance) -> Reason:
    bounds, interval, shared = found.bounds, found.interval, found.shared_u
    lower, upper = _moved(bounds, -shared)
    unit = wording.symbol(bounds.unit)
    said = (
        f"{assurance.describe()}: {_range(interval.lower, interval.upper, unit)};"
        f" the limit less U = {wording.short(shared, 2)} {unit} that all units may"
        f" share: {_range(lower, upper, unit)}"
    )
    if lower > upper:
        return inconclusive(
            f"{said}; nothing can pass: that part of U exceeds half of the tolerance;"
            " measure with a smaller U"
        )
    if lower <= interval.lower and interval.upper <= upper:
        return Reason(Verdict.PASS, f"{said}; inside")
    return inconclusive(
        f"{said}; not inside. {_remedy(found, lower, upper, assurance)}"
    )


def _remedy(found: Statistics, lower: float, upper: float, assurance: Assurance) -> str:
    if found.interval.method is not Method.NORMAL:
        return (
            "A range only grows with more units: measure with a smaller U, or find"
            " what sets the outermost units apart"
        )
    if found.spread.units < LEAST_FOR_NORMALITY:
        return "Measure all units that the plan declares"
    mean, s = found.spread.mean, found.spread.s
    margin = min(mean - lower, upper - mean)
    needed = None
    if margin > 0.0:
        sides = found.bounds.sides
        needed = tolerance.units_for_margin(margin / s, sides, assurance)
    if needed is None:
        return (
            "No number of units helps with this mean and this spread; bring the mean"
            " to the middle, or lower the spread"
        )
    more = needed - found.spread.units
    return (
        f"With this mean and spread it takes {needed} units, {more} more: declare so"
        " many in a plan, and measure them under it"
    )


def _failing(
    sample: Sample,
    found: Statistics,
    checks: tuple[Check, ...],
    assurance: Assurance,
) -> str:
    """Say that too many lie beyond a limit; empty where that is not shown."""
    allowed = 1.0 - assurance.reliability
    shown = (
        f"with {100.0 * assurance.confidence:.6g} % confidence more than"
        f" {100.0 * allowed:.6g} % of all units lie beyond the limit"
    )
    lower, upper = _moved(found.bounds, found.shared_u)
    if found.interval.method is Method.NON_PARAMETRIC:
        beyond = sum(_lies_beyond(unit, lower, upper) for unit in sample.measured)
        share = attribute.failing_share_shown(
            found.spread.units, beyond, assurance.confidence
        )
        return f"{beyond} units lie beyond it: {shown}" if share > allowed else ""
    if any(check.finding is Finding.UNCHECKED and _counts(check) for check in checks):
        return ""
    mean, s = found.spread.mean, found.spread.s
    if s == 0.0:
        return ""
    nearest = min(mean - lower, upper - mean) / s
    if nearest >= _least_margin(found.spread, sample.random_u, assurance):
        return ""
    return f"the nearest limit is {nearest:.3g} s from the mean: {shown}"


def _lies_beyond(unit: UnitSample, lower: float, upper: float) -> bool:
    """Whether a unit lies beyond a limit, whatever the noise of its measurement."""
    return all(
        each.value + _NOISE * each.random_u < lower
        or each.value - _NOISE * each.random_u > upper
        for each in unit.values
    )


def _least_margin(found: Spread, random_u: float, assurance: Assurance) -> float:
    """Return the margin, in s, below which too many units lie beyond a limit.

    The observed s holds the noise of the measurement too, which puts no unit beyond a
    limit. Only what exceeds the most that noise alone would show counts as the spread
    of the units: its share of s shortens the distance that a limit must keep. The two
    conclusions, on the spread and on the mean, share what may be wrong (Bonferroni).
    """
    if random_u == 0.0:
        return tolerance.least_failing_factor(found.units, assurance)
    doubt = (1.0 - assurance.confidence) / 2.0
    free = found.units - 1
    noise = random_u**2 * float(special.chdtri(free, doubt)) / free
    own = math.sqrt(max(0.0, 1.0 - noise / found.s**2))
    return tolerance.least_failing_factor(
        found.units, replace(assurance, confidence=1.0 - doubt), own
    )


def _moved(bounds: Bounds, outward: float) -> tuple[float, float]:
    lower = -math.inf if bounds.lower is None else bounds.lower - outward
    upper = math.inf if bounds.upper is None else bounds.upper + outward
    return lower, upper


def _range(lower: float, upper: float, unit: str) -> str:
    if math.isinf(lower):
        return f"at most {wording.short(upper)} {unit}"
    if math.isinf(upper):
        return f"at least {wording.short(lower)} {unit}"
    return f"{wording.short(lower)} {unit} to {wording.short(upper)} {unit}"
