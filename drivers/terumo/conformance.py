"""What the conformance kit must know of the Terumo pumps: their codec alone.

The driver only observes, so none of the checks of a driver that commands is made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from harness.conformance.declaring import Sifted, one_of
from harness.conformance.subject import Codec, Draw, Sample, Subject
from protocols.errors import ProtocolError, RemoteProtocolError
from protocols.terumo.frame import (
    MAX_FRAME_BYTES,
    Direction,
    Envelope,
    FrameReader,
    Rejection,
    encode,
)
from protocols.terumo.questions import ask_device_id, ask_status, tell_status
from protocols.terumo.status import (
    Answer,
    OperatingStatus,
    State,
    TerumoAlarm,
    parse_answer,
    parse_question,
)

_DEVICE: Final = "000100700000001201000001"
_DEVICES: Final = 10**9
_BYTE: Final = (1 << 8) - 1
_TWO: Final = (1 << 16) - 1
_THREE: Final = (1 << 24) - 1


@dataclass(frozen=True, slots=True)
class AskDevice:
    """Who are you?"""


@dataclass(frozen=True, slots=True)
class TellDevice:
    """It is me."""

    device_id: str


@dataclass(frozen=True, slots=True)
class AskStatus:
    """How are you?"""

    device_id: str
    sequence: int


@dataclass(frozen=True, slots=True)
class TellStatus:
    """So I am."""

    device_id: str
    answer: Answer


Message = AskDevice | TellDevice | AskStatus | TellStatus


class _Reader(FrameReader):
    """A new frame ends the one before it, so nothing is held back behind one."""

    def expire(self) -> Sequence[Envelope]:
        self.reset()
        return ()


def _message(found: Envelope | Rejection) -> Message | None:
    if isinstance(found, Rejection):
        return None
    device_id, command = found.device_id, found.command
    is_reply = found.direction is Direction.REPLY
    if command is None:
        return TellDevice(device_id) if is_reply else AskDevice()
    if not is_reply:
        sequence = parse_question(command)
        return None if sequence is None else AskStatus(device_id, sequence)
    try:
        answer = parse_answer(command)
    except RemoteProtocolError:
        return None
    return TellStatus(device_id, answer) if isinstance(answer, Answer) else None


def _encode(message: Message) -> bytes:
    if isinstance(message, AskDevice):
        return ask_device_id()
    if isinstance(message, TellDevice):
        return encode(Envelope(Direction.REPLY, message.device_id, None))
    if isinstance(message, AskStatus):
        return ask_status(message.device_id, message.sequence)
    answer = message.answer
    return tell_status(message.device_id, answer.sequence, answer.status)


def _make(draw: Draw) -> Message:
    device_id, sequence = f"{draw(0, _DEVICES):024X}", draw(0, _BYTE)
    state = one_of(draw, tuple(State))
    status = OperatingStatus(
        software=draw(0, _TWO),
        state=state,
        state_byte=state | draw(0, 15) << 4,
        alarms=TerumoAlarm(draw(0, _THREE)),
        power=draw(0, _BYTE),
        monitor=draw(0, _BYTE),
        syringe=draw(0, _BYTE),
        rate_10_ul_per_h=draw(0, _THREE),
        delivered_10_ul=draw(0, _THREE),
        vtbi_100_ul=draw(0, _THREE),
        dose_rate_hundredths=draw(0, _THREE),
        dose_unit=draw(0, _BYTE),
        weight_100_g=draw(0, _TWO),
        dilution_hundredths=draw(0, _THREE),
        reserved=bytes([draw(0, _BYTE), draw(0, _BYTE)]),
    )
    messages: tuple[Message, ...] = (
        AskDevice(),
        TellDevice(device_id),
        AskStatus(device_id, sequence),
        TellStatus(device_id, Answer(sequence, status)),
    )
    return one_of(draw, messages)


def _sample(title: str, message: Message, tag: str, inner: str, check: str) -> Sample:
    xml = f'<?xml version="1.0"?><{tag}>{inner}</{tag}>'
    return Sample(title, message, f"\x02{xml}{check}\x03".encode("ascii"))


# The first three are printed in the manual with their check value. The status is put
# together by hand from the manual's table, its check value is another library's.
_SAMPLES: Final = (
    _sample("who are you", AskDevice(), "REQ", "<DEVID></DEVID>", "8411"),
    _sample(
        "the device id",
        TellDevice(_DEVICE),
        "REP",
        f"<DEVID>{_DEVICE}</DEVID>",
        "D38C",
    ),
    _sample(
        "how are you",
        AskStatus(_DEVICE, 1),
        "REQ",
        f"<DEVID>{_DEVICE}</DEVID><CMD>AQEAAA==</CMD>",
        "A9A4",
    ),
    _sample(
        "2.5 mL/h, 1.23 mL so far, nearly empty",
        TellStatus(
            _DEVICE,
            Answer(
                1,
                OperatingStatus(
                    software=0x0102,
                    state=State.START,
                    state_byte=1,
                    alarms=TerumoAlarm.NEARLY_EMPTY,
                    power=1,
                    monitor=2,
                    syringe=6,
                    rate_10_ul_per_h=250,
                    delivered_10_ul=123,
                    dose_unit=8,
                    weight_100_g=700,
                ),
            ),
        ),
        "REP",
        f"<DEVID>{_DEVICE}</DEVID>"
        "<CMD>AQEAAAABAgEAAAABAAECBgAA+gAAe+7u7gAAAAgCvAAAAA==</CMD>",
        "6ED0",
    ),
)

SUBJECT: Final = Subject(
    codec=Codec(
        samples=_SAMPLES,
        make=_make,
        encode=_encode,
        reader=partial(Sifted, _Reader, _message),
        errors=(ProtocolError,),
        holds_at_most=MAX_FRAME_BYTES,
        is_checked=True,
    )
)
"""The kit tries no driver here, for none may command such a pump."""
