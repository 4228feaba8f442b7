"""What helps a package to declare its subject."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from harness.conformance.subject import Draw, MessageReader

T = TypeVar("T")


def one_of(draw: Draw, choices: Sequence[T]) -> T:
    """Draw one of some choices."""
    return choices[draw(0, len(choices) - 1)]


class Sifted:
    """A reader without what is no message; implements `subject.MessageReader`.

    Args:
        reader: makes the reader of the protocol, which may find more than messages.
        message: makes a message of what that found; None of what is none.
    """

    def __init__(
        self,
        reader: Callable[[], MessageReader],
        message: Callable[[Any], Any | None],
    ) -> None:
        self._reader = reader()
        self._message = message

    @property
    def pending(self) -> int:
        """Number of bytes held because their message is not complete."""
        return self._reader.pending

    def feed(self, data: bytes) -> Sequence[Any]:
        """Take bytes and return the messages that they complete, in order."""
        return self._sift(self._reader.feed(data))

    def expire(self) -> Sequence[Any]:
        """Give up what is incomplete; return the messages that it had held back."""
        return self._sift(self._reader.expire())

    def _sift(self, found: Sequence[Any]) -> Sequence[Any]:
        messages = map(self._message, found)
        return [each for each in messages if each is not None]
