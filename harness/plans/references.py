"""Quantities of a plan: written out, or taken from the profile by reference.

``"20 mL"`` is a quantity, ``"reservoir.capacity"`` what the profile says,
``"0.5 * reservoir.capacity"`` half of it. One product, and nothing else, is understood.
"""

from __future__ import annotations

import re

from harness.plans.procedures import COUNT
from harness.plans.profile import COUNT as THINGS
from harness.plans.profile import KEY, Profile
from harness.toml_files import Given, Table
from harness.units import Quantity, quantity, ureg

_PRODUCT = re.compile(rf"(?:(\d+(?:\.\d+)?) ?\* ?)?({KEY})")


def given(table: Table, key: str, like: str, profile: Profile) -> Given:
    """Read a quantity of a plan's table; a count may be a bare number.

    Raises:
        ConfigurationError: missing, or not a number where a count belongs.
        UnitError: no unit, an unknown one, or another dimension.
        NotSpecified: it refers to a key that the profile lacks.
    """
    if table.is_text(key):
        return resolve(table.text(key), like, profile, f"{table.where}: {key}")
    if like == COUNT:
        number = table.number(key)
        return Given(f"{number:g}", _pure(number))
    return table.given(key, like)


def resolve(text: str, like: str, profile: Profile, where: str) -> Given:
    """Turn a text into a quantity; that of a reference shows value and origin.

    Args:
        text: quantity, key, or factor * key.
        like: any unit of the wanted dimension, or "1" for a count.
        profile: what keys refer to.
        where: file and field, for messages.

    Raises:
        ConfigurationError: a key of another type.
        UnitError: no unit, an unknown one, or another dimension.
        NotSpecified: the profile lacks the key.
    """
    product = _PRODUCT.fullmatch(text)
    if product is None:
        wanted = THINGS if like == COUNT else like
        return Given(text, quantity(text, wanted, where=where))
    factor, key = float(product[1] or 1.0), product[2]
    if like == COUNT:
        number = factor * profile.count(key)
        return Given(f"{number:g} ({text})", _pure(number))
    written = profile.quantity(key, like)
    value = ureg.Quantity(factor * float(written.magnitude), written.units)
    unit = profile.text(key).partition(" ")[2]
    return Given(f"{value.magnitude:.10g} {unit} ({text})", value)


def _pure(number: float) -> Quantity:
    value: Quantity = ureg.Quantity(number, "dimensionless")
    return value
