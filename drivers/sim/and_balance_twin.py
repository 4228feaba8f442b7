"""The side of an A&D balance whose function ``erCd`` is 1, in the standard format."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import ClassVar, Final

from drivers.sim.display_body import DisplayBody
from drivers.sim.weighing import Load
from protocols.and_balance import (
    Command,
    acknowledgement_line,
    error_line,
    out_of_range_line,
    parse_command,
    weight_line,
)
from protocols.balance_replies import Reason, text_line

_UNKNOWN: Final = 1
_NOT_READY: Final = 2
_NOT_STABLE: Final = 11
_REASONS: Final = MappingProxyType(
    {Load.OVER: Reason.OVERLOAD, Load.UNDER: Reason.UNDERLOAD}
)


class AndTwin(DisplayBody[Command]):
    """Device side of an A&D balance; see :class:`DisplayBody`."""

    ANSWERS_ZERO = False
    ACKNOWLEDGES: ClassVar[bool] = True
    """Whether ``erCd`` is 1; if it is 0, neither commands nor errors are answered."""

    def _obeyed(self) -> Mapping[Command, Callable[[int], None]]:
        return {
            Command.WEIGHT: self._send_weight,
            Command.ZERO: self._take_zero,
            Command.SERIAL_NUMBER: self._send_serial_number,
            Command.TYPE: self._send_type,
        }

    def _parse(self, line: bytes) -> Command | None:
        return parse_command(line)

    def _misunderstand(self, t_ns: int) -> None:
        self._send_error(t_ns, _UNKNOWN)

    def _take_zero(self, t_ns: int) -> None:
        if self.ACKNOWLEDGES:
            self._send(t_ns, acknowledgement_line())
        self._wait_to_zero(t_ns)

    def _zeroed(self, t_ns: int, load: Load) -> None:
        """Say nothing more: the weight shows it."""

    def _not_stable(self, t_ns: int) -> None:
        self._send_error(t_ns, _NOT_STABLE)

    def _send_weight(self, t_ns: int) -> None:
        if self._parameters.fault_number or self._adjustment.is_busy:
            self._send_error(t_ns, self._parameters.fault_number or _NOT_READY)
            return
        weighed = self._weighing.weigh(t_ns)
        if weighed.load is not Load.IN_RANGE:
            self._send(t_ns, out_of_range_line(_REASONS[weighed.load]))
            return
        shown = self._shown(t_ns, weighed.units)
        self._send(t_ns, weight_line(*shown, weighed.stable))

    def _send_error(self, t_ns: int, number: int) -> None:
        if self.ACKNOWLEDGES:
            self._send(t_ns, error_line(number))

    def _send_serial_number(self, t_ns: int) -> None:
        self._send(t_ns, text_line(self._parameters.serial))

    def _send_type(self, t_ns: int) -> None:
        self._send(t_ns, text_line(self._parameters.model))
