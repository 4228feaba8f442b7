import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from iapws._iapws import _Liquid

from harness.errors import ConfigurationError, MeasurementRefused
from harness.metrology.air import (
    air_density_kg_per_m3,
    air_density_short_form_kg_per_m3,
)
from harness.metrology.buoyancy import (
    load_buoyancy_mg,
    needle_factor,
    z_factor_ul_per_mg,
)
from harness.metrology.water import water_density_kg_per_m3

# Outputs of two public implementations of Tanaka's formula.
TANAKA = [
    (0.0, 999.8428),
    (4.0, 999.9749),
    (10.0, 999.7027),
    (20.0, 998.2067455596167),
    (30.0, 995.6488),
    (40.0, 992.2152),
]
# °C, hPa, %, kg/m3: CIPM-2007 at 400 ppm carbon dioxide.
CIPM = [
    (20.0, 1013.25, 50.0, 1.199314),
    (20.0, 1013.25, 0.0, 1.204557),
    (15.0, 1013.25, 50.0, 1.221631),
    (20.0, 1000.0, 45.0, 1.184080),
    (23.0, 990.0, 60.0, 1.157472),
    (25.0, 1013.25, 50.0, 1.177315),
    (30.0, 1013.25, 80.0, 1.150012),
]
# Two makers' tables of Z at 50 % relative humidity.
GILSON_HPA = (800.0, 853.0, 907.0, 960.0, 1013.0, 1067.0)
GILSON = [
    (15.0, (1.0018, 1.0018, 1.0019, 1.0019, 1.0020, 1.0020)),
    (20.0, (1.0026, 1.0027, 1.0027, 1.0028, 1.0029, 1.0029)),
    (25.0, (1.0038, 1.0038, 1.0039, 1.0039, 1.0040, 1.0041)),
    (30.0, (1.0052, 1.0052, 1.0053, 1.0053, 1.0054, 1.0055)),
]
SARTORIUS_HPA = (950.0, 1000.0, 1013.0, 1050.0)
SARTORIUS = [
    (20.0, (1.0028, 1.0028, 1.0029, 1.0029)),
    (22.0, (1.0032, 1.0033, 1.0033, 1.0033)),
    (23.5, (1.0036, 1.0036, 1.0036, 1.0037)),
]


def z_at(temperature_c: float, pressure_hpa: float, humidity: float = 50.0) -> float:
    air = air_density_kg_per_m3(temperature_c, pressure_hpa, humidity)
    return z_factor_ul_per_mg(water_density_kg_per_m3(temperature_c), air)


@pytest.mark.parametrize(("temperature_c", "density"), TANAKA)
def test_water_density_agrees_with_published_outputs(
    temperature_c: float, density: float
) -> None:
    assert water_density_kg_per_m3(temperature_c) == pytest.approx(density, abs=5e-5)


@given(st.floats(0.1, 40.0))
def test_water_density_agrees_with_iapws(temperature_c: float) -> None:
    # The oracle's own pressure is 0.1 MPa; 1.3 kPa change water by less than 1e-6.
    oracle = _Liquid(temperature_c + 273.15, 0.1)["rho"]
    assert water_density_kg_per_m3(temperature_c) == pytest.approx(oracle, rel=3e-6)


@pytest.mark.parametrize("temperature_c", [-0.1, 40.1, 293.15, math.nan, math.inf])
def test_water_outside_the_formula_is_refused(temperature_c: float) -> None:
    with pytest.raises(MeasurementRefused, match="temperature sensor"):
        water_density_kg_per_m3(temperature_c)


@pytest.mark.parametrize(("t", "p", "h", "density"), CIPM)
def test_air_density_agrees_with_vectors(
    t: float, p: float, h: float, density: float
) -> None:
    assert air_density_kg_per_m3(t, p, h) == pytest.approx(density, abs=6e-7)


# °C, hPa, %
STATES = [
    (15.0, 600.0, 0.0),
    (15.0, 1013.25, 50.0),
    (18.0, 800.0, 30.0),
    (20.0, 1013.25, 50.0),
    (22.0, 900.0, 70.0),
    (25.0, 1013.25, 50.0),
    (27.0, 1000.0, 40.0),
    (30.0, 1100.0, 30.0),
]


@pytest.mark.parametrize(("t", "p", "h"), STATES)
def test_the_short_form_is_close_to_the_equation(t: float, p: float, h: float) -> None:
    exact = air_density_kg_per_m3(t, p, h)
    assert air_density_short_form_kg_per_m3(t, p, h) == pytest.approx(exact, abs=1.4e-4)


@given(st.floats(15, 30), st.floats(600, 1100), st.floats(0, 100))
def test_the_short_form_stays_as_close_as_it_says(t: float, p: float, h: float) -> None:
    exact = air_density_kg_per_m3(t, p, h)
    assert air_density_short_form_kg_per_m3(t, p, h) == pytest.approx(exact, abs=2.2e-4)


def test_the_short_form_agrees_with_a_hand_calculation() -> None:
    # 0.34848 * 1000 = 348.48; 0.009 * 50 * e**1.22 = 1.524234; / 293.15
    assert air_density_short_form_kg_per_m3(20.0, 1000.0, 50.0) == pytest.approx(
        1.183544, abs=1e-6
    )


@pytest.mark.parametrize(
    ("t", "p", "h", "message"),
    [
        (293.15, 1013.0, 50.0, "air temperature"),
        (20.0, 101.3, 50.0, "air pressure"),
        (20.0, 101325.0, 50.0, "air pressure"),
        (20.0, 1013.0, 101.0, "air humidity"),
        (20.0, math.nan, 50.0, "air pressure"),
    ],
)
def test_conditions_of_no_laboratory_are_refused(
    t: float, p: float, h: float, message: str
) -> None:
    for formula in (air_density_kg_per_m3, air_density_short_form_kg_per_m3):
        with pytest.raises(MeasurementRefused, match=message):
            formula(t, p, h)


@pytest.mark.parametrize(
    ("pressures", "table"), [(GILSON_HPA, GILSON), (SARTORIUS_HPA, SARTORIUS)]
)
def test_z_agrees_with_makers_tables(
    pressures: tuple[float, ...], table: list[tuple[float, tuple[float, ...]]]
) -> None:
    for temperature_c, row in table:
        for pressure_hpa, z in zip(pressures, row, strict=True):
            assert z_at(temperature_c, pressure_hpa) == pytest.approx(z, abs=6e-5)


@pytest.mark.parametrize(
    ("t", "p", "h", "z"),
    [(19.72, 984.0, 64.7, 1.00275), (19.35, 984.0, 63.35, 1.00267)],
)
def test_z_agrees_with_accredited_certificates(
    t: float, p: float, h: float, z: float
) -> None:
    assert z_at(t, p, h) == pytest.approx(z, abs=2.5e-5)


@pytest.mark.parametrize(
    ("t", "z"), [(15, 1.001971), (20, 1.002851), (25, 1.004), (37, 1.007716)]
)
def test_z_at_normal_pressure(t: float, z: float) -> None:
    assert z_at(t, 1013.25) == pytest.approx(z, abs=6e-7)


def test_weather_moves_the_whole_load() -> None:
    change = air_density_kg_per_m3(20, 1013.25, 50) - air_density_kg_per_m3(
        20, 1003.25, 50
    )
    assert load_buoyancy_mg(20.0, change) == pytest.approx(0.237, abs=1e-3)
    # Denser air carries more: the later display is too small, so the term is positive.
    assert load_buoyancy_mg(20.0, -change) == -load_buoyancy_mg(20.0, change)


@pytest.mark.parametrize(
    ("needle", "vessel", "percent"),
    [(0.5, 20, 0.0625), (1.0, 20, 0.25), (1.27, 10, 1.61)],
)
def test_an_immersed_needle_overstates(
    needle: float, vessel: float, percent: float
) -> None:
    assert 100 * (1 - needle_factor(needle, vessel)) == pytest.approx(percent, abs=5e-3)


def test_no_needle_changes_nothing() -> None:
    assert needle_factor(0.0, 20.0) == 1.0


@pytest.mark.parametrize(
    ("needle", "vessel"), [(20.0, 20.0), (-1.0, 20.0), (1.0, 0.0), (math.nan, 20.0)]
)
def test_a_needle_that_does_not_fit_is_refused(needle: float, vessel: float) -> None:
    with pytest.raises(ConfigurationError, match="needle"):
        needle_factor(needle, vessel)


def test_arrays_give_the_same_numbers_and_single_values_python_floats() -> None:
    t, p, h = (np.array(column) for column in zip(*STATES, strict=True))
    water, air = water_density_kg_per_m3(t), air_density_kg_per_m3(t, p, h)
    short, z = air_density_short_form_kg_per_m3(t, p, h), z_factor_ul_per_mg(water, air)
    for i, state in enumerate(STATES):
        single = [
            water_density_kg_per_m3(state[0]),
            air_density_kg_per_m3(*state),
            air_density_short_form_kg_per_m3(*state),
            z_at(*state),
        ]
        assert {type(each) for each in single} == {float}
        arrays = [each[i] for each in (water, air, short, z)]
        assert arrays == pytest.approx(single, rel=1e-14)


def test_the_tail_of_an_array_is_not_refused_but_seen() -> None:
    around, beyond, broken = water_density_kg_per_m3(np.array([39.9, 40.1, math.nan]))
    # The published value at 40 °C lies in the middle.
    assert (around + beyond) / 2 == pytest.approx(992.2152, abs=1e-4)
    assert around > beyond
    assert math.isnan(broken)
    humid = air_density_kg_per_m3(
        np.full(1, 20.0), np.full(1, 1013.25), np.full(1, 101)
    )
    assert humid < air_density_kg_per_m3(20.0, 1013.25, 100.0)
    needles = needle_factor(np.array([-0.1, 0.0, 0.1]), np.full(3, 20.0))
    assert needles == pytest.approx([1 - 2.5e-5, 1.0, 1 - 2.5e-5])
