"""The level of each command, as I0 lists it beside the command."""

from typing import Final

_LEVEL_0: Final = frozenset(
    {"@", "I0", "I1", "I2", "I3", "I4", "S", "SI", "SIR", "Z", "ZI"}
)
_LEVEL_1: Final = frozenset({"C", "D", "DW", "K", "SR", "T", "TA", "TAC", "TI"})
_LEVEL_3: Final = frozenset({"SIC1", "SIC2", "SIS"})


def level_of(keyword: str) -> int:
    """Return the level of a command: 0 and 1 have the common ones, 2 the settings."""
    if keyword in _LEVEL_0:
        return 0
    if keyword in _LEVEL_1:
        return 1
    return 3 if keyword in _LEVEL_3 else 2
