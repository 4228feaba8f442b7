"""A search finds what is broken, spares what is good, and prints tests that run."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from drivers.sim.defects import SeededDefect
from drivers.sim.defects.scale import Scale
from fixtures import bench_file
from fixtures.assembly import Person
from fixtures.cli.main import main
from fixtures.search import campaign, printing, specification, steps
from fixtures.search.campaign import Search, Tally
from fixtures.search.difference import Difference, Kind
from fixtures.search.envelope import whole
from harness.plans import profile
from tests.fixtures.search.broken import (
    BROKEN,
    ForgottenBolus,
    IgnoredStop,
    LostCount,
    MissedLow,
    RepeatedDose,
)

ROOT = Path(__file__).resolve().parents[2]
PROFILE = profile.load(ROOT / "test_plans" / "profiles" / "reference-40.toml")
SHIPPED = bench_file.load(bench_file.DEFAULT)
NOBODY = Person(lambda text: "", lambda text: None, lambda now, end: None)
SEEDS = {
    ForgottenBolus: 3000,
    LostCount: 2000,
    MissedLow: 2000,
    IgnoredStop: 2000,
    RepeatedDose: 1000,
}


def search(
    folder: Path, defect: type[SeededDefect] | None, examples: int, seed: int
) -> Tally:
    simulation = SHIPPED.simulation
    if defect is not None:
        simulation = defect(Scale(PROFILE)).simulation(simulation)
    wanted = Search(
        file=replace(SHIPPED, simulation=simulation),
        profile=PROFILE,
        envelope=whole(specification.of(PROFILE)),
        folder=folder,
        person=NOBODY,
        examples=examples,
        seed=seed,
        may_shrink=False,
    )
    return campaign.run(wanted, lambda: False, lambda tally: None)


def test_a_broken_pump_is_found(tmp_path: Path) -> None:
    assert search(tmp_path, IgnoredStop, 200, SEEDS[IgnoredStop]).found is not None


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("defect", BROKEN, ids=lambda each: each.id)
def test_every_broken_pump_is_found(tmp_path: Path, defect: type[SeededDefect]) -> None:
    assert search(tmp_path, defect, 400, SEEDS[defect]).found is not None


def test_a_good_pump_differs_in_nothing(tmp_path: Path) -> None:
    tally = search(tmp_path, None, 10, 1)
    assert tally.found is None
    assert tally.steps > 100


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", range(100, 104))
def test_a_good_pump_differs_in_nothing_for_long(tmp_path: Path, seed: int) -> None:
    assert search(tmp_path, None, 60, seed * 1000).found is None
