"""What units of family A tell and sound, on the wire and in the room."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drivers.sim.behaviour import behaviour_of
from drivers.sim.defects.alarms import (
    EndTooLow,
    FalseOcclusion,
    FalseReplacement,
    FalseStop,
    Mute,
    NoSecondAlarm,
    OcclusionUnnoticed,
)
from drivers.sim.defects.seeded import SeededDefect
from drivers.sim.pump_twin import PumpTwin
from protocols.pump_link.vocabulary import AlarmFlag, LogEvent, PumpMode, PumpState
from tests.drivers.sim.defects.units import (
    RATE,
    came_nl,
    delivering,
    seeded,
    unit,
)
from tests.drivers.sim.pump_twin_host import START_NS, H, Host, S

MIN = 60 * S


def sensing(*defects: type[SeededDefect]) -> Host:
    """A delivering unit with an occlusion sensor."""
    bench = seeded(*defects)
    pump = replace(bench.pump, occlusion_kpa=60.0)
    host = Host(pump)
    behaviour = behaviour_of(bench.seeded) if bench.seeded else None
    host.twin = PumpTwin(pump, host.mechanism, 1, START_NS, host.field, behaviour)
    host.open()
    host.refill(40_000_000)
    host.infuse(RATE)
    return host


def press(host: Host) -> None:
    host.mechanism.pressure_kpa = 80.0
    host.run_for(0)
    host.run_for(MIN)


def test_a_blocked_line_goes_unnoticed() -> None:
    states = []
    for host in (sensing(OcclusionUnnoticed), sensing()):
        press(host)
        states.append(
            (host.status().state, AlarmFlag.OCCLUSION in host.status().alarms)
        )
    assert states == [(PumpState.DELIVERING, False), (PumpState.OCCLUDED, True)]


def test_a_line_that_is_still_blocked_is_not_alarmed_again() -> None:
    alarms = []
    for host in (sensing(NoSecondAlarm), sensing()):
        press(host)
        host.stop()
        host.infuse(RATE)
        host.notices.clear()
        host.run_for(MIN)
        alarms.append([n.raised for _, n in host.notices if n.raised])
    assert alarms == [[], [AlarmFlag.OCCLUSION]]


def test_an_occlusion_is_alarmed_without_any_pressure() -> None:
    host = sensing(FalseOcclusion)
    assert round(came_nl(host, 6 * H)) == 6 * RATE
    came = came_nl(host, H)
    assert 0 < came < RATE / 100
    assert host.status().state is PumpState.OCCLUDED
    host.stop()
    host.infuse(RATE)
    assert round(came_nl(host, 5 * H)) == 5 * RATE
    assert round(came_nl(sensing(), 8 * H)) == 8 * RATE


def test_a_mute_unit_flags_and_does_not_sound() -> None:
    heard = []
    for host in (delivering(Mute), delivering()):
        host.block(True)
        host.run_for(H)
        assert AlarmFlag.MOTOR_STALL in host.status().alarms
        heard.append(bool(host.field.tones))
    assert heard == [False, True]


def test_the_end_of_delivery_sounds_like_a_reminder() -> None:
    patterns = []
    for defects in ((EndTooLow,), ()):
        host = unit(*defects)
        host.fill(0.0)
        host.infuse(RATE)
        host.run_for(5 * MIN)
        assert AlarmFlag.EMPTY_RESERVOIR in host.status().alarms
        patterns.append(host.field.tones[-1][1])
    assert patterns[0] != patterns[1]


def test_a_false_system_error_ends_the_program() -> None:
    host = delivering(FalseStop)
    assert round(came_nl(host, 6 * H)) == 6 * RATE
    assert came_nl(host, H) == pytest.approx(0.0, abs=RATE / 1_000)
    status = host.status()
    assert (status.mode, status.state) == (PumpMode.STOPPED, PumpState.STOPPED)
    assert AlarmFlag.MEMORY_ERROR in status.alarms
    assert LogEvent.MEMORY_UPSET in [entry.event for entry in host.log()]
    host.infuse(RATE)
    assert round(came_nl(host, 5 * H)) == 5 * RATE


def test_a_good_battery_is_told_as_worn_while_the_flow_goes_on() -> None:
    host = delivering(FalseReplacement)
    host.run_for(5 * H)
    assert host.status().alarms == AlarmFlag(0)
    assert round(came_nl(host, 2 * H)) == 2 * RATE
    status = host.status()
    assert status.alarms == AlarmFlag.REPLACEMENT_DUE
    assert status.battery_mv == 2_900
    good = delivering()
    good.run_for(24 * H)
    assert good.status().alarms == AlarmFlag(0)
