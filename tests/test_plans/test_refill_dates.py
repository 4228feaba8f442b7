"""The dates of a refill: by hand, from a pump with gaps, and the worst of many."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from harness.execution.case import Case
from harness.judging import Verdict
from harness.metrology.measurement import Measurement, counted
from harness.plans import loading
from harness.readings import ReservoirReading
from harness.units import Quantity, magnitude, ureg
from test_plans.implanted import refill_dates, test_refill
from tests.fixtures.on_bench import PROFILE, OnBench, opened

PLAN = loading.load(
    Path(__file__).parents[2] / "test_plans" / "implanted" / "plan.toml"
)


def days(value: float) -> Quantity:
    return ureg.Quantity(value, "day")


@pytest.mark.parametrize(
    ("content_ml", "ml_per_day", "low", "refill_by", "dry"),
    [
        # 6 mL threshold, 180 days of stability and label, 10 % accuracy.
        (40.0, 1.0, 34.0, 34.0, 36.3636),
        (40.0, 0.1, 340.0, 180.0, 363.636),
        (20.0, 0.5, 28.0, 28.0, 36.3636),
    ],
)
def test_the_dates_by_hand(
    content_ml: float, ml_per_day: float, low: float, refill_by: float, dry: float
) -> None:
    dates = refill_dates.expected(
        PROFILE,
        ureg.Quantity(content_ml, "mL"),
        ureg.Quantity(ml_per_day, "mL/day"),
    )
    got = [
        magnitude(each, "day")
        for each in (dates.low, dates.refill_by, dates.earliest_dry)
    ]
    assert got == pytest.approx([low, refill_by, dry], rel=1e-5)


class Calendar:
    """A pump that names two dates."""

    def __init__(self, clock_s: int, low_s: int, by_s: int) -> None:
        self._clock_s = clock_s
        self._reading = ReservoirReading(7, 1, 2, 3, low_s, by_s)

    def read_clock(self) -> int:
        return self._clock_s

    def read_reservoir(self) -> ReservoirReading:
        return self._reading

    def set_reservoir(
        self,
        volume: Quantity,
        low_threshold: Quantity,
        stability: Quantity,
        label_maximum: Quantity,
    ) -> None:
        raise NotImplementedError


def test_a_date_counts_from_the_pumps_own_now_and_0_is_none() -> None:
    reported = refill_dates.read(Calendar(1_000, 1_000 + 36 * 3600, 0))
    assert reported.low is not None
    assert magnitude(reported.low.value, "day") == pytest.approx(1.5)
    assert reported.refill_by is None


def told(value: float) -> Measurement:
    return counted(days(value), days(2e-5), "calendar", 0, 1)


@contextmanager
def running(case_id: str) -> Iterator[tuple[Case, OnBench]]:
    planned = next(each for each in PLAN.cases if each.id == case_id)
    with opened() as on:
        case = Case(planned, PLAN, on.bench.recorder, on.bench.clock)
        case.declare_limits()
        on.establish(case.start["reservoir"], case.start["concentration"])
        yield case, on


def verdicts(case: Case) -> dict[str, Verdict]:
    return {
        entry.judgement.requirement: entry.judgement.verdict
        for entry in case.result("").entries
    }


@pytest.mark.parametrize(
    ("dated", "verdict"),
    [
        ([(told(34.0), days(34.2)), (told(100.0), days(99.9))], Verdict.PASS),
        ([(told(34.0), days(34.2)), (told(97.0), days(99.9))], Verdict.FAIL),
        ([(told(37.0), days(34.2)), (told(99.0), days(99.9))], Verdict.FAIL),
        ([(told(34.0), days(34.0)), (None, days(99.9))], Verdict.FAIL),
        ([], Verdict.INCONCLUSIVE),
    ],
    ids=["all right", "the last wrong", "the first wrong", "one missing", "none"],
)
def test_the_worst_of_many_dates_decides(
    dated: list[tuple[Measurement | None, Quantity]], verdict: Verdict
) -> None:
    with running("ITB-REF-003/3-weeks") as (case, _):
        refill_dates.judge_worst(case, case.limit("ITB-REF-003"), dated)
        assert verdicts(case) == {"ITB-REF-003": verdict}


class Undated(Calendar):
    """A pump with gaps in its calendar."""

    def __init__(self, on: OnBench, **changed: int) -> None:
        self._pump = on.pump
        self._changed = changed

    def read_reservoir(self) -> ReservoirReading:
        return replace(self._pump.read_reservoir(), **self._changed)

    def read_clock(self) -> int:
        return self._pump.read_clock()


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
        test_refill.test_refill_dates(case, on.pump, Undated(on, **changed), on.rig)
        assert verdicts(case) == {"ITB-REF-003": low, "ITB-REF-004": by}
        if changed.get("low_clock_s") == 0:
            assert "names no date" in case.result("").statement
