"""What counts as kept through a loss of power, and what as lost."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.procedures.alarm_moments import ClockReading, Moment
from harness.clock import NS_PER_S
from harness.readings import (
    Alarm,
    LogEntry,
    ProgramReading,
    PumpMode,
    PumpReading,
    PumpState,
    ReservoirReading,
)
from harness.units import ureg
from test_plans.implanted import kept
from test_plans.implanted.kept import Told

S = NS_PER_S
PROGRAM = ProgramReading(1, PumpMode.CONTINUOUS, 41_667, 0, 0, 0, 0)
HIGHEST = ureg.Quantity(24.0, "mL/day")  # 277.8 nL/s


def log(*indices: int) -> list[LogEntry]:
    return [LogEntry(i, 800_000_000 + i, 0, "STOPPED", i) for i in indices]


def status(t_s: int, delivered_nl: int) -> PumpReading:
    mode, state = PumpMode.CONTINUOUS, PumpState.DELIVERING
    none = Alarm.NONE
    return PumpReading(t_s * S, 0, mode, state, 0, delivered_nl, 0, none, 2900)


TOLD = Told(
    tuple(log(0, 1)),
    PROGRAM,
    6_000_000,
    900_000_000,
    500_000,
    ClockReading(Moment(0, 1), 0, 0.0),
    status(0, 0),
)


# --- the log ---------------------------------------------------------------------


@given(st.integers(0, 9), st.integers(0, 5), st.integers(0, 3))
def test_a_log_that_goes_on_is_whole(first: int, length: int, new: int) -> None:
    before = log(*range(first, first + length))
    after = log(*range(first, first + length + new))
    assert kept.lost_entries(before, after, 3) == ""


def test_a_full_log_may_drop_its_oldest_entries_for_new_ones() -> None:
    assert kept.lost_entries(log(5, 6, 7, 8), log(7, 8, 9, 10), 4) == ""


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (log(0, 1, 2), [], "of 3 entries 0 are left"),
        (log(0, 1, 2), log(1, 2), "of 3 entries 2 are left"),
        (log(0, 1, 2), log(0, 2, 3), "entry 1 is missing"),
        (log(4, 5, 6), log(0, 1, 2), "entry 4, STOPPED, is another or missing"),
    ],
)
def test_a_gap_is_told(
    before: list[LogEntry], after: list[LogEntry], said: str
) -> None:
    assert kept.lost_entries(before, after, 3) == said


def test_a_log_with_room_may_drop_nothing() -> None:
    said = "entries 0 to 1 are missing"
    assert kept.lost_entries(log(0, 1), log(2, 3, 4), 256) == said


def test_an_index_that_is_used_twice_is_a_gap() -> None:
    other = replace(log(2)[0], event="RESET")
    after = [*log(0, 1), other, *log(3)]
    said = "entry 2, STOPPED, is another or missing"
    assert kept.lost_entries(log(0, 1, 2), after, 3) == said


# --- the counter -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ((1_000, 1_000, 9_000_000), ""),
        # 30 s at 24 mL/day are 8333 nL, and one for the rounding.
        ((1_000, 9_334, 9_334), ""),
        (
            (1_000, 9_335, 9_335),
            "it rose by 8335 nL while at most 8334 nL can have come",
        ),
        ((1_000, 0, 5_000), "it fell from 1000 nL to 0 nL"),
        ((1_000, 1_200, 1_100), "it fell from 1200 nL to 1100 nL"),
    ],
)
def test_a_counter_is_kept_if_it_rises_by_what_can_have_come(
    counts: tuple[int, ...], said: str
) -> None:
    readings = [status(t_s, count) for t_s, count in enumerate(counts)]
    assert kept.forgotten_count(readings, 30 * S, HIGHEST) == said


# --- settings --------------------------------------------------------------------


def test_settings_are_kept_whenever_they_are_read() -> None:
    later = replace(TOLD, program=replace(PROGRAM, t_ns=99))
    assert kept.lost_settings(TOLD, later, kept.same_program) == []


@pytest.mark.parametrize(
    "program",
    [
        replace(PROGRAM, rate_nl_per_h=41_668),
        replace(PROGRAM, mode=PumpMode.STOPPED),
        replace(PROGRAM, bolus_nl=1),
        replace(PROGRAM, bolus_duration_s=1),
        replace(PROGRAM, period_s=1),
        replace(PROGRAM, start_clock_s=1),
    ],
)
def test_another_programme_is_told(program: ProgramReading) -> None:
    lost = kept.lost_settings(TOLD, replace(TOLD, program=program), kept.same_program)
    assert len(lost) == 1
    assert lost[0].startswith("the programme, continuous at 41667 nL/h")


def test_behind_a_dose_only_the_rate_must_be_the_same() -> None:
    bolus = replace(PROGRAM, mode=PumpMode.BOLUS, bolus_nl=5, bolus_duration_s=9)
    assert kept.same_background(bolus, PROGRAM)
    assert not kept.same_background(bolus, replace(PROGRAM, rate_nl_per_h=1))


def test_each_lost_setting_is_named() -> None:
    after = replace(
        TOLD, low_threshold_nl=0, latest_clock_s=1, concentration_ng_per_ml=0
    )
    assert kept.lost_settings(TOLD, after, kept.same_program) == [
        "the low threshold, 6000000 nL, now 0 nL",
        "the refill-by date, 900000000 s, now 1 s",
        "the concentration, 500000 ng/mL, now 0 ng/mL",
    ]


@pytest.mark.parametrize(
    ("low_s", "by_s", "latest_s"), [(0, 900, 900), (950, 900, 900), (900, 900, 0)]
)
def test_a_date_that_follows_from_the_rate_may_move(
    low_s: int, by_s: int, latest_s: int
) -> None:
    reservoir = ReservoirReading(0, 0, 0, 0, low_s, by_s)
    assert kept.latest_date(reservoir) == latest_s
