"""Data sheet: a Sartorius balance that speaks SBI.

It shows its unit only when it is stable, and does not say whether it has zeroed. Its
automatic print must be off.
"""

from __future__ import annotations

from typing import ClassVar

from drivers.balances.display_balance import Dialect, DisplayBalance
from protocols.sbi import Command, encode, parse


class SartoriusBalance(DisplayBalance):
    """SBI, with lines of 16 or 22 characters; see `DisplayBalance`."""

    _dialect: ClassVar[Dialect] = Dialect(
        maker="Sartorius",
        parse=parse,
        weight=encode(Command.PRINT),
        zero=encode(Command.ZERO),
        serial_number=encode(Command.SERIAL_NUMBER),
        model=encode(Command.MODEL),
        software=encode(Command.SOFTWARE),
    )
