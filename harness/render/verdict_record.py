"""What a journal says of verdicts: given, looked at on the way, or of earlier runs.

A verdict that no longer stands is never better than INCONCLUSIVE.
"""

from __future__ import annotations

from dataclasses import dataclass

from harness.judging import Verdict


@dataclass(frozen=True, slots=True)
class VerdictRecord:
    """A verdict as it was recorded, and whether it still stands.

    Attributes:
        seq: number of its record.
        requirement: what was judged.
        recorded: the verdict when it was given.
        statement: the reason.
        zone: place of the value; None for a fact.
        margin: to the nearest limit, positive inside; None for a fact.
        expanded_u: U of the value; None for a fact.
        k: its coverage factor; None for a fact.
        p_c: conformance probability; None for a fact.
        unit: unit of margin and U.
        evidence: seq of the records it rests on.
        void: why it was withdrawn; None while it stands.
        settled: it stands for a judgement that never came.
        invalidated: id of the deviation that invalidates it; empty without one.
    """

    seq: int
    requirement: str
    recorded: Verdict
    statement: str
    zone: str | None
    margin: float | None
    expanded_u: float | None
    k: float | None
    p_c: float | None
    unit: str
    evidence: tuple[int, ...]
    void: str | None
    settled: bool = False
    invalidated: str = ""

    @property
    def verdict(self) -> Verdict:
        """The verdict that stands; a withdrawn or invalidated one proves nothing."""
        stands = self.void is None and not self.invalidated
        return self.recorded if stands else Verdict.INCONCLUSIVE

    @property
    def outlasts(self) -> bool:
        """Whether a repeat leaves it in force: it was judged, and it still stands."""
        return not self.settled and self.void is None and not self.invalidated


@dataclass(frozen=True, slots=True)
class LookRecord:
    """A look at growing evidence, before the verdict.

    Attributes:
        seq: number of its record.
        number: which look it was, from 1.
        of: how many there may be.
        finding: the verdict that it amounted to.
        statement: the reason.
        p_c: conformance probability; None without a usable value.
    """

    seq: int
    number: int
    of: int
    finding: str
    statement: str
    p_c: float | None


@dataclass(frozen=True, slots=True)
class EarlierVerdict:
    """A verdict that an earlier formal run gave on the same unit.

    Attributes:
        run: name of that run.
        run_digest: hash of its first record, which identifies it for ever.
        run_head: hash of its last record, by which a deviation names it.
        seq: number of the verdict's record in that run.
        requirement: what was judged.
        recorded: the verdict.
        statement: the reason.
        invalidated: id of the deviation that invalidates it; empty without one.
    """

    run: str
    run_digest: str
    run_head: str
    seq: int
    requirement: str
    recorded: Verdict
    statement: str
    invalidated: str = ""
