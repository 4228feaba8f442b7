"""What a campaign keeps of a run, folded from a journal written record by record."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from harness.evidence.records import Kind
from harness.judging import RunState, Verdict
from harness.qualification.outcome import JobKind, Judged, RunOutcome, of_folder
from tests.harness.render import sample_run
from tests.harness.render.sample_run import CASES, Writer, measured

LOW, MIDDLE, MAGNET, DAY = CASES


def folded(folder: Path) -> RunOutcome:
    return of_folder(folder, "M01-1", JobKind.DEFECT, ("M01",), "reference", 7, 1.5)


def begun(folder: Path, case: str) -> Writer:
    run = Writer(folder)
    run.begin(cases=[case])
    run.wait(10.0)
    run.begin_case(case)
    run.wait(60.0)
    return run


def stalled(folder: Path, value: float, u: float, unit: str) -> Judged:
    """What is kept of a stall alarm that came after so long; the limit is 20 min."""
    run = begun(folder, MAGNET)
    run.judge(MAGNET, "ITB-STL-001", measured(value, u, unit, "bench clock"))
    run.end_case(MAGNET, "FAIL", "too late")
    run.end()
    (judged,) = folded(folder).judged
    return judged


def test_a_run_is_folded_whole(tmp_path: Path) -> None:
    found = folded(sample_run.write(tmp_path))
    assert found.job == "M01-1"
    assert (found.kind, found.seeded) == (JobKind.DEFECT, ("M01",))
    assert (found.profile, found.seed, found.wall_s) == ("reference", 7, 1.5)
    assert (found.fidelity, found.state) == ("in-process", RunState.COMPLETE)
    assert found.trouble == ""
    assert [(e.case, e.requirement, e.verdict.name) for e in found.judged] == [
        (LOW, "ITB-FLOW-001", "PASS"),
        (LOW, "ITB-CNT-001", "PASS"),
        (MIDDLE, "ITB-FLOW-001", "INCONCLUSIVE"),
        (MIDDLE, "ITB-CNT-001", "PASS"),
        (MAGNET, "ITB-STL-001", "FAIL"),
        (DAY, "ITB-FLOW-001", "PASS"),
        (DAY, "ITB-ALM-001", "PASS"),
    ]
    lines = (
        "ITB-ALM-001/healthy-day ITB-ALM-001 PASS\n"
        "ITB-ALM-001/healthy-day ITB-FLOW-001 PASS\n"
        "ITB-FLOW-001/low ITB-CNT-001 PASS\n"
        "ITB-FLOW-001/low ITB-FLOW-001 PASS\n"
        "ITB-FLOW-001/middle ITB-CNT-001 PASS\n"
        "ITB-FLOW-001/middle ITB-FLOW-001 INCONCLUSIVE\n"
        "ITB-STL-001/magnet ITB-STL-001 FAIL"
    )
    assert found.verdict_hash == hashlib.sha256(lines.encode()).hexdigest()


def test_a_verdict_keeps_value_limits_and_when_it_came(tmp_path: Path) -> None:
    judged = stalled(tmp_path, 31.0, 0.05, "minute")
    assert (judged.bench_s, judged.case_s) == (70.0, 60.0)
    assert (judged.value, judged.lower, judged.upper) == (31.0, None, 20.0)
    assert judged.unit == "minute"
    # k of Student's distribution with 24 degrees of freedom: 2.064.
    assert judged.expanded_u == pytest.approx(2.064 * 0.05, rel=1e-3)


def test_a_value_is_kept_in_the_unit_of_its_limit(tmp_path: Path) -> None:
    judged = stalled(tmp_path, 1860.0, 3.0, "s")
    assert judged.unit == "minute"
    assert judged.value == pytest.approx(31.0)
    assert judged.expanded_u == pytest.approx(2.064 * 0.05, rel=1e-3)
    assert judged.beyond == pytest.approx(11.0)


def test_a_fact_has_a_verdict_and_a_time_and_nothing_else(tmp_path: Path) -> None:
    run = begun(tmp_path, DAY)
    run.judge_fact(DAY, "ITB-ALM-001", False, "an alarm for no reason")
    run.end_case(DAY, "FAIL", "an alarm")
    run.end()
    facts = [e for e in folded(tmp_path).judged if e.requirement == "ITB-ALM-001"]
    assert facts == [Judged(DAY, "ITB-ALM-001", Verdict.FAIL, 70.0, 60.0)]


@pytest.mark.parametrize(
    ("first", "second", "stands", "bench_s"),
    [
        (True, False, "FAIL", 170.0),
        (False, True, "FAIL", 70.0),
        (None, True, "INCONCLUSIVE", 70.0),
        (True, None, "INCONCLUSIVE", 170.0),
        # Of two alike the first stands: a defect is seen when it is first seen.
        (False, False, "FAIL", 70.0),
    ],
)
def test_the_worst_of_two_attempts_stands(
    tmp_path: Path,
    first: bool | None,
    second: bool | None,
    stands: str,
    bench_s: float,
) -> None:
    run = begun(tmp_path, MAGNET)
    run.judge_fact(MAGNET, "ITB-STL-001", first, "seen")
    run.end_case(MAGNET, "FAIL", "first")
    run.wait(40.0)
    run.begin_case(MAGNET, 2)
    run.wait(60.0)
    run.judge_fact(MAGNET, "ITB-STL-001", second, "seen")
    run.end_case(MAGNET, "FAIL", "second")
    run.end()
    (judged,) = folded(tmp_path).judged
    assert (judged.verdict.name, judged.bench_s) == (stands, bench_s)
    assert judged.case_s == 60.0


def test_what_was_withdrawn_does_not_stand(tmp_path: Path) -> None:
    run = begun(tmp_path, LOW)
    wrong = run.judge(LOW, "ITB-FLOW-001", measured(15.0, 0.4))
    run.judge(LOW, "ITB-CNT-001", measured(0.0, 0.01))
    run.end_case(LOW, "FAIL", "outside")
    run.record(Kind.VOID, records=[wrong], reason="the balance had drifted")
    run.end()
    (judged,) = folded(tmp_path).judged
    assert (judged.requirement, judged.verdict) == ("ITB-CNT-001", Verdict.PASS)


def test_every_fault_of_a_run_is_told(tmp_path: Path) -> None:
    run = begun(tmp_path, MAGNET)
    for reason in ("the balance is silent", "the pump too"):
        run.record(Kind.FAULT, state="BENCH_FAULT", error="PortFault", reason=reason)
    run.end("BENCH_FAULT")
    found = folded(tmp_path)
    assert found.trouble == "the balance is silent; the pump too"
    assert found.state is RunState.BENCH_FAULT


def test_both_limits_of_a_value_are_kept(tmp_path: Path) -> None:
    run = begun(tmp_path, LOW)
    run.judge(LOW, "ITB-FLOW-001", measured(15.0, 0.4))
    run.end_case(LOW, "FAIL", "outside")
    run.end()
    judged = folded(tmp_path).failed[0]
    assert (judged.lower, judged.upper, judged.unit) == (-10.0, 10.0, "percent")


def test_a_verdict_before_its_case_began_took_no_time(tmp_path: Path) -> None:
    run = Writer(tmp_path)
    run.begin(cases=[DAY])
    run.wait(70.0)
    run.judge_fact(DAY, "ITB-ALM-001", False, "an alarm for no reason")
    run.end()
    (judged,) = folded(tmp_path).failed
    assert (judged.bench_s, judged.case_s) == (70.0, 0.0)
