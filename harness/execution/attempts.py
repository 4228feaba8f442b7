"""What earlier attempts at cases have left: numbers, and verdicts that stay in force.

A repeat never replaces a verdict. What was only settled, in place of a judgement that
never came, gives way to a repeat.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from harness.execution.case import CaseResult, Entry
from harness.judging import Judgement, Verdict, worst
from harness.render.case_record import CaseRecord
from harness.render.verdict_record import VerdictRecord

_NO_SEQ = 0


@dataclass(frozen=True, slots=True)
class Lasting:
    """A verdict of an earlier attempt that a repeat leaves in force.

    Attributes:
        seq: number of its record in this run; 0 for one of an earlier run.
        requirement: what was judged.
        verdict: as it was recorded.
        statement: the reason.
    """

    seq: int
    requirement: str
    verdict: Verdict
    statement: str


class Attempts:
    """Counts the attempts at each case, and keeps what they have judged."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = defaultdict(int)
        self._lasting: dict[str, list[Lasting]] = defaultdict(list)

    def begin(self, case_id: str) -> int:
        """Return the number of the attempt that begins now, from 1."""
        self._numbers[case_id] += 1
        return self._numbers[case_id]

    def number(self, case_id: str) -> int:
        """Return the number of the last attempt; 0 before the first."""
        return self._numbers[case_id]

    def supersede(self, result: CaseResult) -> None:
        """Keep what an attempt has judged that another one follows."""
        judged = ((e.seq, e.judgement) for e in result.entries if not e.settled)
        self._lasting[result.case_id] += [
            Lasting(seq, said.requirement, said.verdict, said.statement)
            for seq, said in judged
        ]

    def take_up(self, case: CaseRecord, *, is_kept: bool) -> None:
        """Take over what the journal says of a case.

        Args:
            case: as its last attempt left it.
            is_kept: whether that attempt stays the last.
        """
        self._numbers[case.id] = case.attempt
        over = case.attempts if is_kept else (*case.attempts, case)
        verdicts = (v for each in over for v in each.verdicts if v.outlasts)
        self._lasting[case.id] = [
            Lasting(v.seq, v.requirement, v.recorded, v.statement) for v in verdicts
        ] + [
            Lasting(_NO_SEQ, v.requirement, v.recorded, v.statement)
            for v in case.earlier
            if not v.invalidated
        ]

    def lasting(self, case_id: str, void: Collection[int]) -> Iterator[Lasting]:
        """Yield what is in force of earlier attempts.

        Args:
            case_id: the case.
            void: seq of the verdicts that were withdrawn.
        """
        return (each for each in self._lasting[case_id] if each.seq not in void)

    def worst(
        self, case_id: str | None, void: Collection[int], requirement: str | None = None
    ) -> Verdict:
        """Return the worst that is in force of earlier attempts; NOT_RUN for nothing.

        Args:
            case_id: the case; None for all.
            void: seq of the verdicts that were withdrawn.
            requirement: only what was said of this one; None for all.
        """
        return worst(
            each.verdict
            for about in (list(self._lasting) if case_id is None else [case_id])
            for each in self.lasting(about, void)
            if requirement in (None, each.requirement)
        )


def entries_of(verdicts: Iterable[VerdictRecord]) -> tuple[Entry, ...]:
    """Return verdicts that were read back as those of a case that runs."""
    return tuple(
        Entry(v.seq, Judgement(v.requirement, v.recorded, v.statement), v.settled)
        for v in verdicts
    )


def result_of(case: CaseRecord) -> CaseResult:
    """Return what became of a case according to the journal."""
    entries = entries_of(case.verdicts)
    found = worst(each.judgement.verdict for each in entries)
    ended = Verdict.INCONCLUSIVE if case.ended is None else case.ended
    took_ns = (case.t_end_ns or 0) - (case.t_begin_ns or case.t_end_ns or 0)
    return CaseResult(case.id, max(found, ended), case.statement, entries, took_ns)
