"""Densities of water and air, for the simulated world only.

On purpose not the formulae of ``harness.metrology``: what judges a delivery must not
share its physics with what simulated it. Both agree within some parts per million.
"""

from __future__ import annotations

import math


def water_density_kg_per_m3(t_c: float) -> float:
    """Return the density of air-free water at 1013 hPa, 0 to 40 °C.

    A kilogram per cubic metre is also a nanogram per nanolitre.
    Source: G. S. Kell, J. Chem. Eng. Data 20 (1975) 97.
    """
    polynomial = 999.83952 + t_c * (
        16.945176
        + t_c
        * (
            -7.9870401e-3
            + t_c * (-46.170461e-6 + t_c * (105.56302e-9 - 280.54253e-12 * t_c))
        )
    )
    return polynomial / (1.0 + 16.879850e-3 * t_c)


def air_density_kg_per_m3(t_c: float, p_hpa: float, h_percent: float) -> float:
    """Return the density of moist air, good to 2e-4 kg/m3 in a laboratory.

    Source: the approximation of OIML R 111.
    """
    vapour = 0.009 * h_percent * math.exp(0.061 * t_c)
    return (0.34848 * p_hpa - vapour) / (t_c + 273.15)
