"""What the conformance kit must know of the implanted pump's link and of its driver."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from drivers.itb_pump.link import ATTEMPTS, TIMEOUT_NS
from drivers.itb_pump.translation import alarms_of
from harness.conformance.declaring import Sifted, one_of
from harness.conformance.subject import (
    AlarmAnswer,
    Codec,
    Draw,
    Habits,
    Sample,
    Subject,
)
from harness.units import ureg
from protocols.errors import ProtocolError, RemoteProtocolError
from protocols.pump_link.codec import frame_of, message_of
from protocols.pump_link.frame import FRAME_MAX, Frame, FrameReader, Rejection
from protocols.pump_link.messages import Message
from protocols.pump_link.replies import Committed, Nak, Status
from protocols.pump_link.requests import (
    AlarmReceived,
    Commit,
    GetIdentity,
    GetProgram,
    GetStatus,
    OpenSession,
    Stop,
    WriteProgram,
)
from protocols.pump_link.vocabulary import (
    AlarmFlag,
    FieldId,
    NakCode,
    PumpMode,
    PumpState,
)

_SERIAL: Final = 1_000_042
_WORD: Final = (1 << 32) - 1
_ALARM_BITS: Final = 32
_QUESTIONS: Final = (OpenSession, GetIdentity, GetStatus, GetProgram, AlarmReceived)
_CONTINUOUS: Final = PumpMode.CONTINUOUS
_DELIVERING: Final = PumpState.DELIVERING


@dataclass(frozen=True, slots=True)
class Sent:
    """A message with what its frame says besides."""

    message: Message
    sequence: int
    serial: int = _SERIAL


def _message(found: Frame | Rejection) -> Sent | None:
    if isinstance(found, Rejection):
        return None
    try:
        return Sent(message_of(found), found.sequence, found.serial)
    except RemoteProtocolError:
        return None


_READER: Final = partial(Sifted, FrameReader, _message)


def _encode(sent: Sent) -> bytes:
    return frame_of(sent.message, sent.sequence, sent.serial).to_bytes()


def _make(draw: Draw) -> Sent:
    """Make an order or a report with any values."""
    mode = one_of(draw, tuple(PumpMode))
    program = WriteProgram(mode, draw(0, _WORD), draw(0, _WORD), draw(0, _WORD))
    status = Status(
        uptime_ms=draw(0, _WORD),
        mode=mode,
        state=one_of(draw, tuple(PumpState)),
        rate_nl_per_h=draw(0, _WORD),
        delivered_nl=draw(0, (1 << 62) - 1),
        reservoir_nl=draw(0, _WORD),
        alarms=AlarmFlag(draw(0, _WORD)),
        battery_mv=draw(0, (1 << 16) - 1),
    )
    messages: tuple[Message, ...] = (program, status, Commit(draw(0, _WORD)), Stop())
    return Sent(one_of(draw, messages), draw(0, (1 << 16) - 1), draw(0, _WORD))


def _only_asks(data: bytes) -> bool:
    found = _READER().feed(data)
    return bool(found) and all(isinstance(each.message, _QUESTIONS) for each in found)


def _alarm_answers(answer: bytes) -> Sequence[AlarmAnswer]:
    """Set every bit of the alarms in turn, those without a name included."""
    (sent,) = _READER().feed(answer)
    if not isinstance(sent.message, Status):
        return ()
    told = []
    for bit in range(_ALARM_BITS):
        flags = AlarmFlag(1 << bit)
        altered = replace(sent, message=replace(sent.message, alarms=flags))
        name = str(flags.name) if flags in AlarmFlag else f"bit {bit}"
        told.append(AlarmAnswer(name, _encode(altered), alarms_of(flags)))
    return told


def _sample(title: str, sequence: int, message: Message, golden: str) -> Sample:
    return Sample(title, Sent(message, sequence), bytes.fromhex(golden))


_SAMPLES: Final = (
    _sample(
        "The host opens a session",
        0,
        OpenSession(0xC0FFEE01),
        "d5b2 01 01 0000 000f426a 0004 c0ffee01 804aca01",
    ),
    _sample(
        "The host stages 12.5 µL/h",
        2,
        WriteProgram(_CONTINUOUS, 12_500, 0, 0),
        "d5b2 01 04 0002 000f426a 000d 01 000030d4 00000000 00000000 863f763f",
    ),
    _sample(
        "The pump infuses",
        3,
        Committed(2_250, _CONTINUOUS, _DELIVERING, 12_500),
        "d5b2 01 85 0003 000f426a 000a 000008ca 01 01 000030d4 aca3bbc3",
    ),
    _sample(
        "The host asks for the status",
        4,
        GetStatus(),
        "d5b2 01 03 0004 000f426a 0000 3787520f",
    ),
    _sample(
        "One hour later, with a low reservoir",
        4,
        Status(
            uptime_ms=3_602_250,
            mode=_CONTINUOUS,
            state=_DELIVERING,
            rate_nl_per_h=12_500,
            delivered_nl=5_000_012_500,
            reservoir_nl=1_987_500,
            alarms=AlarmFlag.LOW_RESERVOIR,
            battery_mv=2_950,
        ),
        "d5b2 01 83 0004 000f426a 001c 0036f74a 01 01 000030d4 000000012a0622d4"
        " 001e53ac 00000001 0b86 b7004107",
    ),
    _sample(
        "The pump refuses a bolus that is too fast",
        5,
        Nak(
            uptime_ms=3_603_000,
            request=0x04,
            code=NakCode.OUT_OF_RANGE,
            field=FieldId.BOLUS_DURATION_S,
            minimum=180,
            maximum=90_000,
        ),
        "d5b2 01 ff 0005 000f426a 000f 0036fa38 04 04 05 000000b4 00015f90 8b7beccb",
    ),
    _sample(
        "The host stops the pump",
        65_535,
        Stop(),
        "d5b2 01 06 ffff 000f426a 0000 3d227f85",
    ),
)

SUBJECT: Final = Subject(
    codec=Codec(
        samples=_SAMPLES,
        make=_make,
        encode=_encode,
        reader=_READER,
        errors=(ProtocolError,),
        holds_at_most=FRAME_MAX,
        is_checked=True,
    ),
    habits=Habits(
        only_asks=_only_asks,
        gives_up_within=ureg.Quantity((ATTEMPTS + 1) * TIMEOUT_NS, "ns"),
        is_numbered=True,
        rate=ureg.Quantity(200.0, "µL/hour"),
        resolution=ureg.Quantity(1.0, "nL/hour"),
        too_fast=ureg.Quantity(1.0, "L/hour"),
        bolus=(ureg.Quantity(100.0, "µL"), ureg.Quantity(30.0, "minute")),
        alarm_answers=_alarm_answers,
    ),
)
"""The reference pump, for `dosebench conformance --pump dosebench-itb`."""
