"""Whatever a search finds it prints as a case that fails on that pump alone."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from drivers.sim.defects import SeededDefect
from drivers.sim.defects.scale import Scale
from fixtures import bench_file
from fixtures.assembly import Person
from fixtures.search import printing, specification, stage, steps
from fixtures.search.difference import Difference, DifferenceFound, Kind
from fixtures.search.printing import Printed
from fixtures.search.session import Session
from harness.plans import profile
from tests.fixtures.search import broken, broken_answers

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "tests" / "fixtures" / "search"
PROFILE = profile.load(ROOT / "test_plans" / "profiles" / "reference-40.toml")
SHIPPED = bench_file.load(bench_file.DEFAULT)
SPEC = specification.of(PROFILE)
NOBODY = Person(lambda text: "", lambda text: None, lambda now, end: None)
H = 3_600


@dataclass(frozen=True, slots=True)
class Shown:
    """A broken pump, steps behind which it shows that, and how."""

    defect: type[SeededDefect]
    steps: tuple[steps.Step, ...]
    kind: Kind
    requirement: str

    @property
    def name(self) -> str:
        return f"{self.kind.name}-{self.defect.id}"


SHOWN = (
    Shown(
        broken_answers.DeafToOne,
        (steps.PatientSettings(20_000, 1_200, 2, H),),
        Kind.ANSWER,
        "ITB-STA-003",
    ),
    Shown(
        broken_answers.DeafUntilReset,
        (steps.Priming(50_000, 1_800, 0),),
        Kind.LOOK,
        "ITB-LNK-004",
    ),
    Shown(
        broken_answers.RefusesRefill,
        (steps.Refill(8_000_000, 6_000_000),),
        Kind.ANSWER,
        "ITB-REF-005",
    ),
    Shown(
        broken_answers.DaysOfPlenty,
        (steps.Continuous(5_000_000),),
        Kind.ANSWER,
        "ITB-FLOW-003",
    ),
    Shown(
        broken_answers.Generous,
        (
            steps.Continuous(20_000),
            steps.PatientSettings(20_000, 1_200, 2, H),
            steps.PatientWish(),
            steps.Wait(1_800, is_observed=False),
            steps.PatientWish(),
        ),
        Kind.ANSWER,
        "ITB-BOL-007",
    ),
    Shown(
        broken.IgnoredStop,
        (steps.Priming(50_000, 1_800, 0), steps.ClockShift(60), steps.Stop()),
        Kind.REPORT,
        "ITB-STA-003",
    ),
    Shown(
        broken.MissedLow,
        (
            steps.Refill(6_060_000, 6_000_000),
            steps.Bolus(100_000, 1_800, 0),
            steps.Wait(H, is_observed=True),
        ),
        Kind.ALARM,
        "ITB-ALM-002",
    ),
    Shown(
        broken.LostCount,
        (
            steps.Bolus(100_000, 1_800, 0),
            steps.Wait(720, is_observed=True),
            steps.Outage(60),
        ),
        Kind.COUNT,
        "ITB-CNT-004",
    ),
    Shown(
        broken_answers.CountsMore,
        (steps.DaySchedule(100_000, 100_000, 60), steps.Wait(8 * H, is_observed=False)),
        Kind.COUNT,
        "ITB-CNT-001",
    ),
    Shown(broken_answers.DriftingBooks, (steps.Outage(60),), Kind.BOOKS, "ITB-RES-001"),
    Shown(broken_answers.JumpingClock, (steps.Outage(60),), Kind.CLOCK, "ITB-CLK-002"),
    Shown(
        broken_answers.ShortLog,
        (steps.Continuous(20_000), steps.Stop(), steps.Outage(60)),
        Kind.LOG,
        "ITB-LOG-002",
    ),
    Shown(
        broken_answers.Slow,
        (steps.DaySchedule(400_000, 400_000, 60), steps.Wait(8 * H, is_observed=False)),
        Kind.WEIGHT,
        "ITB-CNT-002",
    ),
)
EVERY_STEP = (
    steps.Continuous(100_000),
    steps.Noise(7),
    steps.Corrupted(20_000),
    steps.Unconfirmed(20_000),
    steps.Bolus(100_000, 1_800, 20_000),
    steps.RepeatedBolus(100_000, 1_800, 20_000),
    steps.Periodic(20_000, 100_000, 1_800, 2 * H),
    steps.Minimum(),
    steps.Priming(50_000, 1_800, 20_000),
    steps.DaySchedule(0, 20_000, 60),
    steps.PatientSettings(20_000, 1_200, 2, H),
    steps.PatientWish(),
    steps.MagnetMove(is_present=True),
    steps.MagnetMove(is_present=False),
    steps.ClampMove(is_closed=True),
    steps.ClampMove(is_closed=False),
    steps.Supply(2_450),
    steps.Supply(2_900),
    steps.Wait(600, is_observed=True),
    steps.Wait(600, is_observed=False),
    steps.Outage(60),
    steps.ClockShift(60),
    steps.Acknowledge(),
    steps.ClearAlarms(),
    steps.RefillEntry(40_000_001, 6_000_000),
    steps.Refill(8_000_000, 6_000_000),
    steps.Stop(),
)


def difference(shown: Shown, folder: Path) -> Difference:
    """What a session says of the broken pump."""
    simulation = shown.defect(Scale(PROFILE)).simulation(SHIPPED.simulation)
    file = replace(SHIPPED, simulation=simulation)
    assert file.conditions is not None
    with stage.opened(file, PROFILE, 1, folder, NOBODY) as at:
        session = Session(at, file.conditions, may_disturb=True)
        *before, last = shown.steps
        for step in before:
            session.do(step)
        with pytest.raises(DifferenceFound) as found:
            session.do(last)
    return found.value.difference


class Plan:
    """A copy of the plan, to which printed cases are added."""

    def __init__(self, home: Path) -> None:
        self._home = home
        plans = home / "test_plans"
        ignored = shutil.ignore_patterns("*.pyc")
        shutil.copytree(ROOT / "test_plans", plans, ignore=ignored)
        self._folder = plans / "implanted"

    def add(self, *printed: Printed) -> None:
        for each in printed:
            procedure = self._folder / f"test_{each.name}.py"
            procedure.write_text(each.procedure, encoding="utf-8")
            with (self._folder / "plan.toml").open("a", encoding="utf-8") as plan:
                plan.write(f"\n{each.entry}")

    def verify(
        self, *printed: Printed, defect: type[SeededDefect] | None = None
    ) -> int:
        """The exit code of a run of printed cases."""
        bench = bench_file.DEFAULT
        if defect is not None:
            bench = self._home / f"{defect.id}.toml"
            source = FIXTURES / f"{defect.__module__.rpartition('.')[2]}.py"
            seeded = f'defects = ["{defect.id}"]\nfile = "{source}"\n'
            text = bench_file.DEFAULT.read_text("utf-8")
            bench.write_text(f"{text}\n[simulation.seeded]\n{seeded}", "utf-8")
        cases = [f"--case={each.case_id}" for each in printed]
        runs = f"--runs={self._home / 'runs'}"
        # In a process of its own: a printed module that was imported stays imported.
        words = [sys.executable, "-m", "fixtures.cli", "verify", str(self._folder)]
        options = [runs, f"--bench={bench}", *cases]
        ended = subprocess.run([*words, *options], cwd=ROOT, check=False, timeout=100)
        return ended.returncode


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    return Plan(tmp_path)


@pytest.mark.parametrize("shown", SHOWN, ids=lambda each: each.name)
def test_a_difference_names_its_channel_and_a_requirement(
    tmp_path: Path, shown: Shown
) -> None:
    found = difference(shown, tmp_path / "journal")
    assert (found.kind, found.requirement) == (shown.kind, shown.requirement)


@pytest.mark.slow
@pytest.mark.timeout(120)
@pytest.mark.parametrize("shown", SHOWN, ids=lambda each: each.name)
def test_what_is_printed_fails_on_the_broken_pump(
    tmp_path: Path, plan: Plan, shown: Shown
) -> None:
    found = difference(shown, tmp_path / "journal")
    printed = printing.write(shown.steps, found, 1, SPEC)
    plan.add(printed)
    assert plan.verify(printed, defect=shown.defect) == 1


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_what_is_printed_passes_on_a_good_pump(tmp_path: Path, plan: Plan) -> None:
    printed = [
        printing.write(
            shown.steps, difference(shown, tmp_path / str(number)), number, SPEC
        )
        for number, shown in enumerate(SHOWN, 1)
    ]
    plan.add(*printed)
    assert plan.verify(*printed) == 0


@pytest.mark.slow
def test_every_step_is_printed_so_that_it_runs(plan: Plan) -> None:
    holds = "answers.count(None) > len(looks) and PumpState.STOPPED is looks[-1].state"
    stands = Difference(Kind.REPORT, "ITB-STA-001", "it goes on", holds)
    printed = printing.write(EVERY_STEP, stands, 99, SPEC)
    plan.add(printed)
    assert plan.verify(printed) == 0
