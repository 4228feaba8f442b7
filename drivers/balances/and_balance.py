"""Data sheet: an A&D balance in its standard format.

It acknowledges commands only if its function ``erCd`` is 1; either is taken. It cannot
tell the version of its software.
"""

from __future__ import annotations

from typing import ClassVar

from drivers.balances.display_balance import Dialect, DisplayBalance
from protocols.and_balance import Command, encode, parse


class AndBalance(DisplayBalance):
    """A&D standard format; see `DisplayBalance`."""

    _dialect: ClassVar[Dialect] = Dialect(
        maker="A&D",
        parse=parse,
        weight=encode(Command.WEIGHT),
        zero=encode(Command.ZERO),
        serial_number=encode(Command.SERIAL_NUMBER),
        model=encode(Command.TYPE),
    )
