"""What units of family V tell and do, on the wire and in the world."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.sim.defects.seeded import SeededDefect
from drivers.sim.defects.single_sum import SingleSum, single
from drivers.sim.defects.volume import (
    AirBurst,
    BlockedCatheter,
    DecimalSlip,
    OverAfterHistory,
    OverInfusion,
    Reversed,
    SinglePrecisionSum,
    UnderAfterStep,
    UnderInfusion,
    WrongBand,
)
from drivers.sim.pump_counter import hourly
from tests.drivers.sim.defects.units import came_nl, told_and_came_nl, unit, world_of
from tests.drivers.sim.pump_twin_host import DAY, START_NS, H, Host, S

RATE = 42_000
MIN = 60 * S


def delivering(rate_nl_per_h: int, *defects: type[SeededDefect]) -> Host:
    host = unit(*defects)
    host.infuse(rate_nl_per_h)
    return host


def flow_share(*defects: type[SeededDefect]) -> float:
    """What the world lets out, as a share of what the motor is told."""
    world = world_of(*defects)
    world.set_motor(START_NS, 1_000_000.0)
    return world.account(START_NS + 10 * H).delivered_nl / 10_000_000


def test_constant_errors_lie_beyond_the_flow_accuracy_of_a_tenth() -> None:
    assert flow_share(OverInfusion) == pytest.approx(1.16, abs=0.001)
    assert flow_share(UnderInfusion) == pytest.approx(0.84, abs=0.001)
    host = delivering(RATE, OverInfusion)
    assert host.status().rate_nl_per_h == RATE


@pytest.mark.parametrize(("hours", "share"), [(49, 1.16 / 0.95), (47, 1.0)])
def test_only_a_long_stop_makes_the_flow_too_high(hours: int, share: float) -> None:
    host = delivering(RATE, OverAfterHistory)
    host.run_for(H)
    host.stop()
    host.run_for(hours * H)
    host.infuse(RATE)
    told, came = told_and_came_nl(host, H)
    assert (told / RATE, came / RATE) == pytest.approx((1.0, share))


def test_a_dry_run_makes_the_flow_too_high_until_the_next_short_stop() -> None:
    host = delivering(RATE, OverAfterHistory)
    host.fill(1_000.0)
    host.run_for(H)
    host.refill(40_000_000)
    host.stop()
    host.infuse(RATE)
    assert came_nl(host, H) / RATE == pytest.approx(1.16 / 0.95)
    host.stop()
    host.infuse(RATE)
    assert came_nl(host, H) == pytest.approx(RATE)


def test_a_step_of_more_than_twice_is_followed_badly_for_an_hour() -> None:
    host = delivering(RATE, UnderAfterStep)
    assert came_nl(host, H) == pytest.approx(RATE)
    host.infuse(2 * RATE)
    assert came_nl(host, H) == pytest.approx(2 * RATE)
    host.infuse(5 * RATE)
    told, came = told_and_came_nl(host, H)
    assert told == 5 * RATE
    assert came / told == pytest.approx((1 - 1.6 * 0.12) / 1.05)
    assert came_nl(host, H) == pytest.approx(5 * RATE)


@pytest.mark.parametrize(("rate", "factor"), [(RATE, 10), (100_000, 10), (100_001, 1)])
def test_a_decimal_slips_where_the_pump_can_run_it(rate: int, factor: int) -> None:
    host = delivering(rate, DecimalSlip)
    assert told_and_came_nl(host, H) == pytest.approx((rate, factor * rate))
    assert host.status().rate_nl_per_h == rate


def test_a_reversed_motor_takes_back_what_it_counts() -> None:
    host = delivering(RATE, Reversed)
    assert host.mechanism.speeds[-1][1] == -RATE
    assert told_and_came_nl(host, H)[0] == RATE


def test_air_bursts_for_five_minutes_twice_a_day() -> None:
    host = delivering(RATE, AirBurst)
    assert came_nl(host, 6 * H) == pytest.approx(6 * RATE)
    extra = (1.192 / 0.95 - 1) * 2.5 * RATE
    assert came_nl(host, 5 * MIN) == pytest.approx(RATE / 12 + extra)
    assert came_nl(host, 12 * H - 5 * MIN) == pytest.approx(RATE * 143 / 12)
    assert came_nl(host, 5 * MIN) == pytest.approx(RATE / 12 + extra)


def test_a_catheter_blocks_after_six_hours_for_good() -> None:
    blocked, good = world_of(BlockedCatheter), world_of()
    for world in (blocked, good):
        world.set_motor(START_NS, 1_000_000.0)
        world.set_clamp(START_NS + 7 * H, True)
        world.set_clamp(START_NS + 8 * H, False)
    at_six, at_ten = (
        blocked.account(START_NS + hours * H).delivered_nl for hours in (8, 10)
    )
    assert at_six == at_ten == pytest.approx(6_000_000, rel=0.001)
    assert good.account(START_NS + 10 * H).delivered_nl > 8_900_000
    assert blocked.line_pressure_kpa(START_NS + 10 * H) == pytest.approx(100, abs=0.01)


def test_a_wrong_band_is_wrong_within_its_ends_alone() -> None:
    shares = []
    for rate in (83_000, 83_334, 125_000, 166_666, 167_000):
        host = delivering(rate, WrongBand)
        shares.append(came_nl(host, H) / rate)
    wrong = pytest.approx(1.16 / 0.95)
    assert shares == [pytest.approx(1.0), wrong, wrong, wrong, pytest.approx(1.0)]


# --- the sum in single precision -----------------------------------------------------


def brute_force(part_ml: float, additions: int) -> float:
    parts = np.full(additions, part_ml, dtype=np.float32)
    return float(np.add.accumulate(parts, dtype=np.float32)[-1])


@given(
    part=st.floats(1e-7, 1e-2).map(single),
    pieces=st.lists(st.integers(1, 40_000), min_size=1, max_size=4),
)
def test_the_sum_is_numpys_own(part: float, pieces: list[int]) -> None:
    summed = SingleSum()
    summed.part_ml = part
    for each in pieces:
        summed.add(each)
    assert summed.total_ml == brute_force(part, sum(pieces))


def test_ties_and_a_sum_that_no_longer_rises_are_numpys_own() -> None:
    for part, additions in ((1.0, 2**24 + 5), (1.5, 2_000_001), (3.0, 6_000_000)):
        summed = SingleSum()
        summed.part_ml = part
        summed.add(additions)
        assert summed.total_ml == brute_force(part, additions)


def test_the_counter_of_a_unit_is_that_sum_after_a_week() -> None:
    host, good = delivering(RATE, SinglePrecisionSum), delivering(RATE)
    told, came = told_and_came_nl(host, 7 * DAY)
    summed = SingleSum()
    summed.take(hourly(RATE))
    expected_ml = brute_force(summed.part_ml, 7 * 86_400 * 2)
    assert told == pytest.approx(expected_ml * 1e6, abs=2)
    assert came == pytest.approx(7 * 24 * RATE)
    assert abs(told / came - 1) > 0.0016
    assert told_and_came_nl(good, 7 * DAY)[0] == 7 * 24 * RATE
