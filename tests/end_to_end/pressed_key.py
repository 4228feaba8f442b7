"""A plugin of a simulated run: somebody is at the balance while a case runs.

What is done and when stands in the environment; the simulation itself knows no hands.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Final

import pytest

from drivers.sim.balance_twin import BalanceTwin
from drivers.sim.bench import Wire
from drivers.sim.contracts import FAR
from drivers.sim.handlers import protocol_sim
from harness.bench import Bench

ENVIRONMENT: Final = "DOSEBENCH_TEST_HAND"
NAME: Final = "tests.end_to_end.pressed_key"


class Hand:
    """A source of the bench's loop, which touches the balance once.

    Args:
        due_ns: bench time at which it does so.
        added_ng: what it leaves in the vessel; None: it presses the tare key.
    """

    def __init__(self, due_ns: int, added_ng: int | None) -> None:
        self.due_ns = due_ns
        self._added_ng = added_ng

    def poll(self, now_ns: int) -> None:
        """Do it, and never again."""
        self.due_ns = FAR
        wire = protocol_sim._endpoints["balance"]
        assert isinstance(wire, Wire)
        assert isinstance(wire.device, BalanceTwin)
        weighing = wire.device._weighing
        if self._added_ng is None:
            weighing.set_tare(now_ns)
        else:
            weighing._tare_ng -= self._added_ng

    def restart(self, now_ns: int) -> None:
        """Come when it was to come."""

    def skip(self, now_ns: int) -> None:
        """Likewise."""


@pytest.fixture(autouse=True)
def hand(bench: Bench) -> Iterator[None]:
    """Somebody at the balance in the case that is run."""
    due_ns, added_ng = json.loads(os.environ[ENVIRONMENT])
    hand = Hand(due_ns, added_ng)
    bench._samplers.append(hand)  # type: ignore[arg-type]
    yield
    bench._samplers.remove(hand)  # type: ignore[arg-type]
