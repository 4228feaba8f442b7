"""What a programme should have delivered between two bench times."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from fixtures.procedures.alarm_moments import ClockReading
from harness.schedule import WeekSchedule
from harness.units import NS_PER_S, VOLUME, Quantity, magnitude, nanoseconds, ureg

_PUMP_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_NS_PER_US = NS_PER_S // 1_000_000


class Programmed(Protocol):
    """A programme, as a volume between two bench times."""

    def volume(self, start_ns: int, end_ns: int) -> Quantity:
        """The programmed volume."""


@dataclass(frozen=True, slots=True)
class Constant:
    """One rate."""

    rate: Quantity

    def volume(self, start_ns: int, end_ns: int) -> Quantity:
        """The volume from one bench time to another."""
        return _volume(self.rate, end_ns - start_ns)


@dataclass(frozen=True, slots=True)
class Periodic:
    """Equal doses in equal periods; each replaces the rate between them.

    Attributes:
        began_ns: bench time at which the first dose began.
        rate: between the doses.
        dose: volume of one.
        duration: of one.
        period: from the start of one to the start of the next.
    """

    began_ns: int
    rate: Quantity
    dose: Quantity
    duration: Quantity
    period: Quantity

    def volume(self, start_ns: int, end_ns: int) -> Quantity:
        """The volume from one bench time to another, neither before the first dose."""
        volume: Quantity = self._until(end_ns) - self._until(start_ns)
        return volume

    def _until(self, t_ns: int) -> Quantity:
        duration_ns = nanoseconds(self.duration)
        whole, into_ns = divmod(t_ns - self.began_ns, nanoseconds(self.period))
        dosing_ns = min(into_ns, duration_ns)
        resting_ns = t_ns - self.began_ns - whole * duration_ns - dosing_ns
        doses = whole + dosing_ns / duration_ns
        volume: Quantity = doses * self.dose + _volume(self.rate, resting_ns)
        return volume


@dataclass(frozen=True, slots=True)
class Weekly:
    """A week of rates by the pump's clock.

    Attributes:
        week: the rates.
        clock: the pump's clock beside the bench's.
    """

    week: WeekSchedule
    clock: ClockReading

    def volume(self, start_ns: int, end_ns: int) -> Quantity:
        """The volume from one bench time to another."""
        return self.week.volume_between(self._time(start_ns), self._time(end_ns))

    def rate(self, t_ns: int) -> Quantity:
        """The rate in force at a bench time."""
        time = self._time(t_ns)
        minute = time.hour * 60 + time.minute
        return self.week.rate_at(time.weekday(), minute)

    def _time(self, t_ns: int) -> datetime:
        passed_ns = t_ns - self.clock.when.latest_ns
        passed = timedelta(microseconds=passed_ns // _NS_PER_US)
        return _PUMP_EPOCH + timedelta(seconds=self.clock.clock_s) + passed


def _volume(rate: Quantity, duration_ns: int) -> Quantity:
    duration = ureg.Quantity(duration_ns / NS_PER_S, "s")
    return ureg.Quantity(magnitude(rate * duration, VOLUME), VOLUME)
