"""What a simulated New Era pump is set to; it survives a loss of power."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from drivers.sim.syringe_pump import SyringeDefect, SyringePumpParameters
from protocols.errors import RemoteProtocolError
from protocols.new_era import figures
from protocols.new_era.vocabulary import (
    Command,
    Direction,
    RateUnit,
    Refusal,
    VolumeUnit,
)

_DIAMETERS_UM: Final = range(100, 80_001)
_LONGEST_TIMEOUT_S: Final = 255
_IN_MICROLITRES_UM: Final = 14_000
"""Up to this diameter volumes are in µL unless something else was set."""
_VALUE: Final = re.compile(r"([0-9.]+)(UM|MM|UH|MH)?")
_PLAIN: Final = MappingProxyType(
    {
        Command.PHASE: ("1", re.compile(r"[1-9]|[1-3][0-9]|4[01]")),
        Command.FUNCTION: ("RAT", re.compile(r"RAT")),
        Command.BUZZER: ("0", re.compile(r"[01]")),
        Command.LOCKOUT: ("0", re.compile(r"[01]")),
        Command.ALARM_OUTPUT: ("0", re.compile(r"[01]")),
        Command.POWER_FAILURE: ("0", re.compile(r"[01]")),
        Command.TRIGGER: ("FT", re.compile(r"[A-Z0-9]{2}")),
    }
)
"""Settings that change nothing here: what they are at first, and may be."""


class Settings:
    """Values that are set and asked; figures are whole thousandths of their unit.

    Attributes:
        direction: which way the plunger moves.
        diameter_um: that it reckons with.
        address: that it answers to.
        timeout_s: of the safe mode; 0 is basic mode.
    """

    def __init__(self, parameters: SyringePumpParameters) -> None:
        self.direction = Direction.INFUSE
        self.diameter_um = parameters.diameter_um
        self.address = parameters.address
        self.timeout_s = 0
        self._parameters = parameters
        self._rate, self._rate_unit = 0, RateUnit.ML_PER_H
        self._volume, self._unit = 0, self._usual_unit()
        self._plain = {command: first for command, (first, _) in _PLAIN.items()}

    @property
    def rate_nl_per_h(self) -> int:
        """The rate."""
        return self._rate * self._rate_unit.nl_per_h // figures.THOUSAND

    @property
    def volume_nl(self) -> int:
        """The target volume, 0 for none."""
        return self._volume * self._unit.nl // figures.THOUSAND

    @property
    def top_nl_per_h(self) -> int:
        """The highest rate that the syringe's diameter allows."""
        return round(self._area_um2 * self._parameters.max_speed_um_per_h / 1e6)

    @property
    def least_nl_per_h(self) -> int:
        """The lowest one."""
        return math.ceil(self._area_um2 * self._parameters.min_speed_nm_per_h / 1e9)

    def ask(self, command: Command) -> str | Refusal:
        """Return a setting as the pump tells it."""
        told: Mapping[Command, str] = {
            Command.RATE: figures.written(self._rate) + self._rate_unit.value,
            Command.VOLUME: figures.written(self._volume) + self._unit.value,
            Command.DIAMETER: figures.written(self.diameter_um),
            Command.DIRECTION: self.direction.value,
            Command.ADDRESS: f"{self.address:02d}",
            Command.SAFE_MODE: str(self.timeout_s),
            **self._plain,
        }
        return told.get(command, Refusal.UNKNOWN)

    def set(self, command: Command, argument: str) -> Refusal | None:
        """Change a setting; return why not, or None."""
        setters: Mapping[Command, Callable[[str], Refusal | None]] = {
            Command.RATE: self._set_rate,
            Command.VOLUME: self._set_volume,
            Command.DIAMETER: self._set_diameter,
            Command.DIRECTION: self._set_direction,
            Command.ADDRESS: self._set_address,
            Command.SAFE_MODE: self._set_timeout,
        }
        if command in setters:
            return setters[command](argument)
        if command not in _PLAIN:
            return Refusal.UNKNOWN
        if not _PLAIN[command][1].fullmatch(argument):
            return Refusal.OUT_OF_RANGE
        self._plain[command] = argument
        return None

    def set_rate(self, rate_nl_per_h: int) -> None:
        """Take a rate from the keys of the pump, in its own digits."""
        unit = RateUnit.UL_PER_H
        if rate_nl_per_h >= unit.nl_per_h * 10_000:
            unit = RateUnit.ML_PER_H
        thousandths = rate_nl_per_h * figures.THOUSAND // unit.nl_per_h
        kept = max(len(str(thousandths)) - 4, 0)
        self._rate, self._rate_unit = thousandths // 10**kept * 10**kept, unit

    def dispensed(self, infused_nl: float, withdrawn_nl: float) -> str:
        """Return the volumes moved as the pump tells them: cut to four digits."""
        infused, withdrawn = self._shown(infused_nl), self._shown(withdrawn_nl)
        return f"I{infused}W{withdrawn}{self._unit.value}"

    @property
    def _area_um2(self) -> float:
        return math.pi * self.diameter_um**2 / 4

    def _usual_unit(self) -> VolumeUnit:
        is_small = self.diameter_um <= _IN_MICROLITRES_UM
        return VolumeUnit.UL if is_small else VolumeUnit.ML

    def _shown(self, volume_nl: float) -> str:
        units = int(volume_nl * figures.THOUSAND / self._unit.nl + 1e-6)
        thousandths = units % (figures.LARGEST + figures.THOUSAND)
        kept = max(len(str(thousandths)) - 4, 0)
        return figures.written(thousandths // 10**kept * 10**kept)

    def _set_rate(self, argument: str) -> Refusal | None:
        found = _VALUE.fullmatch(argument)
        thousandths = None if found is None else _read(found[1])
        if found is None or thousandths is None:
            return Refusal.OUT_OF_RANGE
        unit = RateUnit(found[2]) if found[2] else self._rate_unit
        rate_nl_per_h = thousandths * unit.nl_per_h // figures.THOUSAND
        is_allowed = self.least_nl_per_h <= rate_nl_per_h <= self.top_nl_per_h
        takes_any = SyringeDefect.TAKES_ANY_RATE in self._parameters.defects
        if rate_nl_per_h and not is_allowed and not takes_any:
            return Refusal.OUT_OF_RANGE
        self._rate, self._rate_unit = thousandths, unit
        return None

    def _set_volume(self, argument: str) -> Refusal | None:
        for unit in VolumeUnit:
            if argument == unit.value:
                self._unit = unit
                return None
        thousandths = _read(argument)
        if thousandths is None:
            return Refusal.OUT_OF_RANGE
        self._volume = thousandths
        return None

    def _set_diameter(self, argument: str) -> Refusal | None:
        diameter_um = _read(argument)
        if diameter_um is None or diameter_um not in _DIAMETERS_UM:
            return Refusal.OUT_OF_RANGE
        self.diameter_um = diameter_um
        self._unit = self._usual_unit()
        return None

    def _set_direction(self, argument: str) -> Refusal | None:
        is_infusing = self.direction is Direction.INFUSE
        reverse = Direction.WITHDRAW if is_infusing else Direction.INFUSE
        known = {each.value: each for each in Direction} | {"REV": reverse}
        if argument not in known:
            return Refusal.OUT_OF_RANGE
        self.direction = known[argument]
        return None

    def _set_address(self, argument: str) -> Refusal | None:
        if not re.fullmatch(r"[0-9]{1,2}", argument):
            return Refusal.OUT_OF_RANGE
        self.address = int(argument)
        return None

    def _set_timeout(self, argument: str) -> Refusal | None:
        is_number = re.fullmatch(r"[0-9]{1,3}", argument)
        if not is_number or int(argument) > _LONGEST_TIMEOUT_S:
            return Refusal.OUT_OF_RANGE
        self.timeout_s = int(argument)
        return None


def _read(text: str) -> int | None:
    try:
        return figures.read(text)
    except RemoteProtocolError:
        return None
