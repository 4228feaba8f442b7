"""What the parameters of a command mean to the balance that receives them."""

import re
from decimal import Decimal
from typing import Final

from protocols.mt_sics.replies import NANOGRAM_EXPONENTS

LONGEST_MS: Final = 65_535
"""Longest time that SC, TC and ZC can be given."""

_STEP_MS = 8
_MILLISECONDS = re.compile(r"[0-9]{1,5}")
_VALUE = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")


def parse_milliseconds(parameters: tuple[str, ...]) -> int | None:
    """Return the time limit of SC, TC or ZC in steps of 8 ms; None if it is none."""
    match parameters:
        case [text] if _MILLISECONDS.fullmatch(text) and int(text) <= LONGEST_MS:
            return int(text) // _STEP_MS * _STEP_MS
    return None


def parse_mass(parameters: tuple[str, ...]) -> int | None:
    """Return a value and its unit in whole nanograms; None if that is no mass."""
    match parameters:
        case [text, unit] if _VALUE.fullmatch(text) and unit in NANOGRAM_EXPONENTS:
            return int(Decimal(text).scaleb(NANOGRAM_EXPONENTS[unit]))
    return None
