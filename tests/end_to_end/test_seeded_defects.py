"""Simulated units, healthy and not: each wrong one FAILs by what names its defect."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from harness.judging import Verdict
from tests.end_to_end.command import PLAN, Outcome, simulated, verify

FLOW: Final = "ITB-FLOW-001/ or ITB-BOL-001 or run-to-empty or half-used"
BY_FLOW: Final = frozenset(
    {"ITB-FLOW-001", "ITB-BOL-001", "ITB-CNT-002", "ITB-LOW-002", "ITB-REF-001"}
)
# No parameter of the simulated pump makes these FAIL by their own wording: a false
# alarm, a leak, an obeyed corrupted frame, a refill or a date booked wrong, a counter
# and a reservoir that disagree, a rotor that stays weak after a stall.
WITHOUT_DEFECT: Final = frozenset(
    {
        "ITB-ALM-001",
        "ITB-FLOW-002",
        "ITB-LNK-001",
        "ITB-REF-002",
        "ITB-REF-003",
        "ITB-REF-004",
        "ITB-RES-001",
        "ITB-STL-002",
    }
)
PROCESSES: Final = 2


@dataclass(frozen=True, slots=True)
class Unit:
    """A simulated pump.

    Attributes:
        name: what it is or does.
        only: the cases that run; "" is the whole plan.
        fails: the requirements that FAIL wherever they are judged; all others PASS.
        pump: its parameters, each name followed by its value as TOML.
    """

    name: str
    only: str
    fails: frozenset[str]
    pump: tuple[tuple[str, str], ...]


UNITS: Final = (
    Unit("delivers 5 % more, and may", "", frozenset(), (("flow_error", '"5 %"'),)),
    Unit("delivers 5 % less, and may", "", frozenset(), (("flow_error", '"-5 %"'),)),
    Unit("delivers 14 % more", FLOW, BY_FLOW, (("flow_error", '"14 %"'),)),
    Unit("delivers 14 % less", FLOW, BY_FLOW, (("flow_error", '"-14 %"'),)),
    Unit(
        "is empty soon after its low alarm",
        "run-to-empty",
        frozenset({"ITB-LOW-002", "ITB-LOW-003"}),
        (("flow_error", '"17 %"'),),
    ),
    Unit(
        "never warns of a low reservoir or a stall",
        "run-to-empty or magnet",
        frozenset({"ITB-LOW-001", "ITB-LOW-002", "ITB-LOW-003", "ITB-STL-001"}),
        (("mute", '["LOW_RESERVOIR", "MOTOR_STALL"]'),),
    ),
    Unit(
        "never says that it is empty, or stopped",
        "run-to-empty or magnet or 48-hours",
        frozenset({"ITB-EMP-001", "ITB-STP-001"}),
        (("mute", '["EMPTY_RESERVOIR", "STOPPED_TOO_LONG"]'),),
    ),
    Unit(
        "notices late that it is empty, or held",
        "run-to-empty or magnet",
        frozenset({"ITB-EMP-001", "ITB-STL-001"}),
        (("empty_detection_s", '"2 hour"'), ("stall_detection_s", '"25 minute"')),
    ),
    Unit(
        "warns at another content than it counts",
        "run-to-empty",
        frozenset({"ITB-LOW-001"}),
        (("level", '"sensor"'), ("flow_error", '"3 %"')),
    ),
    Unit(
        "has a clock that is 1 % fast",
        "ITB-FLOW-001/middle or 48-hours",
        frozenset({"ITB-CNT-001", "ITB-STP-001"}),
        (("clock_error_ppm", '"10000 ppm"'),),
    ),
    Unit(
        "runs rates out of range",
        "ITB-FLOW-003",
        frozenset({"ITB-FLOW-003", "ITB-FLOW-001"}),
        (("min_rate_nl_per_h", '"40 µL/day"'), ("max_rate_nl_per_h", '"30 mL/day"')),
    ),
)


@pytest.fixture(scope="module")
def runs(
    request: pytest.FixtureRequest, folder: Path
) -> Iterator[Mapping[Unit, Future[Outcome]]]:
    """The runs of all units that were selected, some at a time."""
    parameters = [
        item.callspec.params.get("unit")
        for item in request.session.items
        if isinstance(item, pytest.Function) and hasattr(item, "callspec")
    ]
    chosen = dict.fromkeys(unit for unit in parameters if isinstance(unit, Unit))
    with ThreadPoolExecutor(PROCESSES) as pool:
        yield {unit: pool.submit(run, unit, folder) for unit in chosen}


def run(unit: Unit, folder: Path) -> Outcome:
    home = folder / unit.name.replace(" ", "-")
    bench = simulated(home.with_suffix(".toml"), {"pump": dict(unit.pump)})
    return verify(home, bench=bench, only=unit.only)


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_fails_by_what_names_its_defect_and_by_nothing_else(
    unit: Unit, runs: Mapping[Unit, Future[Outcome]]
) -> None:
    outcome = runs[unit].result()

    assert outcome.code == (1 if unit.fails else 0), outcome.output
    expected = {
        (case, requirement): Verdict.FAIL if requirement in unit.fails else Verdict.PASS
        for case, requirement in outcome.verdicts
    }
    assert outcome.verdicts == expected
    assert {requirement for _, requirement in expected} >= unit.fails


def test_every_requirement_has_a_defect_or_is_known_to_have_none(
    register: frozenset[str],
) -> None:
    caught = frozenset[str]().union(*(unit.fails for unit in UNITS))
    assert register - caught == WITHOUT_DEFECT


def test_the_whole_plan_judges_every_requirement(
    register: frozenset[str], whole: Outcome
) -> None:
    assert {requirement for _, requirement in whole.verdicts} == register


@pytest.fixture(scope="module")
def register() -> frozenset[str]:
    """The ids of all requirements."""
    entries = tomllib.loads((PLAN / "register.toml").read_text("utf-8"))["requirement"]
    return frozenset(entry["id"] for entry in entries)


@pytest.mark.parametrize(("unit", "error"), [(UNITS[0], 5.0), (UNITS[1], -5.0)])
def test_a_healthy_unit_is_measured_as_what_it_is(
    unit: Unit, error: float, runs: Mapping[Unit, Future[Outcome]]
) -> None:
    flow = runs[unit].result().measured["ITB-FLOW-001/high", "ITB-FLOW-001"]
    assert flow.expanded_u < 0.05
    assert flow.value == pytest.approx(error, abs=0.05)


@pytest.mark.parametrize("error", ["10 %", "-10 %"])
def test_a_pump_exactly_at_the_limit_is_not_proven_at_the_lowest_rate(
    tmp_path: Path, error: str
) -> None:
    bench = simulated(tmp_path / "bench.toml", {"pump": {"flow_error": f'"{error}"'}})
    outcome = verify(tmp_path / "run", bench=bench, only="ITB-FLOW-001/low")
    low = "ITB-FLOW-001/low"
    assert outcome.code == 10, outcome.output
    assert outcome.ended_cases == {low: Verdict.INCONCLUSIVE}
    assert outcome.verdicts[low, "ITB-FLOW-001"] is Verdict.INCONCLUSIVE
    assert outcome.verdicts[low, "ITB-CNT-001"] is Verdict.PASS
