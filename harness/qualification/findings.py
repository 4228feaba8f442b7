"""All that a campaign found, and whether it is as it should be."""

from __future__ import annotations

from dataclasses import dataclass

from harness.qualification.healthy import HealthySet
from harness.qualification.matrix import Fate, Matrix
from harness.qualification.oracles import Detection


@dataclass(frozen=True, slots=True)
class Findings:
    """What a campaign came to.

    Attributes:
        plan: title of its plan.
        matrix: the defects.
        allowed: healthy pumps that must not fail.
        near: healthy pumps near the limit, which may fail as the rule promises.
        levels: what is found by how much evidence.
    """

    plan: str
    matrix: Matrix
    allowed: HealthySet
    near: HealthySet
    levels: tuple[Detection, ...] = ()

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
        if self.allowed.unanswered:
            named = ", ".join(self.allowed.unanswered)
            found.append(
                f"{self.allowed.name}: INCONCLUSIVE without a value too often: {named}"
            )
        if not self.near.keeps_promise:
            found.append(
                f"{self.near.name}: {self.near.near_rate:.1%} of the values near a"
                " limit failed, or something else did"
            )
        return tuple(found)

    @property
    def headline(self) -> str:
        """The result in one line."""
        rows, healthy = self.matrix.rows, self.allowed
        said = [f"{self.matrix.count(Fate.KILLED)} of {len(rows)} defects killed"]
        if healthy.runs:
            said.append(
                f"{len(healthy.failed)} of {len(healthy.counted)} healthy pumps failed"
                f" (below {healthy.upper_bound:.2%} at 95 %)"
            )
        return ", ".join(said)
