"""A driver on a line that the kit can tamper with, and what is known of the pump."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from harness.bench import Listener, SignOfLife
from harness.clock import NS_PER_S, Clock
from harness.conformance.subject import Habits
from harness.conformance.tampered_port import TamperedPort
from harness.evidence.reader import read
from harness.evidence.records import Kind
from harness.roles import InfusionPump
from harness.units import Quantity, nanoseconds

# A driver that never moves its due time on does not keep the kit's from passing.
_BEAT_NS: Final = NS_PER_S


@dataclass(frozen=True, slots=True)
class Trial:
    """A driver that is connected to its pump.

    Attributes:
        pump: the driver.
        line: its port.
        clock: bench time.
        folder: of the journal.
        truth_nl: what has really left the pump; None where nobody knows.
    """

    pump: InfusionPump
    line: TamperedPort
    clock: Clock
    folder: Path
    truth_nl: Callable[[], float] | None

    def wait(self, time: Quantity) -> None:
        """Let time pass, whatever comes meanwhile; give signs of life when due."""
        end_ns = self.clock.now_ns() + nanoseconds(time)
        while (now_ns := self.clock.now_ns()) < end_ns:
            due_ns = self.pump.due_ns if isinstance(self.pump, SignOfLife) else end_ns
            self.clock.sleep_until(min(end_ns, max(due_ns, now_ns + _BEAT_NS)))
            if isinstance(self.pump, Listener):
                self.pump.listen()
            self.line.read_waiting()

    def records(self, kind: Kind) -> int:
        """Return how many records of a kind the journal has."""
        return sum(record.kind == kind for record in read(self.folder))


@dataclass(frozen=True, slots=True)
class Stage:
    """How to open trials of one pump, each on a bench of its own.

    Attributes:
        habits: what the package declares.
        open: opens a trial, and on leaving closes it.
    """

    habits: Habits
    open: Callable[[], AbstractContextManager[Trial]]
