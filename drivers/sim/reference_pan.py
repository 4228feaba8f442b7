"""The reference vessel on a balance of its own: nothing flows in, nobody touches it."""

from __future__ import annotations

from typing import Final

from drivers.sim.room import Case
from drivers.sim.world import World

_AT_REST_NS: Final = 3_600_000_000_000


class ReferencePan:
    """What the second balance weighs; implements :class:`drivers.sim.weighing.Pan`.

    Args:
        world: in whose room it stands.
        start_ns: when the vessel had long been in place.

    Attributes:
        disturbed_ns: when hands were last at it.
    """

    def __init__(self, world: World, start_ns: int) -> None:
        self._world = world
        self.disturbed_ns = start_ns - _AT_REST_NS

    @property
    def case(self) -> Case:
        """The case that runs."""
        return self._world.case

    def pan_ng(self, t_ns: int) -> float:
        """Return what a perfect balance shows."""
        return self._world.reference_ng(t_ns)

    def delivered_ng(self, since_ns: int, t_ns: int) -> float:
        """Return 0."""
        return 0.0
