"""Doses, phases of two flows and changes of flow, from volumes reckoned by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from fixtures.procedures import spans
from fixtures.procedures.phases import Phase, flow_over, in_time
from harness.clock import NS_PER_S
from harness.errors import ConfigurationError
from harness.execution.case import Case
from harness.judging import Verdict
from harness.metrology.ambient import Ambient
from harness.metrology.gravimetry import Weighing
from harness.metrology.measurement import Measurement, ratio
from harness.metrology.plateau import Plateau
from harness.plans import loading
from harness.units import FLOW, VOLUME, Quantity, magnitude, ureg
from test_plans.implanted import doses, flow_changes
from test_plans.implanted.flow_changes import Change
from test_plans.implanted.test_phases import at_first_rate
from tests.fixtures.on_bench import SHIPPED, opened

MINUTE_NS = 60 * NS_PER_S
UL = 1e-3
PLAN = Path(__file__).parents[2] / "test_plans" / "implanted" / "plan.toml"


def ambient() -> Ambient:
    assert SHIPPED.conditions is not None
    return SHIPPED.conditions.ambient


def mark(minute: float) -> Weighing:
    t_ns = round(minute * MINUTE_NS)
    return Weighing(Plateau(mass_ng=0.0, t_ns=t_ns, s_ng=0.0, n=10), ambient())


def phase(start: float, end: float, microlitres: float) -> Phase:
    """What came between two minutes, exactly."""
    first, last = mark(start), mark(end)
    volume = Measurement(
        ureg.Quantity(microlitres * UL, VOLUME),
        ureg.Quantity(0.0, VOLUME),
        math.inf,
        (),
        "balance",
        first.plateau.t_ns,
        last.plateau.t_ns,
    )
    elapsed = ureg.Quantity(end - start, "minute")
    return Phase(first, last, volume, ratio(volume, elapsed, FLOW))


def flow(ul_per_min: float) -> Quantity:
    return ureg.Quantity(1440.0 * ul_per_min * UL, FLOW)


# --- doses -----------------------------------------------------------------------


def test_a_dose_is_what_came_beside_the_background_of_either_side() -> None:
    # 1 µL/min before; 50 µL in 10 min from minute 65 on; 2 µL/min behind it.
    before, after = phase(0, 60, 60), phase(80, 120, 80)
    across = phase(60, 80, 5 * 1 + 50 + 5 * 2)

    given = doses.given(
        before, across, after, 65 * MINUTE_NS, ureg.Quantity(10, "minute")
    )

    assert magnitude(given.value, VOLUME) == pytest.approx(50 * UL)


def test_a_flow_in_a_time_and_a_volume_over_a_time_are_inverse() -> None:
    hour = phase(0, 60, 90)
    volume = in_time(hour.flow, 20 * MINUTE_NS)
    assert magnitude(volume.value, VOLUME) == pytest.approx(30 * UL)
    back = flow_over(volume, 20 * MINUTE_NS)
    assert magnitude(back.value, FLOW) == pytest.approx(1.5 * 1440 * UL)
    negative = in_time(hour.flow, -20 * MINUTE_NS)
    assert magnitude(negative.value, VOLUME) == pytest.approx(-30 * UL)


@pytest.mark.parametrize("lasted", [20.0, 50.0, 100.0])
def test_what_came_at_the_first_of_two_rates(lasted: float) -> None:
    # 4 µL/min for so long, then 1 µL/min; 120 min in all.
    first, second = phase(0, 10, 40), phase(120, 180, 60)
    whole = phase(0, 120, 4 * lasted + (120 - lasted)).volume

    came = at_first_rate(whole, first, second, 120 * MINUTE_NS)

    assert magnitude(came.value, VOLUME) == pytest.approx(4 * lasted * UL)


# --- changes ---------------------------------------------------------------------


def change(changed: float, before: float, after: float) -> Change:
    """A change due at minute 60 from 1 to 4 µL/min, which came at another."""
    came = (changed - 50) * before + (70 - changed) * after
    return Change(
        due_ns=60 * MINUTE_NS,
        before=phase(0, 50, 50 * before),
        across=phase(50, 70, came),
        after=phase(70, 120, 50 * after),
        old=flow(1.0),
        new=flow(4.0),
    )


@pytest.mark.parametrize("changed", [51.0, 60.0, 68.5])
@pytest.mark.parametrize("share", [0.9, 1.0, 1.1])
def test_a_delay_is_found_whatever_the_flow_error(changed: float, share: float) -> None:
    delay = change(changed, before=share, after=4 * share).delay()
    assert delay is not None
    assert magnitude(delay.value, "minute") == pytest.approx(changed - 60)


@pytest.mark.parametrize(
    ("before", "after"), [(1.0, 1.0), (4.0, 4.0), (4.0, 1.0), (2.6, 4.0)]
)
def test_without_the_two_flows_there_is_no_delay(before: float, after: float) -> None:
    missing = change(60, before=before, after=after)
    assert missing.delay() is None
    assert "did not change from 1.44 mL/day to 5.76 mL/day" in missing.missing()


def known_to(phase: Phase, u_ul_per_min: float) -> Phase:
    u = flow(u_ul_per_min)
    return replace(phase, flow=replace(phase.flow, u=u, budget=()))


# The rates are 3 µL/min apart, and U is 1.96 u.
@pytest.mark.parametrize(
    ("u", "verdict"), [(0.70, Verdict.FAIL), (0.80, Verdict.INCONCLUSIVE)]
)
def test_a_change_is_missing_only_if_the_flows_are_known(
    u: float, verdict: Verdict
) -> None:
    missing = change(60, before=1.0, after=1.0)
    vague = replace(
        missing,
        before=known_to(missing.before, u),
        after=known_to(missing.after, 0.01),
    )
    assert judged(vague) is verdict


def test_a_change_that_is_surely_missing_is_not_hidden_by_a_doubtful_one() -> None:
    missing = change(60, before=1.0, after=1.0)
    vague = replace(missing, before=known_to(missing.before, 2.0))
    assert judged(vague, change(60, before=1.0, after=4.0)) is Verdict.INCONCLUSIVE
    assert judged(vague, missing) is Verdict.FAIL


def test_a_change_that_came_too_late_is_not_hidden_by_a_doubtful_one() -> None:
    missing = change(60, before=1.0, after=1.0)
    vague = replace(missing, before=known_to(missing.before, 2.0))
    late = change(69.0, before=1.0, after=4.0)
    assert judged(late) is Verdict.FAIL
    assert judged(vague, late) is Verdict.FAIL


def judged(*changes: Change) -> Verdict:
    """Judge changes in a case of the plan that claims their time."""
    plan = loading.load(PLAN)
    planned = next(each for each in plan.cases if "ITB-SCH-002" in each.claims)
    with opened() as on:
        case = Case(planned, plan, on.bench.recorder, on.bench.clock)
        case.declare_limits()
        flow_changes.judge_changes(case, "ITB-SCH-002", changes)
        return case.result("").verdict


def test_a_fall_is_timed_as_a_rise_is() -> None:
    fall = Change(
        due_ns=60 * MINUTE_NS,
        before=phase(0, 50, 200),
        across=phase(50, 70, 4 * 12 + 8),
        after=phase(70, 120, 50),
        old=flow(4.0),
        new=flow(1.0),
    )
    delay = fall.delay()
    assert delay is not None
    assert magnitude(delay.value, "minute") == pytest.approx(2)


# --- time ------------------------------------------------------------------------


def test_a_moment_that_is_over_is_a_mistake_of_the_plan() -> None:
    with opened() as on:
        ahead_ns = on.bench.now_ns() + MINUTE_NS
        spans.wait_until(on.bench, ahead_ns)
        assert on.bench.now_ns() == ahead_ns
        with pytest.raises(ConfigurationError, match="more room"):
            spans.wait_until(on.bench, ahead_ns - MINUTE_NS)
