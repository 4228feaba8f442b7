"""Ten simulated units, from ten runs of the real command to one verdict."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from concurrent.futures import Executor
from functools import partial
from pathlib import Path
from typing import Final

import pytest

from tests.end_to_end.command import (
    DOSEBENCH,
    ENVIRONMENT,
    Outcome,
    copy_of_plan,
    simulated,
    verify,
)

pytestmark = pytest.mark.slow

HIGH: Final = "ITB-FLOW-001/high"
UNITS: Final = range(1, 11)
NAMED: Final = (
    'cases = ["ITB-FLOW-001/low", "ITB-FLOW-001/middle", "ITB-FLOW-001/high"]'
)


@pytest.fixture(scope="module")
def plan_of_one_case(folder: Path) -> Path:
    """The shipped plan, with its population declared of one short case only."""
    plan = copy_of_plan(folder / "population plans")
    path = plan / "plan.toml"
    text = path.read_text("utf-8")
    assert text.count(NAMED) == 1
    path.write_text(text.replace(NAMED, f'cases = ["{HIGH}"]'), encoding="utf-8")
    return plan


@pytest.fixture(scope="module")
def runs(folder: Path, plan_of_one_case: Path, pool: Executor) -> Mapping[str, Outcome]:
    """Ten healthy units, and the tenth once more with a flow that is 12 % too high."""
    home = folder / "population"
    home.mkdir()
    bench = simulated(home / "bench.toml", {"pump": {"flow_error": "12 %"}})
    run = partial(verify, plan=plan_of_one_case, cases=[HIGH])
    begun = {
        str(seed): pool.submit(run, home / f"unit {seed}", seed=seed) for seed in UNITS
    }
    begun["bad"] = pool.submit(run, home / "bad unit", seed=10, bench=bench)
    return {name: each.result() for name, each in begun.items()}


def population(*runs: Outcome) -> tuple[int, str]:
    line = [*DOSEBENCH, "population", *(str(each.folder) for each in runs)]
    done = subprocess.run(
        line, env=ENVIRONMENT, capture_output=True, check=False, text=True
    )
    return done.returncode, done.stdout + done.stderr


def test_ten_healthy_units_pass(runs: Mapping[str, Outcome]) -> None:
    healthy = [runs[str(seed)] for seed in UNITS]
    assert [each.code for each in healthy] == [0] * len(UNITS)
    said = population(*healthy)[1]
    assert "ITB-FLOW-001: PASS (SIMULATED, PARTIAL)" in said
    assert "10 runs of 10 units" in said


def test_one_bad_unit_fails_them_all(runs: Mapping[str, Outcome]) -> None:
    assert runs["bad"].code == 1
    code, said = population(*(runs[str(seed)] for seed in range(1, 10)), runs["bad"])
    assert code == 1
    assert "ITB-FLOW-001: FAIL (SIMULATED, PARTIAL)" in said
    assert "10001, seed 10 in ITB-FLOW-001/high" in said


def test_three_units_prove_nothing(runs: Mapping[str, Outcome]) -> None:
    code, said = population(*(runs[str(seed)] for seed in range(1, 4)))
    assert code == 10
    assert "ITB-FLOW-001: INCONCLUSIVE (SIMULATED, PARTIAL)" in said
    assert "3 of the 10 declared units are here: 7 more must be measured" in said


def test_the_same_run_twice_is_refused(runs: Mapping[str, Outcome]) -> None:
    code, said = population(runs["1"], runs["1"])
    assert code == 4
    assert "a run counts once" in said


def test_what_was_not_measured_keeps_the_whole_from_passing(
    runs: Mapping[str, Outcome],
) -> None:
    # The plan declares an alarm too, which these runs leave out.
    code, said = population(*(runs[str(seed)] for seed in UNITS))
    assert code == 10
    assert "ITB-STL-001: INCONCLUSIVE (SIMULATED, PARTIAL)" in said
