"""A port whose traffic is journalled: one record for each question and its answer."""

from __future__ import annotations

from harness.clock import Clock
from harness.evidence.recorder import Recorder
from harness.ports.base import Port


class Tap:
    """Wraps a port; drivers use it like one and call :meth:`settle` after an answer.

    An answer that was never settled is written before the next question, so nothing
    that crossed the wire is missing from the journal. Where a driver has come back for
    more, the times are written too: a replay must be silent where the wire was.
    """

    def __init__(self, name: str, port: Port, clock: Clock, recorder: Recorder) -> None:
        self.name = name
        self._port = port
        self._clock = clock
        self._recorder = recorder
        self._sent = b""
        self._received = b""
        self._sent_ns = 0
        self._has_read = False
        self._was_silent = False
        self._pauses: list[tuple[int, int]] = []

    def write(self, data: bytes) -> None:
        if self._sent or self._received:
            self.settle()
        self._was_silent = False
        self._sent_ns = self._clock.now_ns()
        self._sent = data
        self._port.write(data)

    def read(self, deadline_ns: int) -> bytes:
        if self._has_read:
            self._pauses.append((self._clock.now_ns(), len(self._received)))
        return self._keep(self._port.read(deadline_ns))

    def read_waiting(self) -> bytes:
        return self._keep(self._port.read_waiting())

    def has_waiting(self) -> bool:
        return self._port.has_waiting()

    @property
    def is_silent(self) -> bool:
        """Whether nothing at all has answered the last question so far."""
        return bool(self._sent and not self._received) or self._was_silent

    def settle(self) -> int:
        """Journal the exchange that is now over; return the bench time of its end."""
        now_ns = self._clock.now_ns()
        if self._sent or self._received:
            sent_ns = self._sent_ns if self._sent else now_ns
            if self._has_read and not self._received and not self._pauses:
                # What nobody waited for differs from what was waited for in vain.
                self._pauses.append((now_ns, 0))
            self._recorder.exchange(
                self.name, sent_ns, self._sent, now_ns, self._received, self._pauses
            )
            self._was_silent = bool(self._sent) and not self._received
            self._sent = self._received = b""
            self._has_read = False
            self._pauses.clear()
        return now_ns

    def _keep(self, data: bytes) -> bytes:
        self._received += data
        self._has_read = bool(self._sent or self._received)
        return data

    def close(self) -> None:
        try:
            # A journal that cannot be written has said so before.
            with self._recorder.best_effort():
                self.settle()
        finally:
            self._port.close()
