"""What one dose gave, by weight, while a background rate runs before and behind it.

The pump's own flows are measured beside the dose, so that an error of its flow is not
taken for an error of the dose's programme. Bench times are integer nanoseconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from fixtures.procedures.phases import Phase, Phases, in_time
from harness.metrology.gravimetry import Weighing
from harness.metrology.measurement import Measurement, difference
from harness.units import Quantity, nanoseconds


def in_turn(run: Phases, marks: Sequence[Weighing]) -> list[Phase]:
    """The phases from each mark of a closed run to the next."""
    return [run.between(start, end) for start, end in pairwise(marks)]


def since(mark: Weighing, t_ns: int) -> int:
    """The time from a mark to a bench time, ns."""
    return t_ns - mark.plateau.t_ns


def given(
    before: Phase, across: Phase, after: Phase, start_ns: int, duration: Quantity
) -> Measurement:
    """The volume of a dose that takes the place of the background while it runs.

    Args:
        before: a phase at the background rate.
        across: the phase in which the dose lies.
        after: a phase at the rate behind it.
        start_ns: when the dose was begun.
        duration: of the dose, by its programme.
    """
    end_ns = start_ns + nanoseconds(duration)
    earlier = in_time(before.flow, since(across.start, start_ns))
    later = in_time(after.flow, -since(across.end, end_ns))
    return difference(difference(across.volume, earlier), later)
