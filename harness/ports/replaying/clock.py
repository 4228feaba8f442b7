"""Time as a recorded run tells it: virtual, and awake whenever that run was awake."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence


class ReplayClock:
    """A virtual :class:`~harness.clock.Clock`, awake when the recorded run was.

    Whatever stands in a journal was written by a run that was awake then, so no wait of
    it can have lasted longer. Where its clock was a real one, time went on while
    its program worked: the replay is behind by that much, and never ahead.

    Args:
        start_ns: bench time at the beginning, ns.
        late_ns: how long the recorded run may have been at work between a wait and the
            next record; 0 where its clock was virtual.
    """

    def __init__(self, start_ns: int, late_ns: int = 0) -> None:
        self.late_ns = late_ns
        self._now_ns = start_ns
        self._awake_ns: Sequence[int] = ()

    def follow(self, awake_ns: Sequence[int]) -> None:
        """Wake at these bench times, which rise, and no longer at those before."""
        self._awake_ns = awake_ns

    def now_ns(self) -> int:
        """Return the bench time."""
        return self._now_ns

    def sleep_until(self, deadline_ns: int) -> int:
        """Let time pass until the deadline, or until the recorded run was awake."""
        now_ns = self._now_ns
        if deadline_ns > now_ns:
            known_ns = self._awake_ns
            at = bisect_right(known_ns, now_ns)
            is_known = at < len(known_ns) and known_ns[at] < deadline_ns
            self._now_ns = known_ns[at] if is_known else deadline_ns
        return self._now_ns

    def advance_to(self, t_ns: int) -> None:
        """Move time forward, never back."""
        self._now_ns = max(self._now_ns, t_ns)
