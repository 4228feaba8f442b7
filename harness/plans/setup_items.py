"""What a plan wants to be told of the set-up of the bench before a formal run.

::

    [setup]
    requires = ["operator", "set_lot", "cannula_gauge"]

Without this table it is everything in :class:`SetupItem`. A name that is not among them
is a text of the plan's own.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from harness.errors import ConfigurationError
from harness.toml_files import Table, checked_id

# The journal says with these which file the record was.
_TAKEN: Final = frozenset({"name", "sha256"})


class SetupItem(StrEnum):
    """What a set-up record can say, whatever the plan."""

    OPERATOR = "operator"
    SET_LOT = "set_lot"
    CATHETER_LOT = "catheter_lot"
    FLUID = "fluid"
    FLUID_LOT = "fluid_lot"
    HEAD_HEIGHT = "head_height"
    AIR_TEMPERATURE = "air_temperature"
    PRESSURE = "pressure"
    HUMIDITY = "humidity"
    PUMP_FIRMWARE_SHA256 = "pump_firmware_sha256"


def read(plan: Table) -> tuple[str, ...]:
    """Return what the plan requires of a set-up record.

    Raises:
        ConfigurationError: a name that could be no key or is taken, or one twice.
    """
    table = plan.table("setup")
    found = table.texts("requires", tuple(SetupItem))
    table.done()
    where = f"{table.where}: requires"
    if taken := sorted(_TAKEN.intersection(found)):
        raise ConfigurationError(f"{where} names {taken[0]!r}; choose another word")
    return tuple(checked_id(each, where) for each in found)
