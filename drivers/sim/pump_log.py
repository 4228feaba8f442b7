"""The event log: a ring of the newest entries, numbered since manufacture."""

from collections import deque
from typing import Final

from drivers.sim.pump_defects import Defect
from protocols.pump_link.replies import LOG_PAGE_MAX, LogEntry
from protocols.pump_link.vocabulary import LogEvent

LOG_CAPACITY: Final = 256
"""Entries kept; the oldest gives way to the newest."""

_BEHIND_S: Final = 60


def log_of(defects: frozenset[Defect]) -> "EventLog":
    """Return the empty log of a unit."""
    return EventLog(_BEHIND_S if Defect.LOG_BEHIND in defects else 0)


class EventLog:
    """Entries in rising index; an index is never used twice."""

    __slots__ = ("_behind_s", "_kept", "total")

    def __init__(self, behind_s: int = 0) -> None:
        """Start empty.

        The attribute `total` counts the entries written since manufacture.

        Args:
            behind_s: how much too early the time of each entry is.
        """
        self._behind_s = behind_s
        self._kept: deque[LogEntry] = deque(maxlen=LOG_CAPACITY)
        self.total = 0

    def write(self, clock_s: int, uptime_ms: int, event: LogEvent, detail: int) -> None:
        """Add an entry with the pump's clock, its uptime and the event's detail."""
        noted_s = clock_s - self._behind_s
        self._kept.append(LogEntry(self.total, noted_s, uptime_ms, event, detail))
        self.total += 1

    def lose_newest(self) -> None:
        """Lose the newest entry, as a defective unit does."""
        if self._kept:
            self._kept.pop()
            self.total -= 1

    def page(self, first: int) -> tuple[int, tuple[LogEntry, ...]]:
        """Return up to `LOG_PAGE_MAX` entries from an index on.

        Returns:
            Index of the first entry of the page and the entries. An index older than
            kept gives the oldest kept; one not written yet gives an empty page.
        """
        oldest = self.total - len(self._kept)
        begin = min(max(first, oldest), self.total)
        skip = begin - oldest
        entries = tuple(self._kept)[skip : skip + LOG_PAGE_MAX]
        return begin, entries
