"""How a value, and a spread, stand against what is allowed."""

from __future__ import annotations

import math

import pytest

from harness.qualification.method_lines import (
    Line,
    Standing,
    no_wider,
    within,
    worst,
)


@pytest.mark.parametrize(
    ("value", "u", "standing"),
    [
        (0.0, 0.5, Standing.FIT),
        (1.0, 0.5, Standing.FIT),
        (1.2, 0.5, Standing.INCONCLUSIVE),
        (1.6, 0.5, Standing.UNFIT),
        (-1.6, 0.5, Standing.UNFIT),
        (0.0, 1.1, Standing.INCONCLUSIVE),
        (0.0, math.inf, Standing.INCONCLUSIVE),
        (math.nan, 0.1, Standing.INCONCLUSIVE),
        (0.0, math.nan, Standing.INCONCLUSIVE),
    ],
)
def test_within(value: float, u: float, standing: Standing) -> None:
    assert within(value, u, -1.0, 1.0) is standing


def test_a_spread_is_contradicted_at_the_published_points() -> None:
    # Chi-squared of 10 degrees of freedom: 29.588 at 0.1 %, 23.209 at 1 %.
    assert no_wider(math.sqrt(2.9589), 10, 1.0) is Standing.UNFIT
    assert no_wider(math.sqrt(2.9587), 10, 1.0) is Standing.INCONCLUSIVE
    assert no_wider(math.sqrt(2.3210), 10, 1.0) is Standing.INCONCLUSIVE
    assert no_wider(math.sqrt(2.3208), 10, 1.0) is Standing.FIT


def test_the_worst_line_counts() -> None:
    def line(standing: Standing) -> Line:
        return Line("part", "name", "", "", standing)

    assert worst([]) is Standing.MISSING
    assert worst([line(Standing.SHOWN), line(Standing.FIT)]) is Standing.FIT
    assert worst([line(Standing.FIT), line(Standing.MISSING)]) is Standing.MISSING
    assert worst(map(line, Standing)) is Standing.UNFIT
