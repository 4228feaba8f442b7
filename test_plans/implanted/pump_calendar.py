"""The pump's clock on the bench's clock, and the steps of a schedule by it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from harness.bench import Bench
from harness.roles import ClockSetting, Refillable
from harness.schedule import WeekSchedule
from harness.units import FLOW, NS_PER_S, Quantity, magnitude

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_NS_PER_US = 1000


@dataclass(frozen=True, slots=True)
class Calendar:
    """The pump's calendar as its clock was read once; its rate is the bench's.

    Attributes:
        zero_ns: bench time at which the pump's clock would have been 0, to a second.
    """

    zero_ns: int

    def date(self, t_ns: int) -> datetime:
        """What the pump's calendar says at a bench time."""
        return _EPOCH + timedelta(microseconds=(t_ns - self.zero_ns) // _NS_PER_US)

    def t_ns(self, date: datetime) -> int:
        """The bench time at which the pump's calendar says so."""
        passed_us = (date - _EPOCH) // timedelta(microseconds=1)
        return self.zero_ns + passed_us * _NS_PER_US

    def clock_s(self, t_ns: int) -> int:
        """What the pump's clock says at a bench time, in whole seconds."""
        return (t_ns - self.zero_ns) // NS_PER_S


@dataclass(frozen=True, slots=True)
class StepChange:
    """A moment at which a schedule changes its rate, by the pump's calendar."""

    date: datetime
    old: Quantity
    new: Quantity


def read_calendar(bench: Bench, clock: Refillable | ClockSetting) -> Calendar:
    """Read the pump's clock now."""
    clock_s = clock.read_clock()
    return Calendar(bench.now_ns() - clock_s * NS_PER_S)


def changes(week: WeekSchedule, start: datetime, end: datetime) -> Iterator[StepChange]:
    """Yield every change of rate after ``start`` and before ``end``."""
    midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
    old = week.rate_at(start.weekday(), _minute(start))
    while midnight < end:
        for step in week.days[midnight.weekday()]:
            date = midnight + timedelta(minutes=step.minute)
            if not start < date < end:
                continue
            if magnitude(step.rate, FLOW) != magnitude(old, FLOW):
                yield StepChange(date, old, step.rate)
            old = step.rate
        midnight += timedelta(days=1)


def midnights(start: datetime) -> Iterator[datetime]:
    """Yield every midnight after ``start``, for as long as one is asked for."""
    midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
    while True:
        midnight += timedelta(days=1)
        yield midnight


def _minute(date: datetime) -> float:
    return 60.0 * date.hour + date.minute + date.second / 60.0
