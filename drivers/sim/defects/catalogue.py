"""All seeded defects, in the order of their families, and how one is found."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from types import MappingProxyType
from typing import Final

from drivers.sim.defects import (
    alarms,
    counters,
    link,
    motor,
    power,
    reservoir,
    sequences,
    volume,
)
from drivers.sim.defects.seeded import SeededDefect
from harness.errors import ConfigurationError

VERSION: Final = "1"
"""Of the list: scores are comparable only within one. It grows with any change."""

CATALOGUE: Final[tuple[type[SeededDefect], ...]] = (
    *motor.DEFECTS,
    *volume.DEFECTS,
    *sequences.DEFECTS,
    *reservoir.DEFECTS,
    *alarms.DEFECTS,
    *power.DEFECTS,
    *counters.DEFECTS,
    *link.DEFECTS,
)
BY_ID: Final = MappingProxyType({each.id: each for each in CATALOGUE})


def find(
    ids: Sequence[str], own: Sequence[type[SeededDefect]], where: str
) -> tuple[type[SeededDefect], ...]:
    """Return defects by their ids.

    Args:
        ids: of the catalogue, or of a user's own.
        own: the user's own defects.
        where: what to name when one is unknown.

    Raises:
        ConfigurationError: one does not exist.
    """
    known = {**BY_ID, **{each.id: each for each in own}}
    for each in ids:
        if each not in known:
            near = difflib.get_close_matches(each, known, n=3) or list(known)[:5]
            raise ConfigurationError(
                f"{where}: there is no seeded defect {each!r}; did you mean"
                f" {' or '.join(near)}? `dosebench qualify --list` shows all"
            )
    return tuple(known[each] for each in ids)
