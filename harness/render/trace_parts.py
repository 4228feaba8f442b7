"""What the tables of traceability are made of: chips, links and groups of rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

from harness.judging import Verdict

NOT_APPLICABLE: Final = "NOT APPLICABLE"
_CALM: Final = ("PASS", NOT_APPLICABLE)
_NOT_RUN: Final = "NOT RUN"


@dataclass(frozen=True, slots=True)
class Chip:
    """A word in a colour; ``tone`` is a class of the style sheet."""

    word: str
    tone: str

    @property
    def is_calm(self) -> bool:
        """Whether a reader need not look at it."""
        return self.word in _CALM


@dataclass(frozen=True, slots=True)
class LinkView:
    """The other end of a link: an id, its verdict, and why there is none.

    Attributes:
        id: of the case or of the requirement.
        anchor: where it stands in the report; empty if nowhere.
        chip: the verdict at this link.
        why_not: why the case was not to run.
    """

    id: str
    anchor: str
    chip: Chip
    why_not: str


class Row(Protocol):
    """What a group needs to know of its rows."""

    @property
    def words(self) -> tuple[str, ...]:
        """What the group counts of it."""

    @property
    def stands_out(self) -> bool:
        """Whether a reader should look at it."""


R = TypeVar("R", bound=Row)


@dataclass(frozen=True, slots=True)
class Group(Generic[R]):
    """Rows on one subject.

    Attributes:
        subject: what they have in common.
        tally: how many rows have which chip and which warning.
        rows: in the order of register or plan.
        stands_out: whether a reader should look into it.
        is_open: whether it is shown open: what merely has not run stays closed.
    """

    subject: str
    tally: str
    rows: tuple[R, ...]
    stands_out: bool
    is_open: bool


def verdict_chip(verdict: Verdict, *, is_partial: bool = False) -> Chip:
    """Show a verdict, which may be that of a part of the cases only."""
    if is_partial and verdict is Verdict.PASS:
        # The cases that were left out might have said otherwise.
        return Chip("PASS, PARTIAL", "inconclusive")
    return Chip(verdict.name.replace("_", " "), verdict.name.lower())


def groups(rows: Iterable[R], subject: Callable[[R], str]) -> Iterator[Group[R]]:
    """Group rows by subject, in the order in which the subjects first appear."""
    found: dict[str, list[R]] = {}
    for row in rows:
        found.setdefault(subject(row), []).append(row)
    for name, those in found.items():
        words = [word for row in those for word in row.words]
        loud = [row for row in those if row.stands_out]
        is_open = any(row.words != (_NOT_RUN,) for row in loud)
        yield Group(name, _tally(words), tuple(those), bool(loud), is_open)


def _tally(words: list[str]) -> str:
    return "; ".join(f"{words.count(word)} {word}" for word in dict.fromkeys(words))
