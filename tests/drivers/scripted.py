"""Ports that play a script typed by hand, well behaved or not, and a real journal."""

from __future__ import annotations

import struct
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from harness.clock import NS_PER_MS, NS_PER_S, VirtualClock
from harness.evidence.journal import Journal
from harness.evidence.reader import read
from harness.evidence.recorder import Recorder
from harness.evidence.records import Kind, Record
from harness.ports.base import Port
from harness.ports.tap import Tap

START_NS = 1_767_225_600 * NS_PER_S


@dataclass(frozen=True, slots=True)
class Exchange:
    """What must be sent next, and the chunks that come back; none is silence.

    ``sent`` may be a function of the bytes that were really sent, which checks them and
    gives the answer.
    """

    sent: bytes | Callable[[bytes], bytes]
    answer: tuple[bytes, ...] = ()


class ScriptedPort:
    """Plays exchanges in order; anything else that is sent fails."""

    def __init__(self, clock: VirtualClock, script: list[Exchange]) -> None:
        self.clock = clock
        self.script = script
        self.incoming: list[bytes] = []
        self.closed = False

    def write(self, data: bytes) -> None:
        assert self.script, f"sent beyond the end of the script: {data!r}"
        exchange = self.script.pop(0)
        if callable(exchange.sent):
            answer: tuple[bytes, ...] = (exchange.sent(data),)
        else:
            assert data == exchange.sent, f"{data!r} sent, {exchange.sent!r} expected"
            answer = exchange.answer
        self.clock.advance_to(self.clock.now_ns() + 5 * NS_PER_MS)
        for chunk in answer:
            self.incoming += self.chunks(chunk)

    def chunks(self, answer: bytes) -> list[bytes]:
        """Return the pieces in which an answer arrives."""
        return [answer]

    def read(self, deadline_ns: int) -> bytes:
        if self.incoming and self.incoming[0]:
            self.clock.advance_to(self.clock.now_ns() + NS_PER_MS // 10)
            return self.incoming.pop(0)
        if self.incoming:
            self.incoming.pop(0)  # an empty chunk: silence until the deadline
        self.clock.sleep_until(deadline_ns)
        return b""

    def read_waiting(self) -> bytes:
        waiting, self.incoming = b"".join(self.incoming), []
        return waiting

    def has_waiting(self) -> bool:
        return bool(self.incoming)

    def close(self) -> None:
        self.closed = True

    def finish(self) -> None:
        """Fail when a line of the script or a received byte is left over."""
        assert not self.script, f"never sent: {self.script}"
        assert not self.incoming, f"never read: {self.incoming}"


class ByteByByte(ScriptedPort):
    """Delivers single bytes."""

    def chunks(self, answer: bytes) -> list[bytes]:
        return [answer[i : i + 1] for i in range(len(answer))]


@dataclass
class Desk:
    """A clock and a journal, for drivers under test."""

    folder: Path
    clock: VirtualClock
    recorder: Recorder
    ports: list[ScriptedPort] = field(default_factory=list)

    def tap(self, name: str, port: Port) -> Tap:
        return Tap(name, port, self.clock, self.recorder)

    def records(self, kind: Kind) -> list[Record]:
        return [record for record in read(self.folder) if record.kind is kind]

    def count(self) -> Counter[Kind]:
        return Counter(record.kind for record in read(self.folder))


@contextmanager
def desk(folder: Path) -> Iterator[Desk]:
    clock = VirtualClock(START_NS)
    with Journal(folder / "run") as journal:
        yield Desk(folder / "run", clock, Recorder(journal, clock))


def frame(type_: int, sequence: int, serial: int, payload: bytes) -> bytes:
    """A frame of the pump link, by its description and by nothing of ours."""
    body = struct.pack(">BBHIH", 1, type_, sequence, serial, len(payload)) + payload
    return b"\xd5\xb2" + body + struct.pack(">I", zlib.crc32(body))
