"""Data sheet: a balance that speaks MT-SICS, of Mettler Toledo or Kern."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from drivers.balances.asking import (
    ATTEMPTS,
    Asking,
    Language,
    NoWeight,
)
from drivers.balances.last_digit import LastDigit, Shown
from drivers.balances.mt_sics_questions import QUESTIONS
from drivers.balances.uptime import Uptime
from harness.clock import NS_PER_S, Clock
from harness.errors import InstrumentRestarted
from harness.evidence.recorder import Recorder
from harness.plans.plan import Role
from harness.ports.tap import Tap
from harness.readings import BalanceSettings, Identity, WeightReading
from harness.roles import Balance, WeighingSettings
from harness.toml_files import Table
from protocols.errors import RemoteProtocolError
from protocols.mt_sics.commands import Keyword
from protocols.mt_sics.deviations import EMULATOR_COMMANDS, parse_of_emulator
from protocols.mt_sics.identity import parse_command_list, parse_model, parse_number
from protocols.mt_sics.line_reader import LineReader
from protocols.mt_sics.parser import parse
from protocols.mt_sics.replies import (
    Fault,
    Refusal,
    RefusalReason,
    Reply,
    TextReply,
    Weight,
    WeightStatus,
)

_REQUIRED = frozenset({Keyword.WEIGHT.value, Keyword.ZERO.value})
_SETTINGS = (
    Keyword.WEIGHING_MODE,
    Keyword.ENVIRONMENT,
    Keyword.AUTOZERO,
    Keyword.ADJUSTMENT,
    Keyword.UPDATE_RATE,
    Keyword.UNIT,
)
_SWITCH: Final[Mapping[str, bool]] = MappingProxyType({"0": False, "1": True})
_OTHER_DIGIT: Final = "a weight in another unit, or with other decimals"
_STABILITY_MARGIN_NS: Final = 5 * NS_PER_S
_REASONS: Final[Mapping[RefusalReason, NoWeight]] = MappingProxyType(
    {
        RefusalReason.OVERLOAD: NoWeight.OVERLOAD,
        RefusalReason.UNDERLOAD: NoWeight.UNDERLOAD,
        RefusalReason.BAD_PARAMETER: NoWeight.BAD_PARAMETER,
        RefusalReason.NOT_NOW: NoWeight.NOT_NOW,
    }
)


class Quirk(StrEnum):
    """A known deviation from the language, tolerated where the bench file names it."""

    EMULATOR = "mt-sics-emulator"
    """That of mt-sics-emulator 0.1.1: SI is answered ``SI S``, I0 with a description,
    I1 with the model and I2 with the serial number."""


def read_options(table: Table, roles: tuple[Role, ...]) -> dict[str, object]:
    """Read ``quirks``, the deviations that the driver is to tolerate.

    Raises:
        ConfigurationError: there is no such quirk.
    """
    return {"quirks": frozenset(table.choices("quirks", Quirk))}


class MtSicsBalance(Balance, WeighingSettings):
    """A balance under the end of the line; it weighs, and is zeroed when stable.

    Weights are asked for one by one, stable or not: with a check value (SIC1) where the
    balance offers it, else without (SI). They come as exact integers of 1 ng with the
    bench time of their last byte. The balance must keep the unit and the number of
    decimals that it has when it is connected.

    Args:
        name: what the journal and messages call the balance.
        port: its line, journalled; it may return whole lines or any pieces.
        clock: bench time.
        recorder: where rejections and repetitions are written.
        timeout_ns: how long an answer is waited for.
        stability_timeout_ns: the same where the balance waits until it is stable and
            does not tell its own limit (M67, 40 s from the factory).
        quirks: deviations from the language that are tolerated.
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
        quirks: frozenset[Quirk] = frozenset(),
    ) -> None:
        self._name = name
        self._recorder = recorder
        self._stability_timeout_ns = stability_timeout_ns
        self._is_emulator = Quirk.EMULATOR in quirks
        language = Language(
            parse=parse_of_emulator if self._is_emulator else parse,
            # Never sent unasked, so its answer proves that all before has been read.
            marker=QUESTIONS[Keyword.MODEL],
            inspect=self._require_healthy,
        )
        self._asking = Asking(
            name, port, clock, recorder, LineReader(), language, timeout_ns
        )
        self._digit = LastDigit(name)
        self._weight = Keyword.WEIGHT
        self._offered: frozenset[str] = frozenset()
        self._uptime: Uptime | None = None

    @property
    def readability_ng(self) -> int:
        """Worth of the last digit, from the number of decimals; 0 before `connect`."""
        return self._digit.readability_ng

    def connect(self) -> None:
        """Reset the balance, and learn what it can do and how it is set.

        Raises:
            InstrumentSilent: nothing answers.
            InstrumentFault: it lacks a command, cannot weigh, or has a useless unit.
        """
        self._asking.drain()
        self._ask(Keyword.RESET)
        self._asking.drain()
        self._offered = self._read_commands()
        if missing := sorted(_REQUIRED - self._offered):
            raise self._asking.fault(
                f"offers no {' and no '.join(missing)}; use another model"
            )
        for keyword in _SETTINGS:
            if keyword in self._offered:
                self._note_setting(keyword)
        if Keyword.STABILITY_TIMEOUT in self._offered:
            limit_s = self._read_number(Keyword.STABILITY_TIMEOUT)
            self._stability_timeout_ns = limit_s * NS_PER_S + _STABILITY_MARGIN_NS
            self._note(Keyword.STABILITY_TIMEOUT, f"{limit_s}")
        if Keyword.UPTIME in self._offered:
            minutes = self._read_number(Keyword.UPTIME)
            self._uptime = Uptime(minutes, self._asking.t_ns)
        checked = Keyword.CHECKED_WEIGHT in self._offered
        self._weight = Keyword.CHECKED_WEIGHT if checked else Keyword.WEIGHT
        self._digit.learn(self._ask_weight())

    def read_identity(self) -> Identity:
        """Ask for model (I2), serial number (I4) and software (I3)."""
        if self._is_emulator:
            model = " ".join(self._read_text(Keyword.LEVELS).parameters)
        else:
            try:
                model = parse_model(self._read_text(Keyword.MODEL)).type
            except RemoteProtocolError as error:
                raise self._asking.fault(str(error)) from error
        serial = " ".join(self._read_text(Keyword.SERIAL_NUMBER).parameters)
        software = " ".join(self._read_text(Keyword.SOFTWARE).parameters)
        return Identity(model, serial, software)

    def read_weight(self) -> WeightReading:
        """Ask for the weight now, stable or not.

        Raises:
            InstrumentSilent: no answer.
            InstrumentFault: no weight, or again and again one in another unit or number
                of decimals; a single one is a damaged line.
        """
        shown = self._ask_weight()
        for attempt in range(2, ATTEMPTS + 1):
            if self._digit.fits(shown):
                break
            self._asking.doubt(self._weight, attempt, shown.raw, _OTHER_DIGIT)
            shown = self._ask_weight()
        return self._digit.reading(shown, self._asking.t_ns)

    def read_settings(self) -> BalanceSettings:
        """Ask for autozero (M03) and automatic adjustment (C0).

        What is not in the balance's own list of commands, it cannot tell. That the
        first word of C0's answer is 0 for an adjustment by hand and 1 for an automatic
        one is assumed: the sources at hand name the command, not its answer. Where the
        balance tells its uptime (I15), it must have run on since it was last asked.

        Raises:
            InstrumentSilent: no answer.
            InstrumentFault: an answer that is neither on nor off.
            InstrumentRestarted: it has been without power meanwhile.
        """
        self._require_same_start()
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
        self._asking.close()

    def _read_commands(self) -> frozenset[str]:
        lines = self._ask(Keyword.COMMAND_LIST)
        try:
            listed = parse_command_list(r for r in lines if isinstance(r, TextReply))
        except RemoteProtocolError as error:
            if self._is_emulator:
                return EMULATOR_COMMANDS
            raise self._asking.fault(
                f"does not list its commands: {error}. If it is mt-sics-emulator, add"
                f' quirks = ["{Quirk.EMULATOR}"] to its [[instrument]]'
            ) from error
        if self._is_emulator:
            raise self._asking.fault(
                "lists its commands, so it is not mt-sics-emulator; remove `quirks`"
                " from its [[instrument]]"
            )
        return listed

    def _note_setting(self, keyword: Keyword) -> None:
        lines = self._ask(keyword)
        shown = "; ".join(
            " ".join(line.parameters) for line in lines if isinstance(line, TextReply)
        )
        self._note(keyword, shown)

    def _note(self, keyword: Keyword, shown: str) -> None:
        self._recorder.note(f"{self._name}: {keyword.name} {keyword} = {shown}")

    def _read_text(self, keyword: Keyword) -> TextReply:
        reply = self._ask(keyword)[-1]
        if not isinstance(reply, TextReply) or not reply.parameters:
            raise self._unexpected(keyword, reply)
        return reply

    def _read_number(self, keyword: Keyword) -> int:
        try:
            return parse_number(self._read_text(keyword))
        except RemoteProtocolError as error:
            raise self._asking.fault(str(error)) from error

    def _read_switch(self, keyword: Keyword) -> bool | None:
        if keyword not in self._offered:
            return None
        reply = self._read_text(keyword)
        if reply.parameters[0] not in _SWITCH:
            raise self._asking.fault(
                f"answered {keyword} with {reply.raw!r}, which is neither on nor off;"
                " check the model"
            )
        return _SWITCH[reply.parameters[0]]

    def _require_same_start(self) -> None:
        if self._uptime is None:
            return
        minutes = self._read_number(Keyword.UPTIME)
        if not self._uptime.has_run_on(minutes, self._asking.t_ns):
            raise self._restarted(f"has run for {minutes} min only")

    def _ask_weight(self) -> Shown:
        reply = self._ask(self._weight)[-1]
        if not isinstance(reply, Weight):
            raise self._unexpected(self._weight, reply)
        is_stable = reply.status is WeightStatus.STABLE
        return Shown(reply.units, reply.decimals, reply.unit, is_stable, reply.raw)

    def _ask(self, keyword: Keyword, timeout_ns: int | None = None) -> list[Reply]:
        """Send a command until it is answered, and see that it has been done."""
        answer = self._asking.ask(QUESTIONS[keyword], timeout_ns)
        last = answer[-1]
        if isinstance(last, Refusal):
            raise self._asking.refused(keyword, last.raw, _REASONS[last.reason])
        self._require_no_fault(last)
        return answer

    def _require_healthy(self, reply: Reply) -> None:
        """Refuse to go on after a line that says the balance is not what it was."""
        if isinstance(reply, TextReply) and reply.id == Keyword.SERIAL_NUMBER.value:
            raise self._restarted(f"sent {reply.raw!r} unasked")
        self._require_no_fault(reply)

    def _require_no_fault(self, reply: Reply) -> None:
        if isinstance(reply, Fault):
            raise self._asking.fault(
                f"reports fault {reply.number} ({reply.meaning}) with {reply.raw!r};"
                " have it serviced"
            )

    def _restarted(self, sign: str) -> InstrumentRestarted:
        self._asking.settle()
        return InstrumentRestarted(
            f"{self._name} {sign}: it has restarted, and its zero may be gone; see to"
            " its power supply and start again",
            instrument=self._name,
        )

    def _unexpected(self, keyword: Keyword, reply: Reply) -> Exception:
        return self._asking.fault(
            f"answered {keyword} with {reply.raw!r}; check the model"
        )
