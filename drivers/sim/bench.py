"""The simulated bench: devices on lines, in one world, on one virtual clock.

Devices act in the order of time: before bytes reach one of them, or before anybody
reads, everything that was due until then has happened to all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Self

from drivers.sim.contracts import FAR, Device
from drivers.sim.handlers import protocol_sim
from drivers.sim.line import Line
from drivers.sim.world import World
from harness.clock import VirtualClock
from harness.errors import ConfigurationError
from harness.ports.base import LineSettings


class Wire:
    """One device and its line; the far end of ``sim://<name>``.

    Args:
        bench: to which it belongs.
        device: at the far end.
        line: between.

    Attributes:
        device: as given.
        line: as given.
        due_ns: when the device may next act by itself.
    """

    __slots__ = ("_bench", "_clock", "device", "due_ns", "line")

    def __init__(self, bench: SimulatedBench, device: Device, line: Line) -> None:
        self._bench = bench
        self._clock = bench.clock
        self.device = device
        self.line = line
        self.due_ns = device.next_event_ns()

    def open(self) -> None:
        """Lose what had arrived before anybody listened."""
        self.take(self.waiting())

    def write(self, data: bytes) -> None:
        """Send ``data`` to the device."""
        self._bench.deliver(self, data)

    def waiting(self) -> int:
        """Return how many characters have arrived and were not read."""
        return self.line.waiting(self._clock.now_ns())

    def take(self, size: int) -> bytes:
        """Return at most ``size`` characters of those, without waiting."""
        return self.line.read(self._clock.now_ns(), size)

    def wait(self, deadline_ns: int) -> None:
        """Let time pass until more characters arrive, or until the deadline."""
        self._bench.run(deadline_ns, self.line.next_arrival_ns)

    def now_ns(self) -> int:
        """Return the bench time."""
        return self._clock.now_ns()

    def collect(self) -> None:
        """Put what the device sent on the line, and ask when it will act next."""
        for t_ns, data in self.device.take_output():
            self.line.send(t_ns, data)
        self.due_ns = self.device.next_event_ns()


class SimulatedBench:
    """A world with devices on lines. As a context manager it opens ``sim://`` names.

    Args:
        clock: which the bench moves, and which asks it for the next unasked byte.
        world: that the devices share.
        devices: device and line settings by endpoint name.

    Attributes:
        clock: as given.
        world: as given.
        wires: device and line by endpoint name.
    """

    def __init__(
        self,
        clock: VirtualClock,
        world: World,
        devices: Mapping[str, tuple[Device, LineSettings]],
    ) -> None:
        self.clock = clock
        self.world = world
        self.wires = {
            name: Wire(self, device, Line(settings))
            for name, (device, settings) in devices.items()
        }
        self._wires = tuple(self.wires.values())
        self._lines = tuple(wire.line for wire in self._wires)
        self._registered: list[str] = []
        self._due_ns = FAR
        self._settle()

    def __enter__(self) -> Self:
        protocol_sim.install()
        try:
            for name, wire in self.wires.items():
                protocol_sim.register(name, wire)
                self._registered.append(name)
        except ConfigurationError:
            self.close()
            raise
        self.clock.attach(self.next_byte_ns)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Take back the ``sim://`` names."""
        while self._registered:
            protocol_sim.unregister(self._registered.pop())

    def deliver(self, wire: Wire, data: bytes) -> None:
        """Send ``data`` to a device; the clock moves by the line time."""
        arrival_ns = wire.line.write(self.clock.now_ns(), data)
        self.run(arrival_ns)
        revision = self.world.revision
        device = wire.device
        device.advance(arrival_ns)
        device.receive(arrival_ns, data)
        if self.world.revision != revision:
            self._advance(arrival_ns)
        else:
            wire.collect()
            self._due_ns = min([other.due_ns for other in self._wires])

    def next_event_ns(self) -> int:
        """Return when a device may act or a character arrives next; FAR if never."""
        arrivals = [line.next_arrival_ns() for line in self._lines]
        return min([self._due_ns, *arrivals])

    def run(self, deadline_ns: int, arrival_ns: Callable[[], int] = lambda: FAR) -> int:
        """Let time pass until a deadline, or until the arrival that is asked for.

        Returns:
            The bench time, which is the clock's.
        """
        while True:
            until_ns = min(deadline_ns, arrival_ns())
            if self._due_ns > until_ns:
                self.clock.advance_to(until_ns)
                return until_ns
            self._advance(self._due_ns)

    def next_byte_ns(self, deadline_ns: int) -> int:
        """Return when the first byte after now arrives on any line, or the deadline."""
        now_ns = self.clock.now_ns()
        return self.run(
            deadline_ns,
            lambda: min([line.first_arrival_after(now_ns) for line in self._lines]),
        )

    def _advance(self, t_ns: int) -> None:
        """Let every device act, again while one of them has changed the world."""
        revision = -1
        while revision != self.world.revision:
            revision = self.world.revision
            for wire in self._wires:
                wire.device.advance(t_ns)
        self._settle()

    def _settle(self) -> None:
        for wire in self._wires:
            wire.collect()
        self._due_ns = min((wire.due_ns for wire in self._wires), default=FAR)
