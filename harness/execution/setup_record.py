"""The set-up record: what somebody wrote down of the bench before a run.

::

    [setup]
    operator = "A. Example"
    set_lot = "L-2231"
    catheter_lot = "C-0417"
    fluid = "water"
    fluid_lot = "W-88"
    head_height = { value = "120 mm", uncertainty = "5 mm" }  # outlet above the pump
    air_temperature = { value = "21.3 °C", uncertainty = "0.3 K" }
    pressure = { value = "1013 hPa", uncertainty = "1 hPa" }
    humidity = { value = "45 %", uncertainty = "3 %" }
    pump_firmware_sha256 = "..."  # 64 hex digits

An uncertainty is a standard one. What must be there is said by the plan.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from harness import toml_files
from harness.errors import ConfigurationError
from harness.evidence.records import JsonValue
from harness.plans.setup_items import SetupItem
from harness.toml_files import Table
from harness.units import magnitude, ureg

_HASH = re.compile(r"[0-9a-f]{64}")
_UNITS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        SetupItem.HEAD_HEIGHT: ("mm", "mm"),
        SetupItem.AIR_TEMPERATURE: ("degC", "K"),
        SetupItem.PRESSURE: ("hPa", "hPa"),
        SetupItem.HUMIDITY: ("percent", "percent"),
    }
)
"""Units of the items that are measured, and of their uncertainties."""


@dataclass(frozen=True, slots=True)
class SetupRecord:
    """A set-up record, checked.

    Attributes:
        path: the file.
        sha256: hash of the bytes that were read.
        said: each item as text, with its unit and uncertainty where it has them.
        missing: what the plan requires and the file does not say.
    """

    path: Path
    sha256: str
    said: Mapping[str, str]
    missing: tuple[str, ...]

    def to_json(self) -> dict[str, JsonValue]:
        """Return the ``setup`` field of the run record."""
        return {"name": self.path.name, "sha256": self.sha256, **self.said}


def read(path: Path, requires: Collection[str]) -> SetupRecord:
    """Read a set-up record.

    Args:
        path: the file.
        requires: what the plan wants to be told.

    Raises:
        ConfigurationError: the file cannot be read, a key is unknown, or a value is
            wrong.
        UnitError: a value has no unit, or one of another dimension.
    """
    file = toml_files.read(path, "set-up record")
    table = file.table.table("setup")
    names = dict.fromkeys(map(str, (*SetupItem, *requires)))
    said = {name: _read(table, name) for name in names if name in table}
    table.done()
    file.table.done()
    missing = tuple(name for name in requires if name not in said)
    return SetupRecord(path, file.sha256, MappingProxyType(said), missing)


def _read(table: Table, name: str) -> str:
    if name in _UNITS:
        return _measured(table.table(name), *_UNITS[name])
    text = table.text(name)
    if name == SetupItem.PUMP_FIRMWARE_SHA256 and not _HASH.fullmatch(text):
        raise ConfigurationError(
            f"{table.where}: {name} is {text!r:.80}; write the SHA-256 of the pump's"
            " firmware, 64 hex digits in lower case"
        )
    return text


def _measured(table: Table, unit: str, unit_of_u: str) -> str:
    """Read a value with its standard uncertainty, and return both as text."""
    value, u = table.given("value", unit), table.given("uncertainty", unit_of_u)
    table.done()
    # 0.3 °C as a point on a scale is 273.45 K: a difference is written in kelvin.
    if u.value.units in (ureg.degC, ureg.degF):
        raise ConfigurationError(
            f'{table.where}: uncertainty is a difference; write it in K, as in "0.3 K"'
        )
    if not magnitude(u.value, unit_of_u) > 0.0:
        raise ConfigurationError(
            f"{table.where}: uncertainty must be above 0; nothing is measured exactly"
        )
    return f"{value.text}, u = {u.text}"
