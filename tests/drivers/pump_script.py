"""A conversation with a pump, typed by hand from the description of its link."""

from __future__ import annotations

import struct

from drivers.itb_pump import ItbPump
from harness.clock import NS_PER_MS, VirtualClock
from harness.units import Quantity, ureg
from tests.drivers.scripted import Desk, Exchange, ScriptedPort, frame

SERIAL = 10_042
ACK = 0x41


class Conversation:
    """Numbers requests and lets the uptime rise by 50 ms from answer to answer."""

    def __init__(self, uptime_ms: int = 1000) -> None:
        self.script: list[Exchange] = []
        self.sequence = 0
        self.uptime_ms = uptime_ms
        self.serial = SERIAL

    def say(
        self, type_: int, payload: bytes, answer: bytes, answer_type: int = 0
    ) -> Conversation:
        """A request, and the answer without its uptime."""
        sent = self.request(type_, payload)
        self.uptime_ms = (self.uptime_ms + 50) % 2**32
        body = struct.pack(">I", self.uptime_ms) + answer
        reply = frame(answer_type or type_ | 0x80, self.sequence, SERIAL, body)
        self.script.append(Exchange(sent, (reply,)))
        self.sequence += 1
        return self

    def request(self, type_: int, payload: bytes) -> bytes:
        return frame(type_, self.sequence, self.serial, payload)

    def open(self, serial: int = SERIAL) -> Conversation:
        """OPEN_SESSION with any session id, which the answer repeats."""
        self.uptime_ms += 50
        uptime = struct.pack(">I", self.uptime_ms)

        def answer(sent: bytes) -> bytes:
            session_id = sent[12:16]
            assert sent == frame(0x01, 0, serial, session_id)
            return frame(0x81, 0, SERIAL, uptime + session_id)

        self.script.append(Exchange(answer))
        self.serial, self.sequence = serial, 1
        return self

    def connect(self) -> Conversation:
        """Find out which pump answers, and open a session with it."""
        self.open(serial=0)
        self.say(0x02, b"", identity())
        return self.open()

    def nak(
        self, type_: int, payload: bytes, code: int, field: int, low: int, high: int
    ) -> Conversation:
        refusal = struct.pack(">BBBII", type_, code, field, low, high)
        return self.say(type_, payload, refusal, answer_type=0xFF)

    def put(
        self, type_: int, payload: bytes, answer: bytes, run: bytes, told: bytes
    ) -> Conversation:
        """A programme staged, answered, committed and read back."""
        token = u32(70 + self.sequence)
        self.say(type_, payload, token + answer)
        return self.say(0x05, token, run).say(0x18, b"", told)

    def silence(self, sent: bytes) -> Conversation:
        """A frame that takes a sequence number and gets no answer."""
        self.script.append(Exchange(sent))
        self.sequence += 1
        return self


def identity() -> bytes:
    names = b"DB-ITB40".ljust(16, b"\0") + b"1.0.0".ljust(12, b"\0")
    return names + struct.pack(">IBIIII", SERIAL, 1, 40_000_000, 2_000, 10**6, 0x7F)


def status(mode: int = 1, state: int = 1, rate: int = 50_000, alarms: int = 0) -> bytes:
    return struct.pack(
        ">BBIQIIH", mode, state, rate, 698_949_921, 20_000_000, alarms, 2_900
    )


def program(mode: int, rate: int, bolus_nl: int = 0, duration_s: int = 0) -> bytes:
    return struct.pack(">BIII", mode, rate, bolus_nl, duration_s)


def running(mode: int, state: int, rate: int) -> bytes:
    return struct.pack(">BBI", mode, state, rate)


def in_force(
    mode: int,
    rate: int,
    bolus_nl: int = 0,
    duration_s: int = 0,
    period_s: int = 0,
    start_s: int = 0,
) -> bytes:
    """What GET_PROGRAM answers."""
    return struct.pack(">BIIIII", mode, rate, bolus_nl, duration_s, period_s, start_s)


def u32(*numbers: int) -> bytes:
    return struct.pack(f">{len(numbers)}I", *numbers)


def alarms(active: int, unacknowledged: int) -> bytes:
    return struct.pack(">IIHH", active, unacknowledged, 600, 3_600)


def notice(sequence: int, uptime_ms: int, active: int, raised: int) -> bytes:
    return frame(0x40, sequence, SERIAL, u32(uptime_ms, active, raised, 0))


def acknowledgement(sequence: int) -> bytes:
    return frame(ACK, sequence, SERIAL, struct.pack(">H", sequence))


class PumpPort(ScriptedPort):
    """Takes acknowledgements of alarms at any time, beside the script."""

    def __init__(self, clock: VirtualClock, script: list[Exchange]) -> None:
        super().__init__(clock, script)
        self.acknowledged: list[bytes] = []

    def write(self, data: bytes) -> None:
        if data[3] == ACK:
            self.acknowledged.append(data)
        else:
            super().write(data)


class PumpByteByByte(PumpPort):
    """Delivers single bytes, of which none has come before it is waited for."""

    def chunks(self, answer: bytes) -> list[bytes]:
        return [answer[i : i + 1] for i in range(len(answer))]

    def has_waiting(self) -> bool:
        return False


class GarbageFirst(PumpPort):
    """Noise before each answer, with a sync and a length that would swallow it."""

    def chunks(self, answer: bytes) -> list[bytes]:
        return [
            b"\x00\xffnoise" + b"\xd5\xb2\x01\x83" + bytes(7) + b"\xf0",
            answer,
            b"",
        ]


class ReplyLost(PumpPort):
    """Loses each answer once; the very same bytes must then come again."""

    _lost = b""

    def write(self, data: bytes) -> None:
        if data[3] != ACK and data != self._lost:
            self._lost = data
            self.clock.advance_to(self.clock.now_ns() + 5 * NS_PER_MS)
        else:
            super().write(data)


class AnsweredTwice(PumpPort):
    """Sends each answer again, late: before the next one, with its old sequence."""

    _earlier = b""

    def chunks(self, answer: bytes) -> list[bytes]:
        earlier, self._earlier = self._earlier, answer
        # An answer of an earlier session may not look like one of this.
        return [earlier + answer] if earlier[3:4] not in (b"", b"\x81") else [answer]


class AlarmFirst(PumpPort):
    """An alarm message between each request and its answer."""

    _sequence = 0

    def chunks(self, answer: bytes) -> list[bytes]:
        alarm = notice(self._sequence, 7, 1, 1)
        self._sequence += 1
        whole = alarm + answer
        return [whole[:20], whole[20:50], whole[50:]]


class AlarmInside(PumpPort):
    """An alarm message inside an answer, which that destroys; then the answer again."""

    _spoilt = b""

    def write(self, data: bytes) -> None:
        if data[3] == ACK or data == self._spoilt:
            super().write(data)
            return
        self._spoilt = data
        self.clock.advance_to(self.clock.now_ns() + 5 * NS_PER_MS)
        broken = frame(data[3] | 0x80, 0, SERIAL, bytes(9))
        self.incoming.append(broken[:14] + notice(0, 7, 1, 1) + broken[14:])


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


def seconds(value: float) -> Quantity:
    return ureg.Quantity(value, "s")


def days(value: float) -> Quantity:
    return ureg.Quantity(value, "day")


def log_entry(index: int, event: int, detail: int) -> bytes:
    return struct.pack(">IIIBI", index, 800_000_000 + index, 10 * index, event, detail)
