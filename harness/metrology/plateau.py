"""Averages of weight readings, the only form in which weights enter a result.

A line fitted through a cumulative mass is never used: its residuals are correlated, and
its standard error is too small by a factor that reaches twenty.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from harness.errors import MeasurementRefused
from harness.readings import WeightReading

_FEWEST = 3


@dataclass(frozen=True, slots=True)
class Plateau:
    """The mean of consecutive weight readings.

    Attributes:
        mass_ng: mean of the displayed masses.
        t_ns: mean of their times, at which a steadily changing mass equals the mean.
        s_ng: standard deviation of one reading.
        n: number of readings.
        line_s_ng: the same about the line through all, which a steady flow leaves as
            it is; None where it is not known.
    """

    mass_ng: float
    t_ns: int
    s_ng: float
    n: int
    line_s_ng: float | None = None

    @property
    def noise_ng(self) -> float:
        """Standard deviation of one reading without what flowed in meanwhile."""
        return self.s_ng if self.line_s_ng is None else self.line_s_ng


def plateau(readings: Sequence[WeightReading]) -> Plateau:
    """Average readings, the unstable ones included.

    A running pump never lets a balance settle; what such readings scatter is in ``s``.

    Raises:
        MeasurementRefused: fewer than three readings.
    """
    n = len(readings)
    if n < _FEWEST:
        raise MeasurementRefused(
            f"balance: {n} readings make no plateau; take at least {_FEWEST} at either"
            " end of the interval"
        )
    # Offsets from the first reading keep every digit of a mass far from zero.
    masses = [each.mass_ng - readings[0].mass_ng for each in readings]
    mean = math.fsum(masses) / n
    squares = math.fsum((mass - mean) ** 2 for mass in masses)
    moments = [each.t_ns - readings[0].t_ns for each in readings]
    middle = math.fsum(moments) / n
    spread = math.fsum((moment - middle) ** 2 for moment in moments)
    pairs = zip(moments, masses, strict=True)
    mixed = math.fsum((moment - middle) * (mass - mean) for moment, mass in pairs)
    explained = mixed**2 / spread if spread > 0.0 else 0.0
    return Plateau(
        mass_ng=readings[0].mass_ng + mean,
        t_ns=sum(each.t_ns for each in readings) // n,
        s_ng=math.sqrt(squares / (n - 1)),
        n=n,
        # Rounding may leave a perfect line a hair below zero.
        line_s_ng=math.sqrt(max(squares - explained, 0.0) / (n - 2)),
    )


def halves(readings: Sequence[WeightReading]) -> tuple[Plateau, Plateau]:
    """The two halves of a recording as plateaus, for the slope of a blank.

    Raises:
        MeasurementRefused: fewer than three readings in either half.
    """
    middle = len(readings) // 2
    return plateau(readings[:middle]), plateau(readings[middle:])
