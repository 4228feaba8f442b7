"""Reply lines, as a balance sends them.

Every function raises `LocalProtocolError` for a line that the grammar forbids.
"""

from collections.abc import Sequence

from protocols.errors import LocalProtocolError
from protocols.mt_sics.checksum import crc16
from protocols.mt_sics.grammar import TERMINATOR, Quoted, assemble
from protocols.mt_sics.parser import FIELD_WIDTH, UNIT, WEIGHT_HEADS, parse
from protocols.mt_sics.replies import (
    FaultSource,
    GeneralErrorKind,
    Malformed,
    RefusalReason,
    WeightStatus,
)


def weight_line(
    identifier: str,
    status: WeightStatus,
    units: int,
    decimals: int,
    unit: str = "g",
    *,
    fine: bool = True,
) -> bytes:
    """Return a weight of `units` times 10**-`decimals` in `unit`.

    Args:
        identifier: First word of the reply.
        status: Stability; not every identifier allows each.
        units: Value as a count of its last digit.
        decimals: Digits after the point.
        unit: Unit, 1 to 5 characters.
        fine: False outside the fine range of a DeltaRange balance, where the
            field ends in a blank.

    Raises:
        LocalProtocolError: The value does not fit its field, or identifier,
            status or unit are not those of a weight.
    """
    head = f"{identifier} {status.value}"
    if head not in WEIGHT_HEADS:
        raise LocalProtocolError(
            f"MT-SICS has no weight reply {head!r}; use one of {list(WEIGHT_HEADS)}"
        )
    return _with_value(head, units, decimals, unit, fine=fine) + TERMINATOR


def checked_weight_line(
    identifier: str, status: WeightStatus, units: int, decimals: int, unit: str = "g"
) -> bytes:
    """Return a SIC1 or SIC2 weight with its check value; see `weight_line`.

    Raises:
        LocalProtocolError: As for `weight_line`.
    """
    head = f"{identifier} {status.value}"
    if head not in {"SIC1 S", "SIC1 D", "SIC2 S", "SIC2 D"}:
        raise LocalProtocolError(
            f"MT-SICS has no weight reply {head!r} with a check value; use SIC1 or "
            "SIC2, stable or dynamic"
        )
    text = _with_value(head, units, decimals, unit, fine=True) + b" "
    return text + f"{crc16(text):04X}".encode("ascii") + TERMINATOR


def zeroed_line(identifier: str, status: WeightStatus) -> bytes:
    """Return the reply to ZI or ZC.

    Raises:
        LocalProtocolError: No such reply exists.
    """
    return _verified(assemble(f"{identifier} {status.value}"))


def text_line(
    identifier: str, *parameters: int | str | Quoted, more_follow: bool = False
) -> bytes:
    """Return a done line (A), or with `more_follow` one that others follow (B).

    Raises:
        LocalProtocolError: The identifier or a parameter cannot be written.
    """
    status = "B" if more_follow else "A"
    return _verified(assemble(f"{identifier} {status}", parameters))


def command_list_lines(commands: Sequence[tuple[int, str]]) -> list[bytes]:
    """Return the I0 reply that lists `commands`, pairs of level and keyword.

    Raises:
        LocalProtocolError: A keyword cannot be written.
    """
    last = len(commands) - 1
    return [
        text_line("I0", level, Quoted(keyword), more_follow=index < last)
        for index, (level, keyword) in enumerate(commands)
    ]


def refusal_line(identifier: str, reason: RefusalReason) -> bytes:
    """Return the refusal of a command.

    Raises:
        LocalProtocolError: The identifier cannot be written.
    """
    return _verified(assemble(f"{identifier} {reason.value}"))


def fault_line(number: int, source: FaultSource) -> bytes:
    """Return a system fault, sent in place of a stable weight.

    Raises:
        LocalProtocolError: `number` is not 1 to 99.
    """
    field = f"Error {number}{source.value}"
    return _verified(assemble(f"S S {field:>{FIELD_WIDTH}}"))


def general_error_line(kind: GeneralErrorKind) -> bytes:
    """Return the reply to a command that was not understood."""
    return assemble(kind.value)


def _with_value(
    head: str, units: int, decimals: int, unit: str, *, fine: bool
) -> bytes:
    if decimals < 0:
        raise LocalProtocolError(
            f"MT-SICS weight has {decimals} decimals; use 0 or more"
        )
    digits = str(abs(units)).zfill(decimals + 1)
    point = len(digits) - decimals
    number = "-" * (units < 0) + digits[:point]
    if decimals:
        number += "." + digits[point:]
    field = (number if fine else number + " ").rjust(FIELD_WIDTH)
    if len(field) > FIELD_WIDTH or not UNIT.fullmatch(unit):
        raise LocalProtocolError(
            f"MT-SICS weight {number} {unit!r} does not fit {FIELD_WIDTH} characters "
            "and a unit of 1 to 5; report overload or use fewer decimals"
        )
    return f"{head} {field} {unit}".encode("latin-1")


def _verified(line: bytes) -> bytes:
    if isinstance(parse(line), Malformed):
        raise LocalProtocolError(
            f"MT-SICS has no reply {line!r}; correct its identifier, status or number"
        )
    return line
