"""Questions as bytes that are ready to be sent: what a floor asks."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle
from typing import Final

from protocols.pump_link.codec import frame_of
from protocols.pump_link.frame import SEQUENCE_MODULO
from protocols.pump_link.requests import GetStatus, OpenSession

STATUS_SIZE: Final = 44
"""Length of the frame that answers GET_STATUS."""

WEIGH: Final = b"SI\r\n"
WEIGHT_SIZE: Final = 18
"""Length of the line that answers it."""

_SERIAL_NUMBER: Final = 10_001


def opening() -> bytes:
    """Return the bytes that open a session, with the sequence number 0."""
    return frame_of(OpenSession(1), 0, _SERIAL_NUMBER).to_bytes()


def status_questions() -> Iterator[bytes]:
    """Return GET_STATUS frames without end, each with the sequence that is due."""
    sequences = [*range(1, SEQUENCE_MODULO), 0]
    frames = [frame_of(GetStatus(), each, _SERIAL_NUMBER) for each in sequences]
    return cycle([frame.to_bytes() for frame in frames])
