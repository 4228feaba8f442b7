"""The pump's end of the link, without any I/O: no request is acted upon twice."""

from typing import Final

from protocols.errors import LocalProtocolError
from protocols.pump_link.codec import PayloadError, frame_of, message_of, type_of
from protocols.pump_link.frame import BROADCAST_SERIAL, SEQUENCE_MODULO, Frame
from protocols.pump_link.messages import ALARM_NOTICE, ALARM_RECEIVED, REPLY_BIT
from protocols.pump_link.replies import AlarmNotice, Nak, PumpMessage, SessionOpened
from protocols.pump_link.requests import AlarmReceived, OpenSession, Request
from protocols.pump_link.session import BROADCAST_REQUESTS
from protocols.pump_link.vocabulary import FieldId, NakCode

_OPEN_SESSION: Final = type_of(OpenSession)
_BROADCAST_CODES: Final = tuple(map(type_of, BROADCAST_REQUESTS))


class AnswerStore:
    """The pump's memory of the last request and the answer it got."""

    __slots__ = ("_answer", "_request")

    def __init__(self) -> None:
        """Start with nothing stored."""
        self._request: Frame | None = None
        self._answer = b""

    def recall(self, request: Frame) -> bytes | None:
        """Return the stored answer if this very request was the last, else None."""
        return self._answer if request == self._request else None

    def keep(self, request: Frame, answer: bytes) -> None:
        """Store the answer to a request in place of the one before."""
        self._request = request
        self._answer = answer

    def forget(self) -> None:
        """Empty the store, as a new session and a power loss do."""
        self._request = None
        self._answer = b""

    def accepts(self, sequence: int) -> bool:
        """Tell whether a sequence is ahead of the last one by less than half a turn."""
        if self._request is None:
            return True
        ahead = (sequence - self._request.sequence) % SEQUENCE_MODULO
        return 0 < ahead < SEQUENCE_MODULO // 2


class DeviceSession:
    """The pump's end: passes each new request on once, answers the rest itself."""

    __slots__ = ("_alarm_sequence", "_answers", "_open", "_serial", "_waiting")

    def __init__(self, serial: int, answers: AnswerStore | None = None) -> None:
        """Start as after a reset of the pump, without a session."""
        self._serial = serial
        self._answers = AnswerStore() if answers is None else answers
        self._open = False
        self._waiting: Frame | None = None
        self._alarm_sequence = 0

    def receive(
        self, frame: Frame, uptime_ms: int
    ) -> Request[PumpMessage] | AlarmReceived | bytes | None:
        """Take one frame from the line.

        Returns:
            A request to act on and to give to `answer`; an `AlarmReceived`, which has
            no answer; bytes to send at once; or None when the frame is not for us.
        """
        if not self._is_for_us(frame):
            return None
        if frame.type == ALARM_RECEIVED:
            return _alarm_received(frame)
        ready = self._ready_answer(frame, uptime_ms)
        if ready is not None:
            return ready
        self._waiting = frame
        try:
            message = message_of(frame)
        except PayloadError as error:
            return self.answer(_nak(frame, uptime_ms, error))
        return message if isinstance(message, Request) else None

    def answer(self, reply: PumpMessage) -> bytes:
        """Return the bytes that answer the request received last, and store them.

        Raises:
            LocalProtocolError: when no request waits or a field is out of range.
        """
        if self._waiting is None:
            raise LocalProtocolError(
                f"pump link {type(reply).__name__}: no request waits for an answer; "
                "answer each request once"
            )
        answer = frame_of(reply, self._waiting.sequence, self._serial).to_bytes()
        if isinstance(reply, SessionOpened):
            self._answers.forget()
            self._open = True
        self._answers.keep(self._waiting, answer)
        self._waiting = None
        return answer

    def notice(self, message: AlarmNotice) -> tuple[int, bytes]:
        """Return sequence and bytes of a new alarm notice; a repeat sends the same.

        Raises:
            LocalProtocolError: when a field is out of range.
        """
        sequence = self._alarm_sequence
        self._alarm_sequence = (sequence + 1) % SEQUENCE_MODULO
        return sequence, frame_of(message, sequence, self._serial).to_bytes()

    def reset(self) -> None:
        """Lose the session and the stored answer, as by a power loss."""
        self._answers.forget()
        self._open = False
        self._waiting = None
        self._alarm_sequence = 0

    def _is_for_us(self, frame: Frame) -> bool:
        """Tell whether the host speaks to this pump."""
        if frame.type & REPLY_BIT or frame.type == ALARM_NOTICE:
            return False
        if frame.serial == BROADCAST_SERIAL:
            return frame.type in _BROADCAST_CODES
        return frame.serial == self._serial

    def _ready_answer(self, frame: Frame, uptime_ms: int) -> bytes | None:
        """Return the answer to a request that is not to be acted upon, else None."""
        stored = self._answers.recall(frame)
        if stored is not None:
            return stored
        if frame.type == _OPEN_SESSION:
            return None
        if not self._open:
            return self._refusal(frame, uptime_ms, NakCode.NO_SESSION)
        if not self._answers.accepts(frame.sequence):
            return self._refusal(frame, uptime_ms, NakCode.BAD_SEQUENCE)
        return None

    def _refusal(self, frame: Frame, uptime_ms: int, code: NakCode) -> bytes:
        """Return a refusal that leaves the stored answer alone."""
        field = FieldId.SEQUENCE if code is NakCode.BAD_SEQUENCE else FieldId.NONE
        nak = Nak(uptime_ms, frame.type, code, field, 0, 0)
        return frame_of(nak, frame.sequence, self._serial).to_bytes()


def _nak(frame: Frame, uptime_ms: int, error: PayloadError) -> Nak:
    """Return the refusal of a payload."""
    field = FieldId.__members__.get(error.field.upper(), FieldId.NONE)
    return Nak(uptime_ms, frame.type, error.code, field, error.minimum, error.maximum)


def _alarm_received(frame: Frame) -> AlarmReceived | None:
    """Return the host's acknowledgement, None when it is malformed."""
    try:
        message = message_of(frame)
    except PayloadError:
        return None
    return message if isinstance(message, AlarmReceived) else None
