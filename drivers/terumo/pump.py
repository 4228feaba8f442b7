"""Data sheet: Terumo TE infusion and syringe pumps, which are only observed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from types import MappingProxyType
from typing import Final

from harness.clock import NS_PER_MS, NS_PER_S, Clock
from harness.errors import InstrumentSilent, LinkViolation, WrongInstrument
from harness.evidence.recorder import Recorder
from harness.evidence.records import JsonValue
from harness.ongoing_count import OngoingCount
from harness.ports.gate import QueryGate
from harness.ports.replaying.tape import Exchange
from harness.ports.tap import Tap
from harness.readings import Alarm, Identity, PumpMode, PumpReading, PumpState
from harness.roles import PumpObserver
from protocols.errors import RemoteProtocolError
from protocols.terumo.frame import Direction, Envelope, FrameReader, Rejection
from protocols.terumo.questions import MODEL, ask_device_id, ask_status
from protocols.terumo.status import (
    Answer,
    Declined,
    OperatingStatus,
    State,
    TerumoAlarm,
    parse_answer,
    parse_question,
)

TIMEOUT_NS: Final = NS_PER_S
"""How long one answer is waited for."""
ATTEMPTS: Final = 3
"""How often a question may meet with silence before the pump counts as silent."""
MOST_ATTEMPTS: Final = 6
"""How often it is sent in all, where what comes is damaged or late."""
FIRST_ATTEMPTS: Final = 2
"""How often the first question of all is sent."""
FIRST_CONTACT_NS: Final = 450 * NS_PER_MS
"""How long the first answer of all is waited for, so that what is no pump of this
family is refused within a second."""
RATE_STEP_NL_PER_H: Final = 10_000
"""The line counts rates in 0.01 mL/h."""

_NL_PER_COUNT: Final = 10_000
_SEQUENCES: Final = 256

MODES: Final[Mapping[State, PumpMode]] = MappingProxyType(
    {
        State.STOP: PumpMode.STOPPED,
        State.START: PumpMode.CONTINUOUS,
        State.STANDBY: PumpMode.STOPPED,
        State.PURGE: PumpMode.PRIMING,
        State.HANDS_ON_BOLUS: PumpMode.BOLUS,
        State.HANDS_FREE_BOLUS: PumpMode.BOLUS,
    }
)
ALARMS: Final[Mapping[TerumoAlarm, Alarm]] = MappingProxyType(
    {
        TerumoAlarm.OCCLUSION: Alarm.OCCLUSION,
        TerumoAlarm.NEARLY_EMPTY: Alarm.LOW_RESERVOIR,
        TerumoAlarm.POWER_FAILURE: Alarm.RESET,
        TerumoAlarm.BATTERY: Alarm.LOW_BATTERY,
        TerumoAlarm.START_REMINDER: Alarm.STOPPED_TOO_LONG,
    }
)
"""What the harness calls an alarm; every other bit is UNRECOGNISED, with a note.

That a power failure has made the pump start anew is assumed: it makes a run doubtful,
never good.
"""


class Terumo(PumpObserver):
    """A pump for patients: it is asked who and how it is, and nothing else.

    A person sets, starts and stops it. Rates and volumes are its claims, in steps of
    0.01 mL/h and 0.01 mL.

    Args:
        name: what the journal and messages call the pump.
        port: its line, journalled, behind the gate that lets only questions pass.
        clock: bench time.
        recorder: where rejections, repetitions and alarms are written.
        timeout_ns: how long one answer is waited for.
    """

    def __init__(
        self,
        name: str,
        port: Tap | QueryGate,
        clock: Clock,
        recorder: Recorder,
        *,
        timeout_ns: int = TIMEOUT_NS,
    ) -> None:
        self._name = name
        self._port = port
        self._clock = clock
        self._recorder = recorder
        self._timeout_ns = timeout_ns
        self._frames = FrameReader()
        self._sequence = 0
        self._device_id = ""
        self._t_ns = 0
        self._bits = TerumoAlarm(0)
        self._count = OngoingCount()
        self._counted_anew_ns: int | None = None

    @property
    def counted_anew_ns(self) -> int | None:
        """Bench time at which its count was last seen to have fallen unasked."""
        return self._counted_anew_ns

    @property
    def rate_step_nl_per_h(self) -> int:
        """The step in which its rate is told, and can be set."""
        return RATE_STEP_NL_PER_H

    def connect(self) -> None:
        """Find out which pump is on the line.

        Raises:
            InstrumentSilent: nothing answers that tells a device id.
        """
        self._device_id = self._read_device_id(FIRST_CONTACT_NS, FIRST_ATTEMPTS)

    def take_up(self, past: Sequence[Exchange]) -> None:
        """Go on with a conversation that another driver has led.

        Args:
            past: exchanges of all ports, in order.
        """
        for exchange in past:
            if exchange.port == self._name:
                self._remember(exchange)

    def read_identity(self) -> Identity:
        """Ask for device id and software; the line does not tell the model."""
        device_id = self._read_device_id(self._timeout_ns)
        status = self._read_status()
        return Identity(MODEL, device_id, f"{status.software:04X}")

    def read_status(self) -> PumpReading:
        """Ask for one status report.

        The rate of a pump that does not deliver is 0, whatever is set. The delivered
        volume counts on where a person has cleared it; what flowed between the last
        report and the clearing is not in it.

        Raises:
            InstrumentSilent: no answer.
            LinkViolation: an answer that is no status.
        """
        status = self._read_status()
        self._note_alarms(status.alarms)
        mode = MODES[status.state]
        is_running = mode is not PumpMode.STOPPED
        return PumpReading(
            t_ns=self._t_ns,
            uptime_ms=None,
            mode=mode,
            state=_state(status),
            rate_nl_per_h=status.rate_10_ul_per_h * _NL_PER_COUNT if is_running else 0,
            delivered_nl=self._counted_on(status.delivered_10_ul * _NL_PER_COUNT),
            reservoir_nl=None,
            alarms=alarms_of(status.alarms),
            battery_mv=None,
        )

    def set_safe(self) -> str:
        """Do nothing: a person stops it."""
        return "only observed"

    def close(self) -> None:
        """Release the line."""
        self._port.close()

    def _read_device_id(self, timeout_ns: int, most: int = MOST_ATTEMPTS) -> str:
        for _ in self._attempts("DEVID", most):
            for envelope in self._replies(ask_device_id(), timeout_ns):
                if envelope.command is None and envelope.device_id:
                    self._t_ns = self._port.settle()
                    return envelope.device_id
                self._reject("a reply that tells no device id", envelope)
        raise self._silence("DEVID")

    def _read_status(self) -> OperatingStatus:
        for _ in self._attempts("STATUS", MOST_ATTEMPTS):
            self._sequence = (self._sequence + 1) % _SEQUENCES
            question = ask_status(self._device_id, self._sequence)
            for envelope in self._replies(question, self._timeout_ns):
                status = self._status_in(envelope)
                if status is not None:
                    self._t_ns = self._port.settle()
                    return status
        raise self._silence("STATUS")

    def _attempts(self, question: str, most: int) -> Iterator[None]:
        """Let it be asked so often; journal each time but the first."""
        silences = 0
        for attempt in range(1, most + 1):
            if attempt > 1:
                self._recorder.retry(self._name, question, attempt, "no answer in time")
            yield
            silences += self._port.is_silent
            if silences == ATTEMPTS:
                break

    def _replies(self, question: bytes, timeout_ns: int) -> Iterator[Envelope]:
        """Ask once, and hand over every undamaged reply that comes in time."""
        # What an earlier question left behind must not count as this one's answer.
        if late := self._frames.reset() + self._port.read_waiting():
            self._recorder.rejection(self._name, "came before it was asked for", late)
        self._port.write(question)
        deadline_ns = self._clock.now_ns() + timeout_ns
        while self._clock.now_ns() < deadline_ns:
            for each in self._frames.feed(self._port.read(deadline_ns)):
                if isinstance(each, Rejection):
                    self._recorder.rejection(self._name, each.reason, each.raw)
                elif each.direction is Direction.REPLY:
                    yield each
                else:
                    self._reject("a question, as of an echo", each)
        self._port.settle()

    def _status_in(self, envelope: Envelope) -> OperatingStatus | None:
        """Return the status that answers the last question; None if it does not.

        Raises:
            WrongInstrument: another pump answers.
            LinkViolation: the pump declines, or sends what is no status.
        """
        if envelope.command is None:
            self._reject("a reply without a status", envelope)
            return None
        if envelope.device_id != self._device_id:
            self._port.settle()
            raise WrongInstrument(
                f"{self._name}: the pump {envelope.device_id} answers, but"
                f" {self._device_id} was asked; connect that one, and start again"
            )
        try:
            told = parse_answer(envelope.command)
        except RemoteProtocolError as error:
            raise self._violation(str(error)) from error
        if told.sequence != self._sequence:
            self._reject("an answer to an earlier question", envelope)
            return None
        if isinstance(told, Declined):
            raise self._violation(f"it declines, {told.result.name}")
        return told.status

    def _remember(self, exchange: Exchange) -> None:
        """Take over the count of questions, and what the pump has told."""
        for sent in FrameReader().feed(exchange.sent):
            if isinstance(sent, Envelope) and sent.command is not None:
                self._sequence = parse_question(sent.command) or 0
        for each in FrameReader().feed(exchange.received):
            if isinstance(each, Rejection) or each.command is None:
                continue
            with suppress(RemoteProtocolError):
                told = parse_answer(each.command)
                if isinstance(told, Answer):
                    self._bits = told.status.alarms
                    self._count.add(told.status.delivered_10_ul * _NL_PER_COUNT)

    def _note_alarms(self, bits: TerumoAlarm) -> None:
        """Journal the alarms, by the pump's own names, where they have changed."""
        if bits != self._bits:
            self._recorder.alarm(
                self._name,
                active=_names(bits),
                raised=_names(bits & ~self._bits),
                cleared=_names(self._bits & ~bits),
            )
            self._bits = bits

    def _counted_on(self, told_nl: int) -> int:
        if self._count.falls_to(told_nl):
            self._counted_anew_ns = self._t_ns
            self._recorder.note(
                f"{self._name}: its delivered volume went from {self._count.told_nl} nL"
                f" back to {told_nl} nL: it was cleared at the pump, and is counted on"
            )
        return self._count.add(told_nl)

    def _reject(self, reason: str, envelope: Envelope) -> None:
        raw = b"" if envelope.command is None else envelope.command
        self._recorder.rejection(self._name, reason, raw)

    def _violation(self, what: str) -> LinkViolation:
        self._port.settle()
        return LinkViolation(
            f"{self._name} was asked for its status: {what}; check that `model` in the"
            " bench file is this pump"
        )

    def _silence(self, question: str) -> InstrumentSilent:
        return InstrumentSilent(
            f"{self._name} did not answer {question}, however often it was asked; check"
            " that it is on, its cable and rack, and that its line settings are those"
            " of the bench file"
        )


def alarms_of(bits: TerumoAlarm) -> Alarm:
    """Return the harness's alarms; a bit without one there is UNRECOGNISED."""
    alarms, left = Alarm.NONE, int(bits)
    while left:
        lowest = left & -left
        alarms |= ALARMS.get(TerumoAlarm(lowest), Alarm.UNRECOGNISED)
        left -= lowest
    return alarms


def _state(status: OperatingStatus) -> PumpState:
    if MODES[status.state] is not PumpMode.STOPPED:
        return PumpState.DELIVERING
    if TerumoAlarm.OCCLUSION in status.alarms:
        return PumpState.OCCLUDED
    return PumpState.STOPPED


def _names(bits: TerumoAlarm) -> list[JsonValue]:
    """Return the name of every bit that is set; one without a name as a number."""
    known = [each for each in TerumoAlarm if each in bits]
    unnamed = int(bits) & ~sum(known)
    names: list[JsonValue] = [str(each.name) for each in known]
    return [*names, f"0x{unnamed:06X}"] if unnamed else names
