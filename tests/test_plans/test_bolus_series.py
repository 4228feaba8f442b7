"""Many boluses of one setting, from weights reckoned by hand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate

from harness.clock import NS_PER_S
from harness.metrology.measurement import Measurement
from harness.readings import WeightReading
from harness.units import VOLUME, ureg
from test_plans.implanted import test_bolus_series as series
from test_plans.implanted.test_bolus_series import Given

S = NS_PER_S
PERIOD_S, BOLUS_S = 600, 120
WITHIN = ureg.Quantity(360.0, "s")


def volume(ml: float, u_ml: float = 0.000_05) -> Measurement:
    value, u = ureg.Quantity(ml, VOLUME), ureg.Quantity(u_ml, VOLUME)
    return Measurement(value, u, math.inf, (), "balance", 0, 1)


def given(volumes_ml: Sequence[float]) -> list[Given]:
    """Boluses as weighed, one each ten minutes from minute 5 on."""
    return [
        Given((300 + k * PERIOD_S) * S, volume(ml)) for k, ml in enumerate(volumes_ml)
    ]


def watched(volumes_ml: Sequence[float]) -> tuple[list[WeightReading], list[float]]:
    """The course of the weight while they came, each in two minutes."""
    before = [0.0, *accumulate(volumes_ml)]
    times = range(0, 300 + len(volumes_ml) * PERIOD_S, 10)
    course = []
    for t in times:
        number, into = divmod(t - 300, PERIOD_S)
        came = 0.0
        if number >= 0:
            share = min(1.0, into / BOLUS_S)
            came = before[number] + share * volumes_ml[number]
        course.append(came + 1e-7 * math.sin(t))
    readings = [WeightReading(t * S, 0, stable=True) for t in times]
    return readings, course


def test_boluses_that_stand_out_as_weighed_raise_no_doubt() -> None:
    volumes = [0.0200, 0.0205, 0.0140, 0.0200]
    assert series.contradiction(given(volumes), *watched(volumes), WITHIN) == ""


def test_a_bolus_that_was_not_given_is_found_missing_by_both() -> None:
    volumes = [0.0200, 0.0, 0.0200]
    assert series.contradiction(given(volumes), *watched(volumes), WITHIN) == ""


def test_a_weight_that_moved_otherwise_is_a_contradiction() -> None:
    weighed, seen = [0.0200, 0.0200, 0.0200], [0.0200, 0.0204, 0.0200]
    doubt = series.contradiction(given(weighed), *watched(seen), WITHIN)
    assert doubt.startswith("bolus 2 is 0.02 mL between its marks and 0.0204 mL")


def test_a_course_without_rests_is_no_witness() -> None:
    volumes = [0.0200, 0.0200]
    readings, course = watched(volumes)
    doubt = series.contradiction(given(volumes), readings[:60], course[:60], WITHIN)
    assert doubt.startswith("the boluses do not stand out")


def test_the_statistics_are_said_with_their_method() -> None:
    said = series.said_of(
        [volume(ml) for ml in [0.02] * 23 + [0.015, 0.022]], ureg.Quantity(20.0, "µL")
    )
    # (-25 % + 10 %) / 25 = -0.6 %.
    assert "mean of 25 boluses 0.01988 mL, -0.60 %" in said
    assert "+10.00 % and -25.00 %" in said
    assert "IEC 60601-2-24:1998, clause 50.106" in said
