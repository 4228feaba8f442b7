"""From a question to its answer, on the line of any balance.

Balances lose commands, answer late, and send what nobody asked for. After a timeout the
rest of an old line may arrive, and ``2.345 g`` of ``12.345 g`` still looks like a
weight. So nothing counts as an answer before the line has been quiet, the piece of a
line that was waiting has been dropped, and, where the language has one, a marker
question has been answered: its answer is never sent unasked and cannot be a weight.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, Generic, Protocol, TypeVar

from harness.clock import NS_PER_MS, Clock
from harness.errors import InstrumentFault, InstrumentSilent
from harness.evidence.recorder import Recorder
from harness.ports.tap import Tap

ATTEMPTS: Final = 3
"""How often a question is sent before the balance counts as silent."""

QUIET_NS: Final = 200 * NS_PER_MS
"""How long nothing must come until a line counts as quiet."""


class Line(Protocol):
    """A line of a balance, in whatever form its language gives it."""

    @property
    def raw(self) -> bytes:
        """The whole line with its terminator."""


ReplyT = TypeVar("ReplyT", bound=Line)


class Lines(Protocol):
    """Bytes in any chunks to whole lines, in bounded memory."""

    def feed(self, data: bytes) -> list[bytes]:
        """Take bytes and return the lines they complete. Never raises."""

    def reset(self) -> int:
        """Forget an unfinished line and return how many bytes were dropped."""


class Meaning(Enum):
    """What a line means to the question that waits."""

    COMPLETE = auto()
    """It is the answer, or the last line of it."""
    MORE = auto()
    """It is a line of the answer, and more follow."""
    NOT_UNDERSTOOD = auto()
    """The question did not arrive as it was sent, or is unknown."""
    DAMAGED = auto()
    """It would be the answer, but its check value is wrong."""
    STRAY = auto()
    """It does not answer this question."""


class NoWeight(Enum):
    """Why a balance that answers gives no weight, and the way out."""

    OVERLOAD = "overload: take load off the pan"
    UNDERLOAD = "underload: put pan and vessel back in place"
    UNSTABLE = "not stable in time: keep draughts and shocks off it, and start again"
    NOT_NOW = "not now: wait until it is warm, stable and not busy"
    BAD_PARAMETER = "a parameter is wrong: compare balance and model"


@dataclass(frozen=True, slots=True)
class Question(Generic[ReplyT]):
    """Something to ask.

    Attributes:
        name: what messages and the journal call it.
        line: the bytes that ask.
        meaning: what a line means while this question waits.
    """

    name: str
    line: bytes
    meaning: Callable[[ReplyT], Meaning]


@dataclass(frozen=True, slots=True)
class Language(Generic[ReplyT]):
    """What is to be known of a balance's language.

    Attributes:
        parse: makes a reply of one line, terminator included. Never raises.
        marker: the question by which to get back in step; None where every question's
            answer could be a weight, or come unasked: then silence alone must do.
        inspect: is shown every line that answers nothing, and raises where one says
            that the balance is not what it was, as after a restart.
        quiet_ns: how long nothing must come until the line counts as quiet. Without a
            marker, longer than the balance can take to answer.
    """

    parse: Callable[[bytes], ReplyT]
    marker: Question[ReplyT] | None
    inspect: Callable[[ReplyT], None]
    quiet_ns: int = QUIET_NS


class Asking(Generic[ReplyT]):
    """Asks one balance, one question at a time.

    Args:
        name: what the journal and messages call the balance.
        port: its line, journalled; it may return whole lines or any pieces.
        clock: bench time.
        recorder: where rejections and repetitions are written.
        lines: cuts what is read into lines; used by nobody else.
        language: of the balance.
        timeout_ns: how long an answer is waited for, if nothing else is said.
    """

    def __init__(
        self,
        name: str,
        port: Tap,
        clock: Clock,
        recorder: Recorder,
        lines: Lines,
        language: Language[ReplyT],
        timeout_ns: int,
    ) -> None:
        self._name = name
        self._port = port
        self._clock = clock
        self._recorder = recorder
        self._lines = lines
        self._language = language
        self._timeout_ns = timeout_ns
        self._in_step = True
        self._t_ns = 0

    @property
    def name(self) -> str:
        """What the journal and messages call the balance."""
        return self._name

    @property
    def t_ns(self) -> int:
        """Bench time of the last answer's last byte."""
        return self._t_ns

    def ask(
        self, question: Question[ReplyT], timeout_ns: int | None = None
    ) -> list[ReplyT]:
        """Send a question until it is answered; return the answer's lines.

        Args:
            question: what to ask.
            timeout_ns: how long each answer is waited for; None is the usual time.

        Raises:
            InstrumentSilent: no answer, however often it is asked.
            InstrumentFault: it does not understand, or every answer was damaged.
        """
        limit_ns = self._timeout_ns if timeout_ns is None else timeout_ns
        meaning, raw = Meaning.MORE, b""
        for attempt in range(1, ATTEMPTS + 1):
            if attempt > 1:
                in_vain = meaning is Meaning.MORE
                reason = "no whole answer in time" if in_vain else repr(raw)
                self._recorder.retry(self._name, question.name, attempt, reason)
            if not self._is_in_step():
                continue
            answer, meaning = self._exchange(question, limit_ns)
            if meaning is Meaning.COMPLETE:
                return answer
            self._in_step = False
            raw = answer[-1].raw if answer else b""
        if meaning is Meaning.NOT_UNDERSTOOD:
            raise self.fault(f"does not understand {question.name}: {raw!r}")
        if meaning is Meaning.DAMAGED:
            raise self.fault(
                f"answered {question.name} with {raw!r}, whose check value is wrong;"
                " check its cable and what runs beside it"
            )
        raise InstrumentSilent(
            f"{self._name} did not answer {question.name}, sent {ATTEMPTS} times; check"
            " that it is on, its cable, and that its line settings are those of the"
            " bench file"
        )

    def send(self, data: bytes) -> None:
        """Send what is never answered, once the line is in step.

        Raises:
            InstrumentSilent: the balance cannot be brought back in step.
        """
        if not self._is_in_step() and not self._is_in_step():
            raise InstrumentSilent(
                f"{self._name} does not come to rest; end what it sends by itself, and"
                " check its line settings"
            )
        self._port.write(data)
        self._port.settle()

    def doubt(self, question: str, attempt: int, raw: bytes, why: str) -> None:
        """Journal a whole answer that is not believed, and that it is asked again.

        Args:
            question: that it answered.
            attempt: number of the one that follows.
            raw: the answer.
            why: what is wrong with it.
        """
        self._recorder.rejection(self._name, why, raw)
        self._recorder.retry(self._name, question, attempt, why)
        self._in_step = False

    def drain(self) -> list[ReplyT]:
        """Read, journal and drop what comes, until the line is quiet."""
        return self._drain()[0]

    def fault(self, what: str) -> InstrumentFault:
        """Return the error that says what is wrong with this balance."""
        self._port.settle()
        return InstrumentFault(f"{self._name} {what}")

    def refused(self, question: str, raw: bytes, why: NoWeight) -> InstrumentFault:
        """Return the error of a question that was understood and declined."""
        return self.fault(f"refused {question} with {raw!r}, {why.value}")

    def settle(self) -> None:
        """Journal the exchange that is over."""
        self._port.settle()

    def close(self) -> None:
        """Release the line."""
        self._port.close()

    def _is_in_step(self) -> bool:
        """Get back in step where a late answer could be taken for a fresh one."""
        if self._lines.reset() or self._port.has_waiting():
            self._in_step = False
        if not self._in_step:
            dropped, is_quiet = self._drain()
            for reply in dropped:
                self._language.inspect(reply)
            marker = self._language.marker
            if marker is None:
                self._in_step = is_quiet
            else:
                self._exchange(marker, self._timeout_ns)
        return self._in_step

    def _drain(self) -> tuple[list[ReplyT], bool]:
        """Return what was dropped, and whether the line became quiet."""
        dropped: list[ReplyT] = []
        is_quiet = False
        quiet_ns = self._language.quiet_ns
        end_ns = self._clock.now_ns() + max(self._timeout_ns, 2 * quiet_ns)
        while not is_quiet and (now_ns := self._clock.now_ns()) < end_ns:
            data = self._port.read(now_ns + quiet_ns)
            is_quiet = not data
            dropped += map(self._language.parse, self._lines.feed(data))
        self._lines.reset()
        self._port.settle()
        for reply in dropped:
            self._reject(reply)
        return dropped, is_quiet

    def _exchange(
        self, question: Question[ReplyT], timeout_ns: int
    ) -> tuple[list[ReplyT], Meaning]:
        """Send a question once; return its answer, and how it ended (MORE: too late).

        The answer to the marker brings the line in step. Whatever else comes with the
        last line of an answer is dropped, and takes it out of step.
        """
        self._port.write(question.line)
        deadline_ns = self._clock.now_ns() + timeout_ns
        answer: list[ReplyT] = []
        ended = Meaning.MORE
        while ended is Meaning.MORE:
            for line in self._lines.feed(self._port.read(deadline_ns)):
                reply = self._language.parse(line)
                meaning = question.meaning(reply)
                if ended is not Meaning.MORE or meaning is Meaning.STRAY:
                    self._in_step = False
                    self._reject(reply)
                    self._language.inspect(reply)
                    continue
                ended = meaning
                answer.append(reply)
                if question is self._language.marker:
                    self._in_step = meaning is Meaning.COMPLETE
                if meaning is Meaning.DAMAGED:
                    self._reject(reply)
            if ended is Meaning.MORE and self._clock.now_ns() >= deadline_ns:
                break
        self._t_ns = self._port.settle()
        return answer, ended

    def _reject(self, reply: ReplyT) -> None:
        reason = f"{type(reply).__name__} that answers no waiting command"
        self._recorder.rejection(self._name, reason, reply.raw)
