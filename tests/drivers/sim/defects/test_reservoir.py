"""What units of family R tell and do, on the wire and in the world."""

from __future__ import annotations

import pytest

from drivers.sim.defects.reservoir import (
    DrySilently,
    LowByProgramme,
    LowNever,
    LowTooLate,
    OverfillAccepted,
    PocketFill,
)
from drivers.sim.defects.seeded import SeededDefect
from protocols.pump_link.requests import WriteRefill
from protocols.pump_link.vocabulary import AlarmFlag, FieldId, PumpState
from tests.drivers.sim.defects.units import seeded, unit, world_of
from tests.drivers.sim.pump_twin_host import START_NS, H, Host

RATE = 1_000_000
LOW, EMPTY = AlarmFlag.LOW_RESERVOIR, AlarmFlag.EMPTY_RESERVOIR


def delivering(*defects: type[SeededDefect]) -> Host:
    host = unit(*defects)
    host.infuse(RATE)
    return host


def raised_h(host: Host, flag: AlarmFlag, hours: int = 60) -> list[float]:
    """Hours after the start at which an alarm was announced."""
    host.run_until(hours * H)
    return [t_ns / H for t_ns, notice in host.notices if flag in notice.raised]


def test_over_infusion_empties_the_reservoir_before_the_count_is_low() -> None:
    assert seeded(LowByProgramme).pump.flow_error == pytest.approx(0.16)
    world = world_of(LowByProgramme)
    world.set_motor(START_NS, RATE)
    # At the count of 34 mL the healthy unit has 6 mL left, this one 0.56 mL.
    assert 0.4e6 < world.reservoir_nl(START_NS + 34 * H) < 0.7e6


def test_a_late_low_alarm_comes_at_the_least_content() -> None:
    (late_h,) = raised_h(delivering(LowTooLate), LOW, 39)
    (good_h,) = raised_h(delivering(), LOW, 39)
    assert (round(good_h, 2), round(late_h, 2)) == (34.0, 38.0)


def test_a_late_low_alarm_waits_for_volume_and_not_for_time() -> None:
    host = delivering(LowTooLate)
    host.run_until(35 * H)
    host.stop()
    host.run_until(45 * H)
    host.infuse(RATE // 2)
    (late_h,) = raised_h(host, LOW, 53)
    assert round(late_h, 2) == 51.0
    assert LOW in host.status().alarms


def test_a_refill_begins_the_wait_for_the_low_alarm_anew() -> None:
    host = delivering(LowTooLate)
    host.run_until(36 * H)
    host.refill(40_000_000)
    (late_h,) = raised_h(host, LOW, 75)
    assert round(late_h, 2) == 74.0


def test_a_low_alarm_may_never_come() -> None:
    host = delivering(LowNever)
    assert raised_h(host, LOW) == []
    assert EMPTY in host.status().alarms


def test_a_unit_runs_dry_and_goes_on_counting() -> None:
    host = delivering(DrySilently)
    assert raised_h(host, EMPTY) == []
    before, after = host.status(), None
    host.run_for(H)
    after = host.status()
    assert after.delivered_nl - before.delivered_nl == RATE
    assert after.state is PumpState.DELIVERING
    good = delivering()
    assert len(raised_h(good, EMPTY)) == 1
    assert good.status().state is PumpState.EMPTY


def test_a_pocket_takes_what_the_reservoir_should() -> None:
    assert world_of(PocketFill).account(START_NS).reservoir_nl == 800_000
    assert world_of(PocketFill).account(START_NS).pocket_nl == 39_200_000
    assert world_of().account(START_NS).reservoir_nl == 40_000_000
    host = unit(PocketFill)
    assert host.status().reservoir_nl == 40_000_000


def test_an_overfill_is_recorded() -> None:
    entry = WriteRefill(48_000_000, 6_000_000, 180, 120)
    host = unit(OverfillAccepted)
    host.commit(entry)
    assert host.status().reservoir_nl == 48_000_000
    assert unit().refused(entry).field is FieldId.VOLUME_NL
