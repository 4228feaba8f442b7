"""One parser against its streams: what it may take, and how much memory.

Of every message that a parser takes, the bytes must stand in the stream, behind those
of the message before and where a message may begin; and a second reading of these bytes
must give the same. So nothing is taken that was not sent.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Final

from benchmarks.fuzzing import streams
from benchmarks.fuzzing.subject import KEPT_WHOLE, Message, Subject

MOST_MEMORY: Final = 1 << 20
"""Bytes that a reader and what it returns may take while it is fed in chunks."""

_BLOCK: Final = 1 << 14
_CHUNK: Final = 1 << 12
_COMPARED: Final = 8
"""Every so many blocks, the stream is read once more, in one piece."""


class Finding(Exception):
    """A parser does what it must not."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one parser was sent, and took.

    Attributes:
        name: of the subject.
        raw: bytes without structure.
        structured: bytes of damaged messages.
        accepted: messages that were taken.
        rejected: bytes that are in none of them.
        peak: bytes of memory, at most.
    """

    name: str
    raw: int
    structured: int
    accepted: int
    rejected: int
    peak: int


def run(subject: Subject, seed: int, size: int) -> Outcome:
    """Send so many bytes, half of them structured.

    Raises:
        Finding: the parser took what was not sent, depends on how the stream is cut,
            or keeps too much.
    """
    check_samples(subject)
    check_tails(subject)
    accepted = taken = 0
    for block, stream in enumerate(blocks(subject, seed, size)):
        rng = Random(f"{subject.name} {seed} {block} chunks")
        try:
            messages = fed(subject, rng, stream)
            check(subject, stream, messages)
            if subject.is_stream and block % _COMPARED == 0:
                check_chunking(subject, stream, messages)
        except Exception as error:
            error.add_note(f"in block {block} of {subject.name}, seed {seed}")
            raise
        accepted += len(messages)
        taken += sum(len(each.raw) for each in messages)
    peak = peak_memory(subject, seed, max(size // 10, _BLOCK))
    if peak > MOST_MEMORY:
        raise Finding(f"{subject.name} takes {peak} bytes of memory")
    raw = size // 2
    return Outcome(subject.name, raw, size - raw, accepted, size - taken, peak)


def blocks(subject: Subject, seed: int, size: int) -> Iterator[bytes]:
    """Make up the streams, each for a new reader: half of the raw ones of any bytes."""
    rng = Random(f"{subject.name} {seed}")
    raw = size // 2
    for make, share in (
        (streams.uniform, raw // 2),
        (streams.from_alphabet, raw - raw // 2),
        (streams.structured, size - raw),
    ):
        for at in range(0, share, _BLOCK):
            yield make(rng, min(_BLOCK, share - at), subject.samples)


def fed(subject: Subject, rng: Random, stream: bytes) -> list[Message]:
    """Return what a new reader takes out of a stream that comes in chunks."""
    read = subject.start()
    return [each for chunk in streams.chunks(rng, stream) for each in read(chunk)]


def check(subject: Subject, stream: bytes, messages: list[Message]) -> None:
    """Hold messages to the stream that they are said to come from.

    Raises:
        Finding: one was not sent.
    """
    end = 0
    for message in messages:
        begin = _place(subject, stream, message.raw, end)
        if begin < 0:
            raise Finding(f"{subject.name} takes {message}, which was not sent")
        end = begin + len(message.raw)
        if (expected := subject.reading(message)) != message.meaning:
            raise Finding(f"{subject.name} takes {message}, which says {expected}")


def check_chunking(subject: Subject, stream: bytes, messages: list[Message]) -> None:
    """Compare with what a new reader takes out of a stream in one piece.

    Raises:
        Finding: that is something else.
    """
    at_once = subject.start()(stream)
    for one, other in zip(messages, at_once, strict=False):
        if one != other:
            raise Finding(f"{subject.name} takes {one} or {other}, by its chunks")
    if len(messages) != len(at_once):
        raise Finding(
            f"{subject.name} takes {len(messages)} or {len(at_once)} messages, by its"
            " chunks"
        )


def check_samples(subject: Subject) -> None:
    """Send every sample alone.

    Raises:
        Finding: it is not taken, whole, as one message.
    """
    for sample in subject.samples:
        messages = subject.start()(sample)
        if [each.raw for each in messages] != [sample]:
            raise Finding(f"{subject.name} makes {messages} of the sound {sample!r}")
        check(subject, sample, messages)


def check_tails(subject: Subject) -> None:
    """Send every sample without its beginning, as after a timeout.

    Raises:
        Finding: it is taken for a weight or a status that is not the sample's own; a
            blank or a label in front may be lost without harm.
    """
    for sample in subject.samples:
        (sent,) = subject.start()(sample)
        for cut in range(1, len(sample)):
            for each in subject.start()(sample[cut:]):
                is_other = not {*each.meaning} <= {*sent.meaning, ""}
                if each.meaning[0] in KEPT_WHOLE and is_other:
                    raise Finding(f"{subject.name} takes {each}, the end of {sample!r}")


def peak_memory(subject: Subject, seed: int, size: int) -> int:
    """Return how much memory a reader takes, bytes, by streams that never end."""
    rng = Random(f"{subject.name} {seed} memory")
    peak = 0
    for stream in _endless(subject, rng, size):
        chunks = [stream[at : at + _CHUNK] for at in range(0, len(stream), _CHUNK)]
        read = subject.start()
        tracemalloc.start()
        try:
            for chunk in chunks:
                read(chunk)
            peak = max(peak, tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
    return peak


def _endless(subject: Subject, rng: Random, size: int) -> Iterator[bytes]:
    """Make up streams without the bytes that end messages, one of the whole size."""
    ends = bytes({sample[-1] for sample in subject.samples})
    begun = rng.choice(subject.samples).rstrip(ends)
    letters = streams.from_alphabet(rng, size, subject.samples)
    yield begun + letters.translate(None, ends)
    for part in (begun, begun[:1], begun[: len(begun) // 2]):
        yield part * (size // 4 // max(len(part), 1))
    yield streams.structured(rng, size // 4, subject.samples)


def _place(subject: Subject, stream: bytes, raw: bytes, begin: int) -> int:
    """Return where a message next begins in a stream, -1 if nowhere."""
    before = None if raw[:1] == subject.mark else subject.begins_after
    at = stream.find(raw, begin)
    while at > 0 and before is not None and stream[at - 1] not in before:
        at = stream.find(raw, at + 1)
    return at
