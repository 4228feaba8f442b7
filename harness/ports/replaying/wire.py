"""The far end of one recorded wire: it answers what was asked then, when it was."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Final

from harness.clock import NS_PER_MS
from harness.ports.replaying.clock import ReplayClock
from harness.ports.replaying.play import Play
from harness.ports.replaying.tape import Exchange

# Writing takes its time, and a host wakes late.
_IN_VAIN_NS: Final = 50 * NS_PER_MS
_CHARACTER_NS: Final = 2 * NS_PER_MS
_SHOWN: Final = 64
_FAR: Final = 2**63 - 1


class RecordedWire:
    """One port of a tape; the far end of ``replay://<name>``.

    Args:
        name: of the port in the journal.
        clock: of the replay.
    """

    def __init__(self, name: str, clock: ReplayClock) -> None:
        self._name = name
        self._clock = clock
        self._play = Play("", ())
        self._left: deque[Exchange] = deque()
        self._coming: deque[tuple[int, bytes]] = deque()
        self._arrived = b""
        self._in_vain_ns = _IN_VAIN_NS

    def load(self, play: Play, exchanges: Sequence[Exchange]) -> None:
        """Take the exchanges of a section, and forget what was before."""
        self._play = play
        self._left = deque(each for each in exchanges if each.port == self._name)
        self._coming.clear()
        self._arrived = b""

    @property
    def left(self) -> int:
        """Number of recorded questions that were not asked."""
        return sum(bool(each.sent) for each in self._left)

    def open(self) -> None:
        """Do nothing: what came before anybody listened is in no record."""

    def write(self, data: bytes) -> None:
        """Ask what was asked then.

        Raises:
            ReplayDiverged: something else was asked, or nothing any more.
        """
        self._play.check()
        while self._left and not self._left[0].sent:
            # It was read before this question then, and is a little late now.
            self._arrived += self._pop().received
        if not self._left:
            asked = f"{self._name} is asked {_shown(data)}"
            raise self._play.breaks(f"{asked}, but the record has no further question")
        then = self._pop()
        if then.sent != data:
            raise self._play.breaks(
                f"{self._name} is asked {_shown(data)}, but record {then.seq} has"
                f" {_shown(then.sent)}"
            )
        self._clock.advance_to(then.t_ns if then.is_one_way else then.sent_ns)
        self._coming.extend(then.reads())

    def waiting(self) -> int:
        """Return how many characters have arrived and were not read."""
        self._arrive()
        return len(self._arrived)

    def take(self, size: int) -> bytes:
        """Return at most ``size`` characters that have arrived, without waiting."""
        self._arrive()
        data, self._arrived = self._arrived[:size], self._arrived[size:]
        return data

    def wait(self, deadline_ns: int) -> None:
        """Let time pass until more characters arrive, or until the deadline.

        A wait in vain lasts as long as it did then. On a real clock an answer could
        come after the deadline, and was taken.
        """
        self._play.check()
        late_ns = self._clock.late_ns
        next_ns = self._next_ns()
        if self._coming and not self._coming[0][1]:
            self._wait_in_vain(deadline_ns)
        elif self._coming and next_ns <= deadline_ns + late_ns:
            self._clock.advance_to(next_ns)
        else:
            self._clock.advance_to(min(next_ns, deadline_ns))

    def _wait_in_vain(self, deadline_ns: int) -> None:
        longer_ns = self._coming[0][0] - deadline_ns
        most_ns = _FAR if self._clock.late_ns else self._in_vain_ns
        if 0 <= longer_ns <= most_ns:
            deadline_ns, _ = self._coming.popleft()
        self._clock.advance_to(deadline_ns)

    def now_ns(self) -> int:
        """Return the bench time."""
        return self._clock.now_ns()

    def _next_ns(self) -> int:
        """Return when the next characters arrive; far ahead if none do."""
        if self._coming:
            return self._coming[0][0]
        if self._left and not self._left[0].sent:
            return self._left[0].reads()[0][0]
        return _FAR

    def _arrive(self) -> None:
        """Take in what has arrived."""
        while self._has_come():
            if not self._coming:
                self._coming.extend(self._pop().reads())
            t_ns, data = self._coming.popleft()
            self._clock.advance_to(t_ns)
            self._arrived += data

    def _has_come(self) -> bool:
        early_ns = self._next_ns() - self._clock.now_ns()
        if early_ns <= 0:
            return True
        # What was read next of all had come by now: a real clock went on meanwhile.
        is_next = not self._coming and bool(self._left) and self._is_next()
        return is_next and early_ns <= self._clock.late_ns

    def _is_next(self) -> bool:
        return not self._left[0].sent and self._play.is_next(self._left[0])

    def _pop(self) -> Exchange:
        exchange = self._left.popleft()
        self._in_vain_ns = _IN_VAIN_NS + len(exchange.sent) * _CHARACTER_NS
        self._play.finish(exchange)
        return exchange


def _shown(data: bytes) -> str:
    """Write bytes for a message: text where they are text, else hex."""
    text = data[:_SHOWN]
    said = ascii(text) if text.isascii() and text.strip().isalnum() else text.hex()
    return said if len(data) <= _SHOWN else f"{said}... ({len(data)} bytes)"
