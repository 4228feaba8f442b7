"""What can be set on a simulated MT-SICS balance: units, rate, time limit, autozero.

Mode (M01) and environment (M02) are told and cannot be changed.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from types import MappingProxyType
from typing import Final, NamedTuple

from drivers.sim.balance_body import GRAM, MILLIGRAM
from drivers.sim.self_adjustment import SelfAdjustment
from drivers.sim.weighing import Weighing
from protocols.mt_sics.grammar import Quoted

HOST: Final = 0
DISPLAY: Final = 1

_UNITS: Final = MappingProxyType({"0": GRAM, "3": MILLIGRAM})
_CHANNELS: Final = ("0", "1", "2")
_RATES: Final = tuple(map(Decimal, ("1.1", "2.3", "4.6", "9.2", "18.3", "23")))
_LONGEST_S: Final = 999
_SWITCH: Final = MappingProxyType({"0": False, "1": True})
_INNER_WEIGHT: Final = "0"

Words = tuple[int | str | Quoted, ...]
"""Parameters of one line of an answer."""


class Setting(NamedTuple):
    """How a setting is told, line by line, and taken; `take` is False if it is not."""

    tell: Callable[[], list[Words]]
    take: Callable[[int, tuple[str, ...]], bool]


class BalanceOptions:
    """The settings of one balance.

    Args:
        weighing: has the autozero.
        adjustment: can be switched on and off.
        stability_timeout_s: how long it waits for stability.

    Attributes:
        updates_per_s: rate of a stream.
        stability_timeout_s: how long it waits for stability.
        settings: by keyword.
    """

    def __init__(
        self,
        weighing: Weighing,
        adjustment: SelfAdjustment,
        stability_timeout_s: float,
    ) -> None:
        self._weighing = weighing
        self._adjustment = adjustment
        self.stability_timeout_s = stability_timeout_s
        self.updates_per_s = Decimal("18.3")
        self._codes = ["0"] * len(_CHANNELS)
        self.settings = MappingProxyType(
            {
                "M01": Setting(lambda: [("0",)], _refuse),
                "M02": Setting(lambda: [("1",)], _refuse),
                "M03": Setting(self._tell_autozero, self._set_autozero),
                "M21": Setting(self._tell_units, self._set_unit),
                "M67": Setting(self._tell_timeout, self._set_timeout),
                "UPD": Setting(lambda: [(f"{self.updates_per_s}",)], self._set_rate),
                "C0": Setting(self._tell_adjustment, self._set_adjustment),
            }
        )

    def unit(self, channel: int) -> str:
        """Return the unit of the host's or the display's channel."""
        return _UNITS[self._codes[channel]]

    def _tell_autozero(self) -> list[Words]:
        return [(int(self._weighing.autozero),)]

    def _set_autozero(self, t_ns: int, parameters: tuple[str, ...]) -> bool:
        match parameters:
            case [value] if value in _SWITCH:
                self._weighing.set_autozero(t_ns, _SWITCH[value])
                return True
        return False

    def _tell_adjustment(self) -> list[Words]:
        return [(int(self._adjustment.is_on), _INNER_WEIGHT, Quoted(""))]

    def _set_adjustment(self, t_ns: int, parameters: tuple[str, ...]) -> bool:
        match parameters:
            case [value, weight] if value in _SWITCH and weight == _INNER_WEIGHT:
                self._adjustment.set_on(t_ns, _SWITCH[value])
                return True
        return False

    def _tell_units(self) -> list[Words]:
        return list(zip(_CHANNELS, self._codes, strict=True))

    def _set_unit(self, t_ns: int, parameters: tuple[str, ...]) -> bool:
        match parameters:
            case [channel, code] if channel in _CHANNELS and code in _UNITS:
                self._codes[int(channel)] = code
                return True
        return False

    def _tell_timeout(self) -> list[Words]:
        return [(round(self.stability_timeout_s),)]

    def _set_timeout(self, t_ns: int, parameters: tuple[str, ...]) -> bool:
        match parameters:
            case [text] if text.isdecimal() and 1 <= int(text) <= _LONGEST_S:
                self.stability_timeout_s = float(text)
                return True
        return False

    def _set_rate(self, t_ns: int, parameters: tuple[str, ...]) -> bool:
        match parameters:
            case [text] if text.isdecimal() and 1 <= int(text) <= _RATES[-1]:
                asked = int(text)
                self.updates_per_s = min(_RATES, key=lambda rate: abs(rate - asked))
                return True
        return False


def _refuse(t_ns: int, parameters: tuple[str, ...]) -> bool:
    return False
