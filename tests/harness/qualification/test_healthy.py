from __future__ import annotations

from dataclasses import replace

import pytest

from harness.judging import RunState, Verdict
from harness.qualification.healthy import HealthySet, healthy_set
from harness.qualification.outcome import JobKind, Judged, RunOutcome
from tests.harness.qualification import made


def healthy(
    name: str, *judged: Judged, state: RunState = RunState.COMPLETE
) -> RunOutcome:
    return made.run(name, *judged, kind=JobKind.HEALTHY, state=state)


def of(*runs: RunOutcome) -> HealthySet:
    return healthy_set("allowed", [run.job for run in runs], runs)


def test_a_defect_and_a_pump_of_another_set_do_not_count() -> None:
    runs = [healthy("a"), healthy("b"), made.run("M01", made.FAILED)]
    assert healthy_set("x", ["a", "M01"], runs).runs == (runs[0],)


def test_a_run_with_a_fail_is_a_false_failure() -> None:
    found = of(healthy("a", made.PASSED), healthy("b", made.WRONG_FACT))
    assert [run.job for run in found.failed] == ["b"]
    assert found.upper_bound > 0.5
    assert not found.keeps_promise


def test_a_run_that_broke_off_is_named() -> None:
    found = of(healthy("a", state=RunState.BENCH_FAULT), healthy("b", made.PASSED))
    assert [run.job for run in found.broken] == ["a"]


def test_a_run_that_broke_off_is_no_pump_that_passed() -> None:
    broke_off = [healthy(f"b{n}", state=RunState.BENCH_FAULT) for n in range(299)]
    found = of(healthy("a", made.PASSED), *broke_off)
    assert found.upper_bound == pytest.approx(0.95)


def test_only_values_well_inside_must_be_decided() -> None:
    inside = replace(made.UNDECIDED, value=7.9)
    found = of(healthy("a", inside, made.UNDECIDED, *[made.PASSED] * 18))
    assert len(found.undecided) == 1
    assert len(found.well_inside) == 19
    assert not found.is_decisive
    more = of(healthy("a", inside, *[made.PASSED] * 19))
    assert more.undecided_share == pytest.approx(0.05)
    assert more.is_decisive


def test_a_pump_of_which_nothing_was_found_out_is_no_good_result() -> None:
    nothing = replace(
        made.UNDECIDED, value=None, expanded_u=None, lower=None, upper=None
    )
    known = replace(made.PASSED, case="R-2/b", requirement="R-2")
    found = of(*(healthy(f"p{n}", nothing, *[known] * 40) for n in range(20)))
    assert found.is_decisive
    assert found.unanswered == ("R-1 in R-1/a",)


def test_one_in_twenty_may_come_to_nothing() -> None:
    nothing = Judged("R-1/a", "R-1", Verdict.INCONCLUSIVE, 90.0, 60.0)
    pumps = [healthy(f"p{n}", made.PASSED) for n in range(19)]
    assert not of(*pumps, healthy("q", nothing)).unanswered
    assert of(*pumps[1:], healthy("q", nothing)).unanswered == ("R-1 in R-1/a",)


def test_a_run_that_judged_nothing_is_no_pump_that_passed() -> None:
    found = of(healthy("a"), healthy("b", made.PASSED))
    assert [run.job for run in found.broken] == ["a"]
    assert [run.job for run in found.counted] == ["b"]


def test_near_a_limit_the_rule_allows_one_in_forty() -> None:
    at = replace(made.FAILED, value=10.6)
    fine = replace(made.PASSED, value=9.0)
    few = of(healthy("a", at, *[fine] * 39))
    many = of(healthy("a", *[at] * 6, *[fine] * 34))
    assert few.keeps_promise
    assert few.near_rate == pytest.approx(0.025)
    assert not many.keeps_promise
    assert all(each.verdict is Verdict.FAIL for each in many.near_failed)
