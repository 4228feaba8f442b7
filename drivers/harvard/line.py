"""One conversation with a Harvard or KDS pump: a command, and its whole answer."""

from __future__ import annotations

from typing import Final

from harness.clock import NS_PER_MS, NS_PER_S, Clock
from harness.errors import InstrumentSilent
from harness.evidence.recorder import Recorder
from harness.ports.tap import Tap
from protocols.harvard import AnswerReader, Reply, encode

TIMEOUT_NS: Final = NS_PER_S
"""How long one answer is waited for."""
ATTEMPTS: Final = 2

_QUIET_NS: Final = 200 * NS_PER_MS


class HarvardLine:
    """The pump's line. No answer carries a number, so late ones must be kept out.

    Args:
        name: what the journal and messages call the pump.
        port: its line, journalled.
        clock: bench time.
        recorder: where repetitions and rejections are written.
        timeout_ns: how long one answer is waited for.
        address: on a chain of pumps; 0 alone.

    Attributes:
        name: as given.
        t_ns: bench time of the last answer's end.
    """

    def __init__(
        self,
        name: str,
        port: Tap,
        clock: Clock,
        recorder: Recorder,
        *,
        timeout_ns: int,
        address: int,
    ) -> None:
        self.name = name
        self.t_ns = 0
        self._port = port
        self._clock = clock
        self._recorder = recorder
        self._timeout_ns = timeout_ns
        self._address = address
        self._answers = AnswerReader()
        self._in_step = False

    def begin(self) -> None:
        """Forget what was said before: who is there now is unknown."""
        self._in_step = False

    def close(self) -> None:
        """Release the line."""
        self._port.close()

    def ask(self, command: str, attempts: int = ATTEMPTS) -> Reply:
        """Send a command until it is answered, at most so many times.

        Raises:
            InstrumentSilent: no whole answer.
        """
        line = encode(command, self._address)
        for attempt in range(1, attempts + 1):
            if attempt > 1:
                self._recorder.retry(self.name, command, attempt, "no whole answer")
            self._get_in_step()
            if (reply := self._exchange(line)) is not None:
                return reply
            self._in_step = False
        raise InstrumentSilent(
            f"{self.name} gave no whole answer to {command}, sent {attempts} times;"
            " whether it acted is unknown. Check that it is on, its cable, address and"
            " line settings, and start again"
        )

    def _exchange(self, line: bytes) -> Reply | None:
        self._port.write(line)
        deadline_ns = self._clock.now_ns() + self._timeout_ns
        while self._clock.now_ns() < deadline_ns:
            for each in self._answers.feed(self._port.read(deadline_ns)):
                if isinstance(each, Reply) and (each.address or 0) == self._address:
                    self.t_ns = self._port.settle()
                    return each
                self._recorder.rejection(self.name, "no answer of this pump", each.raw)
        self.t_ns = self._port.settle()
        return None

    def _get_in_step(self) -> None:
        """Drop what is left of earlier answers; none carries a number."""
        if self._answers.reset() or self._port.has_waiting():
            self._in_step = False
        end_ns = self._clock.now_ns() + self._timeout_ns
        while not self._in_step and (now_ns := self._clock.now_ns()) < end_ns:
            late = self._port.read(now_ns + _QUIET_NS)
            self._in_step = not late
            if late:
                self._recorder.rejection(self.name, "came too late", late)
        self._answers.reset()
