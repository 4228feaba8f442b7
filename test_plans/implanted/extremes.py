"""The value that counts where several were measured: the worst, the largest fall."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, pairwise

from harness.judging import Limit
from harness.metrology.measurement import Measurement, bracketed, error_percent
from harness.units import FLOW, VOLUME, Quantity, magnitude, ureg

_NS_PER_DAY = 86_400_000_000_000
_NS_PER_H = 3_600_000_000_000


def worst(limit: Limit, measured: Sequence[Measurement]) -> Measurement:
    """Pick the measurement that speaks most against the pump.

    Args:
        limit: by which they are held.
        measured: at least one.
    """

    def badness(each: Measurement) -> tuple[int, float]:
        judgement = limit.judge(each)
        expanded = judgement.expanded_u
        if judgement.margin is None or expanded is None:
            return judgement.verdict, 0.0
        left = magnitude(judgement.margin, limit.unit) - magnitude(expanded, limit.unit)
        return judgement.verdict, -left

    return max(measured, key=badness)


def changes(flows: Sequence[Measurement]) -> list[Measurement]:
    """Every later flow against every earlier one, in percent of that."""
    return [error_percent(later, earlier) for earlier, later in combinations(flows, 2)]


def largest_fall(
    times_ns: Sequence[int],
    volumes_ml: Sequence[float],
    noise_ml: float,
    drift_ml_per_h: float,
    fastest: Quantity,
) -> Measurement:
    """By how much a delivered volume has fallen at most, from any reading to any later.

    Between two readings the pump may have turned round unseen: a fall can be deeper
    than it was read by what the pump moves in the pause before it and in the one after.

    Args:
        times_ns: bench times of the readings, rising; at least two.
        volumes_ml: delivered volume up to each, corrected for evaporation.
        noise_ml: how far one reading may lie from the truth.
        drift_ml_per_h: how fast the volumes may rise or fall when nothing comes.
        fastest: the largest flow that the pump can have had, either way.
    """
    top = first = last = 0
    for index, volume_ml in enumerate(volumes_ml):
        if volume_ml > volumes_ml[top]:
            top = index
        if volumes_ml[top] - volume_ml > volumes_ml[first] - volumes_ml[last]:
            first, last = top, index
    fall_ml = volumes_ml[first] - volumes_ml[last]
    fall_ns = times_ns[last] - times_ns[first]
    feigned_ml = 2.0 * noise_ml + drift_ml_per_h * fall_ns / _NS_PER_H
    pause_ns = max(later - earlier for earlier, later in pairwise(times_ns))
    unseen_ml = 2.0 * magnitude(fastest, FLOW) * pause_ns / _NS_PER_DAY
    return bracketed(
        ureg.Quantity(max(0.0, fall_ml - feigned_ml), VOLUME),
        ureg.Quantity(fall_ml + feigned_ml + unseen_ml, VOLUME),
        "balance",
        times_ns[0],
        times_ns[-1],
    )
