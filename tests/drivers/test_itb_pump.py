"""The pump's driver against a script typed by hand."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.itb_pump import ItbPump
from harness.bench import Listener
from harness.clock import NS_PER_MS, NS_PER_S
from harness.errors import (
    CommandRefused,
    ConfigurationError,
    InstrumentSilent,
    LinkViolation,
    UnitError,
)
from harness.evidence.records import Kind
from harness.readings import Alarm, Identity, PumpMode, PumpState
from harness.units import Quantity, ureg
from tests.drivers import pump_script as pump_link
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
    notice,
    program,
    running,
    status,
    u32,
)
from tests.drivers.scripted import START_NS, Desk, Exchange, desk, frame

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


def connected(
    bench: Desk, talk: Conversation, line: type[PumpPort] = PumpPort
) -> tuple[ItbPump, PumpPort]:
    """A driver on a line that plays the conversation, connect included."""
    port = line(bench.clock, talk.script)
    pump = ItbPump("pump", bench.tap("pump", port), bench.clock, bench.recorder)
    pump.connect()
    return pump, port


def ml(value: float) -> Quantity:
    return ureg.Quantity(value, "mL")


def ml_per_day(value: float) -> Quantity:
    return ureg.Quantity(value, "mL/day")


def days(value: float) -> Quantity:
    return ureg.Quantity(value, "day")


def log_entry(index: int, event: int, detail: int) -> bytes:
    return struct.pack(">IIIBI", index, 800_000_000 + index, 10 * index, event, detail)


def whole_tour() -> Conversation:
    """Every command once, all of them accepted."""
    talk = Conversation().connect()
    talk.say(0x02, b"", pump_link.identity())
    talk.say(0x03, b"", status(alarms=0x101))
    talk.say(0x04, program(1, 50_000), u32(77) + program(1, 50_000))
    talk.say(0x05, u32(77), running(1, 1, 50_000))
    bolus = program(2, 50_000, 100_000, 600)
    talk.say(0x04, bolus, u32(78) + bolus)
    talk.say(0x05, u32(78), running(2, 1, 50_000))
    talk.say(0x06, b"", running(0, 0, 0))
    refill = struct.pack(">IIHH", 20_000_000, 2_000_000, 180, 90)
    talk.say(0x08, refill, u32(79) + refill)
    talk.say(0x05, u32(79), running(0, 0, 0))
    talk.say(0x07, b"", u32(20_000_000, 40_000_000, 2_000_000, 5, 7, 9))
    talk.say(0x0E, b"", u32(820_540_804))
    talk.say(0x09, b"", pump_link.alarms(0x5, 0x4))
    first = b"".join(log_entry(i, 4, 1) for i in range(3, 11))
    talk.say(0x0D, u32(0), u32(12, 3) + b"\x08" + first)
    talk.say(0x0D, u32(11), u32(12, 11) + b"\x01" + log_entry(11, 2, 0))
    talk.say(0x09, b"", pump_link.alarms(0x5, 0x4))
    talk.say(0x0A, u32(0x5), pump_link.alarms(0x5, 0))
    talk.say(0x09, b"", pump_link.alarms(0x5, 0))
    talk.nak(0x0B, u32(0x1), 6, 11, 0, 0)
    return talk.say(0x0B, u32(0x4), pump_link.alarms(0x1, 0))


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
    pump.acknowledge_alarms()
    pump.clear_alarms()
    port.finish()


def test_a_quiet_line_needs_no_repetition_and_rejects_nothing(bench: Desk) -> None:
    pump, _ = connected(bench, Conversation().connect().say(0x03, b"", status()))

    pump.read_status()

    assert bench.count() == {Kind.EXCHANGE: 4}


def test_repetitions_and_rejections_are_journalled(bench: Desk) -> None:
    talk = Conversation().connect().say(0x03, b"", status())
    pump, _ = connected(bench, talk, ReplyLost)

    pump.read_status()

    retries = bench.records(Kind.RETRY)
    assert [record.fields["command"] for record in retries][-1] == "GET_STATUS"
    assert retries[-1].fields["attempt"] == 2


def test_a_stale_reply_is_journalled_and_not_taken(bench: Desk) -> None:
    talk = Conversation().connect().say(0x03, b"", status(rate=11))
    talk.say(0x03, b"", status(rate=22))
    pump, _ = connected(bench, talk, AnsweredTwice)

    assert [pump.read_status().rate_nl_per_h for _ in range(2)] == [11, 22]

    raw = [record.fields["raw"] for record in bench.records(Kind.REJECTION)]
    assert len(raw) == 2
    assert frame(0x83, 1, SERIAL, u32(1200) + status(rate=11)).hex() == raw[-1]


def test_a_bad_check_value_is_journalled_with_both(bench: Desk) -> None:
    talk = Conversation().connect().say(0x03, b"", status())
    good = talk.script[-1].answer[0]
    bad = good[:-1] + bytes([good[-1] ^ 1])
    talk.script[-1:] = [
        Exchange(talk.script[-1].sent, (bad,)),
        Exchange(talk.script[-1].sent, (good,)),
    ]
    pump, port = connected(bench, talk)

    pump.read_status()

    port.finish()
    (rejection,) = bench.records(Kind.REJECTION)
    assert good[-4:].hex().upper() in str(rejection.fields["reason"])
    assert bad[-4:].hex().upper() in str(rejection.fields["reason"])


def test_silence_is_told_after_three_equal_requests(bench: Desk) -> None:
    talk = Conversation().connect()
    asked = talk.request(0x03, b"")
    talk.script += [Exchange(asked)] * 3
    pump, port = connected(bench, talk)
    began_ns = bench.clock.now_ns()

    with pytest.raises(InstrumentSilent, match=r"GET_STATUS.*check power"):
        pump.read_status()

    port.finish()
    assert bench.clock.now_ns() - began_ns == 3 * (NS_PER_S + 5 * NS_PER_MS)
    assert bench.count()[Kind.RETRY] == 2


def test_a_babbling_line_counts_as_silence(bench: Desk) -> None:
    talk = Conversation().connect()
    talk.script += [Exchange(talk.request(0x03, b""), (b"U",) * 11_000)] * 3
    pump, _ = connected(bench, talk)

    with pytest.raises(InstrumentSilent):
        pump.read_status()


def test_an_answer_after_half_a_frame_needs_no_repetition(bench: Desk) -> None:
    talk = Conversation().connect().say(0x03, b"", status())
    asked, (reply,) = talk.script[-1].sent, talk.script[-1].answer
    talk.script[-1] = Exchange(asked, (reply[:9], b"", reply))
    pump, port = connected(bench, talk)

    assert pump.read_status().battery_mv == 2_900

    port.finish()
    assert bench.count()[Kind.RETRY] == 0


def test_alarms_that_cannot_be_cleared_for_another_reason_are_told(
    bench: Desk,
) -> None:
    talk = Conversation().connect().say(0x09, b"", pump_link.alarms(0x1, 0))
    talk.nak(0x0B, u32(0x1), 8, 0, 0, 0)
    pump, _ = connected(bench, talk)

    with pytest.raises(CommandRefused, match="BUSY"):
        pump.clear_alarms()


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
    ("action", "command", "details"),
    [
        (
            lambda pump: pump.start_continuous(ml_per_day(1.2)),
            "start_continuous",
            {"rate_nl_per_h": 50_000},
        ),
        (
            lambda pump: pump.start_bolus(
                ml(0.1), ureg.Quantity(600, "s"), ml_per_day(0)
            ),
            "start_bolus",
            {"bolus_nl": 100_000, "bolus_duration_s": 600, "then_nl_per_h": 0},
        ),
        (lambda pump: pump.stop(), "stop", {}),
        (
            lambda pump: pump.set_reservoir(ml(20), ml(2), days(180), days(90)),
            "set_reservoir",
            {
                "volume_nl": 20_000_000,
                "low_threshold_nl": 2_000_000,
                "stability_days": 180,
                "label_max_days": 90,
            },
        ),
        (
            lambda pump: pump.send_corrupted_program(ml_per_day(1.2)),
            "send_corrupted_program",
            {"rate_nl_per_h": 50_000},
        ),
    ],
)
def test_the_intent_is_in_the_journal_before_a_dose_is_sent(
    bench: Desk, action: object, command: str, details: dict[str, int]
) -> None:
    pump, port = connected(bench, Conversation().connect())
    assert callable(action)
    seen: list[object] = []

    def look(_: bytes) -> bytes:
        seen.extend(
            (record.fields["command"], record.fields["details"])
            for record in bench.records(Kind.INTENT)
        )
        raise LookupError

    port.script.append(Exchange(look))
    with pytest.raises((LookupError, AssertionError)):
        action(pump)

    assert seen == [(command, details)]


@pytest.mark.parametrize(
    ("echo", "why"),
    [(program(1, 50_001), "rate"), (program(2, 50_000), "mode")],
)
def test_another_echo_is_never_committed(bench: Desk, echo: bytes, why: str) -> None:
    talk = Conversation().connect().say(0x04, program(1, 50_000), u32(77) + echo)
    pump, port = connected(bench, talk)

    with pytest.raises(LinkViolation, match=f"nothing was committed|{why}"):
        pump.start_continuous(ml_per_day(1.2))

    port.finish()


def test_another_refill_echo_is_never_committed(bench: Desk) -> None:
    sent = struct.pack(">IIHH", 20_000_000, 2_000_000, 180, 90)
    echo = struct.pack(">IIHH", 20_000_000, 2_000_000, 90, 180)
    talk = Conversation().connect().say(0x08, sent, u32(77) + echo)
    pump, port = connected(bench, talk)

    with pytest.raises(LinkViolation, match="nothing was committed"):
        pump.set_reservoir(ml(20), ml(2), days(180), days(90))

    port.finish()


def test_a_pump_that_runs_another_rate_than_committed_is_found_out(bench: Desk) -> None:
    talk = Conversation().connect()
    talk.say(0x04, program(1, 50_000), u32(77) + program(1, 50_000))
    talk.say(0x05, u32(77), running(1, 1, 500_000))
    pump, _ = connected(bench, talk)

    with pytest.raises(LinkViolation, match="500000"):
        pump.start_continuous(ml_per_day(1.2))


def test_a_pump_that_does_not_stop_is_found_out(bench: Desk) -> None:
    talk = Conversation().connect().say(0x06, b"", running(0, 1, 0))
    pump, _ = connected(bench, talk)

    with pytest.raises(LinkViolation, match="told to stop"):
        pump.stop()


def test_stale_telemetry_is_found_out(bench: Desk) -> None:
    talk = Conversation().connect().say(0x03, b"", status())
    talk.uptime_ms -= 50
    talk.say(0x03, b"", status())
    pump, _ = connected(bench, talk)
    pump.read_status()

    with pytest.raises(LinkViolation, match="stale"):
        pump.read_status()


def test_an_uptime_that_falls_is_stale_telemetry(bench: Desk) -> None:
    talk = Conversation().connect().say(0x03, b"", status())
    talk.uptime_ms -= 60
    talk.say(0x03, b"", status())
    pump, _ = connected(bench, talk)
    pump.read_status()

    with pytest.raises(LinkViolation, match="stale"):
        pump.read_status()


def test_an_uptime_that_wraps_is_no_stale_telemetry(bench: Desk) -> None:
    talk = Conversation(uptime_ms=2**32 - 220).connect()
    for _ in range(3):
        talk.say(0x03, b"", status())
    pump, _ = connected(bench, talk)

    uptimes = [pump.read_status().uptime_ms for _ in range(3)]

    assert uptimes == [2**32 - 20, 30, 80]


def test_months_without_a_question_may_turn_the_uptime_over(bench: Desk) -> None:
    talk = Conversation().connect().say(0x03, b"", status())
    thirty_days_ms = 30 * 86_400_000
    talk.uptime_ms += thirty_days_ms
    talk.say(0x03, b"", status())
    pump, _ = connected(bench, talk)
    pump.read_status()
    bench.clock.sleep_until(bench.clock.now_ns() + thirty_days_ms * NS_PER_MS)

    assert pump.read_status().uptime_ms == 1250 + thirty_days_ms


def test_a_payload_that_breaks_its_layout_is_a_finding(bench: Desk) -> None:
    talk = Conversation().connect().say(0x03, b"", status(mode=9))
    pump, _ = connected(bench, talk)

    with pytest.raises(LinkViolation, match="mode"):
        pump.read_status()

    assert bench.count()[Kind.REJECTION] == 1


def test_an_unasked_alarm_is_answered_kept_and_journalled(bench: Desk) -> None:
    pump, port = connected(bench, Conversation().connect())
    alarm = notice(3, 60_000, active=0x206, raised=0x200)
    port.incoming = [alarm[:7], alarm[7:]]

    assert isinstance(pump, Listener)
    pump.listen()
    events = pump.take_alarm_events()

    assert port.acknowledged == [pump_link.acknowledgement(3)]
    assert [event.raised for event in events] == [Alarm.UNRECOGNISED]
    assert events[0].active == (
        Alarm.EMPTY_RESERVOIR | Alarm.MOTOR_STALL | Alarm.UNRECOGNISED
    )
    assert (events[0].uptime_ms, events[0].t_ns) == (60_000, bench.clock.now_ns())
    (record,) = bench.records(Kind.ALARM)
    assert record.fields["active"] == ["EMPTY_RESERVOIR", "MOTOR_STALL", "0x00000200"]
    assert record.fields["raised"] == ["0x00000200"]
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


def test_half_an_alarm_does_not_hold_the_bench_up(bench: Desk) -> None:
    talk = Conversation().connect().say(0x03, b"", status())
    pump, port = connected(bench, talk)
    port.incoming = [notice(0, 60_000, 1, 1)[:15]]

    assert pump.take_alarm_events() == []
    assert pump.read_status().battery_mv == 2_900
    assert bench.count()[Kind.REJECTION] == 1


def test_a_restarted_pump_refuses_once_and_then_gets_a_new_session(
    bench: Desk,
) -> None:
    talk = Conversation(uptime_ms=500_000).connect()
    talk.nak(0x03, b"", 3, 0, 0, 0)
    talk.uptime_ms = 100
    talk.open().say(0x03, b"", status(mode=0, state=0, rate=0, alarms=0x40))
    pump, port = connected(bench, talk)

    with pytest.raises(CommandRefused, match="NO_SESSION"):
        pump.read_status()
    assert pump.read_status().alarms is Alarm.RESET

    port.finish()
    assert "new session" in str(bench.records(Kind.NOTE)[0].fields["text"])


def test_the_session_id_comes_from_the_bench_clock_alone(bench: Desk) -> None:
    sent: list[bytes] = []

    def note(data: bytes) -> bytes:
        sent.append(data)
        raise LookupError

    port = PumpPort(bench.clock, [Exchange(note)])
    pump = ItbPump("pump", bench.tap("pump", port), bench.clock, bench.recorder)
    with pytest.raises(LookupError):
        pump.connect()

    session_id = START_NS // NS_PER_MS % 2**32
    assert sent == [frame(0x01, 0, 0, u32(session_id))]


def test_corrupted_frames_differ_in_one_bit_and_leave_nothing_staged(
    bench: Desk,
) -> None:
    talk = Conversation().connect()
    written = bytearray(talk.request(0x04, program(1, 50_000)))
    written[16] ^= 1
    talk.silence(bytes(written))
    talk.say(0x04, program(1, 50_000), u32(77) + program(1, 50_000))
    commit = bytearray(talk.request(0x05, u32(77)))
    commit[-1] ^= 1
    talk.silence(bytes(commit)).open()
    pump, port = connected(bench, talk)

    pump.send_corrupted_program(ml_per_day(1.2))

    port.finish()
    assert struct.unpack_from(">I", written, 13) == (50_001,)
    assert bench.count()[Kind.STIMULUS] == 2


def test_an_answer_to_a_corrupted_frame_is_a_finding_and_is_tidied_up(
    bench: Desk,
) -> None:
    talk = Conversation().connect()
    written = bytearray(talk.request(0x04, program(1, 50_000)))
    written[16] ^= 1
    talk.silence(bytes(written))
    talk.say(0x04, program(1, 50_000), u32(77) + program(1, 50_000))
    commit = bytearray(talk.request(0x05, u32(77)))
    commit[-1] ^= 1
    talk.say(0x05, u32(77), running(1, 1, 50_000))
    talk.script[-1] = Exchange(bytes(commit), talk.script[-1].answer)
    talk.open()
    pump, port = connected(bench, talk)

    with pytest.raises(LinkViolation, match=r"check value is wrong: Committed"):
        pump.send_corrupted_program(ml_per_day(1.2))

    port.finish()


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


def test_a_duration_must_be_whole(bench: Desk) -> None:
    pump, _ = connected(bench, Conversation().connect())

    with pytest.raises(ConfigurationError, match="no whole number of s"):
        pump.start_bolus(ml(0.1), ureg.Quantity(600.5, "s"), ml_per_day(1))
    with pytest.raises(ConfigurationError, match="no whole number of day"):
        pump.set_reservoir(ml(20), ml(2), days(180.5), days(90))


def test_the_rate_is_rounded_to_the_nearest_count(bench: Desk) -> None:
    talk = Conversation().connect()
    talk.say(0x04, program(1, 41_667), u32(77) + program(1, 41_667))
    talk.say(0x05, u32(77), running(1, 1, 41_667))
    pump, _ = connected(bench, talk)

    rate = pump.start_continuous(ml_per_day(1.0))

    assert rate.to("nL/hour").magnitude == 41_667


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


def test_what_waited_before_the_connection_is_journalled_and_dropped(
    bench: Desk,
) -> None:
    port = PumpPort(bench.clock, Conversation().connect().script)
    port.incoming = [frame(0x83, 1, SERIAL, u32(5) + status())]
    pump = ItbPump("pump", bench.tap("pump", port), bench.clock, bench.recorder)

    pump.connect()

    first = bench.records(Kind.EXCHANGE)[0]
    assert (first.fields["sent"], str(first.fields["received"])[:4]) == ("", "d5b2")


def test_close_releases_the_line(bench: Desk) -> None:
    pump, port = connected(bench, Conversation().connect())

    pump.close()

    assert port.closed
