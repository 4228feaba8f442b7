"""The exit code of the real command for verdicts, run faults and wrong use.

What ends with 2 (broken off) stands in `test_broken_off.py`; most wrong use, with 4,
and 5, in `test_cli_verify.py`.
"""

from __future__ import annotations

from concurrent.futures import Executor
from pathlib import Path

import pytest

from fixtures import bench_file
from harness.evidence.records import Kind
from harness.judging import Verdict
from harness.plans.coverage import Parameters
from harness.plans.plan import Plan
from harness.render import junit
from harness.render.run_fold import of_journal
from tests.end_to_end import campaign
from tests.end_to_end.command import (
    WITHOUT_PAGE,
    Outcome,
    copy_of_plan,
    simulated,
    verify,
)
from tests.end_to_end.pumps import REFERENCE_40

BOLUS = "ITB-BOL-001/single"
DATES = "ITB-REF-003/3-weeks"
DATED = "def test_refill_dates("


def test_pass_is_0_and_a_selection_is_marked_as_partial(
    tmp_path: Path, plan: Plan
) -> None:
    part = verify(tmp_path / "run", cases=[DATES], environment=WITHOUT_PAGE)
    assert part.code == 0, part.output
    assert part.ended_cases == {DATES: Verdict.PASS}
    assert part.integrity.complete
    assert "PASS, run COMPLETE: 1 PASS" in part.output
    assert part.header["partial"] is True
    planned = len(plan.cases)
    assert len(part.header["not_selected"]) == planned - 1
    assert f"PARTIAL, 1 of {planned} cases" in part.output
    assert f"PARTIAL: {planned - 1} cases of the plan were not selected" in part.output


def test_a_wrong_dose_is_a_fail_1(tmp_path: Path) -> None:
    bench = simulated(tmp_path / "bench.toml", {"pump": {"flow_error": "14 %"}})
    outcome = verify(tmp_path / "run", bench=bench, cases=[BOLUS])
    assert outcome.code == 1, outcome.output
    assert outcome.ended_cases == {BOLUS: Verdict.FAIL}
    assert outcome.of(Kind.END)[0].fields["state"] == "COMPLETE"


def test_a_silent_balance_is_a_bench_fault_11(tmp_path: Path) -> None:
    bench = simulated(tmp_path / "bench.toml", {"balance": {"silent": True}})
    outcome = verify(
        tmp_path / "run", bench=bench, cases=[BOLUS], environment=WITHOUT_PAGE
    )
    assert_bench_fault(outcome, "InstrumentSilent")
    assert "balance did not answer" in outcome.output


@pytest.mark.slow
def test_another_pump_than_the_bench_file_says_is_a_bench_fault_11(
    tmp_path: Path,
) -> None:
    bench = tmp_path / "bench.toml"
    text = bench_file.DEFAULT.read_text("utf-8")
    bench.write_text(text.replace('"10001"', '"10002"'), encoding="utf-8")
    outcome = verify(tmp_path / "run", bench=bench, cases=[BOLUS])
    assert_bench_fault(outcome, "WrongInstrument")
    assert "10001" in outcome.output
    assert "10002" in outcome.output


def assert_bench_fault(outcome: Outcome, error: str) -> None:
    assert outcome.code == 11, outcome.output
    assert outcome.ended_cases == {BOLUS: Verdict.INCONCLUSIVE}
    assert [record.fields["error"] for record in outcome.of(Kind.FAULT)] == [error]
    assert outcome.of(Kind.END)[0].fields["state"] == "BENCH_FAULT"


@pytest.mark.slow
def test_a_fault_after_a_fail_does_not_hide_it(tmp_path: Path) -> None:
    # Somebody switches its unit in the second case.
    balance: Parameters = {"wrong_unit_after_s": "7 hour"}
    bench = simulated(
        tmp_path / "bench.toml", {"pump": {"flow_error": "14 %"}, "balance": balance}
    )
    half_used = "ITB-REF-001/half-used"
    outcome = verify(tmp_path / "run", bench=bench, cases=[BOLUS, half_used])
    assert outcome.code == 1, outcome.output
    assert outcome.ended_cases[BOLUS] is Verdict.FAIL
    assert outcome.ended_cases[half_used] is Verdict.INCONCLUSIVE
    assert outcome.of(Kind.END)[0].fields["state"] == "BENCH_FAULT"


@pytest.mark.slow
def test_a_wrong_unit_in_the_plan_is_a_usage_error_4(tmp_path: Path) -> None:
    plan = copy_of_plan(tmp_path / "plans")
    path = plan / "plan.toml"
    text = path.read_text("utf-8")
    path.write_text(text.replace('drug = "50 µg"', 'drug = "50 µq"'), encoding="utf-8")
    outcome = verify(tmp_path / "run", plan=plan)
    assert outcome.code == 4, outcome.output
    assert "plan.toml" in outcome.output
    assert "'µq' is unknown" in outcome.output
    assert "Traceback" not in outcome.output
    assert not [*(tmp_path / "run" / "runs").glob("*")]


def run_dates(home: Path, plan: Path, processes: Executor) -> Outcome:
    run = processes.submit(campaign.verify, home, REFERENCE_40, [DATES], plan=plan)
    return run.result()


@pytest.mark.parametrize(
    "mark",
    [
        'skip(reason="no time")',
        pytest.param('xfail(reason="known")', marks=pytest.mark.slow),
    ],
)
def test_a_case_that_is_skipped_or_excused_never_passes(
    tmp_path: Path, processes: Executor, mark: str
) -> None:
    plan = copy_of_plan(tmp_path / "plans")
    path = next(each for each in plan.glob("*.py") if DATED in each.read_text("utf-8"))
    text = path.read_text("utf-8")
    marked = f'@pytest.mark.procedure(dose="µg/day")\n{DATED}'
    assert text.count(marked) == 1
    path.write_text(text.replace(marked, f"@pytest.mark.{mark}\n{marked}"), "utf-8")
    outcome = run_dates(tmp_path / "run", plan, processes)
    assert outcome.code == 10, outcome.output
    assert outcome.ended_cases == {DATES: Verdict.INCONCLUSIVE}
    assert "INCONCLUSIVE, run COMPLETE: 1 INCONCLUSIVE" in outcome.output
    # Neither the case nor a requirement that it claims: not on the terminal, not in the
    # CI system's file, and not in the journal without a record that withdraws it.
    assert "PASS" not in outcome.output
    assert "PASS" not in junit.as_xml(of_journal(outcome.folder))
    assert Verdict.PASS not in outcome.verdicts.values()


@pytest.mark.parametrize(
    "excuse",
    [
        'pytest.xfail("known")',
        pytest.param('pytest.skip("late")', marks=pytest.mark.slow),
    ],
)
def test_what_was_judged_before_an_excuse_is_withdrawn(
    tmp_path: Path, processes: Executor, excuse: str
) -> None:
    plan = copy_of_plan(tmp_path / "plans")
    path = next(each for each in plan.glob("*.py") if DATED in each.read_text("utf-8"))
    text = path.read_text("utf-8")
    end = text.index("\n\n\n", text.index(DATED))
    path.write_text(f"{text[:end]}\n    {excuse}{text[end:]}", "utf-8")
    outcome = run_dates(tmp_path / "run", plan, processes)
    assert outcome.code == 10, outcome.output
    assert Verdict.PASS not in outcome.verdicts.values()
    assert "PASS" not in junit.as_xml(of_journal(outcome.folder))
