"""One line of a method's validation: what was found, what is allowed, how it stands."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Final

from scipy import special

_DOUBTFUL: Final = 0.01
_SURE: Final = 0.001


class Standing(StrEnum):
    """How a line stands; the value is the word in the report."""

    FIT = "fit"
    INCONCLUSIVE = "inconclusive"
    UNFIT = "not fit"
    MISSING = "not done"
    SHOWN = "for information"


_WORST: Final = (
    Standing.SHOWN,
    Standing.FIT,
    Standing.MISSING,
    Standing.INCONCLUSIVE,
    Standing.UNFIT,
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the report.

    Attributes:
        part: of the validation.
        name: what was looked at.
        found: in words, with its uncertainty.
        allowed: in words, with its source.
        standing: what follows.
        mend: what to do next; "" where nothing is to be done.
    """

    part: str
    name: str
    found: str
    allowed: str
    standing: Standing
    mend: str = ""

    def to_json(self) -> dict[str, str]:
        """The line as plain text members."""
        return asdict(self)


def worst(lines: Iterable[Line]) -> Standing:
    """The standing of several lines together; not done without any."""
    found = [line.standing for line in lines]
    return max(found, key=_WORST.index, default=Standing.MISSING)


def within(value: float, expanded_u: float, lower: float, upper: float) -> Standing:
    """Hold a value against limits.

    Inside is fit only if U is no larger than half of the width: otherwise the look was
    too coarse to tell. Outside by more than U is not fit.
    """
    beyond = max(lower - value, value - upper)
    if beyond > expanded_u:
        return Standing.UNFIT
    # Written so that a NaN is not fit.
    if beyond <= 0.0 and expanded_u <= (upper - lower) / 2.0:
        return Standing.FIT
    return Standing.INCONCLUSIVE


def no_wider(s: float, dof: float, claimed: float) -> Standing:
    """Hold a standard deviation against the one that is claimed.

    The claim is contradicted with 99.9 % confidence, doubtful with 99 %, by the lower
    confidence limits s sqrt(f / chi2) with f degrees of freedom: a session has dozens
    of lines, and one of them must not be red by chance.
    """
    doubtful, sure = (
        s * math.sqrt(dof / float(special.chdtri(dof, share)))
        for share in (_DOUBTFUL, _SURE)
    )
    if sure > claimed:
        return Standing.UNFIT
    return Standing.INCONCLUSIVE if doubtful > claimed else Standing.FIT
