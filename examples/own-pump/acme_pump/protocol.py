"""The language of the Acme Drip 3, as its manual would print it.

A frame is the sync A5, the kind, a number that the answer repeats, the length of the
payload, the payload, and Fletcher's check of all between sync and check. Numbers are
big-endian. A rate counts in 0.001 mL/h, a volume in 0.001 mL.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from enum import IntEnum, IntFlag
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from construct import (
    Checksum,
    Const,
    Construct,
    ConstructError,
    GreedyBytes,
    Int8ub,
    Int16ub,
    Int32ub,
    Prefixed,
    RawCopy,
    Struct,
    Terminated,
    this,
)

from protocols.errors import LocalProtocolError, RemoteProtocolError

RATE_NL_PER_H: Final = 1_000
"""Worth of one count of a rate, 0.001 mL/h."""
VOLUME_NL: Final = 1_000
"""Worth of one count of a volume, 0.001 mL."""
NUMBERS: Final = 256
"""The number after 255 is 0."""
PAYLOAD_MAX: Final = 16
"""No payload is longer, so a reader never waits for more."""
_SYNC: Final = b"\xa5"
_HEADER: Final = 4
_OVERHEAD: Final = 6
FRAME_MAX: Final = _OVERHEAD + PAYLOAD_MAX


class State(IntEnum):
    """What the pump does."""

    STOPPED = 0
    INFUSING = 1
    BOLUS = 2
    HALTED = 3


class Alarms(IntFlag):
    """What is wrong; a bit without a name here stays visible."""

    EMPTY = 1
    OCCLUDED = 2
    MOTOR = 4
    BATTERY = 8
    RESTARTED = 16


class Refusal(IntEnum):
    """Why the pump declines."""

    RATE = 1
    VOLUME = 2


@dataclass(frozen=True, slots=True)
class AskIdentity:
    """Who are you?"""


@dataclass(frozen=True, slots=True)
class AskStatus:
    """What are you doing?"""


@dataclass(frozen=True, slots=True)
class Start:
    """Infuse at a rate, until a volume has been given; 0 is without end."""

    rate: int
    volume: int


@dataclass(frozen=True, slots=True)
class Stop:
    """Stop now; a stop and a start both clear the alarms."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the pump is."""

    serial: int
    major: int
    minor: int


@dataclass(frozen=True, slots=True)
class Status:
    """What the pump does; it answers a start and a stop likewise."""

    state: State
    rate: int
    delivered: int
    alarms: Alarms


@dataclass(frozen=True, slots=True)
class Refused:
    """The pump declines, and has changed nothing."""

    reason: Refusal


Message: TypeAlias = (
    AskIdentity | AskStatus | Start | Stop | Identity | Status | Refused
)


@dataclass(frozen=True, slots=True)
class Numbered:
    """A message with its number."""

    number: int
    message: Message


@dataclass(frozen=True, slots=True)
class Rejected:
    """Bytes that began like a frame and are none."""

    reason: str
    raw: bytes


def fletcher16(data: bytes) -> int:
    """Return Fletcher's checksum of bytes (RFC 1146, appendix, with 8-bit blocks)."""
    low = high = 0
    for byte in data:
        low = (low + byte) % 255
        high = (high + low) % 255
    return high << 8 | low


_FRAME: Final[Construct[Any, Any]] = Struct(
    "sync" / Const(_SYNC),
    "body"
    / RawCopy(
        Struct(
            "kind" / Int8ub,
            "number" / Int8ub,
            "payload" / Prefixed(Int8ub, GreedyBytes),
        )
    ),
    "check" / Checksum(Int16ub, fletcher16, this.body.data),
    Terminated,
)
_STATUS: Final = Struct(
    "state" / Int8ub,
    "rate" / Int32ub,
    "delivered" / Int32ub,
    "alarms" / Int8ub,
    Terminated,
)


@dataclass(frozen=True, slots=True)
class _Kind:
    """How the payload of one kind of message is laid out, and what it becomes."""

    message: type[Message]
    layout: Construct[Any, Any]
    make: Callable[..., Message]


def _status(state: int, rate: int, delivered: int, alarms: int) -> Status:
    return Status(State(state), rate, delivered, Alarms(alarms))


def _refused(reason: int) -> Refused:
    return Refused(Refusal(reason))


_NOTHING: Final = Struct(Terminated)
_IDENTITY: Final = Struct(
    "serial" / Int32ub, "major" / Int8ub, "minor" / Int8ub, Terminated
)
_KINDS: Final[Mapping[int, _Kind]] = MappingProxyType(
    {
        0x01: _Kind(AskIdentity, _NOTHING, AskIdentity),
        0x02: _Kind(AskStatus, _NOTHING, AskStatus),
        0x03: _Kind(
            Start, Struct("rate" / Int32ub, "volume" / Int32ub, Terminated), Start
        ),
        0x04: _Kind(Stop, _NOTHING, Stop),
        0x81: _Kind(Identity, _IDENTITY, Identity),
        0x82: _Kind(Status, _STATUS, _status),
        0xFF: _Kind(Refused, Struct("reason" / Int8ub, Terminated), _refused),
    }
)
_KIND_OF: Final = MappingProxyType({each.message: n for n, each in _KINDS.items()})


def encode(numbered: Numbered) -> bytes:
    """Return the frame of a message.

    Raises:
        LocalProtocolError: a value does not fit its field.
    """
    kind = _KIND_OF[type(numbered.message)]
    try:
        payload = _KINDS[kind].layout.build(asdict(numbered.message))
        body = {"kind": kind, "number": numbered.number, "payload": payload}
        frame: bytes = _FRAME.build({"body": {"value": body}})
    except ConstructError as error:
        raise LocalProtocolError(
            f"{numbered} does not fit its frame ({error}); correct the caller"
        ) from error
    return frame


def decode(frame: bytes) -> Numbered:
    """Return the message of exactly one frame.

    Raises:
        RemoteProtocolError: it is no frame, or says what the manual does not know.
    """
    try:
        body = _FRAME.parse(frame).body.value
        kind = _KINDS[body.kind]
        values = dict(kind.layout.parse(body.payload))
        values.pop("_io", None)
        return Numbered(body.number, kind.make(**values))
    except (ConstructError, KeyError, ValueError) as error:
        raise RemoteProtocolError(
            f"{frame.hex()} is no frame of the Acme Drip 3: {error}; keep the journal"
        ) from error


class Reader:
    """Cuts a stream of bytes into messages, and holds one frame's worth at most.

    After anything that is no frame, the search goes on behind its sync, so that a
    damaged length never swallows the frame that follows.
    """

    def __init__(self) -> None:
        """Start with nothing received."""
        self._held = b""

    @property
    def pending(self) -> int:
        """Number of bytes held because their frame is not complete."""
        return len(self._held)

    def feed(self, data: bytes) -> list[Numbered | Rejected]:
        """Take bytes, and return what they complete, in order."""
        self._held += data
        found: list[Numbered | Rejected] = []
        while (size := self._size()) <= len(self._held):
            frame = self._held[:size]
            try:
                found.append(decode(frame))
                self._held = self._held[size:]
            except RemoteProtocolError as error:
                found.append(Rejected(str(error), frame))
                self._held = self._held[1:]
        return found

    def expire(self) -> list[Numbered | Rejected]:
        """Give up the frame that is cut short, for the line has fallen silent."""
        found: list[Numbered | Rejected] = []
        while self._held:
            found.append(Rejected("the line fell silent within it", self._held))
            rest, self._held = self._held[1:], b""
            found += self.feed(rest)
        return found

    def _size(self) -> int:
        """Drop what is before a sync, and return how long the frame behind it is."""
        start = self._held.find(_SYNC)
        self._held = self._held[start:] if start >= 0 else b""
        if len(self._held) < _HEADER:
            return _OVERHEAD
        # A length that no frame has is rejected as soon as its header is there.
        size = self._held[_HEADER - 1]
        return _OVERHEAD + size if size <= PAYLOAD_MAX else _HEADER
