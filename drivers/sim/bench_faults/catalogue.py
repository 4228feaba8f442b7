"""All bench faults of the simulator, in the order of their ids."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from types import MappingProxyType
from typing import Final

from drivers.sim.bench_faults import hands, line, weighing
from drivers.sim.bench_faults.bench_fault import BenchFault
from harness.errors import ConfigurationError

BY_ID: Final = MappingProxyType(
    {
        each.id: each
        for each in sorted(
            (*weighing.FAULTS, *line.FAULTS, *hands.FAULTS), key=lambda each: each.id
        )
    }
)


def find(ids: Sequence[str], where: str) -> tuple[type[BenchFault], ...]:
    """Return bench faults by their ids.

    Args:
        ids: of the catalogue.
        where: what to name when one is unknown.

    Raises:
        ConfigurationError: one does not exist.
    """
    for each in ids:
        if each not in BY_ID:
            near = difflib.get_close_matches(each, BY_ID, n=3) or list(BY_ID)[:5]
            raise ConfigurationError(
                f"{where}: there is no bench fault {each!r} of the simulator; did you"
                f" mean {' or '.join(near)}?"
            )
    return tuple(BY_ID[each] for each in ids)
