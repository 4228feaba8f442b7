"""Numbers as the pump writes them: at most four digits and a point, three decimals.

They are kept as whole thousandths of their unit.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final

from protocols.errors import LocalProtocolError, RemoteProtocolError

THOUSAND: Final = 1_000
LARGEST: Final = 9_999 * THOUSAND
"""The largest number, in thousandths."""

_FIGURE: Final = re.compile(r"(?=[0-9.]{1,5}\Z)([0-9]{0,4})(?:(\.)([0-9]{0,3}))?\Z")
_DIGITS: Final = 4
# Worth of the last digit, in thousandths, and how many decimals that leaves.
_STEPS: Final = ((1, 3), (10, 2), (100, 1), (1_000, 0))
_STEP_COUNT: Final = 10_000


def written(thousandths: int) -> str:
    """Return a number as the pump writes it, always with its point.

    Raises:
        LocalProtocolError: four digits cannot carry it.
    """
    for step, decimals in _STEPS:
        if 0 <= thousandths < step * _STEP_COUNT and thousandths % step == 0:
            whole, part = divmod(thousandths, THOUSAND)
            return f"{whole}.{part:03d}"[: len(str(whole)) + 1 + decimals]
    raise LocalProtocolError(
        f"New Era number: {thousandths / THOUSAND:g} needs more than {_DIGITS} digits"
        " or 3 decimals; round it first"
    )


def nearest(value: Fraction) -> int:
    """Return the nearest number that four digits can carry, in thousandths.

    Raises:
        LocalProtocolError: it is negative, above 9999, or rounded to nothing.
    """
    for step, _ in _STEPS:
        count = round(value * THOUSAND / step)
        if 0 <= count < _STEP_COUNT and not (count == 0 and value > 0):
            return count * step
    raise LocalProtocolError(
        f"New Era number: {float(value):g} is not within 0.001 to 9999; use another"
        " unit"
    )


def read(text: str) -> int:
    """Return a number in thousandths.

    Raises:
        RemoteProtocolError: it is no such number.
    """
    found = _FIGURE.match(text)
    if found is None or not 1 <= len(found[1] + (found[3] or "")) <= _DIGITS:
        raise RemoteProtocolError(
            f"New Era number: {text[:20]!r} is not up to 4 digits with one point"
        )
    return int(found[1] or "0") * THOUSAND + int((found[3] or "").ljust(3, "0"))
