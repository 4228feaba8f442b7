"""What is fuzzed: a parser, what it may be sent, and an independent second reading."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from protocols.mt_sics.line_reader import LineReader

Meaning: TypeAlias = tuple[object, ...]
"""What a message says, in plain values; the first is the word for its kind."""

KEPT_WHOLE: Final = frozenset({"weight", "status"})
"""Kinds of which no message may lose its beginning and still be taken."""

_LF: Final = 0x0A


@dataclass(frozen=True, slots=True)
class Message:
    """What a parser takes for a message, and the bytes that it says it read."""

    raw: bytes
    meaning: Meaning


Read: TypeAlias = Callable[[bytes], list[Message]]
"""Takes the next bytes; returns the messages that they complete."""


@dataclass(frozen=True, slots=True)
class Subject:
    """One parser.

    Attributes:
        name: on the page and on the command line.
        samples: undamaged messages, each taken as one.
        start: makes a new reader of a stream; it raises nothing.
        reading: reads a message's bytes a second time, sharing no code with the parser;
            what the parser claims may guide which kind is looked for.
        begins_after: bytes behind which a message may begin, besides the very start;
            None for frames that carry their own beginning.
        mark: first byte of messages that may begin anywhere nevertheless.
        is_stream: whether cutting the stream into other chunks changes nothing.
    """

    name: str
    samples: tuple[bytes, ...]
    start: Callable[[], Read]
    reading: Callable[[Message], Meaning]
    begins_after: frozenset[int] | None = None
    mark: bytes = b""
    is_stream: bool = True


def of_lines(
    name: str,
    samples: tuple[bytes, ...],
    parse: Callable[[bytes], Meaning | None],
    reading: Callable[[Message], Meaning],
) -> Subject:
    """Return the subject of a parser of single lines, behind the reader of lines."""

    def start() -> Read:
        reader = LineReader()

        def read(data: bytes) -> list[Message]:
            told = ((line, parse(line)) for line in reader.feed(data))
            return [Message(line, meaning) for line, meaning in told if meaning]

        return read

    def whole(message: Message) -> Meaning:
        is_line = message.raw.find(b"\n") == len(message.raw) - 1
        return reading(message) if is_line else ("not one line",)

    return Subject(name, samples, start, whole, frozenset({_LF}))
