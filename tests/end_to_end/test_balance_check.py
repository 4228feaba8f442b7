"""The balance is checked on either side of the cases, and what it says has effects."""

from __future__ import annotations

from concurrent.futures import Executor
from pathlib import Path
from typing import Final

import pytest

from harness.evidence.records import Kind
from harness.execution.exit_code import ExitCode
from harness.judging import Verdict
from harness.plans.coverage import Parameter
from tests.end_to_end import campaign
from tests.end_to_end.command import Outcome
from tests.end_to_end.pumps import REFERENCE_40

BOLUS: Final = "ITB-BOL-001/single"
# Weighed against the pump's counter, which is also held against its own arithmetic.
COUNTED: Final = "ITB-CNT-002/bolus"


def run(
    folder: Path,
    processes: Executor,
    name: str,
    *seeded: object,
    case: str = BOLUS,
) -> Outcome:
    tables = [("balance", each) for each in seeded]
    home = folder / f"checked balance {name}"
    return processes.submit(
        campaign.verify,
        home,
        REFERENCE_40,
        (case,),
        tables,  # type: ignore[arg-type]
    ).result()


def checks(outcome: Outcome) -> dict[tuple[str, str], object]:
    return {
        (str(each.fields["moment"]), str(each.fields["name"])): each.fields["holds"]
        for each in outcome.of(Kind.CHECK)
    }


def test_a_healthy_balance_holds_before_and_after(
    folder: Path, processes: Executor
) -> None:
    outcome = run(folder, processes, "healthy")

    found = checks(outcome)
    assert {moment for moment, _ in found} == {"before", "after"}
    assert len(found) == 6
    assert False not in found.values()
    (begun,), (ended,) = outcome.of(Kind.CASE_BEGIN), outcome.of(Kind.CASE_END)
    before = [r.seq for r in outcome.of(Kind.CHECK) if r.fields["moment"] == "before"]
    after = [r.seq for r in outcome.of(Kind.CHECK) if r.fields["moment"] == "after"]
    assert max(before) < begun.seq < ended.seq < min(after)
    assert outcome.code == ExitCode.PASSED


def test_a_wrong_balance_ends_the_run_before_any_case(
    folder: Path, processes: Executor
) -> None:
    outcome = run(folder, processes, "wrong", {"span_error": "0.01 %"})

    assert checks(outcome)["before", "error at the check weight"] is False
    assert not outcome.of(Kind.CASE_BEGIN)
    assert outcome.code == ExitCode.BENCH_FAULT
    assert "error at the check weight is +2" in outcome.output
    assert "adjust it, or have it calibrated" in " ".join(outcome.output.split())


@pytest.mark.parametrize(
    ("case", "ends_h", "withdrawn", "kept"),
    [
        (BOLUS, 6.465, {"ITB-BOL-001"}, set()),
        (COUNTED, 7.81, {"ITB-CNT-002"}, {"ITB-RES-001"}),
    ],
)
def test_a_balance_that_went_wrong_takes_its_verdicts_with_it(
    folder: Path,
    processes: Executor,
    case: str,
    ends_h: float,
    withdrawn: set[str],
    kept: set[str],
) -> None:
    # Far more than 5 ppm, and only once the case has ended.
    later = {"span_error": "0.01 %", "span_error_after_s": f"{ends_h} hour"}
    name = f"went wrong after {case.partition('/')[0]}"
    outcome = run(folder, processes, name, later, case=case)

    assert checks(outcome)["before", "error at the check weight"] is True
    assert checks(outcome)["after", "error at the check weight"] is False
    (void,) = outcome.of(Kind.VOID)
    judged = {r.seq: r.fields["requirement"] for r in outcome.of(Kind.VERDICT)}
    named = void.fields["records"]
    assert isinstance(named, list)
    assert {judged.pop(seq) for seq in named} == withdrawn
    assert {*judged.values()} == kept
    for requirement in withdrawn:
        assert outcome.verdicts[case, requirement] is Verdict.INCONCLUSIVE
    for requirement in kept:
        assert outcome.verdicts[case, requirement] is Verdict.PASS
    assert outcome.code == ExitCode.BENCH_FAULT


@pytest.mark.parametrize(
    "seed", [1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 5))]
)
def test_no_healthy_balance_is_blamed(
    folder: Path, processes: Executor, seed: int
) -> None:
    outcome = processes.submit(
        campaign.verify,
        folder / f"checked balance of unit {seed}",
        REFERENCE_40,
        (BOLUS,),
        [],
        seed,
    ).result()

    assert False not in checks(outcome).values()


def test_a_balance_that_comes_back_wrong_takes_earlier_verdicts_with_it(
    folder: Path, processes: Executor
) -> None:
    # In the second case it loses its power, and comes back as another one.
    when = "10 hour"
    broken: dict[str, Parameter] = {
        "restarts_after_s": when,
        "span_error": "0.01 %",
        "span_error_after_s": when,
    }
    outcome = processes.submit(
        campaign.verify,
        folder / "balance that comes back wrong",
        REFERENCE_40,
        (COUNTED, BOLUS),
        [("balance", broken)],
    ).result()

    assert outcome.code == ExitCode.BENCH_FAULT
    assert outcome.ended_cases[COUNTED] is Verdict.PASS
    assert outcome.verdicts[COUNTED, "ITB-CNT-002"] is Verdict.INCONCLUSIVE
    assert outcome.verdicts[COUNTED, "ITB-RES-001"] is Verdict.PASS
    assert "outside its limits before the cases" in " ".join(outcome.output.split())
