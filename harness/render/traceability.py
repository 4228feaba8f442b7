"""From requirements to cases and back: what is verified, by what, and what is not.

The coverage of a requirement is a property of plan and register; its verdict is one of
the run. They are kept apart: a PASS without a seeded fault is a PASS that nobody has
shown to be able to fail.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from harness.judging import Verdict, worst
from harness.render.case_record import CaseRecord
from harness.render.header_record import PlanCase, Proof, Requirement
from harness.render.run_record import RunRecord


class Coverage(StrEnum):
    """How far a plan covers a requirement."""

    PROVEN = "proven"
    UNPROVEN = "unproven"
    UNCOVERED = "uncovered"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True, slots=True)
class Link:
    """A case that claims a requirement.

    Attributes:
        requirement: id of the requirement.
        case: id of the case.
        verdict: on this requirement in this case; NOT_RUN if there is none.
        why_not: why the case was not to run; empty if it was.
        applies: whether the case concerns the pump of the run.
    """

    requirement: str
    case: str
    verdict: Verdict
    why_not: str
    applies: bool


@dataclass(frozen=True, slots=True)
class RequirementTrace:
    """A requirement, the cases that claim it, and the faults that they must find.

    Attributes:
        requirement: the requirement.
        coverage: how far the plan covers it.
        verdict: the worst of its cases; at best INCONCLUSIVE if one of them did not run
            although it was to.
        links: the cases that claim it.
        proofs: the seeded faults that prove it, by cases that apply.
    """

    requirement: Requirement
    coverage: Coverage
    verdict: Verdict
    links: tuple[Link, ...]
    proofs: tuple[Proof, ...]

    @property
    def is_partial(self) -> bool:
        """Whether a case that claims it and applies was left out of the run."""
        return any(link.applies and link.why_not for link in self.links)


@dataclass(frozen=True, slots=True)
class CaseTrace:
    """A case and the requirements that it claims.

    Attributes:
        case: the case as the plan has it.
        verdict: what became of it; NOT_RUN if it was left out.
        links: its requirements, as far as the register has them.
    """

    case: PlanCase
    verdict: Verdict
    links: tuple[Link, ...]

    @property
    def is_orphan(self) -> bool:
        """Whether it verifies nothing that the register demands."""
        return not self.links


@dataclass(frozen=True, slots=True)
class Traceability:
    """Both directions, in the order of the register and of the plan."""

    requirements: tuple[RequirementTrace, ...]
    cases: tuple[CaseTrace, ...]

    def having(self, coverage: Coverage) -> tuple[RequirementTrace, ...]:
        """Return the requirements that are covered that far."""
        return tuple(each for each in self.requirements if each.coverage is coverage)

    @property
    def orphans(self) -> tuple[CaseTrace, ...]:
        """The cases without a requirement."""
        return tuple(each for each in self.cases if each.is_orphan)


def trace(run: RunRecord) -> Traceability:
    """Trace every requirement of the register to its cases, and every case back."""
    header = run.header
    ran = {case.id: case for case in run.cases}
    known = {each.id for each in header.requirements}
    cases = tuple(
        _case(each, ran.get(each.id), known)
        for each in (*header.plan_cases, *_unplanned(run))
    )
    links = [link for case in cases for link in case.links]
    requirements = tuple(
        _requirement(
            each,
            tuple(link for link in links if link.requirement == each.id),
            [proof for proof in header.proofs if proof.requirement == each.id],
        )
        for each in header.requirements
    )
    return Traceability(requirements, cases)


def _unplanned(run: RunRecord) -> Iterable[PlanCase]:
    """Cases that the header does not describe; a journal hides none of them."""
    planned = {case.id for case in run.header.plan_cases}
    for case in run.cases:
        if case.id not in planned:
            yield PlanCase(case.id, case.procedure, case.claims)


def _case(planned: PlanCase, ran: CaseRecord | None, known: set[str]) -> CaseTrace:
    judged = () if ran is None else tuple(each.requirement for each in ran.verdicts)
    links = tuple(
        Link(
            claim,
            planned.id,
            _verdict(ran, claim),
            planned.why_not,
            planned.applies,
        )
        for claim in dict.fromkeys((*planned.claims, *judged))
        if claim in known
    )
    verdict = Verdict.NOT_RUN if ran is None else ran.verdict
    return CaseTrace(planned, verdict, links)


def _verdict(case: CaseRecord | None, requirement: str) -> Verdict:
    found = None if case is None else case.verdict_on(requirement)
    return Verdict.NOT_RUN if found is None else found


def _requirement(
    requirement: Requirement, links: tuple[Link, ...], proofs: Iterable[Proof]
) -> RequirementTrace:
    applying = {link.case for link in links if link.applies}
    standing = tuple(proof for proof in proofs if proof.case in applying)
    return RequirementTrace(
        requirement=requirement,
        coverage=_coverage(requirement, applying, standing),
        verdict=worst_wanted([link.verdict for link in links if not link.why_not]),
        links=links,
        proofs=standing,
    )


def _coverage(
    requirement: Requirement, cases: Collection[str], proofs: Collection[Proof]
) -> Coverage:
    if cases:
        return Coverage.PROVEN if proofs else Coverage.UNPROVEN
    return Coverage.NOT_APPLICABLE if requirement.absent else Coverage.UNCOVERED


def worst_wanted(verdicts: Collection[Verdict]) -> Verdict:
    """Return the worst verdict of what was to run; no PASS while some of it has not."""
    found = worst(verdicts)
    is_open = Verdict.NOT_RUN in verdicts and found is not Verdict.NOT_RUN
    return max(found, Verdict.INCONCLUSIVE) if is_open else found
