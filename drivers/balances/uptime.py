"""Whether a balance has run on, from how long it says that its power has been on."""

from __future__ import annotations

from typing import Final

from harness.clock import NS_PER_S

_NS_PER_MIN: Final = 60 * NS_PER_S
# Uptime is told in whole minutes, and two answers take a while.
_TOLERANCE_NS: Final = 2 * _NS_PER_MIN
_CLOCK_ERROR: Final = 1e-3


class Uptime:
    """What a balance last said of its uptime.

    Args:
        minutes: that its power has been on.
        t_ns: bench time at which it said so.
    """

    def __init__(self, minutes: int, t_ns: int) -> None:
        self._told_ns = t_ns
        self._began_ns = t_ns - minutes * _NS_PER_MIN

    def has_run_on(self, minutes: int, t_ns: int) -> bool:
        """Take what it says now; tell whether its power stayed on since the last time.

        Args:
            minutes: that its power has been on.
            t_ns: bench time at which it said so.
        """
        before_ns, told_ns = self._began_ns, self._told_ns
        self._told_ns, self._began_ns = t_ns, t_ns - minutes * _NS_PER_MIN
        late_ns = self._began_ns - before_ns
        return late_ns <= _TOLERANCE_NS + _CLOCK_ERROR * (t_ns - told_ns)
