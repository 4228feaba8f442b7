"""From modes, refills and alarms to the cases that show them from either side.

An alarm that never sounds fails its positive case; one that always sounds passes it,
and only a negative case finds it. Hence a subject needs both.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from harness.judging import Verdict
from harness.render.header_record import Subject
from harness.render.run_record import RunRecord
from harness.render.traceability import CaseTrace, Traceability, worst_wanted


class Shown(StrEnum):
    """From which sides a plan shows a subject."""

    BOTH_SIDES = "both sides"
    NO_POSITIVE = "no positive case"
    NO_NEGATIVE = "no negative case"
    NO_CASE = "no case"
    NOT_APPLICABLE = "not applicable"

    @property
    def is_missing(self) -> bool:
        """Whether there should be another case."""
        return self not in (Shown.BOTH_SIDES, Shown.NOT_APPLICABLE)


@dataclass(frozen=True, slots=True)
class SubjectTrace:
    """A subject, and the cases that show it.

    Attributes:
        subject: the subject.
        positive: the cases in which it happens as it should.
        negative: the cases in which it must not happen.
    """

    subject: Subject
    positive: tuple[CaseTrace, ...]
    negative: tuple[CaseTrace, ...]

    @property
    def shown(self) -> Shown:
        """From which sides the plan shows it; a case that does not apply is none."""
        if self.subject.absent:
            return Shown.NOT_APPLICABLE
        if not _applying(self.positive):
            return Shown.NO_POSITIVE if _applying(self.negative) else Shown.NO_CASE
        return Shown.BOTH_SIDES if _applying(self.negative) else Shown.NO_NEGATIVE

    @property
    def verdict(self) -> Verdict:
        """The worst of both sides; no PASS while one of them has not run.

        A case counts whole, with all that it claims.
        """
        if self.subject.absent:
            return Verdict.NOT_RUN
        return worst_wanted([_verdict(self.positive), _verdict(self.negative)])

    @property
    def is_partial(self) -> bool:
        """Whether a case of either side that applies was left out of the run."""
        both = _applying((*self.positive, *self.negative))
        return any(each.case.why_not for each in both)


def trace_subjects(run: RunRecord, traced: Traceability) -> tuple[SubjectTrace, ...]:
    """Trace every subject of the register to its cases, in the order of the register.

    Args:
        run: the run.
        traced: its cases.
    """
    return tuple(
        SubjectTrace(
            subject,
            tuple(c for c in traced.cases if subject.id in c.case.positive),
            tuple(c for c in traced.cases if subject.id in c.case.negative),
        )
        for subject in run.header.subjects
    )


def _verdict(cases: tuple[CaseTrace, ...]) -> Verdict:
    return worst_wanted([each.verdict for each in cases if not each.case.why_not])


def _applying(cases: tuple[CaseTrace, ...]) -> tuple[CaseTrace, ...]:
    return tuple(each for each in cases if each.case.applies)
