"""The reference vessel: it only evaporates, and stands beside the pump's."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drivers.sim.balance_parameters import BalanceParameters
from drivers.sim.contracts import PumpParameters
from drivers.sim.reference_pan import ReferencePan
from drivers.sim.surroundings_parameters import SurroundingsParameters
from drivers.sim.weighing import Weighing
from drivers.sim.world import World

S = 1_000_000_000
H = 3_600 * S
T0 = 1_767_225_600 * S
STEADY = SurroundingsParameters(
    air_temperature_change_k=0.0,
    pressure_change_hpa=0.0,
    humidity_change_percent=0.0,
    contact_line_step_ng=0.0,
)
EXACT = BalanceParameters(repeatability_ng=0.0, zero_drift_ng_per_h=0.0)


def bench(
    surroundings: SurroundingsParameters = STEADY,
) -> tuple[World, ReferencePan]:
    world = World(PumpParameters(flow_error=0.0), surroundings, 1, T0)
    return world, ReferencePan(world, T0)


def lost_ng(pan: ReferencePan, begin_ns: int, end_ns: int) -> float:
    return pan.pan_ng(begin_ns) - pan.pan_ng(end_ns)


def test_it_loses_what_evaporates_and_the_mismatch() -> None:
    world, pan = bench()
    evaporated_ng = world.account(T0 + 24 * H).evaporated_ng
    assert evaporated_ng == pytest.approx(24 * 12_000, rel=0.1)
    # Buoyancy makes 0.1 % of it.
    assert lost_ng(pan, T0, T0 + 24 * H) == pytest.approx(
        1.03 * evaporated_ng, rel=2e-3
    )


def test_without_mismatch_it_shows_the_loss_of_a_pump_that_stands_still() -> None:
    world, pan = bench(replace(STEADY, reference_mismatch=0.0, needle_outer_mm=0.0))
    assert pan.pan_ng(T0) == pytest.approx(world.pan_ng(T0), abs=0.01)
    assert pan.pan_ng(T0 + 9 * H) == pytest.approx(world.pan_ng(T0 + 9 * H), abs=0.01)


def test_nothing_is_delivered_into_it_and_hands_stay_away() -> None:
    world, pan = bench()
    still_ng = lost_ng(pan, T0, T0 + 10 * H)
    world.fill(T0 + 10 * H, 20_000_000)
    world.set_motor(T0 + 10 * H, 1_000_000.0)
    world.empty_vessel(T0 + 11 * H)
    assert lost_ng(pan, T0, T0 + 10 * H) == still_ng
    assert lost_ng(pan, T0 + 10 * H, T0 + 12 * H) < 30_000
    assert Weighing(EXACT, pan, T0).weigh(T0 + 11 * H).stable


def test_evaporation_goes_on_from_case_to_case() -> None:
    world, pan = bench()
    before_ng = pan.pan_ng(T0 + 10 * H)
    world.begin_case(T0 + 10 * H, "next")
    assert pan.pan_ng(T0 + 10 * H) == pytest.approx(before_ng, abs=1.0)
    assert pan.case is world.case


def test_its_balance_has_noise_and_drift_of_its_own() -> None:
    _, pan = bench()
    noisy = replace(EXACT, repeatability_ng=1e6)
    own, same, other = (
        Weighing(noisy, pan, T0, label) for label in ("reference",) * 2 + ("balance",)
    )
    moments = [T0 + i * S for i in range(50)]
    read = [[each.weigh(t_ns).units for t_ns in moments] for each in (own, same, other)]
    assert read[0] == read[1]
    assert read[0] != read[2]
