"""Who may say what, and when; and the host's end of the link, without any I/O.

The owner moves the bytes and knows the time. A request that got no answer is sent again
as the very same bytes, and the pump answers it again without acting again.
"""

from dataclasses import dataclass
from typing import Final

from protocols.errors import LocalProtocolError
from protocols.pump_link.codec import frame_of, message_of
from protocols.pump_link.frame import (
    BROADCAST_SERIAL,
    SEQUENCE_MODULO,
    Frame,
    FrameReader,
)
from protocols.pump_link.messages import ALARM_NOTICE, NAK, REPLY_BIT
from protocols.pump_link.replies import AlarmNotice, Nak, PumpMessage, SessionOpened
from protocols.pump_link.requests import (
    AlarmReceived,
    GetIdentity,
    OpenSession,
    Request,
)

ANSWER_WITHIN_MS: Final = 500
"""A pump answers within this time; after it the host sends the same bytes again."""

FRAME_GAP_MS: Final = 100
"""A frame whose next byte is later than this is abandoned."""

STAGING_LIFETIME_MS: Final = 30_000
"""Staged programming that is not committed for so long is dropped."""

COMMIT_AT_MAX_S: Final = 30 * 86_400
"""A program is committed for a time at most so far ahead."""

ALARM_REPEAT_MS: Final = 5_000
"""Time after which an unanswered alarm notice is sent again."""

ALARM_REPEATS_MAX: Final = 3
"""How often an unanswered alarm notice is sent again."""

BROADCAST_REQUESTS: Final = (OpenSession, GetIdentity)


@dataclass(frozen=True, slots=True)
class UnaskedAlarm:
    """An alarm notice that the host received.

    Attributes:
        notice: what the pump says.
        repeated: whether the same frame had been received just before.
        acknowledgement: bytes to send so that the pump stops repeating it.
    """

    notice: AlarmNotice
    repeated: bool
    acknowledgement: bytes


class HostSession:
    """The host's end: one request at a time, matched with its reply.

    Attributes:
        stale: frames received so far that answer nothing we are waiting for.
    """

    __slots__ = (
        "_last_alarm",
        "_outstanding",
        "_sequence",
        "_serial",
        "_session_id",
        "stale",
    )

    def __init__(self, serial: int, session_id: int, sequence: int = 0) -> None:
        """Start unopened.

        Args:
            serial: serial number of the pump, or `BROADCAST_SERIAL` to find out which
                pump answers.
            session_id: a number that differs from the session before.
            sequence: of the first request; above 0 where a session is taken up.
        """
        self._serial = serial
        self._session_id = session_id
        self._sequence = sequence
        self._outstanding: Frame | None = None
        self._last_alarm: Frame | None = None
        self.stale = 0

    def retransmission(self) -> bytes | None:
        """Return the bytes of the request without reply, to be sent again as is."""
        return self._outstanding.to_bytes() if self._outstanding else None

    def open(self) -> bytes:
        """Return the bytes of the request that opens this session.

        Drop first what was received before, so that no old reply can pass for a new.
        """
        return self.request(OpenSession(self._session_id))

    def request(self, message: Request[PumpMessage]) -> bytes:
        """Return the bytes of a new request; an unanswered one is given up.

        Raises:
            LocalProtocolError: when a field is out of range, or when the message may
                not be sent to the broadcast serial.
        """
        if self._serial == BROADCAST_SERIAL and not isinstance(
            message, BROADCAST_REQUESTS
        ):
            raise LocalProtocolError(
                f"pump link {type(message).__name__} to serial {BROADCAST_SERIAL}: "
                "only OpenSession and GetIdentity may address any pump; read the "
                "serial number from the reply and open a session with it"
            )
        frame = frame_of(message, self._sequence, self._serial)
        self._sequence = (self._sequence + 1) % SEQUENCE_MODULO
        self._outstanding = frame
        return frame.to_bytes()

    def repeat(self, request: bytes) -> None:
        """Await the answer to an earlier request once more, whose bytes go out again.

        No sound host sends again what was answered; a test of the pump does.

        Raises:
            LocalProtocolError: when the bytes are not one whole frame.
        """
        found = FrameReader().feed(request)
        if len(found) != 1 or not isinstance(found[0], Frame):
            raise LocalProtocolError(
                f"pump link repetition of {request.hex()}: not the bytes of one frame; "
                "repeat what `request` returned"
            )
        self._outstanding = found[0]

    def match(self, frame: Frame) -> PumpMessage | UnaskedAlarm | None:
        """Return what a received frame says to us, None when it is stale.

        A reply has the serial number and sequence of the outstanding request and its
        type with `REPLY_BIT`, or is a `Nak` that names its type; the one that opens a
        session echoes its id.

        Raises:
            PayloadError: when the frame is for us and breaks its layout.
        """
        heard = self._hear(frame)
        if heard is None:
            self.stale += 1
        return heard

    def _hear(self, frame: Frame) -> PumpMessage | UnaskedAlarm | None:
        """Return what `match` does, without counting."""
        if self._serial not in (BROADCAST_SERIAL, frame.serial):
            return None
        if frame.type == ALARM_NOTICE:
            return self._unasked(frame)
        asked = self._outstanding
        if asked is None or not _may_answer(frame, asked):
            return None
        reply = message_of(frame)
        if isinstance(reply, Nak) and reply.request != asked.type:
            return None
        if isinstance(reply, SessionOpened) and reply.session_id != self._session_id:
            return None
        self._outstanding = None
        return reply if isinstance(reply, PumpMessage) else None

    def _unasked(self, frame: Frame) -> UnaskedAlarm | None:
        """Return the notice with the bytes that acknowledge it."""
        notice = message_of(frame)
        if not isinstance(notice, AlarmNotice):
            return None
        received = AlarmReceived(frame.sequence)
        answer = frame_of(received, frame.sequence, frame.serial).to_bytes()
        repeated = frame == self._last_alarm
        self._last_alarm = frame
        return UnaskedAlarm(notice, repeated, answer)


def _may_answer(frame: Frame, asked: Frame) -> bool:
    """Tell whether a frame has the header of a reply to a request."""
    reply_types = (asked.type | REPLY_BIT, NAK)
    return frame.sequence == asked.sequence and frame.type in reply_types
