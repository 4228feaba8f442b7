"""Data sheet: Harvard PHD ULTRA and KDS Legato syringe pumps on a bench."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final, TypeVar

from drivers.harvard.line import ATTEMPTS, TIMEOUT_NS, HarvardLine
from harness.clock import Clock
from harness.errors import (
    CommandRefused,
    ConfigurationError,
    LinkViolation,
)
from harness.evidence.recorder import Recorder
from harness.evidence.records import JsonValue
from harness.plans.plan import Role
from harness.ports.tap import Tap
from harness.readings import Alarm, Identity, PumpMode, PumpReading, PumpState
from harness.roles import Bolus, InfusionPump
from harness.toml_files import Table
from harness.units import Quantity, magnitude, ureg
from protocols.errors import RemoteProtocolError
from protocols.harvard import (
    MAX_ADDRESS,
    Figure,
    Prompt,
    Reply,
    Status,
    Word,
    parse_diameter,
    parse_rate,
    parse_status,
    parse_version,
    parse_volume,
    set_diameter,
    set_rate,
    set_target,
)

T = TypeVar("T")

_STATES: Final[Mapping[Prompt, PumpState]] = MappingProxyType(
    {
        Prompt.IDLE: PumpState.STOPPED,
        Prompt.INFUSING: PumpState.DELIVERING,
        Prompt.STALLED: PumpState.STALLED,
        Prompt.TARGET_REACHED: PumpState.STOPPED,
        Prompt.INFUSE_LIMIT: PumpState.EMPTY,
        Prompt.WITHDRAW_LIMIT: PumpState.STOPPED,
    }
)
_ALARMS: Final[Mapping[PumpState, Alarm]] = MappingProxyType(
    {PumpState.STALLED: Alarm.MOTOR_STALL, PumpState.EMPTY: Alarm.EMPTY_RESERVOIR}
)


def read_options(table: Table, roles: Sequence[Role]) -> dict[str, object]:
    """Read ``diameter`` and ``address`` of the bench file's entry, as own keywords.

    Raises:
        ConfigurationError: there is no diameter, or no pump can have the address.
    """
    address = table.integer("address", 0)
    if not 0 <= address <= MAX_ADDRESS:
        raise ConfigurationError(
            f"{table.where}: address is {address}; give 0 to {MAX_ADDRESS}"
        )
    return {"diameter": table.quantity("diameter", "mm"), "address": address}


class HarvardPump(InfusionPump, Bolus):
    """A syringe pump that takes commands; its line has no check value.

    So every setting is read back, and compared, before the pump is started. Rates are
    rounded to nL/h; volumes count in nL, the diameter in µm; nothing is clipped. The
    delivered volume counts on where the pump begins to count anew.

    Args:
        name: what the journal and messages call the pump.
        port: its line, journalled.
        clock: bench time.
        recorder: where intents, repetitions, rejections and alarms are written.
        timeout_ns: how long one answer is waited for.
        diameter: inner diameter of the syringe, set before each start; None leaves the
            pump's own.
        address: on a chain of pumps; 0 alone.
    """

    def __init__(
        self,
        name: str,
        port: Tap,
        clock: Clock,
        recorder: Recorder,
        *,
        timeout_ns: int = TIMEOUT_NS,
        diameter: Quantity | None = None,
        address: int = 0,
    ) -> None:
        self._name = name
        self._recorder = recorder
        self._line = HarvardLine(
            name, port, clock, recorder, timeout_ns=timeout_ns, address=address
        )
        self._diameter = diameter
        self._mode = PumpMode.CONTINUOUS
        self._alarms = Alarm.NONE
        self._told_nl = 0
        self._before_nl = 0

    def connect(self) -> None:
        """Have every answer end with XON, and check that such a pump answers.

        Raises:
            InstrumentSilent: nothing answers.
            LinkViolation: what answers is none.
        """
        self._line.begin()
        self._line.ask(Word.POLL_ON)
        self.read_identity()

    def read_identity(self) -> Identity:
        """Ask for model and version; the line does not tell the serial number."""
        reply = self._line.ask(Word.VERSION)
        model, firmware = self._parsed(parse_version, reply)
        return Identity(model, "", firmware)

    def read_status(self) -> PumpReading:
        """Ask for one status report; the rate of a pump that does not run is 0.

        Raises:
            LinkViolation: the answer is none, or the pump withdraws.
        """
        reply, status = self._read_status()
        state = _STATES.get(reply.prompt)
        if state is None or (status.is_withdrawing and state is PumpState.DELIVERING):
            raise LinkViolation(
                f"{self._name} withdraws, which it was not told to: {reply.raw!r}; stop"
                " it at its own keys"
            )
        if status.is_stalled:
            state = PumpState.STALLED
        elif status.is_at_infuse_limit and state is PumpState.STOPPED:
            state = PumpState.EMPTY
        alarms = _ALARMS.get(state, Alarm.NONE)
        self._note(alarms)
        is_running = state is PumpState.DELIVERING
        return PumpReading(
            t_ns=self._line.t_ns,
            uptime_ms=None,
            mode=self._mode if is_running else PumpMode.STOPPED,
            state=state,
            rate_nl_per_h=status.rate_nl_per_h if is_running else 0,
            delivered_nl=self._counted_on(status.volume_nl),
            reservoir_nl=None,
            alarms=alarms,
            battery_mv=None,
        )

    def start_continuous(self, rate: Quantity) -> Quantity:
        """Stop, set diameter and rate, read them back, and run without a target.

        Raises:
            ConfigurationError: the rate is not above 0.
            CommandRefused: the pump does not take it.
            LinkViolation: it understood something else, or does not run.
        """
        rate_nl_per_h = _nearest(rate, "nL/hour", "the rate")
        self._recorder.intent(
            self._name, "start_continuous", rate_nl_per_h=rate_nl_per_h
        )
        self._prepare(rate_nl_per_h)
        self._order(Word.CLEAR_TARGET)
        self._run(PumpMode.CONTINUOUS)
        return ureg.Quantity(rate_nl_per_h, "nL/hour")

    def start_bolus(self, volume: Quantity, duration: Quantity, then: Quantity) -> None:
        """Give ``volume`` at the rate ``volume / duration``, and stop there.

        Raises:
            ConfigurationError: ``then`` is not 0, or the volume no whole number of nL.
            CommandRefused: the pump does not take it.
            LinkViolation: it understood something else, or does not run.
        """
        if magnitude(then, "nL/hour") != 0:
            raise ConfigurationError(
                f"{self._name} stops when a volume is given and cannot run on at"
                f" {then}; let it run on at 0 in the plan"
            )
        volume_nl = _count(volume, "nL", "the volume")
        rate_nl_per_h = _nearest(volume / duration, "nL/hour", "the rate")
        self._recorder.intent(
            self._name, "start_bolus", volume_nl=volume_nl, rate_nl_per_h=rate_nl_per_h
        )
        self._prepare(rate_nl_per_h)
        # What it has counted so far is taken over before it forgets it.
        self.read_status()
        self._order(Word.CLEAR_VOLUME)
        self.read_status()
        self._order(set_target(volume_nl))
        self._require(Word.TARGET, parse_volume, volume_nl)
        self._run(PumpMode.BOLUS)

    def stop(self) -> None:
        """Stop delivery now; again is harmless.

        Raises:
            LinkViolation: the pump answers, and says that it still moves.
        """
        self._recorder.intent(self._name, "stop")
        self._halt()

    def set_safe(self) -> str:
        """Stop the pump, and see that it says so."""
        self.stop()
        return "stopped"

    def close(self) -> None:
        """Release the line."""
        self._line.close()

    def _prepare(self, rate_nl_per_h: int) -> None:
        """Stand still, and have diameter and rate as they are meant."""
        self._halt()
        if self._diameter is not None:
            diameter_um = _count(self._diameter, "um", "the diameter")
            self._order(set_diameter(diameter_um))
            self._require(Word.DIAMETER, parse_diameter, diameter_um)
        self._order(set_rate(rate_nl_per_h))
        self._require(Word.RATE, parse_rate, rate_nl_per_h)

    def _halt(self) -> None:
        self._line.ask(Word.STOP)
        reply, _ = self._read_status()
        if reply.prompt in (Prompt.INFUSING, Prompt.WITHDRAWING):
            raise LinkViolation(
                f"{self._name} was told to stop and answers {reply.raw!r}; stop it by"
                " other means and keep the journal as a finding"
            )

    def _run(self, mode: PumpMode) -> None:
        """Start once, never twice: whether a lost answer means a start is not known."""
        self._mode = mode
        reply = self._order(Word.INFUSE, attempts=1)
        if reply.prompt is not Prompt.INFUSING:
            raise LinkViolation(
                f"{self._name} was told to run and answers {reply.raw!r}; see to pump"
                " and syringe"
            )

    def _require(self, word: Word, parse: Callable[[str], Figure], meant: int) -> None:
        """Read a setting back.

        Raises:
            LinkViolation: it is another.
        """
        reply = self._line.ask(word)
        if not self._parsed(parse, reply).agrees(meant):
            raise LinkViolation(
                f"{self._name} was to have {word} {meant} (nL, nL/h or µm) and reads"
                f" back {reply.raw!r}; nothing was started, choose a value with fewer"
                " digits or keep the journal as a finding"
            )

    def _order(self, command: str, attempts: int = ATTEMPTS) -> Reply:
        """Give a command, which is answered by the prompt alone.

        Raises:
            CommandRefused: the pump has something to say against it.
        """
        reply = self._line.ask(command, attempts)
        if reply.lines:
            raise CommandRefused(
                f"{self._name} does not take `{command}`: {reply.raw!r}; correct the"
                " plan, or the diameter in the bench file",
                command=command.split(" ", maxsplit=1)[0],
                code=reply.lines[0][:60],
            )
        return reply

    def _read_status(self) -> tuple[Reply, Status]:
        reply = self._line.ask(Word.STATUS)
        return reply, self._parsed(parse_status, reply)

    def _parsed(self, parse: Callable[[str], T], reply: Reply) -> T:
        try:
            (line,) = reply.lines
            return parse(line)
        except (RemoteProtocolError, ValueError) as error:
            raise LinkViolation(
                f"{self._name} answers {reply.raw[:80]!r} ({error}); check that `model`"
                " in the bench file is this pump"
            ) from error

    def _note(self, alarms: Alarm) -> None:
        """Journal a stall, or the end of the syringe, when it begins or ends."""
        if alarms != self._alarms:
            self._recorder.alarm(
                self._name,
                active=_names(alarms),
                raised=_names(alarms & ~self._alarms),
                cleared=_names(self._alarms & ~alarms),
            )
            self._alarms = alarms

    def _counted_on(self, told_nl: int) -> int:
        if told_nl < self._told_nl:
            self._before_nl += self._told_nl
        self._told_nl = told_nl
        return self._before_nl + told_nl


def _count(value: Quantity, unit: str, what: str) -> int:
    """Return a value above 0 that is a whole number of a unit.

    Raises:
        ConfigurationError: it is none.
    """
    count = _nearest(value, unit, what)
    if not math.isclose(magnitude(value, unit), count, rel_tol=1e-9):
        raise ConfigurationError(
            f"{what} {value} is no whole number of {unit}, in which the pump is told;"
            " correct the value"
        )
    return count


def _nearest(value: Quantity, unit: str, what: str) -> int:
    """Return the whole number of a unit that is nearest, and above 0.

    Raises:
        ConfigurationError: it is not finite, or not above 0.
    """
    number = magnitude(value, unit)
    if not math.isfinite(number) or round(number) <= 0:
        raise ConfigurationError(
            f"{what} {value} cannot be told to the pump, which is told whole {unit}"
            " above 0; correct the value"
        )
    return round(number)


def _names(alarms: Alarm) -> list[JsonValue]:
    return [str(each.name) for each in alarms]
