"""The pump twin's answers to every request, staging and refusals."""

import struct
from zlib import crc32

import pytest

from protocols.pump_link.messages import EXCHANGES
from protocols.pump_link.replies import Nak, PumpMessage
from protocols.pump_link.requests import (
    AckAlarms,
    ClearAlarms,
    Commit,
    GetAlarms,
    GetClock,
    GetIdentity,
    GetLog,
    GetReservoir,
    Request,
    SelfTest,
    SetAlarmIntervals,
    SetClock,
    Stop,
    WriteProgram,
    WriteRefill,
)
from protocols.pump_link.vocabulary import (
    AlarmFlag,
    FieldId,
    LogEvent,
    NakCode,
    PumpMode,
    PumpState,
    SelfTestFault,
)
from tests.drivers.sim.pump_twin_host import (
    CLOCK_AT_START_S,
    DAY,
    EXACT,
    Host,
    S,
)

NONE = AlarmFlag(0)
SERIAL = EXACT.serial


def test_identity() -> None:
    identity = Host().ask(GetIdentity())
    assert (identity.model, identity.firmware) == (EXACT.model, EXACT.firmware)
    assert (identity.serial, identity.protocol_version) == (SERIAL, 1)
    assert identity.capacity_nl == EXACT.capacity_nl
    assert identity.min_rate_nl_per_h == EXACT.min_rate_nl_per_h
    assert identity.max_rate_nl_per_h == EXACT.max_rate_nl_per_h
    assert identity.features == 0xFFFF


def test_status_at_the_start() -> None:
    status = Host().status()
    assert (status.mode, status.state) == (PumpMode.STOPPED, PumpState.STOPPED)
    assert (status.rate_nl_per_h, status.reservoir_nl, status.alarms) == (0, 0, NONE)
    assert status.battery_mv == EXACT.battery_mv


def test_units_differ_in_what_they_have_delivered_before() -> None:
    counts = {Host(seed=seed).status().delivered_nl for seed in range(8)}
    assert len(counts) == 8
    assert Host(seed=3).status() == Host(seed=3).status()


def test_staging_echoes_and_changes_nothing_until_the_commit() -> None:
    host = Host()
    staged = host.ask(WriteProgram(PumpMode.BOLUS, 5_000, 7_000, 60))
    echo = (staged.mode, staged.rate_nl_per_h, staged.bolus_nl, staged.bolus_duration_s)
    assert echo == (PumpMode.BOLUS, 5_000, 7_000, 60)
    host.run_for(29 * S)
    assert host.status().mode is PumpMode.STOPPED
    assert host.mechanism.speeds == []
    committed = host.ask(Commit(staged.token))
    assert (committed.mode, committed.state) == (PumpMode.BOLUS, PumpState.DELIVERING)
    assert committed.rate_nl_per_h == 5_000
    assert host.mechanism.speeds == [(29 * S, 420_000.0)]


def test_a_token_works_once() -> None:
    host = Host()
    token = host.ask(WriteProgram(PumpMode.CONTINUOUS, 5_000, 0, 0)).token
    assert host.refused(Commit(token + 1)).code is NakCode.BAD_TOKEN
    host.ask(Commit(token))
    assert host.refused(Commit(token)).code is NakCode.BAD_TOKEN


def test_staging_expires() -> None:
    host = Host()
    token = host.ask(WriteProgram(PumpMode.CONTINUOUS, 5_000, 0, 0)).token
    host.run_for(30 * S)
    nak = host.refused(Commit(token))
    assert (nak.code, nak.field) == (NakCode.BAD_TOKEN, FieldId.TOKEN)


def test_a_further_write_replaces_what_was_staged() -> None:
    host = Host()
    token = host.ask(WriteProgram(PumpMode.CONTINUOUS, 5_000, 0, 0)).token
    host.ask(WriteProgram(PumpMode.CONTINUOUS, 6_000, 0, 0))
    assert host.refused(Commit(token)).code is NakCode.BAD_TOKEN


def test_a_refused_write_changes_nothing_staged() -> None:
    host = Host()
    token = host.ask(WriteProgram(PumpMode.CONTINUOUS, 5_000, 0, 0)).token
    host.refused(WriteProgram(PumpMode.CONTINUOUS, 1, 0, 0))
    assert host.ask(Commit(token)).rate_nl_per_h == 5_000


def test_stop_needs_no_commit_and_repeats_harmlessly() -> None:
    host = Host()
    host.infuse(5_000)
    for _ in range(2):
        stopped = host.ask(Stop())
        assert (stopped.mode, stopped.state) == (PumpMode.STOPPED, PumpState.STOPPED)
        assert stopped.rate_nl_per_h == 0
    events = [event for _, event, _ in host.events()]
    assert events == [LogEvent.PROGRAM_COMMITTED, LogEvent.STOPPED]


def test_refill_dates() -> None:
    host = Host()
    reservoir = host.ask(GetReservoir())
    assert reservoir.last_refill_clock_s == reservoir.refill_by_clock_s == 0
    host.run_for(10 * S)
    host.refill(40_000_000)
    refilled_s = CLOCK_AT_START_S + 10
    label_s = refilled_s + 120 * 86_400
    reservoir = host.ask(GetReservoir())
    assert (reservoir.volume_nl, reservoir.capacity_nl) == (40_000_000, 40_000_000)
    assert reservoir.low_threshold_nl == 6_000_000
    assert reservoir.last_refill_clock_s == refilled_s
    assert (reservoir.low_clock_s, reservoir.refill_by_clock_s) == (0, label_s)
    host.infuse(7_000)
    low_s = refilled_s + 34_000_000 * 3600 // 7_000
    for _ in range(3):
        reservoir = host.ask(GetReservoir())
        assert reservoir.low_clock_s == low_s
        assert reservoir.refill_by_clock_s == label_s
        host.run_for(7 * DAY + 12_345)
    host.infuse(1_000_000)
    reservoir = host.ask(GetReservoir())
    assert reservoir.refill_by_clock_s == reservoir.low_clock_s < label_s


def test_clock_is_set_without_touching_uptime() -> None:
    host = Host()
    host.run_for(1_500_000_000)
    reply = host.ask(SetClock(1_000))
    assert (reply.uptime_ms, reply.clock_s) == (1_500, 1_000)
    host.run_for(S)
    assert host.ask(GetClock()).clock_s == 1_001
    assert host.events() == [(1, LogEvent.CLOCK_SET, CLOCK_AT_START_S + 1)]


def test_clock_error_paces_clock_uptime_and_motor() -> None:
    host = Host(parameters=type(EXACT)(clock_error_ppm=100.0))
    host.refill(40_000_000)
    host.infuse(10_000)
    host.run_for(10_000 * S)
    reply = host.ask(GetClock())
    assert reply.uptime_ms == 10_001_000
    assert reply.clock_s == CLOCK_AT_START_S + 10_001
    ((begin_ns, speed),) = host.mechanism.speeds
    assert begin_ns == 0
    assert speed == pytest.approx(10_001.0)


def test_self_test_returns_the_crc_of_the_program() -> None:
    host = Host()
    assert host.ask(SelfTest()).program_crc == 0
    host.infuse(5_000)
    payload = struct.pack(">BIII", 1, 5_000, 0, 0)
    assert host.ask(SelfTest()).program_crc == crc32(payload)
    assert host.ask(SelfTest()).faults == 0
    host.stop()
    assert host.ask(SelfTest()).program_crc == 0


def test_self_test_finds_a_low_battery() -> None:
    host = Host(parameters=type(EXACT)(battery_mv=2_400))
    assert host.ask(SelfTest()).faults is SelfTestFault.BATTERY
    worn = AlarmFlag.LOW_BATTERY | AlarmFlag.REPLACEMENT_DUE
    assert host.status().alarms == worn


def test_alarm_intervals() -> None:
    host = Host()
    before = host.ask(GetAlarms())
    assert (before.critical_interval_s, before.noncritical_interval_s) == (600, 3_600)
    reply = host.ask(SetAlarmIntervals(60, 43_200))
    assert (reply.critical_interval_s, reply.noncritical_interval_s) == (60, 43_200)
    assert host.events() == [(0, LogEvent.ALARM_INTERVALS_SET, 60 * 65536 + 43_200)]


def test_acknowledge_and_clear_without_alarms_change_nothing() -> None:
    host = Host()
    for reply in (host.ask(AckAlarms(~NONE)), host.ask(ClearAlarms(~NONE))):
        assert reply.active == reply.unacknowledged == 0
    assert host.log() == []


def test_log_pages_keep_the_newest_and_their_indices() -> None:
    host = Host()
    for number in range(300):
        host.ask(SetClock(number))
    page = host.ask(GetLog(0))
    assert (page.total, page.first, len(page.entries)) == (300, 44, 8)
    assert [entry.index for entry in page.entries] == list(range(44, 52))
    assert page.entries[0].detail == 43
    last = host.ask(GetLog(296))
    assert [entry.index for entry in last.entries] == [296, 297, 298, 299]
    beyond = host.ask(GetLog(1_000))
    assert (beyond.first, beyond.entries) == (300, ())


@pytest.mark.parametrize(
    ("request_", "field", "minimum", "maximum"),
    [
        (WriteProgram(PumpMode.STOPPED, 0, 0, 0), FieldId.MODE, 1, 2),
        (
            WriteProgram(PumpMode.CONTINUOUS, 1_999, 0, 0),
            FieldId.RATE_NL_PER_H, 2_000, 1_000_000,
        ),
        (
            WriteProgram(PumpMode.CONTINUOUS, 1_000_001, 0, 0),
            FieldId.RATE_NL_PER_H, 2_000, 1_000_000,
        ),
        (
            WriteProgram(PumpMode.CONTINUOUS, 0, 0, 0),
            FieldId.RATE_NL_PER_H, 2_000, 1_000_000,
        ),
        (WriteProgram(PumpMode.CONTINUOUS, 2_000, 1, 0), FieldId.BOLUS_NL, 0, 0),
        (
            WriteProgram(PumpMode.CONTINUOUS, 2_000, 0, 1),
            FieldId.BOLUS_DURATION_S, 0, 0,
        ),
        (WriteProgram(PumpMode.BOLUS, 0, 0, 60), FieldId.BOLUS_NL, 1, 40_000_000),
        (WriteProgram(PumpMode.BOLUS, 0, 1_000, 3), FieldId.BOLUS_DURATION_S, 4, 1_800),
        (
            WriteProgram(PumpMode.BOLUS, 0, 1_000, 1_801),
            FieldId.BOLUS_DURATION_S, 4, 1_800,
        ),
        (
            WriteProgram(PumpMode.BOLUS, 1_999, 1_000, 4),
            FieldId.RATE_NL_PER_H, 2_000, 1_000_000,
        ),
        (WriteRefill(40_000_001, 0, 1, 1), FieldId.VOLUME_NL, 0, 40_000_000),
        (WriteRefill(0, 40_000_001, 1, 1), FieldId.LOW_THRESHOLD_NL, 0, 40_000_000),
        (WriteRefill(0, 0, 3_651, 1), FieldId.STABILITY_DAYS, 1, 3_650),
        (WriteRefill(0, 0, 1, 3_651), FieldId.LABEL_MAX_DAYS, 1, 3_650),
        (SetAlarmIntervals(59, 600), FieldId.CRITICAL_INTERVAL_S, 60, 3_600),
        (SetAlarmIntervals(60, 599), FieldId.NONCRITICAL_INTERVAL_S, 600, 43_200),
        (SetClock(0xFFFF_FFFF), FieldId.CLOCK_S, 0, 0xFFFF_FFFF - 3_650 * 86_400),
    ],
)  # fmt: skip
def test_refusals_name_field_and_range(
    request_: Request[PumpMessage], field: FieldId, minimum: int, maximum: int
) -> None:
    host = Host()
    host.infuse(5_000)
    code = next(e.code for e in EXCHANGES if e.request is type(request_))
    expected = Nak(0, code, NakCode.OUT_OF_RANGE, field, minimum, maximum)
    assert host.refused(request_) == expected
    assert host.status().rate_nl_per_h == 5_000


@pytest.mark.parametrize(
    "request_",
    [
        WriteProgram(PumpMode.CONTINUOUS, 2_000, 0, 0),
        WriteProgram(PumpMode.CONTINUOUS, 1_000_000, 0, 0),
        WriteProgram(PumpMode.BOLUS, 0, 1_000, 4),
        WriteProgram(PumpMode.BOLUS, 1_000_000, 1_000, 1_800),
        WriteRefill(40_000_000, 40_000_000, 3_650, 3_650),
        WriteRefill(0, 0, 1, 1),
    ],
)
def test_the_ends_of_every_range_are_accepted(
    request_: WriteProgram | WriteRefill,
) -> None:
    Host().commit(request_)
