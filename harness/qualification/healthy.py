"""What healthy pumps came to: a FAIL among them is the tool's own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from harness.judging import RunState, Verdict
from harness.qualification.bounds import lower_bound, upper_bound
from harness.qualification.outcome import JobKind, Judged, RunOutcome

PROMISED: Final = 0.025
"""What a guard band of U (95 %) lets fail of values exactly at their limit."""
WELL_INSIDE: Final = 0.8
"""The share of its limit below which a value should be decided."""
MOST_UNDECIDED: Final = 0.05
"""The largest share of values well inside that may be INCONCLUSIVE."""


@dataclass(frozen=True, slots=True)
class HealthySet:
    """Runs of pumps that have nothing wrong.

    Attributes:
        name: which set it is.
        runs: in the order in which they ended.
    """

    name: str
    runs: tuple[RunOutcome, ...]

    @property
    def failed(self) -> tuple[RunOutcome, ...]:
        """Runs with a FAIL."""
        return tuple(run for run in self.runs if run.failed)

    @property
    def broken(self) -> tuple[RunOutcome, ...]:
        """Runs that did not end as they should, or judged nothing."""
        return tuple(run for run in self.runs if not _is_whole(run))

    @property
    def counted(self) -> tuple[RunOutcome, ...]:
        """Runs that say something: whole ones, and those with a FAIL."""
        return tuple(run for run in self.runs if _is_whole(run) or run.failed)

    @property
    def upper_bound(self) -> float:
        """Of the probability that a run of a healthy pump has a FAIL, at 95 %."""
        return upper_bound(len(self.failed), len(self.counted))

    @property
    def values(self) -> tuple[Judged, ...]:
        """Everything that was held against a limit with an uncertainty."""
        judged = (each for run in self.runs for each in run.judged)
        return tuple(each for each in judged if each.share_of_limit is not None)

    @property
    def well_inside(self) -> tuple[Judged, ...]:
        """The values that lie below 0.8 of their limit."""
        return tuple(e for e in self.values if (e.share_of_limit or 0.0) < WELL_INSIDE)

    @property
    def undecided(self) -> tuple[Judged, ...]:
        """The INCONCLUSIVE among the values well inside."""
        return tuple(e for e in self.well_inside if e.verdict is Verdict.INCONCLUSIVE)

    @property
    def undecided_share(self) -> float:
        """Their share; 0 where there are no values."""
        return len(self.undecided) / len(self.well_inside) if self.well_inside else 0.0

    @property
    def near(self) -> tuple[Judged, ...]:
        """The values that do not lie well inside."""
        return tuple(e for e in self.values if (e.share_of_limit or 0.0) >= WELL_INSIDE)

    @property
    def near_failed(self) -> tuple[Judged, ...]:
        """The FAIL among these."""
        return tuple(each for each in self.near if each.verdict is Verdict.FAIL)

    @property
    def near_rate(self) -> float:
        """Their share; 0 where there are no values."""
        return len(self.near_failed) / len(self.near) if self.near else 0.0

    @property
    def facts_failed(self) -> tuple[Judged, ...]:
        """The FAIL of what is no value near a limit; none may be."""
        near = set(self.near_failed)
        return tuple(e for run in self.runs for e in run.failed if e not in near)

    @property
    def keeps_promise(self) -> bool:
        """Whether nothing speaks against the promise of the decision rule.

        Values near a limit may fail as often as it says; all else may not.
        """
        least = lower_bound(len(self.near_failed), len(self.near))
        return least <= PROMISED and not self.facts_failed

    @property
    def unanswered(self) -> tuple[str, ...]:
        """Cases with their requirements that come to nothing too often.

        INCONCLUSIVE without a value that is near a limit or not: nothing was found out,
        so the share of undecided values cannot show it.
        """
        all_of = Counter(_test(each) for run in self.runs for each in run.judged)
        nothing = Counter(
            _test(each)
            for run in self.runs
            for each in run.judged
            if each.share_of_limit is None and each.verdict is Verdict.INCONCLUSIVE
        )
        often = (e for e, n in nothing.items() if n > MOST_UNDECIDED * all_of[e])
        return tuple(sorted(often))

    @property
    def is_decisive(self) -> bool:
        """Whether few enough of the values well inside are INCONCLUSIVE."""
        return self.undecided_share <= MOST_UNDECIDED


def _is_whole(run: RunOutcome) -> bool:
    return run.state is RunState.COMPLETE and bool(run.judged)


def _test(judged: Judged) -> str:
    return f"{judged.requirement} in {judged.case}"


def healthy_set(
    name: str, jobs: Iterable[str], outcomes: Iterable[RunOutcome]
) -> HealthySet:
    """Put the runs of a set together.

    Args:
        name: which set it is.
        jobs: the names of its jobs.
        outcomes: runs; those of other jobs are left out.
    """
    wanted = set(jobs)
    runs = (e for e in outcomes if e.kind is JobKind.HEALTHY and e.job in wanted)
    return HealthySet(name, tuple(runs))
