"""Seeded damage: the same in every run, so that a failure can be found again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from harness.conformance.subject import Codec, Draw

_SEED: Final = 6


class Chance:
    """Numbers that look random and are the same in every run.

    Args:
        seed: chooses the sequence.
    """

    def __init__(self, seed: int = _SEED) -> None:
        self._generator = np.random.default_rng(seed)

    def draw(self, low: int, high: int) -> int:
        """Return a whole number between two limits, both included."""
        return int(self._generator.integers(low, high, endpoint=True, dtype=np.int64))

    def noise(self, size: int) -> bytes:
        """Return ``size`` bytes."""
        return self._generator.bytes(size)


def damaged(frame: bytes) -> Iterator[bytes]:
    """Yield a frame with each single bit flipped, cut at each place, each byte twice.

    The shortest pieces come first, so that the first one that shows a fault is small.
    """
    for size in range(1, len(frame)):
        yield frame[:size]
        yield frame[-size:]
    for index in range(len(frame)):
        for bit in range(8):
            flipped = bytearray(frame)
            flipped[index] ^= 1 << bit
            yield bytes(flipped)
    for index in range(len(frame)):
        yield frame[: index + 1] + frame[index:]


def spliced(codec: Codec, draw: Draw, pieces: int) -> bytes:
    """Return pieces of the samples behind each other: what a parser fears most."""
    parts = []
    for _ in range(pieces):
        golden = codec.samples[draw(0, len(codec.samples) - 1)].golden
        begin = draw(0, len(golden) - 1)
        parts.append(golden[begin : draw(begin, len(golden))])
    return b"".join(parts)
