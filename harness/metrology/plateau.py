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
    """

    mass_ng: float
    t_ns: int
    s_ng: float
    n: int


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
    return Plateau(
        mass_ng=readings[0].mass_ng + mean,
        t_ns=sum(each.t_ns for each in readings) // n,
        s_ng=math.sqrt(squares / (n - 1)),
        n=n,
    )


def halves(readings: Sequence[WeightReading]) -> tuple[Plateau, Plateau]:
    """The two halves of a recording as plateaus, for the slope of a blank.

    Raises:
        MeasurementRefused: fewer than three readings in either half.
    """
    middle = len(readings) // 2
    return plateau(readings[:middle]), plateau(readings[middle:])
