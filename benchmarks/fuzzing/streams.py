"""Streams of bytes: without any structure, or of messages that are damaged."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from random import Random
from typing import Final

_TWICE: Final = 0.25
"""How often a damaged piece is damaged once more."""
_RUNS: Final = (50, 130, 250, 1_100)
"""Bytes of a run that is longer than the longest message of some parser."""
_CHUNKS: Final = (1, 8, 64, 512, 4_096)
_CHUNK_WEIGHTS: Final = tuple(accumulate((1, 2, 6, 6, 3)))


def uniform(rng: Random, size: int, samples: Sequence[bytes]) -> bytes:
    """Return bytes of any value."""
    del samples
    return rng.randbytes(size)


def from_alphabet(rng: Random, size: int, samples: Sequence[bytes]) -> bytes:
    """Return bytes as frequent as in the samples, in any order."""
    letters = b"".join(samples)
    table = bytes(rng.choice(letters) for _ in range(256))
    return rng.randbytes(size).translate(table)


def structured(rng: Random, size: int, samples: Sequence[bytes]) -> bytes:
    """Return samples, whole and damaged, one behind the other."""
    pieces: list[bytes] = []
    length = 0
    while length < size:
        piece = rng.choice(_DAMAGES)(rng, rng.choice(samples), rng.choice(samples))
        if piece and rng.random() < _TWICE:
            piece = rng.choice(_DAMAGES)(rng, piece, rng.choice(samples))
        pieces.append(piece)
        length += len(piece)
    return b"".join(pieces)[:size]


def chunks(rng: Random, stream: bytes) -> Iterator[bytes]:
    """Cut a stream into chunks, of a size that differs from stream to stream."""
    (longest,) = rng.choices(_CHUNKS, cum_weights=_CHUNK_WEIGHTS)
    at = 0
    while at < len(stream):
        size = rng.randint(1, longest)
        yield stream[at : at + size]
        at += size


_Damage = Callable[[Random, bytes, bytes], bytes]


def _whole(_: Random, one: bytes, __: bytes) -> bytes:
    return one


def _flipped(rng: Random, one: bytes, _: bytes) -> bytes:
    damaged = bytearray(one)
    damaged[rng.randrange(len(one))] ^= 1 << rng.randrange(8)
    return bytes(damaged)


def _replaced(rng: Random, one: bytes, other: bytes) -> bytes:
    damaged = bytearray(one)
    damaged[rng.randrange(len(one))] = rng.choice(other)
    return bytes(damaged)


def _dropped(rng: Random, one: bytes, _: bytes) -> bytes:
    at = rng.randrange(len(one))
    return one[:at] + one[at + 1 :]


def _inserted(rng: Random, one: bytes, _: bytes) -> bytes:
    at = rng.randrange(len(one) + 1)
    return one[:at] + rng.randbytes(1) + one[at:]


def _doubled(rng: Random, one: bytes, _: bytes) -> bytes:
    at = rng.randrange(len(one))
    return one[: at + 1] + one[at:]


def _tail(rng: Random, one: bytes, _: bytes) -> bytes:
    return one[rng.randrange(len(one)) :]


def _head(rng: Random, one: bytes, _: bytes) -> bytes:
    return one[: rng.randrange(len(one))]


def _spliced(rng: Random, one: bytes, other: bytes) -> bytes:
    return _head(rng, one, other) + _tail(rng, other, one)


def _merged(rng: Random, one: bytes, other: bytes) -> bytes:
    at = rng.randrange(len(one))
    return one[:at] + other + one[at:]


def _repeated(rng: Random, one: bytes, _: bytes) -> bytes:
    begin = rng.randrange(len(one))
    part = one[begin : rng.randrange(begin, len(one)) + 1]
    return one[:begin] + part * rng.randint(2, 9) + one[begin:]


def _stretched(rng: Random, one: bytes, other: bytes) -> bytes:
    at = rng.randrange(len(one))
    run = _head(rng, other, one) or one[:1]
    return one[:at] + run * (rng.choice(_RUNS) // len(run)) + one[at:]


_DAMAGES: Final[tuple[_Damage, ...]] = (
    _whole,
    _whole,
    _whole,
    _flipped,
    _replaced,
    _dropped,
    _inserted,
    _doubled,
    _tail,
    _head,
    _spliced,
    _merged,
    _repeated,
    _stretched,
)
