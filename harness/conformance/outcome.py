"""What a check of the kit comes to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

S = TypeVar("S")


class Outcome(StrEnum):
    """How a check ends."""

    PASS = "PASS"
    FAIL = "FAIL"
    WEAK = "WEAK"
    """Nothing is broken, but the protocol itself gives no protection here."""
    NOT_APPLICABLE = "NOT APPLICABLE"


@dataclass(frozen=True, slots=True)
class Result:
    """What a check found.

    Attributes:
        outcome: how it ended.
        reason: in one sentence.
        example: the fewest bytes that show it; empty where none do.
    """

    outcome: Outcome
    reason: str
    example: bytes = b""


@dataclass(frozen=True, slots=True)
class Finding:
    """A check's result with its name.

    Attributes:
        check: name of the check.
        result: what it found.
        advice: what to do where it has failed; "" otherwise.
    """

    check: str
    result: Result
    advice: str


@dataclass(frozen=True, slots=True)
class Check(Generic[S]):
    """One check of the kit.

    Attributes:
        name: what it proves.
        run: finds out; raises nothing of its own.
        advice: what to do where it fails.
        moves: whether the pump may deliver while it runs.
    """

    name: str
    run: Callable[[S], Result]
    advice: str
    moves: bool = False

    def on(self, subject: S) -> Finding:
        """Run the check. What somebody else's code raises in it is a failure too."""
        try:
            result = self.run(subject)
        except Exception as error:  # noqa: BLE001 - a stranger's code may raise any
            result = failed(f"{type(error).__name__}: {error}")
        advice = self.advice if result.outcome is Outcome.FAIL else ""
        return Finding(self.name, result, advice)


def passed(reason: str) -> Result:
    """Return the result of a check that found nothing wrong."""
    return Result(Outcome.PASS, reason)


def failed(reason: str, example: bytes = b"") -> Result:
    """Return the result of a check that found something wrong."""
    return Result(Outcome.FAIL, reason, example)


def not_applicable(reason: str) -> Result:
    """Return the result of a check that says nothing about this pump."""
    return Result(Outcome.NOT_APPLICABLE, reason)
