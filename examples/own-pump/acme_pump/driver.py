"""The Acme Drip 3 as an instrument of the bench: it reads like the pump's manual."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from acme_pump import protocol
from acme_pump.protocol import Alarms, Numbered, State
from harness.clock import NS_PER_MS, Clock
from harness.errors import (
    CommandRefused,
    ConfigurationError,
    InstrumentSilent,
    LinkViolation,
)
from harness.evidence.recorder import Recorder
from harness.ports.tap import Tap
from harness.readings import Alarm, Identity, PumpMode, PumpReading, PumpState
from harness.roles import Bolus, InfusionPump
from harness.units import Quantity, magnitude, ureg
from protocols.errors import LocalProtocolError

TIMEOUT_NS: Final = 300 * NS_PER_MS
"""The manual promises an answer within 100 ms."""
ATTEMPTS: Final = 3
"""How often the same bytes are sent; the pump takes a repetition for the same order."""
_GAP_NS: Final = 50 * NS_PER_MS
"""A line that is silent for so long is not within a frame."""
_NO_LIMIT: Final = 0

_MODES: Final[Mapping[State, PumpMode]] = MappingProxyType(
    {
        State.STOPPED: PumpMode.STOPPED,
        State.INFUSING: PumpMode.CONTINUOUS,
        State.BOLUS: PumpMode.BOLUS,
        State.HALTED: PumpMode.STOPPED,
    }
)
_ALARMS: Final[Mapping[Alarms, Alarm]] = MappingProxyType(
    {
        Alarms.EMPTY: Alarm.EMPTY_RESERVOIR,
        Alarms.OCCLUDED: Alarm.OCCLUSION,
        Alarms.MOTOR: Alarm.MOTOR_STALL,
        Alarms.BATTERY: Alarm.LOW_BATTERY,
        Alarms.RESTARTED: Alarm.RESET,
    }
)


class AcmeDrip(InfusionPump, Bolus):
    """One Acme Drip 3.

    Args:
        name: what the journal and messages call the pump.
        port: its line, journalled.
        clock: bench time.
        recorder: where intents, retries and rejections are written.
    """

    def __init__(self, name: str, port: Tap, clock: Clock, recorder: Recorder) -> None:
        """Send nothing yet."""
        self._name = name
        self._port = port
        self._clock = clock
        self._recorder = recorder
        self._reader = protocol.Reader()
        self._number = 0
        self._t_ns = 0

    def connect(self) -> None:
        """Drop what has come; the pump needs no session."""
        self._port.read_waiting()
        self._reader = protocol.Reader()

    def read_identity(self) -> Identity:
        """Ask who the pump is."""
        answer = self._ask(protocol.AskIdentity())
        if not isinstance(answer, protocol.Identity):
            raise self._unexpected(answer)
        firmware = f"{answer.major}.{answer.minor}"
        return Identity("Acme Drip 3", str(answer.serial), firmware)

    def read_status(self) -> PumpReading:
        """Ask for one status report; the pump tells neither uptime nor content."""
        status = self._status(protocol.AskStatus())
        return PumpReading(
            t_ns=self._t_ns,
            uptime_ms=None,
            mode=_MODES[status.state],
            state=_state_of(status),
            rate_nl_per_h=status.rate * protocol.RATE_NL_PER_H,
            delivered_nl=status.delivered * protocol.VOLUME_NL,
            reservoir_nl=None,
            alarms=_alarms_of(status.alarms),
            battery_mv=None,
        )

    def start_continuous(self, rate: Quantity) -> Quantity:
        """Run at the nearest 0.001 mL/h.

        Raises:
            ConfigurationError: the rate is none that can be told to the pump.
            CommandRefused: it cannot run it.
            LinkViolation: it runs something else.
        """
        count = _counts(rate, "mL/hour", protocol.RATE_NL_PER_H, "the rate")
        self._start("start_continuous", count, _NO_LIMIT, State.INFUSING)
        return ureg.Quantity(count * protocol.RATE_NL_PER_H, "nL/hour")

    def start_bolus(self, volume: Quantity, duration: Quantity, then: Quantity) -> None:
        """Give a volume at the nearest rate, and stop.

        Raises:
            ConfigurationError: the pump cannot be told so, or is to run on afterwards.
            CommandRefused: it cannot give it.
            LinkViolation: it does something else.
        """
        if magnitude(then, "mL/hour") != 0.0:
            raise ConfigurationError(
                f"{self._name} stops behind a bolus and cannot run on at {then}; plan a"
                " bolus with the rate 0 behind it"
            )
        if magnitude(duration, "s") <= 0.0:
            raise ConfigurationError(
                f"{self._name}: a bolus cannot take {duration}; give a time above 0"
            )
        count = _counts(volume, "mL", protocol.VOLUME_NL, "the volume")
        rate = _counts(
            volume / duration, "mL/hour", protocol.RATE_NL_PER_H, "the bolus's rate"
        )
        self._start("start_bolus", rate, count, State.BOLUS)

    def stop(self) -> None:
        """Stop delivery now; again is harmless.

        Raises:
            LinkViolation: the pump says that it has not stopped.
        """
        self._recorder.intent(self._name, "stop")
        status = self._status(protocol.Stop())
        if status.state is not State.STOPPED:
            raise LinkViolation(
                f"{self._name} was told to stop and answers {status}; stop it at its"
                " keys, and keep the journal as a finding"
            )

    def set_safe(self) -> str:
        """Stop the pump."""
        self.stop()
        return "stopped"

    def close(self) -> None:
        """Release the line."""
        self._port.close()

    def _start(self, command: str, rate: int, volume: int, state: State) -> None:
        """Journal an order on disk, send it, and compare what the pump makes of it."""
        self._recorder.intent(
            self._name,
            command,
            rate_nl_per_h=rate * protocol.RATE_NL_PER_H,
            volume_nl=volume * protocol.VOLUME_NL,
        )
        told = self._status(protocol.Start(rate, volume))
        if (told.state, told.rate) != (state, rate):
            raise LinkViolation(
                f"{self._name} was told to run {rate} x 0.001 mL/h and answers {told};"
                " stop it and keep the journal as a finding"
            )

    def _status(self, request: protocol.Message) -> protocol.Status:
        answer = self._ask(request)
        if isinstance(answer, protocol.Refused):
            raise CommandRefused(
                f"{self._name} declines {request}: {answer.reason.name}; plan what it"
                " can do",
                command=type(request).__name__,
                code=answer.reason.name,
            )
        if not isinstance(answer, protocol.Status):
            raise self._unexpected(answer)
        return answer

    def _ask(self, request: protocol.Message) -> protocol.Message:
        """Send a request under a new number until it is answered under that number."""
        self._number = (self._number + 1) % protocol.NUMBERS
        try:
            frame = protocol.encode(Numbered(self._number, request))
        except LocalProtocolError as error:
            raise ConfigurationError(f"{self._name}: {error}") from error
        command = type(request).__name__
        for attempt in range(1, ATTEMPTS + 1):
            if attempt > 1:
                self._recorder.retry(self._name, command, attempt, "no answer")
            answer = self._exchange(frame)
            if answer is not None:
                return answer
        raise InstrumentSilent(
            f"{self._name} did not answer {command} ({frame.hex()}), sent {ATTEMPTS}"
            " times; whether it acted is unknown: check power and cable, and run again"
        )

    def _exchange(self, frame: bytes) -> protocol.Message | None:
        self._port.write(frame)
        deadline_ns = self._clock.now_ns() + TIMEOUT_NS
        answer = None
        while answer is None and self._clock.now_ns() < deadline_ns:
            answer = self._take(self._receive(deadline_ns))
        self._t_ns = self._port.settle()
        return answer

    def _receive(self, deadline_ns: int) -> list[Numbered | protocol.Rejected]:
        """Return what the next bytes complete; a frame cut short is given up."""
        if not self._reader.pending:
            return self._reader.feed(self._port.read(deadline_ns))
        data = self._port.read(min(self._clock.now_ns() + _GAP_NS, deadline_ns))
        return self._reader.feed(data) if data else self._reader.expire()

    def _take(
        self, found: list[Numbered | protocol.Rejected]
    ) -> protocol.Message | None:
        """Journal what is not believed, and return the answer that is awaited."""
        answer = None
        for each in found:
            if isinstance(each, protocol.Rejected):
                self._recorder.rejection(self._name, each.reason, each.raw)
            elif each.number != self._number:
                reason = f"number {each.number} answers nothing that is awaited"
                self._recorder.rejection(self._name, reason, protocol.encode(each))
            elif answer is None:
                answer = each.message
        return answer

    def _unexpected(self, answer: protocol.Message) -> LinkViolation:
        return LinkViolation(
            f"{self._name} answers {answer}, which is no answer to what was asked; keep"
            " the journal as a finding"
        )


def _state_of(status: protocol.Status) -> PumpState:
    if status.state is State.STOPPED:
        return PumpState.STOPPED
    if status.state is not State.HALTED:
        return PumpState.DELIVERING
    if Alarms.EMPTY in status.alarms:
        return PumpState.EMPTY
    blocked = Alarms.OCCLUDED in status.alarms
    return PumpState.OCCLUDED if blocked else PumpState.STALLED


def _alarms_of(flags: Alarms) -> Alarm:
    """Return the harness's alarms; a bit without a name is UNRECOGNISED."""
    found = Alarm.NONE
    for flag, alarm in _ALARMS.items():
        if flag in flags:
            found |= alarm
    unnamed = int(flags) & ~sum(map(int, _ALARMS))
    return found | Alarm.UNRECOGNISED if unnamed else found


def _counts(value: Quantity, unit: str, count_nl: int, what: str) -> int:
    """Return a value in whole counts of the pump.

    Args:
        value: a volume, or a volume per time.
        unit: millilitres, or millilitres per time.
        count_nl: worth of one count in nanolitres, or nanolitres per that time.
        what: for the message.

    Raises:
        ConfigurationError: it is not above 0, not finite, or less than one count.
    """
    number = magnitude(value, unit) * 1e6 / count_nl
    if not math.isfinite(number) or round(number) <= 0:
        raise ConfigurationError(
            f"{what} {value} cannot be told to the pump, which counts in"
            f" {count_nl / 1e6:g} {unit}; correct the value"
        )
    return round(number)
