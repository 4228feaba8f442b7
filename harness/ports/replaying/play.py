"""Whether what is asked today is what was asked then."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from harness.evidence.retracing import ReplayDiverged
from harness.ports.replaying.tape import Exchange


class Play:
    """How far a section has been played; all its wires share one.

    Args:
        name: what messages call the section.
        exchanges: of the section, in the order of the journal.

    Attributes:
        broken: what went otherwise first; None while nothing did.
    """

    def __init__(self, name: str, exchanges: Sequence[Exchange]) -> None:
        self.broken: ReplayDiverged | None = None
        self._name = name
        self._waiting = deque(each.seq for each in exchanges)
        self._done: set[int] = set()

    @property
    def is_over(self) -> bool:
        """Whether every exchange has been played."""
        return not self._waiting

    def finish(self, exchange: Exchange) -> None:
        """Note that an exchange has begun again."""
        self._done.add(exchange.seq)
        while self._waiting and self._waiting[0] in self._done:
            self._done.remove(self._waiting.popleft())

    def is_next(self, exchange: Exchange) -> bool:
        """Tell whether everything before it has been played."""
        return bool(self._waiting) and self._waiting[0] == exchange.seq

    def check(self) -> None:
        """Refuse to go on behind the first divergence.

        Raises:
            ReplayDiverged: there was one.
        """
        if self.broken is not None:
            raise self.broken

    def breaks(self, what: str) -> ReplayDiverged:
        """Note that the record is left here, and return the error that says so."""
        self.broken = ReplayDiverged(
            f"{self._name} diverges from its record: {what}; nothing can answer from"
            " here on, so replay it with the code that ran, or run it on the bench"
        )
        return self.broken
