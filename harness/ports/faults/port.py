"""A port whose line is faulty."""

from __future__ import annotations

from typing import Final

from harness.clock import NS_PER_S, Clock
from harness.errors import PortFault
from harness.ports.base import LastingPort, LineSettings
from harness.ports.faults.chance import Chance
from harness.ports.faults.coming import Coming
from harness.ports.faults.damage import damaged
from harness.ports.faults.fault import FaultKind, LineFault, LineFaults, Toward

# A line that babbles is read in pieces of so many characters.
_BABBLED: Final = 64
_BITS_A_CHARACTER: Final = 10


class FaultyPort:
    """A :class:`~harness.ports.base.LastingPort` over another one, with its faults.

    What is written and read still goes through that port; every delay is bench time.
    All chances come from the seed, the name and the number of bytes before.

    Args:
        name: what messages call the instrument.
        port: the sound one.
        line: how it is set.
        clock: of the bench.
        faults: what is wrong.
    """

    def __init__(
        self,
        name: str,
        port: LastingPort,
        line: LineSettings,
        clock: Clock,
        faults: LineFaults,
    ) -> None:
        self._name = name
        self._port = port
        self._line = line
        self._clock = clock
        self._faults = faults.faults
        self._begin_ns = clock.now_ns()
        labels = list(enumerate(faults.faults))
        self._received = {f: Chance(faults.seed, name, "<", str(n)) for n, f in labels}
        self._sent = {f: Chance(faults.seed, name, ">", str(n)) for n, f in labels}
        self._coming = Coming(self._received)
        self._disconnections: dict[LineFault, int] = {}
        self._back_ns: int | None = None
        self._is_away = False

    @property
    def is_lost(self) -> bool:
        """Whether the wire has failed since it was last opened."""
        return self._is_away or self._port.is_lost

    def write(self, data: bytes) -> None:
        self._require_plugged()
        for fault in self._active(FaultKind.DISCONNECTED):
            if self._is_pulled(fault):
                self._pull(fault)
        for fault in self._active():
            if fault.toward is not Toward.HOST:
                chance = self._sent[fault]
                data = damaged(data, fault, chance, self._line, is_sent=True)
        if data:
            self._port.write(data)

    def read(self, deadline_ns: int) -> bytes:
        self._require_plugged()
        while True:
            if stuck := self._active(FaultKind.STUCK):
                return self._babble(stuck[0], deadline_ns)
            if data := self._coming.take(self._clock.now_ns()):
                return data
            self._receive(self._port.read(self._coming.next_ns(deadline_ns)))
            if self._clock.now_ns() >= deadline_ns:
                return self._coming.take(self._clock.now_ns())

    def read_waiting(self) -> bytes:
        self._require_plugged()
        self._receive(self._port.read_waiting())
        if stuck := self._active(FaultKind.STUCK):
            return bytes([stuck[0].byte])
        return self._coming.take(self._clock.now_ns())

    def has_waiting(self) -> bool:
        """Tell whether anything has come, or is late and will: a read waits for it."""
        self._require_plugged()
        if self._active(FaultKind.STUCK):
            return True
        self._receive(self._port.read_waiting())
        return bool(self._coming) or self._port.has_waiting()

    def close(self) -> None:
        self._port.close()

    def reopen(self) -> None:
        now_ns = self._clock.now_ns()
        if self._is_away and (self._back_ns is None or now_ns < self._back_ns):
            raise PortFault(
                f"{self._name}: its port is away, as [instrument.line_faults] asks;"
                " wait until it is back, or remove that fault"
            )
        self._port.reopen()
        self._coming.clear()
        self._is_away = False

    def _active(self, kind: FaultKind | None = None) -> list[LineFault]:
        """The faults that hold now, or those of one kind."""
        elapsed_ns = self._clock.now_ns() - self._begin_ns
        return [
            fault
            for fault in self._faults
            if kind in (None, fault.kind) and fault.is_active(elapsed_ns)
        ]

    def _receive(self, data: bytes) -> None:
        """Let what a sound line has brought come as the faulty one brings it."""
        active = self._active() if data else ()
        for fault in active:
            if fault.toward is not Toward.INSTRUMENT:
                data = damaged(data, fault, self._received[fault], self._line)
        if data:
            self._coming.add(self._clock.now_ns(), data, active)

    def _babble(self, stuck: LineFault, deadline_ns: int) -> bytes:
        """Let a piece of the same byte pass, at the speed of the line."""
        self._port.read_waiting()
        self._coming.clear()
        character_ns = _BITS_A_CHARACTER * NS_PER_S // self._line.baud
        begin_ns = self._clock.now_ns()
        end_ns = min(deadline_ns, begin_ns + _BABBLED * character_ns)
        count = (self._clock.sleep_until(end_ns) - begin_ns) // character_ns
        return bytes([stuck.byte]) * max(1, min(count, _BABBLED))

    def _is_pulled(self, fault: LineFault) -> bool:
        is_left = self._disconnections.get(fault, 0) < fault.times
        return is_left and self._sent[fault].hits(fault.rate)

    def _pull(self, fault: LineFault) -> None:
        self._disconnections[fault] = self._disconnections.get(fault, 0) + 1
        self._is_away = True
        back_ns = self._clock.now_ns() + fault.by_ns
        self._back_ns = None if fault.is_elsewhere else back_ns
        self._coming.clear()
        self._require_plugged()

    def _require_plugged(self) -> None:
        if self._is_away:
            raise PortFault(
                f"{self._name}: its port was lost, as [instrument.line_faults] asks;"
                " the run waits for it, or remove that fault"
            )
