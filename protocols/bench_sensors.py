"""``SHUT|OPEN NEAR|AWAY <mV> <mK> <Pa> <nl>``: what the rig's sensors show, as words.

They are always as long: what a case before has left must not decide how long an answer
takes, or a case would be at other times alone than among others.
"""

import re
from collections.abc import Sequence
from types import MappingProxyType

from protocols.bench_commands import Sensed
from protocols.errors import LocalProtocolError

_CLAMP = MappingProxyType({"SHUT": True, "OPEN": False})
_MAGNET = MappingProxyType({"NEAR": True, "AWAY": False})
_NUMBER = re.compile(r"[0-9]{10}")
_NUMBERS = 4


def to_words(sensed: Sensed) -> list[str]:
    """Return what sensors show as words of a line.

    Raises:
        LocalProtocolError: a number does not fit its word.
    """
    numbers = (
        sensed.supply_mv,
        sensed.temperature_mk,
        sensed.ambient_pa,
        sensed.filled_nl,
    )
    return [
        "SHUT" if sensed.clamp_closed else "OPEN",
        "NEAR" if sensed.magnet_present else "AWAY",
        *map(_digits, numbers),
    ]


def from_words(words: Sequence[str]) -> Sensed | None:
    """Return what the words of a line show; None if they are no sensors' words."""
    match words:
        case [clamp, magnet, *numbers] if (
            clamp in _CLAMP
            and magnet in _MAGNET
            and len(numbers) == _NUMBERS
            and all(map(_NUMBER.fullmatch, numbers))
        ):
            return Sensed(_CLAMP[clamp], _MAGNET[magnet], *map(int, numbers))
        case _:
            return None


def _digits(number: int) -> str:
    digits = f"{number:010d}"
    if not _NUMBER.fullmatch(digits):
        raise LocalProtocolError(
            f"bench control SENSED cannot carry {number}; give a whole number from 0 of"
            " at most ten digits"
        )
    return digits
