"""The driver's own keys of a bench file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from harness.errors import ConfigurationError
from harness.plans.plan import Role
from harness.toml_files import Table
from harness.units import magnitude, quantity
from protocols.errors import LocalProtocolError
from protocols.new_era.figures import written
from protocols.new_era.requests import HIGHEST_ADDRESS

_BASIC: Final = "basic"
_USUAL_TIMEOUT: Final = "255 s"
_LONGEST_TIMEOUT_S: Final = 255
_WHOLE: Final = 1e-6
_NOT_STATED: Final = "not stated"


@dataclass(frozen=True, slots=True)
class Setup:
    """What the pump cannot tell, or is told.

    Attributes:
        diameter_um: inner diameter of the syringe; 0 leaves the pump's setting.
        address: of the pump, 0 to 99.
        timeout_s: of its safe mode; 0 is basic mode.
        syringe: which syringe that is, for the record.
    """

    diameter_um: int = 0
    address: int = 0
    timeout_s: int = _LONGEST_TIMEOUT_S
    syringe: str = _NOT_STATED


def read_options(table: Table, roles: Sequence[Role]) -> dict[str, object]:
    """Read ``diameter``, ``address``, ``safe_mode`` and ``syringe``, as ``setup``.

    Raises:
        ConfigurationError: a key is missing, or the pump cannot be told its value.
    """
    address = table.integer("address", 0)
    if not 0 <= address <= HIGHEST_ADDRESS:
        raise ConfigurationError(
            f"{table.where}: address is {address}; a New Era pump has 0 to"
            f" {HIGHEST_ADDRESS}"
        )
    setup = Setup(
        diameter_um=_diameter_um(table),
        address=address,
        timeout_s=_timeout_s(table),
        syringe=table.text("syringe", _NOT_STATED),
    )
    return {"setup": setup}


def _diameter_um(table: Table) -> int:
    value_um = magnitude(table.quantity("diameter", "mm"), "um")
    diameter_um = round(value_um)
    try:
        written(diameter_um)
    except LocalProtocolError as error:
        raise ConfigurationError(f"{table.where}: diameter: {error}") from error
    if diameter_um <= 0 or abs(value_um - diameter_um) > _WHOLE * diameter_um:
        raise ConfigurationError(
            f"{table.where}: diameter has more than 3 decimals of a millimetre, or is"
            " 0; give the inner diameter that the syringe's maker states"
        )
    return diameter_um


def _timeout_s(table: Table) -> int:
    """Read the timeout of the safe mode; 0 is basic mode."""
    text = table.text("safe_mode", _USUAL_TIMEOUT)
    if text == _BASIC:
        return 0
    where = f"{table.where}: safe_mode"
    value_s = magnitude(quantity(text, "s", where=where), "s")
    if value_s != round(value_s) or not 1 <= value_s <= _LONGEST_TIMEOUT_S:
        raise ConfigurationError(
            f"{where}: {text!r} is no whole number of seconds from 1 to"
            f' {_LONGEST_TIMEOUT_S}; correct it, or write "{_BASIC}"'
        )
    return round(value_s)
