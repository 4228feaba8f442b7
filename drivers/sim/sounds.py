"""What sounds on the simulated bench: pumps and the rig make it, ears hear it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from drivers.sim.contracts import FAR

Pattern = tuple[tuple[int, int], ...]
"""Segments one after the other: frequency in Hz (0 is a pause), duration in ms."""

CRITICAL: Final[Pattern] = ((800, 250), (1250, 250)) * 6
"""The pump's alarm of high priority: two tones in turn for 3 s."""
NONCRITICAL: Final[Pattern] = ((1250, 500),)
"""The pump's alarm of low priority: one beep."""
REFERENCE: Final[Pattern] = ((2000, 200),)
"""The rig's beep, by which an ear's delay is measured."""

_AMPLITUDE: Final = 0.2
_RAMP_NS: Final = 5_000_000
_NS_PER_MS: Final = 1_000_000
_NS_PER_S: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class _Tone:
    begin_ns: int
    end_ns: int
    frequency_hz: int

    def heard(self, t_ns: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the pressure at moments within; the ramps keep it from clicking."""
        since_ns = t_ns - self.begin_ns
        left_ns = self.end_ns - t_ns
        edge = np.minimum(np.minimum(since_ns, left_ns) / _RAMP_NS, 1.0)
        turns = since_ns / _NS_PER_S * self.frequency_hz
        return np.asarray(_AMPLITUDE * edge * np.sin(2 * np.pi * turns))


class SoundField:
    """The air of the room: every pattern that was emitted, as pressure over time.

    Args:
        changed: called when something new sounds, so that ears are asked anew when
            they will act next.
    """

    def __init__(self, changed: Callable[[], None] = lambda: None) -> None:
        self._changed = changed
        self._tones: list[_Tone] = []

    def emit(self, t_ns: int, pattern: Pattern) -> None:
        """Sound a pattern from ``t_ns`` on, beside what sounds already."""
        # An ear looks back by less than a second.
        self._tones = [tone for tone in self._tones if tone.end_ns > t_ns - _NS_PER_S]
        for frequency_hz, duration_ms in pattern:
            end_ns = t_ns + duration_ms * _NS_PER_MS
            if frequency_hz:
                self._tones.append(_Tone(t_ns, end_ns, frequency_hz))
            t_ns = end_ns
        self._changed()

    def next_sound_ns(self, t_ns: int) -> int:
        """Return the first moment from ``t_ns`` on when something sounds, or FAR."""
        due = [max(t_ns, tone.begin_ns) for tone in self._tones if tone.end_ns > t_ns]
        return min(due, default=FAR)

    def pressure(self, t_ns: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the pressure at one or more rising moments; 1 is full scale."""
        first_ns, last_ns = int(t_ns[0]), int(t_ns[-1])
        total = np.zeros(len(t_ns))
        for tone in self._tones:
            if tone.begin_ns <= last_ns and first_ns < tone.end_ns:
                first, end = t_ns.searchsorted((tone.begin_ns, tone.end_ns))
                total[first:end] += tone.heard(t_ns[first:end])
        return total
