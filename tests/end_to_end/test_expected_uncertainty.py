"""What planning promises against what a run of the same case reports."""

from __future__ import annotations

from concurrent.futures import Executor
from pathlib import Path

import pytest

from fixtures import bench_file, planned_weighing
from harness.planning import cases
from tests.end_to_end import campaign
from tests.end_to_end.pumps import IMPLANTED, REFERENCE_40

CASES = (
    "ITB-FLOW-001/low",
    "ITB-FLOW-001/fastest",
    "ITB-FLOW-001/0.2-ml-a-day",
)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_promise_holds_within_a_fifth(
    tmp_path: Path, processes: Executor, seed: int
) -> None:
    run = processes.submit(
        campaign.verify, tmp_path / "home", REFERENCE_40, CASES, seed=seed
    )
    planned = planned_weighing.of_file(bench_file.load(bench_file.DEFAULT))
    expected = cases.expectations(IMPLANTED, planned.setup)
    outcome = run.result()
    for case in CASES:
        measured = outcome.measured[case, case.partition("/")[0]]
        assert measured.unit == "percent"
        promised = expected[case].forecast.expanded_percent
        assert promised == pytest.approx(measured.expanded_u, rel=0.2), case
