"""How much each kind of evidence finds: the same runs, fewer of their verdicts.

A verdict counts at a level only if all that it rests on is there. The register says of
each requirement what that is, with its key ``channels``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from harness.plans.channels import BY_WEIGHT, FROM_THE_PUMP, Channel
from harness.qualification.matrix import Matrix, Row
from harness.qualification.outcome import Judged


class Level(StrEnum):
    """What a bench looks at."""

    TELEMETRY = "telemetry alone: what the pump says and logs"
    BALANCE = "balance alone: what was delivered, by weight"
    SIDE_BY_SIDE = "both, side by side"
    FULL = "full cross-checks"
    STEADY = "full cross-checks, steady infusion without stimuli"


_ALONE: Final[Mapping[Level, Collection[Collection[Channel]]]] = {
    Level.TELEMETRY: (FROM_THE_PUMP,),
    Level.BALANCE: (BY_WEIGHT,),
    Level.SIDE_BY_SIDE: (FROM_THE_PUMP, BY_WEIGHT),
}


@dataclass(frozen=True, slots=True)
class Detection:
    """What a level finds.

    Attributes:
        level: what is looked at.
        found: ids of the defects that some verdict of the level fails.
        of: how many were sought.
    """

    level: Level
    found: tuple[str, ...]
    of: int

    @property
    def share(self) -> float:
        """The share of the defects that is found; 0 where none was sought."""
        return len(self.found) / self.of if self.of else 0.0


def detection(
    matrix: Matrix,
    channels: Mapping[str, Collection[Channel]],
    steady: Collection[str],
) -> tuple[Detection, ...]:
    """Return what each level finds; any FAIL counts, by whatever requirement.

    Args:
        matrix: the runs.
        channels: what the verdict of each requirement rests on.
        steady: ids of the cases with nothing but a constant rate.
    """

    def counts(level: Level, judged: Judged) -> bool:
        if level is Level.STEADY:
            return judged.case in steady
        rests_on = set(channels.get(judged.requirement, ()))
        return level is Level.FULL or any(
            rests_on and rests_on <= set(each) for each in _ALONE[level]
        )

    def is_found(level: Level, row: Row) -> bool:
        failed = () if row.run is None else row.run.failed
        return any(counts(level, each) for each in failed)

    return tuple(
        Detection(
            level,
            tuple(row.sought.id for row in matrix.rows if is_found(level, row)),
            len(matrix.rows),
        )
        for level in Level
    )
