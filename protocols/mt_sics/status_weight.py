"""The reply to SIS: a weight with its state, unit, decimals, step and tare."""

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum
from types import MappingProxyType
from typing import Final

from protocols.errors import LocalProtocolError, RemoteProtocolError
from protocols.mt_sics.builders import text_line
from protocols.mt_sics.grammar import Quoted
from protocols.mt_sics.replies import TextReply

UNITS: Final = MappingProxyType(
    {
        0: "g", 1: "kg", 3: "mg", 4: "µg", 5: "ct", 7: "lb", 8: "oz", 9: "ozt",
        10: "GN", 11: "dwt", 12: "mom", 13: "msg", 14: "tl", 15: "tl", 16: "tl",
        18: "tola", 20: "baht",
    }
)  # fmt: skip
"""Units by their code; there are three kinds of tael."""

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,9})(?:\.([0-9]{1,9}))?")
_CODE = re.compile(r"[0-9]{1,2}")


class State(IntEnum):
    """What a balance says about its load."""

    STABLE = 0
    DYNAMIC = 1
    STABLE_INACCURATE = 2
    DYNAMIC_INACCURATE = 3
    OVERLOAD = 4
    UNDERLOAD = 5
    ERROR = 6


class Tare(IntEnum):
    """Where the tare comes from."""

    NONE = 0
    WEIGHED = 1
    PRESET = 2


_WITHOUT_WEIGHT: Final = frozenset({State.OVERLOAD, State.UNDERLOAD, State.ERROR})


@dataclass(frozen=True, slots=True)
class StatusWeight:
    """A weight as SIS tells it.

    Attributes:
        state: stability and accuracy.
        text: the net weight as printed.
        unit: the unit that its code stands for.
        decimals: digits after the point.
        step: count of last digits by which the display moves, as the code printed.
        is_approved: whether the approval word is other than 0.
        tare: where the tare comes from.
    """

    state: State
    text: str
    unit: str
    decimals: int
    step: int
    is_approved: bool
    tare: Tare

    @property
    def value(self) -> Decimal:
        """The net weight in `unit`, exact."""
        return Decimal(self.text)


def parse_status_weight(reply: TextReply) -> StatusWeight | State:
    """Return the weight in a SIS reply, or the state in which there is none.

    Raises:
        RemoteProtocolError: The reply is neither, or contradicts itself.
    """
    state = _code(reply, 0, len(State) - 1)
    if state in _WITHOUT_WEIGHT:
        if len(reply.parameters) != 2:
            raise _wrong(reply, "is not a state and a text")
        return State(state)
    if len(reply.parameters) != 7:
        raise _wrong(reply, "has not the 7 words of a weight")
    text = reply.parameters[1].strip()
    number = _NUMBER.fullmatch(text)
    decimals = _code(reply, 3, 9)
    unit = UNITS.get(_code(reply, 2, 99))
    if number is None or len(number[1] or "") != decimals:
        raise _wrong(reply, f"has no weight of {decimals} decimals")
    if unit is None:
        raise _wrong(reply, "has a unit that is not known")
    return StatusWeight(
        state=State(state),
        text=text,
        unit=unit,
        decimals=decimals,
        step=_code(reply, 4, 99),
        is_approved=_code(reply, 5, 9) != 0,
        tare=Tare(_code(reply, 6, len(Tare) - 1)),
    )


def status_weight_line(
    state: State, units: int, decimals: int, unit: str, tare: Tare
) -> bytes:
    """Return the reply to SIS of a balance without approval and a step of 1.

    Args:
        state: stability; in those without a weight, its name is sent instead.
        units: value as a count of its last digit.
        decimals: digits after the point.
        unit: one of `UNITS`.
        tare: where the tare comes from.

    Raises:
        LocalProtocolError: The unit has no code.
    """
    if state in _WITHOUT_WEIGHT:
        return text_line("SIS", state.value, Quoted(state.name.title()))
    codes = [code for code, known in UNITS.items() if known == unit]
    if not codes:
        raise LocalProtocolError(
            f"MT-SICS has no code for the unit {unit!r}; use one of"
            f" {', '.join(UNITS.values())}"
        )
    text = Quoted(f"{Decimal(units).scaleb(-decimals):f}")
    return text_line("SIS", state.value, text, codes[0], decimals, 1, 0, tare.value)


def _code(reply: TextReply, index: int, largest: int) -> int:
    word = reply.parameters[index] if index < len(reply.parameters) else ""
    if reply.id != "SIS" or not _CODE.fullmatch(word) or int(word) > largest:
        raise _wrong(reply, f"has no number from 0 to {largest} as word {index + 1}")
    return int(word)


def _wrong(reply: TextReply, what: str) -> RemoteProtocolError:
    return RemoteProtocolError(
        f"MT-SICS reply {reply.raw!r} {what}; check that the balance has SIS"
    )
