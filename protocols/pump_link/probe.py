"""Asking a line for a pump of the link: a session is opened, then it says who it is.

A session commands nothing. It clears what another program has staged and not yet
committed, so a probe has no place beside a run; the port of a run is locked.
"""

from typing import Final

from protocols.probe import Found, Probe
from protocols.pump_link.codec import PayloadError, frame_of, message_of
from protocols.pump_link.frame import BROADCAST_SERIAL, Frame, FrameReader
from protocols.pump_link.replies import Identity
from protocols.pump_link.requests import GetIdentity, OpenSession

# With these numbers neither frame holds a letter, a line's end or an ESC, so that it is
# nothing to an instrument that reads text.
_SESSION: Final = 0x8181_8387
_SEQUENCES: Final = (0, 4)
_OPENED: Final = frame_of(OpenSession(_SESSION), _SEQUENCES[0], BROADCAST_SERIAL)
_WHO: Final = frame_of(GetIdentity(), _SEQUENCES[1], BROADCAST_SERIAL)


def read(answers: tuple[bytes, ...]) -> Found | None:
    """Return which pump has answered; None where none has."""
    for item in FrameReader().feed(answers[-1]):
        if isinstance(item, Frame) and (found := _identity(item)) is not None:
            return Found(found.model, str(found.serial), found.firmware)
    return None


def _identity(frame: Frame) -> Identity | None:
    try:
        message = message_of(frame)
    except PayloadError:
        return None
    return message if isinstance(message, Identity) else None


PROBE: Final = Probe((_OPENED.to_bytes(), _WHO.to_bytes()), read)
