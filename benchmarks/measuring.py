"""A figure beside its floor, and how both are taken."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Result:
    """One line of the outcome.

    Attributes:
        name: what was measured.
        measured: in ``unit``.
        floor: the same for the least that could do the work.
        unit: of both.
        floor_name: what the floor is.
        judged: the figure that is compared with the target.
        judged_name: what that figure is.
        target: its limit, None where there is none.
        more_is_better: whether the target is a lower limit.
    """

    name: str
    measured: float
    floor: float
    unit: str
    floor_name: str
    judged: float
    judged_name: str
    target: float | None = None
    more_is_better: bool = False

    @property
    def met(self) -> bool | None:
        """Whether the target is met, None without a target."""
        if self.target is None:
            return None
        if self.more_is_better:
            return self.judged >= self.target
        return self.judged <= self.target


def best_s(work: Callable[[], object], repeats: int) -> float:
    """Return the shortest of several wall times of ``work``, s.

    The shortest is the one that other programs have disturbed least.
    """
    times = []
    for _ in range(repeats):
        begin_s = time.perf_counter()
        work()
        times.append(time.perf_counter() - begin_s)
    return min(times)
