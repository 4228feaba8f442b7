"""What the balance makes of its load."""

import itertools
import statistics
from dataclasses import replace

import pytest

from drivers.sim.balance_parameters import BalanceParameters
from drivers.sim.contracts import PumpParameters
from drivers.sim.surroundings_parameters import SurroundingsParameters
from drivers.sim.weighing import Load, Weighing
from drivers.sim.world import World

S = 1_000_000_000
H = 3_600 * S
T0 = 1_767_225_600 * S
STILL = SurroundingsParameters(
    evaporation_ng_per_h=0.0,
    contact_line_step_ng=0.0,
    pressure_change_hpa=0.0,
    needle_outer_mm=0.0,
)
EXACT = BalanceParameters(repeatability_ng=0.0, zero_drift_ng_per_h=0.0)


def bench(balance: BalanceParameters = EXACT, seed: int = 1) -> tuple[World, Weighing]:
    world = World(PumpParameters(flow_error=0.0, ripple=0.0), STILL, seed, T0)
    return world, Weighing(balance, world, T0)


def flowing(balance: BalanceParameters = EXACT) -> tuple[World, Weighing]:
    world, weighing = bench(balance)
    world.fill(T0, 40_000_000)
    world.set_motor(T0, 1_000_000.0)
    return world, weighing


def test_a_resting_pan_is_stable_and_zero() -> None:
    _, weighing = bench()
    assert weighing.weigh(T0) == (Load.IN_RANGE, True, 0)


def test_the_reading_is_rounded_to_the_last_digit_and_late_by_the_filter() -> None:
    world, weighing = flowing()
    gain_ng = world.pan_ng(T0 + 99 * S) - world.pan_ng(T0)
    assert weighing.weigh(T0 + 100 * S).units == round(gain_ng / 10_000)


def test_a_dosing_flow_is_not_stable_and_a_slow_one_is() -> None:
    world, weighing = flowing()
    assert not weighing.weigh(T0 + 100 * S).stable
    world.set_motor(T0 + 100 * S, 8_333.0)
    assert weighing.weigh(T0 + 200 * S).stable


def test_hands_disturb_for_the_settling_time() -> None:
    world, weighing = bench()
    world.empty_vessel(T0 + 60 * S)
    assert not weighing.weigh(T0 + 60 * S).stable
    assert not weighing.weigh(T0 + 64 * S - 1).stable
    assert weighing.weigh(T0 + 64 * S).stable


def test_noise_has_the_stated_repeatability_and_belongs_to_the_moment() -> None:
    _, weighing = bench(replace(EXACT, repeatability_ng=40_000.0))
    moments = [T0 + i * S for i in range(2_000)]
    first = [weighing.weigh(t_ns).units for t_ns in moments]
    assert statistics.stdev(first) == pytest.approx(4.0, rel=0.08)
    assert [weighing.weigh(t_ns).units for t_ns in moments[::-1]] == first[::-1]


def test_noise_is_keyed_by_case_and_by_the_time_since_it_began() -> None:
    world, weighing = bench(replace(EXACT, repeatability_ng=1e6))

    def readings(case_id: str, began_ns: int) -> list[int]:
        world.begin_case(began_ns, case_id)
        return [weighing.weigh(began_ns + i * S).units for i in range(20)]

    one = readings("a/1", T0 + H)
    other = readings("b/1", T0 + 2 * H)
    again = readings("a/1", T0 + 5 * H)
    assert one == again
    assert one != other


def test_the_zero_drifts_by_no_more_than_its_slope() -> None:
    _, weighing = bench(replace(EXACT, zero_drift_ng_per_h=1_000_000.0))
    hourly = [weighing.weigh(T0 + h * H).units for h in range(25)]
    slopes = [abs(b - a) for a, b in itertools.pairwise(hourly)]
    assert 80 < max(slopes) <= 100
    assert hourly[24] == pytest.approx(hourly[0], abs=1)


def test_tare_and_zero() -> None:
    world, weighing = bench()
    world.fill(T0, 2_000_000)
    world.withdraw_into_vessel(T0)
    later_ns = T0 + 10 * S
    grams = weighing.weigh(later_ns).units
    assert grams == pytest.approx(199_640, abs=250)  # 2 mL of water less buoyancy
    assert weighing.set_tare(later_ns) == grams
    assert weighing.weigh(later_ns).units == 0
    assert weighing.set_zero(later_ns) is Load.IN_RANGE
    assert weighing.weigh(later_ns).units == 0
    world.empty_vessel(later_ns)
    assert weighing.weigh(later_ns + 10 * S).units == -grams


def test_zero_is_refused_far_from_the_preload() -> None:
    world, weighing = bench()
    world.fill(T0, 5_000_000)
    world.withdraw_into_vessel(T0)
    assert weighing.set_zero(T0 + 10 * S) is Load.OVER


def test_overload_and_underload() -> None:
    world, weighing = bench(replace(EXACT, capacity_ng=30_000_000_000))
    world.fill(T0, 20_000_000)
    world.withdraw_into_vessel(T0)
    assert weighing.weigh(T0 + 10 * S).load is Load.OVER
    weighing.power_on(T0 + 10 * S)
    world.empty_vessel(T0 + 10 * S)
    assert weighing.weigh(T0 + 20 * S).load is Load.UNDER
    assert weighing.set_zero(T0 + 20 * S) is Load.UNDER


AUTOZERO = replace(EXACT, autozero=True)


def slow(nl_per_h: float, balance: BalanceParameters) -> tuple[World, Weighing]:
    world, weighing = bench(balance)
    world.fill(T0, 40_000_000)
    world.set_motor(T0, nl_per_h)
    return world, weighing


@pytest.mark.parametrize("every_s", [1, 60, 24 * 3_600])
def test_autozero_swallows_a_slow_flow_however_often_one_looks(every_s: int) -> None:
    seen = {}
    for balance in (EXACT, AUTOZERO):
        _, weighing = slow(2_000.0, balance)
        steps = range(every_s, min(24 * 3_600, 2_000 * every_s) + 1, every_s)
        seen[balance.autozero] = [weighing.weigh(T0 + s * S).units for s in steps][-1]
    hours = min(24, 2_000 * every_s / 3_600)
    assert seen[False] == pytest.approx(hours * 199.5, abs=4)
    assert seen[True] == 0


def test_autozero_lets_a_faster_flow_pass_and_then_leaves_the_zero_alone() -> None:
    seen = {}
    for balance in (EXACT, AUTOZERO):
        world, weighing = slow(1_000_000.0, balance)
        hour = weighing.weigh(T0 + H).units
        world.set_motor(T0 + H, 2_000.0)
        weighing.follow(T0 + H)
        seen[balance.autozero] = (hour, weighing.weigh(T0 + 25 * H).units)
    assert seen[True] == seen[False]
    assert seen[True][0] == pytest.approx(99_700, abs=100)


def test_autozero_does_not_follow_hands() -> None:
    world, weighing = bench(AUTOZERO)
    world.fill(T0, 10)
    weighing.follow(T0 + H)
    world.withdraw_into_vessel(T0 + H)
    # One digit in ten seconds: slow enough, if it had flowed.
    assert weighing.weigh(T0 + H + 10 * S).units == 1


def test_autozero_swallows_the_drift_of_the_zero_too() -> None:
    drifting = replace(AUTOZERO, zero_drift_ng_per_h=1_000_000.0)
    _, weighing = bench(drifting)
    assert {weighing.weigh(T0 + h * H).units for h in range(1, 25)} == {0}


def test_autozero_can_be_switched() -> None:
    _, weighing = slow(2_000.0, EXACT)
    day = weighing.weigh(T0 + 24 * H).units
    weighing.set_zero(T0 + 24 * H)
    weighing.set_autozero(T0 + 24 * H, True)
    assert weighing.weigh(T0 + 48 * H).units == 0
    weighing.set_autozero(T0 + 48 * H, False)
    assert weighing.weigh(T0 + 72 * H).units == pytest.approx(day, abs=4)


def test_an_adjustment_keeps_what_was_shown_before() -> None:
    _, weighing = slow(1_000_000.0, EXACT)
    before = weighing.weigh(T0 + H).units
    weighing.begin_adjustment(T0 + H)
    assert not weighing.weigh(T0 + H + 30 * S).stable
    weighing.end_adjustment(T0 + H + 60 * S)
    assert weighing.weigh(T0 + H + 60 * S).units == before
    after = weighing.weigh(T0 + 2 * H).units
    assert after - before == pytest.approx(before * 59 / 60, rel=1e-3)
