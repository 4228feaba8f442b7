"""By which alarm a pump shows a cause, and how late: what a profile says, judged."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from fixtures.procedures.alarm_moments import Moment
from harness.clock import NS_PER_S, VirtualClock
from harness.errors import ConfigurationError
from harness.evidence.journal import Journal
from harness.evidence.recorder import Recorder
from harness.execution.case import Case
from harness.judging import Verdict
from harness.plans import loading
from harness.plans.plan import Plan
from harness.readings import Alarm, PumpMode, PumpReading, PumpState
from test_plans.trial_infusion import alarms

S = NS_PER_S
FOLDER = Path(__file__).parents[2] / "test_plans" / "trial_infusion"


@pytest.fixture(scope="module")
def plan() -> Plan:
    return loading.load(FOLDER / "plan.toml")


@contextmanager
def running(plan: Plan, folder: Path) -> Iterator[Case]:
    planned = next(each for each in plan.cases if each.procedure == "occlusion")
    clock = VirtualClock(0)
    with Journal(folder / "run") as journal:
        case = Case(planned, plan, Recorder(journal, clock), clock)
        case.declare_limits()
        yield case


def report(t_s: int, alarm: Alarm = Alarm.NONE) -> PumpReading:
    state, mode = PumpState.DELIVERING, PumpMode.CONTINUOUS
    return PumpReading(t_s * S, None, mode, state, 0, 0, None, alarm, None)


def verdict(case: Case) -> Verdict:
    entries = case.result("").entries
    assert [each.judgement.requirement for each in entries] == ["TRI-OCC-001"]
    return entries[0].judgement.verdict


@pytest.mark.parametrize(
    ("shown_s", "expected"),
    [(600, Verdict.PASS), (1_700, Verdict.PASS), (2_000, Verdict.FAIL)],
)
def test_the_delay_counts_from_the_cause(
    plan: Plan, tmp_path: Path, shown_s: int, expected: Verdict
) -> None:
    reports = [report(t_s) for t_s in range(-60, shown_s, 60)]
    reports.append(report(shown_s, Alarm.MOTOR_STALL))
    with running(plan, tmp_path) as case:
        alarms.judge_delay(
            case, "TRI-OCC-001", Moment(0, S), Alarm.MOTOR_STALL, reports
        )
        assert verdict(case) is expected


def test_an_alarm_from_before_the_cause_is_none_of_it(
    plan: Plan, tmp_path: Path
) -> None:
    reports = [report(-120), report(-60, Alarm.MOTOR_STALL), report(60), report(120)]
    with running(plan, tmp_path) as case:
        alarms.judge_delay(
            case, "TRI-OCC-001", Moment(0, S), Alarm.MOTOR_STALL, reports
        )
        assert verdict(case) is Verdict.FAIL


def test_another_alarm_is_not_the_one_that_the_profile_names(
    plan: Plan, tmp_path: Path
) -> None:
    reports = [report(0), report(60, Alarm.RESET)]
    with running(plan, tmp_path) as case:
        alarms.judge_delay(
            case, "TRI-OCC-001", Moment(0, S), Alarm.MOTOR_STALL, reports
        )
        assert verdict(case) is Verdict.FAIL


def test_a_cause_that_is_not_proved_blames_no_pump(plan: Plan, tmp_path: Path) -> None:
    with running(plan, tmp_path) as case:
        alarms.judge_delay(
            case, "TRI-OCC-001", Moment(0, S), Alarm.RESET, [report(60)], "not closed"
        )
        assert verdict(case) is Verdict.INCONCLUSIVE


def test_the_first_report_after_the_cause_may_show_it(
    plan: Plan, tmp_path: Path
) -> None:
    reports = [report(60, Alarm.RESET), report(120)]
    with running(plan, tmp_path) as case:
        alarms.judge_delay(case, "TRI-OCC-001", Moment(0, S), Alarm.RESET, reports)
        assert verdict(case) is Verdict.PASS


def test_the_profile_says_by_which_alarm(plan: Plan, tmp_path: Path) -> None:
    with running(plan, tmp_path) as case:
        assert alarms.shown_as(case, "occlusion") is Alarm.MOTOR_STALL
        assert alarms.shown_as(case, "reset") is Alarm.RESET


def test_a_name_that_is_no_alarm_is_refused(plan: Plan, tmp_path: Path) -> None:
    leaves = {**plan.profile.leaves, "alarm.occlusion.shown_as": "BLOCKED"}
    spoilt = replace(plan, profile=replace(plan.profile, leaves=leaves))
    with (
        running(spoilt, tmp_path) as case,
        pytest.raises(ConfigurationError, match=r"'BLOCKED' is no alarm.*OCCLUSION"),
    ):
        alarms.shown_as(case, "occlusion")
