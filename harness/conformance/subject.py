"""What a package declares of its pump's protocol, so that the kit can try it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from harness.readings import Alarm
from harness.units import Quantity

Draw: TypeAlias = Callable[[int, int], int]
"""Returns a whole number between two limits, both included."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One message and its bytes, which come from the maker's document, not from code.

    Attributes:
        title: what it shows.
        message: the message; messages are compared with ``==``.
        golden: its bytes on the wire.
    """

    title: str
    message: Any
    golden: bytes


class MessageReader(Protocol):
    """Cuts a stream of bytes into messages; what is none is left out."""

    @property
    def pending(self) -> int:
        """Number of bytes held because their message is not complete."""

    def feed(self, data: bytes) -> Sequence[Any]:
        """Take bytes and return the messages that they complete, in order."""

    def expire(self) -> Sequence[Any]:
        """Give up what is incomplete; return the messages that it had held back."""


@dataclass(frozen=True, slots=True)
class AlarmAnswer:
    """A pump's answer about its status, altered so that it tells of one alarm.

    Attributes:
        name: the alarm as the maker's document calls it.
        answer: the bytes.
        expected: what the driver must make of it; None if it must raise, so that nobody
            judges by such a status.
    """

    name: str
    answer: bytes
    expected: Alarm | None


@dataclass(frozen=True, slots=True)
class Codec:
    """The wire format.

    Attributes:
        samples: messages whose bytes are known, of every kind.
        make: makes any message that the protocol can carry.
        encode: returns a message's bytes.
        reader: makes a reader that has heard nothing.
        errors: what reader and encoder may raise.
        holds_at_most: most bytes that the reader may hold, which is one message.
        is_checked: whether a check value guards every message.
    """

    samples: tuple[Sample, ...]
    make: Callable[[Draw], Any]
    encode: Callable[[Any], bytes]
    reader: Callable[[], MessageReader]
    errors: tuple[type[Exception], ...]
    holds_at_most: int
    is_checked: bool


@dataclass(frozen=True, slots=True)
class Habits:
    """How the driver uses the wire, and what the pump can do.

    Attributes:
        only_asks: whether the bytes of one write are a mere question.
        gives_up_within: how long the driver may try before the pump counts as silent.
        is_numbered: whether an answer tells which question it answers.
        rate: a rate that the pump runs.
        resolution: of a rate on the wire.
        too_fast: a rate that it refuses.
        bolus: volume and duration of a dose that it can give; None if it gives none.
        alarm_answers: makes of an answer that tells of alarms one for each alarm that
            the protocol knows, and one for an alarm that nobody has named; nothing of
            any other answer. None if the pump tells of no alarms.
        is_alarm_told_once: whether one answer tells it, and those behind it no more.
    """

    only_asks: Callable[[bytes], bool]
    gives_up_within: Quantity
    is_numbered: bool
    rate: Quantity
    resolution: Quantity
    too_fast: Quantity
    bolus: tuple[Quantity, Quantity] | None
    alarm_answers: Callable[[bytes], Sequence[AlarmAnswer]] | None
    is_alarm_told_once: bool = False


@dataclass(frozen=True, slots=True)
class Subject:
    """A pump's protocol; ``habits`` is None where the pump takes no commands."""

    codec: Codec
    habits: Habits | None = None
