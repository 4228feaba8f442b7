"""One conversation with a Harvard or KDS pump: a command, and its whole answer."""

from __future__ import annotations

from typing import Final

from harness.clock import NS_PER_MS, NS_PER_S, Clock
from harness.errors import InstrumentSilent
from harness.evidence.recorder import Recorder
from harness.ports.tap import Tap
from protocols.errors import RemoteProtocolError
from protocols.harvard import AnswerReader, Reply, Word, encode, parse_version

TIMEOUT_NS: Final = NS_PER_S
"""How long one answer is waited for."""
ATTEMPTS: Final = 3
"""How often a question may meet with silence before the pump counts as silent."""
MOST_ATTEMPTS: Final = 6
"""How often it is sent in all, where what comes is damaged or late."""
FIRST_ATTEMPTS: Final = 2
"""How often the first question of all is sent."""
FIRST_CONTACT_NS: Final = 250 * NS_PER_MS
"""How long the first answer of all is waited for, so that what is no pump of this
family is refused within a second."""

_QUIET_NS: Final = 200 * NS_PER_MS


class HarvardLine:
    """The pump's line. No answer carries a number, so late ones must be kept out.

    What tells that none is left is the answer to ``version``, which no other question
    has.

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
        self._is_first = True

    def begin(self) -> None:
        """Forget what was said before: who is there now is unknown."""
        self._in_step = False
        self._is_first = True

    def close(self) -> None:
        """Release the line."""
        self._port.close()

    def ask(self, command: str, most: int = MOST_ATTEMPTS) -> Reply:
        """Send a command until it is answered, at most so many times.

        A pump that is wholly silent is given up sooner. A stop is sent at once, even to
        a pump that cannot be heard.

        Raises:
            InstrumentSilent: no whole answer.
        """
        if command == Word.STOP and not self._in_step:
            self._exchange(command)
        if self._is_first:
            most = min(most, FIRST_ATTEMPTS)
        silences = 0
        for attempt in range(1, most + 1):
            if attempt > 1:
                self._recorder.retry(self.name, command, attempt, "no whole answer")
            if self._get_in_step() and (reply := self._exchange(command)) is not None:
                self._is_first = False
                return reply
            self._in_step = False
            silences += self._port.is_silent
            if silences == ATTEMPTS:
                break
        raise InstrumentSilent(
            f"{self.name} gave no whole answer to {command}, sent {attempt} times;"
            " whether it acted is unknown. Check that it is on, its cable, address and"
            " line settings, and start again"
        )

    @property
    def _patience_ns(self) -> int:
        return FIRST_CONTACT_NS if self._is_first else self._timeout_ns

    def _exchange(self, command: str) -> Reply | None:
        self._port.write(encode(command, self._address))
        return self._answer(self._clock.now_ns() + self._patience_ns)

    def _answer(self, deadline_ns: int) -> Reply | None:
        while self._clock.now_ns() < deadline_ns:
            for each in self._answers.feed(self._port.read(deadline_ns)):
                if isinstance(each, Reply) and (each.address or 0) == self._address:
                    self.t_ns = self._port.settle()
                    return each
                self._recorder.rejection(self.name, "no answer of this pump", each.raw)
        self.t_ns = self._port.settle()
        return None

    def _get_in_step(self) -> bool:
        """See to it that the next answer can only be that to the next command."""
        if self._answers.reset() or self._port.has_waiting():
            self._in_step = False
        if not self._in_step:
            self._drop_late()
            # At first there is nobody yet whose late answer it could be.
            self._in_step = self._is_first or self._has_said_its_version()
        return self._in_step

    def _has_said_its_version(self) -> bool:
        reply = self._exchange(Word.VERSION)
        deadline_ns = self._clock.now_ns() + self._patience_ns
        while reply is not None and not _is_version(reply):
            self._recorder.rejection(self.name, "came too late", reply.raw)
            reply = self._answer(deadline_ns)
        if reply is not None:
            # What is doubled on the line comes once more.
            self._drop_late()
        return reply is not None

    def _drop_late(self) -> None:
        """Drop what comes until the line is quiet, or for as long as an answer may."""
        end_ns = self._clock.now_ns() + self._patience_ns
        while (now_ns := self._clock.now_ns()) < end_ns:
            late = self._port.read(min(now_ns + _QUIET_NS, end_ns))
            if not late:
                break
            self._recorder.rejection(self.name, "came too late", late)
        self._port.settle()
        self._answers.reset()


def _is_version(reply: Reply) -> bool:
    try:
        return bool([parse_version(line) for line in reply.lines])
    except RemoteProtocolError:
        return False
