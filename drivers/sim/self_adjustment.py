"""When a balance adjusts itself: at equal intervals, each time busy for a minute."""

from __future__ import annotations

from typing import Final

from drivers.sim.contracts import FAR
from drivers.sim.weighing import Weighing

_DURATION_NS: Final = 60_000_000_000


class SelfAdjustment:
    """The automatic adjustment of one balance.

    Args:
        weighing: what is adjusted.
        every_ns: from the beginning of one adjustment to that of the next.

    Attributes:
        is_busy: whether the inner weight is on.
    """

    def __init__(self, weighing: Weighing, every_ns: int) -> None:
        self._weighing = weighing
        self._every_ns = every_ns
        self._begin_ns = FAR
        self.is_busy = False

    @property
    def is_on(self) -> bool:
        """Whether it will adjust itself."""
        return self._begin_ns < FAR

    def set_on(self, t_ns: int, on: bool) -> None:
        """Adjust from now on, for the first time after one interval; or no more."""
        if self.is_busy:
            self._weighing.end_adjustment(t_ns)
        self._begin_ns = t_ns + self._every_ns if on else FAR
        self.is_busy = False

    def next_event_ns(self) -> int:
        """Return when the next adjustment begins, or this one ends; FAR if never."""
        return self._begin_ns + _DURATION_NS if self.is_busy else self._begin_ns

    def advance(self, t_ns: int) -> None:
        """Begin and end what is due."""
        while (due_ns := self.next_event_ns()) <= t_ns:
            if self.is_busy:
                self._weighing.end_adjustment(due_ns)
                self._begin_ns += self._every_ns
            else:
                self._weighing.begin_adjustment(due_ns)
            self.is_busy = not self.is_busy
