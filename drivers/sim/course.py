"""The course of the liquid: one segment after another, and a little of the past."""

from __future__ import annotations

from collections import deque
from typing import Final

from drivers.sim.hydraulics import Segment

# A balance looks back by its filter; nothing is asked about longer ago.
_REMEMBERED_SEGMENTS: Final = 16
_NEVER_NS: Final = -1


class Course:
    """The segment of now, and the last ones before it.

    Args:
        first: the segment with which it begins; nothing has been delivered.
    """

    def __init__(self, first: Segment) -> None:
        self._segment = first
        self._past: deque[Segment] = deque(maxlen=_REMEMBERED_SEGMENTS)
        self._asked_ns, self._answer_nl = first.start_ns, 0.0

    @property
    def end_ns(self) -> int:
        """When the segment of now ends by itself; FAR if never."""
        return self._segment.end_ns

    def go_on(self, segment: Segment) -> None:
        """Go on with another segment, from its start on."""
        self._past.append(self._segment)
        self._segment = segment
        self._asked_ns = _NEVER_NS

    def at(self, t_ns: int) -> Segment:
        """Return the segment of now.

        Raises:
            ValueError: ``t_ns`` is before its start.
        """
        segment = self._segment
        if t_ns < segment.start_ns:
            raise ValueError(
                f"the simulated world is at {segment.start_ns} ns already and"
                f" cannot act at {t_ns} ns; a device ran backwards"
            )
        return segment

    def delivered_nl(self, t_ns: int) -> float:
        """Return the volume that has left the needle, now or a little before."""
        # One reading of a balance asks twice about the same moment.
        if t_ns != self._asked_ns:
            self._answer_nl = self._past_delivered_nl(t_ns)
            self._asked_ns = t_ns
        return self._answer_nl

    def _past_delivered_nl(self, t_ns: int) -> float:
        segment = self._segment
        if t_ns >= segment.start_ns:
            return segment.delivered_nl(t_ns)
        for segment in reversed(self._past):
            if t_ns >= segment.start_ns:
                break
        return segment.delivered_nl(max(t_ns, segment.start_ns))
