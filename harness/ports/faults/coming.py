"""Bytes that have left the instrument and come late."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence

from harness.ports.faults.chance import Chance
from harness.ports.faults.fault import FaultKind, LineFault

_CUTS = (FaultKind.SPLIT, FaultKind.DELAYED)


class Coming:
    """A queue of pieces, each with the bench time at which it is there.

    Nothing overtakes: what comes behind a late byte is late as well.

    Args:
        chances: of each fault.
    """

    def __init__(self, chances: Mapping[LineFault, Chance]) -> None:
        self._chances = chances
        self._pieces: deque[tuple[int, bytes]] = deque()
        self._last_ns = 0

    def __bool__(self) -> bool:
        return bool(self._pieces)

    def clear(self) -> None:
        """Forget what is under way."""
        self._pieces.clear()

    def add(self, t_ns: int, data: bytes, faults: Sequence[LineFault]) -> None:
        """Take bytes that a sound line would bring at ``t_ns``.

        Args:
            t_ns: bench time, ns.
            data: what came.
            faults: those that hold now.
        """
        due_ns = t_ns + sum(self._held_ns(fault) for fault in faults)
        for late_ns, piece in self._cut(data, faults):
            due_ns = self._last_ns = max(due_ns + late_ns, self._last_ns)
            self._pieces.append((due_ns, piece))

    def next_ns(self, otherwise_ns: int) -> int:
        """Return when the next piece is there, at the latest ``otherwise_ns``."""
        return min(self._pieces[0][0], otherwise_ns) if self._pieces else otherwise_ns

    def take(self, now_ns: int) -> bytes:
        """Return all that is there."""
        found = b""
        while self._pieces and self._pieces[0][0] <= now_ns:
            found += self._pieces.popleft()[1]
        return found

    def _held_ns(self, fault: LineFault) -> int:
        """How long the whole of it is held back."""
        if fault.kind is FaultKind.SLOW:
            return fault.by_ns
        is_held = fault.kind is FaultKind.MERGED and self._chances[fault].hits(
            fault.rate
        )
        return fault.by_ns if is_held else 0

    def _cut(
        self, data: bytes, faults: Sequence[LineFault]
    ) -> Iterator[tuple[int, bytes]]:
        """Yield the pieces, and by how much each is later than the one before, ns."""
        cuts = [fault for fault in faults if fault.kind in _CUTS]
        begin, late_ns = 0, 0
        for index in range(len(data) if cuts else 0):
            hit = [f for f in cuts if self._chances[f].hits(f.rate)]
            if hit:
                if index > begin:
                    yield late_ns, data[begin:index]
                    begin, late_ns = index, 0
                late_ns += sum(fault.by_ns for fault in hit)
        yield late_ns, data[begin:]
