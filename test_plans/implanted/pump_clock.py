"""The pump's clock, held against the bench's."""

from __future__ import annotations

from typing import Protocol

from fixtures.procedures.alarm_moments import ClockReading, Moment
from harness.bench import Bench
from harness.metrology.measurement import Measurement, bracketed, ratio
from harness.plans.profile import Profile
from harness.units import NS_PER_S, Quantity, magnitude, ureg

CLOCK = "pump's clock"


class Clocked(Protocol):
    """A pump whose clock can be read."""

    def read_clock(self) -> int:
        """Ask for the pump's clock, in seconds since 2000-01-01 UTC."""


def read(bench: Bench, pump: Clocked, profile: Profile) -> ClockReading:
    """Read the pump's clock beside the bench's."""
    before_ns = bench.now_ns()
    clock_s = pump.read_clock()
    accuracy = profile.quantity("clock.accuracy", "dimensionless")
    return ClockReading(
        Moment(before_ns, bench.now_ns()),
        clock_s,
        magnitude(accuracy, "dimensionless"),
    )


def gain(first: ClockReading, second: ClockReading) -> Measurement:
    """How much more time the pump's clock showed than passed on the bench.

    A clock in whole seconds leaves one second open, at each end of the time.
    """
    shown_ns = (second.clock_s - first.clock_s) * NS_PER_S
    least_ns = second.when.earliest_ns - first.when.latest_ns
    most_ns = second.when.latest_ns - first.when.earliest_ns
    return bracketed(
        _seconds(shown_ns - NS_PER_S - most_ns),
        _seconds(shown_ns + NS_PER_S - least_ns),
        CLOCK,
        first.when.earliest_ns,
        second.when.latest_ns,
    )


def rate(first: ClockReading, second: ClockReading) -> Measurement:
    """How much the pump's clock gained in a day of the bench, s/day."""
    passed_ns = second.when.earliest_ns - first.when.earliest_ns
    passed = ureg.Quantity(float(passed_ns), "ns")
    return ratio(gain(first, second), passed, "s/day")


def _seconds(ns: int) -> Quantity:
    return ureg.Quantity(ns / NS_PER_S, "s")
