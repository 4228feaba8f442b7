"""Sessions, repetition, damaged frames and power loss on the pump twin's line."""

import struct
from zlib import crc32

from drivers.sim.pump_twin import PumpTwin
from protocols.pump_link.frame import BROADCAST_SERIAL, Frame
from protocols.pump_link.messages import EXCHANGES
from protocols.pump_link.replies import AlarmNotice
from protocols.pump_link.requests import (
    ClearAlarms,
    Commit,
    GetClock,
    GetStatus,
    OpenSession,
    WriteProgram,
)
from protocols.pump_link.vocabulary import (
    AlarmFlag,
    LogEvent,
    NakCode,
    PumpMode,
)
from tests.drivers.sim.pump_twin_host import (
    CLOCK_AT_START_S,
    EXACT,
    START_NS,
    Host,
    S,
)

NONE = AlarmFlag(0)
SERIAL = EXACT.serial


def raw(code: int, sequence: int, payload: bytes = b"", serial: int = SERIAL) -> bytes:
    body = struct.pack(">BBHIH", 1, code, sequence, serial, len(payload)) + payload
    return b"\xd5\xb2" + body + struct.pack(">I", crc32(body))


def test_speaks_bytes_made_by_hand() -> None:
    twin = PumpTwin(EXACT, Host().mechanism, 1, START_NS)
    twin.receive(START_NS, raw(0x01, 5, struct.pack(">I", 99)))
    twin.receive(START_NS + 250 * S // 1000, raw(0x0E, 6))
    opened, clock = twin.take_output()
    assert opened == (START_NS, raw(0x81, 5, struct.pack(">II", 0, 99)))
    payload = struct.pack(">II", 250, CLOCK_AT_START_S)
    assert clock == (START_NS + 250 * S // 1000, raw(0x8E, 6, payload))


def test_a_link_cut_between_write_and_commit_leaves_nothing() -> None:
    host = Host()
    host.infuse(5_000)
    token = host.ask(WriteProgram(PumpMode.CONTINUOUS, 900_000, 0, 0)).token
    host.open()
    assert host.refused(Commit(token)).code is NakCode.BAD_TOKEN
    assert host.status().rate_nl_per_h == 5_000


def test_a_retransmitted_commit_acts_once() -> None:
    host = Host()
    token = host.ask(WriteProgram(PumpMode.BOLUS, 0, 7_000, 60)).token
    commit = host.session.request(Commit(token))
    first = host.send(commit)
    host.run_for(61 * S)
    assert host.send(commit) == first
    assert host.status().mode is PumpMode.STOPPED
    assert len(host.mechanism.speeds) == 2


def test_requests_before_a_session_are_refused() -> None:
    twin = PumpTwin(EXACT, Host().mechanism, 1, START_NS)
    for exchange in EXCHANGES[1:]:
        twin.receive(START_NS, raw(exchange.code, 1))
        ((_, data),) = twin.take_output()
        nak = struct.pack(">IBBBII", 0, exchange.code, 3, 0, 0, 0)
        assert data == raw(0xFF, 1, nak)


def test_unknown_type_bad_length_and_bad_sequence_are_refused() -> None:
    host = Host()
    for sequence, code, payload, reason in [
        (100, 0x2F, b"", NakCode.UNKNOWN_TYPE),
        (101, 0x03, b"\0", NakCode.BAD_LENGTH),
        (101, 0x03, b"", NakCode.BAD_SEQUENCE),
        (99, 0x03, b"", NakCode.BAD_SEQUENCE),
    ]:
        (frame,) = host.send(raw(code, sequence, payload))
        assert (frame.type, frame.payload[4:6]) == (0xFF, bytes([code, reason]))


def test_damaged_and_foreign_frames_get_silence() -> None:
    host = Host()
    stop = raw(0x06, 50)
    host.infuse(5_000)
    for place in range(len(stop) * 8):
        damaged = bytearray(stop)
        damaged[place // 8] ^= 1 << place % 8
        assert host.send(bytes(damaged)) == []
        host.run_for(S)
    assert host.send(raw(0x06, 51, serial=SERIAL + 1)) == []
    assert host.send(raw(0x06, 51, serial=BROADCAST_SERIAL)) == []
    assert host.status().rate_nl_per_h == 5_000


def test_any_pump_answers_a_broadcast_for_its_identity() -> None:
    host = Host()
    (frame,) = host.send(raw(0x02, 60, serial=BROADCAST_SERIAL))
    assert (frame.type, frame.serial) == (0x82, SERIAL)


def test_bytes_may_come_one_by_one() -> None:
    host = Host()
    answers: list[Frame] = []
    for byte in raw(0x03, 70):
        answers += host.send(bytes([byte]))
        host.now_ns += 99_000_000
    assert [frame.type for frame in answers] == [0x83]


def test_a_frame_hidden_by_a_corrupted_length_is_answered_after_the_gap() -> None:
    host = Host()
    header = bytearray(raw(0x03, 70)[:12])
    header[-1] = 200
    assert host.send(bytes(header) + raw(0x0E, 71)) == []
    assert host.twin.next_event_ns() == START_NS + 100_000_000
    host.twin.advance(START_NS + 100_000_000)
    ((t_ns, data),) = host.twin.take_output()
    assert (t_ns, data[3]) == (START_NS + 100_000_000, 0x8E)


def test_a_power_cycle_keeps_the_program_and_loses_what_was_staged() -> None:
    host = Host()
    host.refill(40_000_000)
    host.infuse(10_000)
    token = host.ask(WriteProgram(PumpMode.CONTINUOUS, 5_000, 0, 0)).token
    host.run_for(3600 * S)
    before = host.status()
    host.power_cycle()
    assert host.notices == [
        (3602 * S, AlarmNotice(2_000, AlarmFlag.RESET, AlarmFlag.RESET, NONE))
    ]
    assert host.refused(GetStatus()).code is NakCode.NO_SESSION
    host.open()
    after = host.status()
    assert (after.uptime_ms, after.mode) == (2_000, PumpMode.CONTINUOUS)
    assert (after.rate_nl_per_h, after.alarms) == (10_000, AlarmFlag.RESET)
    assert after.delivered_nl == before.delivered_nl
    assert after.reservoir_nl == before.reservoir_nl == 39_990_000
    assert host.refused(Commit(token)).code is NakCode.BAD_TOKEN
    assert host.ask(GetClock()).clock_s == CLOCK_AT_START_S + 3602
    reset = host.log()[2]
    assert (reset.event, reset.detail) == (LogEvent.RESET, 3_600_000)
    assert host.ask(ClearAlarms(AlarmFlag.RESET)).active == 0


def test_a_new_session_repeats_no_answer() -> None:
    host = Host()
    request = host.session.request(GetStatus())
    host.send(request)
    host.send(host.session.request(OpenSession(8)))
    host.run_for(S)
    (frame,) = host.send(request)
    assert (frame.type, frame.payload[5]) == (0xFF, NakCode.BAD_SEQUENCE)


def test_a_power_cycle_in_the_middle_of_a_frame_loses_the_frame() -> None:
    host = Host()
    host.acknowledges = False
    stop = raw(0x06, 50)
    host.send(stop[:9])
    host.power_cycle()
    assert host.send(stop[9:]) == []
