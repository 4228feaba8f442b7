"""What units of family P tell and do, on the wire and in the world."""

from __future__ import annotations

from drivers.sim.defects.power import (
    DrainsTwice,
    GaugeWrong,
    LowBatteryMissing,
    NoResume,
)
from protocols.pump_link.requests import GetStatus
from protocols.pump_link.vocabulary import AlarmFlag, PumpMode
from tests.drivers.sim.defects.units import (
    RATE,
    came_nl,
    delivering,
    unit,
    world_of,
)
from tests.drivers.sim.pump_twin_host import START_NS, H, S


def test_the_low_battery_alone_is_not_flagged() -> None:
    seen = []
    for host in (delivering(LowBatteryMissing), delivering()):
        host.supply(2_450)
        host.run_for(10 * S)
        seen.append(host.status().alarms)
    good = AlarmFlag.LOW_BATTERY | AlarmFlag.REPLACEMENT_DUE
    assert seen == [AlarmFlag.REPLACEMENT_DUE, good]


def test_a_wrong_gauge_says_nothing_until_it_is_off() -> None:
    host = delivering(GaugeWrong)
    host.supply(2_550)
    host.run_for(H)
    status = host.status()
    assert (status.battery_mv, status.alarms) == (2_900, AlarmFlag(0))
    host.supply(2_450)
    assert came_nl(host, H) < 1.0
    assert host.send(host.session.request(GetStatus())) == []
    assert host.notices == []
    good = delivering()
    good.supply(2_450)
    assert round(came_nl(good, H)) == RATE
    assert good.status().battery_mv == 2_450


def test_time_motor_and_link_cost_twice_the_charge() -> None:
    drawn = []
    for defects in ((DrainsTwice,), ()):
        world = world_of(*defects)
        world.set_motor(START_NS, RATE)
        idle = world.charge_nah(START_NS + H)
        world.use_link()
        drawn.append((idle, world.charge_nah(START_NS + H) - idle))
    (idle, asked), (good_idle, good_asked) = drawn
    assert (idle, asked) == (2 * good_idle, 2 * good_asked)
    assert min(good_idle, good_asked) > 0


def test_each_answered_request_is_an_exchange() -> None:
    host = unit()
    before = host.mechanism.exchanges
    host.status()
    host.log()
    assert host.mechanism.exchanges == before + 2


def test_a_power_cycle_ends_the_program() -> None:
    modes = []
    for host in (delivering(NoResume), delivering()):
        host.power_cycle()
        host.open()
        modes.append((host.status().mode, round(came_nl(host, H))))
    assert modes == [(PumpMode.STOPPED, 0), (PumpMode.CONTINUOUS, RATE)]
