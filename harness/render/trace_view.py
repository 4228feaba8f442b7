"""Traceability in the words in which the report shows it, grouped by subject."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from harness.render.header_record import Proof
from harness.render.trace_parts import (
    NOT_APPLICABLE,
    Chip,
    Group,
    LinkView,
    groups,
    verdict_chip,
)
from harness.render.traceability import (
    CaseTrace,
    Coverage,
    Link,
    RequirementTrace,
    Traceability,
)

NO_CASE: Final = "UNCOVERED: no case"
NO_FAULT: Final = "UNPROVEN: no seeded fault"
NO_REQUIREMENT: Final = "NO REQUIREMENT"


@dataclass(frozen=True, slots=True)
class RequirementRow:
    """A requirement with its cases and its seeded faults.

    Attributes:
        id, text: of the requirement.
        notes: limit, features, ids elsewhere, justification.
        chip: its verdict, or why it has none.
        links: the cases that claim it.
        faults: the seeded faults that prove it, as text.
        warning: what its coverage lacks; empty if nothing.
        stands_out: whether a reader should look at it.
    """

    id: str
    text: str
    notes: tuple[str, ...]
    chip: Chip
    links: tuple[LinkView, ...]
    faults: tuple[str, ...]
    warning: str
    stands_out: bool

    @property
    def words(self) -> tuple[str, ...]:
        """Its chip and its warning, to be counted."""
        return _words(self.chip, self.warning)


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case with the requirements that it claims; otherwise like the above."""

    id: str
    anchor: str
    procedure: str
    form: str
    chip: Chip
    why_not: str
    links: tuple[LinkView, ...]
    warning: str
    stands_out: bool

    @property
    def words(self) -> tuple[str, ...]:
        """Its chip and its warning, to be counted."""
        return _words(self.chip, self.warning)


@dataclass(frozen=True, slots=True)
class TraceView:
    """Both directions, and how many of each kind there are."""

    summary: tuple[tuple[str, str], ...]
    requirements: tuple[Group[RequirementRow], ...]
    cases: tuple[Group[CaseRow], ...]


def trace_view(trace: Traceability, anchors: Mapping[str, str]) -> TraceView:
    """Put traceability into words.

    Args:
        trace: both directions.
        anchors: where each case that the report shows stands in it, by its id.
    """
    requirements = [_requirement(each, anchors) for each in trace.requirements]
    cases = [_case(each, anchors) for each in trace.cases]
    return TraceView(
        summary=tuple(_summary(trace)),
        requirements=tuple(groups(requirements, _subject)),
        cases=tuple(groups(cases, _subject)),
    )


def _summary(trace: Traceability) -> Iterable[tuple[str, str]]:
    asked = len(trace.requirements)
    counts = (
        (Coverage.PROVEN, "have a case, and a seeded fault that it must find"),
        (Coverage.UNPROVEN, "have a case, but no seeded fault"),
        (Coverage.UNCOVERED, "have no case"),
        (Coverage.NOT_APPLICABLE, "concern what the profile declares absent"),
    )
    for coverage, meaning in counts:
        count = len(trace.having(coverage))
        yield coverage, f"{count} of {asked} requirements {meaning}"
    cases = len(trace.cases)
    out = sum(each.case.applies and bool(each.case.why_not) for each in trace.cases)
    foreign = sum(not each.case.applies for each in trace.cases)
    yield "left out", f"{out} of {cases} cases that apply did not run"
    yield "for others", f"{foreign} of {cases} cases need what this pump lacks"
    yield "no requirement", f"{len(trace.orphans)} of {cases} cases"


def _requirement(each: RequirementTrace, anchors: Mapping[str, str]) -> RequirementRow:
    asked = each.requirement
    is_unproven = each.coverage is Coverage.UNPROVEN
    chip = _requirement_chip(each)
    return RequirementRow(
        id=asked.id,
        text=asked.text,
        notes=tuple(_notes(each)),
        chip=chip,
        links=tuple(
            _link(link, link.case, anchors.get(link.case)) for link in each.links
        ),
        faults=tuple(map(_fault, each.proofs)),
        warning=NO_FAULT if is_unproven else "",
        stands_out=is_unproven or not chip.is_calm,
    )


def _requirement_chip(each: RequirementTrace) -> Chip:
    if each.coverage is Coverage.UNCOVERED:
        return Chip(NO_CASE, "fail")
    if each.coverage is Coverage.NOT_APPLICABLE:
        return Chip(NOT_APPLICABLE, "not_run")
    return verdict_chip(each.verdict, is_partial=each.is_partial)


def _notes(each: RequirementTrace) -> Iterable[str]:
    asked = each.requirement
    if asked.absent:
        yield f"not applicable: {asked.absent}"
    if asked.limit:
        yield f"limit: {asked.limit}"
    if asked.gip:
        yield f"GIP v1.0: {', '.join(asked.gip)}"
    if asked.features:
        yield f"needs: {', '.join(asked.features)}"


def _fault(proof: Proof) -> str:
    said = f"{proof.fault}: found by {proof.case}"
    if proof.also_fails:
        said += f", with {', '.join(proof.also_fails)}, because {proof.because}"
    return said


def _case(each: CaseTrace, anchors: Mapping[str, str]) -> CaseRow:
    case = each.case
    chip = verdict_chip(each.verdict)
    if not case.applies:
        chip = Chip(NOT_APPLICABLE, "not_run")
    return CaseRow(
        id=case.id,
        anchor=anchors.get(case.id, ""),
        procedure=case.procedure,
        form=case.form,
        chip=chip,
        why_not=case.why_not,
        links=tuple(_link(link, link.requirement, "") for link in each.links),
        warning=NO_REQUIREMENT if each.is_orphan else "",
        stands_out=each.is_orphan or not chip.is_calm,
    )


def _link(link: Link, name: str, anchor: str | None) -> LinkView:
    return LinkView(name, anchor or "", verdict_chip(link.verdict), link.why_not)


def _subject(row: RequirementRow | CaseRow) -> str:
    """Return what stands before the last number of a requirement: ``"ITB-FLOW"``."""
    requirement = row.id.partition("/")[0]
    return requirement.rpartition("-")[0] or requirement


def _words(chip: Chip, warning: str) -> tuple[str, ...]:
    return (chip.word, warning) if warning else (chip.word,)
