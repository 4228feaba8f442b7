"""From what a balance shows to the volume that was delivered."""

from __future__ import annotations

from enum import Enum

import numpy as np

from harness.errors import ConfigurationError
from harness.metrology.arrays import Real

# Conventional density of the weights that adjust a balance (OIML D 28).
WEIGHT_DENSITY_KG_PER_M3 = 8000.0
BODY_TEMPERATURE_C = 37.0


class VolumeReference(Enum):
    """The temperature at which a delivered volume is stated."""

    AS_MEASURED = "at the temperature of the liquid"
    BODY = "at 37 °C"


def z_factor_ul_per_mg(
    liquid_density_kg_per_m3: Real,
    air_density_kg_per_m3: Real,
    weight_density_kg_per_m3: Real | float = WEIGHT_DENSITY_KG_PER_M3,
) -> Real:
    """Volume of liquid for one milligram on the display of a balance in air.

    Source: buoyancy correction as in ISO 8655-6 and ISO 4787, method adapted from.
    """
    # 1 kg/m3 is 0.001 mg/µL.
    per_density = 1000.0 / (liquid_density_kg_per_m3 - air_density_kg_per_m3)
    return per_density * (1.0 - air_density_kg_per_m3 / weight_density_kg_per_m3)


def load_buoyancy_mg(load_volume_ml: Real, air_change_kg_per_m3: Real) -> Real:
    """What to add to the later reading because the air round the whole load changed.

    Args:
        load_volume_ml: outer volume of all that stands on the pan: vessel, liquid, oil.
        air_change_kg_per_m3: air density at the later reading minus the earlier one.

    Source: Archimedes; 1 mL in air denser by 1 kg/m3 weighs 1 mg less.
    """
    return load_volume_ml * air_change_kg_per_m3


def needle_factor(needle_mm: Real, vessel_mm: Real) -> Real:
    """True over shown mass when an immersed needle is held from outside the pan.

    The rising level wets more of the needle, whose displaced liquid the pan carries.

    Args:
        needle_mm: outer diameter of the needle; 0 if it does not dip in.
        vessel_mm: inner diameter of the vessel.

    Raises:
        ConfigurationError: the needle does not fit into the vessel; arrays are not
            checked.

    Source: shown = rho V A_v / (A_v - A_n), with V the delivered volume.
    """
    is_single = not isinstance(needle_mm, np.ndarray)
    if is_single and not 0.0 <= needle_mm < vessel_mm:
        raise ConfigurationError(
            f"a needle of {needle_mm} mm does not fit into a vessel of {vessel_mm} mm;"
            " check the two diameters in the bench file"
        )
    return 1.0 - (needle_mm / vessel_mm) ** 2
