"""The kinds of record that a journal may hold, and a record as it is read back.

`harness.evidence.record_table` says which fields each kind has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

SCHEMA_VERSION: Final = 3
# JSON has no such numbers; the text is what float() reads back.
NOT_FINITE: Final = ("nan", "inf", "-inf")

JsonValue: TypeAlias = (
    "bool | int | float | str | Sequence[JsonValue] | Mapping[str, JsonValue] | None"
)


class Kind(StrEnum):
    """The kind of a record; its value is the text in the journal."""

    RUN = "run"
    RESUME = "resume"
    INSTRUMENT = "instrument"
    LINK = "link"
    CHECK = "check"
    EARLIER = "earlier"
    CASE_BEGIN = "case_begin"
    CASE_END = "case_end"
    LIMIT = "limit"
    EXCHANGE = "exchange"
    REJECTION = "rejection"
    RETRY = "retry"
    INTENT = "intent"
    STIMULUS = "stimulus"
    OPERATOR = "operator"
    ALARM = "alarm"
    MEASUREMENT = "measurement"
    LOOK = "look"
    VERDICT = "verdict"
    SERIES = "series"
    FAULT = "fault"
    VOID = "void"
    SAFE_STATE = "safe_state"
    NOTE = "note"
    END = "end"


@dataclass(frozen=True, slots=True)
class Record:
    """One record as read back from a journal.

    Attributes:
        seq: number of the record in the run, from 1.
        t_ns: bench time, ns.
        kind: what the record is.
        fields: the other members, in the order of the line.
        file: name of the journal file.
        line: number of the line in that file, from 1.
    """

    seq: int
    t_ns: int
    kind: Kind
    fields: dict[str, JsonValue]
    file: str
    line: int
