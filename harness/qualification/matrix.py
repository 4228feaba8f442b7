"""The kill matrix: which test saw which seeded defect, how soon, and how clearly.

Only FAIL counts, and only by the requirement that the defect names: what another one
says may be luck.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from harness.judging import RunState, Verdict
from harness.qualification.outcome import Judged, RunOutcome

Test: TypeAlias = "tuple[str, str]"
"""A case, and a requirement that it judges."""


class Fate(StrEnum):
    """What became of a defect."""

    KILLED = "killed"
    ELSEWHERE = "killed elsewhere"
    MISSED = "missed"
    NO_RUN = "no whole run"


@dataclass(frozen=True, slots=True)
class Sought:
    """A seeded defect as a campaign looks for it.

    Attributes:
        id: its short name.
        title: what is wrong, in words.
        source: a recall or notice, or "engineering".
        requirement: whose verdict must be FAIL.
    """

    id: str
    title: str
    source: str
    requirement: str


@dataclass(frozen=True, slots=True)
class Row:
    """A defect and its run.

    Attributes:
        sought: the defect.
        run: what its run came to; None while it has not ended.
    """

    sought: Sought
    run: RunOutcome | None

    @property
    def killers(self) -> tuple[Judged, ...]:
        """What is FAIL by the requirement that the defect names, the first first."""
        failed = () if self.run is None else self.run.failed
        return tuple(e for e in failed if e.requirement == self.sought.requirement)

    @property
    def others(self) -> tuple[Judged, ...]:
        """What else is FAIL."""
        failed = () if self.run is None else self.run.failed
        return tuple(e for e in failed if e.requirement != self.sought.requirement)

    @property
    def fate(self) -> Fate:
        """What became of the defect; a FAIL counts even if the run then broke off."""
        if self.killers:
            return Fate.KILLED
        if self.others:
            return Fate.ELSEWHERE
        if self.run is None or self.run.state is not RunState.COMPLETE:
            return Fate.NO_RUN
        return Fate.MISSED

    @property
    def margin_in_u(self) -> float | None:
        """How far beyond its limit the clearest killer lies, in U; None of facts."""
        found = [
            each.beyond / each.expanded_u
            for each in self.killers
            if each.beyond is not None and each.expanded_u
        ]
        return max(found, default=None)


@dataclass(frozen=True, slots=True)
class Matrix:
    """Tests × defects."""

    rows: tuple[Row, ...]

    def count(self, fate: Fate) -> int:
        """Return how many defects came to that."""
        return sum(row.fate is fate for row in self.rows)

    @property
    def is_complete(self) -> bool:
        """Whether every defect was killed by the requirement that it names."""
        return all(row.fate is Fate.KILLED for row in self.rows)

    @property
    def tests(self) -> tuple[Test, ...]:
        """Every test of which a run has a verdict, each once, in the order of runs."""
        return tuple(
            dict.fromkeys(
                (each.case, each.requirement)
                for row in self.rows
                if row.run is not None
                for each in row.run.judged
            )
        )

    def cells(self) -> Mapping[Test, Sequence[Verdict]]:
        """Return for each test its verdict on each defect; NOT_RUN where none came."""
        of_runs = [_verdicts(row.run) for row in self.rows]
        return {
            test: [verdicts.get(test, Verdict.NOT_RUN) for verdicts in of_runs]
            for test in self.tests
        }


def matrix(sought: Iterable[Sought], outcomes: Iterable[RunOutcome]) -> Matrix:
    """Put defects and their runs together.

    Args:
        sought: the defects, in the order of the catalogue.
        outcomes: runs; those of other jobs are left out.
    """
    by_defect = {each.seeded: each for each in outcomes}
    return Matrix(tuple(Row(each, by_defect.get((each.id,))) for each in sought))


def _verdicts(run: RunOutcome | None) -> Mapping[Test, Verdict]:
    judged = () if run is None else run.judged
    return {(each.case, each.requirement): each.verdict for each in judged}
