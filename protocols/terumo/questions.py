"""All that can be said to a Terumo pump: who are you, and how are you.

There is no function here, or anywhere in dosebench, that forms a command which would
make such a pump do something. What a pump itself says is formed for its simulation.
"""

from __future__ import annotations

from typing import Final

from protocols.errors import RemoteProtocolError
from protocols.probe import Found, Probe
from protocols.terumo.frame import Direction, Envelope, FrameReader, decode, encode
from protocols.terumo.status import (
    OperatingStatus,
    build_answer,
    build_question,
    parse_question,
)

MODEL: Final = "TERUFUSION TE"
"""The line does not tell which pump of the family answers."""


def ask_device_id() -> bytes:
    """Return the question for the device id."""
    return encode(Envelope(Direction.REQUEST, "", None))


def ask_status(device_id: str, sequence: int) -> bytes:
    """Return the question for the operating status of one pump.

    Raises:
        LocalProtocolError: the device id is not 24 hex digits, or the sequence number
            not 0 to 255.
    """
    return encode(Envelope(Direction.REQUEST, device_id, build_question(sequence)))


def tell_device_id(device_id: str) -> bytes:
    """Return what a pump answers when it is asked who it is."""
    return encode(Envelope(Direction.REPLY, device_id, None))


def tell_status(device_id: str, sequence: int, status: OperatingStatus) -> bytes:
    """Return what a pump answers when it is asked how it is."""
    command = build_answer(sequence, status)
    return encode(Envelope(Direction.REPLY, device_id, command))


def only_asks(data: bytes) -> bool:
    """Tell whether the bytes of one write are one of the two questions, and no more."""
    try:
        envelope = decode(data)
    except RemoteProtocolError:
        return False
    if envelope.direction is not Direction.REQUEST:
        return False
    if envelope.command is None:
        return True
    return parse_question(envelope.command) is not None


def read_probe(answers: tuple[bytes, ...]) -> Found | None:
    """Return which pump has answered the question for the device id, if one has."""
    for each in FrameReader().feed(b"".join(answers)):
        if isinstance(each, Envelope) and each.direction is Direction.REPLY:
            return Found(MODEL, serial=each.device_id) if each.device_id else None
    return None


PROBE: Final = Probe(questions=(ask_device_id(),), read=read_probe)
