"""What is concluded of a pump that never warned of a low reservoir."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures.procedures.alarm_moments import Moment
from harness.execution.case import Case
from harness.judging import Verdict
from harness.plans import loading
from harness.readings import ReservoirReading
from test_plans.implanted import test_reservoir as reservoir
from tests.fixtures.on_bench import opened

FOLDER = Path(__file__).parents[2] / "test_plans"
ENDED = Moment(1, 2)
F, U = Verdict.FAIL, Verdict.INCONCLUSIVE
THRESHOLD_NL = 6_000_000


def verdicts(
    profile: str, volume_nl: int, end: Moment | None
) -> tuple[Verdict, Verdict, Verdict]:
    plan = loading.load(
        FOLDER / "implanted" / "plan.toml", FOLDER / "profiles" / f"{profile}.toml"
    )
    planned = next(each for each in plan.cases if each.id == "ITB-LOW-001/run-to-empty")
    count = ReservoirReading(0, volume_nl, 40_000_000, THRESHOLD_NL, 0, 0)
    with opened() as on:
        case = Case(planned, plan, on.bench.recorder, on.bench.clock)
        case.declare_limits()
        reservoir._judge_unwarned(case, count, end)
        found = {
            entry.judgement.requirement: entry.judgement.verdict
            for entry in case.result("").entries
        }
    return found["ITB-LOW-001"], found["ITB-LOW-002"], found["ITB-LOW-003"]


# By its own count the alarm was due 0.02 mL below the threshold, and not before.
@pytest.mark.parametrize(
    ("volume_nl", "end", "expected"),
    [
        (5_900_000, None, (F, U, U)),
        (5_900_000, ENDED, (F, F, F)),
        (5_985_000, None, (U, U, U)),
        (9_000_000, ENDED, (U, F, F)),
    ],
)
def test_a_pump_that_counts_is_held_to_its_own_count(
    volume_nl: int, end: Moment | None, expected: tuple[Verdict, ...]
) -> None:
    assert verdicts("reference-40", volume_nl, end) == expected


@pytest.mark.parametrize(("end", "expected"), [(None, (U, U, U)), (ENDED, (F, F, F))])
def test_a_pump_that_senses_is_held_to_the_weight(
    end: Moment | None, expected: tuple[Verdict, ...]
) -> None:
    assert verdicts("valve-20", 5_900_000, end) == expected
