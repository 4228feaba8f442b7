"""The side of an Ohaus balance."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import ClassVar, Final

from drivers.sim.display_body import DisplayBody
from drivers.sim.weighing import Load
from protocols.balance_replies import text_line
from protocols.ohaus import (
    Command,
    done_line,
    error_line,
    parse_command,
    refusal_line,
    weight_line,
)

_ERRORS: Final = MappingProxyType({Load.OVER: "8.3", Load.UNDER: "8.4"})


class OhausTwin(DisplayBody[Command]):
    """Device side of an Ohaus balance; see :class:`DisplayBody`."""

    ANSWERS_ZERO = False
    SAYS_DONE: ClassVar[bool] = True
    """Whether ``OK!`` is switched on."""

    def _obeyed(self) -> Mapping[Command, Callable[[int], None]]:
        return {
            Command.WEIGHT: self._send_weight,
            Command.ZERO: self._take_zero,
            Command.SERIAL_NUMBER: self._send_serial_number,
            Command.SOFTWARE: self._send_software,
        }

    def _parse(self, line: bytes) -> Command | None:
        return parse_command(line)

    def _misunderstand(self, t_ns: int) -> None:
        self._send(t_ns, refusal_line())

    def _take_zero(self, t_ns: int) -> None:
        if self.SAYS_DONE:
            self._send(t_ns, done_line())
        self._wait_to_zero(t_ns)

    def _zeroed(self, t_ns: int, load: Load) -> None:
        """Say nothing more: the weight shows it."""

    def _not_stable(self, t_ns: int) -> None:
        self._send(t_ns, refusal_line())

    def _send_weight(self, t_ns: int) -> None:
        if self._adjustment.is_busy:
            self._send(t_ns, refusal_line())
            return
        weighed = self._weighing.weigh(t_ns)
        if self._parameters.fault_number:
            self._send(t_ns, error_line(str(self._parameters.fault_number)))
        elif weighed.load is not Load.IN_RANGE:
            self._send(t_ns, error_line(_ERRORS[weighed.load]))
        else:
            shown = self._shown(t_ns, weighed.units)
            self._send(t_ns, weight_line(*shown, weighed.stable))

    def _send_serial_number(self, t_ns: int) -> None:
        self._send(t_ns, text_line(self._parameters.serial))

    def _send_software(self, t_ns: int) -> None:
        self._send(t_ns, text_line(f"Sr {self._parameters.firmware}"))
