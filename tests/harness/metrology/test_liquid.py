import math

import GTC
import pytest

from harness.errors import ConfigurationError, MeasurementRefused
from harness.metrology.liquid import WATER, StatedLiquid

SALINE = StatedLiquid("saline", 1004.6, 0.2, 20.0)
EXPANDING = StatedLiquid("saline", 1004.6, 0.2, 20.0, 2.1e-4, 1e-5)


def test_water_is_known_from_0_to_40_degrees() -> None:
    assert WATER.inputs() == ()
    # Tanaka 2001.
    assert WATER.density_kg_per_m3(20.0) == pytest.approx(998.2067, abs=1e-4)
    for celsius in (-0.1, 40.1, math.nan):
        with pytest.raises(MeasurementRefused, match="density formula holds"):
            WATER.check(celsius)


def test_a_stated_density_holds_within_a_kelvin() -> None:
    for celsius in (19.0, 20.0, 21.0):
        SALINE.check(celsius)
        assert SALINE.density_kg_per_m3(celsius, 1004.6) == 1004.6
    for celsius in (18.99, 21.01, math.nan):
        with pytest.raises(MeasurementRefused, match="state its expansion in"):
            SALINE.check(celsius)


def test_an_expanding_liquid_agrees_with_gtc() -> None:
    EXPANDING.check(37.0)
    density, expansion = EXPANDING.inputs()
    stated = GTC.ureal(1004.6, 0.2) / (1 + GTC.ureal(2.1e-4, 1e-5) * 17.0)
    found = EXPANDING.density_kg_per_m3(37.0, density.value, expansion.value)
    assert found == pytest.approx(stated.x, rel=1e-12)
    steps = (density.u, 0.0), (0.0, expansion.u)
    shifts = [
        EXPANDING.density_kg_per_m3(37.0, density.value + d, expansion.value + e)
        - found
        for d, e in steps
    ]
    assert math.hypot(*shifts) == pytest.approx(stated.u, rel=1e-3)


def test_the_density_is_the_same_error_in_all_results() -> None:
    assert [each.cause for each in EXPANDING.inputs()] == [
        "density of saline",
        "expansion of saline",
    ]


def test_37_degrees_are_out_of_reach_without_an_expansion() -> None:
    EXPANDING.refuse_reference(37.0, "bench.toml [weighing]")
    StatedLiquid("warm", 1000.0, 0.1, 37.5).refuse_reference(37.0, "bench.toml")
    with pytest.raises(ConfigurationError, match="needs its expansion"):
        SALINE.refuse_reference(37.0, "bench.toml [weighing]")
