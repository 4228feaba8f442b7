"""The exit code of the real command for verdicts, run faults and wrong use.

What ends with 1 (FAIL) and 10 (INCONCLUSIVE) stands in `test_seeded_defects.py`, what
ends with 2 (broken off) in `test_broken_off.py`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.evidence.records import Kind
from harness.judging import Verdict
from tests.end_to_end.command import Outcome, copy_of_plan, simulated, verify

BOLUS = "ITB-BOL-001/single"
DATES = "ITB-REF-003/3-weeks"


def test_pass_is_0_and_a_selection_is_marked_as_partial(tmp_path: Path) -> None:
    part = verify(tmp_path / "run", only=DATES)
    assert part.code == 0, part.output
    assert part.ended_cases == {DATES: Verdict.PASS}
    assert part.integrity.complete
    assert "PASS, run COMPLETE: 1 PASS" in part.output
    assert part.header["partial"] is True
    assert len(part.header["not_selected"]) == 19
    assert "PARTIAL, 1 of 20 cases" in part.output
    assert "PARTIAL: 19 cases of the plan were not selected" in part.output


def test_a_silent_balance_is_a_bench_fault_11(tmp_path: Path) -> None:
    bench = simulated(tmp_path / "bench.toml", {"balance": {"silent": "true"}})
    outcome = verify(tmp_path / "run", bench=bench, only=BOLUS)
    assert_bench_fault(outcome, "InstrumentSilent")
    assert "balance did not answer" in outcome.output


def test_another_pump_than_the_bench_file_says_is_a_bench_fault_11(
    tmp_path: Path,
) -> None:
    bench = simulated(tmp_path / "bench.toml", {}, serial="10002")
    outcome = verify(tmp_path / "run", bench=bench, only=BOLUS)
    assert_bench_fault(outcome, "WrongInstrument")
    assert "10001" in outcome.output
    assert "10002" in outcome.output


def assert_bench_fault(outcome: Outcome, error: str) -> None:
    assert outcome.code == 11, outcome.output
    assert outcome.ended_cases == {BOLUS: Verdict.INCONCLUSIVE}
    assert [record.fields["error"] for record in outcome.of(Kind.FAULT)] == [error]
    assert outcome.of(Kind.END)[0].fields["state"] == "BENCH_FAULT"


def test_a_fault_after_a_fail_does_not_hide_it(tmp_path: Path) -> None:
    bench = simulated(
        tmp_path / "bench.toml",
        {"pump": {"flow_error": '"14 %"'}, "balance": {"restarts_after_s": '"6 hour"'}},
    )
    outcome = verify(tmp_path / "run", bench=bench, only=f"{BOLUS} or half-used")
    assert outcome.code == 1, outcome.output
    half_used = "ITB-REF-001/half-used"
    assert outcome.ended_cases[BOLUS] is Verdict.FAIL
    assert outcome.ended_cases[half_used] is Verdict.INCONCLUSIVE
    assert outcome.of(Kind.END)[0].fields["state"] == "BENCH_FAULT"


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


def test_nothing_collected_is_5(tmp_path: Path) -> None:
    outcome = verify(tmp_path / "run", only="no-such-case")
    assert outcome.code == 5, outcome.output
    assert not [*(tmp_path / "run" / "runs").glob("*")]


@pytest.mark.parametrize("mark", ['skip(reason="no time")', 'xfail(reason="known")'])
def test_a_case_that_is_skipped_or_excused_never_passes(
    tmp_path: Path, mark: str
) -> None:
    plan = copy_of_plan(tmp_path / "plans")
    path = plan / "test_reservoir.py"
    text = path.read_text("utf-8")
    marked = '@pytest.mark.procedure(dose="µg/day")\ndef test_refill_dates'
    assert text.count(marked) == 1
    path.write_text(text.replace(marked, f"@pytest.mark.{mark}\n{marked}"), "utf-8")
    outcome = verify(tmp_path / "run", plan=plan, only=DATES)
    assert outcome.code == 10, outcome.output
    assert outcome.ended_cases == {DATES: Verdict.INCONCLUSIVE}
    assert "INCONCLUSIVE, run COMPLETE: 1 INCONCLUSIVE" in outcome.output
    # Neither the case nor a requirement that it claims: not on the terminal, not in the
    # JUnit file, and not in the journal without a record that withdraws it.
    assert "PASS" not in outcome.output
    assert "PASS" not in (outcome.folder / "junit.xml").read_text("utf-8")
    assert Verdict.PASS not in outcome.verdicts.values()
