"""The seam at which a faulty bench differs from a good one.

World, balance, rig and microphone ask it at a few places. A good bench's changes
nothing; a bench fault overrides the method of the one thing that goes wrong. Moments
are bench time in ns.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from protocols.bench_commands import Command

if TYPE_CHECKING:
    from drivers.sim.weighing import Weighed


class Meddling:
    """What befalls a good bench: nothing."""

    def arrived_nl(self, t_ns: int, delivered_nl: float) -> float:
        """Return what has come into the vessel of what has left the line."""
        return delivered_nl

    def load_ng(self, t_ns: int, pan_ng: float) -> float:
        """Return what acts on the balance while so much stands on its pan."""
        return pan_ng

    def weighed(self, t_ns: int, weighed: Weighed) -> Weighed:
        """Return what the balance sends of what it has weighed."""
        return weighed

    def order(self, t_ns: int, command: Command) -> Command | None:
        """Return what hands do when they are told; None when they only say OK."""
        return command

    def hears(self, t_ns: int) -> bool:
        """Tell whether the microphone works."""
        return True


class MeddlingSource(Protocol):
    """Whatever goes wrong on a bench; each bench has its own."""

    def meddling(self, start_ns: int) -> Meddling:
        """Return what befalls a bench whose power comes on at ``start_ns``."""


class Combined(Meddling):
    """Several, each on what the one before has made of it."""

    def __init__(self, parts: Sequence[Meddling]) -> None:
        self._parts = tuple(parts)

    def arrived_nl(self, t_ns: int, delivered_nl: float) -> float:
        for part in self._parts:
            delivered_nl = part.arrived_nl(t_ns, delivered_nl)
        return delivered_nl

    def load_ng(self, t_ns: int, pan_ng: float) -> float:
        for part in self._parts:
            pan_ng = part.load_ng(t_ns, pan_ng)
        return pan_ng

    def weighed(self, t_ns: int, weighed: Weighed) -> Weighed:
        for part in self._parts:
            weighed = part.weighed(t_ns, weighed)
        return weighed

    def order(self, t_ns: int, command: Command) -> Command | None:
        left: Command | None = command
        for part in self._parts:
            left = None if left is None else part.order(t_ns, left)
        return left

    def hears(self, t_ns: int) -> bool:
        return all(part.hears(t_ns) for part in self._parts)


def meddling_of(sources: Sequence[MeddlingSource], start_ns: int) -> Meddling:
    """Return what befalls a bench with these faults; nothing without any."""
    if not sources:
        return Meddling()
    return Combined([source.meddling(start_ns) for source in sources])
