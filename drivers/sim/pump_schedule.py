"""The day schedule: which rate is in force when, by the pump clock.

The clock begins on 2000-01-01, a Saturday. Its days have 24 hours and its steps begin
on whole minutes, so a week repeats itself exactly.
"""

from bisect import bisect_right
from fractions import Fraction
from itertools import pairwise
from math import ceil
from typing import Final

from drivers.sim.pump_time import NS_PER_S
from protocols.pump_link.fields import ScheduleStep

Day = tuple[ScheduleStep, ...]

DAYS: Final = 7
NS_PER_MIN: Final = 60 * NS_PER_S
NS_PER_H: Final = 60 * NS_PER_MIN
NS_PER_DAY: Final = 24 * NS_PER_H
_NS_PER_WEEK: Final = DAYS * NS_PER_DAY
_FIRST_WEEKDAY: Final = 5
"""Day of the week on which the clock begins, 0 = Monday."""


def weekday_of(clock_ns: int) -> int:
    """Return the day of the week that a clock shows, 0 = Monday."""
    return (clock_ns // NS_PER_DAY + _FIRST_WEEKDAY) % DAYS


class Week:
    """Seven days of steps.

    Attributes:
        days: the steps of each day, Monday first; those of a day rise from minute 0.
    """

    __slots__ = ("_begin_ns", "_flowed", "_rates_nl_per_h", "days")

    def __init__(self, days: tuple[Day, ...]) -> None:
        """Keep seven days."""
        self.days = days
        self._begin_ns = [
            day * NS_PER_DAY + step.minute * NS_PER_MIN
            for day, steps in enumerate(days)
            for step in steps
        ]
        self._rates_nl_per_h = [step.rate_nl_per_h for steps in days for step in steps]
        lengths_ns = [b - a for a, b in pairwise([*self._begin_ns, _NS_PER_WEEK])]
        self._flowed = sum(
            rate * length_ns
            for rate, length_ns in zip(self._rates_nl_per_h, lengths_ns, strict=True)
        )

    @property
    def is_empty(self) -> bool:
        """Whether the week delivers nothing at all."""
        return not self._flowed

    def rate_nl_per_h(self, clock_ns: int) -> int:
        """Return the rate of the step in force, nL/h."""
        step = bisect_right(self._begin_ns, _since_monday_ns(clock_ns)) - 1
        return self._rates_nl_per_h[step]

    def next_step_ns(self, clock_ns: int) -> int:
        """Return when the next step begins, by the clock, ns."""
        position_ns = _since_monday_ns(clock_ns)
        step = bisect_right(self._begin_ns, position_ns)
        is_last = step == len(self._begin_ns)
        begin_ns = _NS_PER_WEEK if is_last else self._begin_ns[step]
        return clock_ns + begin_ns - position_ns

    def day_nl(self, clock_ns: int) -> Fraction:
        """Return the volume of the day that a clock shows, midnight to midnight, nL."""
        steps = self.days[weekday_of(clock_ns)]
        ends = [*(step.minute for step in steps[1:]), NS_PER_DAY // NS_PER_MIN]
        parts = (
            step.rate_nl_per_h * (end - step.minute)
            for step, end in zip(steps, ends, strict=True)
        )
        return Fraction(sum(parts), 60)

    def wait_ns(self, clock_ns: int, volume_nl: Fraction) -> Fraction | None:
        """Return how long the schedule takes to deliver a volume above 0, ns.

        None when it never does. The cost does not grow with the volume.
        """
        if self.is_empty:
            return None
        left = volume_nl * NS_PER_H
        weeks = ceil(left / self._flowed) - 1
        left -= weeks * self._flowed
        moment_ns = clock_ns
        while True:
            rate, end_ns = self.rate_nl_per_h(moment_ns), self.next_step_ns(moment_ns)
            step = rate * (end_ns - moment_ns)
            if step >= left:
                passed_ns = weeks * _NS_PER_WEEK + moment_ns - clock_ns
                return passed_ns + left / rate
            left -= step
            moment_ns = end_ns


def _since_monday_ns(clock_ns: int) -> int:
    return (clock_ns + _FIRST_WEEKDAY * NS_PER_DAY) % _NS_PER_WEEK
