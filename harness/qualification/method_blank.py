"""The clamped blank: what the whole chain shows while nothing is delivered."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from statistics import fmean
from typing import Final

from harness.qualification.method_lines import Line, Standing, no_wider, within
from harness.qualification.method_records import Observation, Part, Session
from harness.qualification.method_weights import limits

SLOPE: Final = "drift of the blank"
"""Names of what is observed in each blank; this one as the check of a run calls it."""
NOISE: Final = "noise of the blank"

DOF_OF_NOISE: Final = 116
"""Degrees of freedom of one observation of the noise: two halves of sixty readings,
each about its line."""

_FEWEST: Final = 2


def lines(session: Session) -> Iterator[Line]:
    """Every line about the blanks; none where none was weighed."""
    slopes = session.named(SLOPE)
    if not slopes:
        return
    for number, found in enumerate(slopes, start=1):
        yield _slope(number, found)
    yield _change(slopes, session.claims.zero_drift_mg_per_h)
    yield _noise(session.named(NOISE), session.claims.repeatability_mg)


def _slope(number: int, found: Observation) -> Line:
    lower, upper = limits([found])
    standing = within(found.value, 2.0 * found.u, lower, upper)
    return Line(
        Part.BLANK,
        f"drift of blank {number}, {found.item}",
        f"{found.value:+.3g} mg/h ± {2.0 * found.u:.2g} mg/h",
        f"{lower:.3g} to {upper:.3g} mg/h: zero drift and largest evaporation of the"
        " bench file",
        standing,
        ""
        if standing is Standing.FIT
        else "cover the vessel, close the draught shield, see that the clamp closes",
    )


def _change(slopes: Sequence[Observation], half_width: float) -> Line:
    """The change of the slope between blanks, which no correction by blanks sees."""
    name = "change of the drift between blanks"
    wanted = f"at most {2.0 * half_width:.3g} mg/h, twice zero_drift of the bench file"
    if len(slopes) < _FEWEST:
        mend = "declare at least two blanks"
        return Line(Part.BLANK, name, "", wanted, Standing.INCONCLUSIVE, mend)
    highest = max(slopes, key=lambda each: each.value)
    lowest = min(slopes, key=lambda each: each.value)
    change = highest.value - lowest.value
    expanded = 2.0 * math.hypot(highest.u, lowest.u)
    standing = within(change, expanded, -2.0 * half_width, 2.0 * half_width)
    return Line(
        Part.BLANK,
        name,
        f"{change:.3g} mg/h ± {expanded:.2g} mg/h",
        wanted,
        standing,
        ""
        if standing is Standing.FIT
        else "weigh longer blanks, or claim a larger zero_drift",
    )


def _noise(found: Sequence[Observation], claimed: float) -> Line:
    s = math.sqrt(fmean(each.value**2 for each in found))
    dof = DOF_OF_NOISE * len(found)
    standing = no_wider(s, dof, claimed)
    return Line(
        Part.BLANK,
        "noise of one reading beside the needle",
        f"s = {s:.2g} mg with {dof} degrees of freedom",
        f"{claimed:.2g} mg, the bench file's repeatability",
        standing,
        ""
        if standing is Standing.FIT
        else "put what it really is into [weighing], or see to draughts and vibration",
    )
