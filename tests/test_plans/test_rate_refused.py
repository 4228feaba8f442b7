"""How a pump must be behind a rate that it has refused: its profile says."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from fixtures.procedures.phases import Phase, flow_over
from harness.clock import NS_PER_S, VirtualClock
from harness.errors import ConfigurationError
from harness.evidence.journal import Journal
from harness.evidence.recorder import Recorder
from harness.execution.case import Case
from harness.judging import Verdict
from harness.metrology.gravimetry import Weighing
from harness.metrology.measurement import Measurement
from harness.metrology.plateau import Plateau
from harness.plans import loading
from harness.plans.plan import Plan
from harness.readings import Alarm, PumpMode, PumpReading, PumpState
from harness.units import VOLUME, ureg
from test_plans.trial_infusion import test_delivery as delivery
from tests.fixtures.on_bench import SHIPPED

HOUR_NS = 3600 * NS_PER_S
FOLDER = Path(__file__).parents[2] / "test_plans" / "trial_infusion"
RUNNING, STOPPED = PumpState.DELIVERING, PumpState.STOPPED


@pytest.fixture(scope="module")
def plan() -> Plan:
    return loading.load(FOLDER / "plan.toml")


@contextmanager
def running(plan: Plan, folder: Path, leaves: str) -> Iterator[Case]:
    planned = next(each for each in plan.cases if each.procedure == "rate_refused")
    said = {**plan.profile.leaves, "refusal.leaves": leaves}
    plan = replace(plan, profile=replace(plan.profile, leaves=said))
    clock = VirtualClock(0)
    with Journal(folder / "run") as journal:
        yield Case(planned, plan, Recorder(journal, clock), clock)


def phase(hour: int, microlitres: float) -> Phase:
    """What came, exactly, in an hour."""
    assert SHIPPED.conditions is not None
    start, end = (
        Weighing(Plateau(0.0, t_ns, 0.0, 10), SHIPPED.conditions.ambient)
        for t_ns in (hour * HOUR_NS, (hour + 1) * HOUR_NS)
    )
    volume = Measurement(
        ureg.Quantity(microlitres / 1e3, VOLUME),
        ureg.Quantity(0.0, VOLUME),
        math.inf,
        (),
        "balance",
        start.plateau.t_ns,
        end.plateau.t_ns,
    )
    return Phase(start, end, volume, flow_over(volume, HOUR_NS))


def report(state: PumpState) -> PumpReading:
    mode = PumpMode.CONTINUOUS if state is RUNNING else PumpMode.STOPPED
    return PumpReading(0, None, mode, state, 0, 0, None, Alarm.NONE, None)


@pytest.mark.parametrize(
    ("leaves", "after_ul", "state", "told", "by_weight"),
    [
        ("stopped", 0.0, STOPPED, True, Verdict.PASS),
        ("stopped", 160.0, STOPPED, True, Verdict.FAIL),
        ("stopped", 0.0, RUNNING, False, Verdict.PASS),
        ("running", 160.0, RUNNING, True, Verdict.PASS),
        ("running", 120.0, RUNNING, True, Verdict.FAIL),
        ("running", 0.0, STOPPED, False, Verdict.FAIL),
    ],
)
def test_the_pump_is_as_its_profile_says(
    plan: Plan,
    tmp_path: Path,
    leaves: str,
    after_ul: float,
    state: PumpState,
    told: bool,
    by_weight: Verdict,
) -> None:
    with running(plan, tmp_path, leaves) as case:
        found = delivery._as_it_should(
            case,
            phase(0, 160.0),
            phase(1, after_ul),
            report(state),
            is_same=state is RUNNING,
        )
    assert (found.is_told, found.by_weight.verdict) == (told, by_weight)


def test_a_profile_that_says_something_else_is_refused(
    plan: Plan, tmp_path: Path
) -> None:
    with (
        running(plan, tmp_path, "paused") as case,
        pytest.raises(ConfigurationError, match=r"refusal\.leaves is 'paused'; write"),
    ):
        delivery._as_it_should(
            case, phase(0, 1.0), phase(1, 1.0), report(STOPPED), is_same=False
        )
