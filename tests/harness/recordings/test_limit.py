"""Inside and outside only where the noise lets it be told."""

from __future__ import annotations

import math

import pytest

from harness.recordings.limit import Side, standing


@pytest.mark.parametrize(
    ("error", "u", "side"),
    [
        (0.0, 0.0, Side.INSIDE),
        (5.0, 0.0, Side.INSIDE),
        (-5.0, 0.0, Side.INSIDE),
        (5.1, 0.0, Side.OUTSIDE),
        (-5.1, 0.0, Side.OUTSIDE),
        (4.0, 0.5, Side.INSIDE),
        (4.0, 0.6, Side.UNDECIDED),
        (-6.0, 0.5, Side.UNDECIDED),
        (-6.0, 0.4, Side.OUTSIDE),
        (0.0, math.inf, Side.UNDECIDED),
    ],
)
def test_the_whole_interval_decides(error: float, u: float, side: Side) -> None:
    assert standing(error, u, 5.0).side is side
