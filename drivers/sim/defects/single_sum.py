"""A sum of equal parts in single precision, without doing every addition.

Within one power of two the sum is a multiple of one unit in the last place, so each
addition of the same part raises it by the same rounded amount (IEEE 754, rounding to
nearest, ties to even). From one power of two to the next the sum is therefore a
straight line; only the additions at its ends are done one by one.
"""

from __future__ import annotations

import math
import struct
from fractions import Fraction
from typing import Final

from drivers.sim.pump_counter import NO_FLOW, Flow
from drivers.sim.pump_time import NS_PER_S

EVERY_NS: Final = NS_PER_S // 2
"""Pump time between two additions."""
_NL_PER_ML: Final = 1_000_000
_SINGLE: Final = struct.Struct("<f")


class SingleSum:
    """A dose in mL as single precision holds it.

    Attributes:
        total_ml: the sum.
        part_ml: what each addition should add.
    """

    def __init__(self) -> None:
        """Begin with nothing, and nothing to add."""
        self.total_ml = 0.0
        self.part_ml = 0.0

    def take(self, flow: Flow) -> None:
        """Add from now on what a flow gives between two additions."""
        nl = Fraction(flow.volume_nl * EVERY_NS, flow.duration_ns)
        self.part_ml = single(float(nl / _NL_PER_ML))

    def add(self, additions: int) -> None:
        """Do so many additions."""
        while additions > 0:
            rise_ml, steady = self._line()
            done = additions if steady is None else min(additions, steady)
            self.total_ml += done * rise_ml
            additions -= done

    @property
    def flow(self) -> Flow:
        """What the next additions really add."""
        rise_ml, _ = self._line()
        if not rise_ml:
            return NO_FLOW
        numerator, denominator = rise_ml.as_integer_ratio()
        return Flow(numerator * _NL_PER_ML, denominator * EVERY_NS)

    @property
    def steady(self) -> int | None:
        """How many additions at least add the same; None if all that follow do."""
        return self._line()[1]

    def _line(self) -> tuple[float, int | None]:
        """Return by how much the next additions raise the sum, and how many do."""
        total_ml, part_ml = self.total_ml, self.part_ml
        first_ml = single(total_ml + part_ml)
        rise_ml = first_ml - total_ml
        if not rise_ml:
            return 0.0, None
        if not total_ml or single(first_ml + part_ml) - first_ml != rise_ml:
            return rise_ml, 1
        top_ml = math.ldexp(1.0, math.frexp(total_ml)[1])
        fitting = math.floor((top_ml - part_ml - total_ml) / rise_ml)
        return rise_ml, max(1, fitting)


def single(number: float) -> float:
    """Return the nearest number of single precision."""
    rounded: float = _SINGLE.unpack(_SINGLE.pack(number))[0]
    return rounded
