"""What the conformance kit must know of the Acme Drip 3."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from acme_pump import protocol
from acme_pump.driver import ATTEMPTS, TIMEOUT_NS
from acme_pump.protocol import Alarms, Numbered, Refusal, Rejected, State
from harness.conformance.declaring import Sifted, one_of
from harness.conformance.subject import (
    AlarmAnswer,
    Codec,
    Draw,
    Habits,
    Sample,
    Subject,
)
from harness.readings import Alarm
from harness.units import ureg
from protocols.errors import ProtocolError

_WORD: Final = (1 << 32) - 1
_ALARMS: Final = (
    ("EMPTY", 0x01, Alarm.EMPTY_RESERVOIR),
    ("OCCLUDED", 0x02, Alarm.OCCLUSION),
    ("MOTOR", 0x04, Alarm.MOTOR_STALL),
    ("BATTERY", 0x08, Alarm.LOW_BATTERY),
    ("RESTARTED", 0x10, Alarm.RESET),
    ("a bit that the manual does not know", 0x40, Alarm.UNRECOGNISED),
)


def _message(found: Numbered | Rejected) -> Numbered | None:
    return found if isinstance(found, Numbered) else None


_READER: Final = partial(Sifted, protocol.Reader, _message)


def _make(draw: Draw) -> Numbered:
    messages: tuple[protocol.Message, ...] = (
        protocol.AskIdentity(),
        protocol.AskStatus(),
        protocol.Start(draw(0, _WORD), draw(0, _WORD)),
        protocol.Stop(),
        protocol.Identity(draw(0, _WORD), draw(0, 255), draw(0, 255)),
        protocol.Status(
            State(draw(0, 3)), draw(0, _WORD), draw(0, _WORD), Alarms(draw(0, 255))
        ),
        protocol.Refused(Refusal(draw(1, 2))),
    )
    return Numbered(draw(0, 255), one_of(draw, messages))


def _only_asks(data: bytes) -> bool:
    questions = (protocol.AskIdentity, protocol.AskStatus)
    found = _READER().feed(data)
    return bool(found) and all(isinstance(each.message, questions) for each in found)


def _alarm_answers(answer: bytes) -> Sequence[AlarmAnswer]:
    (found,) = _READER().feed(answer)
    status = found.message
    if not isinstance(status, protocol.Status):
        return ()
    return [
        AlarmAnswer(
            name,
            protocol.encode(
                replace(found, message=replace(status, alarms=Alarms(bit)))
            ),
            expected,
        )
        for name, bit, expected in _ALARMS
    ]


def _sample(title: str, message: protocol.Message, golden: str) -> Sample:
    return Sample(title, Numbered(7, message), bytes.fromhex(golden))


# The bytes are the manual's, typed from its pages.
_SAMPLES: Final = (
    _sample("who are you", protocol.AskIdentity(), "a5 01 07 00 1108"),
    _sample("what are you doing", protocol.AskStatus(), "a5 02 07 00 1409"),
    _sample(
        "infuse 5 mL/h",
        protocol.Start(5000, 0),
        "a5 03 07 08 00001388 00000000 ccad",
    ),
    _sample(
        "give 2 mL at 10 mL/h",
        protocol.Start(10_000, 2000),
        "a5 03 07 08 00002710 000007d0 c921",
    ),
    _sample("stop", protocol.Stop(), "a5 04 07 00 1a0b"),
    _sample(
        "serial number 3000017, firmware 3.1",
        protocol.Identity(3_000_017, 3, 1),
        "a5 81 07 06 002dc6d1 03 01 6958",
    ),
    _sample(
        "infusing 5 mL/h, 1.25 mL so far, battery low",
        protocol.Status(State.INFUSING, 5000, 1250, Alarms.BATTERY),
        "a5 82 07 0a 01 00001388 000004e2 08 001f",
    ),
    _sample(
        "the rate is refused", protocol.Refused(Refusal.RATE), "a5 ff 07 01 01 1809"
    ),
)

SUBJECT: Final = Subject(
    codec=Codec(
        samples=_SAMPLES,
        make=_make,
        encode=protocol.encode,
        reader=_READER,
        errors=(ProtocolError,),
        holds_at_most=protocol.FRAME_MAX,
        is_checked=True,
    ),
    habits=Habits(
        only_asks=_only_asks,
        gives_up_within=ureg.Quantity((ATTEMPTS + 1) * TIMEOUT_NS, "ns"),
        is_numbered=True,
        rate=ureg.Quantity(5.0, "mL/hour"),
        resolution=ureg.Quantity(0.001, "mL/hour"),
        too_fast=ureg.Quantity(1.0, "L/hour"),
        bolus=(ureg.Quantity(2.0, "mL"), ureg.Quantity(12.0, "minute")),
        alarm_answers=_alarm_answers,
    ),
)
