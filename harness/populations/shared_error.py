"""Which part of an uncertainty all units share, because one bench measured them.

The spread of the units' values holds what differs from one measurement to the next. It
does not hold an error that all of them have, such as the span of the balance: that part
alone is taken off the limit, once.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from harness.render.record_fields import Fields, number, objects, text

_TYPE_A: Final = "A"


def shared_u(measured: Fields) -> float:
    """Return the standard uncertainty that a measurement shares with others.

    These are all entries of the budget but those of type A that name no cause: what is
    not known from observations of this one run, such as the drift of the zero, may have
    the same sign in all of them, and no data of one bench would show it. Where the
    record does not say how they were found, or says that inputs are correlated, it is
    all of it.

    Args:
        measured: the fields of a measurement record.

    Returns:
        In the record's unit, at most its ``u``.

    Raises:
        ValueError: a field is no number.
    """
    u = number(measured, "u")
    budget = objects(measured, "budget")
    if not budget or objects(measured, "correlations"):
        return u
    return min(u, math.hypot(*_by_cause(budget)))


def _by_cause(budget: Sequence[Fields]) -> list[float]:
    """Contributions of the shared errors; those of one cause are added."""
    by_cause: dict[str, float] = defaultdict(float)
    for position, entry in enumerate(budget):
        cause = text(entry, "cause")
        if not cause and text(entry, "evaluation") == _TYPE_A:
            continue
        by_cause[cause or f"entry {position}"] += number(entry, "contribution")
    return list(by_cause.values())
