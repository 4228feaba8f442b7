"""The questions to a balance that speaks MT-SICS, and what answers them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Final

from drivers.balances.asking import Meaning, Question
from protocols.mt_sics.commands import Keyword, Match, command, match
from protocols.mt_sics.replies import (
    GeneralError,
    Malformed,
    MalformedReason,
    Refusal,
    Reply,
)

_MEANINGS: Final[Mapping[Match, Meaning]] = MappingProxyType(
    {Match.COMPLETE: Meaning.COMPLETE, Match.MORE: Meaning.MORE}
)


def _meaning(keyword: Keyword, reply: Reply) -> Meaning:
    if isinstance(reply, GeneralError):
        return Meaning.NOT_UNDERSTOOD
    if keyword is Keyword.MODEL and isinstance(reply, Refusal):
        return Meaning.NOT_UNDERSTOOD
    is_damaged = (
        isinstance(reply, Malformed) and reply.reason is MalformedReason.CHECKSUM
    )
    if is_damaged and keyword is Keyword.CHECKED_WEIGHT:
        return Meaning.DAMAGED
    return _MEANINGS.get(match(keyword, reply), Meaning.STRAY)


QUESTIONS: Final[Mapping[Keyword, Question[Reply]]] = MappingProxyType(
    {
        keyword: Question(keyword.value, command(keyword), partial(_meaning, keyword))
        for keyword in Keyword
    }
)
"""By the command that asks."""
