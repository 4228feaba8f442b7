"""A count that goes on where a pump begins to count anew."""

from __future__ import annotations


class OngoingCount:
    """The sum of a count that people can clear at the pump.

    Attributes:
        told_nl: the count that the pump told last.
    """

    def __init__(self) -> None:
        self.told_nl = 0
        self._before_nl = 0

    def falls_to(self, told_nl: int) -> bool:
        """Tell whether a count is smaller than the last one."""
        return told_nl < self.told_nl

    def add(self, told_nl: int) -> int:
        """Take over what is told, and return the sum with all that was cleared, nL."""
        if self.falls_to(told_nl):
            self._before_nl += self.told_nl
        self.told_nl = told_nl
        return self._before_nl + told_nl
