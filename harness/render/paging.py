"""Pages of a report: a browser builds a table of some hundred rows at once, no more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from harness.render.case_record import CaseRecord

MOST_ROWS: Final = 500


@dataclass(frozen=True, slots=True)
class Page:
    """Some of a run's cases.

    Attributes:
        number: of the page, from 1.
        of: how many pages there are, at least 1.
        first: number of the first case on it, from 1.
        cases: the cases on it.
    """

    number: int
    of: int
    first: int
    cases: tuple[CaseRecord, ...]


@dataclass(frozen=True, slots=True)
class PageLink:
    """A way to another page; ``file`` is empty for the page itself."""

    file: str
    said: str


def page(cases: Sequence[CaseRecord], number: int) -> Page:
    """Return the cases of one page of a report.

    Raises:
        ValueError: there is no such page.
    """
    of = max(1, -(-len(cases) // MOST_ROWS))
    if not 1 <= number <= of:
        raise ValueError(f"there is no page {number}; the report has {of}")
    first = (number - 1) * MOST_ROWS
    return Page(number, of, first + 1, tuple(cases[first : first + MOST_ROWS]))


def file_name(first: str, number: int) -> str:
    """Return the file of a page: ``report.html``, ``report-2.html`` and so on."""
    if number == 1:
        return first
    stem, _, suffix = first.rpartition(".")
    return f"{stem}-{number}.{suffix}"


def links(first: str, shown: Page) -> tuple[PageLink, ...]:
    """Return the ways to all pages; none where there is only one."""
    if shown.of == 1:
        return ()
    return tuple(
        PageLink(
            "" if number == shown.number else file_name(first, number),
            f"cases from {(number - 1) * MOST_ROWS + 1}",
        )
        for number in range(1, shown.of + 1)
    )
