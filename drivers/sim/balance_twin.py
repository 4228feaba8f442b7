"""The balance's side of its line: MT-SICS, as the manual has it.

A command that has to wait for stability is answered later, or refused after the
balance's own time limit; the next command takes its place. What the balance does by
itself, autozero (M03) and adjustment (C0), can be set over the line; from the start
both are off, as a gravimetric measurement needs them.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from drivers.sim.contracts import FAR, BalanceParameters, Device
from drivers.sim.parts import Parts
from drivers.sim.reference_pan import ReferencePan
from drivers.sim.self_adjustment import SelfAdjustment
from drivers.sim.weighing import Load, Pan, Weighed, Weighing
from protocols.mt_sics.builders import (
    command_list_lines,
    fault_line,
    general_error_line,
    refusal_line,
    text_line,
    weight_line,
    zeroed_line,
)
from protocols.mt_sics.commands import Command, Keyword, parse_command
from protocols.mt_sics.grammar import Quoted
from protocols.mt_sics.line_reader import LineReader
from protocols.mt_sics.replies import (
    FaultSource,
    GeneralErrorKind,
    RefusalReason,
    WeightStatus,
)

_NS_PER_S: Final = 1_000_000_000
_NS_PER_H: Final = 3_600 * _NS_PER_S
_TICK_NS: Final = 100_000_000
_NG_PER_G: Final = 1_000_000_000
_UPDATE_RATE: Final = "UPD"
_SETTINGS: Final = MappingProxyType(
    {
        Keyword.WEIGHING_MODE.value: "0",
        Keyword.ENVIRONMENT.value: "1",
        _UPDATE_RATE: "18.3",
    }
)
_LEVEL_2: Final = frozenset({*_SETTINGS, Keyword.AUTOZERO, Keyword.ADJUSTMENT})
_WEIGHT_KEYWORDS: Final = frozenset({Keyword.WEIGHT, Keyword.STABLE_WEIGHT})
_WEIGHING_KEYWORDS: Final = _WEIGHT_KEYWORDS | {
    Keyword.ZERO,
    Keyword.ZERO_NOW,
    Keyword.TARE,
    Keyword.TARE_NOW,
}
_INNER_WEIGHT: Final = "0"
_SWITCH: Final = MappingProxyType({"0": False, "1": True})
_REFUSALS: Final = MappingProxyType(
    {Load.OVER: RefusalReason.OVERLOAD, Load.UNDER: RefusalReason.UNDERLOAD}
)


class BalanceTwin:
    """Device side of an MT-SICS balance; implements :class:`contracts.Device`.

    Args:
        parameters: of the balance.
        pan: what it weighs.
        start_ns: when its power came on, in the presence of the filled vessel.
        label: keys its noise and its drift.
    """

    def __init__(
        self,
        parameters: BalanceParameters,
        pan: Pan,
        start_ns: int,
        label: str = "balance",
    ) -> None:
        self._parameters = parameters
        self._weighing = Weighing(parameters, pan, start_ns, label)
        every_ns = round(parameters.adjustment_every_h * _NS_PER_H)
        self._adjustment = SelfAdjustment(self._weighing, every_ns)
        self._adjustment.set_on(start_ns, parameters.adjusts_itself)
        self._decimals = len(str(_NG_PER_G // parameters.readability_ng)) - 1
        self._reader = LineReader()
        # A balance hears the same few lines a million times.
        self._parse = lru_cache(maxsize=64)(parse_command)
        self._output: list[tuple[int, bytes]] = []
        self._waiting: Callable[[int], bool] | None = None
        self._waiting_for = ""
        self._tick_ns = self._give_up_ns = FAR
        restart_s = parameters.restarts_after_s
        self._restart_ns = FAR
        if restart_s is not None:
            self._restart_ns = start_ns + round(restart_s * _NS_PER_S)
        self._commands: MappingProxyType[str, Callable[[int], None]] = MappingProxyType(
            {
                Keyword.RESET: self._reset,
                Keyword.COMMAND_LIST: self._send_command_list,
                Keyword.MODEL: self._send_model,
                Keyword.SOFTWARE: self._send_software,
                Keyword.SERIAL_NUMBER: self._send_serial_number,
                Keyword.STABLE_WEIGHT: self._wait_to_weigh,
                Keyword.WEIGHT: self._send_weight,
                Keyword.ZERO: self._wait_to_zero,
                Keyword.ZERO_NOW: self._zero_now,
                Keyword.TARE: self._wait_to_tare,
                Keyword.TARE_NOW: self._tare_now,
                Keyword.AUTOZERO: self._send_autozero,
                Keyword.ADJUSTMENT: self._send_adjustment,
            }
        )
        self._setters: MappingProxyType[str, Callable[[int, tuple[str, ...]], bool]]
        self._setters = MappingProxyType(
            {
                Keyword.AUTOZERO: self._set_autozero,
                Keyword.ADJUSTMENT: self._set_adjustment,
            }
        )

    @classmethod
    def on_bench(cls, parts: Parts) -> Device:
        """Make the balance of a simulated bench, or that of its reference vessel."""
        of, start_ns = parts.simulation, parts.start_ns
        if parts.is_reference:
            return cls(
                of.reference, ReferencePan(parts.world, start_ns), start_ns, parts.name
            )
        return cls(of.balance, parts.world, start_ns, parts.name)

    def receive(self, t_ns: int, data: bytes) -> None:
        """Take bytes; answer each whole line."""
        for line in self._reader.feed(data):
            self._obey(t_ns, line)

    def advance(self, t_ns: int) -> None:
        """Restart, adjust, or look again whether it is stable, when that is due."""
        if t_ns >= self._restart_ns:
            self._restart(self._restart_ns)
        self._adjustment.advance(t_ns)
        self._weighing.follow(t_ns)
        while self._waiting is not None and t_ns >= self._tick_ns:
            self._look(self._tick_ns)

    def next_event_ns(self) -> int:
        """Return the next look for stability, adjustment or restart."""
        due_ns = self._adjustment.next_event_ns()
        return min(self._tick_ns, self._restart_ns, due_ns)

    def take_output(self) -> list[tuple[int, bytes]]:
        """Hand over what was sent since the last call."""
        output, self._output = self._output, []
        return [] if self._parameters.silent else output

    def owes_reply(self) -> bool:
        """Tell whether a command waits for stability."""
        return self._waiting is not None and not self._parameters.silent

    def _obey(self, t_ns: int, line: bytes) -> None:
        self._stop_waiting()
        command = self._parse(line)
        if command is None:
            self._send(t_ns, general_error_line(GeneralErrorKind.SYNTAX))
            return
        obey = self._commands.get(command.keyword)
        if obey is None and command.keyword not in _SETTINGS:
            self._send(t_ns, general_error_line(GeneralErrorKind.SYNTAX))
        elif command.parameters:
            self._set(t_ns, command)
        elif self._adjustment.is_busy and command.keyword in _WEIGHING_KEYWORDS:
            self._refuse(t_ns, _answered_as(command.keyword), RefusalReason.NOT_NOW)
        elif obey is None:
            text = text_line(command.keyword, _SETTINGS[command.keyword])
            self._send(t_ns, text)
        else:
            obey(t_ns)

    def _set(self, t_ns: int, command: Command) -> None:
        keyword = command.keyword
        setter = self._setters.get(keyword)
        if setter is not None and setter(t_ns, command.parameters):
            self._send(t_ns, text_line(keyword))
        else:
            reason = RefusalReason.BAD_PARAMETER
            self._refuse(t_ns, _answered_as(keyword), reason)

    def _set_autozero(self, t_ns: int, parameters: tuple[str, ...]) -> bool:
        match parameters:
            case [value] if value in _SWITCH:
                self._weighing.set_autozero(t_ns, _SWITCH[value])
                return True
        return False

    def _set_adjustment(self, t_ns: int, parameters: tuple[str, ...]) -> bool:
        match parameters:
            case [value, weight] if value in _SWITCH and weight == _INNER_WEIGHT:
                self._adjustment.set_on(t_ns, _SWITCH[value])
                return True
        return False

    def _send_autozero(self, t_ns: int) -> None:
        self._send(t_ns, text_line(Keyword.AUTOZERO, int(self._weighing.autozero)))

    def _send_adjustment(self, t_ns: int) -> None:
        is_on = int(self._adjustment.is_on)
        line = text_line(Keyword.ADJUSTMENT, is_on, _INNER_WEIGHT, Quoted(""))
        self._send(t_ns, line)

    def _send(self, t_ns: int, line: bytes) -> None:
        self._output.append((t_ns, line))

    def _refuse(self, t_ns: int, identifier: str, reason: RefusalReason) -> None:
        self._send(t_ns, refusal_line(identifier, reason))

    def _restart(self, t_ns: int) -> None:
        self._restart_ns = FAR
        self._reader.reset()
        self._weighing.power_on(t_ns)
        self._adjustment.set_on(t_ns, self._adjustment.is_on)
        self._reset(t_ns)

    def _reset(self, t_ns: int) -> None:
        self._stop_waiting()
        self._send_serial_number(t_ns)

    def _send_command_list(self, t_ns: int) -> None:
        keywords = sorted([*self._commands, *_SETTINGS])
        levels = [(2 if word in _LEVEL_2 else 0, word) for word in keywords]
        for line in command_list_lines(sorted(levels)):
            self._send(t_ns, line)

    def _send_model(self, t_ns: int) -> None:
        capacity_g = Decimal(self._parameters.capacity_ng) / _NG_PER_G
        text = f"{self._parameters.model} {capacity_g:.{self._decimals}f} g"
        self._send(t_ns, text_line(Keyword.MODEL, Quoted(text)))

    def _send_software(self, t_ns: int) -> None:
        text = Quoted(self._parameters.firmware)
        self._send(t_ns, text_line(Keyword.SOFTWARE, text))

    def _send_serial_number(self, t_ns: int) -> None:
        text = Quoted(self._parameters.serial)
        self._send(t_ns, text_line(Keyword.SERIAL_NUMBER, text))

    def _send_weight(self, t_ns: int) -> None:
        self._answer_weight(t_ns, self._weighing.weigh(t_ns))

    def _answer_weight(self, t_ns: int, weighed: Weighed) -> None:
        if self._parameters.fault_number:
            fault = fault_line(self._parameters.fault_number, FaultSource.ELECTRONICS)
            self._send(t_ns, fault)
        elif weighed.load is not Load.IN_RANGE:
            self._refuse(t_ns, "S", _REFUSALS[weighed.load])
        else:
            status = _status(weighed)
            self._send(t_ns, weight_line("S", status, weighed.units, self._decimals))

    def _zero_now(self, t_ns: int) -> None:
        weighed = self._weighing.weigh(t_ns)
        load = self._weighing.set_zero(t_ns)
        if load is Load.IN_RANGE:
            self._send(t_ns, zeroed_line(Keyword.ZERO_NOW, _status(weighed)))
        else:
            self._refuse(t_ns, Keyword.ZERO_NOW, _REFUSALS[load])

    def _tare_now(self, t_ns: int) -> None:
        self._answer_tare(t_ns, Keyword.TARE_NOW, self._weighing.weigh(t_ns))

    def _answer_tare(self, t_ns: int, keyword: str, weighed: Weighed) -> None:
        if weighed.load is not Load.IN_RANGE:
            self._refuse(t_ns, keyword, _REFUSALS[weighed.load])
            return
        units = self._weighing.set_tare(t_ns)
        self._send(t_ns, weight_line(keyword, _status(weighed), units, self._decimals))

    def _wait_to_weigh(self, t_ns: int) -> None:
        self._wait(t_ns, Keyword.STABLE_WEIGHT, self._weigh_if_stable)

    def _wait_to_zero(self, t_ns: int) -> None:
        self._wait(t_ns, Keyword.ZERO, self._zero_if_stable)

    def _wait_to_tare(self, t_ns: int) -> None:
        self._wait(t_ns, Keyword.TARE, self._tare_if_stable)

    def _wait(self, t_ns: int, word: str, answer: Callable[[int], bool]) -> None:
        self._waiting = answer
        self._waiting_for = word
        limit_s = self._parameters.stability_timeout_s
        self._give_up_ns = t_ns + round(limit_s * _NS_PER_S)
        self._look(t_ns)

    def _look(self, t_ns: int) -> None:
        if self._waiting is None or self._waiting(t_ns):
            self._stop_waiting()
        elif t_ns >= self._give_up_ns:
            self._refuse(t_ns, self._waiting_for, RefusalReason.NOT_NOW)
            self._stop_waiting()
        else:
            self._tick_ns = t_ns + _TICK_NS

    def _stop_waiting(self) -> None:
        self._waiting = None
        self._tick_ns = FAR

    def _weigh_if_stable(self, t_ns: int) -> bool:
        weighed = self._weighing.weigh(t_ns)
        if weighed.stable or weighed.load is not Load.IN_RANGE:
            self._answer_weight(t_ns, weighed)
            return True
        return False

    def _zero_if_stable(self, t_ns: int) -> bool:
        if not self._weighing.weigh(t_ns).stable:
            return False
        load = self._weighing.set_zero(t_ns)
        if load is Load.IN_RANGE:
            self._send(t_ns, text_line(Keyword.ZERO))
        else:
            self._refuse(t_ns, Keyword.ZERO, _REFUSALS[load])
        return True

    def _tare_if_stable(self, t_ns: int) -> bool:
        weighed = self._weighing.weigh(t_ns)
        if not weighed.stable:
            return False
        self._answer_tare(t_ns, Keyword.TARE, weighed)
        return True


def _answered_as(keyword: str) -> str:
    return "S" if keyword in _WEIGHT_KEYWORDS else keyword


def _status(weighed: Weighed) -> WeightStatus:
    return WeightStatus.STABLE if weighed.stable else WeightStatus.DYNAMIC
