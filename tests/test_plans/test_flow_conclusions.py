"""What procedures conclude from programmes, counters, reports and gauges, by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from fixtures.procedures import influences, rate_changes, refusals, reported
from fixtures.procedures.spans import Span
from harness.clock import NS_PER_S
from harness.metrology.measurement import Measurement, counted
from harness.readings import (
    Alarm,
    PressureReading,
    PumpMode,
    PumpReading,
    PumpState,
    WeightReading,
)
from harness.units import FLOW, VOLUME, Quantity, magnitude, ureg
from test_plans.implanted import test_counter as counter
from test_plans.implanted import test_release as release
from test_plans.implanted import test_reports as reports

S = NS_PER_S
H = 3600 * S
RATE = ureg.Quantity(24.0, FLOW)


def ml_per_day(value: float) -> Quantity:
    return ureg.Quantity(value, FLOW)


def weighed(volume_ml: float, start_ns: int, end_ns: int) -> Measurement:
    volume, exact = ureg.Quantity(volume_ml, VOLUME), ureg.Quantity(0.0, VOLUME)
    return counted(volume, exact, "balance", start_ns, end_ns)


def bounds_ul(value: Measurement) -> tuple[float, float]:
    centre, u = magnitude(value.value, "µL"), magnitude(value.u, "µL")
    return centre - math.sqrt(3.0) * u, centre + math.sqrt(3.0) * u


# --- programmes ------------------------------------------------------------------


@pytest.mark.parametrize(("old", "new"), [(24.0, 48.0), (48.0, 24.0)])
def test_two_rates_in_a_phase_deliver_each_its_share(old: float, new: float) -> None:
    phase = weighed(0.0, 5 * H, 9 * H)
    changed = (6 * H, 6 * H + 36 * S)
    programmed = rate_changes.programmed_across(
        phase, ml_per_day(old), changed, ml_per_day(new)
    )
    early, late = (old * h / 24 * 1000 + new * (4 - h) / 24 * 1000 for h in (1, 1.01))
    assert bounds_ul(programmed) == pytest.approx(tuple(sorted((early, late))))
    assert (programmed.t_start_ns, programmed.t_end_ns) == (5 * H, 9 * H)


def test_the_bounds_of_several_spans_add_up() -> None:
    parts = [
        (ml_per_day(24.0), Span(2 * H, 2 * H + 36 * S, 0, 2 * H)),
        (ml_per_day(48.0), Span(H, H + 36 * S, 2 * H, 3 * H)),
    ]
    programmed = counter.programmed_in(parts)
    assert bounds_ul(programmed) == pytest.approx((4000.0, 4000.0 + 10.0 + 20.0))
    assert (programmed.t_start_ns, programmed.t_end_ns) == (0, 3 * H)


def test_what_came_beyond_is_less_what_the_pump_may_have_given() -> None:
    # 50 µL in 3 min, of which the pump at 24 mL/day may have given none, or all of it.
    came = release.beyond(weighed(0.050, H, H + 180 * S), RATE)
    assert bounds_ul(came) == pytest.approx((0.0, 50.0))


# --- the uptime ------------------------------------------------------------------


def report(
    t_ns: int, uptime_ms: int, state: PumpState = PumpState.DELIVERING
) -> PumpReading:
    return PumpReading(
        t_ns, uptime_ms, PumpMode.CONTINUOUS, state, 0, 0, 0, Alarm.NONE, 2900
    )


@pytest.mark.parametrize(
    ("early_ms", "late_ms", "wrapped"),
    [
        pytest.param(2**32 - 3_600_000, 7_200_000, True, id="across"),
        pytest.param(2**32 - 3_600_000, 60_000, False, id="started anew"),
        pytest.param(1_000, 10_801_000, False, id="not yet"),
    ],
)
def test_a_wrap_is_told_from_a_new_start(
    early_ms: int, late_ms: int, wrapped: bool
) -> None:
    early, late = report(7, early_ms), report(7 + 3 * H, late_ms)
    assert counter.has_wrapped(early, late) is wrapped


@pytest.mark.parametrize(
    ("uptimes_ms", "stale"),
    [
        pytest.param([0, 30_000, 60_000], 0, id="live"),
        pytest.param([2**32 - 30_000, 0, 30_000], 0, id="live across the wrap"),
        pytest.param([0, 30_000, 30_000], 1, id="the same again"),
        pytest.param([5, 5, 5], 2, id="frozen"),
        pytest.param([60_000, 30_000, 60_000], 1, id="backwards"),
        pytest.param([0, 10_000, 40_000], 1, id="behind"),
    ],
)
def test_a_report_that_has_not_gone_on_is_stale(
    uptimes_ms: list[int], stale: int
) -> None:
    made = [report(30 * S * n, uptime) for n, uptime in enumerate(uptimes_ms)]
    assert reports.stale_reports(made) == stale


# --- states ----------------------------------------------------------------------


def seen(share: float, *states: PumpState) -> reported.Watched:
    """An hour in which that share of 24 mL/day came, and these states were reported."""
    weights = [
        WeightReading(t * 60 * S, round(share * t * 1e9 / 60), True) for t in range(61)
    ]
    said = [report(n * H // len(states), 0, state) for n, state in enumerate(states, 1)]
    return reported.Watched("running", 0, H, tuple(said), tuple(weights))


@pytest.mark.parametrize(
    ("share", "state", "expected"),
    [
        (1.0, PumpState.DELIVERING, True),
        (0.0, PumpState.STOPPED, True),
        (0.0, PumpState.STALLED, True),
        (0.0, PumpState.DELIVERING, False),
        (1.0, PumpState.STOPPED, False),
        (0.3, PumpState.DELIVERING, None),
        (0.3, PumpState.STOPPED, None),
    ],
)
def test_a_state_is_held_against_the_weight(
    share: float, state: PumpState, expected: bool | None
) -> None:
    assert reported.agrees(seen(share, state), RATE) is expected


def test_one_wrong_state_is_enough_but_not_one_in_the_beginning() -> None:
    delivering, stopped = PumpState.DELIVERING, PumpState.STOPPED
    assert reported.agrees(seen(1.0, *[delivering] * 3, stopped), RATE) is False
    assert reported.agrees(seen(1.0, stopped, *[delivering] * 3), RATE) is True


def test_no_report_says_nothing() -> None:
    assert reported.agrees(seen(1.0), RATE) is None


# --- the gauge -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shown_pa", "reached"),
    [
        ((0, 13_730, -13_730), True),
        ((600, 12_700, -13_900), True),
        ((0, 14_100, -13_330), False),
        ((0, 13_330, -12_500), False),
        ((700, 13_330, -13_330), False),
        ((0, -13_330, 13_330), False),
    ],
)
def test_a_pressure_counts_if_the_gauge_showed_it(
    shown_pa: tuple[int, ...], reached: bool
) -> None:
    most = ureg.Quantity(13.33, "kPa")
    wanted = (0 * most, most, -1 * most)
    shown = [PressureReading(0, pressure) for pressure in shown_pa]
    assert influences.were_reached(shown, wanted, most) is reached


# --- what a refused programme leaves behind --------------------------------------


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({}, True),
        ({"delivered_nl": 5, "t_ns": 9}, True),
        ({"mode": PumpMode.STOPPED}, False),
        ({"state": PumpState.STOPPED}, False),
        ({"rate_nl_per_h": 1}, False),
    ],
)
def test_a_programme_is_its_mode_its_state_and_its_rate(
    change: dict[str, Any], same: bool
) -> None:
    earlier = report(7, 1_000)
    assert refusals.is_same_programme(earlier, replace(earlier, **change)) is same
