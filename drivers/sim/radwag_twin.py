"""The side of a Radwag balance."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from drivers.sim.display_body import DisplayBody
from drivers.sim.weighing import Load
from protocols.balance_replies import Reason
from protocols.radwag import (
    Command,
    answer_line,
    not_understood_line,
    parse_command,
    refusal_line,
    serial_number_line,
    weight_line,
)

_REASONS: Final = MappingProxyType(
    {Load.OVER: Reason.OVERLOAD, Load.UNDER: Reason.UNDERLOAD}
)
_MARKERS: Final = MappingProxyType({Load.OVER: "^", Load.UNDER: "v"})


class RadwagTwin(DisplayBody[Command]):
    """Device side of a Radwag balance; see :class:`DisplayBody`."""

    ANSWERS_ZERO = True

    def _obeyed(self) -> Mapping[Command, Callable[[int], None]]:
        return {
            Command.WEIGHT: self._send_weight,
            Command.ZERO: self._take_zero,
            Command.SERIAL_NUMBER: self._send_serial_number,
        }

    def _parse(self, line: bytes) -> Command | None:
        return parse_command(line)

    def _misunderstand(self, t_ns: int) -> None:
        self._send(t_ns, not_understood_line())

    def _take_zero(self, t_ns: int) -> None:
        if self._adjustment.is_busy:
            self._send(t_ns, refusal_line(Command.ZERO, Reason.BUSY))
            return
        self._send(t_ns, answer_line(Command.ZERO, done=False))
        self._wait_to_zero(t_ns)

    def _zeroed(self, t_ns: int, load: Load) -> None:
        if load is Load.IN_RANGE:
            self._send(t_ns, answer_line(Command.ZERO, done=True))
        else:
            self._send(t_ns, refusal_line(Command.ZERO, _REASONS[load]))

    def _not_stable(self, t_ns: int) -> None:
        self._send(t_ns, refusal_line(Command.ZERO, Reason.UNSTABLE))

    def _send_weight(self, t_ns: int) -> None:
        if self._adjustment.is_busy or self._parameters.fault_number:
            self._send(t_ns, refusal_line(Command.WEIGHT, Reason.BUSY))
            return
        weighed = self._weighing.weigh(t_ns)
        marker = _MARKERS.get(weighed.load) or (" " if weighed.stable else "?")
        shown = self._shown(t_ns, weighed.units)
        self._send(t_ns, weight_line(Command.WEIGHT, *shown, marker))

    def _send_serial_number(self, t_ns: int) -> None:
        self._send(t_ns, serial_number_line(self._parameters.serial))
