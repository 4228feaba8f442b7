"""Densities against independent formulations."""

import pytest
from iapws import IAPWS95

from drivers.sim.fluids import air_density_kg_per_m3, water_density_kg_per_m3
from harness.metrology.water import water_density_kg_per_m3 as tanaka


@pytest.mark.parametrize("t_c", [5.0, 20.0, 37.0])
def test_water_agrees_with_iapws_95(t_c: float) -> None:
    reference = IAPWS95(T=t_c + 273.15, P=0.101325).rho
    assert water_density_kg_per_m3(t_c) == pytest.approx(reference, rel=5e-6)


@pytest.mark.parametrize("t_c", [5.0, 20.0, 37.0])
def test_water_is_not_the_judges_own_formula(t_c: float) -> None:
    assert water_density_kg_per_m3(t_c) == pytest.approx(tanaka(t_c), rel=5e-6)
    assert water_density_kg_per_m3(t_c) != tanaka(t_c)


@pytest.mark.parametrize(
    ("t_c", "p_hpa", "h_percent", "cipm_2007"),
    [
        (20, 1013.25, 50, 1.199314),
        (20, 1013.25, 0, 1.204557),
        (15, 1013.25, 50, 1.221631),
        (20, 1000.00, 45, 1.184080),
        (23, 990.00, 60, 1.157472),
    ],
)
def test_air_agrees_with_cipm_2007(
    t_c: float, p_hpa: float, h_percent: float, cipm_2007: float
) -> None:
    density = air_density_kg_per_m3(t_c, p_hpa, h_percent)
    assert density == pytest.approx(cipm_2007, abs=2e-4)
