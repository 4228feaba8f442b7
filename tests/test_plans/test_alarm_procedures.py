"""What the alarm procedures conclude when the stimulus, and not the pump, is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fixtures.hearing import Ears, Hearing
from fixtures.procedures.alarm_moments import Moment
from harness.clock import NS_PER_MS, NS_PER_S
from harness.execution.case import Case
from harness.judging import Verdict
from harness.plans import loading
from harness.plans.plan import Plan
from harness.readings import LogEntry
from harness.units import magnitude, ureg
from test_plans.implanted import (
    alarm_answers,
    test_alarm_causes,
    test_alarms,
    test_no_alarm,
)
from test_plans.implanted.alarm_channels import AlarmChannels
from tests.fixtures.on_bench import OnBench, opened

S = NS_PER_S
FOLDER = Path(__file__).parents[2] / "test_plans" / "implanted"


@pytest.fixture(scope="module")
def plan() -> Plan:
    return loading.load(FOLDER / "plan.toml")


@contextmanager
def running(plan: Plan, case_id: str) -> Iterator[tuple[Case, OnBench, AlarmChannels]]:
    planned = next(each for each in plan.cases if each.id == case_id)
    with opened() as on:
        case = Case(planned, plan, on.bench.recorder, on.bench.clock)
        case.declare_limits()
        on.establish(case.start["reservoir"])
        hearing = Hearing(0, 10 * NS_PER_MS)
        yield (
            case,
            on,
            AlarmChannels(
                on.bench,
                on.pump,
                on.pump,
                on.pump,
                Ears(on.ear, hearing, on.rig),
                plan.profile,
            ),
        )


def verdicts(case: Case) -> dict[str, Verdict]:
    return {
        entry.judgement.requirement: entry.judgement.verdict
        for entry in case.result("").entries
    }


class Nowhere:
    """A magnet that is waved about elsewhere."""

    def set_present(self, present: bool) -> None:
        pass


def test_a_magnet_that_holds_nothing_blames_no_pump(plan: Plan) -> None:
    with running(plan, "ITB-STL-001/magnet") as (case, on, channels):
        test_alarm_causes.test_motor_stall(
            case, on.bench, on.pump, Nowhere(), on.weighing(), channels
        )
        assert set(verdicts(case).values()) == {Verdict.INCONCLUSIVE}
        assert len(verdicts(case)) == 6


class Sticky:
    """A magnet that stays where it was put."""

    def __init__(self, on: OnBench) -> None:
        self._on = on

    def set_present(self, present: bool) -> None:
        if present:
            self._on.rig.set_present(True)


class Passing:
    """A magnet that holds a rotor for two minutes, whatever it is told."""

    def __init__(self, on: OnBench) -> None:
        self._on = on

    def set_present(self, present: bool) -> None:
        if present:
            self._on.rig.set_present(True)
            self._on.bench.run_for(ureg.Quantity(8.0, "minute"))
            self._on.rig.set_present(False)


def test_an_alarm_that_ends_with_its_cause_blames_no_pump(plan: Plan) -> None:
    with running(plan, "ITB-ALM-002/stall") as (case, on, channels):
        test_alarms.test_stall_unresolved(
            case, on.bench, on.pump, on.pump, Passing(on), on.weighing(), channels
        )
        found = verdicts(case)
        assert found["ITB-ALM-002"] is Verdict.INCONCLUSIVE
        assert found["ITB-ALM-003"] is Verdict.INCONCLUSIVE
        assert Verdict.FAIL not in found.values()


def test_a_rotor_that_never_turns_again_fails_its_recovery(plan: Plan) -> None:
    with running(plan, "ITB-STL-001/magnet") as (case, on, channels):
        test_alarm_causes.test_motor_stall(
            case, on.bench, on.pump, Sticky(on), on.weighing(), channels
        )
        failed = {key for key, v in verdicts(case).items() if v is Verdict.FAIL}
        assert failed == {"ITB-STL-002", "ITB-STL-003"}


def test_a_stall_that_only_the_log_knows_is_found() -> None:
    log = [
        LogEntry(8, 2, 2, "PROGRAM_COMMITTED", 5_000),
        LogEntry(9, 3, 3, "MOTOR_STALL", 0),
        LogEntry(10, 4, 4, "STOPPED", 0),
    ]
    assert test_no_alarm._unexplained(log) == ["MOTOR_STALL"]


@pytest.mark.parametrize("apart_s", [299.0, 300.0, 305.0])
def test_a_repetitions_lateness_holds_the_truth(apart_s: float) -> None:
    first = Moment(10 * S, 11 * S)
    second = Moment(round((10 + apart_s) * S), round((12 + apart_s) * S))
    found = alarm_answers.lateness(first, second, ureg.Quantity(5, "minute"))
    low, high = (
        magnitude(found.value + sign * 3**0.5 * found.u, "s") for sign in (-1, 1)
    )
    # At least from the latest first to the earliest second, and the reverse.
    assert low == pytest.approx(apart_s - 301, abs=1e-6)
    assert high == pytest.approx(apart_s - 298, abs=1e-6)
