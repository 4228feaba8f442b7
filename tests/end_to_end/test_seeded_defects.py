"""Simulated units, healthy and not: each wrong one FAILs by what names its defect."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from drivers.sim.pump_defects import Defect
from harness.evidence.records import Kind
from harness.judging import Verdict
from tests.end_to_end.command import PLAN, Outcome, simulated, verify

# What a wrong flow is found by; no other requirement may be blamed for it. Whether an
# alarm of such a pump is false cannot be told.
BY_FLOW: Final = frozenset(
    {"ITB-FLOW-001", "ITB-BOL-001", "ITB-CNT-002", "ITB-LOW-002", "ITB-REF-001"}
)
UNTOLD: Final = frozenset({"ITB-ALM-001"})
BY_VOLUME: Final = frozenset({"ITB-FLOW-001", "ITB-CNT-002"})
NOTHING: Final = frozenset[str]()
LOW: Final = "ITB-FLOW-001/low"
QUICK: Final = "not half-year and not middle and not 6-weeks and not 6-months"


@dataclass(frozen=True, slots=True)
class Unit:
    """A simulated pump.

    Attributes:
        name: what it is or does.
        only: the cases that run; "" is the whole plan.
        fails: the requirements that FAIL wherever they are judged.
        pump: its parameters, each name followed by its value as TOML.
        undecided: the requirements that are INCONCLUSIVE; all others PASS.
    """

    name: str
    only: str
    fails: frozenset[str]
    pump: tuple[tuple[str, str], ...]
    undecided: frozenset[str] = frozenset()


def unit(name: str, only: str, fails: str, **pump: str) -> Unit:
    """A pump that FAILs by one or more requirements, separated by blanks."""
    return Unit(name, only, frozenset(fails.split()), tuple(pump.items()))


def defective(defect: Defect, only: str, fails: str) -> Unit:
    """A pump with one of the defects that have no parameter of their own."""
    return unit(defect.value, only, fails, defects=f'["{defect.value}"]')


HEALTHY: Final = (
    unit("delivers 5 % more, and may", "", "", flow_error='"5 %"'),
    unit("delivers 5 % less, and may", "", "", flow_error='"-5 %"'),
)
UNITS: Final = (
    *HEALTHY,
    Unit("delivers 14 % more", QUICK, BY_FLOW, (("flow_error", '"14 %"'),), UNTOLD),
    Unit("delivers 14 % less", QUICK, BY_FLOW, (("flow_error", '"-14 %"'),), UNTOLD),
    # Exactly at the limit, where nothing can be proven.
    Unit("delivers 10 % more", LOW, NOTHING, (("flow_error", '"10 %"'),), BY_VOLUME),
    Unit("delivers 10 % less", LOW, NOTHING, (("flow_error", '"-10 %"'),), BY_VOLUME),
    unit(
        "is empty soon after its low alarm",
        "run-to-empty",
        "ITB-LOW-002 ITB-LOW-003",
        flow_error='"17 %"',
    ),
    unit(
        "never warns of a low reservoir or a stall",
        "run-to-empty or magnet",
        "ITB-LOW-001 ITB-LOW-002 ITB-LOW-003 ITB-STL-001",
        mute='["LOW_RESERVOIR", "MOTOR_STALL"]',
    ),
    unit(
        "never says that it is empty, or stopped",
        "run-to-empty or 48-hours",
        "ITB-EMP-001 ITB-STP-001",
        mute='["EMPTY_RESERVOIR", "STOPPED_TOO_LONG"]',
    ),
    unit(
        "notices late that it is empty, or held",
        "run-to-empty or magnet",
        "ITB-EMP-001 ITB-STL-001",
        empty_detection_s='"2 hour"',
        stall_detection_s='"25 minute"',
    ),
    unit(
        "warns at another content than it counts",
        "run-to-empty",
        "ITB-LOW-001",
        level='"sensor"',
        flow_error='"3 %"',
    ),
    unit(
        "has a clock that is 1 % fast",
        "ITB-FLOW-001/middle or 48-hours",
        "ITB-CNT-001 ITB-STP-001",
        clock_error_ppm='"10000 ppm"',
    ),
    unit(
        "runs rates out of range",
        "ITB-FLOW-003",
        "ITB-FLOW-003",
        min_rate_nl_per_h='"40 µL/day"',
        max_rate_nl_per_h='"30 mL/day"',
    ),
    defective(Defect.CREEPS, "ITB-FLOW-002", "ITB-FLOW-002"),
    defective(Defect.BOLUS_SHORT, "ITB-BOL-001", "ITB-BOL-001"),
    defective(Defect.BOLUS_TWICE, "ITB-BOL-001", "ITB-BOL-001"),
    defective(Defect.COUNTER_STUCK, "ITB-FLOW-001/high", "ITB-CNT-001 ITB-CNT-002"),
    defective(Defect.RESERVOIR_DRIFTS, "half-year", "ITB-RES-001"),
    defective(Defect.REFILL_MISBOOKED, "half-used", "ITB-REF-002"),
    defective(Defect.LOW_DATE_LATE, "beyond-6-months", "ITB-REF-003"),
    defective(Defect.STABILITY_IGNORED, "beyond-6-months", "ITB-REF-004"),
    defective(Defect.STAYS_STALLED, "magnet", "ITB-STL-002"),
    defective(Defect.WEAK_AFTER_STALL, "magnet", "ITB-STL-002"),
    defective(Defect.FALSE_ALARM, "healthy-day", "ITB-ALM-001"),
    defective(Defect.OBEYS_CORRUPTED, "ITB-LNK-001", "ITB-LNK-001"),
)


@pytest.fixture(scope="module")
def runs(
    request: pytest.FixtureRequest, folder: Path, pool: Executor
) -> Mapping[Unit, Future[Outcome]]:
    """The runs of all units that were selected."""
    parameters = [
        item.callspec.params.get("unit")
        for item in request.session.items
        if isinstance(item, pytest.Function) and hasattr(item, "callspec")
    ]
    chosen = dict.fromkeys(unit for unit in parameters if isinstance(unit, Unit))
    return {unit: pool.submit(run, unit, folder) for unit in chosen}


def run(unit: Unit, folder: Path) -> Outcome:
    home = folder / unit.name.replace(" ", "-")
    bench = simulated(home.with_suffix(".toml"), {"pump": dict(unit.pump)})
    return verify(home, bench=bench, only=unit.only)


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_fails_by_what_names_its_defect_and_by_nothing_else(
    unit: Unit, runs: Mapping[Unit, Future[Outcome]]
) -> None:
    outcome = runs[unit].result()

    assert outcome.code == exit_code(unit), outcome.output
    assert outcome.of(Kind.END)[0].fields["state"] == "COMPLETE", outcome.output
    expected = {
        (case, requirement): verdict_of(unit, requirement)
        for case, requirement in outcome.verdicts
    }
    assert outcome.verdicts == expected
    assert {requirement for _, requirement in expected} >= unit.fails | unit.undecided


def exit_code(unit: Unit) -> int:
    if unit.fails:
        return 1
    return 10 if unit.undecided else 0


def verdict_of(unit: Unit, requirement: str) -> Verdict:
    if requirement in unit.fails:
        return Verdict.FAIL
    return Verdict.INCONCLUSIVE if requirement in unit.undecided else Verdict.PASS


def test_every_requirement_is_failed_by_a_unit(register: frozenset[str]) -> None:
    assert frozenset[str]().union(*(unit.fails for unit in UNITS)) == register


def test_every_defect_is_the_only_one_of_a_unit() -> None:
    assert {unit.name for unit in UNITS} >= {defect.value for defect in Defect}


@pytest.mark.parametrize("unit", HEALTHY, ids=lambda unit: unit.name)
def test_the_whole_plan_judges_every_requirement(
    unit: Unit, register: frozenset[str], runs: Mapping[Unit, Future[Outcome]]
) -> None:
    judged = runs[unit].result().verdicts
    assert {requirement for _, requirement in judged} == register


@pytest.fixture(scope="module")
def register() -> frozenset[str]:
    """The ids of all requirements."""
    entries = tomllib.loads((PLAN / "register.toml").read_text("utf-8"))["requirement"]
    return frozenset(entry["id"] for entry in entries)


@pytest.mark.parametrize(("unit", "error"), [(HEALTHY[0], 5.0), (HEALTHY[1], -5.0)])
def test_a_healthy_unit_is_measured_as_what_it_is(
    unit: Unit, error: float, runs: Mapping[Unit, Future[Outcome]]
) -> None:
    flow = runs[unit].result().measured["ITB-FLOW-001/high", "ITB-FLOW-001"]
    assert flow.expanded_u < 0.05
    assert flow.value == pytest.approx(error, abs=0.05)
