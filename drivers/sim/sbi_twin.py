"""The side of a Sartorius balance that speaks SBI: it answers prints and questions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import ClassVar, Final

from drivers.sim.display_body import DisplayBody
from drivers.sim.weighing import Load
from protocols.balance_replies import Reason, text_line
from protocols.sbi import Command, fault_line, parse_command, state_line, weight_line

_PRINT_EVERY_NS: Final = 200_000_000
_REASONS: Final = MappingProxyType(
    {Load.OVER: Reason.OVERLOAD, Load.UNDER: Reason.UNDERLOAD}
)


class SbiTwin(DisplayBody[Command]):
    """Device side of a Sartorius balance; see :class:`DisplayBody`."""

    ANSWERS_ZERO = False
    NAME: ClassVar[str] = ""
    """What stands before a weight; "" where its lines have 16 characters."""
    PRINTS_BY_ITSELF: ClassVar[bool] = False
    """Whether a request starts and ends a stream instead of asking once."""

    def _obeyed(self) -> Mapping[Command, Callable[[int], None]]:
        return {
            Command.PRINT: self._print,
            Command.ZERO: self._wait_to_zero,
            Command.MODEL: self._send_model,
            Command.SERIAL_NUMBER: self._send_serial_number,
            Command.SOFTWARE: self._send_software,
        }

    def _parse(self, line: bytes) -> Command | None:
        return parse_command(line)

    def _misunderstand(self, t_ns: int) -> None:
        """Say nothing: SBI has no word for it."""

    def _zeroed(self, t_ns: int, load: Load) -> None:
        """Say nothing: the weight shows it."""

    def _not_stable(self, t_ns: int) -> None:
        """Say nothing: the weight shows it."""

    def _print(self, t_ns: int) -> None:
        if not self.PRINTS_BY_ITSELF:
            self._send_weight(t_ns)
        elif self._streaming is None:
            self._stream(t_ns, self._send_weight, _PRINT_EVERY_NS)
        else:
            self._stop_streaming()

    def _send_weight(self, t_ns: int) -> None:
        self._send(t_ns, self._printed(t_ns))

    def _printed(self, t_ns: int) -> bytes:
        if self._parameters.fault_number:
            return fault_line(self._parameters.fault_number, self.NAME)
        if self._adjustment.is_busy:
            return state_line(Reason.BUSY, self.NAME)
        weighed = self._weighing.weigh(t_ns)
        if weighed.load is not Load.IN_RANGE:
            return state_line(_REASONS[weighed.load], self.NAME)
        shown = self._shown(t_ns, weighed.units)
        unit = shown.unit if weighed.stable else ""
        return weight_line(shown.units, shown.decimals, unit, self.NAME)

    def _send_model(self, t_ns: int) -> None:
        self._send(t_ns, text_line(self._parameters.model))

    def _send_serial_number(self, t_ns: int) -> None:
        self._send(t_ns, text_line(self._parameters.serial))

    def _send_software(self, t_ns: int) -> None:
        self._send(t_ns, text_line(f"V {self._parameters.firmware}"))
