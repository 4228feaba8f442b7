"""A search finds what is broken, spares what is good, and prints tests that run."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from drivers.sim.defects import SeededDefect
from drivers.sim.defects.scale import Scale
from fixtures import bench_file
from fixtures.assembly import Person
from fixtures.cli.main import main
from fixtures.search import campaign, specification
from fixtures.search.campaign import Search, Tally
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
    ForgottenBolus: 300,
    LostCount: 2000,
    MissedLow: 300,
    IgnoredStop: 100,
    RepeatedDose: 400,
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


def dosebench(arguments: list[str]) -> int:
    """In a process of its own: a printed module that was imported stays imported."""
    words = [sys.executable, "-m", "fixtures.cli", *arguments]
    return subprocess.run(words, cwd=ROOT, check=False, timeout=100).returncode


def test_a_broken_pump_is_found(tmp_path: Path) -> None:
    tally = search(tmp_path, LostCount, 200, SEEDS[LostCount])
    assert tally.found is not None


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("defect", BROKEN, ids=lambda each: each.id)
def test_every_broken_pump_is_found(tmp_path: Path, defect: type[SeededDefect]) -> None:
    assert search(tmp_path, defect, 600, SEEDS[defect]).found is not None


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_what_is_found_is_short_and_fails_as_a_case(tmp_path: Path) -> None:
    broken = ROOT / "tests" / "fixtures" / "search" / "broken.py"
    out = tmp_path / "found"
    options = [f"--defects={broken}", "--seed-defect=T2", "--seed=2000", f"--out={out}"]
    assert main(["search", *options]) == 1
    [procedure], [entry] = out.glob("test_*.py"), out.glob("*.toml")
    text = entry.read_text("utf-8")
    # A dose, a wait and a loss of power: nothing more is needed.
    taken = {name.split("_")[1] for name in re.findall(r"step_\d+_", text)}
    assert len(taken) <= 3
    plans = tmp_path / "test_plans"
    shutil.copytree(ROOT / "test_plans", plans, ignore=shutil.ignore_patterns("*.pyc"))
    folder = plans / "implanted"
    shutil.copy(procedure, folder)
    with (folder / "plan.toml").open("a", encoding="utf-8") as plan:
        plan.write(f"\n{text}")
    bench = tmp_path / "bench.toml"
    seeded = f'\n[simulation.seeded]\ndefects = ["T2"]\nfile = "{broken}"\n'
    bench.write_text(bench_file.DEFAULT.read_text("utf-8") + seeded, "utf-8")
    runs = f"--runs={tmp_path / 'runs'}"
    verify = ["verify", str(folder), "--case=ITB-CNT-004/found-1", runs]
    assert dosebench([*verify, f"--bench={bench}"]) == 1
    assert dosebench(verify) == 0


def test_a_good_pump_differs_in_nothing(tmp_path: Path) -> None:
    tally = search(tmp_path, None, 10, 1)
    assert tally.found is None
    assert tally.steps > 100


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    ("pump", "bench"),
    [
        ("reference-40", "simulated"),
        ("reference-20", "simulated-20"),
    ],
)
def test_a_good_pump_of_any_model_differs_in_nothing_for_long(
    tmp_path: Path, pump: str, bench: str
) -> None:
    specified = profile.load(ROOT / "test_plans" / "profiles" / f"{pump}.toml")
    wanted = Search(
        file=bench_file.load(ROOT / "fixtures" / "benches" / f"{bench}.toml"),
        profile=specified,
        envelope=whole(specification.of(specified)),
        folder=tmp_path,
        person=NOBODY,
        unit=7,
        examples=60,
        most_steps=100,
        seed=7,
    )
    tally = campaign.run(wanted, lambda: False, lambda tally: None)
    assert tally.found is None
