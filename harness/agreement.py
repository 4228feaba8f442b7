"""Reports that can be believed although their line has no check value: told twice.

A flipped bit makes another volume, or an alarm out of nothing, and nothing in an answer
shows it; so a report counts when the next one agrees.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from harness.clock import NS_PER_S

T = TypeVar("T")

MOST_ASKED: Final = 6
"""How often is asked until two reports in a row agree."""

_S_PER_H: Final = 3_600
_MOST_TIMES_THE_RATE: Final = 2


@dataclass(frozen=True, slots=True)
class Counted:
    """What a pump has counted, and how fast it ran.

    Attributes:
        t_ns: bench time.
        volume_nl: its count.
        rate_nl_per_h: the rate that it tells.
    """

    t_ns: int
    volume_nl: int
    rate_nl_per_h: int


def agreed(
    ask: Callable[[], T | None],
    agree: Callable[[T, T], bool],
    doubt: Callable[[T], None],
) -> T | None:
    """Ask until two reports in a row agree; return the later one.

    Args:
        ask: asks once; None is an answer that is no report.
        agree: whether a report and the next one can both be true.
        doubt: is given the first of two that do not agree.

    Returns:
        None where no two in a row agree.
    """
    before: T | None = None
    for _ in range(MOST_ASKED):
        report = ask()
        if before is not None and report is not None:
            if agree(before, report):
                return report
            doubt(before)
        before = report
    return None


def can_follow(first: Counted, then: Counted, leeway_nl: int) -> bool:
    """Tell whether no more was counted in between than what can have flowed.

    A pump may count wrong; so twice its rate is let pass.

    Args:
        first: the earlier count.
        then: the later one, with the rate that counts.
        leeway_nl: what is let pass besides, as for the last digit.
    """
    flowed_nl = then.rate_nl_per_h * (then.t_ns - first.t_ns) / NS_PER_S / _S_PER_H
    most_nl = _MOST_TIMES_THE_RATE * flowed_nl + leeway_nl
    return 0 <= then.volume_nl - first.volume_nl <= most_nl
