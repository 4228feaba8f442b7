"""``[defaults]``: what every case of a plan has that does not say otherwise."""

from __future__ import annotations

from dataclasses import dataclass

from harness.errors import ConfigurationError
from harness.plans.procedures import Procedures
from harness.toml_files import Table

_KEYS = frozenset(
    {
        "needs",
        "capabilities",
        "features",
        "restart",
        "hardware_duration",
        "effect",
        "start",
        "numbers",
    }
)


@dataclass(frozen=True, slots=True)
class Defaults:
    """Defaults of a plan.

    Attributes:
        case: of the case's own keys.
        numbers: of its numbers; one counts where the procedure takes it.
    """

    case: Table
    numbers: Table


def read(plan: Table, found: Procedures) -> Defaults:
    """Read the defaults of a plan; there need be none.

    Raises:
        ConfigurationError: a key that has no default, or a number that no procedure
            takes.
    """
    table = plan.table("defaults")
    for key in sorted(set(table.keys()) - _KEYS):
        raise ConfigurationError(
            f"{table.where}: {key!r} has no default; write it in each case, or choose"
            f" from {', '.join(sorted(_KEYS))}"
        )
    return Defaults(table, numbers(table, found))


def numbers(table: Table, found: Procedures) -> Table:
    """Return the table ``numbers`` of another table; there need be none.

    Raises:
        ConfigurationError: a number that no procedure takes.
    """
    given = table.table("numbers")
    taken = {
        name
        for each in found.by_name.values()
        for name in (*each.units, *each.schedules)
    }
    for key in sorted(set(given.keys()) - taken):
        raise ConfigurationError(
            f"{given.where}: no procedure takes {key!r}; correct the name, or leave"
            " it out"
        )
    return given
