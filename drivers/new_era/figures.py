"""Quantities in the four digits of the pump."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from harness.errors import ConfigurationError
from harness.units import Quantity, magnitude
from protocols.errors import LocalProtocolError
from protocols.new_era import figures
from protocols.new_era.vocabulary import RateUnit, VolumeUnit

# A float that came from a unit conversion is off by rounding only.
_EXACT: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate that the pump can be told.

    Attributes:
        nl_per_h: the rate.
        argument: of the command RAT.
    """

    nl_per_h: int
    argument: str


def rate_of(value: Quantity | Fraction, what: str) -> Rate:
    """Return the rate that comes nearest in any of the pump's units.

    Args:
        value: volume per time; a plain fraction is in nL/h.
        what: what it is, for the message.

    Raises:
        ConfigurationError: no unit can carry it.
    """
    wanted = value if isinstance(value, Fraction) else _fraction(value, "nL/hour", what)
    found: list[tuple[Fraction, Rate]] = []
    for unit in RateUnit:
        try:
            thousandths = figures.nearest(wanted / unit.nl_per_h)
        except LocalProtocolError:
            continue
        nl_per_h = thousandths * unit.nl_per_h // figures.THOUSAND
        argument = figures.written(thousandths).rstrip(".") + unit.value
        found.append((abs(wanted - nl_per_h), Rate(nl_per_h, argument)))
    if not found or not wanted:
        raise ConfigurationError(
            f"{what} {value} cannot be told to the pump, which takes 0.001 µL/h to 9999"
            " mL/min in four digits; correct the value, or stop the pump instead"
        )
    return min(found, key=lambda each: each[0])[1]


def volume_of(value: Quantity, unit: VolumeUnit) -> tuple[int, str]:
    """Return a volume in nL and as the argument of VOL; it is not rounded.

    Raises:
        ConfigurationError: four digits of the pump's unit cannot carry it.
    """
    wanted_nl = _fraction(value, "nL", "the volume")
    volume_nl = round(wanted_nl)
    thousandths, rest = divmod(volume_nl * figures.THOUSAND, unit.nl)
    try:
        argument = figures.written(thousandths).rstrip(".")
    except LocalProtocolError as error:
        raise _unfit(value, unit) from error
    if rest or volume_nl <= 0 or abs(wanted_nl - volume_nl) > _EXACT * volume_nl:
        raise _unfit(value, unit)
    return volume_nl, argument


def _fraction(value: Quantity, unit: str, what: str) -> Fraction:
    number = magnitude(value, unit)
    if not math.isfinite(number) or number < 0:
        raise ConfigurationError(f"{what} {value} cannot be run; correct the value")
    return Fraction(number)


def _unfit(value: Quantity, unit: VolumeUnit) -> ConfigurationError:
    return ConfigurationError(
        f"the volume {value} cannot be told to the pump, which takes four digits and"
        f" up to 3 decimals in {unit.value}, as its syringe's diameter has it; correct"
        " the value"
    )
