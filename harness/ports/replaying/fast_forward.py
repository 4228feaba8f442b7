"""Follows a record to its end, and from there on is the bench itself.

A case that broke off is run again from its beginning, in one thread: what it asks is
answered from the record until the record is at its end; what it asks then goes to the
live port. So its drivers, its samples and its place in the procedure are as they were.
"""

from __future__ import annotations

from collections.abc import Callable

from harness.clock import Clock
from harness.ports.base import Port
from harness.ports.replaying.clock import ReplayClock
from harness.ports.replaying.play import Play
from harness.ports.replaying.tape import Section
from harness.ports.replaying.wire import RecordedWire

_ALL = 2**31


class FastForward:
    """The clock of a bench that follows a record first.

    Args:
        section: what was recorded, up to where it broke off.
        live: the bench's clock from then on; it is not behind the record.
        on_live: called once, before the first thing that is not recorded.
        late_ns: as for `ReplayClock`.

    Attributes:
        is_live: whether the record is at its end, and the bench has taken over.
    """

    def __init__(
        self,
        section: Section,
        live: Clock,
        on_live: Callable[[], None] = lambda: None,
        late_ns: int = 0,
    ) -> None:
        self.is_live = False
        self._section = section
        self._live = live
        self._on_live = on_live
        self._recorded = ReplayClock(section.begin_ns, late_ns)
        self._recorded.follow(section.awake_ns)
        self._play = Play(section.name, section.exchanges)

    def port(self, name: str, live: Port) -> SwitchingPort:
        """Return a port that is the record's at first, and then ``live``.

        Args:
            name: of the port in the journal.
            live: open; nothing is sent on it or read from it before the switch.
        """
        wire = RecordedWire(name, self._recorded)
        wire.load(self._play, self._section.exchanges)
        return SwitchingPort(self, wire, live)

    def now_ns(self) -> int:
        """Return the bench time."""
        return self._live.now_ns() if self.is_live else self._recorded.now_ns()

    def sleep_until(self, deadline_ns: int) -> int:
        """Let time pass on the record, or behind its end on the live clock."""
        if self.is_over:
            self.go_live()
        clock: Clock = self._live if self.is_live else self._recorded
        return clock.sleep_until(deadline_ns)

    @property
    def is_over(self) -> bool:
        """Whether nothing more is recorded."""
        awake_ns = self._section.awake_ns
        is_late = not awake_ns or self._recorded.now_ns() >= awake_ns[-1]
        return self._play.is_over and is_late

    @property
    def is_asked_out(self) -> bool:
        """Whether no further question is recorded."""
        return self._play.is_over

    def go_live(self) -> None:
        """Switch clock and ports to the live ones; again is harmless."""
        if not self.is_live:
            self.is_live = True
            self._on_live()


class SwitchingPort:
    """A :class:`~harness.ports.base.Port` of a fast forward."""

    def __init__(self, forward: FastForward, wire: RecordedWire, live: Port) -> None:
        self._forward = forward
        self._wire = wire
        self._live = live

    def write(self, data: bytes) -> None:
        """Ask what was asked then, or behind the record the instrument itself.

        Raises:
            ReplayDiverged: something else was asked then.
            PortFault: the live port is lost.
        """
        if self._forward.is_asked_out:
            self._forward.go_live()
        if self._forward.is_live:
            self._live.write(data)
        else:
            self._wire.write(data)

    def read(self, deadline_ns: int) -> bytes:
        """Return the next bytes to come, or ``b""`` at the deadline."""
        while not self._forward.is_live:
            if data := self._wire.take(_ALL):
                return data
            if self._forward.now_ns() >= deadline_ns:
                return b""
            if self._forward.is_over:
                self._forward.go_live()
            else:
                self._wire.wait(deadline_ns)
        return self._live.read(deadline_ns)

    def read_waiting(self) -> bytes:
        """Return what has already come, without waiting."""
        if self._forward.is_live:
            return self._live.read_waiting()
        return self._wire.take(_ALL)

    def has_waiting(self) -> bool:
        """Tell whether :meth:`read_waiting` would return anything."""
        if self._forward.is_live:
            return self._live.has_waiting()
        return self._wire.waiting() > 0

    def close(self) -> None:
        """Release the live port."""
        self._live.close()
