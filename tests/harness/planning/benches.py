"""A bench of which every term but the balance's can be left out."""

from __future__ import annotations

from harness.metrology.ambient import Ambient
from harness.metrology.gravimetry import BalanceSpec, GravimetricMethod, Vessel
from harness.planning.ideal_run import Setup, Times

TIMES = Times(
    settling_h=1.0 / 12.0,
    relaxation_h=0.5,
    fewest_readings=20,
    most_readings=120,
    reading_h=1.0 / 120.0,
)


def balance(s_mg: float, drift_mg_per_h: float = 0.0) -> BalanceSpec:
    return BalanceSpec(
        readability_ng=0.0,
        repeatability_ng=s_mg * 1e6,
        zero_drift_ng_per_h=drift_mg_per_h * 1e6,
        u_sensitivity=0.0,
    )


def vessel() -> Vessel:
    return Vessel(
        load_volume_ml=0.0,
        u_load_volume_ml=0.0,
        inner_mm=20.0,
        u_inner_mm=0.0,
        needle_mm=0.0,
        u_needle_mm=0.0,
        contact_line_ng=0.0,
    )


def setup(spec: BalanceSpec, *, has_reference: bool = False) -> Setup:
    air = Ambient(20.0, 20.0, 1013.25, 50.0, 0.0, 0.0, 0.0, 0.0)
    method = GravimetricMethod("balance", spec, vessel())
    return Setup(method, air, TIMES, has_reference)
