"""Data sheet: a Mettler Toledo balance that speaks MT-SICS."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from harness.clock import NS_PER_MS, NS_PER_S, Clock
from harness.errors import InstrumentFault, InstrumentRestarted, InstrumentSilent
from harness.evidence.recorder import Recorder
from harness.ports.tap import Tap
from harness.readings import BalanceSettings, Identity, WeightReading
from harness.roles import Balance, WeighingSettings
from protocols.errors import RemoteProtocolError
from protocols.mt_sics.commands import Keyword, Match, command, match
from protocols.mt_sics.identity import parse_command_list, parse_model
from protocols.mt_sics.line_reader import LineReader
from protocols.mt_sics.parser import parse
from protocols.mt_sics.replies import (
    Fault,
    GeneralError,
    Refusal,
    RefusalReason,
    Reply,
    TextReply,
    Weight,
    WeightStatus,
)

ATTEMPTS: Final = 3
"""How often a command is sent before the balance counts as silent."""

_QUIET_NS = 200 * NS_PER_MS
_REQUIRED = frozenset({Keyword.WEIGHT.value, Keyword.ZERO.value})
_LINES: Final[Mapping[Keyword, bytes]] = MappingProxyType(
    {keyword: command(keyword) for keyword in Keyword}
)
_SETTINGS = (
    Keyword.WEIGHING_MODE,
    Keyword.ENVIRONMENT,
    Keyword.AUTOZERO,
    Keyword.ADJUSTMENT,
)
_SWITCH: Final[Mapping[str, bool]] = MappingProxyType({"0": False, "1": True})
# Never sent unasked, so its answer proves that everything older has been read.
_MARKER = Keyword.MODEL
_NO_ANSWER = (Match.STRAY, Match.UNASKED)
_MENDS: Final[Mapping[RefusalReason, str]] = MappingProxyType(
    {
        RefusalReason.OVERLOAD: "overload: take load off the pan",
        RefusalReason.UNDERLOAD: "underload: put pan and vessel back in place",
        RefusalReason.BAD_PARAMETER: "a parameter is wrong: compare balance and model",
        RefusalReason.NOT_NOW: "not now: wait until it is warm, stable and not busy",
    }
)


class MtSicsBalance(Balance, WeighingSettings):
    """A balance under the end of the line; it weighs, and is zeroed when stable.

    Weights are asked for one by one (SI), stable or not, and come as exact integers of
    1 ng with the bench time of their last byte. The balance must keep the unit and the
    number of decimals that it has when it is connected.

    Args:
        name: what the journal and messages call the balance.
        port: its line, journalled; it may return whole lines or any pieces.
        clock: bench time.
        recorder: where rejections and repetitions are written.
        timeout_ns: how long an answer is waited for.
        stability_timeout_ns: the same where the balance waits until it is stable; above
            its own limit (M67, 40 s from the factory).
    """

    def __init__(
        self,
        name: str,
        port: Tap,
        clock: Clock,
        recorder: Recorder,
        *,
        timeout_ns: int = NS_PER_S,
        stability_timeout_ns: int = 45 * NS_PER_S,
    ) -> None:
        self._name = name
        self._port = port
        self._clock = clock
        self._recorder = recorder
        self._timeout_ns = timeout_ns
        self._stability_timeout_ns = stability_timeout_ns
        self._lines = LineReader()
        self._in_step = True
        self._offered: frozenset[str] = frozenset()
        self._t_ns = 0
        self._unit = ""
        self._decimals = 0
        self._digit_ng = 0

    @property
    def readability_ng(self) -> int:
        """Worth of the last digit, from the number of decimals; 0 before `connect`."""
        return self._digit_ng

    def connect(self) -> None:
        """Reset the balance, and learn what it can do and how it is set.

        Raises:
            InstrumentSilent: nothing answers.
            InstrumentFault: it lacks a command, cannot weigh, or has a useless unit.
        """
        self._drain()
        self._ask(Keyword.RESET, self._timeout_ns)
        self._drain()
        self._offered = self._read_commands()
        if missing := sorted(_REQUIRED - self._offered):
            raise self._fault(
                f"offers no {' and no '.join(missing)}; use another model"
            )
        for keyword in _SETTINGS:
            if keyword.value in self._offered:
                shown = " ".join(self._read_text(keyword).parameters)
                self._recorder.note(f"{self._name}: {keyword.name} {keyword} = {shown}")
        self._learn_digit(self._ask_weight())

    def read_identity(self) -> Identity:
        """Ask for model (I2), serial number (I4) and software (I3)."""
        try:
            model = parse_model(self._read_text(Keyword.MODEL))
        except RemoteProtocolError as error:
            raise self._fault(str(error)) from error
        serial = " ".join(self._read_text(Keyword.SERIAL_NUMBER).parameters)
        software = " ".join(self._read_text(Keyword.SOFTWARE).parameters)
        return Identity(model.type, serial, software)

    def read_weight(self) -> WeightReading:
        """Ask for the weight now (SI), stable or not.

        Raises:
            InstrumentSilent: no answer.
            InstrumentFault: no weight, or one in another unit or number of decimals.
        """
        weight = self._ask_weight()
        if weight.unit != self._unit or weight.decimals != self._decimals:
            raise self._fault(
                f"sent {weight.raw!r}, but had the unit {self._unit!r} and"
                f" {self._decimals} decimals when it was connected; set it back, keep"
                " its keys locked, and connect again"
            )
        return WeightReading(
            self._t_ns,
            weight.units * self._digit_ng,
            weight.status is WeightStatus.STABLE,
        )

    def read_settings(self) -> BalanceSettings:
        """Ask for autozero (M03) and automatic adjustment (C0).

        What is not in the balance's own list of commands, it cannot tell. That the
        first word of C0's answer is 0 for an adjustment by hand and 1 for an automatic
        one is assumed: the sources at hand name the command, not its answer.

        Raises:
            InstrumentSilent: no answer.
            InstrumentFault: an answer that is neither on nor off.
        """
        return BalanceSettings(
            autozero=self._read_switch(Keyword.AUTOZERO),
            adjusts_itself=self._read_switch(Keyword.ADJUSTMENT),
        )

    def set_zero(self) -> None:
        """Wait until the balance is stable, and zero it (Z); the tare is cleared too.

        Raises:
            InstrumentSilent: no answer.
            InstrumentFault: it did not become stable, or cannot be zeroed at this load.
        """
        self._ask(Keyword.ZERO, self._stability_timeout_ns)

    def set_safe(self) -> str:
        """Do nothing: a balance moves nothing."""
        return "only weighs"

    def close(self) -> None:
        """Release the line."""
        self._port.close()

    def _read_commands(self) -> frozenset[str]:
        lines = self._ask(Keyword.COMMAND_LIST, self._timeout_ns)
        try:
            return parse_command_list(r for r in lines if isinstance(r, TextReply))
        except RemoteProtocolError as error:
            raise self._fault(str(error)) from error

    def _read_text(self, keyword: Keyword) -> TextReply:
        reply = self._ask(keyword, self._timeout_ns)[-1]
        if not isinstance(reply, TextReply) or not reply.parameters:
            raise self._fault(f"answered {keyword} with {reply.raw!r}; check the model")
        return reply

    def _read_switch(self, keyword: Keyword) -> bool | None:
        if keyword.value not in self._offered:
            return None
        reply = self._read_text(keyword)
        if reply.parameters[0] not in _SWITCH:
            raise self._fault(
                f"answered {keyword} with {reply.raw!r}, which is neither on nor off;"
                " check the model"
            )
        return _SWITCH[reply.parameters[0]]

    def _ask_weight(self) -> Weight:
        reply = self._ask(Keyword.WEIGHT, self._timeout_ns)[-1]
        if not isinstance(reply, Weight):
            raise self._fault(f"answered SI with {reply.raw!r}; check the model")
        return reply

    def _learn_digit(self, weight: Weight) -> None:
        digit = Decimal(1).scaleb(-weight.decimals)
        try:
            self._digit_ng = replace(weight, text=f"{digit:f}").mass_ng()
        except RemoteProtocolError as error:
            raise self._fault(str(error)) from error
        self._unit = weight.unit
        self._decimals = weight.decimals

    def _ask(self, keyword: Keyword, timeout_ns: int) -> list[Reply]:
        """Send a command until it is answered; return the answer's lines."""
        answer: list[Reply] = []
        for attempt in range(1, ATTEMPTS + 1):
            if attempt > 1:
                reason = repr(answer[-1].raw) if answer else "no whole answer in time"
                self._recorder.retry(self._name, keyword, attempt, reason)
            if not self._is_in_step():
                continue
            answer = self._exchange(keyword, timeout_ns)
            if answer and not isinstance(answer[-1], GeneralError):
                self._require_done(keyword, answer[-1])
                return answer
            self._in_step = False
        if answer:
            raise self._fault(f"does not understand {keyword}: {answer[-1].raw!r}")
        raise InstrumentSilent(
            f"{self._name} did not answer {keyword}, sent {ATTEMPTS} times; check"
            " that it is on, its cable, and that its line settings are those of the"
            " bench file"
        )

    def _is_in_step(self) -> bool:
        """Get back in step where a late answer could be taken for a fresh one."""
        if self._lines.reset() or self._port.has_waiting():
            self._in_step = False
        if not self._in_step:
            for reply in self._drain():
                self._require_healthy(reply)
            marker = self._exchange(_MARKER, self._timeout_ns)
            self._in_step = bool(marker) and isinstance(marker[-1], TextReply)
        return self._in_step

    def _drain(self) -> list[Reply]:
        """Read, journal and drop what comes, until the line is quiet."""
        dropped: list[Reply] = []
        end_ns = self._clock.now_ns() + self._timeout_ns
        while (now_ns := self._clock.now_ns()) < end_ns:
            data = self._port.read(now_ns + _QUIET_NS)
            if not data:
                break
            dropped += map(parse, self._lines.feed(data))
        self._lines.reset()
        self._port.settle()
        for reply in dropped:
            self._reject(reply)
        return dropped

    def _exchange(self, keyword: Keyword, timeout_ns: int) -> list[Reply]:
        """Send a command once; return its whole answer, or nothing."""
        self._port.write(_LINES[keyword])
        deadline_ns = self._clock.now_ns() + timeout_ns
        answer: list[Reply] = []
        complete = False
        while not complete:
            for line in self._lines.feed(self._port.read(deadline_ns)):
                reply = parse(line)
                meaning = match(keyword, reply)
                if complete or meaning in _NO_ANSWER:
                    self._in_step = False
                    self._reject(reply)
                    self._require_healthy(reply)
                else:
                    answer.append(reply)
                    complete = meaning is Match.COMPLETE
            if not complete and self._clock.now_ns() >= deadline_ns:
                answer = []
                break
        self._t_ns = self._port.settle()
        return answer

    def _require_done(self, keyword: Keyword, reply: Reply) -> None:
        if isinstance(reply, Refusal):
            raise self._fault(
                f"refused {keyword} with {reply.raw!r}, {_MENDS[reply.reason]}"
            )
        self._require_no_fault(reply)

    def _require_healthy(self, reply: Reply) -> None:
        """Refuse to go on after a line that says the balance is not what it was."""
        if isinstance(reply, TextReply) and reply.id == Keyword.SERIAL_NUMBER.value:
            self._port.settle()
            raise InstrumentRestarted(
                f"{self._name} sent {reply.raw!r} unasked: it has restarted, and its"
                " zero may be gone; see to its power supply and start again",
                instrument=self._name,
            )
        self._require_no_fault(reply)

    def _require_no_fault(self, reply: Reply) -> None:
        if isinstance(reply, Fault):
            raise self._fault(
                f"reports fault {reply.number} ({reply.meaning}) with {reply.raw!r};"
                " have it serviced"
            )

    def _reject(self, reply: Reply) -> None:
        reason = f"{type(reply).__name__} that answers no waiting command"
        self._recorder.rejection(self._name, reason, reply.raw)

    def _fault(self, what: str) -> InstrumentFault:
        self._port.settle()
        return InstrumentFault(f"{self._name} {what}")
