"""Follows a record to its end, and from there on is the bench itself.

A case that broke off is run again from its beginning, in one thread: what it asks is
answered from the record until the record is at its end; what it asks then goes to the
live port. So its drivers, its samples and its place in the procedure are as they were.
"""

from __future__ import annotations

from collections.abc import Callable

from harness.clock import Clock
from harness.errors import PortFault
from harness.evidence.recorder import Recorder
from harness.evidence.retracing import ReplayDiverged
from harness.ports.base import Port
from harness.ports.replaying.clock import ReplayClock
from harness.ports.replaying.play import Play
from harness.ports.replaying.tape import Section
from harness.ports.replaying.wire import RecordedWire
from harness.ports.tap import Tap

_ALL = 2**31


class FastForward:
    """The clock of a bench that follows a record first.

    Args:
        section: what was recorded, up to where it broke off.
        live: the bench's clock from then on; it is not behind the record.
        on_live: called once, before the first thing that is not recorded.
        late_ns: as for `ReplayClock`.

    Attributes:
        live: as given.
        is_live: whether the record is at its end, and the bench has taken over.
        is_given_up: whether the case cannot go on; nothing is to be moved any more.
        on_live: as given.
        on_wait: called before each wait on the live clock, when no line is in use.
    """

    def __init__(
        self,
        section: Section,
        live: Clock,
        on_live: Callable[[], None] = lambda: None,
        late_ns: int = 0,
    ) -> None:
        self.live = live
        self.is_live = False
        self.is_given_up = False
        self.on_live = on_live
        self.on_wait: Callable[[], None] = lambda: None
        self._section = section
        self._answers = iter(section.answers)
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
        return self.live.now_ns() if self.is_live else self._recorded.now_ns()

    def sleep_until(self, deadline_ns: int) -> int:
        """Let time pass on the record, or behind its end on the live clock."""
        if self.is_over:
            self.go_live()
        if not self.is_live:
            return self._recorded.sleep_until(deadline_ns)
        self.on_wait()
        return self.live.sleep_until(deadline_ns)

    def answer(self, prompt: str, ask: Callable[[str], str]) -> str:
        """Return what was typed when a person was asked this, or ask behind the record.

        Raises:
            ReplayDiverged: something else was asked then.
        """
        then = None if self.is_live else next(self._answers, None)
        if then is None:
            self.go_live()
            return ask(prompt)
        if not prompt.startswith(then.action):
            raise ReplayDiverged(
                f"the person is asked {prompt!a}, but was asked {then.action!a}; begin"
                " the case again"
            )
        self._recorded.advance_to(then.t_ns)
        return then.answer

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
            self.on_live()


class FollowingTap(Tap):
    """The tap of a port that switches; a live question is dated when it is asked."""

    def __init__(
        self, name: str, port: Port, forward: FastForward, recorder: Recorder
    ) -> None:
        super().__init__(name, port, forward, recorder)
        self._forward = forward

    def write(self, data: bytes) -> None:
        self.settle()
        if self._forward.is_asked_out:
            self._forward.go_live()
        super().write(data)


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
            PortFault: the live port is lost, or must be left alone.
        """
        if self._forward.is_given_up:
            raise PortFault(
                "the case cannot go on where it was, so nothing is sent any more; see"
                " why, and resume the run"
            )
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
