"""Chance that repeats: the same seed and count always give the same draw."""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

_SCALE: Final = 2.0**-64


class Chance:
    """Draws one after the other.

    Args:
        seed: of all draws on a bench.
        labels: whose draws these are.
    """

    def __init__(self, seed: int, *labels: str) -> None:
        text = "\x00".join([str(seed), *labels])
        self._key = blake2b(text.encode(), digest_size=16).digest()
        self._count = 0

    def hits(self, rate: float) -> bool:
        """Tell whether something befalls the next one, with a chance of ``rate``."""
        return self._next() * _SCALE < rate

    def below(self, limit: int) -> int:
        """Return a whole number from 0 to below ``limit``."""
        return self._next() % limit

    def _next(self) -> int:
        self._count += 1
        message = self._count.to_bytes(8, "big")
        drawn = blake2b(message, digest_size=8, key=self._key).digest()
        return int.from_bytes(drawn, "big")
