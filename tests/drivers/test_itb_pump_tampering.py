"""Damage, repetition and noise on the pump's line, byte by byte."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.itb_pump.disturbed_link import noise
from harness.errors import CommandRefused, InstrumentSilent, LinkViolation
from harness.evidence.records import Kind
from protocols.pump_link.frame import Frame, FrameReader
from tests.drivers.pump_script import (
    SERIAL,
    Conversation,
    connected,
    ml,
    ml_per_day,
    program,
    running,
    seconds,
    status,
    u32,
)
from tests.drivers.scripted import Desk, Exchange, desk, frame


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path) as here:
        yield here


def damaged_bytes(
    talk: Conversation, type_: int, body: bytes, answer: bytes | None = None
) -> None:
    """A request four times, each with a bit of another byte of its check value.

    The answer, where there is one, is that to the first.
    """
    for byte in (-1, -2, -3, -4):
        request = bytearray(talk.request(type_, body))
        request[byte] ^= 1
        if answer is None or byte != -1:
            talk.silence(bytes(request))
            continue
        talk.say(type_, body, answer)
        talk.script[-1] = Exchange(bytes(request), talk.script[-1].answer)


def test_corrupted_frames_differ_in_one_bit_and_leave_nothing_staged(
    bench: Desk,
) -> None:
    talk = Conversation().connect()
    written = bytearray(talk.request(0x04, program(1, 50_000)))
    written[16] ^= 1
    talk.silence(bytes(written))
    talk.say(0x04, program(1, 50_000), u32(77) + program(1, 50_000))
    damaged_bytes(talk, 0x05, u32(77))
    damaged_bytes(talk, 0x06, b"")
    talk.open()
    pump, port = connected(bench, talk)

    pump.send_corrupted_program(ml_per_day(1.2))

    port.finish()
    assert struct.unpack_from(">I", written, 13) == (50_001,)
    assert bench.count()[Kind.STIMULUS] == 3


def test_an_answer_to_a_corrupted_frame_is_a_finding_and_is_tidied_up(
    bench: Desk,
) -> None:
    talk = Conversation().connect()
    written = bytearray(talk.request(0x04, program(1, 50_000)))
    written[16] ^= 1
    talk.silence(bytes(written))
    talk.say(0x04, program(1, 50_000), u32(77) + program(1, 50_000))
    damaged_bytes(talk, 0x05, u32(77), running(1, 1, 50_000))
    damaged_bytes(talk, 0x06, b"")
    talk.open()
    pump, port = connected(bench, talk)

    with pytest.raises(LinkViolation, match=r"check value is wrong: Committed"):
        pump.send_corrupted_program(ml_per_day(1.2))

    port.finish()


BOLUS = program(2, 50_000, 100_000, 600)


def again(talk: Conversation, answer: bytes = b"") -> None:
    """The last request again, answered alike or otherwise."""
    last = talk.script[-1]
    talk.script.append(Exchange(last.sent, (answer,) if answer else last.answer))


def repeated_bolus(late: bytes | None = None) -> Conversation:
    """Each frame twice, and at the end the commit in a sequence of the past."""
    talk = Conversation().connect()
    talk.say(0x04, BOLUS, u32(77) + BOLUS)
    again(talk)
    commit = talk.request(0x05, u32(77))
    talk.say(0x05, u32(77), running(2, 1, 50_000))
    again(talk)
    talk.say(0x03, b"", status(mode=2))
    if late is None:
        late = refusal(talk, 0x05, code=9, field=16)
    talk.script.append(Exchange(commit, (late,) if late else ()))
    return talk


def refusal(talk: Conversation, type_: int, code: int, field: int) -> bytes:
    """A refusal of the commit, whose sequence is one behind the status report's."""
    body = struct.pack(">IBBBII", talk.uptime_ms, type_, code, field, 0, 0)
    return frame(0xFF, talk.sequence - 2, SERIAL, body)


def test_a_repeated_bolus_sends_the_same_bytes_and_one_of_the_past(
    bench: Desk,
) -> None:
    pump, port = connected(bench, repeated_bolus())

    pump.send_repeated_bolus(ml(0.1), seconds(600), ml_per_day(1.2))

    port.finish()
    (intent,) = bench.records(Kind.INTENT)
    assert intent.fields["details"] == {
        "bolus_nl": 100_000,
        "bolus_duration_s": 600,
        "then_nl_per_h": 50_000,
    }
    assert bench.count()[Kind.STIMULUS] == 1
    assert bench.count()[Kind.REJECTION] == 0
    sent = [str(record.fields["sent"]) for record in bench.records(Kind.EXCHANGE)]
    staged, staged_again, commit, commit_again, _, late = sent[3:]
    assert staged == staged_again
    assert commit == commit_again == late


def test_silence_on_a_repetition_is_no_new_action(bench: Desk) -> None:
    pump, port = connected(bench, repeated_bolus(late=b""))

    pump.send_repeated_bolus(ml(0.1), seconds(600), ml_per_day(1.2))

    port.finish()


@pytest.mark.parametrize(
    ("type_", "body"),
    [
        (0x85, u32(9_999) + running(2, 1, 50_000)),
        (0xFF, u32(9_999) + struct.pack(">BBBII", 5, 5, 6, 0, 0)),
    ],
)
def test_a_commit_of_the_past_that_is_acted_upon_is_found_out(
    bench: Desk, type_: int, body: bytes
) -> None:
    talk = repeated_bolus()
    late = frame(type_, talk.sequence - 2, SERIAL, body)
    talk.script[-1] = Exchange(talk.script[-1].sent, (late,))
    pump, port = connected(bench, talk)

    with pytest.raises(LinkViolation, match=r"for a new one: (Committed|Nak)"):
        pump.send_repeated_bolus(ml(0.1), seconds(600), ml_per_day(1.2))

    port.finish()


def test_a_pump_that_commits_a_repetition_anew_is_found_out(bench: Desk) -> None:
    talk = repeated_bolus()
    first, second = talk.script[-4], talk.script[-3]
    assert first == second
    body = u32(9_999) + running(2, 1, 50_000)
    anew = frame(0x85, talk.sequence - 2, SERIAL, body)
    talk.script[-3] = Exchange(second.sent, (anew,))
    pump, port = connected(bench, talk)

    with pytest.raises(LinkViolation, match=r"new one: Committed\(uptime_ms=9999"):
        pump.send_repeated_bolus(ml(0.1), seconds(600), ml_per_day(1.2))

    port.finish()


def test_a_pump_that_stages_a_repetition_anew_is_found_out_behind_its_bolus(
    bench: Desk,
) -> None:
    talk = Conversation().connect()
    talk.say(0x04, BOLUS, u32(77) + BOLUS)
    anew = frame(0x84, talk.sequence - 1, SERIAL, u32(1_175, 78) + BOLUS)
    again(talk, anew)
    commit = talk.request(0x05, u32(78))
    talk.say(0x05, u32(78), running(2, 1, 50_000))
    again(talk)
    talk.say(0x03, b"", status(mode=2))
    talk.script.append(Exchange(commit, (refusal(talk, 0x05, code=9, field=16),)))
    pump, port = connected(bench, talk)

    with pytest.raises(LinkViolation, match=r"new one: ProgramStaged\(.*token=78"):
        pump.send_repeated_bolus(ml(0.1), seconds(600), ml_per_day(1.2))

    port.finish()


def test_a_repeated_bolus_that_was_misunderstood_is_not_committed(
    bench: Desk,
) -> None:
    talk = Conversation().connect()
    talk.say(0x04, BOLUS, u32(77) + program(2, 50_000, 100_001, 600))
    again(talk)
    pump, port = connected(bench, talk)

    with pytest.raises(LinkViolation, match="nothing was committed"):
        pump.send_repeated_bolus(ml(0.1), seconds(600), ml_per_day(1.2))

    port.finish()


def test_a_rate_is_staged_and_never_committed(bench: Desk) -> None:
    talk = Conversation().connect()
    talk.say(0x04, program(1, 50_000), u32(77) + program(1, 50_000))
    talk.nak(0x04, program(1, 50_000), 4, 3, 2_000, 10_000)
    pump, port = connected(bench, talk)

    pump.stage_without_commit(ml_per_day(1.2))
    with pytest.raises(CommandRefused):
        pump.stage_without_commit(ml_per_day(1.2))

    port.finish()
    assert bench.count()[Kind.STIMULUS] == 2


def test_a_bolus_is_staged_and_never_committed(bench: Desk) -> None:
    talk = Conversation().connect().say(0x04, BOLUS, u32(77) + BOLUS)
    pump, port = connected(bench, talk)

    pump.stage_bolus_without_commit(ml(0.1), seconds(600), ml_per_day(1.2))

    port.finish()
    (intent,) = bench.records(Kind.INTENT)
    assert intent.fields["details"] == {
        "bolus_nl": 100_000,
        "bolus_duration_s": 600,
        "then_nl_per_h": 50_000,
    }
    assert bench.count()[Kind.STIMULUS] == 1


def test_noise_is_journalled_and_the_line_still_works(bench: Desk) -> None:
    talk = Conversation().connect().say(0x03, b"", status())
    talk.script.append(Exchange(noise(100)))
    talk.say(0x03, b"", status())
    pump, port = connected(bench, talk)

    pump.send_noise(100)

    port.finish()
    (stimulus,) = bench.records(Kind.STIMULUS)
    assert stimulus.fields["action"] == "100 bytes of noise are sent"
    assert bench.records(Kind.EXCHANGE)[-2].fields["sent"] == noise(100).hex()


def test_a_pump_that_answers_noise_is_found_out(bench: Desk) -> None:
    talk = Conversation().connect().say(0x03, b"", status())
    answer = frame(0xFF, 77, SERIAL, struct.pack(">IBBBII", 1_300, 9, 1, 0, 0, 0))
    talk.script.append(Exchange(noise(64), (answer,)))
    talk.uptime_ms += 1_000
    talk.say(0x03, b"", status())
    pump, port = connected(bench, talk)

    with pytest.raises(LinkViolation, match="answered noise"):
        pump.send_noise(64)

    port.finish()


def test_a_pump_that_freezes_on_noise_is_found_out(bench: Desk) -> None:
    talk = Conversation().connect().say(0x03, b"", status())
    talk.script.append(Exchange(noise(64)))
    talk.script += [Exchange(talk.request(0x03, b""))] * 3
    pump, port = connected(bench, talk)

    with pytest.raises(LinkViolation, match=r"behind 64 bytes of noise.*GET_STATUS"):
        pump.send_noise(64)

    port.finish()


def test_a_pump_that_was_silent_before_the_noise_is_no_finding(bench: Desk) -> None:
    talk = Conversation().connect()
    talk.script += [Exchange(talk.request(0x03, b""))] * 3
    pump, port = connected(bench, talk)

    with pytest.raises(InstrumentSilent):
        pump.send_noise(64)

    port.finish()


def test_noise_is_long_enough_and_no_frame() -> None:
    data = noise(100_001)

    assert len(data) == 100_001
    assert data[:4].hex() == "af5570f5", "SHA-256 of eight zero bytes"
    assert data[:70] == noise(70)
    assert len(set(data)) == 256
    assert not any(isinstance(each, Frame) for each in FrameReader().feed(data))
    assert noise(0) == b""


def day_payload(day: int, *steps: tuple[int, int]) -> bytes:
    rows = b"".join(struct.pack(">HI", minute, rate) for minute, rate in steps)
    return bytes([day, len(steps)]) + rows


def test_a_week_of_too_many_steps_goes_out_as_it_is(bench: Desk) -> None:
    """Fourteen rows, of which the link's own declaration knows thirteen."""
    steps = [(minute, 25_000 if minute % 2 == 0 else 50_000) for minute in range(14)]
    talk = Conversation().connect()
    talk.nak(0x11, day_payload(0, *steps), 4, 18, 1, 13)
    talk.open()
    pump, port = connected(bench, talk)

    with pytest.raises(CommandRefused) as refused:
        pump.send_week([0, 1], range(14), ml_per_day(1.2))

    assert refused.value.field == "STEPS"
    port.finish()
    assert bench.count()[Kind.INTENT] == 1


def test_a_week_in_any_order_is_committed_if_the_pump_takes_it(bench: Desk) -> None:
    talk = Conversation().connect()
    for token, day in ((5, 1), (6, 0)):
        sent = day_payload(day, (0, 25_000), (720, 50_000))
        talk.say(0x11, sent, u32(token) + sent)
    talk.say(0x05, u32(6), running(3, 1, 25_000))
    talk.open()
    pump, port = connected(bench, talk)

    pump.send_week([1, 0], [0, 720], ml_per_day(1.2))

    port.finish()
