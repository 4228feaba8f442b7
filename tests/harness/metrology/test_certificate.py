import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import ConfigurationError, MeasurementRefused
from harness.metrology.certificate import Certificate, Point

BAROMETER = Certificate(
    "air pressure",
    "hPa",
    (Point(900.0, -0.2, 0.10), Point(1000.0, 0.3, 0.05, 20), Point(1100.0, 0.1, 0.15)),
)


@pytest.mark.parametrize(
    ("at", "correction", "u", "dof"),
    [
        (900.0, -0.2, 0.10, math.inf),
        (925.0, -0.075, 0.10, 20),
        (1000.0, 0.3, 0.05, 20),
        (1050.0, 0.2, 0.15, 20),
        (1100.0, 0.1, 0.15, math.inf),
    ],
)
def test_corrections_are_linear_and_u_is_the_larger_of_two(
    at: float, correction: float, u: float, dof: float
) -> None:
    found = BAROMETER.correct(at)
    assert found.value == pytest.approx(correction)
    assert (found.u, found.dof, found.unit) == (u, dof, "hPa")
    assert found.name == "correction of air pressure"
    assert found.cause == ""


def test_a_cause_is_handed_on() -> None:
    assert BAROMETER.correct(1000.0, "barometer 3").cause == "barometer 3"


@given(st.floats(900, 1100))
def test_a_correction_lies_between_its_neighbours(at: float) -> None:
    found = BAROMETER.correct(at).value
    ends = (-0.2, 0.3) if at <= 1000 else (0.1, 0.3)
    assert ends[0] - 1e-12 <= found <= ends[1] + 1e-12


@pytest.mark.parametrize("at", [899.9, 1100.1, math.nan, math.inf])
def test_outside_its_range_a_certificate_says_nothing(at: float) -> None:
    with pytest.raises(MeasurementRefused, match="holds from 900 to 1100 hPa"):
        BAROMETER.correct(at)


def test_a_single_point_holds_where_it_is_declared_to() -> None:
    probe = Certificate("liquid temperature", "K", (Point(21.0, 0.02, 0.01),), 18, 25)
    assert [probe.correct(at).value for at in (18, 21, 25)] == [0.02] * 3
    with pytest.raises(MeasurementRefused, match="18 to 25 K"):
        probe.correct(17.9)
    alone = Certificate("liquid temperature", "K", (Point(21.0, 0.02, 0.01),))
    assert alone.correct(21.0).u == 0.01
    with pytest.raises(MeasurementRefused):
        alone.correct(21.1)


def test_beyond_its_points_the_nearest_holds_as_far_as_declared() -> None:
    points = (Point(0.0, 1.0, 0.1), Point(10.0, 2.0, 0.2))
    balance = Certificate("weight", "mg", points, -5.0, 20.0)
    assert (balance.correct(-5.0).value, balance.correct(-5.0).u) == (1.0, 0.1)
    assert (balance.correct(20.0).value, balance.correct(20.0).u) == (2.0, 0.2)


@pytest.mark.parametrize(
    ("points", "lowest", "message"),
    [
        ((), None, "no points"),
        ((Point(1, 0, 0.1), Point(1, 0, 0.1)), None, "1 mg after 1 mg"),
        ((Point(2, 0, 0.1), Point(1, 0, 0.1)), None, "ascending"),
        ((Point(1, 0, -0.1),), None, "cannot use"),
        ((Point(1, math.nan, 0.1),), None, "cannot use"),
        ((Point(1, 0, 0.1, 0.0),), None, "cannot use"),
        ((Point(1, 0, 0.1, math.nan),), None, "cannot use"),
        ((Point(1, 0, 0.1),), 2.0, "points outside 2 to 1 mg"),
        ((Point(1, 0, 0.1),), math.nan, "points outside"),
    ],
)
def test_an_unusable_certificate_is_refused(
    points: tuple[Point, ...], lowest: float | None, message: str
) -> None:
    with pytest.raises(ConfigurationError, match=f"certificate of weight: .*{message}"):
        Certificate("weight", "mg", points, lowest)
