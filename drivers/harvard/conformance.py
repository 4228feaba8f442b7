"""What the conformance kit must know of the Harvard PHD ULTRA and KDS Legato pumps."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from drivers.harvard.line import ATTEMPTS, TIMEOUT_NS
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
from protocols.harvard import (
    MAX_ADDRESS,
    MAX_ANSWER_BYTES,
    AnswerReader,
    Malformed,
    Prompt,
    Reply,
    Word,
)

_QUESTIONS: Final = re.compile(
    rb"(?:[0-9]{1,2}:)?(?:poll on|version|status|diameter|irate|[ti]volume)\r"
)
_STATUS: Final = re.compile(
    rb"(\n[0-9]+ [0-9]+ [0-9]+ i)\.\.(\.I\r\n[0-9]*)(?::|>)\x11"
)
_WORDS: Final = tuple(Word)
_ALARMS: Final = (
    ("stalled, by its flag", b".S", b":", Alarm.MOTOR_STALL),
    ("stalled, by its prompt", b"..", b"*", Alarm.MOTOR_STALL),
    ("at the end, by its flag", b"I.", b":", Alarm.EMPTY_RESERVOIR),
    ("at the end, by its prompt", b"..", b">*", Alarm.EMPTY_RESERVOIR),
    ("an unknown flag", b".X", b":", None),
    ("an unknown prompt", b"..", b"!", None),
)
"""Names, the flags of limit and stall, and the prompt behind."""


@dataclass(frozen=True, slots=True)
class Told:
    """What one answer says; its bytes are not compared."""

    prompt: Prompt
    lines: tuple[str, ...] = ()
    address: int | None = None


class _Reader(AnswerReader):
    """Nothing can be held back behind an answer that has only begun."""

    def expire(self) -> Sequence[Reply]:
        self.reset()
        return ()


def _told(found: Reply | Malformed) -> Told | None:
    if isinstance(found, Malformed):
        return None
    return Told(found.prompt, found.lines, found.address)


def _encode(told: Told) -> bytes:
    """Write an answer as the pump does; the harness itself never writes one."""
    lines = "".join(f"\n{line}\r" for line in told.lines)
    address = "" if told.address is None else f"{told.address:02d}"
    return f"{lines}\n{address}{told.prompt}\x11".encode("ascii")


def _make(draw: Draw) -> Told:
    lines = tuple(
        f"{draw(0, 10**12)} {one_of(draw, _WORDS)}" for _ in range(draw(0, 3))
    )
    address = draw(0, MAX_ADDRESS) if draw(0, 1) else None
    return Told(one_of(draw, tuple(Prompt)), lines, address)


def _only_asks(data: bytes) -> bool:
    return _QUESTIONS.fullmatch(data) is not None


def _alarm_answers(answer: bytes) -> Sequence[AlarmAnswer]:
    """Let a status tell of a stall, of the end, and what no manual knows."""
    found = _STATUS.fullmatch(answer)
    if found is None:
        return ()
    return [
        AlarmAnswer(name, found[1] + flags + found[2] + prompt + b"\x11", expected)
        for name, flags, prompt, expected in _ALARMS
    ]


# The status and the prompts are the manual's (5419-002, p. 83 and 88).
_SAMPLES: Final = (
    Sample("a command is taken, the pump stands", Told(Prompt.IDLE), b"\n:\x11"),
    Sample("it infuses", Told(Prompt.INFUSING), b"\n>\x11"),
    Sample("it has stalled", Told(Prompt.STALLED), b"\n*\x11"),
    Sample(
        "pump 4 is at its target", Told(Prompt.TARGET_REACHED, (), 4), b"\n04T*\x11"
    ),
    Sample(
        "infusing 250 uL/h for 36 s, 2.5 uL so far",
        Told(Prompt.INFUSING, ("69444444 36 2500000000 i...I",)),
        b"\n69444444 36 2500000000 i...I\r\n>\x11",
    ),
)

SUBJECT: Final = Subject(
    codec=Codec(
        samples=_SAMPLES,
        make=_make,
        encode=_encode,
        reader=partial(Sifted, _Reader, _told),
        errors=(ProtocolError,),
        holds_at_most=MAX_ANSWER_BYTES,
        is_checked=False,
    ),
    habits=Habits(
        only_asks=_only_asks,
        gives_up_within=ureg.Quantity((ATTEMPTS + 1) * TIMEOUT_NS, "ns"),
        is_numbered=False,
        rate=ureg.Quantity(5.0, "mL/hour"),
        resolution=ureg.Quantity(1.0, "nL/hour"),
        too_fast=ureg.Quantity(1.0, "L/hour"),
        bolus=(ureg.Quantity(2.0, "mL"), ureg.Quantity(12.0, "minute")),
        alarm_answers=_alarm_answers,
    ),
)
"""Both makes: they differ in the name that they tell."""
