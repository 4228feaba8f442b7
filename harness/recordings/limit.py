"""How a mean error stands to a limit, as far as the noise lets it be told."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from harness.evidence.records import JsonValue

COVERAGE_FACTOR: Final = 2.0
"""Of the expanded uncertainties here."""


class Side(StrEnum):
    """Where an error lies."""

    INSIDE = "inside"
    OUTSIDE = "outside"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Standing:
    """An error against a limit that holds either way.

    Attributes:
        side: the decision.
        limit_percent: the limit.
        expanded_u_percent: twice the standard uncertainty that the noise of the
            readings gives the error. Density, span and evaporation are not in it.
    """

    side: Side
    limit_percent: float
    expanded_u_percent: float

    def to_json(self) -> dict[str, JsonValue]:
        """The standing as JSON can hold it, which is without infinity."""
        known = math.isfinite(self.expanded_u_percent)
        return {
            "side": self.side.value,
            "limit_percent": self.limit_percent,
            "expanded_u_percent": self.expanded_u_percent if known else None,
        }


def standing(error_percent: float, u_percent: float, limit_percent: float) -> Standing:
    """Inside or outside only where the whole interval of the error is.

    Args:
        error_percent: mean error.
        u_percent: its standard uncertainty.
        limit_percent: largest magnitude that is allowed.
    """
    expanded = COVERAGE_FACTOR * u_percent
    side = side_of(abs(error_percent), expanded, limit_percent)
    return Standing(side, limit_percent, expanded)


def side_of(value: float, expanded_u: float, limit: float) -> Side:
    """Where a value lies that may be off by ``expanded_u`` either way."""
    if value + expanded_u <= limit:
        return Side.INSIDE
    if value - expanded_u > limit:
        return Side.OUTSIDE
    return Side.UNDECIDED
