"""When a sample of a foreign counter was taken, in bench time, with surety."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from drivers.listener.detector import NS_PER_SAMPLE

MOST_PPM: Final = 100
"""How far the counter's oscillator and the bench's clock may differ: twice 50 ppm."""

_MILLION: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Sighting:
    """The counter stood at ``sample`` at some time from ``begin_ns`` to ``end_ns``."""

    sample: int
    begin_ns: int
    end_ns: int

    def when(self, sample: int) -> tuple[int, int]:
        """Return the middle and the half-width of when another sample was taken, ns.

        Source: the bounds of F. Cristian, Distributed Computing 3 (1989) 146, widened
        by the oscillators' tolerance over the time between.
        """
        away_ns = (sample - self.sample) * NS_PER_SAMPLE
        drift_ns = abs(away_ns) * MOST_PPM // _MILLION
        half_ns = (self.end_ns - self.begin_ns + 1) // 2 + drift_ns
        return (self.begin_ns + self.end_ns) // 2 + away_ns, half_ns

    def agrees(self, other: Sighting) -> bool:
        """Tell whether one steady counter can have been seen like this twice."""
        middle_ns, half_ns = self.when(other.sample)
        return (
            middle_ns - half_ns <= other.end_ns
            and other.begin_ns <= middle_ns + half_ns
        )
