"""Alarm notices on their way to the host: sent, and sent again until received."""

from dataclasses import dataclass
from typing import Final

from drivers.sim.contracts import FAR
from protocols.pump_link.session import ALARM_REPEAT_MS, ALARM_REPEATS_MAX

_REPEAT_NS: Final = ALARM_REPEAT_MS * 1_000_000


@dataclass(frozen=True, slots=True)
class _Pending:
    """A notice that the host has not acknowledged.

    Attributes:
        data: the frame.
        due_ns: bench time at which it is sent again.
        repeats: how often it has been sent again.
    """

    data: bytes
    due_ns: int
    repeats: int


class Notices:
    """The notices that wait for the host's acknowledgement, by sequence number."""

    __slots__ = ("_pending",)

    def __init__(self) -> None:
        """Begin with none."""
        self._pending: dict[int, _Pending] = {}

    @property
    def due_ns(self) -> int:
        """Bench time of the next repetition, FAR if there is none."""
        if not self._pending:
            return FAR
        return min(notice.due_ns for notice in self._pending.values())

    def sent(self, t_ns: int, sequence: int, data: bytes) -> None:
        """Remember a notice that has just been sent for the first time."""
        self._pending[sequence] = _Pending(data, t_ns + _REPEAT_NS, 0)

    def received(self, sequence: int) -> None:
        """Forget a notice that the host has acknowledged."""
        self._pending.pop(sequence, None)

    def take_due(self, t_ns: int) -> list[bytes]:
        """Return the frames to be sent again at a bench time, oldest first."""
        again = []
        for sequence, notice in list(self._pending.items()):
            if notice.due_ns > t_ns:
                continue
            again.append(notice.data)
            repeats = notice.repeats + 1
            if repeats == ALARM_REPEATS_MAX:
                del self._pending[sequence]
            else:
                due_ns = notice.due_ns + _REPEAT_NS
                self._pending[sequence] = _Pending(notice.data, due_ns, repeats)
        return again

    def forget(self) -> None:
        """Forget everything, as by a power loss."""
        self._pending.clear()
