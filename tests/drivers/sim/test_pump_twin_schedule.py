"""The day schedule of the pump twin: steps, midnight, week, clock, staging."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.sim.pump_schedule import Week
from protocols.pump_link.fields import ScheduleStep
from protocols.pump_link.replies import Nak
from protocols.pump_link.requests import (
    Commit,
    GetProgram,
    GetReservoir,
    GetScheduleDay,
    SetClock,
    WriteRefill,
    WriteScheduleDay,
)
from protocols.pump_link.vocabulary import FieldId, LogEvent, NakCode, PumpMode
from tests.drivers.sim.pump_twin_host import CLOCK_AT_START_S, DAY, H, Host, S

MIN = 60 * S
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
THIRTEEN = [(110 * step, 2_000 + 1_000 * step) for step in range(13)]
OTHER = [(0, 50_000), (720, 0), (721, 4_000)]


def clock_of(text: str) -> int:
    return int((datetime.fromisoformat(f"{text}Z") - EPOCH).total_seconds())


def started_at(text: str, *days: list[tuple[int, int]]) -> Host:
    """A filled pump that begins a schedule at a time of its clock."""
    host = Host()
    host.fill(1e12)
    host.ask(SetClock(clock_of(text)))
    host.schedule(*days)
    return host


def rates(host: Host) -> list[tuple[int, float]]:
    """When the motor changed, min since the start, and to which speed, nL/h."""
    return [(t_ns // MIN, speed) for t_ns, speed in host.mechanism.speeds]


def test_a_day_has_thirteen_steps_that_begin_on_their_minute() -> None:
    host = started_at("2026-11-22 00:00", THIRTEEN)
    host.run_for(DAY - 1)
    assert rates(host) == [(minute, float(rate)) for minute, rate in THIRTEEN]
    assert all(t_ns % MIN == 0 for t_ns, _ in host.mechanism.speeds)


def test_sunday_gives_way_to_monday_at_midnight() -> None:
    # 2026-11-22 was a Sunday.
    days = [[(0, 1_000 * (day + 2))] for day in range(7)]
    host = started_at("2026-11-22 23:58:30", *days)
    host.run_for(2 * DAY)
    assert host.mechanism.speeds == [
        (0, 8_000.0),
        (90 * S, 2_000.0),
        (90 * S + DAY, 3_000.0),
    ]


def test_setting_the_clock_moves_to_the_step_of_the_new_time_at_once() -> None:
    host = started_at("2026-11-23 08:00", [(0, 2_000), (600, 3_000), (660, 4_000)])
    host.run_for(10 * MIN)
    host.ask(SetClock(clock_of("2026-11-23 10:30")))
    host.run_for(30 * MIN)
    host.ask(SetClock(clock_of("2026-11-22 09:59:30")))
    host.run_for(MIN)
    assert host.mechanism.speeds == [
        (0, 2_000.0),
        (10 * MIN, 3_000.0),
        (40 * MIN, 4_000.0),
        (40 * MIN, 2_000.0),
        (40 * MIN + 30 * S, 3_000.0),
    ]


def test_the_status_shows_the_step_in_force() -> None:
    host = started_at("2026-11-23 08:00", [(0, 2_000), (600, 0), (660, 4_000)])
    assert (host.status().mode, host.status().rate_nl_per_h) == (
        PumpMode.SCHEDULE,
        2_000,
    )
    host.run_for(2 * H)
    assert host.status().rate_nl_per_h == 0
    host.run_for(H)
    program = host.ask(GetProgram())
    assert (program.mode, program.rate_nl_per_h) == (PumpMode.SCHEDULE, 4_000)
    host.stop()
    assert host.status().mode is PumpMode.STOPPED


def test_thirteen_steps_on_thirty_days_are_390_changes() -> None:
    host = started_at("2026-11-01 00:00", THIRTEEN)
    begin = host.status().delivered_nl
    host.run_for(30 * DAY - 1)
    assert len(host.mechanism.speeds) == 390
    host.run_for(1)
    minutes = [*(minute for minute, _ in THIRTEEN[1:]), 1_440]
    daily = sum(
        Fraction(rate * (end - minute), 60)
        for (minute, rate), end in zip(THIRTEEN, minutes, strict=True)
    )
    assert host.status().delivered_nl - begin == int(30 * daily)


def test_a_schedule_goes_on_across_the_uptime_wrap() -> None:
    host = started_at("2026-11-01 00:00", [(0, 2_000), (720, 4_000)])
    begin = host.status().delivered_nl
    host.run_for(60 * DAY)
    assert host.status().uptime_ms == 60 * 86_400_000 - 2**32
    assert host.status().delivered_nl - begin == 60 * 72_000


def test_a_day_reads_back_as_it_was_written() -> None:
    host = started_at("2026-11-01 00:00", THIRTEEN, OTHER)
    steps = [host.ask(GetScheduleDay(day)).steps for day in (0, 1, 6)]
    expected = [tuple(ScheduleStep(*step) for step in day) for day in (THIRTEEN, OTHER)]
    assert steps == [expected[0], expected[1], expected[1]]
    host.infuse(2_000)
    assert host.refused(GetScheduleDay(0)) == nak(host, 0x19, 7, FieldId.MODE)


def nak(host: Host, request: int, code: int, field: FieldId) -> Nak:
    uptime_ms = host.now_ns // 1_000_000
    return Nak(uptime_ms, request, NakCode(code), field, 0, 0)


def day(number: int, *steps: tuple[int, int]) -> WriteScheduleDay:
    return WriteScheduleDay(number, tuple(ScheduleStep(*step) for step in steps))


def test_days_come_in_order_and_monday_begins_anew() -> None:
    host = Host()
    assert host.refused(day(1, (0, 2_000))) == nak(host, 0x11, 7, FieldId.DAY)
    monday = host.ask(day(0, (0, 2_000))).token
    assert host.refused(day(2, (0, 2_000))).code is NakCode.WRONG_STATE
    host.ask(day(1, (0, 2_000)))
    assert host.refused(day(1, (0, 2_000))).code is NakCode.WRONG_STATE
    assert host.refused(Commit(monday)).code is NakCode.BAD_TOKEN
    host.schedule([(0, 3_000)])
    assert host.status().rate_nl_per_h == 3_000


def test_a_week_that_is_not_whole_cannot_be_committed() -> None:
    host = Host()
    token = host.ask(day(0, (0, 2_000))).token
    assert host.refused(Commit(token)) == nak(host, 0x05, 7, FieldId.DAY)
    assert host.status().mode is PumpMode.STOPPED
    host.run_for(30 * S)
    assert host.refused(day(1, (0, 2_000))).field is FieldId.DAY


@pytest.mark.parametrize(
    ("request_", "field", "minimum", "maximum"),
    [
        (day(0), FieldId.STEPS, 1, 13),
        (day(0, (1, 2_000)), FieldId.STEPS, 0, 0),
        (day(0, (0, 2_000), (60, 3_000), (60, 4_000)), FieldId.STEPS, 61, 1_439),
        (day(0, (0, 2_000), (60, 3_000), (59, 4_000)), FieldId.STEPS, 61, 1_439),
        (day(0, (0, 1_999)), FieldId.RATE_NL_PER_H, 2_000, 1_000_000),
        (day(0, (0, 2_000), (1, 1_000_001)), FieldId.RATE_NL_PER_H, 2_000, 1_000_000),
    ],
)
def test_a_day_that_cannot_be_run_is_refused(
    request_: WriteScheduleDay, field: FieldId, minimum: int, maximum: int
) -> None:
    expected = Nak(0, 0x11, NakCode.OUT_OF_RANGE, field, minimum, maximum)
    assert Host().refused(request_) == expected


def test_a_week_of_pauses_is_refused() -> None:
    host = Host()
    for number in range(6):
        host.ask(day(number, (0, 0)))
    assert host.refused(day(6, (0, 0))).field is FieldId.RATE_NL_PER_H
    host.ask(day(6, (0, 0), (1, 2_000)))


def test_a_commit_is_logged_with_the_step_in_force() -> None:
    host = started_at("2026-11-23 12:00", OTHER)
    assert host.events()[-1] == (0, LogEvent.PROGRAM_COMMITTED, 0)


def test_the_refill_date_follows_the_schedule() -> None:
    host = Host()
    host.fill(4e7)
    host.ask(SetClock(clock_of("2026-11-27 12:00")))  # a Friday
    weekday, weekend = [(0, 100_000)], [(0, 0), (1_080, 1_000_000)]
    host.schedule(*[weekday] * 5, weekend)
    host.commit(WriteRefill(10_000_000, 1_000_000, 180, 180))
    # 1.2 mL on Friday, 6 mL on Saturday, and 1.8 mL take 1.8 h of Sunday evening.
    expected = clock_of("2026-11-29 19:48")
    assert host.ask(GetReservoir()).low_clock_s == expected
    host.run_for(30 * H)
    assert host.ask(GetReservoir()).low_clock_s == expected
    host.run_for(30 * H)
    assert host.status().alarms == 1


@settings(max_examples=30)
@given(
    st.integers(0, 20_000),
    st.lists(st.integers(0, 5), min_size=7, max_size=7),
    st.integers(1, 30_000),
)
def test_the_wait_for_a_volume_is_that_of_the_summed_minutes(
    first: int, rates_nl_per_h: list[int], minutes: int
) -> None:
    week = Week(
        tuple((ScheduleStep(0, r), ScheduleStep(77, 1)) for r in rates_nl_per_h)
    )
    flowed, waited = 0, 0
    for number in range(first, first + minutes):
        weekday = (EPOCH + timedelta(minutes=number)).weekday()
        rate = rates_nl_per_h[weekday] if number % 1_440 < 77 else 1
        flowed += rate
        waited = number + 1 - first if rate else waited
    if flowed:
        assert week.wait_ns(first * MIN, Fraction(flowed, 60)) == waited * MIN


def test_the_clock_of_the_first_day_is_a_saturday() -> None:
    week = Week(tuple((ScheduleStep(0, 2_000 + number),) for number in range(7)))
    assert week.rate_nl_per_h(0) == 2_005
    assert week.rate_nl_per_h(CLOCK_AT_START_S * S) == 2_003  # Thursday
