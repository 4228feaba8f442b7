"""What the verdict on a requirement rests on: ``channels`` in the register."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from harness.toml_files import Table


class Channel(StrEnum):
    """A kind of evidence."""

    TELEMETRY = "telemetry"
    """What the pump says on the link, on being asked or by itself."""
    LOG = "log"
    """What it has written down, as read back."""
    CLOCK = "clock"
    """Its clock against that of the bench."""
    BALANCE = "balance"
    """What was delivered, by weight."""
    SOUND = "sound"
    """What was heard of its alarms."""
    CHARGE = "charge"
    """What the pump drew from its supply, as metered."""
    SYRINGE = "syringe"
    """What was filled in or withdrawn by hand, as metered."""


FROM_THE_PUMP: Final = frozenset({Channel.TELEMETRY, Channel.LOG})
"""What a bench has that only asks the pump."""
BY_WEIGHT: Final = frozenset({Channel.BALANCE})
"""What a bench has that only weighs."""


def read(table: Table) -> tuple[Channel, ...]:
    """Read the key ``channels`` of a requirement; it may be left out.

    Raises:
        ConfigurationError: one of them does not exist.
    """
    return table.choices("channels", Channel) if "channels" in table else ()
