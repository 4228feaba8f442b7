"""The driver's own keys of a bench file, and quantities as the pump is told them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from harness.errors import ConfigurationError
from harness.plans.plan import Role
from harness.toml_files import Table
from harness.units import Quantity, magnitude
from protocols.harvard import MAX_ADDRESS


def read_options(table: Table, roles: Sequence[Role]) -> dict[str, object]:
    """Read ``diameter`` and ``address`` of the bench file's entry, as own keywords.

    Raises:
        ConfigurationError: there is no diameter, or no pump can have the address.
    """
    address = table.integer("address", 0)
    if not 0 <= address <= MAX_ADDRESS:
        raise ConfigurationError(
            f"{table.where}: address is {address}; give 0 to {MAX_ADDRESS}"
        )
    return {"diameter": table.quantity("diameter", "mm"), "address": address}


def whole(value: Quantity, unit: str, what: str) -> int:
    """Return a value above 0 that is a whole number of a unit.

    Raises:
        ConfigurationError: it is none.
    """
    count = nearest(value, unit, what)
    if not math.isclose(magnitude(value, unit), count, rel_tol=1e-9):
        raise ConfigurationError(
            f"{what} {value} is no whole number of {unit}, in which the pump is told;"
            " correct the value"
        )
    return count


def nearest(value: Quantity, unit: str, what: str) -> int:
    """Return the whole number of a unit that is nearest, and above 0.

    Raises:
        ConfigurationError: it is not finite, or not above 0.
    """
    number = magnitude(value, unit)
    if not math.isfinite(number) or round(number) <= 0:
        raise ConfigurationError(
            f"{what} {value} cannot be told to the pump, which is told whole {unit}"
            " above 0; correct the value"
        )
    return round(number)
