"""The pump's driver against a script typed by hand: its first chapter, and all."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.itb_pump import ItbPump
from harness import roles
from harness.errors import CommandRefused, ConfigurationError, LinkViolation, UnitError
from harness.readings import Alarm, Identity, PumpMode, PumpState
from harness.units import ureg
from tests.drivers.pump_script import (
    SERIAL,
    AlarmFirst,
    AlarmInside,
    AnsweredTwice,
    Conversation,
    GarbageFirst,
    PumpByteByByte,
    PumpPort,
    ReplyLost,
    alarms,
    connected,
    days,
    identity,
    in_force,
    log_entry,
    ml,
    ml_per_day,
    program,
    running,
    status,
    u32,
)
from tests.drivers.scripted import Desk, desk

RATE = program(1, 50_000)
BOLUS = program(2, 50_000, 100_000, 600)
MODES = (
    PumpMode.STOPPED,
    PumpMode.CONTINUOUS,
    PumpMode.BOLUS,
    PumpMode.SCHEDULE,
    PumpMode.PERIODIC,
    PumpMode.MINIMUM,
    PumpMode.PRIMING,
    PumpMode.BRIDGE,
)
STATES = (
    PumpState.STOPPED,
    PumpState.DELIVERING,
    PumpState.STALLED,
    PumpState.EMPTY,
    PumpState.OCCLUDED,
    PumpState.ENDED,
)
ROLES = [
    roles.InfusionPump,
    roles.Bolus,
    roles.PeriodicBolus,
    roles.PatientBolus,
    roles.Schedule,
    roles.MinimumRate,
    roles.Priming,
    roles.Bridge,
    roles.DelayedStart,
    roles.ProgramReadback,
    roles.ClockSetting,
    roles.DrugRecord,
    roles.ServiceRecord,
    roles.Refillable,
    roles.AlarmLog,
    roles.LinkTamper,
]
LINES = [
    PumpPort,
    PumpByteByByte,
    GarbageFirst,
    ReplyLost,
    AnsweredTwice,
    AlarmFirst,
    AlarmInside,
]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path) as here:
        yield here


def whole_tour() -> Conversation:
    """Every command once, all of them accepted."""
    talk = Conversation().connect()
    talk.say(0x02, b"", identity())
    talk.say(0x03, b"", status(alarms=0x101))
    told = in_force(1, 50_000)
    talk.put(0x04, RATE, RATE, running(1, 1, 50_000), told)
    told = in_force(2, 50_000, 100_000, 600)
    talk.put(0x04, BOLUS, BOLUS, running(2, 1, 50_000), told)
    talk.say(0x06, b"", running(0, 0, 0))
    refill = struct.pack(">IIHH", 20_000_000, 2_000_000, 180, 90)
    talk.say(0x08, refill, u32(79) + refill)
    talk.say(0x05, u32(79), running(0, 0, 0))
    talk.say(0x07, b"", u32(20_000_000, 40_000_000, 2_000_000, 5, 7, 9))
    talk.say(0x0E, b"", u32(820_540_804))
    talk.say(0x09, b"", alarms(0x5, 0x4))
    first = b"".join(log_entry(i, 4, 1) for i in range(3, 11))
    talk.say(0x0D, u32(0), u32(12, 3) + b"\x08" + first)
    talk.say(0x0D, u32(11), u32(12, 11) + b"\x01" + log_entry(11, 2, 0))
    talk.say(0x09, b"", alarms(0x5, 0x4))
    talk.say(0x0A, u32(0x5), alarms(0x5, 0))
    talk.say(0x09, b"", alarms(0x5, 0))
    talk.nak(0x0B, u32(0x1), 6, 11, 0, 0)
    return talk.say(0x0B, u32(0x4), alarms(0x1, 0))


@pytest.mark.parametrize("line", LINES)
def test_every_command_on_every_line(bench: Desk, line: type[PumpPort]) -> None:
    pump, port = connected(bench, whole_tour(), line)

    assert pump.read_identity() == Identity("DB-ITB40", str(SERIAL), "1.0.0")
    reading = pump.read_status()
    assert (reading.mode, reading.state) == (PumpMode.CONTINUOUS, PumpState.DELIVERING)
    assert (reading.rate_nl_per_h, reading.battery_mv) == (50_000, 2_900)
    assert (reading.delivered_nl, reading.reservoir_nl) == (698_949_921, 20_000_000)
    assert reading.alarms == Alarm.LOW_RESERVOIR | Alarm.END_OF_SERVICE
    assert reading.t_ns == bench.clock.now_ns()

    rate = pump.start_continuous(ml_per_day(1.2))
    assert rate.to("nL/hour").magnitude == 50_000
    pump.start_bolus(ml(0.1), ureg.Quantity(10, "minute"), ml_per_day(1.2))
    pump.stop()
    pump.set_reservoir(ml(20), ml(2), days(180), days(90))
    reservoir = pump.read_reservoir()
    assert (reservoir.volume_nl, reservoir.capacity_nl) == (20_000_000, 40_000_000)
    assert reservoir.low_threshold_nl == 2_000_000
    assert (reservoir.low_clock_s, reservoir.refill_by_clock_s) == (7, 9)
    assert pump.read_clock() == 820_540_804
    alarms = pump.read_alarms()
    assert alarms.active == Alarm.LOW_RESERVOIR | Alarm.MOTOR_STALL
    assert alarms.unacknowledged == Alarm.MOTOR_STALL
    log = pump.read_log()
    assert [entry.index for entry in log] == list(range(3, 12))
    assert (log[0].event, log[-1].event) == ("ALARM_RAISED", "STOPPED")
    assert (log[0].clock_s, log[0].uptime_ms, log[0].detail) == (800_000_003, 30, 1)
    assert (log[0].alarms, log[-1].alarms) == (Alarm.LOW_RESERVOIR, Alarm.NONE)
    pump.acknowledge_alarms()
    pump.clear_alarms()
    port.finish()


def test_a_refusal_names_command_code_field_and_range(bench: Desk) -> None:
    talk = Conversation().connect().nak(0x04, program(1, 9**9), 4, 3, 2_000, 10**6)
    pump, port = connected(bench, talk)

    with pytest.raises(CommandRefused, match="allowed 2000 to 1000000") as refused:
        pump.start_continuous(ureg.Quantity(9**9, "nL/hour"))

    assert (refused.value.command, refused.value.code) == (
        "WRITE_PROGRAM",
        "OUT_OF_RANGE",
    )
    assert refused.value.field == "RATE_NL_PER_H"
    port.finish()


@pytest.mark.parametrize(
    ("echo", "why"),
    [(program(1, 50_001), "rate"), (program(2, 50_000), "mode")],
)
def test_another_echo_is_never_committed(bench: Desk, echo: bytes, why: str) -> None:
    talk = Conversation().connect().say(0x04, RATE, u32(77) + echo)
    pump, port = connected(bench, talk)

    with pytest.raises(LinkViolation, match=f"nothing was committed|{why}"):
        pump.start_continuous(ml_per_day(1.2))

    port.finish()


def test_a_pump_that_runs_another_rate_than_committed_is_found_out(bench: Desk) -> None:
    talk = Conversation().connect()
    talk.say(0x04, RATE, u32(77) + RATE)
    talk.say(0x05, u32(77), running(1, 1, 500_000))
    pump, _ = connected(bench, talk)

    with pytest.raises(LinkViolation, match="500000"):
        pump.start_continuous(ml_per_day(1.2))


def test_a_pump_that_does_not_stop_is_found_out(bench: Desk) -> None:
    talk = Conversation().connect().say(0x06, b"", running(0, 1, 0))
    pump, _ = connected(bench, talk)

    with pytest.raises(LinkViolation, match="told to stop"):
        pump.stop()


@pytest.mark.parametrize("rate", [5, 5.0])
def test_a_bare_number_is_no_rate(bench: Desk, rate: float) -> None:
    pump, _ = connected(bench, Conversation().connect())

    with pytest.raises(TypeError, match="bare number"):
        pump.start_continuous(rate)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "unit", "error"),
    [
        (1, "mL", UnitError),
        (0.4, "nL/hour", ConfigurationError),
        (-0.4, "nL/hour", ConfigurationError),
        (-5, "nL/hour", ConfigurationError),
        (2**32, "nL/hour", ConfigurationError),
        (float("nan"), "nL/hour", ConfigurationError),
        (float("inf"), "nL/hour", ConfigurationError),
    ],
)
def test_a_rate_that_the_link_cannot_carry_is_refused_and_not_sent(
    bench: Desk, value: float, unit: str, error: type[Exception]
) -> None:
    pump, port = connected(bench, Conversation().connect())

    with pytest.raises(error):
        pump.start_continuous(ureg.Quantity(value, unit))

    port.finish()


def test_the_rate_is_rounded_to_the_nearest_count(bench: Desk) -> None:
    talk = Conversation().connect()
    talk.say(0x04, program(1, 41_667), u32(77) + program(1, 41_667))
    talk.say(0x05, u32(77), running(1, 1, 41_667))
    talk.say(0x18, b"", in_force(1, 41_667))
    pump, _ = connected(bench, talk)

    rate = pump.start_continuous(ml_per_day(1.0))

    assert rate.to("nL/hour").magnitude == 41_667


def test_safe_is_stopped_even_after_a_restart(bench: Desk) -> None:
    talk = Conversation().connect().nak(0x06, b"", 3, 0, 0, 0)
    talk.open().say(0x06, b"", running(0, 0, 0))
    pump, port = connected(bench, talk)

    assert pump.set_safe() == "stopped"
    port.finish()


def test_safe_may_mean_to_go_on_and_says_so(bench: Desk) -> None:
    talk = Conversation().connect().say(0x03, b"", status())
    port = PumpPort(bench.clock, talk.script)
    pump = ItbPump(
        "pump",
        bench.tap("pump", port),
        bench.clock,
        bench.recorder,
        leave_delivering=True,
    )
    pump.connect()

    assert pump.set_safe() == "left as it was, delivering at 50000 nL/h"
    port.finish()


def test_close_releases_the_line(bench: Desk) -> None:
    pump, port = connected(bench, Conversation().connect())

    pump.close()

    assert port.closed


@pytest.mark.parametrize(
    "told",
    [
        in_force(1, 50_001),
        in_force(0, 50_000),
        in_force(1, 50_000, bolus_nl=1),
        in_force(1, 50_000, start_s=800_000_000),
    ],
)
def test_a_programme_that_reads_back_otherwise_is_found_out(
    bench: Desk, told: bytes
) -> None:
    talk = Conversation().connect()
    talk.put(0x04, RATE, RATE, running(1, 1, 50_000), told)
    pump, port = connected(bench, talk)

    with pytest.raises(LinkViolation, match=r"reads back Programme\("):
        pump.start_continuous(ml_per_day(1.2))

    port.finish()


def test_a_pump_at_the_end_of_its_service_has_stopped(bench: Desk) -> None:
    talk = Conversation().connect().say(0x06, b"", running(0, 5, 0))
    pump, port = connected(bench, talk)

    pump.stop()

    port.finish()


@pytest.mark.parametrize(("number", "mode"), list(enumerate(MODES)))
def test_every_mode_is_understood(bench: Desk, number: int, mode: PumpMode) -> None:
    talk = Conversation().connect().say(0x03, b"", status(mode=number))
    pump, _ = connected(bench, talk)

    assert pump.read_status().mode is mode


@pytest.mark.parametrize(("number", "state"), list(enumerate(STATES)))
def test_every_state_is_understood(bench: Desk, number: int, state: PumpState) -> None:
    talk = Conversation().connect().say(0x03, b"", status(state=number))
    pump, _ = connected(bench, talk)

    assert pump.read_status().state is state


@pytest.mark.parametrize("role", ROLES)
def test_the_pump_has_every_capability(bench: Desk, role: type) -> None:
    pump, _ = connected(bench, Conversation().connect())

    assert isinstance(pump, role)
