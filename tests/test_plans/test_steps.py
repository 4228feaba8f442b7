"""Steps that procedures share: brackets of time, watches, curves, joined facts."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.procedures import conclusions, counting, curves, spans
from harness.bench import Bench
from harness.clock import NS_PER_S, VirtualClock
from harness.evidence.journal import Journal
from harness.evidence.recorder import Recorder
from harness.judging import Judgement, Verdict, judge_fact
from harness.readings import (
    Alarm,
    AlarmEvent,
    AlarmReading,
    LogEntry,
    PumpMode,
    PumpReading,
    PumpState,
)
from harness.units import VOLUME, Quantity, magnitude, ureg
from test_plans.implanted import steps

S = NS_PER_S


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    clock = VirtualClock(0)
    with Journal(tmp_path / "run") as journal:
        yield Bench(clock, Recorder(journal, clock), [])


# --- spans -----------------------------------------------------------------------


@given(st.lists(st.integers(0, 10**15), min_size=6, max_size=6))
def test_a_span_holds_every_time_that_two_commands_allow(times: list[int]) -> None:
    before, acted, after, later, acted_again, last = sorted(times)
    span = spans.between((before, after), (later, last))
    assert span.shortest_ns <= acted_again - acted <= span.longest_ns
    assert (span.start_ns, span.end_ns) == (before, last)


def test_a_spans_volume_is_as_uncertain_as_the_span() -> None:
    span = spans.between((0, 2 * S), (3600 * S, 3604 * S))
    volume = span.volume(ureg.Quantity(24.0, "mL/day"))
    # 1 mL/h over 3598 to 3604 s: rectangular about 3601 s with half-width 3 s.
    assert magnitude(volume.value, VOLUME) == pytest.approx(3601 / 3600, rel=1e-12)
    assert magnitude(volume.u, VOLUME) == pytest.approx(3 / 3600 / 3**0.5, rel=1e-9)
    assert (volume.t_start_ns, volume.t_end_ns) == (0, 3604 * S)


def test_a_timed_command_lies_between_its_times(bench: Bench) -> None:
    acted: list[int] = []

    def command() -> None:
        bench.run_for(ureg.Quantity(1, "s"))
        acted.append(bench.now_ns())
        bench.run_for(ureg.Quantity(2, "s"))

    assert spans.timed(bench, command) == (0, 3 * S)
    assert acted == [1 * S]


# --- counters --------------------------------------------------------------------


def status(t_ns: int, delivered_nl: int, reservoir_nl: int) -> PumpReading:
    return PumpReading(
        t_ns,
        0,
        PumpMode.CONTINUOUS,
        PumpState.DELIVERING,
        1,
        delivered_nl,
        reservoir_nl,
        Alarm.NONE,
        3000,
    )


def test_count_and_bookkeeping_are_differences_of_reports() -> None:
    first, last = status(5, 1_000, 40_000), status(9, 3_500, 37_000)
    counted = counting.count(first, last)
    assert magnitude(counted.value, "nL") == pytest.approx(2_500)
    assert (counted.t_start_ns, counted.t_end_ns) == (5, 9)
    # 3000 nL left the bookkeeping, 2500 nL the counter.
    drifted = steps.bookkeeping(first, last)
    assert magnitude(drifted.value, "nL") == pytest.approx(500)
    # Two readings of 1 nL each cannot be worse than 1 nL; four of them, 2 nL.
    assert magnitude(counted.u, "nL") == pytest.approx(1 / 3**0.5)
    assert magnitude(drifted.u, "nL") == pytest.approx(2 / 3**0.5)


# --- joined facts ----------------------------------------------------------------


def flow(verdict: Verdict) -> Judgement:
    holds = {Verdict.PASS: True, Verdict.FAIL: False, Verdict.INCONCLUSIVE: None}
    return judge_fact("F-1", holds[verdict], "a flow")


@pytest.mark.parametrize(
    ("fact", "verdict", "joined"),
    [
        (True, Verdict.PASS, True),
        (True, Verdict.INCONCLUSIVE, None),
        (True, Verdict.FAIL, False),
        (False, Verdict.PASS, False),
        (False, Verdict.INCONCLUSIVE, False),
        (False, Verdict.FAIL, False),
    ],
)
def test_a_fact_and_its_flow(fact: bool, verdict: Verdict, joined: bool | None) -> None:
    assert conclusions.holds(fact, flow(verdict)) is joined


# --- alarms ----------------------------------------------------------------------


@dataclass
class Alarming:
    """A pump that sends alarm messages at given times, and hands each over once."""

    bench: Bench
    coming: list[AlarmEvent]
    given: list[AlarmEvent] = field(default_factory=list)

    def take_alarm_events(self) -> list[AlarmEvent]:
        now_ns = self.bench.now_ns()
        due = [event for event in self.coming if event.t_ns <= now_ns]
        self.coming = [event for event in self.coming if event.t_ns > now_ns]
        self.given += due
        return due

    def read_alarms(self) -> AlarmReading:
        raise NotImplementedError

    def acknowledge_alarms(self) -> None:
        raise NotImplementedError

    def clear_alarms(self) -> None:
        raise NotImplementedError

    def read_log(self, first: int = 0) -> list[LogEntry]:
        raise NotImplementedError

    def set_alarm_intervals(self, critical: Quantity, noncritical: Quantity) -> None:
        raise NotImplementedError


def raised(t_s: int, alarm: Alarm) -> AlarmEvent:
    return AlarmEvent(t_s * S, 0, alarm, Alarm.NONE, alarm)


LOW, EMPTY = Alarm.LOW_RESERVOIR, Alarm.EMPTY_RESERVOIR


@pytest.mark.parametrize(
    ("events", "low_s", "empty_s"),
    [
        ([raised(10, LOW), raised(20, EMPTY)], 10, 20),
        ([raised(20, LOW), raised(10, EMPTY)], 20, 10),
        ([raised(10, LOW | EMPTY)], 10, 10),
        ([raised(10, LOW), raised(15, LOW), raised(20, EMPTY)], 10, 20),
        ([raised(10, EMPTY)], None, 10),
        ([raised(10, LOW)], 10, None),
        ([], None, None),
    ],
)
def test_no_alarm_is_lost_while_another_is_awaited(
    bench: Bench, events: list[AlarmEvent], low_s: int | None, empty_s: int | None
) -> None:
    watch = steps.AlarmWatch(bench, Alarming(bench, events))
    patience = ureg.Quantity(30, "s")
    with bench.sampling(bench.now_ns, ureg.Quantity(1, "s")):
        low = watch.wait_for(LOW, patience)
        empty = watch.wait_for(EMPTY, patience)
    assert (None if low is None else low.t_ns // S) == low_s
    assert (None if empty is None else empty.t_ns // S) == empty_s


def test_waiting_for_an_alarm_that_came_takes_no_time(bench: Bench) -> None:
    watch = steps.AlarmWatch(bench, Alarming(bench, [raised(0, LOW)]))
    assert watch.wait_for(LOW, ureg.Quantity(30, "s")) is not None
    assert bench.now_ns() == 0


def test_a_cleared_alarm_is_not_a_raised_one(bench: Bench) -> None:
    event = AlarmEvent(0, 0, Alarm.NONE, LOW, LOW)
    watch = steps.AlarmWatch(bench, Alarming(bench, [event]))
    assert watch.wait_for(LOW, ureg.Quantity(3, "s")) is None
    assert bench.now_ns() == 3 * S


# --- curves ----------------------------------------------------------------------


@given(
    count=st.integers(0, 400),
    ml_per_day=st.floats(-10, 50),
    period_s=st.floats(0.5, 3600),
)
def test_a_constant_flow_is_a_flat_curve(
    count: int, ml_per_day: float, period_s: float
) -> None:
    times = [period_s * index for index in range(count)]
    volumes = [ml_per_day * t / 86_400 for t in times]
    curve = curves.flow_curve(times, volumes)
    assert [value for _, value in curve] == pytest.approx([ml_per_day] * len(curve))
    assert (len(curve) > 0) is (count > 1)
    # In 60 blocks, or a few more so that nothing but a part of a block is left out.
    assert len(curve) < 120
    assert all(one < other for (one, _), (other, _) in itertools.pairwise(curve))
    if curve:
        block_s = 2 * curve[0][0]
        assert curve[-1][0] + 1.5 * block_s + period_s >= times[-1]


def test_a_block_is_the_mean_over_its_own_time() -> None:
    curve = curves.flow_curve([0.0, 86_400.0, 2 * 86_400.0], [0.0, 1.0, 4.0])
    assert curve == [(43_200.0, 1.0), (129_600.0, 3.0)]


def test_readings_at_one_moment_make_no_flow() -> None:
    assert curves.flow_curve([5.0, 5.0], [0.0, 1.0]) == []


def test_a_flag_that_one_report_alone_showed_is_not_forgotten() -> None:
    quiet = status(0, 0, 0)
    flickered = replace(quiet, alarms=Alarm.LOW_BATTERY)

    assert counting.alarms_in([quiet, flickered, quiet]) is Alarm.LOW_BATTERY
    assert counting.alarms_in([quiet]) is Alarm.NONE
