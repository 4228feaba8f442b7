"""Noise that is a function: the same key and counter always give the same number.

Nothing is drawn in sequence, so the order and the number of readings cannot change any
of them, and a case alone sees the noise that it sees in a whole run.
"""

from __future__ import annotations

import math
from hashlib import blake2b
from typing import Final

_KEY_BYTES = 16
_HALF: Final = 2.0**-54
_STEP: Final = 2.0**-53
_MASK: Final = 2**53 - 1


def derive(seed: int, *labels: str) -> bytes:
    """Return the key that belongs to a seed and the names under it."""
    text = "\x00".join([str(seed), *labels])
    return blake2b(text.encode(), digest_size=_KEY_BYTES).digest()


def uniform(key: bytes, counter: int) -> float:
    """Return a number between 0 and 1, both excluded, for any 64-bit counter."""
    return (_bits(key, counter) & _MASK) * _STEP + _HALF


def gaussian(key: bytes, counter: int) -> float:
    """Return a number of the standard normal distribution.

    Source: G. E. P. Box and M. E. Muller, Ann. Math. Statist. 29 (1958) 610.
    """
    bits = _bits(key, counter)
    radius = math.sqrt(-2.0 * math.log((bits & _MASK) * _STEP + _HALF))
    return radius * math.cos(math.tau * _STEP * (bits >> 53 & _MASK))


def _bits(key: bytes, counter: int) -> int:
    message = counter.to_bytes(9, "big", signed=True)
    return int.from_bytes(blake2b(message, digest_size=16, key=key).digest(), "big")
