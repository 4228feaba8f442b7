"""What units of family C tell and do, on the wire and in the world."""

from __future__ import annotations

from drivers.sim.defects.counters import (
    CountLost,
    CountWraps,
    Hangs,
    SlowTimeBase,
    StateStuck,
    StopsAtWrap,
)
from protocols.pump_link.requests import GetClock, GetDrug
from protocols.pump_link.vocabulary import PumpMode, PumpState
from tests.drivers.sim.defects.units import (
    RATE,
    came_nl,
    delivering,
    told_and_came_nl,
    unit,
)
from tests.drivers.sim.pump_twin_host import H


def test_a_power_cycle_takes_the_count() -> None:
    counts = []
    for host in (delivering(CountLost), delivering()):
        host.run_for(H)
        before = host.status().delivered_nl
        host.power_cycle()
        host.open()
        counts.append(host.status().delivered_nl >= before)
    assert counts == [False, True]


def test_the_count_wraps_within_a_reservoir() -> None:
    host = delivering(CountWraps, rate=1_000_000)
    told, came = told_and_came_nl(host, 17 * H)
    assert round(came) == 17_000_000
    assert told == 17_000_000 - (1 << 24)
    assert told_and_came_nl(delivering(rate=1_000_000), 17 * H)[0] == 17_000_000


def test_a_slow_time_base_slows_clock_count_and_flow() -> None:
    for defects, share in (((SlowTimeBase,), 0.99), ((), 1.0)):
        host = delivering(*defects)
        before_s = host.ask(GetClock()).clock_s
        told, came = told_and_came_nl(host, 100 * H)
        assert host.ask(GetClock()).clock_s - before_s == round(share * 360_000)
        assert round(came) == told == round(share * 100 * RATE)


def test_the_motor_stands_after_the_wrap_of_the_uptime() -> None:
    host = delivering(StopsAtWrap, rate=30_000)
    host.run_until((1 << 32) * 1_000_000 - H)
    assert round(came_nl(host, 2 * H)) == 30_000
    assert told_and_came_nl(host, H) == (30_000, 0.0)
    assert host.status().state is PumpState.DELIVERING


def test_a_stuck_state_says_that_a_stopped_pump_delivers() -> None:
    assert unit(StateStuck).status().state is PumpState.DELIVERING
    assert unit().status().state is PumpState.STOPPED


def test_a_hung_unit_repeats_itself_and_is_not_stopped() -> None:
    host = delivering(Hangs)
    host.run_for(2 * H)
    before = host.status()
    host.run_for(H)
    first = host.status()
    assert first == before
    assert round(came_nl(host, H)) == RATE
    assert host.status() == first
    host.infuse(2 * RATE)
    assert round(came_nl(host, H)) == RATE
    assert host.send(host.session.request(GetDrug())) == []


def test_a_hung_unit_goes_on_after_a_stop_that_it_acknowledges() -> None:
    host = unit(Hangs)
    host.stop()
    host.infuse(RATE)
    host.run_for(4 * H)
    host.stop()
    assert round(came_nl(host, H)) == RATE


def test_new_power_or_a_renewed_unit_ends_a_hang() -> None:
    host = delivering(Hangs)
    host.run_for(4 * H)
    host.power_cycle()
    host.open()
    assert host.status().mode is PumpMode.CONTINUOUS
    told, came = told_and_came_nl(host, H)
    assert (told, round(came)) == (RATE, RATE)
    host.run_for(3 * H)
    assert told_and_came_nl(host, H)[0] == 0
    host.mechanism.renewed += 1
    host.run_for(0)
    assert told_and_came_nl(host, H)[0] == RATE
    host.stop()
    assert came_nl(host, H) == 0.0
