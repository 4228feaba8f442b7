"""What the conformance kit must know of the New Era pumps, in safe and basic mode."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Final, TypeAlias

from drivers.new_era.options import Setup
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
from protocols.errors import ProtocolError, RemoteProtocolError
from protocols.new_era.frames import (
    LONGEST_DATA,
    LONGEST_TEXT,
    OVERHEAD,
    basic_reply,
    safe_frame,
)
from protocols.new_era.reader import Found, Rejection, ReplyReader, RequestReader
from protocols.new_era.replies import Alarmed, Answer, Refused, Reply, parse_reply
from protocols.new_era.requests import Request, parse_request
from protocols.new_era.vocabulary import (
    AlarmCode,
    Command,
    Mode,
    RateUnit,
    Refusal,
    Status,
)

Message: TypeAlias = Request | Reply

_USUAL: Final = Setup()
_HIGHEST_ADDRESS: Final = 99
_ONE_DIGIT: Final = 9
"""With a second digit a request such as 12STP reads as the reply of a stopped pump."""

_DO: Final = frozenset({Command.RUN, Command.STOP, Command.PURGE})
"""What acts without an argument."""

_ALARMS: Final[Mapping[str, Alarm]] = MappingProxyType(
    {
        **{code.value: Alarm.UNRECOGNISED for code in AlarmCode},
        AlarmCode.STALLED.value: Alarm.MOTOR_STALL,
        AlarmCode.RESET.value: Alarm.RESET,
        "Q": Alarm.UNRECOGNISED,
    }
)
"""By their letters, as a pump that stands tells them; the last is in no manual."""


def _reader(mode: Mode) -> Sifted:
    """Hear requests too in safe mode, where both directions are framed alike."""
    return Sifted(partial(ReplyReader, mode), partial(_message, mode=mode))


def _message(found: Found | Rejection, mode: Mode) -> Message | None:
    if isinstance(found, Rejection):
        return None
    try:
        return parse_reply(found.data)
    except RemoteProtocolError:
        return _request(found.data) if mode is Mode.SAFE else None


def _request(data: bytes) -> Request | None:
    try:
        return parse_request(data)
    except RemoteProtocolError:
        return None


def _framed(message: Message, mode: Mode) -> bytes:
    data = message.to_data()
    return safe_frame(data) if mode is Mode.SAFE else basic_reply(data)


def _make(draw: Draw, mode: Mode) -> Message:
    """Make any reply, and in safe mode any request."""
    words = tuple(each for each in Command if each.value)
    address = draw(0, _HIGHEST_ADDRESS)
    status = one_of(draw, tuple(Status))
    figure = f"{draw(0, 9)}.{draw(0, 999):03d}{one_of(draw, tuple(RateUnit)).value}"
    messages: tuple[Message, ...] = (
        Answer(address, status, figure if draw(0, 1) else ""),
        Refused(address, status, one_of(draw, tuple(Refusal))),
        Alarmed(address, one_of(draw, tuple(AlarmCode))),
        Request(
            address % (_ONE_DIGIT + 1),
            one_of(draw, words),
            figure if draw(0, 1) else "",
        ),
    )
    return one_of(draw, messages if mode is Mode.SAFE else messages[:-1])


def _only_asks(data: bytes) -> bool:
    """Tell so of lines and safe frames alike, as the driver sends both to connect."""
    found = RequestReader(Mode.BASIC).feed(data)
    asked = [_request(each.data) for each in found if isinstance(each, Found)]
    return bool(asked) and all(
        each is not None and not each.argument and each.command not in _DO
        for each in asked
    )


def _alarm_answers(answer: bytes, mode: Mode) -> Sequence[AlarmAnswer]:
    """Put every alarm in the place of a reply, one with an unknown letter included."""
    replies = [each for each in _reader(mode).feed(answer) if isinstance(each, Answer)]
    framed = safe_frame if mode is Mode.SAFE else basic_reply
    return [
        AlarmAnswer(f"A?{letter}", framed(b"%02dA?%b" % (address, raw)), expected)
        for address in [each.address for each in replies[:1]]
        for letter, expected in _ALARMS.items()
        for raw in [letter.encode("ascii")]
    ]


_REPLIES: Final[tuple[tuple[str, Reply, str], ...]] = (
    ("the pump stands", Answer(0, Status.STOPPED), "02 07 303053 aaa6 03"),
    (
        "it infuses at 5 mL/h",
        Answer(0, Status.INFUSING, "5.000MH"),
        "02 0e 303049352e3030304d48 343f 03",
    ),
    (
        "it has infused 1 mL",
        Answer(0, Status.STOPPED, "I1.000W0.000ML"),
        "02 15 30305349312e30303057302e3030304d4c 2a79 03",
    ),
    (
        "model and firmware",
        Answer(0, Status.STOPPED, "NE1000V3.923"),
        "02 13 3030534e453130303056332e393233 9649 03",
    ),
    (
        "pump 7 refuses a value",
        Refused(7, Status.STOPPED, Refusal.OUT_OF_RANGE),
        "02 0b 3037533f4f4f52 eb7e 03",
    ),
    (
        "the motor has stalled",
        Alarmed(0, AlarmCode.STALLED),
        "02 09 3030413f53 75a7 03",
    ),
    ("the power was off", Alarmed(0, AlarmCode.RESET), "02 09 3030413f52 6586 03"),
)
_REQUESTS: Final[tuple[tuple[str, Request, str], ...]] = (
    (
        "the host ends safe mode",
        Request(0, Command.SAFE_MODE, "0"),
        "02 09 3053414630 59ad 03",
    ),
    ("it asks who is there", Request(0, Command.VERSION), "02 08 30564552 4809 03"),
    (
        "it sets 5 mL/h",
        Request(0, Command.RATE, "5.000MH"),
        "02 0f 30524154352e3030304d48 75cd 03",
    ),
    ("it stops pump 3", Request(3, Command.STOP), "02 08 33535450 2825 03"),
)
_SAFE_SAMPLES: Final = tuple(
    Sample(title, message, bytes.fromhex(golden))
    for title, message, golden in (*_REPLIES, *_REQUESTS)
)
# The same replies without length and check value.
_BASIC_SAMPLES: Final = tuple(
    Sample(title, message, golden[:1] + golden[2:-3] + golden[-1:])
    for title, message, text in _REPLIES
    for golden in [bytes.fromhex(text)]
)


def subject(setup: Setup = _USUAL) -> Subject:
    """Return what is to be known of the pumps in the mode that the driver sets.

    Args:
        setup: as the driver has it.
    """
    mode = Mode.SAFE if setup.timeout_s else Mode.BASIC
    is_safe = mode is Mode.SAFE
    return Subject(
        codec=Codec(
            samples=_SAFE_SAMPLES if is_safe else _BASIC_SAMPLES,
            make=partial(_make, mode=mode),
            encode=partial(_framed, mode=mode),
            reader=partial(_reader, mode),
            errors=(ProtocolError,),
            holds_at_most=LONGEST_DATA + OVERHEAD + 1 if is_safe else LONGEST_TEXT + 2,
            is_checked=is_safe,
        ),
        habits=Habits(
            only_asks=_only_asks,
            gives_up_within=ureg.Quantity(3.0, "s"),
            is_numbered=False,
            rate=ureg.Quantity(5.0, "mL/hour"),
            resolution=ureg.Quantity(0.001, "mL/hour"),
            too_fast=ureg.Quantity(1.0, "L/hour"),
            bolus=(ureg.Quantity(2.0, "mL"), ureg.Quantity(12.0, "minute")),
            alarm_answers=partial(_alarm_answers, mode=mode),
            is_alarm_told_once=True,
        ),
    )
