"""The pump's link: repetition, sessions, and what is not believed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.itb_pump import ItbPump
from harness.clock import NS_PER_MS, NS_PER_S
from harness.errors import CommandRefused, InstrumentSilent, LinkViolation
from harness.evidence.records import Kind
from harness.readings import Alarm
from tests.drivers.pump_script import (
    SERIAL,
    AnsweredTwice,
    Conversation,
    PumpPort,
    ReplyLost,
    connected,
    notice,
    status,
    u32,
)
from tests.drivers.scripted import Desk, Exchange, desk, frame


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path) as here:
        yield here


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
    talk.script += [Exchange(talk.request(0x03, b""), (b"U",) * 11_000)] * 6
    pump, _ = connected(bench, talk)

    with pytest.raises(InstrumentSilent, match="sent 6 times"):
        pump.read_status()


def test_a_damaged_answer_is_asked_for_more_often_than_silence(bench: Desk) -> None:
    talk = Conversation().connect().say(0x03, b"", status())
    asked, (reply,) = talk.script[-1].sent, talk.script[-1].answer
    damaged = reply[:20] + bytes([reply[20] ^ 1]) + reply[21:]
    turns = ((damaged,), (), (damaged,), (damaged,), (), (reply,))
    talk.script[-1:] = [Exchange(asked, turn) for turn in turns]
    pump, port = connected(bench, talk)

    assert pump.read_status().battery_mv == 2_900

    port.finish()
    assert bench.count()[Kind.RETRY] == 5
    assert bench.count()[Kind.REJECTION] == 3


def test_an_answer_after_half_a_frame_needs_no_repetition(bench: Desk) -> None:
    talk = Conversation().connect().say(0x03, b"", status())
    asked, (reply,) = talk.script[-1].sent, talk.script[-1].answer
    talk.script[-1] = Exchange(asked, (reply[:9], b"", reply))
    pump, port = connected(bench, talk)

    assert pump.read_status().battery_mv == 2_900

    port.finish()
    assert bench.count()[Kind.RETRY] == 0


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


def test_no_session_id_comes_from_a_second_look_at_the_clock(bench: Desk) -> None:
    sent: list[bytes] = []

    def note(data: bytes) -> bytes:
        sent.append(data)
        raise LookupError

    port = PumpPort(bench.clock, [Exchange(note)])
    pump = ItbPump("pump", bench.tap("pump", port), bench.clock, bench.recorder)
    with pytest.raises(LookupError):
        pump.connect()

    assert sent == [frame(0x01, 0, 0, u32(1))]


def test_what_waited_before_the_connection_is_journalled_and_dropped(
    bench: Desk,
) -> None:
    port = PumpPort(bench.clock, Conversation().connect().script)
    port.incoming = [frame(0x83, 1, SERIAL, u32(5) + status())]
    pump = ItbPump("pump", bench.tap("pump", port), bench.clock, bench.recorder)

    pump.connect()

    first = bench.records(Kind.EXCHANGE)[0]
    assert (first.fields["sent"], str(first.fields["received"])[:4]) == ("", "d5b2")
