"""What a pump answers to a command that it should refuse."""

from __future__ import annotations

from collections.abc import Callable

from harness.errors import CommandRefused, LinkViolation, PumpFinding
from harness.readings import PumpReading


def answer_to(command: Callable[[], object]) -> PumpFinding | None:
    """Give a command; return the pump's objection, or None if it obeys.

    An echo of something else than was sent is an objection, too.
    """
    try:
        command()
    except (CommandRefused, LinkViolation) as answer:
        return answer
    return None


def names(answer: PumpFinding | None, field: str) -> bool:
    """Tell whether an answer is a refusal that names a field."""
    return isinstance(answer, CommandRefused) and field in answer.field.lower()


def is_same_programme(earlier: PumpReading, later: PumpReading) -> bool:
    """Tell whether mode, state and rate are the same in two reports."""
    return (later.mode, later.state, later.rate_nl_per_h) == (
        earlier.mode,
        earlier.state,
        earlier.rate_nl_per_h,
    )
