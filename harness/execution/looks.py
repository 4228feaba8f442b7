"""Two looks at growing evidence, and no third: what keeps a verdict from being fished.

Whoever may measure on until a value suits him will get it. So a case declares, before
anything is measured, for how long it measures on if its first look decides nothing;
both looks are in the journal, and each is judged with half the probability of error.
"""

from __future__ import annotations

from dataclasses import dataclass

from harness.judging import Judgement, Verdict
from harness.metrology.measurement import Measurement
from harness.units import NS_PER_S, Quantity, nanoseconds

# What a second course needs besides delivering: blanks, settling, relaxation.
_AROUND_NS = 12 * 3600 * NS_PER_S


@dataclass(frozen=True, slots=True)
class Look:
    """The first look at a requirement.

    Attributes:
        seq: of its record.
        evidence: seq of the records that it rests on.
        measurement: what there was to look at.
        judgement: what it amounts to.
    """

    seq: int
    evidence: tuple[int, ...]
    measurement: Measurement
    judgement: Judgement

    @property
    def is_conclusive(self) -> bool:
        """Whether it decides, so that nothing more may be measured."""
        return self.judgement.verdict is not Verdict.INCONCLUSIVE


class Looks:
    """The looks that one case has taken.

    Args:
        case_id: for messages.
        second: for how long the case measures on; None if it does not.
    """

    def __init__(self, case_id: str, second: Quantity | None) -> None:
        self._case_id = case_id
        self._second = second
        self._first: dict[str, Look] = {}
        self._judged: set[str] = set()

    def check_first(self, requirement: str) -> None:
        """Refuse a first look that was not declared, or is not the first.

        Raises:
            ValueError: it is so.
        """
        if self._second is None:
            raise ValueError(
                f"{self._case_id}: a look at {requirement} was not declared; write"
                " second_look in the case of the plan, or judge at once"
            )
        if requirement in self._first:
            raise ValueError(
                f"{self._case_id}: {requirement} has been looked at before; the next"
                " look is the verdict"
            )

    def take(self, requirement: str, look: Look) -> None:
        """Remember a first look."""
        self._first[requirement] = look

    def before(self, requirement: str, measurement: Measurement) -> Look | None:
        """Return the look that precedes a verdict on a measurement, if there was one.

        Raises:
            ValueError: the verdict is not the one that this look leads to.
        """
        look = self._first.get(requirement)
        if look is None:
            return None
        where = f"{self._case_id}: {requirement}"
        if requirement in self._judged:
            raise ValueError(f"{where} is judged; there is no further look")
        if look.is_conclusive and measurement != look.measurement:
            raise ValueError(
                f"{where}: the first look was conclusive; judge what it looked at"
            )
        if not look.is_conclusive:
            self._check_longer(look.measurement, measurement, where)
        self._judged.add(requirement)
        return look

    def _check_longer(
        self, first: Measurement, second: Measurement, where: str
    ) -> None:
        """Refuse a second look that leaves evidence out, or comes too soon or late."""
        if second.t_start_ns != first.t_start_ns:
            raise ValueError(
                f"{where}: the second look does not begin where the first one did;"
                " judge all that was measured"
            )
        more_ns = 0 if self._second is None else nanoseconds(self._second)
        if second.t_end_ns - first.t_end_ns < more_ns:
            raise ValueError(
                f"{where}: the second look comes before {self._second} more were"
                " measured; measure on for case.second_look, then judge"
            )
        if second.t_end_ns - first.t_end_ns > 2 * more_ns + _AROUND_NS:
            raise ValueError(
                f"{where}: the second look comes long after {self._second} more;"
                " measure on for case.second_look and no longer, then judge"
            )
