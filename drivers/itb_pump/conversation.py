"""Where a conversation with the pump stands, as its bytes tell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from harness.ports.replaying.tape import Exchange
from protocols.pump_link.codec import PayloadError, message_of, type_of
from protocols.pump_link.frame import SEQUENCE_MODULO, Frame, FrameReader
from protocols.pump_link.messages import ALARM_NOTICE, ALARM_RECEIVED
from protocols.pump_link.replies import Nak
from protocols.pump_link.requests import OpenSession
from protocols.pump_link.vocabulary import NakCode

_OPEN_SESSION: Final = type_of(OpenSession)
# A frame of the past is repeated soon, or never.
_RECENT: Final = 16


@dataclass(frozen=True, slots=True)
class Standing:
    """What the host's end must know to go on.

    Attributes:
        sequence: of the next request.
        is_open: whether the pump still has the session.
        t_ns: bench time at which the last exchange was over, ns.
    """

    sequence: int = 0
    is_open: bool = False
    t_ns: int = 0


def standing(past: Iterable[Exchange], port: str) -> Standing:
    """Say where the conversation on a port stands.

    Args:
        past: exchanges of all ports, in order.
        port: name of the pump's port.
    """
    found = Standing()
    for exchange in [each for each in past if each.port == port][-_RECENT:]:
        asked = [f for f in _frames(exchange.sent) if f.type != ALARM_RECEIVED]
        heard = [f for f in _frames(exchange.received) if f.type != ALARM_NOTICE]
        found = Standing(
            sequence=_next_sequence(found.sequence, asked),
            is_open=not _is_refused(heard) if heard else found.is_open,
            t_ns=exchange.t_ns if asked or heard else found.t_ns,
        )
    return found


def _next_sequence(sequence: int, asked: Sequence[Frame]) -> int:
    for frame in asked:
        following = (frame.sequence + 1) % SEQUENCE_MODULO
        ahead = (following - sequence) % SEQUENCE_MODULO
        if frame.type == _OPEN_SESSION or ahead < SEQUENCE_MODULO // 2:
            sequence = following
    return sequence


def _is_refused(heard: Sequence[Frame]) -> bool:
    """Tell whether the pump has last said that it has no session."""
    try:
        last = message_of(heard[-1])
    except PayloadError:
        return False
    return isinstance(last, Nak) and last.code is NakCode.NO_SESSION


def _frames(data: bytes) -> list[Frame]:
    return [each for each in FrameReader().feed(data) if isinstance(each, Frame)]
