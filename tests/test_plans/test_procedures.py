"""What the implanted plan's procedures conclude from curves, alarms and dates."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.clock import NS_PER_S
from harness.errors import MeasurementRefused
from harness.execution.case import Case
from harness.judging import Verdict
from harness.plans import plan as plans
from harness.readings import (
    Alarm,
    AlarmEvent,
    LogEntry,
    ReservoirReading,
    WeightReading,
)
from harness.units import Quantity, magnitude, ureg
from test_plans.implanted import test_alarms as alarms
from test_plans.implanted import test_reservoir as reservoir
from tests.fixtures.on_bench import OnBench, opened

S = NS_PER_S
HOUR_NS = 3600 * S
POLL_NS = 300 * S
PLAN = plans.load(Path(__file__).parents[2] / "test_plans" / "implanted" / "plan.toml")
RATE_ML_PER_H = 1.0 / 24.0
NOISE_ML = 1.2e-4
DRIFT_ML_PER_H = 2.5e-5


# --- the end of delivery ---------------------------------------------------------


def still_at(
    times_ns: Sequence[int], end_ns: int, slope_ml_per_h: float, noise_ml: float
) -> list[float]:
    """Volumes up to a sharp end, as a balance that drifts and scatters tells them."""
    drawn = random.Random(end_ns)
    return [
        RATE_ML_PER_H * min(t_ns, end_ns) / HOUR_NS
        + slope_ml_per_h * t_ns / HOUR_NS
        + drawn.uniform(-noise_ml, noise_ml)
        for t_ns in times_ns
    ]


def grid(last_ns: int) -> list[int]:
    return list(range(0, last_ns + 1, POLL_NS))


def end_of(times_ns: Sequence[int], volumes_ml: Sequence[float]) -> object:
    return reservoir._end_of_delivery(
        times_ns, volumes_ml, NOISE_ML, DRIFT_ML_PER_H, RATE_ML_PER_H
    )


@settings(deadline=None)
@given(
    end_h=st.floats(1.0, 40.0),
    rest_h=st.floats(1.5, 300.0),
    slope=st.floats(-1.0, 1.0),
    scatter=st.floats(0.0, 0.49),
)
def test_the_bracket_holds_the_end_whatever_noise_and_drift_may_be(
    end_h: float, rest_h: float, slope: float, scatter: float
) -> None:
    end_ns = round(end_h * HOUR_NS)
    times_ns = grid(end_ns + round(rest_h * HOUR_NS))
    volumes_ml = still_at(times_ns, end_ns, slope * DRIFT_ML_PER_H, scatter * NOISE_ML)
    found = reservoir._end_of_delivery(
        times_ns, volumes_ml, NOISE_ML, DRIFT_ML_PER_H, RATE_ML_PER_H
    )
    assert found is not None
    earliest_ns, latest_ns = found
    assert earliest_ns <= end_ns <= latest_ns
    # Two polls, and what noise and drift can hide at this rate.
    hidden_h = 4 * (NOISE_ML + DRIFT_ML_PER_H * (rest_h + 1)) / RATE_ML_PER_H
    assert latest_ns - earliest_ns <= 2 * POLL_NS + hidden_h * HOUR_NS


def test_a_sharp_end_is_found_between_two_readings() -> None:
    times_ns = grid(12 * HOUR_NS)
    end_ns = 6 * HOUR_NS + 100 * S
    volumes_ml = still_at(times_ns, end_ns, 0.0, 0.0)
    found = reservoir._end_of_delivery(times_ns, volumes_ml, 1e-9, 0.0, RATE_ML_PER_H)
    assert found is not None
    assert found[0] == 6 * HOUR_NS
    assert found[1] == pytest.approx(6 * HOUR_NS + POLL_NS, abs=S)


def test_a_late_alarm_is_not_excused_by_a_rising_zero() -> None:
    """Days after the end a drift has added more than the noise; still no flow."""
    end_ns = 10 * HOUR_NS
    times_ns = grid(end_ns + 200 * HOUR_NS)
    volumes_ml = still_at(times_ns, end_ns, DRIFT_ML_PER_H, 0.0)
    found = reservoir._end_of_delivery(
        times_ns, volumes_ml, NOISE_ML, DRIFT_ML_PER_H, RATE_ML_PER_H
    )
    assert found is not None
    event = AlarmEvent(
        end_ns + 194 * HOUR_NS, 0, Alarm.EMPTY_RESERVOIR, Alarm.NONE, Alarm.NONE
    )
    delay = reservoir._until(found, event)
    assert magnitude(delay.value - 2 * delay.u, "hour") > 193


@pytest.mark.parametrize(
    "volumes_ml",
    [
        pytest.param([0.01 * n for n in range(100)], id="never ends"),
        pytest.param([0.0] * 100, id="never begins"),
        pytest.param([0.01 * min(n, 92) for n in range(100)], id="in the last hour"),
        pytest.param([1.0], id="one reading"),
        pytest.param([1.0, 2.0], id="two readings"),
        pytest.param([float("nan")] * 100, id="no numbers"),
    ],
)
def test_no_end_is_made_up(volumes_ml: list[float]) -> None:
    times_ns = [POLL_NS * index for index in range(len(volumes_ml))]
    assert end_of(times_ns, volumes_ml) is None


def test_an_interval_may_be_negative_but_time_does_not_run_back() -> None:
    end = (10 * HOUR_NS, 11 * HOUR_NS)
    early = AlarmEvent(4 * HOUR_NS, 0, Alarm.EMPTY_RESERVOIR, Alarm.NONE, Alarm.NONE)
    delay = reservoir._until(end, early)
    assert magnitude(delay.value, "hour") == pytest.approx(-6.5)
    assert (delay.t_start_ns, delay.t_end_ns) == (4 * HOUR_NS, 11 * HOUR_NS)
    lead = reservoir._from(12 * HOUR_NS, end)
    assert magnitude(lead.value, "hour") == pytest.approx(-1.5)
    assert lead.t_start_ns <= lead.t_end_ns


# --- a held rotor ----------------------------------------------------------------

RATE = ureg.Quantity(24.0, "mL/day")
NG_PER_S = 1e9 / 3600.0
FREED = (1800 * S, 1801 * S)


def weights(
    flow: Sequence[tuple[int, int]], until_s: int = 5400, every_s: int = 10
) -> list[WeightReading]:
    """Readings of a balance under a pump that delivers in the given spans (s)."""
    readings = []
    for t_s in range(0, until_s + 1, every_s):
        flowed_s = sum(max(0, min(t_s, end) - begin) for begin, end in flow)
        readings.append(WeightReading(t_s * S, round(NG_PER_S * flowed_s), stable=True))
    return readings


@pytest.mark.parametrize(
    ("readings", "held"),
    [
        (weights([]), True),
        (weights([(0, 300)]), True),
        (weights([(0, 5400)]), False),
        (weights([(1600, 5400)]), False),
        (weights([(1785, 5400)]), True),
        ([], False),
        (weights([])[:1], False),
        (weights([], every_s=10_000), False),
    ],
    ids=[
        "still",
        "still in the second half",
        "flowed on",
        "began again early",
        "a tenth is not much",
        "no reading",
        "one reading, too early",
        "one reading in the run",
    ],
)
def test_held_by_weight(readings: list[WeightReading], held: bool) -> None:
    assert alarms._was_held(readings, 0, 1800 * S, RATE) is held


def test_one_reading_in_the_second_half_proves_nothing() -> None:
    only = [WeightReading(1000 * S, 0, stable=True)]
    assert alarms._was_held(only, 0, 1800 * S, RATE) is False


def test_a_vessel_that_lost_weight_is_not_a_held_rotor() -> None:
    falling = [
        WeightReading(reading.t_ns, -reading.mass_ng, stable=True)
        for reading in weights([(0, 5400)])
    ]
    assert alarms._was_held(falling, 0, 1800 * S, RATE) is False


@pytest.mark.parametrize("back_s", [1801, 1900, 2995, 4000])
def test_the_bracket_holds_the_return_of_the_flow(back_s: int) -> None:
    visible_ng = 240_000
    found = alarms._flow_is_back(weights([(back_s, 5400)]), FREED, visible_ng)
    assert found is not None
    low, high = (
        magnitude(found.value + sign * 3**0.5 * found.u, "s") for sign in (-1, 1)
    )
    # Visible one second after it is back, at the next reading.
    assert low - 1e-6 <= back_s + visible_ng / NG_PER_S - 1800 <= high + 1e-6
    assert high - low <= 12


@pytest.mark.parametrize(
    "readings",
    [weights([]), weights([(0, 1700)]), weights([(1801, 1801)]), weights([])[:170]],
    ids=["never", "only before", "for no time", "no reading since"],
)
def test_no_flow_is_made_up(readings: list[WeightReading]) -> None:
    assert alarms._flow_is_back(readings, FREED, 240_000) is None


@pytest.mark.parametrize("readings", [[], weights([(0, 5400)])[200:]])
def test_without_a_level_before_the_release_nothing_is_concluded(
    readings: list[WeightReading],
) -> None:
    with pytest.raises(MeasurementRefused, match="no reading before"):
        alarms._flow_is_back(readings, FREED, 240_000)


def test_an_alarm_before_its_cause_has_a_negative_delay() -> None:
    event = AlarmEvent(60 * S, 0, Alarm.MOTOR_STALL, Alarm.NONE, Alarm.NONE)
    delay = alarms._delay((120 * S, 122 * S), event)
    assert magnitude(delay.value, "s") == pytest.approx(-61)
    assert (delay.t_start_ns, delay.t_end_ns) == (60 * S, 122 * S)


# --- whole procedures ------------------------------------------------------------


@contextmanager
def running(case_id: str) -> Iterator[tuple[Case, OnBench]]:
    planned = next(each for each in PLAN.cases if each.id == case_id)
    with opened() as on:
        case = Case(planned, PLAN, on.bench.recorder, on.bench.clock)
        case.declare_limits()
        on.establish(case.start["reservoir"])
        yield case, on


def verdicts(case: Case) -> dict[str, Verdict]:
    return {
        entry.judgement.requirement: entry.judgement.verdict
        for entry in case.result("").entries
    }


class Undated:
    """A pump with gaps in its calendar."""

    def __init__(self, on: OnBench, **changed: int) -> None:
        self._pump = on.pump
        self._changed = changed

    def read_reservoir(self) -> ReservoirReading:
        return replace(self._pump.read_reservoir(), **self._changed)

    def read_clock(self) -> int:
        return self._pump.read_clock()

    def set_reservoir(
        self,
        volume: Quantity,
        low_threshold: Quantity,
        stability: Quantity,
        label_maximum: Quantity,
    ) -> None:
        self._pump.set_reservoir(volume, low_threshold, stability, label_maximum)


@pytest.mark.parametrize(
    ("changed", "low", "by"),
    [
        ({}, Verdict.PASS, Verdict.PASS),
        ({"low_clock_s": 0}, Verdict.FAIL, Verdict.PASS),
        ({"refill_by_clock_s": 0}, Verdict.PASS, Verdict.FAIL),
        ({"low_clock_s": 1}, Verdict.FAIL, Verdict.PASS),
    ],
)
def test_a_date_that_is_missing_or_wrong_fails_alone(
    changed: dict[str, int], low: Verdict, by: Verdict
) -> None:
    with running("ITB-REF-003/3-weeks") as (case, on):
        reservoir.test_refill_dates(case, on.pump, Undated(on, **changed), on.rig)
        assert verdicts(case) == {"ITB-REF-003": low, "ITB-REF-004": by}
        if changed.get("low_clock_s") == 0:
            assert "names no date" in case.result("").statement


class Told:
    """A pump whose alarm messages are others than those it sent."""

    def __init__(self, on: OnBench, shift_ns: int) -> None:
        self._on = on
        self._shift_ns = shift_ns

    def take_alarm_events(self) -> list[AlarmEvent]:
        events = self._on.pump.take_alarm_events()
        return [replace(each, t_ns=each.t_ns + self._shift_ns) for each in events]


def stall(case: Case, on: OnBench, shift_s: int) -> dict[str, Verdict]:
    told = Told(on, shift_s * S)
    alarms.test_motor_stall(case, on.bench, on.pump, told, on.rig, on.weighing())  # type: ignore[arg-type]
    return verdicts(case)


@pytest.mark.parametrize(
    ("shift_s", "verdict"),
    [
        (0, Verdict.PASS),
        (20 * 60, Verdict.FAIL),
        (-10 * 60, Verdict.INCONCLUSIVE),
    ],
    ids=["in time", "late", "before the rotor was held"],
)
def test_only_an_alarm_after_its_cause_and_in_time_passes(
    shift_s: int, verdict: Verdict
) -> None:
    with running("ITB-STL-001/magnet") as (case, on):
        found = stall(case, on, shift_s)
        assert found == {"ITB-STL-001": verdict, "ITB-STL-002": Verdict.PASS}


class Nowhere:
    """A magnet that is waved about elsewhere."""

    def set_present(self, present: bool) -> None:
        pass


def test_a_magnet_that_holds_nothing_blames_no_pump() -> None:
    with running("ITB-STL-001/magnet") as (case, on):
        alarms.test_motor_stall(
            case, on.bench, on.pump, on.pump, Nowhere(), on.weighing()
        )
        assert set(verdicts(case).values()) == {Verdict.INCONCLUSIVE}


def test_a_rotor_that_never_turns_again_fails_its_recovery() -> None:
    class Sticky:
        def __init__(self, on: OnBench) -> None:
            self._on = on

        def set_present(self, present: bool) -> None:
            if present:
                self._on.rig.set_present(True)

    with running("ITB-STL-001/magnet") as (case, on):
        alarms.test_motor_stall(
            case, on.bench, on.pump, on.pump, Sticky(on), on.weighing()
        )
        assert verdicts(case) == {
            "ITB-STL-001": Verdict.PASS,
            "ITB-STL-002": Verdict.FAIL,
        }


@pytest.mark.parametrize(("last_s", "lasts"), [(5400, True), (900, False)])
def test_a_flow_that_dies_again_has_not_come_back(last_s: int, lasts: bool) -> None:
    readings = weights([(0, last_s)])
    assert alarms._lasts(readings, 0, RATE) is lasts


def test_a_stall_that_only_the_log_knows_is_found() -> None:
    log = [
        LogEntry(7, 1, 1, "MOTOR_STALL", 0),
        LogEntry(8, 2, 2, "PROGRAM_COMMITTED", 5_000),
        LogEntry(9, 3, 3, "MOTOR_STALL", 0),
        LogEntry(10, 4, 4, "STOPPED", 0),
    ]

    assert alarms._unexplained(log, {7}) == ["MOTOR_STALL"]
