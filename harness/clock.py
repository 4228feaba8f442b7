"""Time on the bench, as integer nanoseconds since 1970-01-01 UTC.

Only this module touches the system clock. A bench owns one clock, and the clock is one
of the two things in which a simulation differs from hardware (the other is where bytes
go).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

NS_PER_MS = 1_000_000
NS_PER_S = 1_000_000_000


class Clock(Protocol):
    """What the bench asks of time."""

    def now_ns(self) -> int:
        """Return the bench time in nanoseconds since 1970-01-01 UTC."""

    def sleep_until(self, deadline_ns: int) -> int:
        """Let time pass until the deadline, or until an unasked byte arrives.

        Returns:
            The bench time on waking; earlier than the deadline means "something came".
        """


class VirtualClock:
    """Time that moves only when somebody waits; the in-process simulated bench."""

    def __init__(self, start_ns: int) -> None:
        self._now_ns = start_ns
        self._next_byte_ns: Callable[[int], int] = lambda deadline_ns: deadline_ns

    def attach(self, next_byte_ns: Callable[[int], int]) -> None:
        """Ask ``next_byte_ns(deadline)`` for the first unasked byte until then."""
        self._next_byte_ns = next_byte_ns

    def now_ns(self) -> int:
        return self._now_ns

    def sleep_until(self, deadline_ns: int) -> int:
        if deadline_ns > self._now_ns:
            self._now_ns = max(self._now_ns, self._next_byte_ns(deadline_ns))
        return self._now_ns

    def advance_to(self, t_ns: int) -> None:
        """Move time forward, never back: a byte was on the line until ``t_ns``."""
        self._now_ns = max(self._now_ns, t_ns)


class RealClock:
    """Time of the host, from its monotonic clock, so that an NTP step cannot move it.

    Args:
        factor: bench seconds in one host second; 1 on hardware.
        start_ns: bench time at construction; the host's UTC when None.
    """

    _SLICE_S = 0.02

    def __init__(self, factor: float = 1.0, start_ns: int | None = None) -> None:
        self._factor = factor
        self._start_ns = time.time_ns() if start_ns is None else start_ns
        self._origin_ns = time.monotonic_ns()
        self._has_bytes: Callable[[], bool] = lambda: False
        self._work: Callable[[], None] = lambda: None

    @property
    def factor(self) -> float:
        """Bench seconds in one host second."""
        return self._factor

    def while_waiting(self, work: Callable[[], None]) -> None:
        """Call ``work()``, which must be short, in every slice of a wait."""
        self._work = work

    def watch(self, has_bytes: Callable[[], bool]) -> None:
        """Wake early when ``has_bytes()`` turns true."""
        self._has_bytes = has_bytes

    def now_ns(self) -> int:
        elapsed_ns = time.monotonic_ns() - self._origin_ns
        if self._factor != 1.0:
            elapsed_ns = round(elapsed_ns * self._factor)
        return self._start_ns + elapsed_ns

    def sleep_until(self, deadline_ns: int) -> int:
        # One slice at least, so that bytes which nobody takes are no busy loop.
        while (now_ns := self.now_ns()) < deadline_ns:
            left_s = (deadline_ns - now_ns) / NS_PER_S / self._factor
            time.sleep(min(self._SLICE_S, left_s))
            self._work()
            if self._has_bytes():
                return self.now_ns()
        return now_ns


def wall_ns() -> int:
    """Return the host's UTC in nanoseconds, for what stands beside the chain."""
    return time.time_ns()


def wall_monotonic_ns() -> int:
    """Return the host's monotonic clock in nanoseconds, for how long things took."""
    return time.monotonic_ns()
