"""What follows for a population, with the reason, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harness.judging import Verdict, worst

_MOST_NAMES = 12


@dataclass(frozen=True, slots=True)
class Reason:
    """A verdict that something by itself would give, and why."""

    verdict: Verdict
    statement: str


def decided(reasons: Iterable[Reason]) -> Verdict:
    """Return the worst; nothing is proved where there is no reason at all."""
    found = worst(each.verdict for each in reasons)
    return Verdict.INCONCLUSIVE if found is Verdict.NOT_RUN else found


def inconclusive(statement: str) -> Reason:
    """Something that keeps a PASS away."""
    return Reason(Verdict.INCONCLUSIVE, statement)


def names(units: Sequence[str]) -> str:
    """Some units by name, and how many more there are."""
    shown = "; ".join(units[:_MOST_NAMES])
    more = len(units) - _MOST_NAMES
    return f"{shown} and {more} more" if more > 0 else shown
