"""Points of a curve: fewer of them, and only numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeAlias

Point: TypeAlias = tuple[float, float]
Points: TypeAlias = Sequence[Point]


def thin(points: Points, stretches: int) -> list[Point]:
    """Keep first and last, and of every stretch the lowest and the highest point."""
    step = -(-len(points) // stretches)
    if step <= 2:
        return list(points)
    kept = {0, len(points) - 1}
    for first in range(0, len(points), step):
        stretch = range(first, min(first + step, len(points)))
        kept.add(min(stretch, key=lambda i: points[i][1]))
        kept.add(max(stretch, key=lambda i: points[i][1]))
    return [points[i] for i in sorted(kept)]


def finite(points: Points) -> tuple[Point, ...]:
    """Leave out what is not a number."""
    return tuple(p for p in points if math.isfinite(p[0]) and math.isfinite(p[1]))
