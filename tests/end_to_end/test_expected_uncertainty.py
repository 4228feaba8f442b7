"""What planning promises against what a run of the same case reports."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures import bench_file, planned_weighing
from harness.planning import cases
from harness.plans import loading
from harness.plans.plan import FILE_NAME
from tests.end_to_end.command import PLAN, verify

CASES = (
    "ITB-FLOW-001/low",
    "ITB-FLOW-001/fastest",
    "ITB-FLOW-001/0.2-ml-a-day",
)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_promise_holds_within_a_fifth(tmp_path: Path, seed: int) -> None:
    plan = loading.load(PLAN / FILE_NAME, None)
    planned = planned_weighing.of_file(bench_file.load(bench_file.DEFAULT))
    expected = cases.expectations(plan, planned.setup)
    outcome = verify(tmp_path / "home", cases=CASES, seed=seed)
    for case in CASES:
        measured = outcome.measured[case, case.partition("/")[0]]
        assert measured.unit == "percent"
        promised = expected[case].forecast.expanded_percent
        assert promised == pytest.approx(measured.expanded_u, rel=0.2), case
