"""Asking the pump: repetition, alarms that come unasked, and what is not believed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeVar

from drivers.itb_pump.conversation import standing
from drivers.itb_pump.translation import alarm_names, alarms_of, command_name
from harness.clock import NS_PER_MS, NS_PER_S, Clock
from harness.errors import (
    CommandRefused,
    ConfigurationError,
    InstrumentSilent,
    LinkViolation,
    StaleReport,
)
from harness.evidence.recorder import Recorder
from harness.ports.replaying.tape import Exchange
from harness.ports.tap import Tap
from harness.readings import AlarmEvent
from protocols.errors import LocalProtocolError, RemoteProtocolError
from protocols.pump_link.codec import reply_type
from protocols.pump_link.frame import BROADCAST_SERIAL, Frame, FrameReader, Rejection
from protocols.pump_link.replies import AlarmNotice, Nak, PumpMessage
from protocols.pump_link.requests import GetIdentity, OpenSession, Request
from protocols.pump_link.session import (
    ALARM_REPEAT_MS,
    ALARM_REPEATS_MAX,
    FRAME_GAP_MS,
    HostSession,
    UnaskedAlarm,
)
from protocols.pump_link.vocabulary import FieldId, NakCode

R = TypeVar("R", bound=PumpMessage)

TIMEOUT_NS: Final = NS_PER_S
"""How long one answer is waited for; twice the time that the link allows the pump."""

ATTEMPTS: Final = 3
"""How often the same bytes meet with silence before the pump counts as silent."""

MOST_ATTEMPTS: Final = 6
"""How often they are sent in all, where what comes instead of an answer is damaged."""

FIRST_CONTACT_NS: Final = 475 * NS_PER_MS
"""How long the first answer of all is waited for, so that what is no pump of this link
is refused within a second; a pump that needs all its time answers in the second wait.
"""

FIRST_ATTEMPTS: Final = 2
"""How often the first bytes of all are sent."""

_GAP_NS = FRAME_GAP_MS * NS_PER_MS
_REPEATS_NS = (ALARM_REPEATS_MAX + 1) * ALARM_REPEAT_MS * NS_PER_MS
_UPTIME_MODULO = 1 << 32
_UPTIME_HALF_MS = 1 << 31
_SESSION_MODULO = 1 << 32


class PumpLink:
    """The host's end of the telemetry link, with bytes and time.

    Attributes:
        name: what the journal and messages call the pump.
        t_ns: bench time at which the last exchange was over.
    """

    def __init__(
        self, name: str, port: Tap, clock: Clock, recorder: Recorder, timeout_ns: int
    ) -> None:
        self.name = name
        self.t_ns = 0
        self._port = port
        self._clock = clock
        self._recorder = recorder
        self._timeout_ns = timeout_ns
        # Of the last answer: a message takes no longer one way.
        self._round_trip_ns = 0
        self._is_first = False
        self._reader = FrameReader()
        self._session_id = 0
        self._session = HostSession(BROADCAST_SERIAL, self._session_id)
        self._serial = BROADCAST_SERIAL
        self._is_open = False
        self._last_reply: tuple[int, int] | None = None
        self._events: list[AlarmEvent] = []
        self._last_notice: AlarmNotice | None = None
        self._last_notice_ns = 0

    def connect(self) -> None:
        """Drop what has come, find out which pump answers, open a session with it."""
        self._port.read_waiting()
        self._reader.reset()
        self._serial = BROADCAST_SERIAL
        self._is_first = True
        try:
            self.open_session()
        finally:
            self._is_first = False
        self._serial = self._ask(GetIdentity()).serial
        self.open_session()

    def open_session(self) -> None:
        """Open a new session, which also clears whatever is staged in the pump.

        Its id comes from the last exchange, whose time is in the journal, so that a
        replay finds the same.
        """
        session_id = self.t_ns // NS_PER_MS % _SESSION_MODULO
        if session_id == self._session_id:
            session_id = (session_id + 1) % _SESSION_MODULO
        self._session_id = session_id
        self._session = HostSession(self._serial, session_id)
        self._last_reply = None
        self._ask(OpenSession(session_id))
        self._is_open = True

    def take_up(self, past: Sequence[Exchange]) -> None:
        """Go on with a conversation that another driver has led.

        Args:
            past: exchanges of all ports, in order.
        """
        found = standing(past, self.name)
        self.t_ns = found.t_ns
        self._is_open = found.is_open
        self._session = HostSession(self._serial, self._session_id, found.sequence)
        self._reader.reset()
        self._last_reply = None
        self._last_notice = None
        self._events.clear()

    def ask(self, request: Request[R]) -> R:
        """Send a request and return its reply.

        A pump that had lost its session gets a new one first.

        Raises:
            ConfigurationError: a field does not fit the link; nothing was sent.
            CommandRefused: the pump declined.
            LinkViolation: what it sent breaks the link's rules.
            InstrumentSilent: no answer, however often the request was sent.
        """
        if not self._is_open:
            self._recorder.note(f"{self.name}: a new session is opened")
            self.open_session()
        return self._ask(request)

    def listen(self) -> None:
        """Take in what has come unasked."""
        if not self._port.has_waiting():
            return
        deadline_ns = self._clock.now_ns() + self._timeout_ns
        while self._port.has_waiting() or self._reader.pending:
            late = self._take(self._receive(deadline_ns))
            if late is not None:
                self._recorder.note(f"{self.name}: late and not used: {late}")
            if self._clock.now_ns() >= deadline_ns:
                break
        self._port.settle()

    def take_events(self) -> list[AlarmEvent]:
        """Hand over the alarm messages since the last call."""
        events, self._events = self._events, []
        return events

    def close(self) -> None:
        """Release the port."""
        self._port.close()

    @property
    def _patience_ns(self) -> int:
        """How long the answer to the request in hand is waited for."""
        usual_ns = self._timeout_ns
        return min(usual_ns, FIRST_CONTACT_NS) if self._is_first else usual_ns

    def _ask(self, request: Request[R]) -> R:
        return self._ask_frame(request, self._frame(request))

    def _ask_frame(self, request: Request[R], frame: bytes) -> R:
        """Send a request's frame until it is answered, and return the reply."""
        reply = self._exchange(frame)
        sent, silent = 1, int(self._port.is_silent)
        most = FIRST_ATTEMPTS if self._is_first else MOST_ATTEMPTS
        while reply is None and silent < ATTEMPTS and sent < most:
            sent += 1
            reason = f"no answer within {self._patience_ns / NS_PER_S:g} s"
            self._recorder.retry(self.name, command_name(request), sent, reason)
            reply = self._exchange(frame)
            silent += self._port.is_silent
        if isinstance(reply, reply_type(request)):
            self._require_progress(reply.uptime_ms)
            return reply
        if isinstance(reply, Nak):
            raise self._refused(request, reply)
        raise InstrumentSilent(
            f"{self.name} did not answer {command_name(request)} ({frame.hex()}), sent"
            f" {sent} times; whether it acted is unknown: check power, cable and"
            " telemetry head, then run again"
        )

    def _frame(self, request: Request[PumpMessage]) -> bytes:
        try:
            return self._session.request(request)
        except LocalProtocolError as error:
            raise ConfigurationError(f"{self.name}: {error}") from error

    def _exchange(self, frame: bytes) -> PumpMessage | None:
        """Send bytes and return their reply, None when the time for it is over."""
        began_ns = self._clock.now_ns()
        self._port.write(frame)
        deadline_ns = self._clock.now_ns() + self._patience_ns
        while True:
            reply = self._take(self._receive(deadline_ns))
            if reply is not None or self._clock.now_ns() >= deadline_ns:
                self.t_ns = self._port.settle()
                if reply is not None:
                    self._round_trip_ns = self.t_ns - began_ns
                return reply

    def _receive(self, deadline_ns: int) -> list[Frame | Rejection]:
        """Return what the next bytes complete; a frame cut short is given up."""
        if not self._reader.pending:
            return self._reader.feed(self._port.read(deadline_ns))
        gap_ns = self._clock.now_ns() + _GAP_NS
        data = self._port.read(min(gap_ns, deadline_ns))
        return self._reader.feed(data) if data else self._reader.expire()

    def _take(self, found: list[Frame | Rejection]) -> PumpMessage | None:
        """Serve alarms, journal what is not believed, and return the awaited reply."""
        reply = None
        for item in found:
            if isinstance(item, Rejection):
                self._recorder.rejection(self.name, _reason(item), item.raw)
                continue
            try:
                heard = self._session.match(item)
            except RemoteProtocolError as error:
                raise self._violated(str(error), item) from error
            if isinstance(heard, UnaskedAlarm):
                self._take_alarm(heard)
            elif heard is None:
                reason = f"sequence {item.sequence} answers nothing that is awaited"
                self._recorder.rejection(self.name, reason, item.to_bytes())
            else:
                reply = heard
        return reply

    def _take_alarm(self, alarm: UnaskedAlarm) -> None:
        """Keep what is new, and only then let the pump stop repeating it."""
        self._keep_alarm(alarm.notice)
        self._port.write(alarm.acknowledgement)

    def _keep_alarm(self, notice: AlarmNotice) -> None:
        now_ns = self._clock.now_ns()
        # An equal notice long after cannot be a repetition: the pump has restarted.
        is_recent = now_ns - self._last_notice_ns <= _REPEATS_NS
        if is_recent and notice == self._last_notice:
            return
        self._last_notice, self._last_notice_ns = notice, now_ns
        self._recorder.alarm(
            self.name,
            active=alarm_names(notice.active),
            raised=alarm_names(notice.raised),
            cleared=alarm_names(notice.cleared),
            uptime_ms=notice.uptime_ms,
        )
        self._events.append(
            AlarmEvent(
                t_ns=now_ns,
                uptime_ms=notice.uptime_ms,
                raised=alarms_of(notice.raised),
                cleared=alarms_of(notice.cleared),
                active=alarms_of(notice.active),
                late_ns=self._round_trip_ns,
            )
        )

    def _require_progress(self, uptime_ms: int) -> None:
        """Refuse a reply that tells of the past: in a session, uptime only rises."""
        last, self._last_reply = self._last_reply, (self.t_ns, uptime_ms)
        if last is None:
            return
        rise_ms = (uptime_ms - last[1]) % _UPTIME_MODULO
        if 0 < rise_ms < _UPTIME_HALF_MS:
            return
        passed_ms = (self.t_ns - last[0]) // NS_PER_MS
        # A count of whole milliseconds need not rise within one of them; and when so
        # much time has passed that it may have turned over, a fall means nothing.
        fell = rise_ms != 0 and passed_ms < _UPTIME_HALF_MS // 2
        if fell or (rise_ms == 0 and passed_ms > 1):
            raise StaleReport(
                f"{self.name} sent stale telemetry: its uptime was {last[1]} ms and is"
                f" {uptime_ms} ms, {passed_ms} ms later; nothing it says can be used,"
                " keep the journal as a finding"
            )

    def _refused(self, request: Request[R], nak: Nak) -> CommandRefused:
        if nak.code is NakCode.NO_SESSION:
            self._is_open = False
        field = "" if nak.field is FieldId.NONE else nak.field.name
        allowed = f", allowed {nak.minimum} to {nak.maximum}" if nak.maximum else ""
        return CommandRefused(
            f"{self.name} refused {command_name(request)}:"
            f" {nak.code.name} {field}{allowed} ({nak.code.meaning}); sent {request};"
            " nothing has changed, correct the command",
            command=command_name(request),
            code=nak.code.name,
            field=field,
        )

    def _violated(self, what: str, frame: Frame) -> LinkViolation:
        raw = frame.to_bytes()
        self._recorder.rejection(self.name, what, raw)
        self._port.settle()
        return LinkViolation(f"{self.name}: {what} (frame {raw.hex()})")


def _reason(rejection: Rejection) -> str:
    if rejection.expected_crc is None or rejection.received_crc is None:
        return rejection.reason.value
    return (
        f"{rejection.reason.value}: computed {rejection.expected_crc:08X},"
        f" received {rejection.received_crc:08X}"
    )
