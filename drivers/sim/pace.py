"""How the time of a served bench moves: in lock-step with its clients, or by itself."""

from __future__ import annotations

from typing import Final, Protocol

from drivers.sim.bench import SimulatedBench, Wire
from drivers.sim.contracts import FAR
from harness.clock import NS_PER_S, RealClock
from protocols.bench_commands import (
    Failed,
    Now,
    Reply,
)

_LONGEST_WAIT_S: Final = 0.5


class Pace(Protocol):
    """What a server asks about time."""

    def catch_up(self) -> None:
        """Bring the bench up to date, before clients are served."""

    def let_answer(self, wire: Wire) -> None:
        """Let time move after bytes were handed to the device of ``wire``."""

    def let_pass(self, until_ns: int) -> Reply:
        """Answer the request to let time pass."""

    def wait_s(self) -> float:
        """Return for how long nothing is due, in host seconds."""


class LockStep:
    """Time stands still until a client needs it to move.

    After a request it moves on to the end of the answer. A device that needs time
    before it answers (a balance waiting for stability) gets it at once, even if the
    client would have lost its patience.

    Args:
        bench: that is served.
    """

    def __init__(self, bench: SimulatedBench) -> None:
        self._bench = bench

    def catch_up(self) -> None:
        """Do nothing."""

    def let_answer(self, wire: Wire) -> None:
        """Move time to the end of the answer."""
        while wire.device.owes_reply():
            self._bench.run(wire.due_ns)
        while (arrival_ns := wire.line.next_arrival_ns()) < FAR:
            self._bench.run(arrival_ns)
            wire.waiting()

    def let_pass(self, until_ns: int) -> Reply:
        """Move time until then, or to the first unasked byte."""
        return Now(self._bench.next_byte_ns(max(until_ns, self._bench.clock.now_ns())))

    def wait_s(self) -> float:
        """Return the time after which the server looks up anyway."""
        return _LONGEST_WAIT_S


class RealTime:
    """Time follows the host's clock.

    Args:
        bench: that is served.
        factor: bench seconds in one host second.
    """

    def __init__(self, bench: SimulatedBench, factor: float = 1.0) -> None:
        self._bench = bench
        self._factor = factor
        self._clock = RealClock(factor, bench.clock.now_ns())

    def catch_up(self) -> None:
        """Let happen what was due by now."""
        self._bench.run(self._clock.now_ns())

    def let_answer(self, wire: Wire) -> None:
        """Do nothing: the answer is sent when it is due."""

    def let_pass(self, until_ns: int) -> Reply:
        """Refuse."""
        return Failed("this bench runs in real time; wait for it to pass")

    def wait_s(self) -> float:
        """Return the time to the next event or character."""
        left_ns = self._bench.next_event_ns() - self._clock.now_ns()
        left_s = max(0.0, left_ns / NS_PER_S / self._factor)
        return min(left_s, _LONGEST_WAIT_S)
