"""When an alarm was caused and when it showed: moments known to lie in an interval."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil

from fixtures.hearing import Hearing
from harness.metrology.measurement import Measurement, bracketed
from harness.readings import Alarm, AlarmEvent, LogEntry, PumpReading, Sound
from harness.units import NS_PER_S, Quantity, ureg

# The whole second that a clock in seconds leaves open.
_RESOLUTION_NS = NS_PER_S
_COVERAGE = 2


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment that lies between two bench times, both included."""

    earliest_ns: int
    latest_ns: int


@dataclass(frozen=True, slots=True)
class Cause:
    """The physical cause of an alarm, from which its deadlines count.

    Attributes:
        when: the moment at which it began.
        doubt: why it is not proved that it was there; "" if it is proved, as by weight.
    """

    when: Moment
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class ClockReading:
    """The pump's clock, read beside the bench's.

    Attributes:
        when: bench times before and after the reading.
        clock_s: what the pump said, in whole seconds.
        accuracy: share by which its clock may run fast or slow.
    """

    when: Moment
    clock_s: int
    accuracy: float

    def moment(self, clock_s: int) -> Moment:
        """The bench time at which the pump's clock showed a whole second."""
        passed_ns = (self.clock_s - clock_s) * NS_PER_S
        # So much more may really have passed, and the clock was off in that, too.
        longest_ns = abs(passed_ns) + 2 * _RESOLUTION_NS
        apart_ns = _RESOLUTION_NS + ceil(longest_ns * self.accuracy)
        return Moment(
            self.when.earliest_ns - passed_ns - apart_ns,
            self.when.latest_ns - passed_ns + apart_ns,
        )


def flagged(
    alarm: Alarm, began_ns: int, readings: Iterable[PumpReading]
) -> list[Moment]:
    """Each time that status reports began to show an alarm, between two of them.

    Args:
        alarm: the alarm.
        began_ns: bench time from which on reports were asked for.
        readings: in the order of time.
    """
    moments, before_ns, was_up = [], began_ns, False
    for reading in readings:
        is_up = alarm in reading.alarms
        if is_up and not was_up:
            moments.append(Moment(before_ns, reading.t_ns))
        before_ns, was_up = reading.t_ns, is_up
    return moments


def told(alarm: Alarm, events: Iterable[AlarmEvent]) -> list[Moment]:
    """Each time that an unasked message raised an alarm, by its arrival."""
    return [Moment(each.t_ns, each.t_ns) for each in events if alarm in each.raised]


def logged(entries: Iterable[LogEntry], clock: ClockReading) -> list[Moment]:
    """The bench times of log entries."""
    return [clock.moment(entry.clock_s) for entry in entries]


def onset(sound: Sound, hearing: Hearing) -> Moment:
    """When a sound began, with the listener's delay taken off."""
    half_ns = max(_COVERAGE * hearing.u_ns, sound.u_ns)
    began_ns = sound.t_ns - hearing.latency_ns
    return Moment(began_ns - half_ns, began_ns + half_ns)


def since(cause: Moment, moments: Iterable[Moment]) -> Moment | None:
    """The first of some moments that is not surely before the cause."""
    left = [each for each in moments if each.latest_ns >= cause.earliest_ns]
    return min(left, key=lambda each: each.latest_ns, default=None)


def delay(cause: Moment, shown: Moment, instrument: str) -> Measurement:
    """The time from a cause to its alarm, in minutes; negative if that came first."""
    return bracketed(
        _minutes(shown.earliest_ns - cause.latest_ns),
        _minutes(shown.latest_ns - cause.earliest_ns),
        instrument,
        min(cause.earliest_ns, shown.earliest_ns),
        max(cause.latest_ns, shown.latest_ns),
    )


def _minutes(ns: int) -> Quantity:
    return ureg.Quantity(ns / NS_PER_S / 60.0, "minute")
