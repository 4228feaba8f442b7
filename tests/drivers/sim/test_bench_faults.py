"""Faults of the simulated bench do what they say, when they are there, and no more."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drivers.sim.balance_parameters import WrongUnit
from drivers.sim.bench_faults.bench_fault import Window
from drivers.sim.bench_faults.catalogue import BY_ID, find
from drivers.sim.bench_faults.meddling import Meddling, meddling_of
from drivers.sim.parts import Simulation
from drivers.sim.weighing import Load, Weighed
from harness.errors import ConfigurationError
from protocols.bench_commands import SetClamp, SetMagnet

S = 1_000_000_000
H = 3_600 * S
T0 = 1_767_225_600 * S
CALM = Weighed(Load.IN_RANGE, True, 1234)
IN_SECOND_HOUR = Window(3_600.0, 7_200.0)


def befalling(id_: str, size: float = 1.0) -> Meddling:
    return BY_ID[id_](IN_SECOND_HOUR, size).meddling(T0)


@pytest.mark.parametrize("id_", BY_ID)
def test_every_fault_says_what_it_is_and_changes_the_bench(id_: str) -> None:
    fault = BY_ID[id_]
    assert fault.id == id_
    assert all((fault.title, fault.does, fault.found))
    good = Simulation()
    assert fault(Window()).simulation(good) != good


@pytest.mark.parametrize("id_", BY_ID)
def test_nothing_befalls_before_the_window(id_: str) -> None:
    meddling, before = befalling(id_), T0 + H - S
    assert meddling.load_ng(before, 5e9) == 5e9
    assert meddling.weighed(before, CALM) == CALM
    assert meddling.arrived_nl(before, 77.0) == 77.0
    assert meddling.order(before, SetClamp(True)) == SetClamp(True)
    assert meddling.hears(before)


def test_a_drift_stays_where_it_has_come_to() -> None:
    drift = befalling("B01", 2.0)
    assert drift.load_ng(T0 + H + H // 2, 0.0) == pytest.approx(200_000.0)
    assert drift.load_ng(T0 + 9 * H, 0.0) == pytest.approx(400_000.0)


def test_evaporation_takes_away() -> None:
    assert befalling("B02").load_ng(T0 + 3 * H, 0.0) == pytest.approx(-1e6)


def test_a_lying_flag_says_stable() -> None:
    restless = CALM._replace(stable=False)
    assert befalling("B03").weighed(T0 + H, restless).stable
    assert not befalling("B03").weighed(T0 + 3 * H, restless).stable


def test_a_frozen_display_repeats_its_first_weight_and_thaws() -> None:
    frozen = befalling("B06")
    shown = [
        frozen.weighed(T0 + hour * H // 4, CALM._replace(units=hour)).units
        for hour in range(3, 10)
    ]
    assert shown == [3, 4, 4, 4, 4, 8, 9]


def test_duplicates_come_twice() -> None:
    twice = befalling("B07")
    shown = [
        twice.weighed(T0 + H + k * S, CALM._replace(units=k)).units for k in range(6)
    ]
    assert shown == [0, 0, 2, 2, 4, 4]


def test_stale_weights_are_those_of_the_question_before() -> None:
    stale = befalling("B08")
    shown = [
        stale.weighed(T0 + H + k * S, CALM._replace(units=k)).units for k in range(4)
    ]
    assert shown == [0, 0, 1, 2]


def test_a_touched_pan_steps_and_a_needle_carries_its_share() -> None:
    assert befalling("B16").load_ng(T0 + H, 5e9) == 5e9 + 10e6
    needle = befalling("B17")
    assert needle.load_ng(T0 + H, 5e9) == 5e9
    assert needle.load_ng(T0 + H + S, 6e9) == pytest.approx(5.8e9)


def test_a_drip_loses_its_share_of_the_window_for_good() -> None:
    drip = befalling("B18")
    assert drip.arrived_nl(T0 + H, 1_000.0) == 1_000.0
    assert drip.arrived_nl(T0 + H + S, 2_000.0) == pytest.approx(1_800.0)
    assert drip.arrived_nl(T0 + 3 * H, 5_000.0) == pytest.approx(4_800.0)


def test_a_bubble_weighs_nothing() -> None:
    bubble = befalling("B19")
    assert bubble.arrived_nl(T0 + H, 0.0) == 0.0
    assert bubble.arrived_nl(T0 + H + S, 20_000.0) == 0.0
    assert bubble.arrived_nl(T0 + H + 2 * S, 50_000.0) == pytest.approx(20_000.0)


def test_idle_hands_leave_out_only_what_is_theirs() -> None:
    stuck = befalling("B27")
    assert stuck.order(T0 + H, SetClamp(True)) is None
    assert stuck.order(T0 + H, SetMagnet(True)) == SetMagnet(True)
    assert stuck.order(T0 + 3 * H, SetClamp(True)) == SetClamp(True)


def test_a_dead_microphone() -> None:
    assert not befalling("B26").hears(T0 + H)


@pytest.mark.parametrize(
    ("size", "unit"),
    [(1.0, WrongUnit.OUNCE), (2.0, WrongUnit.POUND), (3.0, WrongUnit.MILLIGRAM)],
)
def test_a_size_chooses_the_unit(size: float, unit: WrongUnit) -> None:
    balance = BY_ID["B05"](IN_SECOND_HOUR, size).simulation(Simulation()).balance
    assert (balance.wrong_unit, balance.wrong_unit_after_s) == (unit, 3_600.0)


def test_a_size_that_is_no_unit_is_refused() -> None:
    fault = BY_ID["B05"](IN_SECOND_HOUR, 0.4)
    with pytest.raises(ConfigurationError, match="chooses a unit; write 100 %"):
        fault.simulation(Simulation())


def test_several_faults_act_one_after_the_other() -> None:
    both = [BY_ID[each](IN_SECOND_HOUR) for each in ("B01", "B16")]
    whole = meddling_of(both, T0)
    assert whole.load_ng(T0 + H, 0.0) == 10e6
    assert whole.load_ng(T0 + 2 * H - 1, 0.0) == pytest.approx(10.2e6)


def test_parameters_of_two_faults_both_count() -> None:
    good = replace(Simulation(), seed=7)
    for each in ("B13", "B21"):
        good = BY_ID[each](Window()).simulation(good)
    assert good.balance.autozero
    assert good.surroundings.open_relaxation_s == 600.0
    assert good.seed == 7


def test_an_unknown_fault_is_named() -> None:
    with pytest.raises(ConfigurationError, match="no bench fault 'B99'"):
        find(["B99"], "[simulation.bench_faults]")
