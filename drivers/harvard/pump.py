"""Data sheet: Harvard PHD ULTRA and KDS Legato syringe pumps on a bench."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import Final, TypeVar

from drivers.harvard.line import MOST_ATTEMPTS, TIMEOUT_NS, HarvardLine
from drivers.harvard.options import nearest, whole
from drivers.harvard.report import read_twice
from harness.clock import Clock
from harness.errors import (
    CommandRefused,
    ConfigurationError,
    InstrumentSilent,
    LinkViolation,
)
from harness.evidence.recorder import Recorder
from harness.evidence.records import JsonValue
from harness.ongoing_count import OngoingCount
from harness.ports.tap import Tap
from harness.readings import Alarm, Identity, PumpMode, PumpReading, PumpState
from harness.roles import Bolus, InfusionPump
from harness.units import Quantity, magnitude, ureg
from protocols.errors import RemoteProtocolError
from protocols.harvard import (
    Figure,
    Prompt,
    Reply,
    Word,
    parse_diameter,
    parse_rate,
    parse_version,
    parse_volume,
    set_diameter,
    set_rate,
    set_target,
)

T = TypeVar("T")

_STOPS: Final = 3

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
        self._count = OngoingCount()
        self._counted_anew_ns: int | None = None

    @property
    def counted_anew_ns(self) -> int | None:
        """Bench time at which its count was last seen to have fallen unasked."""
        return self._counted_anew_ns

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
        """Ask for a status report, twice; the rate of a pump that does not run is 0.

        Raises:
            LinkViolation: the answers are none or do not agree, or the pump withdraws.
        """
        reply, status = read_twice(self._line, self._recorder)
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
        rate_nl_per_h = nearest(rate, "nL/hour", "the rate")
        self._recorder.intent(
            self._name, "start_continuous", rate_nl_per_h=rate_nl_per_h
        )
        self._prepare(rate_nl_per_h)
        self._order(Word.CLEAR_TARGET)
        self._require_no_target()
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
        volume_nl = whole(volume, "nL", "the volume")
        rate_nl_per_h = nearest(volume / duration, "nL/hour", "the rate")
        self._recorder.intent(
            self._name, "start_bolus", volume_nl=volume_nl, rate_nl_per_h=rate_nl_per_h
        )
        self._prepare(rate_nl_per_h)
        # What it has counted so far is taken over before it forgets it.
        self.read_status()
        self._order(Word.CLEAR_VOLUME)
        self._require_no_count()
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
            diameter_um = whole(self._diameter, "um", "the diameter")
            self._order(set_diameter(diameter_um))
            self._require(Word.DIAMETER, parse_diameter, diameter_um)
        self._order(set_rate(rate_nl_per_h))
        self._require(Word.RATE, parse_rate, rate_nl_per_h)

    def _halt(self) -> None:
        self._see_alarm()
        for _ in range(_STOPS):
            # An order whose bytes were damaged is answered too.
            self._line.ask(Word.STOP)
            reply = self._line.ask(Word.STATUS)
            if reply.prompt not in (Prompt.INFUSING, Prompt.WITHDRAWING):
                return
        raise LinkViolation(
            f"{self._name} was told to stop {_STOPS} times and answers {reply.raw!r};"
            " stop it by other means and keep the journal as a finding"
        )

    def _see_alarm(self) -> None:
        """Journal an alarm that the stop would clear; the stop never waits for it."""
        with suppress(InstrumentSilent, LinkViolation):
            if self._line.ask(Word.STATUS, 1).prompt is not Prompt.INFUSING:
                self.read_status()

    def _run(self, mode: PumpMode) -> None:
        """Start once, never twice: whether a lost answer means a start is not known."""
        self._mode = mode
        reply = self._order(Word.INFUSE, most=1)
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

    def _require_no_target(self) -> None:
        """See that the pump, asked for its target, tells none but 0."""
        reply = self._line.ask(Word.TARGET)
        with suppress(RemoteProtocolError):
            if any(parse_volume(line).value for line in reply.lines):
                raise LinkViolation(
                    f"{self._name} was told {Word.CLEAR_TARGET} and still has a target:"
                    f" {reply.raw!r}; nothing was started, clear it at its own keys"
                )

    def _require_no_count(self) -> None:
        """See that the pump has forgotten what it counted; its target begins there."""
        told_nl = read_twice(self._line, self._recorder)[1].volume_nl
        if told_nl:
            raise LinkViolation(
                f"{self._name} was told {Word.CLEAR_VOLUME} and still counts {told_nl}"
                " nL; nothing was started, keep the journal as a finding"
            )
        self._count.add(told_nl)

    def _order(self, command: str, most: int = MOST_ATTEMPTS) -> Reply:
        """Give a command, which is answered by the prompt alone; twice, if it is not.

        Raises:
            CommandRefused: the pump has something to say against it.
        """
        reply = self._line.ask(command, most)
        if reply.lines and most > 1:
            # Bytes of the command may have been damaged.
            self._recorder.retry(self._name, command, 2, "it was not taken")
            reply = self._line.ask(command, most)
        if reply.lines:
            raise CommandRefused(
                f"{self._name} does not take `{command}`: {reply.raw!r}; correct the"
                " plan, or the diameter in the bench file",
                command=command.split(" ", maxsplit=1)[0],
                code=reply.lines[0][:60],
            )
        return reply

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
        if self._count.falls_to(told_nl):
            self._counted_anew_ns = self._line.t_ns
        return self._count.add(told_nl)


def _names(alarms: Alarm) -> list[JsonValue]:
    return [str(each.name) for each in alarms]
