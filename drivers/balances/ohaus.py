"""Data sheet: an Ohaus balance.

Its ``OK!`` may be switched off, so that a zero is confirmed by reading. It cannot tell
its model. Automatic print must be off (``0P``).
"""

from __future__ import annotations

from typing import ClassVar

from drivers.balances.display_balance import Dialect, DisplayBalance
from protocols.ohaus import Command, encode, parse


class OhausBalance(DisplayBalance):
    """Ohaus standard print, without legends; see `DisplayBalance`."""

    _dialect: ClassVar[Dialect] = Dialect(
        maker="Ohaus",
        parse=parse,
        weight=encode(Command.WEIGHT),
        zero=encode(Command.ZERO),
        serial_number=encode(Command.SERIAL_NUMBER),
        software=encode(Command.SOFTWARE),
    )
