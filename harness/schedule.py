"""A week of rates, as a day schedule repeats it."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from harness.units import FLOW, VOLUME, Quantity, magnitude, ureg

DAYS_A_WEEK = 7
MINUTES_A_DAY = 1440
_US_A_DAY = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Step:
    """From ``minute`` of the day on the pump runs at ``rate`` (volume per time)."""

    minute: int
    rate: Quantity


@dataclass(frozen=True, slots=True)
class WeekSchedule:
    """Steps in rising order for each of seven days, Monday first.

    The first step of every day is at minute 0.

    Raises:
        ValueError: not seven days, or the steps of a day are not as above.
    """

    days: tuple[tuple[Step, ...], ...]

    def __post_init__(self) -> None:
        if len(self.days) != DAYS_A_WEEK:
            raise ValueError(f"a week has 7 days, not {len(self.days)}")
        for number, steps in enumerate(self.days):
            minutes = [step.minute for step in steps]
            is_rising = all(a < b for a, b in pairwise(minutes))
            if minutes[:1] != [0] or not is_rising or minutes[-1] >= MINUTES_A_DAY:
                raise ValueError(
                    f"day {number}: the steps begin at {minutes}; they must rise from"
                    f" minute 0 and stay below {MINUTES_A_DAY}"
                )

    def rate_at(self, day: int, minute: float) -> Quantity:
        """Return the rate in force.

        Args:
            day: 0 for Monday to 6 for Sunday.
            minute: of that day, from 0 to below 1440.

        Raises:
            ValueError: no such day or minute.
        """
        if not (0 <= day < DAYS_A_WEEK and 0 <= minute < MINUTES_A_DAY):
            raise ValueError(f"day {day}, minute {minute} is no time of a week")
        steps = self.days[day]
        return steps[bisect_right(steps, minute, key=lambda step: step.minute) - 1].rate

    def volume_between(self, start: datetime, end: datetime) -> Quantity:
        """Return the volume that the schedule asks for from ``start`` to ``end``.

        The pump's clock keeps UTC, so a day always has 24 hours. Times are whole
        microseconds, so only the rates are rounded.

        Raises:
            ValueError: a time without a zone, or ``end`` before ``start``.
        """
        if start.tzinfo is None or end.tzinfo is None or end < start:
            raise ValueError(f"{start} to {end} is no interval between times of a zone")
        lasted_us: Counter[tuple[int, int]] = Counter()
        for day, index, us in self._pieces(start.astimezone(UTC), end.astimezone(UTC)):
            lasted_us[day, index] += us
        volume_ml = math.fsum(
            magnitude(self.days[day][index].rate, FLOW) * us / _US_A_DAY
            for (day, index), us in lasted_us.items()
        )
        return ureg.Quantity(volume_ml, VOLUME)

    def _pieces(self, start: datetime, end: datetime) -> Iterator[tuple[int, int, int]]:
        """Yield day, index of the step and overlap in µs of every step in between."""
        midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
        while midnight < end:
            day = midnight.weekday()
            steps = self.days[day]
            ends = [step.minute for step in steps[1:]] + [MINUTES_A_DAY]
            for index, (step, until) in enumerate(zip(steps, ends, strict=True)):
                first = max(start, midnight + timedelta(minutes=step.minute))
                last = min(end, midnight + timedelta(minutes=until))
                if last > first:
                    yield day, index, (last - first) // timedelta(microseconds=1)
            midnight += timedelta(days=1)


def clock_time(minute: int) -> str:
    """Write a minute of the day as ``"06:30"``."""
    return f"{minute // 60:02d}:{minute % 60:02d}"
