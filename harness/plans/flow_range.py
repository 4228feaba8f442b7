"""Whether a pump can be programmed with a rate at all, as its profile has it."""

from __future__ import annotations

from collections.abc import Mapping

from harness.errors import ConfigurationError
from harness.plans.profile import Profile
from harness.toml_files import Given
from harness.units import FLOW, Quantity, magnitude

MINIMUM = "flow.minimum"
MAXIMUM = "flow.maximum"
_TOLERANCE = 1e-9


def refuse_outside(rate: Quantity, profile: Profile, where: str) -> None:
    """Refuse a rate outside of what the profile allows; a missing bound allows all.

    Raises:
        ConfigurationError: the rate lies outside.
    """
    rate_ml_per_day = magnitude(rate, FLOW)
    for key, sign in ((MINIMUM, 1.0), (MAXIMUM, -1.0)):
        if not profile.specifies(key):
            continue
        bound = magnitude(profile.quantity(key, FLOW), FLOW)
        # The last digits of a product of plan and profile are no mistake of the plan.
        if sign * (rate_ml_per_day - bound) < -_TOLERANCE * bound:
            side = "below" if sign > 0.0 else "above"
            raise ConfigurationError(
                f"{where}: {rate_ml_per_day:g} mL/day is {side} {key} = {bound:g}"
                f" mL/day of the profile {profile.id}; correct the rate, or write"
                " expects_refusal = true if the pump shall refuse it"
            )


def refuse_rates_outside(
    start: Mapping[str, Given],
    numbers: Mapping[str, Given],
    profile: Profile,
    where: str,
) -> None:
    """Refuse a programmed rate outside of what the profile allows; 0 is a stop.

    A programmed rate is a number named ``rate`` or ``dose``, or ending so:
    ``running_rate``.

    Raises:
        ConfigurationError: a rate lies outside.
    """
    for name, number in numbers.items():
        rate = programmed_rate(name, number.value, start)
        if rate is not None and magnitude(rate, FLOW) != 0.0:
            refuse_outside(rate, profile, f"{where}: {name}")


def programmed_rate(
    name: str, value: Quantity, start: Mapping[str, Given]
) -> Quantity | None:
    """Return the rate that a number programmes; None if it programmes none.

    Args:
        name: the number's name.
        value: the number: a rate, or a dose per time.
        start: the case's start state, with the concentration that a dose needs.
    """
    last_word = name.rpartition("_")[2]
    if last_word == "rate" and value.is_compatible_with(FLOW):
        return value
    if last_word == "dose" and "concentration" in start:
        rate: Quantity = value / start["concentration"].value
        return rate if rate.is_compatible_with(FLOW) else None
    return None
