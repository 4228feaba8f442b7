"""The pump's clock, held against the bench's."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from fixtures.procedures.alarm_moments import ClockReading, Moment
from harness.bench import Bench
from harness.execution.case import Case
from harness.metrology.measurement import Measurement, bracketed, ratio
from harness.plans.profile import Profile
from harness.roles import ClockSetting
from harness.units import NS_PER_S, Quantity, magnitude, ureg

CLOCK = "pump's clock"
_CLOCK_RUNS = "ITB-CLK-001"


@runtime_checkable
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


def set_on(pump: object, by: Quantity) -> None:
    """Set the pump's clock on, or back, if it is one that can be set."""
    if isinstance(pump, ClockSetting):
        pump.set_clock(pump.read_clock() + round(magnitude(by, "s")))


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


class Beside:
    """The pump's clock beside the bench's, while something else is tried.

    A quartz is right while the pump delivers and is left alone, and its clock may still
    stand, or lose ticks, in a dose, at rest, or whenever it is asked.

    Args:
        case: the case; without the claim ITB-CLK-001 nothing is read and judged.
        bench: owner of time.
        pump: the pump, whose clock nobody sets meanwhile.
    """

    def __init__(self, case: Case, bench: Bench, pump: object) -> None:
        self._case = case
        self._bench = bench
        self._pump = pump
        self._first = self._read()

    def judge(self) -> None:
        """Judge how the clock ran since the beginning (ITB-CLK-001)."""
        last = self._read()
        if self._first is not None and last is not None:
            limit = self._case.limit(_CLOCK_RUNS)
            self._case.judge(limit, rate(self._first, last))

    def _read(self) -> ClockReading | None:
        """Read it, if it can be read and is asked for."""
        if self._case.claims(_CLOCK_RUNS) and isinstance(self._pump, Clocked):
            return read(self._bench, self._pump, self._case.profile)
        return None


def _seconds(ns: int) -> Quantity:
    return ureg.Quantity(ns / NS_PER_S, "s")
