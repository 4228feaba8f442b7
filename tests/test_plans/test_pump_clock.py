"""The gain of a pump's clock, and the time of its log entries: brackets hold truth."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.procedures.alarm_moments import ClockReading, Moment
from harness.clock import NS_PER_S
from harness.metrology.measurement import Measurement
from harness.readings import LogEntry
from harness.units import magnitude
from test_plans.implanted import pump_clock
from test_plans.implanted import test_records as records
from test_plans.implanted.test_records import Entered

S = NS_PER_S
ROOT_3 = 3**0.5


def half_width_s(measured: Measurement) -> float:
    """Of a rectangle, from its standard uncertainty."""
    return ROOT_3 * magnitude(measured.u, "s")


@given(
    offset_ns=st.integers(0, 10 * S),
    jump_ns=st.integers(-20 * S, 20 * S),
    start_ns=st.integers(0, 1_000 * S),
    span_ns=st.integers(1, 10**6 * S),
    exchange_ns=st.integers(0, S),
    answered=st.floats(0.0, 1.0),
)
def test_the_gain_lies_in_its_bracket(
    offset_ns: int,
    jump_ns: int,
    start_ns: int,
    span_ns: int,
    exchange_ns: int,
    answered: float,
) -> None:
    """A clock in whole seconds that jumps in between, asked over a slow line."""

    def read(t_ns: int, apart_ns: int) -> ClockReading:
        at_ns = t_ns + round(answered * exchange_ns)
        shown_s = (at_ns + apart_ns + 100 * S) // S
        return ClockReading(Moment(t_ns, t_ns + exchange_ns), shown_s, 0.0)

    gain = pump_clock.gain(
        read(start_ns, offset_ns), read(start_ns + span_ns, offset_ns + jump_ns)
    )
    apart_s = abs(magnitude(gain.value, "s") - jump_ns / S)
    assert apart_s <= half_width_s(gain) + 1e-6


def test_a_gain_is_uncertain_by_two_whole_seconds_at_most() -> None:
    first = ClockReading(Moment(0, 0), 1_000, 0.0)
    second = ClockReading(Moment(500 * S, 500 * S), 1_503, 0.0)
    gain = pump_clock.gain(first, second)
    assert magnitude(gain.value, "s") == pytest.approx(3.0)
    assert half_width_s(gain) == pytest.approx(1.0)


# --- log entries -----------------------------------------------------------------

CLOCK = ClockReading(Moment(1_000 * S, 1_000 * S), 5_000, 0.0)


def entered(command_s: int, *entries_s: int) -> Entered:
    """A command and entries, all in seconds of the bench."""
    entries = tuple(LogEntry(0, t_s + 4_000, 0, "STOPPED", 0) for t_s in entries_s)
    return Entered("stop", Moment(command_s * S, command_s * S), entries)


@pytest.mark.parametrize("late_s", [-60, -7, 0, 7, 60])
def test_the_worst_entry_counts_either_way(late_s: int) -> None:
    book = [entered(100, 100), entered(200, 200 + late_s), entered(300, 301)]
    worst = records.worst_entry(book, CLOCK)
    wanted_s = late_s or 1
    assert magnitude(worst.value, "s") == pytest.approx(wanted_s)
    assert half_width_s(worst) == pytest.approx(1.0)


def test_every_entry_of_a_command_counts() -> None:
    worst = records.worst_entry([entered(100, 100, 109)], CLOCK)
    assert magnitude(worst.value, "s") == pytest.approx(9.0)


@pytest.mark.parametrize(("detail", "is_right"), [(None, True), (0, True), (1, False)])
def test_an_entry_says_what_was_commanded(detail: int | None, is_right: bool) -> None:
    assert replace(entered(100, 100, 101), detail=detail).is_right is is_right
