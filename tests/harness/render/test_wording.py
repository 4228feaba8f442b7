import math

import pytest

from harness.render import wording


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0 s"),
        (0.16849, "0.168 s"),
        (30.0, "30 s"),
        (59.0, "59 s"),
        (90.0, "1.5 min"),
        (5400.0, "1.5 h"),
        (15552000.0, "180 d"),
        (102816000.0, "1190 d"),
    ],
)
def test_a_time_is_said_in_the_largest_unit_that_it_fills(
    seconds: float, text: str
) -> None:
    assert wording.lasting(seconds) == text
    assert wording.duration(round(seconds * 1e9)) == text


@pytest.mark.parametrize(
    ("dof", "text"),
    [
        (math.inf, "∞"),
        (320_000.0, "more than 10000"),
        (10_000.0, "10000"),
        (4_321.9, "4322"),
        (59.0, "59"),
        (7.46, "7.46"),
        (0.5, "0.5"),
        (math.nan, "not a number"),
    ],
)
def test_degrees_of_freedom_need_no_power_of_ten(dof: float, text: str) -> None:
    assert wording.freedom(dof) == text
