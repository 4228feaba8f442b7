"""The world: no liquid is lost, looking changes nothing, and a seed repeats it."""

import itertools
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from drivers.sim.contracts import FAR, PumpParameters
from drivers.sim.surroundings_parameters import SurroundingsParameters
from drivers.sim.world import World

S = 1_000_000_000
H = 3_600 * S
T0 = 1_767_225_600 * S
EXACT_PUMP = PumpParameters(flow_error=0.0, ripple=0.0)
VALVED = PumpParameters(magnet_holds=False, magnet_release_nl=9_000)
STILL = SurroundingsParameters(
    evaporation_ng_per_h=0.0,
    contact_line_step_ng=0.0,
    pressure_change_hpa=0.0,
    needle_outer_mm=0.0,
)


def world(
    pump: PumpParameters = EXACT_PUMP,
    surroundings: SurroundingsParameters = STILL,
    seed: int = 1,
) -> World:
    return World(pump, surroundings, seed, T0)


Act = Callable[[World, int], None]
ACTS: dict[str, Act] = {
    "run": lambda w, t: w.set_motor(t, 1_000_000.0),
    "creep": lambda w, t: w.set_motor(t, 2_000.0),
    "stop": lambda w, t: w.set_motor(t, 0.0),
    "close": lambda w, t: w.set_clamp(t, closed=True),
    "open": lambda w, t: w.set_clamp(t, closed=False),
    "magnet": lambda w, t: w.set_magnet(t, present=True),
    "no magnet": lambda w, t: w.set_magnet(t, present=False),
    "withdraw": lambda w, t: w.withdraw_into_vessel(t),
    "empty": lambda w, t: w.empty_vessel(t),
    "case": lambda w, t: w.begin_case(t, f"case/{t % 97}"),
    "fill": lambda w, t: w.fill(t, max(0.0, 300_000.0 - w.reservoir_nl(t))),
    "look": lambda w, t: None,
    "pocket": lambda w, t: w.fill_pocket(t, 5_000.0),
    "syringe": lambda w, t: w.put_syringe(t, 7_000.0),
    "no syringe": lambda w, t: w.take_syringe(t),
    "pressure": lambda w, t: w.set_back_pressure(t, 13_330),
    "suction": lambda w, t: w.set_back_pressure(t, -13_330),
    "relieve": lambda w, t: w.set_back_pressure(t, 0),
    "warm": lambda w, t: w.set_temperature(t, 40.0),
    "altitude": lambda w, t: w.set_ambient_pressure(t, 70_000),
    "no power": lambda w, t: w.set_power(t, on=False),
    "renew": lambda w, t: w.renew_unit(t),
}
STEPS = st.lists(
    st.tuples(st.sampled_from(sorted(ACTS)), st.integers(1, 2 * H)), max_size=14
)


def play(subject: World, steps: list[tuple[str, int]], looks: int = 0) -> int:
    t_ns = T0
    for name, pause_ns in steps:
        for i in range(looks):
            subject.pan_ng(t_ns + pause_ns * i // looks)
        t_ns += pause_ns
        ACTS[name](subject, t_ns)
    return t_ns


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_no_liquid_is_lost(steps: list[tuple[str, int]]) -> None:
    subject = world(VALVED, SurroundingsParameters())
    account = subject.account(play(subject, steps) + H)
    pumped_nl = account.reservoir_nl + account.stored_nl + account.delivered_nl
    elsewhere_nl = account.withdrawn_nl + account.pocket_nl
    assert pumped_nl + elsewhere_nl == pytest.approx(account.filled_nl, abs=0.1)
    into_ng = subject.density_kg_per_m3 * (account.delivered_nl + account.withdrawn_nl)
    out_ng = account.evaporated_ng + account.removed_ng
    assert account.vessel_ng == pytest.approx(into_ng - out_ng, abs=1.0)
    assert account.reservoir_nl > -0.01
    assert account.stored_nl > -0.01


@settings(max_examples=40, deadline=None)
@example([("case", 1), ("creep", 1), ("fill", 1), ("case", 1), ("close", 1)])
@given(STEPS)
def test_looking_changes_nothing(steps: list[tuple[str, int]]) -> None:
    pump, surroundings = PumpParameters(), SurroundingsParameters()
    seen, unseen = world(pump, surroundings), world(pump, surroundings)
    end_ns = play(seen, steps, looks=5)
    assert play(unseen, steps) == end_ns
    assert seen.pan_ng(end_ns + H) == unseen.pan_ng(end_ns + H)
    assert seen.account(end_ns + H) == unseen.account(end_ns + H)
    assert seen.revision == unseen.revision


@settings(max_examples=40, deadline=None)
@given(STEPS)
def test_no_act_but_those_on_the_vessel_moves_the_pan(
    steps: list[tuple[str, int]],
) -> None:
    """Masses have no jumps: beginning a case, or a switch, moves no liquid."""
    subject = world(PumpParameters(), SurroundingsParameters())
    t_ns = T0
    for name, pause_ns in steps:
        t_ns += pause_ns
        before = subject.account(t_ns)
        ACTS[name](subject, t_ns)
        after = subject.account(t_ns)
        assert after.delivered_nl == pytest.approx(before.delivered_nl, abs=1e-6)
        if name not in {"withdraw", "empty"}:
            assert after.vessel_ng == pytest.approx(before.vessel_ng, abs=1e-3)


def test_delivery_is_rate_times_time_times_the_units_error() -> None:
    subject = world(replace(EXACT_PUMP, flow_error=0.03))
    subject.fill(T0, 40_000_000)
    subject.set_motor(T0, 10_000.0)
    account = subject.account(T0 + 100 * H)
    assert account.delivered_nl == pytest.approx(1_030_000.0, abs=5.0)
    assert account.reservoir_nl == pytest.approx(38_970_000.0, abs=1e-3)


def test_the_pan_shows_the_buoyant_mass_of_what_was_delivered() -> None:
    """Conventional mass of water, computed from a published table's densities."""
    subject = world()
    subject.fill(T0, 40_000_000)
    subject.set_motor(T0, 1_000_000.0)
    empty_ng = subject.pan_ng(T0)
    subject.set_motor(T0 + H, 0.0)
    gain_ng = subject.pan_ng(T0 + H + 60 * S) - empty_ng
    z_ul_per_mg = (1 - 1.1993 / 8000) / (998.2067e-3 - 1.1993e-3)
    assert gain_ng / 1e6 * z_ul_per_mg == pytest.approx(1_000.0, rel=1e-5)


def test_a_syringe_weighs_by_what_it_holds_and_the_needle_does_not_see_it() -> None:
    subject = world(surroundings=replace(STILL, needle_outer_mm=2.0))
    alone_ng = subject.pan_ng(T0)
    subject.put_syringe(T0 + S, 36_000_000.0)
    full_ng = subject.pan_ng(T0 + S)
    subject.put_syringe(T0 + 2 * S, 0.0)
    emptied_ng = subject.pan_ng(T0 + 2 * S)
    z_ul_per_mg = (1 - 1.1993 / 8000) / (998.2067e-3 - 1.1993e-3)
    poured_ml = (full_ng - emptied_ng) / 1e9 * z_ul_per_mg
    assert poured_ml == pytest.approx(36.0, rel=1e-5)
    assert emptied_ng > alone_ng + 10e9
    subject.empty_vessel(T0 + 3 * S)
    assert subject.pan_ng(T0 + 3 * S) == pytest.approx(alone_ng, abs=1.0)
    assert subject.disturbed_ns == T0 + 3 * S
    with pytest.raises(ValueError, match="no syringe holds"):
        subject.put_syringe(T0 + 4 * S, -1.0)


def test_an_immersed_needle_makes_the_reading_grow_faster() -> None:
    gains = []
    for needle_mm in (0.0, 1.27):
        subject = world(
            EXACT_PUMP,
            replace(STILL, needle_outer_mm=needle_mm, vessel_inner_mm=10.0),
        )
        subject.fill(T0, 1_000_000)
        before_ng = subject.pan_ng(T0)
        subject.withdraw_into_vessel(T0)
        gains.append(subject.pan_ng(T0) - before_ng)
    assert gains[1] / gains[0] == pytest.approx(1 / (1 - 0.127**2), rel=1e-9)


def test_weather_moves_the_whole_load() -> None:
    """10 hPa move 20 mL of load by 0.237 mg; here it is glass and water."""
    still, windy = world(), world(EXACT_PUMP, replace(STILL, pressure_change_hpa=10.0))
    apart = [windy.pan_ng(T0 + h * H) - still.pan_ng(T0 + h * H) for h in range(24)]
    volume_ml = 10.0 / 2.5 + 5.0 / 0.9982
    one_swing_ng = 0.237e6 * volume_ml / 20 * (1 - (15.0 / volume_ml) / 8.0)
    assert apart[0] == pytest.approx(0.0, abs=1.0)
    assert max(apart) - min(apart) == pytest.approx(one_swing_ng, rel=0.03)


def test_evaporation_wanders_round_its_mean() -> None:
    subject = world(
        EXACT_PUMP,
        replace(STILL, evaporation_ng_per_h=12_000.0, evaporation_change=0.3),
    )
    lost = [subject.account(T0 + h * H).evaporated_ng for h in range(18)]
    hourly = [b - a for a, b in itertools.pairwise(lost)]
    assert lost[17] == pytest.approx(17 * 12_000.0, rel=1e-6)
    assert max(hourly) == pytest.approx(15_600.0, rel=0.02)
    assert min(hourly) == pytest.approx(8_400.0, rel=0.02)


def test_the_meniscus_jumps_and_does_not_add_up() -> None:
    subject = world(EXACT_PUMP, replace(STILL, contact_line_step_ng=20_000.0))
    smooth = world()
    for one in (subject, smooth):
        one.fill(T0, 40_000_000)
        one.set_motor(T0, 1_000_000.0)
    pulls = [
        subject.pan_ng(T0 + i * H // 10) - smooth.pan_ng(T0 + i * H // 10)
        for i in range(390)
    ]
    assert 10_000 < (sum(p * p for p in pulls) / len(pulls)) ** 0.5 < 30_000
    assert len({round(p) for p in pulls}) > 100


@pytest.mark.parametrize("quiet", ["close", "magnet"])
def test_nothing_leaves_the_needle_while_it_is_held(quiet: str) -> None:
    subject = world()
    subject.fill(T0, 40_000_000)
    subject.set_motor(T0, 8_333.0)
    ACTS[quiet](subject, T0 + H)
    before = subject.account(T0 + H + 60 * S).delivered_nl
    assert subject.account(T0 + 4 * H).delivered_nl == pytest.approx(before, abs=1e-6)


def test_what_the_closed_line_stored_comes_out_when_it_opens() -> None:
    subject = world()
    subject.fill(T0, 40_000_000)
    subject.set_clamp(T0, closed=True)
    subject.set_motor(T0, 8_000.0)
    assert subject.account(T0 + 3 * H).stored_nl == pytest.approx(24_000.0)
    subject.set_motor(T0 + 3 * H, 0.0)
    subject.set_clamp(T0 + 3 * H, closed=False)
    account = subject.account(T0 + 3 * H + 60 * S)
    assert account.delivered_nl == pytest.approx(24_000.0)
    assert account.stored_nl == pytest.approx(0.0, abs=1e-6)


def test_pressure_stalls_at_its_limit_and_the_reservoir_keeps_the_rest() -> None:
    subject = world()
    subject.fill(T0, 40_000_000)
    subject.set_clamp(T0, closed=True)
    subject.set_motor(T0, 1_000_000.0)
    account = subject.account(T0 + H)
    assert account.stored_nl == pytest.approx(100.0 * 500.0)
    assert account.reservoir_nl == pytest.approx(40_000_000 - 50_000.0)
    assert subject.reservoir_dry_at_ns(T0 + H) == FAR


def test_the_mechanism_tells_when_the_reservoir_is_dry() -> None:
    subject = world()
    assert subject.is_inlet_dry(T0)
    assert subject.reservoir_dry_at_ns(T0) == T0
    subject.fill(T0, 1_000_000)
    assert not subject.is_inlet_dry(T0)
    assert subject.reservoir_dry_at_ns(T0) == FAR
    subject.set_motor(T0, 100_000.0)
    dry_ns = subject.reservoir_dry_at_ns(T0 + H)
    assert dry_ns == pytest.approx(T0 + 10 * H, abs=10)
    assert not subject.is_inlet_dry(dry_ns - S)
    assert subject.is_inlet_dry(dry_ns)
    assert subject.reservoir_nl(dry_ns + H) == 0.0


def test_a_magnet_holds_the_rotor() -> None:
    subject = world()
    assert not subject.is_rotor_blocked(T0)
    subject.set_magnet(T0, present=True)
    assert subject.is_rotor_blocked(T0)


def test_a_reservoir_cannot_hold_more_than_its_capacity() -> None:
    subject = world()
    subject.fill(T0, 40_000_000)
    with pytest.raises(ValueError, match="holds 40000000 nL"):
        subject.fill(T0 + S, 1)


def test_the_world_cannot_act_in_its_past() -> None:
    subject = world()
    subject.set_motor(T0 + H, 10.0)
    with pytest.raises(ValueError, match="ran backwards"):
        subject.set_motor(T0, 20.0)


def test_a_balance_may_look_back_over_a_switch() -> None:
    subject = world()
    subject.fill(T0, 40_000_000)
    subject.set_motor(T0, 1_000_000.0)
    before_ng = subject.pan_ng(T0 + H - S)
    subject.set_motor(T0 + H, 0.0)
    subject.set_magnet(T0 + H, present=True)
    assert subject.pan_ng(T0 + H - S) == before_ng


def test_a_case_alone_sees_what_it_sees_after_others() -> None:
    def gains(first: int, prior: list[str]) -> list[float]:
        subject = world(PumpParameters(), SurroundingsParameters())
        t_ns = T0
        for name in prior:
            subject.begin_case(t_ns, name)
            subject.fill(t_ns, 1_000_000)
            subject.set_motor(t_ns, 100_000.0)
            t_ns += 31 * H
            subject.set_motor(t_ns - H, 0.0)
        subject.begin_case(t_ns, "the/case")
        subject.fill(t_ns, 1_000_000)
        subject.set_motor(t_ns, 8_333.0)
        zero_ng = subject.pan_ng(t_ns)
        return [subject.pan_ng(t_ns + h * H) - zero_ng for h in range(first, 40)]

    alone, after = gains(0, []), gains(0, ["a/1", "b/2"])
    # A fuller vessel has more buoyancy in the same weather: half a digit at most.
    assert after == pytest.approx(alone, abs=5_000.0)
    assert gains(20, ["a/1", "b/2"]) == after[20:]


def test_seed_decides_the_unit_and_the_case_decides_the_room() -> None:
    errors = {world(PumpParameters(), seed=seed).flow_error for seed in range(50)}
    assert len(errors) == 50
    assert all(abs(error) <= 0.05 for error in errors)
    assert max(errors) > 0.03
    assert min(errors) < -0.03
    pair = [world(PumpParameters(), SurroundingsParameters(), 3) for _ in range(2)]
    for subject, case_id in zip(pair, ("a/1", "a/2"), strict=True):
        subject.begin_case(T0, case_id)
    assert pair[0].flow_error == pair[1].flow_error
    assert pair[0].pan_ng(T0 + 9 * H) != pair[1].pan_ng(T0 + 9 * H)


def test_a_fluid_may_have_its_own_density() -> None:
    subject = world(EXACT_PUMP, replace(STILL, liquid_density_kg_per_m3=1004.6))
    subject.fill(T0, 1_000_000)
    subject.withdraw_into_vessel(T0)
    assert subject.account(T0).vessel_ng == pytest.approx(1.0046e9)
