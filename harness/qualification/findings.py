"""All that a campaign found, and whether it is as it should be."""

from __future__ import annotations

from dataclasses import dataclass

from harness.judging import RunState
from harness.qualification.healthy import HealthySet
from harness.qualification.matrix import Fate, Matrix
from harness.qualification.oracles import Detection
from harness.qualification.outcome import RunOutcome


@dataclass(frozen=True, slots=True)
class Findings:
    """What a campaign came to.

    Attributes:
        plan: title of its plan.
        matrix: the defects.
        allowed: healthy pumps that must not fail.
        near: healthy pumps near the limit, which may fail as the rule promises.
        bench_faults: runs on benches with something wrong.
        levels: what is found by how much evidence.
    """

    plan: str
    matrix: Matrix
    allowed: HealthySet
    near: HealthySet
    bench_faults: tuple[RunOutcome, ...] = ()
    levels: tuple[Detection, ...] = ()

    @property
    def unmet_faults(self) -> tuple[RunOutcome, ...]:
        """Faults of the bench that did not end as such, or were blamed on the pump."""
        return tuple(
            run
            for run in self.bench_faults
            if run.state is not RunState.BENCH_FAULT or run.failed
        )

    @property
    def complaints(self) -> tuple[str, ...]:
        """What is not as it should be, a sentence each; empty if all is."""
        matrix, found = self.matrix, []
        for fate in (Fate.ELSEWHERE, Fate.MISSED, Fate.NO_RUN):
            ids = [row.sought.id for row in matrix.rows if row.fate is fate]
            if ids:
                found.append(f"{fate.value}: {', '.join(ids)}")
        if self.allowed.failed:
            named = ", ".join(run.job for run in self.allowed.failed)
            found.append(f"healthy pumps failed: {named}")
        for each in (self.allowed, self.near):
            if each.broken:
                named = ", ".join(run.job for run in each.broken)
                found.append(f"runs of healthy pumps broke off: {named}")
            if not each.is_decisive:
                found.append(
                    f"{each.name}: {each.undecided_share:.1%} of the values below 0.8"
                    " of their limit are INCONCLUSIVE"
                )
        if not self.near.keeps_promise:
            found.append(
                f"{self.near.name}: {self.near.near_rate:.1%} of the values near a"
                " limit failed, or something else did"
            )
        if self.unmet_faults:
            named = ", ".join(run.job for run in self.unmet_faults)
            found.append(f"faults of the bench that were not met as such: {named}")
        return tuple(found)

    @property
    def headline(self) -> str:
        """The result in one line."""
        rows, healthy = self.matrix.rows, self.allowed
        said = [f"{self.matrix.count(Fate.KILLED)} of {len(rows)} defects killed"]
        if healthy.runs:
            said.append(
                f"{len(healthy.failed)} of {len(healthy.runs)} healthy pumps failed"
                f" (below {healthy.upper_bound:.2%} at 95 %)"
            )
        if self.bench_faults:
            met = len(self.bench_faults) - len(self.unmet_faults)
            said.append(f"{met} of {len(self.bench_faults)} bench faults met")
        return ", ".join(said)
