"""Outcomes of runs, made by hand."""

from __future__ import annotations

from typing import Final

from harness.judging import RunState, Verdict
from harness.qualification.outcome import JobKind, Judged, RunOutcome, hash_of

PASSED: Final = Judged("R-1/a", "R-1", Verdict.PASS, 90.0, 60.0, 1.0, 0.5, -10, 10, "%")
FAILED: Final = Judged(
    "R-1/a", "R-1", Verdict.FAIL, 90.0, 60.0, 12.0, 0.5, -10, 10, "%"
)
UNDECIDED: Final = Judged(
    "R-1/a", "R-1", Verdict.INCONCLUSIVE, 90.0, 60.0, 10.2, 0.5, -10, 10, "%"
)
WRONG_FACT: Final = Judged("R-2/b", "R-2", Verdict.FAIL, 30.0, 30.0)


def run(
    job: str,
    *judged: Judged,
    kind: JobKind = JobKind.DEFECT,
    state: RunState = RunState.COMPLETE,
) -> RunOutcome:
    """A run of the defect, or of the healthy pump, of that name."""
    seeded = (job,) if kind is JobKind.DEFECT else ()
    return RunOutcome(
        job, kind, seeded, "p", 1, "in-process", state, judged, hash_of(judged), 2.5
    )
