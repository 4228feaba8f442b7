"""What is done to the simulated pump from outside, and what its flow makes of it."""

import math
from collections.abc import Callable
from dataclasses import replace

import pytest

from drivers.sim.contracts import FAR, PumpParameters
from drivers.sim.surroundings_parameters import SurroundingsParameters
from drivers.sim.world import World

S = 1_000_000_000
H = 3_600 * S
T0 = 1_767_225_600 * S
PUMP = PumpParameters(flow_error=0.0, ripple=0.0)
STILL = SurroundingsParameters(
    evaporation_ng_per_h=0.0, contact_line_step_ng=0.0, pressure_change_hpa=0.0
)
LIMIT_KPA = 60.0


def world(
    pump: PumpParameters = PUMP, surroundings: SurroundingsParameters = STILL
) -> World:
    subject = World(pump, surroundings, 1, T0)
    subject.fill(T0, 40_000_000)
    return subject


def hourly_nl(subject: World, t_ns: int) -> float:
    """Return what an hour from ``t_ns`` on delivers, the line at rest at both ends."""
    subject.set_motor(t_ns, 100_000.0)
    t_ns += H
    before_nl = subject.account(t_ns).delivered_nl
    return subject.account(t_ns + H).delivered_nl - before_nl


def test_back_pressure_takes_its_share_by_the_gauge() -> None:
    subject = world()
    subject.set_back_pressure(T0, 10_000)
    assert subject.back_pressure_pa(T0) == pytest.approx(10_300.0)
    lost = 0.000_5 * 10.3
    assert hourly_nl(subject, T0) == pytest.approx(100_000 * (1 - lost), rel=1e-6)


def test_suction_adds_to_the_flow() -> None:
    subject = world()
    subject.set_back_pressure(T0, -13_330)
    assert hourly_nl(subject, T0) > 100_500


def test_what_a_pump_stands_above_the_line_pushes_and_shows_on_no_gauge() -> None:
    above, below = world(), world()
    above.set_height(T0, 500)
    below.set_height(T0, -500)
    # Half a metre of water: 998.2 kg/m³ · 9.80665 m/s² · 0.5 m = 4.894 kPa.
    gained = 0.000_5 * 4.894
    assert hourly_nl(above, T0) == pytest.approx(100_000 * (1 + gained), rel=1e-6)
    assert hourly_nl(below, T0) == pytest.approx(100_000 * (1 - gained), rel=1e-6)
    assert above.back_pressure_pa(T0 + 3 * H) == 0.0


@pytest.mark.parametrize("height_mm", [2_001, -2_001])
def test_no_pump_is_held_higher_than_a_bench(height_mm: int) -> None:
    with pytest.raises(ValueError, match=r"stay within -2000\.\.2000 mm"):
        world().set_height(T0, height_mm)


def test_a_column_of_liquid_loads_the_sensor_behind_the_rotor() -> None:
    subject = world()
    subject.set_height(T0, -1_000)
    assert subject.line_pressure_kpa(T0) == pytest.approx(9.789)


def test_warmth_and_depth_raise_the_flow() -> None:
    warm, deep = world(), world()
    warm.set_temperature(T0, 40.0)
    deep.set_ambient_pressure(T0, 121_325)
    assert hourly_nl(warm, T0) == pytest.approx(102_000.0, rel=1e-6)
    assert hourly_nl(deep, T0) == pytest.approx(100_400.0, rel=1e-6)


def test_a_change_of_conditions_acts_at_its_moment() -> None:
    subject = world()
    subject.set_motor(T0, 100_000.0)
    subject.set_temperature(T0 + H, 40.0)
    subject.set_temperature(T0 + 2 * H, 20.0)
    delivered_nl = subject.account(T0 + 3 * H).delivered_nl
    assert delivered_nl == pytest.approx(302_000.0, abs=20.0)


@pytest.mark.parametrize("pressure_pa", [101_000, -101_000])
def test_the_source_of_pressure_has_its_limits(pressure_pa: int) -> None:
    with pytest.raises(ValueError, match=r"stay within -100000\.\.100000 Pa"):
        world().set_back_pressure(T0, pressure_pa)


def test_a_field_frees_what_the_valves_let_out_and_holds_no_rotor() -> None:
    pump = replace(PUMP, magnet_holds=False, magnet_release_nl=9_000)
    subject = world(pump)
    subject.set_motor(T0, 100_000.0)
    subject.set_magnet(T0 + H, present=True)
    assert not subject.is_rotor_blocked(T0 + H)
    assert subject.account(T0 + H).reservoir_nl == pytest.approx(39_891_000.0)
    subject.set_magnet(T0 + 2 * H, present=False)
    delivered_nl = subject.account(T0 + 2 * H).delivered_nl
    assert delivered_nl == pytest.approx(209_000.0, abs=20.0)


def test_a_field_frees_no_more_than_there_is() -> None:
    subject = world(replace(PUMP, magnet_release_nl=50_000_000))
    subject.set_magnet(T0, present=True)
    account = subject.account(T0 + 60 * S)
    assert account.reservoir_nl == 0.0
    assert account.delivered_nl == pytest.approx(40_000_000.0)


def test_the_supply_follows_switch_and_voltage() -> None:
    subject = world()
    assert subject.supply_mv(T0) == 2_900
    subject.set_supply(T0, 2_450)
    subject.set_power(T0, on=False)
    assert subject.supply_mv(T0) == 0
    subject.set_power(T0, on=True)
    assert subject.supply_mv(T0) == 2_450
    with pytest.raises(ValueError, match="cannot give -1 mV"):
        subject.set_supply(T0, -1)


def test_the_charge_is_that_of_time_volume_and_exchanges() -> None:
    subject = world(replace(PUMP, consumption=2.0))
    subject.set_motor(T0, 100_000.0)
    subject.use_link()
    # Twice 8 µA, 0.05 nAh for each nL, and 5 nAh for the exchange.
    drawn_nah = 2 * (5.0 + 3 * (8_000.0 + 5_000.0))
    assert subject.charge_nah(T0 + 3 * H) == pytest.approx(drawn_nah)
    assert subject.charge_nah(T0 + 3 * H) == pytest.approx(drawn_nah)
    subject.set_motor(T0 + 3 * H, 0.0)
    subject.set_power(T0 + 3 * H, on=False)
    assert subject.charge_nah(T0 + 9 * H) == pytest.approx(drawn_nah)
    subject.set_power(T0 + 9 * H, on=True)
    assert subject.charge_nah(T0 + 10 * H) == pytest.approx(drawn_nah + 16_000.0)


def test_a_port_may_lead_beside_the_reservoir() -> None:
    subject = world(replace(PUMP, refill_share=0.25))
    before = subject.account(T0)
    subject.fill(T0, 400_000)
    after = subject.account(T0)
    assert after.reservoir_nl - before.reservoir_nl == pytest.approx(100_000)
    assert after.pocket_nl - before.pocket_nl == pytest.approx(300_000)
    assert after.filled_nl - before.filled_nl == pytest.approx(400_000)


def test_what_only_a_service_tool_reaches_is_counted() -> None:
    subject = world()
    subject.upset_memory(T0, critical=False)
    subject.upset_memory(T0, critical=True)
    subject.upset_memory(T0, critical=True)
    assert subject.memory_upsets(T0) == (1, 2)
    assert subject.tube_setting(T0) == (0, 3_000_000_000)
    subject.set_tube_left(T0, 70_000)
    assert subject.tube_setting(T0) == (1, 70_000)
    subject.set_power(T0, on=False)
    subject.renew_unit(T0)
    assert (subject.renewals(T0), subject.supply_mv(T0)) == (1, 2_900)


ACTS: dict[str, Callable[[World], None]] = {
    "power": lambda w: w.set_power(T0, on=True),
    "supply": lambda w: w.set_supply(T0, 2_900),
    "pressure": lambda w: w.set_back_pressure(T0, 0),
    "height": lambda w: w.set_height(T0, 0),
    "temperature": lambda w: w.set_temperature(T0, 20.0),
    "altitude": lambda w: w.set_ambient_pressure(T0, 101_325),
    "pocket": lambda w: w.fill_pocket(T0, 1.0),
    "memory": lambda w: w.upset_memory(T0, critical=False),
    "tube": lambda w: w.set_tube_left(T0, 1),
    "renewal": lambda w: w.renew_unit(T0),
}


@pytest.mark.parametrize("name", ACTS)
def test_every_stimulus_lets_the_devices_look(name: str) -> None:
    subject = world()
    before = subject.revision
    ACTS[name](subject)
    assert subject.revision == before + 1


def test_a_pocket_takes_no_less_than_nothing() -> None:
    with pytest.raises(ValueError, match="cannot take -1 nL"):
        world().fill_pocket(T0, -1.0)


def test_a_closed_line_reaches_a_pressure_when_it_has_stored_enough() -> None:
    subject = world()
    subject.set_back_pressure(T0, 10_000)
    subject.set_clamp(T0, closed=True)
    subject.set_motor(T0, 100_000.0)
    share = 1 - 0.000_5 * 10.3
    wait_h = (LIMIT_KPA - 10.3) * 500.0 / (100_000.0 * share)
    moment_ns = subject.pressure_crosses_ns(T0 + S, LIMIT_KPA)
    assert moment_ns == pytest.approx(T0 + wait_h * H, abs=10)
    assert subject.line_pressure_kpa(moment_ns) == pytest.approx(LIMIT_KPA, abs=1e-6)
    assert subject.pressure_crosses_ns(moment_ns + 1, LIMIT_KPA) == FAR


def test_a_pulsating_rotor_reaches_it_when_brute_force_does() -> None:
    subject = world(replace(PUMP, ripple=0.15))
    subject.set_clamp(T0, closed=True)
    subject.set_motor(T0, 1_000_000.0)
    moment_ns = subject.pressure_crosses_ns(T0, LIMIT_KPA)
    step_ns = S // 100
    stepped_ns = T0
    while subject.line_pressure_kpa(stepped_ns) < LIMIT_KPA:
        stepped_ns += step_ns
    assert stepped_ns - step_ns < moment_ns <= stepped_ns


def test_an_opened_line_falls_below_it_within_moments() -> None:
    subject = world()
    subject.set_clamp(T0, closed=True)
    subject.set_motor(T0, 1_000_000.0)
    opened_ns = T0 + H // 2
    subject.set_motor(opened_ns, 0.0)
    subject.set_clamp(opened_ns, closed=False)
    relaxation_s = 0.3 / 1e6 * 500.0 * 3_600
    fall_s = relaxation_s * math.log(100.0 / LIMIT_KPA)
    moment_ns = subject.pressure_crosses_ns(opened_ns, LIMIT_KPA)
    assert moment_ns == pytest.approx(opened_ns + fall_s * S, rel=0, abs=1_000)
    assert subject.line_pressure_kpa(moment_ns) <= LIMIT_KPA


def test_an_open_line_never_reaches_it() -> None:
    subject = world(replace(PUMP, ripple=0.15))
    subject.set_motor(T0, 1_000_000.0)
    assert subject.pressure_crosses_ns(T0, LIMIT_KPA) == FAR
    assert subject.line_pressure_kpa(T0 + H) == pytest.approx(0.3, rel=1e-3)


def test_a_slipping_rotor_never_reaches_more_than_its_own_limit() -> None:
    subject = world()
    subject.set_clamp(T0, closed=True)
    subject.set_motor(T0, 1_000_000.0)
    assert subject.pressure_crosses_ns(T0, 100.1) == FAR
    assert subject.line_pressure_kpa(T0 + H) == pytest.approx(100.0)
