"""Data sheet: a Radwag balance.

It waits for rest itself before it zeroes, and says when it has. It can tell neither its
model nor the version of its software.
"""

from __future__ import annotations

from typing import ClassVar

from drivers.balances.display_balance import Dialect, DisplayBalance
from protocols.radwag import Command, encode, parse


class RadwagBalance(DisplayBalance):
    """Radwag's character protocol; see `DisplayBalance`."""

    _dialect: ClassVar[Dialect] = Dialect(
        maker="Radwag",
        parse=parse,
        weight=encode(Command.WEIGHT),
        zero=encode(Command.ZERO),
        serial_number=encode(Command.SERIAL_NUMBER),
        says_zeroed=True,
    )
