"""Check weights: noise, repeatability, error, linearity, drift from round to round."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean, variance
from typing import Final

from harness.metrology.student import coverage_factor
from harness.qualification.method_lines import Line, Standing, no_wider, within
from harness.qualification.method_records import Observation, Part, Session

ERROR: Final = "error at the check weight"
"""Names of what is observed at each weight; this one and the next as the check of a
run calls them."""
RETURN: Final = "return to zero"
NOISE: Final = "noise of one reading"
SETTLED: Final = "stable after"

DOF_OF_NOISE: Final = 24
"""Degrees of freedom of one observation of the noise: three plateaus of ten readings,
each about its line."""

_FEWEST: Final = 2
_MEND_CLAIM: Final = (
    "put what it really is into [weighing], or see to draughts, level and cleanliness"
)


def lines(session: Session) -> Iterator[Line]:
    """Every line about the check weights; none where none was put on."""
    errors = by_item(session.named(ERROR))
    if not errors:
        return
    claimed = session.claims.repeatability_mg
    yield _noise(session.named(NOISE), claimed)
    yield _repeatability(errors, claimed)
    for item, found in errors.items():
        yield _error(item, found)
    yield _linearity(errors)
    yield _drift(errors)
    yield _return(session.named(RETURN))


def by_item(observations: Sequence[Observation]) -> dict[str, list[Observation]]:
    """Observations by their item, in the order of the first of each."""
    found: dict[str, list[Observation]] = {}
    for each in observations:
        found.setdefault(each.item, []).append(each)
    return found


def mean_u(found: Sequence[Observation]) -> float:
    """U of a mean with 95 % coverage: scatter, and what all repeats share."""
    shared = max(each.u for each in found)
    n = len(found)
    if n < _FEWEST:
        return math.inf
    scatter = math.sqrt(variance(each.value for each in found) / n)
    return math.hypot(coverage_factor(n - 1.0) * scatter, 2.0 * shared)


def _noise(found: Sequence[Observation], claimed: float) -> Line:
    dof = DOF_OF_NOISE * len(found)
    s = math.sqrt(fmean(each.value**2 for each in found))
    return _claimed("noise of one reading", s, dof, claimed)


def _repeatability(errors: Mapping[str, list[Observation]], claimed: float) -> Line:
    several = [found for found in errors.values() if len(found) >= _FEWEST]
    dof = sum(len(found) - 1 for found in several)
    name = "repeatability of putting a weight on"
    if not dof:
        mend = "put each weight on at least twice"
        return Line(Part.WEIGHTS, name, "one round", "", Standing.INCONCLUSIVE, mend)
    squares = (
        variance([each.value for each in found]) * (len(found) - 1) for found in several
    )
    return _claimed(name, math.sqrt(math.fsum(squares) / dof), dof, claimed)


def _claimed(name: str, s: float, dof: int, claimed: float) -> Line:
    standing = no_wider(s, dof, claimed)
    return Line(
        Part.WEIGHTS,
        name,
        f"s = {s:.2g} mg with {dof} degrees of freedom",
        f"{claimed:.2g} mg, the bench file's repeatability",
        standing,
        "" if standing is Standing.FIT else _MEND_CLAIM,
    )


def _error(item: str, found: Sequence[Observation]) -> Line:
    mean, expanded = fmean(each.value for each in found), mean_u(found)
    lower, upper = limits(found)
    standing = within(mean, expanded, lower, upper)
    mends = {
        Standing.UNFIT: "have the balance adjusted or calibrated, or see to the weight",
        Standing.INCONCLUSIVE: "repeat more often, or use a better weight",
    }
    return Line(
        Part.WEIGHTS,
        f"error at {item}",
        f"{mean:+.3g} mg ± {expanded:.2g} mg in {len(found)} weighings",
        f"{lower:.3g} to {upper:.3g} mg, by certificate and span of the bench file",
        standing,
        mends.get(standing, ""),
    )


def limits(found: Sequence[Observation]) -> tuple[float, float]:
    """What is allowed of observations that all have the same limits."""
    first = found[0]
    return (
        -math.inf if first.lower is None else first.lower,
        math.inf if first.upper is None else first.upper,
    )


def _linearity(errors: Mapping[str, list[Observation]]) -> Line:
    """The largest departure of the mean errors from a line through zero.

    Each load has the weight of one over the square of what is allowed there.
    """
    loads = [load_g(item) for item in errors]
    means = [fmean(each.value for each in found) for found in errors.values()]
    allowed = [limits(found)[1] for found in errors.values()]
    scaled = [load / width for load, width in zip(loads, allowed, strict=True)]
    against = [mean / width for mean, width in zip(means, allowed, strict=True)]
    squares = math.fsum(each * each for each in scaled)
    products = zip(scaled, against, strict=True)
    slope = math.fsum(x * y for x, y in products) / squares
    worst = max(abs(y - slope * x) for x, y in zip(scaled, against, strict=True))
    name, wanted = "linearity", "at most what is allowed at each load"
    if len(errors) <= _FEWEST:
        mend = "declare at least three weights over the range that is used"
        return Line(Part.WEIGHTS, name, "", wanted, Standing.INCONCLUSIVE, mend)
    standing = Standing.FIT if worst <= 1.0 else Standing.UNFIT
    return Line(
        Part.WEIGHTS,
        name,
        f"{worst:.0%} of what is allowed, at the load where it is most",
        wanted,
        standing,
        "" if standing is Standing.FIT else "give its certificate more loads",
    )


def load_g(item: str) -> float:
    """The load of an item such as ``20 g``, in g."""
    return float(item.split(maxsplit=1)[0])


def _drift(errors: Mapping[str, list[Observation]]) -> Line:
    """From the first to the last round, where it is most."""
    shares = {
        item: (found[-1].value - found[0].value) / limits(found)[1]
        for item, found in errors.items()
    }
    item = max(shares, key=lambda each: abs(shares[each]))
    moved = errors[item][-1].value - errors[item][0].value
    allowed = limits(errors[item])[1]
    standing = Standing.FIT if abs(shares[item]) <= 1.0 else Standing.UNFIT
    return Line(
        Part.WEIGHTS,
        "drift from the first to the last round",
        f"{moved:+.3g} mg at {item}",
        f"at most {allowed:.3g} mg there",
        standing,
        "" if standing is Standing.FIT else "let it warm up; keep the room steady",
    )


def _return(found: Sequence[Observation]) -> Line:
    most = max(found, key=lambda each: abs(each.value))
    lower, upper = limits([most])
    standing = within(most.value, 2.0 * most.u, lower, upper)
    return Line(
        Part.WEIGHTS,
        "return to zero, the largest",
        f"{most.value:+.3g} mg after {most.item}",
        f"{lower:.2g} to {upper:.2g} mg, by drift and scatter of the bench file",
        standing,
        "" if standing is Standing.FIT else _MEND_CLAIM,
    )
