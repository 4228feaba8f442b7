"""What one cell of a table is, and the number that is in it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from types import MappingProxyType
from typing import Final

_LEAST_WORD: Final = 3


def _spelled(*units: tuple[float, str]) -> Mapping[str, float]:
    """Each unit as written; words also as Word and WORD, which symbols are not."""
    spelled: dict[str, float] = {}
    for size, names in units:
        for name in names.split():
            spelled[name] = size
            if len(name) >= _LEAST_WORD:
                spelled |= dict.fromkeys((name.capitalize(), name.upper()), size)
    return MappingProxyType(spelled)


TIME_UNITS: Final = _spelled(
    (1e-9, "ns"),
    (1e-6, "us µs μs"),
    (1e-3, "ms msec"),
    (1.0, "s sec secs second seconds sek"),
    (60.0, "min mins minute minutes minuten"),
    (3600.0, "h hr hrs hour hours std"),
    (86400.0, "d day days"),
)
"""Seconds in each unit of time that a file may state."""

MASS_UNITS: Final = _spelled(
    (1e-9, "ng"),
    (1e-6, "µg μg ug mcg"),
    (1e-3, "mg"),
    (1.0, "g gram grams gramm"),
    (1e3, "kg"),
)
"""Grams in each unit of mass that a file may state."""

_MISSING: Final = frozenset({"", "nan", "na", "n/a", "null"})
# Not \d, which takes the digits of every script.
_NUMBER: Final = re.compile(
    r"(?P<sign>[+\-−]?)\s*"
    r"(?P<digits>(?:[0-9]+[.,]?[0-9]*|[.,][0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"\s*(?P<unit>[A-Za-zµμ]*)"
)
_DATE: Final = (
    r"(?:\d{4}-\d{1,2}-\d{1,2}|\d{4}/\d{1,2}/\d{1,2}|\d{1,2}[./]\d{1,2}[./]\d{2,4})"
)
_CLOCK: Final = r"\d{1,4}:\d{2}(?::\d{2})?(?:[.,]\d+)?(?:\s*[AaPp]\.?[Mm]\.?)?"
_IS_DATE: Final = re.compile(_DATE)
_IS_CLOCK: Final = re.compile(_CLOCK)
_IS_STAMP: Final = re.compile(rf"{_DATE}[T ,]\s*{_CLOCK}\s*(?:Z|[+-]\d\d:?\d\d)?")
_VALUE_BEGINS: Final = re.compile(r"[+\-−]?\s*[.,]?\d")


class Kind(Enum):
    """What a cell looks like; a broken one begins like a number and is none."""

    EMPTY = "empty"
    NUMBER = "number"
    CLOCK = "time of day"
    DATE = "date"
    STAMP = "date and time"
    WORD = "word"
    BROKEN = "broken"


VALUES: Final = frozenset({Kind.NUMBER, Kind.CLOCK, Kind.DATE, Kind.STAMP})


class Decimal(StrEnum):
    """The sign before the decimals."""

    POINT = "point"
    COMMA = "comma"


class Thousands(ValueError):
    """Digits may be grouped by thousands, so that a number is not certain."""


@dataclass(frozen=True, slots=True)
class Number:
    """Reads numbers of one column: ``reader(cell) -> float``, NaN where it is empty.

    Attributes:
        decimal: the sign before the decimals.
        unit: the unit that stands in every cell; "" for none.
    """

    decimal: Decimal
    unit: str

    def __call__(self, cell: str) -> float:
        """Read a cell.

        Raises:
            ValueError: it is no such number; the text says why.
        """
        cell = cell.strip()
        if cell.casefold() in _MISSING:
            return math.nan
        found = _NUMBER.fullmatch(cell)
        if found is None:
            raise ValueError("is no number")
        if found["unit"] != self.unit:
            raise ValueError(_other_unit(found["unit"], self.unit))
        digits = found["digits"]
        if self.decimal is Decimal.COMMA:
            if "." in digits:
                raise Thousands("has a decimal point where others have a comma")
            digits = digits.replace(",", ".")
        elif "," in digits:
            raise Thousands("has a comma where others have a decimal point")
        return -float(digits) if found["sign"] in ("-", "−") else float(digits)


def plain_number(cell: str) -> float:
    """Read a number with a decimal point and no unit, fast; NaN where it is empty.

    Raises:
        ValueError: it is no such number.
    """
    try:
        value = float(cell)
    except ValueError:
        return Number(Decimal.POINT, "")(cell)
    if "_" in cell or math.isinf(value) or not cell.isascii():
        raise ValueError("is no number")
    return value


def kind(cell: str) -> Kind:
    """Tell what a cell looks like."""
    cell = cell.strip()
    if cell.casefold() in _MISSING:
        return Kind.EMPTY
    if not _VALUE_BEGINS.match(cell):
        return Kind.WORD
    for pattern, found in (
        (_NUMBER, Kind.NUMBER),
        (_IS_CLOCK, Kind.CLOCK),
        (_IS_DATE, Kind.DATE),
        (_IS_STAMP, Kind.STAMP),
    ):
        if pattern.fullmatch(cell):
            return found
    return Kind.BROKEN


def unit_in(cell: str) -> str:
    """The unit behind the number of a cell; "" for none."""
    found = _NUMBER.fullmatch(cell.strip())
    return found["unit"] if found else ""


def decimal_of(cells: Iterable[str]) -> Decimal | None:
    """Which decimal sign the numbers of a file have; None where it cannot be told.

    ``1,234`` alone may be 1.234 or 1234; ``0,123``, ``1,2`` and ``1234,567`` are
    certain.

    Raises:
        Thousands: points and commas are both there.
    """
    points = commas = certain = False
    for cell in cells:
        found = _NUMBER.fullmatch(cell.strip())
        if found is None:
            continue
        digits = found["digits"]
        points |= "." in digits
        if "," in digits:
            commas = True
            certain |= not re.fullmatch(r"[1-9]\d{0,2},\d{3}", digits)
    if points and commas:
        raise Thousands("decimal points and commas")
    if not commas:
        return Decimal.POINT
    return Decimal.COMMA if certain else None


def _other_unit(found: str, wanted: str) -> str:
    if not found:
        return f"has no unit where others have {wanted}"
    return f"is in {found} where others are " + (f"in {wanted}" if wanted else "bare")
