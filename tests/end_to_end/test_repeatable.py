"""One seed gives one run, and a case does not depend on those before it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from concurrent.futures import Executor, Future
from functools import partial
from pathlib import Path

import pytest

from harness.evidence.records import Kind
from harness.judging import Verdict
from harness.plans.plan import Plan
from tests.end_to_end import campaign
from tests.end_to_end.command import (
    WITHOUT_PAGE,
    Judged,
    Outcome,
    copy_of_plan,
    verify,
)
from tests.end_to_end.pumps import FAULTS, REFERENCE_40, pump_for

# The pump looks at its causes of alarm once a second and counts whole nanolitres, at
# moments that do not know when a case begins: a tick, and a few nL of 6 and of 20 mL.
# Its calendar counts whole seconds, here in days and with a float's last digits; a time
# in its log has such a second at both ends, and the tick.
# Where a case before has left an alarm, the start state takes longer, as the pump sees
# at such a tick that its cause is gone. Noise counts from the beginning of the way to
# it, so what is weighed meets other draws: of the 19 mL that are withdrawn 40 nL for
# one digit of the liquid's thermometer, 0.01 K, 1 nL for one of the air's, and what the
# balance's noise makes. Nothing else of a case before may show.
OF_THE_PUMP = {
    "ITB-REF-003": 1.001 / 86_400.0,
    "ITB-REF-004": 1.001 / 86_400.0,
    "ITB-STL-001": 1.0 / 60.0,
    "ITB-STL-003": 3.0 / 60.0,
    "ITB-STL-010": 3.0 / 60.0,
    "ITB-STL-011": 1.0 / 60.0,
    "ITB-CNT-001": 5e-5,
    "ITB-CNT-002": 5e-5,
    "ITB-REF-001": 5e-5,
}
BOLUS: Judged = ("ITB-BOL-001/single", "ITB-BOL-001")
SOME = (
    "ITB-FLOW-001/high",
    BOLUS[0],
    "ITB-LNK-001/programme",
    "ITB-REF-001/half-used",
    "ITB-REF-003/3-months",
    "ITB-STL-001/magnet",
)


@pytest.fixture(scope="module")
def whole(folder: Path) -> Outcome:
    """The whole plan on the simulated bench."""
    return verify(folder / "whole")


@pytest.fixture(scope="module")
def once(runs: Mapping[str, Future[Outcome]]) -> Outcome:
    """Some cases of it, one after the other."""
    return runs["once"].result()


@pytest.fixture(scope="module")
def runs(
    folder: Path, pool: Executor, processes: Executor
) -> Mapping[str, Future[Outcome]]:
    """Runs of some cases."""
    run = partial(campaign.verify, pump=REFERENCE_40)
    backwards = reversed_plan(folder / "plans")
    asked = {
        "alone": partial(run, cases=BOLUS[:1]),
        "other": partial(run, cases=BOLUS[:1], seed=2),
        "reversed": partial(run, cases=SOME, plan=backwards),
    }
    # Each of these is an interpreter of its own, which orders its sets differently.
    twice = {
        name: pool.submit(verify, folder / name, cases=SOME, environment=WITHOUT_PAGE)
        for name in ("once", "again")
    }
    begun = {
        name: processes.submit(each, folder / name) for name, each in asked.items()
    }
    return {**twice, **begun}


def reversed_plan(folder: Path) -> Path:
    """A copy of the plan with its cases in reverse order."""
    plan = copy_of_plan(folder)
    path = plan / "plan.toml"
    head, *cases = re.split(r"(?m)^(?=\[\[case\]\])", path.read_text("utf-8"))
    path.write_text(head + "\n".join(reversed(cases)), encoding="utf-8")
    return plan


@pytest.mark.slow
def test_the_whole_plan_passes_and_nothing_is_left_out(
    whole: Outcome, plan: Plan
) -> None:
    assert whole.code == 0, whole.output
    assert whole.ended_cases == {case.id: Verdict.PASS for case in plan.cases}
    assert f"PASS, run COMPLETE: {len(plan.cases)} PASS" in whole.output
    assert whole.header["partial"] is False
    assert "PARTIAL" not in whole.output


@pytest.mark.slow
def test_what_a_seeded_fault_would_fail_passes_without_it(whole: Outcome) -> None:
    proved = {
        (fault.case, fault.requirement)
        for fault in FAULTS
        if pump_for(fault) is REFERENCE_40
    }
    assert len(proved) > 100
    assert {whole.verdicts.get(each) for each in proved} == {Verdict.PASS}


def test_the_same_seed_gives_the_same_bytes(
    runs: Mapping[str, Future[Outcome]], once: Outcome
) -> None:
    again = runs["again"].result()
    assert once.ended_cases.keys() == {*SOME}
    assert again.folder != once.folder
    assert again.journal == once.journal


def test_another_seed_is_another_unit(
    runs: Mapping[str, Future[Outcome]], once: Outcome
) -> None:
    other = runs["other"].result()
    assert other.code == 0, other.output
    assert abs(other.measured[BOLUS].value - once.measured[BOLUS].value) > 0.5


def test_a_case_alone_gives_what_it_gives_among_others(
    runs: Mapping[str, Future[Outcome]], once: Outcome
) -> None:
    alone = runs["alone"].result()
    assert alone.verdicts == {BOLUS: once.verdicts[BOLUS]}
    value = once.measured[BOLUS].value
    assert alone.measured[BOLUS].value == pytest.approx(value, rel=1e-6)


def test_cases_in_reverse_order_give_the_same(
    runs: Mapping[str, Future[Outcome]], once: Outcome
) -> None:
    backwards = runs["reversed"].result()
    assert [*backwards.ended_cases] == [*once.ended_cases][::-1]
    require_alike(backwards, once)


@pytest.mark.slow
def test_some_cases_give_what_they_give_in_the_whole_plan(
    once: Outcome, whole: Outcome
) -> None:
    assert [*once.ended_cases] == [case for case in whole.ended_cases if case in SOME]
    require_alike(once, whole)


def require_alike(few: Outcome, more: Outcome) -> None:
    """Compare what the fewer cases have judged and measured with the same of more."""
    assert few.verdicts == {key: more.verdicts[key] for key in few.verdicts}
    for judged, measured in few.measured.items():
        before = more.measured[judged]
        allowed = OF_THE_PUMP.get(judged[1], 0.0)
        assert measured.unit == before.unit
        assert measured.value == pytest.approx(before.value, 1e-6, allowed), judged


def test_the_journal_names_no_time_or_place_of_the_host(once: Outcome) -> None:
    assert str(once.folder.parent).encode() not in once.journal
    assert once.folder.name[:15].encode() not in once.journal
    first, *_, last = once.records
    assert first.kind is Kind.RUN
    # Bench time in seconds of the host: the epoch is the bench file's.
    assert first.t_ns == 1_767_225_600_000_000_000
    assert (last.t_ns - first.t_ns) / 3_600e9 > 24.0
