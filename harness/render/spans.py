"""A stretch of bench time with a name."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Tone(StrEnum):
    """How a span is drawn; its value is a class of the style sheet."""

    QUIET = "still"
    PROGRAMME = "programme"
    STIMULUS = "stimulus"
    ALARM = "alarm"


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of bench time.

    Attributes:
        begin_ns, end_ns: bench time, ns.
        said: what it is.
        tone: how it is drawn.
        level: its height, from 0 to 1.
    """

    begin_ns: int
    end_ns: int
    said: str
    tone: Tone
    level: float = 1.0
