"""Two scales, never mixed: ``Verdict`` is of the pump, ``RunState`` of the run."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum, StrEnum


class Verdict(IntEnum):
    """What is known about the pump; the larger, the worse."""

    NOT_RUN = 0
    PASS = 1
    INCONCLUSIVE = 2
    FAIL = 3


class RunState(IntEnum):
    """What became of the run itself; the larger, the worse."""

    COMPLETE = 0
    ABORTED = 1
    BENCH_FAULT = 2
    TOOL_ERROR = 3


class Zone(StrEnum):
    """Where a value lies by a limit, as its decision rule divides the values.

    The first four are those of ILAC-G8:09/2019. ``REJECTED`` is what a binary guard
    band does not accept, ``UNDECIDED`` what neither risk of the rule allows, and
    ``TOO_UNCERTAIN`` evidence whose U is larger than the rule bears.
    """

    PASS = "pass"
    CONDITIONAL_PASS = "conditional pass"
    CONDITIONAL_FAIL = "conditional fail"
    FAIL = "fail"
    REJECTED = "rejected"
    UNDECIDED = "undecided"
    TOO_UNCERTAIN = "too uncertain"
    UNUSABLE = "unusable"
    NOT_SPECIFIED = "not specified"


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst verdict of a group; NOT_RUN for an empty one."""
    return max(verdicts, default=Verdict.NOT_RUN)
