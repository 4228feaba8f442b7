"""The one Pint registry, and the only way from text to a quantity and back.

Pint is slow (tens of microseconds an operation), so it lives at the edges:
configuration, measurements, reports. Loops carry integers with the unit in the name.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import Any, TypeAlias

import pint

from harness.errors import UnitError

ureg: pint.UnitRegistry[Any] = pint.UnitRegistry(
    autoconvert_offset_to_baseunit=False, case_sensitive=True
)
Quantity: TypeAlias = pint.Quantity[Any]

NS_PER_S = 1_000_000_000

# Pint evaluates expressions: "mL**9**9**9" would keep it busy for ever, "+L" and "L#x"
# would pass, and broken brackets escape as TokenError. A unit needs none of that.
_UNIT_TEXT = re.compile(r"[A-Za-zµμ%°]+(\^-?[1-9])?([*/][A-Za-zµμ%°]+(\^-?[1-9])?)*")

# What a field is called, and an example of a unit that would be right in it.
CONCENTRATION = "µg/mL"
VOLUME = "mL"
FLOW = "mL/day"
TIME = "s"
FRACTION = "percent"
TEMPERATURE = "degC"
PRESSURE = "hPa"


def quantity(text: object, like: str, *, where: str) -> Quantity:
    """Read ``text`` as a quantity of the same dimension as the unit ``like``.

    Args:
        text: a number with a unit, such as ``"100 µg/day"``. A bare number is refused,
            because a 5 that means millilitres an hour is how pumps kill.
        like: any unit of the wanted dimension; the result keeps the text's own unit.
        where: file and field, for the message.

    Raises:
        UnitError: not text, no unit, an unknown unit, or another dimension.
    """
    if not isinstance(text, str):
        raise UnitError(
            f"{where}: {text!r} has no unit; write it as text with one, such as"
            f' "{text} {like}"'
        )
    number, _, unit_text = text.strip().partition(" ")
    try:
        magnitude = float(number)
    except ValueError as error:
        raise UnitError(
            f"{where}: {text!r} does not start with a number and a space; write it as"
            f' "1.5 {like}"'
        ) from error
    if not math.isfinite(magnitude):
        raise UnitError(f"{where}: {text!r} is not a finite number")
    unit = _unit(unit_text.strip(), text, like, where)
    if not _are_alike(unit, _parsed(like)):
        raise UnitError(
            f"{where}: {text!r} has the wrong dimension; one like {like} belongs here"
        )
    return ureg.Quantity(magnitude, unit)


def _unit(unit_text: str, text: str, like: str, where: str) -> pint.Unit:
    if not unit_text:
        raise UnitError(f'{where}: {text!r} has no unit; write it as "{text} {like}"')
    unknown = (
        f"{where}: the unit {unit_text!r} is unknown; one like {like} belongs here"
    )
    if not _UNIT_TEXT.fullmatch(unit_text):
        raise UnitError(unknown)
    try:
        return _parsed(unit_text.replace("%", "percent"))
    # Pint's parser fails in several ways on broken text; they all mean the same here.
    except (pint.PintError, AssertionError, ValueError, TypeError) as error:
        raise UnitError(unknown) from error


@lru_cache(maxsize=1024)
def _parsed(text: str) -> pint.Unit:
    """Return a unit; Pint itself parses one that is composed anew each time."""
    return ureg.Unit(text)


@lru_cache(maxsize=1024)
def _are_alike(unit: pint.Unit, other: pint.Unit) -> bool:
    return bool(unit.is_compatible_with(other))


def magnitude(value: Quantity, unit: str) -> float:
    """Return ``value`` as a plain number of ``unit``.

    Raises:
        TypeError: ``value`` is a bare number: a unit was left out in code.
        UnitError: ``value`` has another dimension.
    """
    if not isinstance(value, pint.Quantity):
        raise TypeError(f"{value!r} is a bare number; give it a unit, such as {unit}")
    try:
        return float(value.to(_parsed(unit)).magnitude)
    except pint.DimensionalityError as error:
        raise UnitError(f"{value} cannot be given in {unit}") from error


def nanoseconds(value: Quantity) -> int:
    """Return a duration as whole nanoseconds, the unit of every clock here."""
    return round(magnitude(value, "s") * NS_PER_S)


def seconds(ns: int) -> float:
    """Return nanoseconds as seconds, for arithmetic that is not about the clock."""
    return ns / NS_PER_S


def show(value: Quantity, unit: str, digits: int = 4) -> str:
    """Write a quantity with so many significant digits, as ``"0.2001 mL/day"``.

    Pint prints mL as ml; everything a person reads comes through here instead.
    """
    return f"{magnitude(value, unit):.{digits}g} {unit.replace('percent', '%')}"
