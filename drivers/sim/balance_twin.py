"""The balance's side of its line: MT-SICS, as the manual has it.

What the balance does by itself, autozero (M03) and adjustment (C0), can be set over the
line; from the start both are off, as a gravimetric measurement needs them.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache, partial
from types import MappingProxyType
from typing import ClassVar, Final

from drivers.sim.balance_body import BalanceBody
from drivers.sim.balance_options import DISPLAY, HOST, BalanceOptions, Setting
from drivers.sim.balance_parameters import BalanceParameters
from drivers.sim.change_watch import ChangeWatch
from drivers.sim.weighing import Load, Pan, Weighed
from protocols.mt_sics.builders import (
    checked_weight_line,
    command_list_lines,
    fault_line,
    general_error_line,
    refusal_line,
    text_line,
    weight_line,
    zeroed_line,
)
from protocols.mt_sics.commands import answered_as, parse_command
from protocols.mt_sics.grammar import Quoted
from protocols.mt_sics.levels import level_of
from protocols.mt_sics.line_reader import LineReader
from protocols.mt_sics.parameters import parse_mass, parse_milliseconds
from protocols.mt_sics.replies import (
    FaultSource,
    GeneralErrorKind,
    RefusalReason,
    WeightStatus,
)
from protocols.mt_sics.status_weight import State, Tare, status_weight_line

_NS_PER_MS: Final = 1_000_000
_NS_PER_S: Final = 1_000_000_000
_NS_PER_MIN: Final = 60_000_000_000
_NG_PER_G: Final = 1_000_000_000
_ENDS_STREAM: Final = frozenset(
    {"@", "C", "S", "SI", "SIR", "SIRU", "SIU", "SNR", "SR"}
)
_REFUSALS: Final = MappingProxyType(
    {Load.OVER: RefusalReason.OVERLOAD, Load.UNDER: RefusalReason.UNDERLOAD}
)
_STATES: Final = MappingProxyType(
    {Load.OVER: State.OVERLOAD, Load.UNDER: State.UNDERLOAD}
)

_Obey = Callable[[int, tuple[str, ...]], bool]
"""Obeys a command with its parameters; False where those are wrong."""


class BalanceTwin(BalanceBody):
    """Device side of an MT-SICS balance; see :class:`BalanceBody`."""

    OFFERED: ClassVar[frozenset[str] | None] = None
    """Commands of a model that has few; None where it has all."""

    def __init__(
        self,
        parameters: BalanceParameters,
        pan: Pan,
        start_ns: int,
        label: str = "balance",
    ) -> None:
        super().__init__(parameters, pan, start_ns, label)
        self._options = BalanceOptions(
            self._weighing, self._adjustment, parameters.stability_timeout_s
        )
        self._reader = LineReader()
        # A balance hears the same few lines a million times.
        self._parse = lru_cache(maxsize=64)(parse_command)
        weighing = self._weighing_commands()
        self._weighs = frozenset(weighing)
        everything = {**weighing, **self._other_commands()}
        for word, setting in self._options.settings.items():
            everything[word] = partial(self._tell_or_take, word, setting)
        self._commands = MappingProxyType(
            {word: obey for word, obey in everything.items() if self._offers(word)}
        )

    def receive(self, t_ns: int, data: bytes) -> None:
        """Take bytes; answer each whole line."""
        for line in self._reader.feed(data):
            self._obey(t_ns, line)

    def _offers(self, keyword: str) -> bool:
        if keyword in ("SIC1", "SIC2") and not self._parameters.checked_weights:
            return False
        if keyword == "I15" and not self._parameters.tells_uptime:
            return False
        return self.OFFERED is None or keyword in self.OFFERED

    def _weighing_commands(self) -> dict[str, _Obey]:
        weigh, now = self._weigh_if_stable, self._send_weight
        shown, shown_now = partial(weigh, DISPLAY), partial(now, DISPLAY)
        return {
            "S": _alone(partial(self._await, "S", partial(weigh, HOST))),
            "SI": _alone(partial(now, HOST)),
            "SIR": _alone(partial(self._start_stream, partial(now, HOST))),
            "SC": partial(self._within, partial(weigh, HOST), partial(now, HOST)),
            "SU": _alone(partial(self._await, "SU", shown)),
            "SIU": _alone(shown_now),
            "SIRU": _alone(partial(self._start_stream, shown_now)),
            "SR": partial(self._report, True),
            "SNR": partial(self._report, False),
            "SIC1": _alone(partial(self._send_checked, "SIC1")),
            "SIC2": _alone(partial(self._send_checked, "SIC2")),
            "T": _alone(partial(self._await, "T", partial(self._tare_if_stable, "T"))),
            "TI": _alone(partial(self._tare_now, "TI")),
            "TC": partial(
                self._within,
                partial(self._tare_if_stable, "TC"),
                partial(self._tare_now, "TC"),
            ),
            "Z": _alone(partial(self._await, "Z", self._zero_if_stable)),
            "ZI": _alone(partial(self._zero_now, "ZI")),
            "ZC": partial(
                self._within, self._zero_within_time, partial(self._zero_now, "ZC")
            ),
        }

    def _other_commands(self) -> dict[str, _Obey]:
        return {
            "@": _alone(self._send_serial_number),
            "C": _alone(self._cancel),
            "I0": _alone(self._send_command_list),
            "I1": _alone(self._send_levels),
            "I2": _alone(self._send_model),
            "I3": _alone(self._send_software),
            "I4": _alone(self._send_serial_number),
            "I15": _alone(self._send_uptime),
            "SIS": _alone(self._send_status_weight),
            "TA": self._tell_or_preset_tare,
            "TAC": _alone(self._clear_tare),
        }

    def _obey(self, t_ns: int, line: bytes) -> None:
        self._stop_waiting()
        command = self._parse(line)
        obey = None if command is None else self._commands.get(command.keyword)
        if command is None or obey is None:
            self._send(t_ns, general_error_line(GeneralErrorKind.SYNTAX))
            return
        if command.keyword in _ENDS_STREAM:
            self._stop_streaming()
        if self._adjustment.is_busy and command.keyword in self._weighs:
            self._refuse(command.keyword, RefusalReason.NOT_NOW, t_ns)
        elif not obey(t_ns, command.parameters):
            self._refuse(command.keyword, RefusalReason.BAD_PARAMETER, t_ns)

    def _refuse(self, keyword: str, reason: RefusalReason, t_ns: int) -> None:
        self._send(t_ns, refusal_line(answered_as(keyword), reason))

    def _forget(self, t_ns: int) -> None:
        self._reader.reset()
        self._send_serial_number(t_ns)

    def _cancel(self, t_ns: int) -> None:
        self._send(t_ns, text_line("C", more_follow=True))
        self._send(t_ns, text_line("C"))

    def _send_command_list(self, t_ns: int) -> None:
        levels = sorted((level_of(word), word) for word in self._commands)
        for line in command_list_lines(levels):
            self._send(t_ns, line)

    def _send_levels(self, t_ns: int) -> None:
        self._send(t_ns, text_line("I1", Quoted("0123"), *[Quoted("2.30")] * 4))

    def _send_model(self, t_ns: int) -> None:
        capacity_g = Decimal(self._parameters.capacity_ng) / _NG_PER_G
        text = f"{self._parameters.model} {capacity_g:.{self._decimals}f} g"
        self._send(t_ns, text_line("I2", Quoted(text)))

    def _send_software(self, t_ns: int) -> None:
        self._send(t_ns, text_line("I3", Quoted(self._parameters.firmware)))

    def _send_serial_number(self, t_ns: int) -> None:
        self._send(t_ns, text_line("I4", Quoted(self._parameters.serial)))

    def _send_uptime(self, t_ns: int) -> None:
        self._send(t_ns, text_line("I15", (t_ns - self._on_ns) // _NS_PER_MIN))

    def _tell_or_take(
        self, keyword: str, setting: Setting, t_ns: int, parameters: tuple[str, ...]
    ) -> bool:
        if parameters:
            is_taken = setting.take(t_ns, parameters)
            if is_taken:
                self._send(t_ns, text_line(keyword))
            return is_taken
        *before, last = setting.tell()
        for words in before:
            self._send(t_ns, text_line(keyword, *words, more_follow=True))
        self._send(t_ns, text_line(keyword, *last))
        return True

    def _send_weight(self, channel: int, t_ns: int) -> None:
        self._answer_weight(channel, t_ns, self._weighing.weigh(t_ns))

    def _answer_weight(self, channel: int, t_ns: int, weighed: Weighed) -> None:
        if self._parameters.fault_number:
            fault = fault_line(self._parameters.fault_number, FaultSource.ELECTRONICS)
            self._send(t_ns, fault)
        elif self._adjustment.is_busy:
            self._refuse("S", RefusalReason.NOT_NOW, t_ns)
        elif weighed.load is not Load.IN_RANGE:
            self._refuse("S", _REFUSALS[weighed.load], t_ns)
        else:
            shown = self._shown(t_ns, weighed.units, self._options.unit(channel))
            self._send(t_ns, weight_line("S", _status(weighed), *shown))

    def _send_checked(self, keyword: str, t_ns: int) -> None:
        weighed = self._weighing.weigh(t_ns)
        if self._parameters.fault_number or weighed.load is not Load.IN_RANGE:
            self._answer_weight(HOST, t_ns, weighed)
            return
        shown = self._shown(t_ns, weighed.units, self._options.unit(HOST))
        self._send(t_ns, checked_weight_line(keyword, _status(weighed), *shown))

    def _send_status_weight(self, t_ns: int) -> None:
        weighed = self._weighing.weigh(t_ns)
        calm = State.STABLE if weighed.stable else State.DYNAMIC
        has_fault = bool(self._parameters.fault_number)
        state = State.ERROR if has_fault else _STATES.get(weighed.load, calm)
        tare = Tare.WEIGHED if self._weighing.tare_units else Tare.NONE
        shown = self._shown(t_ns, weighed.units, self._options.unit(HOST))
        self._send(t_ns, status_weight_line(state, *shown, tare))

    def _start_stream(self, send: Callable[[int], None], t_ns: int) -> None:
        every_ns = round(_NS_PER_S / self._options.updates_per_s)
        self._stream(t_ns, send, every_ns)

    def _report(self, tells: bool, t_ns: int, parameters: tuple[str, ...]) -> bool:
        digit_ng = self._parameters.readability_ng
        mass_ng = parse_mass(parameters) if parameters else 0
        if mass_ng is None or (parameters and mass_ng < digit_ng):
            return False
        watch = ChangeWatch(digit_ng, mass_ng, tells)
        self._start_stream(partial(self._watch, watch), t_ns)
        return True

    def _watch(self, watch: ChangeWatch, t_ns: int) -> None:
        weighed = self._weighing.weigh(t_ns)
        if watch.reports(weighed):
            self._answer_weight(HOST, t_ns, weighed)

    def _await(self, keyword: str, answer: Callable[[int], bool], t_ns: int) -> None:
        limit_ns = round(self._options.stability_timeout_s * _NS_PER_S)
        refuse = partial(self._refuse, keyword, RefusalReason.NOT_NOW)
        self._wait(t_ns, answer, refuse, limit_ns)

    def _within(
        self,
        answer: Callable[[int], bool],
        then: Callable[[int], None],
        t_ns: int,
        parameters: tuple[str, ...],
    ) -> bool:
        """Answer when it is stable, or as it is when the given time is over."""
        limit_ms = parse_milliseconds(parameters)
        if limit_ms is None:
            return False
        self._wait(t_ns, answer, then, limit_ms * _NS_PER_MS)
        return True

    def _weigh_if_stable(self, channel: int, t_ns: int) -> bool:
        weighed = self._weigh_stable(t_ns)
        if weighed is not None:
            self._answer_weight(channel, t_ns, weighed)
        return weighed is not None

    def _zero_now(self, keyword: str, t_ns: int) -> None:
        weighed = self._weighing.weigh(t_ns)
        load = self._weighing.set_zero(t_ns)
        if load is Load.IN_RANGE:
            self._send(t_ns, zeroed_line(keyword, _status(weighed)))
        else:
            self._refuse(keyword, _REFUSALS[load], t_ns)

    def _zero_within_time(self, t_ns: int) -> bool:
        is_stable = self._weighing.weigh(t_ns).stable
        if is_stable:
            self._zero_now("ZC", t_ns)
        return is_stable

    def _zero_if_stable(self, t_ns: int) -> bool:
        if not self._weighing.weigh(t_ns).stable:
            return False
        load = self._weighing.set_zero(t_ns)
        if load is Load.IN_RANGE:
            self._send(t_ns, text_line("Z"))
        else:
            self._refuse("Z", _REFUSALS[load], t_ns)
        return True

    def _tare_now(self, keyword: str, t_ns: int) -> None:
        self._answer_tare(keyword, t_ns, self._weighing.weigh(t_ns))

    def _tare_if_stable(self, keyword: str, t_ns: int) -> bool:
        weighed = self._weighing.weigh(t_ns)
        if weighed.stable:
            self._answer_tare(keyword, t_ns, weighed)
        return weighed.stable

    def _answer_tare(self, keyword: str, t_ns: int, weighed: Weighed) -> None:
        if weighed.load is not Load.IN_RANGE:
            self._refuse(keyword, _REFUSALS[weighed.load], t_ns)
            return
        shown = self._shown(t_ns, self._weighing.set_tare(t_ns))
        self._send(t_ns, weight_line(keyword, _status(weighed), *shown))

    def _tell_or_preset_tare(self, t_ns: int, parameters: tuple[str, ...]) -> bool:
        if parameters:
            mass_ng = parse_mass(parameters)
            if mass_ng is None or mass_ng > self._parameters.capacity_ng:
                return False
            self._weighing.preset_tare(mass_ng // self._parameters.readability_ng)
        shown = self._shown(t_ns, self._weighing.tare_units)
        self._send(t_ns, weight_line("TA", WeightStatus.STORED_TARE, *shown))
        return True

    def _clear_tare(self, t_ns: int) -> None:
        self._weighing.preset_tare(0)
        self._send(t_ns, text_line("TAC"))


def _alone(act: Callable[[int], None]) -> _Obey:
    """Return what obeys a command that has no parameters."""

    def obey(t_ns: int, parameters: tuple[str, ...]) -> bool:
        if not parameters:
            act(t_ns)
        return not parameters

    return obey


def _status(weighed: Weighed) -> WeightStatus:
    return WeightStatus.STABLE if weighed.stable else WeightStatus.DYNAMIC
