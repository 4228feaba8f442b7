"""Modes, refills and alarms in the words in which the report shows them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from harness.render.subject_trace import Shown, SubjectTrace
from harness.render.trace_parts import (
    NOT_APPLICABLE,
    Chip,
    Group,
    LinkView,
    groups,
    verdict_chip,
)
from harness.render.traceability import CaseTrace

MISSING: Final = "MISSING"
_PLURALS: Final = {"mode": "modes", "refill": "refills", "alarm": "alarms"}


@dataclass(frozen=True, slots=True)
class SideView:
    """One side of a subject; without a case, a warning says so."""

    links: tuple[LinkView, ...]
    warning: str


@dataclass(frozen=True, slots=True)
class SubjectRow:
    """A subject with the cases of both sides.

    Attributes:
        id, title, kind: of the subject.
        note: why it does not apply; empty if it does.
        chip: its verdict, or why it has none.
        positive, negative: the cases in which it happens, and in which it must not.
        stands_out: whether a reader should look at it.
    """

    id: str
    title: str
    kind: str
    note: str
    chip: Chip
    positive: SideView
    negative: SideView
    stands_out: bool

    @property
    def words(self) -> tuple[str, ...]:
        """Its chip, to be counted."""
        return (self.chip.word,)


@dataclass(frozen=True, slots=True)
class SubjectsView:
    """All subjects by what they are, and how many lack a side."""

    summary: tuple[tuple[str, str], ...]
    groups: tuple[Group[SubjectRow], ...]


def subjects_view(
    traces: Iterable[SubjectTrace], anchors: Mapping[str, str]
) -> SubjectsView:
    """Put subjects into words.

    Args:
        traces: the subjects with their cases.
        anchors: where each case that the report shows stands in it, by its id.
    """
    shown = tuple(traces)
    rows = [_row(each, anchors) for each in shown]
    return SubjectsView(
        summary=tuple(_summary([each.shown for each in shown])),
        groups=tuple(groups(rows, lambda row: _PLURALS.get(row.kind, row.kind))),
    )


def _summary(shown: list[Shown]) -> Iterable[tuple[str, str]]:
    missing = sum(each.is_missing for each in shown)
    counts = (
        ("both sides", shown.count(Shown.BOTH_SIDES), "have a case on both sides"),
        ("missing side", missing, "lack a positive or a negative case"),
        ("absent", shown.count(Shown.NOT_APPLICABLE), "are absent by the profile"),
    )
    for name, count, meaning in counts if shown else ():
        yield name, f"{count} of {len(shown)} modes, refills and alarms {meaning}"


def _row(each: SubjectTrace, anchors: Mapping[str, str]) -> SubjectRow:
    chip = _chip(each)
    is_wanted = each.shown is not Shown.NOT_APPLICABLE
    return SubjectRow(
        id=each.subject.id,
        title=each.subject.title,
        kind=each.subject.kind,
        note=each.subject.absent,
        chip=chip,
        positive=_side(each.positive, anchors, is_wanted=is_wanted),
        negative=_side(each.negative, anchors, is_wanted=is_wanted),
        stands_out=not chip.is_calm,
    )


def _chip(each: SubjectTrace) -> Chip:
    if each.shown.is_missing:
        return Chip(f"{MISSING}: {each.shown}", "fail")
    if each.shown is Shown.NOT_APPLICABLE:
        return Chip(NOT_APPLICABLE, "not_run")
    return verdict_chip(each.verdict, is_partial=each.is_partial)


def _side(
    cases: Iterable[CaseTrace], anchors: Mapping[str, str], *, is_wanted: bool
) -> SideView:
    shown = tuple(cases)
    has_case = any(each.case.applies for each in shown)
    return SideView(
        links=tuple(_link(each, anchors) for each in shown),
        warning=MISSING if is_wanted and not has_case else "",
    )


def _link(each: CaseTrace, anchors: Mapping[str, str]) -> LinkView:
    case = each.case
    anchor = anchors.get(case.id, "")
    return LinkView(case.id, anchor, verdict_chip(each.verdict), case.why_not)
