"""The worst of several measurements, and the largest fall of a volume, by hand."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.clock import NS_PER_S
from harness.judging import GUARD_BAND_U, Limit
from harness.metrology.measurement import Measurement, counted
from harness.units import FLOW, FRACTION, magnitude, ureg
from test_plans.implanted.extremes import changes, largest_fall, worst

HOUR_NS = 3600 * NS_PER_S
MINUTE_NS = 60 * NS_PER_S
STANDING = ureg.Quantity(0.0, FLOW)


def measured(
    value: float, half_width: float = 0.0, unit: str = FRACTION
) -> Measurement:
    value_, resolution = ureg.Quantity(value, unit), ureg.Quantity(2 * half_width, unit)
    return counted(value_, resolution, "balance", 0, 1)


def limit(lower: float | None, upper: float | None) -> Limit:
    low, high = (
        None if bound is None else ureg.Quantity(bound, FRACTION)
        for bound in (lower, upper)
    )
    return Limit("X-1", low, high, GUARD_BAND_U, FRACTION, "a test")


# --- the worst -------------------------------------------------------------------


def test_the_worst_is_the_nearest_to_its_limit_on_either_side() -> None:
    values = [measured(value) for value in (4.0, -7.0, 6.0, 0.0)]
    assert worst(limit(-10.0, 10.0), values) is values[1]
    assert worst(limit(None, 10.0), values) is values[2]


def test_the_worst_counts_its_uncertainty() -> None:
    sure, unsure = measured(8.0), measured(6.0, half_width=3.0)
    assert worst(limit(-10.0, 10.0), [sure, unsure]) is unsure


def test_a_failure_is_worse_than_what_is_not_proved() -> None:
    fails, undecided = measured(10.5, half_width=0.1), measured(0.0, half_width=99.0)
    for values in ([fails, undecided], [undecided, fails]):
        assert worst(limit(-10.0, 10.0), values) is fails


def test_no_number_is_worse_than_one_inside() -> None:
    unusable = measured(math.nan)
    assert worst(limit(-10.0, 10.0), [measured(9.0), unusable]) is unusable


def test_changes_are_those_of_all_pairs_against_the_earlier() -> None:
    found = changes([measured(flow, unit=FLOW) for flow in (1.0, 1.1, 0.88)])
    assert [magnitude(each.value, FRACTION) for each in found] == pytest.approx(
        [10.0, -12.0, -20.0]
    )


# --- the largest fall ------------------------------------------------------------


def bounds_ul(fall: Measurement) -> tuple[float, float]:
    """The bounds of a rectangular value: its centre less and plus sqrt(3) u."""
    centre, u = magnitude(fall.value, "µL"), magnitude(fall.u, "µL")
    return centre - math.sqrt(3.0) * u, centre + math.sqrt(3.0) * u


def fall_of(volumes_ul: Sequence[float]) -> Measurement:
    times_ns = [MINUTE_NS * index for index in range(len(volumes_ul))]
    volumes_ml = [volume / 1000.0 for volume in volumes_ul]
    return largest_fall(times_ns, volumes_ml, 0.0, 0.0, STANDING)


@pytest.mark.parametrize(
    ("volumes_ul", "expected_ul"),
    [
        pytest.param([0, 1, 2, 3], 0, id="rises"),
        pytest.param([0, 5, 2, 6], 3, id="one fall"),
        pytest.param([9, 7, 8, 4, 5], 5, id="two steps, a rise between them"),
        pytest.param([0, 3, 1, 9, 8], 2, id="not the last"),
        pytest.param([4, 2, 8, 5, 3], 5, id="from a later top"),
    ],
)
def test_the_largest_fall_is_from_any_reading_to_any_later(
    volumes_ul: list[float], expected_ul: float
) -> None:
    assert bounds_ul(fall_of(volumes_ul)) == pytest.approx((expected_ul, expected_ul))


@given(st.lists(st.integers(-1000, 1000), min_size=2, max_size=30))
def test_the_largest_fall_is_that_of_all_pairs(volumes_ul: list[int]) -> None:
    deepest = max(
        earlier - later
        for index, earlier in enumerate(volumes_ul)
        for later in volumes_ul[index:]
    )
    assert bounds_ul(fall_of(volumes_ul))[0] == pytest.approx(deepest)


def test_noise_and_drift_may_feign_a_fall_or_hide_one() -> None:
    # A fall of 10 µL in an hour, each reading within 1 µL, drift 2 µL/h: 6 to 14 µL.
    fall = largest_fall([0, HOUR_NS], [0.010, 0.0], 0.001, 0.002, STANDING)
    assert bounds_ul(fall) == pytest.approx((6.0, 14.0))


def test_a_pump_may_have_turned_round_between_two_readings() -> None:
    # 24 mL/day are 16.67 µL in a minute, before the fall and after it.
    fastest = ureg.Quantity(24.0, FLOW)
    fall = largest_fall([0, MINUTE_NS], [0.0, 0.0], 0.0, 0.0, fastest)
    assert bounds_ul(fall) == pytest.approx((0.0, 2 * 1000.0 / 60.0))
