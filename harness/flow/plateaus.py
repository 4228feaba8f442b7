"""Masses from the means of readings at either end, never from a fitted line.

The residuals of a cumulative mass are correlated, so a least-squares slope claims a
standard error up to twenty times too small, and it weights the middle of the interval:
it is not the delivered volume divided by the time. What was delivered is the difference
of two plateaus.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from harness.errors import MeasurementRefused
from harness.flow.noise import Noise
from harness.flow.series import WeightSeries, number

FEWEST_READINGS: Final = 3
SILENT: Final = Noise(0.0)


@dataclass(frozen=True, slots=True)
class Delivered:
    """The mass that arrived between two plateaus, times from the first sample.

    Attributes:
        start_s: mean time of the first plateau.
        end_s: mean time of the second one.
        mass_g: difference of their means.
        u_g: its standard uncertainty: scatter of the readings and random walk.
    """

    start_s: float
    end_s: float
    mass_g: float
    u_g: float


def delivered(
    series: WeightSeries,
    start_s: float,
    end_s: float,
    readings: int,
    noise: Noise = SILENT,
) -> Delivered:
    """The mass between the first and the last readings of an interval.

    A plateau's mean holds at its mean time, so the result covers a little less than the
    interval unless the pump rests at both ends; its own times say how much.

    Args:
        series: the recording.
        start_s: first moment of the first plateau, from the first sample.
        end_s: last moment of the second one.
        readings: in each plateau. More is not better once the mass wanders: √3 s/σ
            readings a second is best while the pump runs.
        noise: of the measurement; its white part is the least scatter believed.

    Raises:
        MeasurementRefused: the interval does not hold two plateaus of three readings.
    """
    first, last = indices(series, start_s, end_s)
    if readings < FEWEST_READINGS or last - first < 2 * readings:
        raise MeasurementRefused(
            f"weight series: {last - first} readings from {number(start_s)} to"
            f" {number(end_s)} s are not two plateaus of {readings}; take at least"
            f" {FEWEST_READINGS} at either end of a longer interval"
        )
    before, after = slice(first, first + readings), slice(last - readings, last)
    return difference(series, before, after, noise)


def indices(series: WeightSeries, start_s: float, end_s: float) -> tuple[int, int]:
    """First sample of a period, and the first one after it; both ends belong to it."""
    begin = series.t_s[0]
    first = int(np.searchsorted(series.t_s, begin + start_s, side="left"))
    return first, int(np.searchsorted(series.t_s, begin + end_s, side="right"))


def difference(
    series: WeightSeries, before: slice, after: slice, noise: Noise
) -> Delivered:
    """The second plateau's mean minus the first one's.

    Args:
        series: the recording.
        before: samples of the first plateau.
        after: samples of the second.
        noise: of the measurement.

    Source: u² = s1²/k1 + s2²/k2 + σ² (gap + (length1 + length2)/3), the last term for
    a random walk between and within the plateaus.
    """
    (t1, m1, s1, k1, length1), (t2, m2, s2, k2, length2) = (
        _mean(series, each, noise.white_g) for each in (before, after)
    )
    gap_s = float(series.t_s[after.start] - series.t_s[before.stop - 1])
    walked_s = gap_s + (length1 + length2) / 3.0
    drifted = (noise.drift_g_per_s * (t2 - t1)) ** 2 / 3.0
    walked = noise.walk_g_per_sqrt_s**2 * walked_s
    u = math.sqrt(s1**2 / k1 + s2**2 / k2 + walked + drifted)
    start = float(series.t_s[0])
    return Delivered(t1 - start, t2 - start, m2 - m1, u)


def _mean(
    series: WeightSeries, which: slice, least_g: float
) -> tuple[float, float, float, int, float]:
    """Mean time, mean mass, scatter about the plateau's own line, number and length."""
    t_s, mass_g = series.t_s[which], series.mass_g[which]
    t, mass = float(t_s.mean()), float(mass_g.mean())
    around, above = t_s - t, mass_g - mass
    residuals = above - around * float((around @ above) / (around @ around))
    scatter = math.sqrt(float(residuals @ residuals) / (len(t_s) - 2))
    return t, mass, max(scatter, least_g), len(t_s), float(t_s[-1] - t_s[0])
