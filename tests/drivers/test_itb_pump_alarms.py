"""The pump's alarms and its event log, against a script typed by hand."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.bench import Listener
from harness.clock import NS_PER_S
from harness.errors import CommandRefused, ConfigurationError, LinkViolation
from harness.evidence.records import Kind
from harness.readings import Alarm
from tests.drivers.pump_script import (
    Conversation,
    acknowledgement,
    alarms,
    connected,
    log_entry,
    notice,
    seconds,
    u32,
)
from tests.drivers.scripted import Desk, desk


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path) as here:
        yield here


def test_an_unasked_alarm_is_answered_kept_and_journalled(bench: Desk) -> None:
    pump, port = connected(bench, Conversation().connect())
    alarm = notice(3, 60_000, active=0x8006, raised=0x8000)
    port.incoming = [alarm[:7], alarm[7:]]

    assert isinstance(pump, Listener)
    pump.listen()
    events = pump.take_alarm_events()

    assert port.acknowledged == [acknowledgement(3)]
    assert [event.raised for event in events] == [Alarm.UNRECOGNISED]
    assert events[0].active == (
        Alarm.EMPTY_RESERVOIR | Alarm.MOTOR_STALL | Alarm.UNRECOGNISED
    )
    assert (events[0].uptime_ms, events[0].t_ns) == (60_000, bench.clock.now_ns())
    (record,) = bench.records(Kind.ALARM)
    assert record.fields["active"] == ["EMPTY_RESERVOIR", "MOTOR_STALL", "0x00008000"]
    assert record.fields["raised"] == ["0x00008000"]
    assert pump.take_alarm_events() == []


def test_a_repeated_alarm_is_answered_again_but_is_one_event(bench: Desk) -> None:
    pump, port = connected(bench, Conversation().connect())
    port.incoming = [notice(0, 60_000, 1, 1) * 2, notice(1, 61_000, 5, 4)]

    assert [e.raised for e in pump.take_alarm_events()] == [
        Alarm.LOW_RESERVOIR,
        Alarm.MOTOR_STALL,
    ]
    assert len(port.acknowledged) == 3


def test_an_equal_alarm_after_another_reset_is_another_event(bench: Desk) -> None:
    pump, port = connected(bench, Conversation().connect())
    for _ in range(2):
        port.incoming = [notice(0, 1_000, 0x40, 0x40)]
        assert [e.raised for e in pump.take_alarm_events()] == [Alarm.RESET]
        bench.clock.sleep_until(bench.clock.now_ns() + 21 * NS_PER_S)


def test_alarms_that_cannot_be_cleared_for_another_reason_are_told(
    bench: Desk,
) -> None:
    talk = Conversation().connect().say(0x09, b"", alarms(0x1, 0))
    talk.nak(0x0B, u32(0x1), 8, 0, 0, 0)
    pump, _ = connected(bench, talk)

    with pytest.raises(CommandRefused, match="BUSY"):
        pump.clear_alarms()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (u32(2, 0) + b"\x00", b""),
        (
            u32(3, 0) + b"\x01" + log_entry(0, 2, 0),
            u32(3, 0) + b"\x01" + log_entry(0, 2, 0),
        ),
    ],
)
def test_a_log_that_does_not_fit_together_is_a_finding(
    bench: Desk, first: bytes, second: bytes
) -> None:
    talk = Conversation().connect().say(0x0D, u32(0), first)
    if second:
        talk.say(0x0D, u32(1), second)
    pump, _ = connected(bench, talk)

    with pytest.raises(LinkViolation, match="log"):
        pump.read_log()


def test_an_empty_log_is_empty(bench: Desk) -> None:
    talk = Conversation().connect().say(0x0D, u32(0), u32(0, 0) + b"\x00")
    pump, _ = connected(bench, talk)

    assert pump.read_log() == []


@pytest.mark.parametrize(("left", "indices"), [(log_entry(7, 2, 0), [7]), (b"", [])])
def test_a_log_is_read_from_an_index_on(
    bench: Desk, left: bytes, indices: list[int]
) -> None:
    count = bytes([len(indices)])
    page = u32(7 + len(indices), 7) + count + left
    talk = Conversation().connect().say(0x0D, u32(7), page)
    pump, port = connected(bench, talk)

    assert [entry.index for entry in pump.read_log(7)] == indices
    port.finish()


@pytest.mark.parametrize(
    ("bit", "alarm"),
    [
        (0, Alarm.LOW_RESERVOIR),
        (1, Alarm.EMPTY_RESERVOIR),
        (2, Alarm.MOTOR_STALL),
        (3, Alarm.STOPPED_TOO_LONG),
        (4, Alarm.LOW_BATTERY),
        (5, Alarm.MEMORY_ERROR),
        (6, Alarm.RESET),
        (7, Alarm.REFILL_OVERDUE),
        (8, Alarm.END_OF_SERVICE),
        (9, Alarm.OCCLUSION),
        (10, Alarm.REPLACEMENT_DUE),
        (11, Alarm.MEMORY_CORRECTED),
        (12, Alarm.TUBE_LIFE),
        (13, Alarm.FILL_MISMATCH),
        (14, Alarm.UNRECOGNISED),
        (31, Alarm.UNRECOGNISED),
    ],
)
def test_every_bit_is_its_alarm(bench: Desk, bit: int, alarm: Alarm) -> None:
    talk = Conversation().connect().say(0x09, b"", alarms(1 << bit, 0))
    pump, _ = connected(bench, talk)

    assert pump.read_alarms().active is alarm


def test_tone_intervals_are_told_in_seconds_and_compared(bench: Desk) -> None:
    talk = Conversation().connect()
    wanted, other = struct.pack(">HH", 300, 7_200), struct.pack(">HH", 300, 3_600)
    talk.say(0x0C, wanted, u32(0, 0) + wanted)
    talk.say(0x0C, wanted, u32(0, 0) + other)
    pump, port = connected(bench, talk)

    pump.set_alarm_intervals(seconds(300), seconds(7_200))
    with pytest.raises(LinkViolation, match="noncritical_interval_s=3600"):
        pump.set_alarm_intervals(seconds(300), seconds(7_200))
    with pytest.raises(ConfigurationError, match="other alarms"):
        pump.set_alarm_intervals(seconds(300), seconds(7_200.5))
    with pytest.raises(ConfigurationError, match="critical_interval_s is 0"):
        pump.set_alarm_intervals(seconds(0), seconds(7_200))

    port.finish()
