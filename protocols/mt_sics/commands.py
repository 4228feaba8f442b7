"""Commands, and which replies answer them.

A reply does not always begin with the command that caused it: every command
that asks for a weight is answered with ``S``, and ``@`` with ``I4``. Replies
are therefore matched by a table and never by echo. ``I4`` also arrives unasked
whenever a balance restarts.

Source: MT-SICS reference manual 11781363L, command descriptions.
"""

import re
from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from types import MappingProxyType
from typing import Final

from protocols.errors import LocalProtocolError
from protocols.mt_sics.grammar import (
    KEYWORD,
    PARAMETERS,
    Quoted,
    assemble,
    decode_parameters,
)
from protocols.mt_sics.replies import (
    Fault,
    GeneralError,
    Malformed,
    Refusal,
    Reply,
    TextReply,
    WeightStatus,
)

_KEYWORD_ONLY = re.compile(KEYWORD)
_COMMAND = re.compile(rf"({KEYWORD})({PARAMETERS})\r\n")


class Keyword(StrEnum):
    """The commands dosebench sends; `command` takes any other keyword too."""

    RESET = "@"
    COMMAND_LIST = "I0"
    LEVELS = "I1"
    MODEL = "I2"
    SOFTWARE = "I3"
    SERIAL_NUMBER = "I4"
    UPTIME = "I15"
    STABLE_WEIGHT = "S"
    WEIGHT = "SI"
    CHECKED_WEIGHT = "SIC1"
    ZERO = "Z"
    ZERO_NOW = "ZI"
    TARE = "T"
    TARE_NOW = "TI"
    WEIGHING_MODE = "M01"
    ENVIRONMENT = "M02"
    AUTOZERO = "M03"
    UNIT = "M21"
    STABILITY_TIMEOUT = "M67"
    UPDATE_RATE = "UPD"
    ADJUSTMENT = "C0"


class Match(Enum):
    """What a reply means to the command that waits."""

    COMPLETE = auto()
    """It is the answer, or the last line of it."""
    MORE = auto()
    """It is a line of the answer, and more follow."""
    STRAY = auto()
    """It does not answer this command."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command as a balance receives it; strings have lost their quotes."""

    keyword: str
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Answer:
    """Reply identifier, and the statuses of a value; none for a text reply.

    How a checked weight is refused is not said: by its own word or by that of S.
    """

    id: str
    statuses: frozenset[WeightStatus] = frozenset()
    also_refused: tuple[str, ...] = ()


_REFUSED = (Refusal, Fault)
_STABLE = frozenset({WeightStatus.STABLE})
_ANY = frozenset({WeightStatus.STABLE, WeightStatus.DYNAMIC})
_WITH_MINIMUM = frozenset(WeightStatus) - {WeightStatus.STORED_TARE}

_ANSWERS: Final = MappingProxyType(
    {
        Keyword.RESET.value: _Answer(Keyword.SERIAL_NUMBER.value),
        **dict.fromkeys(["S", "SU"], _Answer("S", _STABLE)),
        **dict.fromkeys(
            ["SI", "SIR", "SR", "SNR", "SC", "SIU", "SIRU"], _Answer("S", _ANY)
        ),
        **dict.fromkeys(["SUM", "SIUM"], _Answer("S", _WITH_MINIMUM)),
        "T": _Answer("T", _STABLE),
        "TA": _Answer("TA", frozenset({WeightStatus.STORED_TARE})),
        **{word: _Answer(word, _ANY, ("S",)) for word in ("SIC1", "SIC2")},
        **{word: _Answer(word, _ANY) for word in ("TI", "TC")},
        **{word: _Answer(word, _ANY) for word in ("ZI", "ZC")},
    }
)


def command(keyword: str, *parameters: int | str | Quoted) -> bytes:
    """Return the line that sends `keyword`; wrap text parameters in `Quoted`.

    Raises:
        LocalProtocolError: The keyword or a parameter cannot be written.
    """
    if not _KEYWORD_ONLY.fullmatch(keyword):
        raise LocalProtocolError(
            f"MT-SICS keyword {str(keyword)!r} is not 1 to 6 upper-case letters and "
            "digits; take it from the balance's I0 list"
        )
    return assemble(keyword, parameters)


def parse_command(line: bytes) -> Command | None:
    """Return the command in `line`, CR LF included, or None where it fits none."""
    found = _COMMAND.fullmatch(line.decode("latin-1"))
    return Command(found[1], decode_parameters(found[2])) if found else None


def answered_as(keyword: str) -> str:
    """Return the first word of the reply to a command."""
    answer = _ANSWERS.get(keyword)
    return keyword if answer is None else answer.id


def match(keyword: str, reply: Reply) -> Match:
    """Return what `reply` means while `keyword` waits for its answer.

    A late reply to an earlier command of the same kind cannot be told apart:
    after a timeout, read until the line is quiet before asking again.
    """
    if isinstance(reply, GeneralError):
        return Match.COMPLETE
    if isinstance(reply, Malformed):
        return Match.STRAY
    answer = _ANSWERS.get(keyword) or _Answer(keyword)
    if isinstance(reply, _REFUSED):
        is_ours = reply.id in (answer.id, *answer.also_refused)
        return Match.COMPLETE if is_ours else Match.STRAY
    if reply.id != answer.id:
        return Match.STRAY
    if isinstance(reply, TextReply) and reply.more_follow:
        return Match.STRAY if answer.statuses else Match.MORE
    fits = (
        not answer.statuses
        if isinstance(reply, TextReply)
        else reply.status in answer.statuses
    )
    return Match.COMPLETE if fits else Match.STRAY
