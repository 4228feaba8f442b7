"""Follows one tone from stretch to stretch and finds where it began and ended."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from statistics import median
from typing import Final

from drivers.listener.spectrum import HOP

_BRIDGED: Final = 5
"""Stretches that a tone may be masked for, 40 ms, as by the slam of a door."""
_BEFORE: Final = 4
"""Stretches kept from before a tone was noticed, which noise makes late."""
_HALF: Final = 0.25
"""A window that is half filled sees half the amplitude, a quarter of the power."""

_STEADY: Final = 1.41
"""How far the power of a steady tone may be from its median, 1.5 dB ..."""
_MOSTLY: Final = 0.58
"""... in this share of its stretches: the others are its edges, or disturbed."""


@dataclass(frozen=True, slots=True)
class Tone:
    """One uninterrupted tone, in samples of the stream.

    Attributes:
        first: index of the sample with which it began.
        end: index of the sample after its last.
        power: median of its mean square, full scale squared being 1.
    """

    first: int
    end: int
    power: float


class ToneTracker:
    """Cuts one tone out of a series of stretches.

    Args:
        shortest: in samples; what is shorter is taken for chance.

    Attributes:
        since: middle of the stretch in which the present tone was noticed; None in
            silence.
    """

    def __init__(self, shortest: int) -> None:
        self.since: int | None = None
        self._shortest = shortest
        self._before: deque[float] = deque(maxlen=_BEFORE)
        self._powers: list[float] = []
        self._quiet = 0
        self._last = 0

    def step(self, middle: int, power: float, sounds: bool) -> Tone | None:
        """Take the next stretch; return the tone that it ends.

        Args:
            middle: index of the sample in its middle.
            power: of the tone in it.
            sounds: whether the tone stands out of everything else.
        """
        if self.since is None:
            if sounds:
                self.since = middle
                self._last = middle
                self._powers = [*self._before, power]
                self._quiet = 0
            else:
                self._before.append(power)
            return None
        self._powers.append(power)
        self._last = middle
        self._quiet = 0 if sounds else self._quiet + 1
        return self.close() if self._quiet > _BRIDGED else None

    def close(self) -> Tone | None:
        """End the present tone here; return it unless it was too short to be one."""
        since, self.since = self.since, None
        powers, self._powers = self._powers, []
        noticed = len(self._before)
        self._before.clear()
        self._before.extend(powers[len(powers) - self._quiet :])
        if since is None:
            return None
        heard = powers[noticed : len(powers) - self._quiet]
        level = median(heard)
        # Middles of the stretches, so that edges can be read off between them.
        origin = self._last - (len(powers) - 1) * HOP
        first = origin + round(_rise(powers, noticed, level * _HALF) * HOP)
        fall = _rise(powers[::-1], self._quiet, level * _HALF)
        end = self._last - round(fall * HOP)
        is_tone = end - first >= self._shortest and _is_steady(heard, level)
        return Tone(first, end, level) if is_tone else None


def _is_steady(powers: list[float], level: float) -> bool:
    """Tell a sounder, which keeps its level, from a voice, which swells and fades."""
    low, high = level / _STEADY, level * _STEADY
    near = len([power for power in powers if low <= power <= high])
    return near >= _MOSTLY * len(powers)


def _rise(powers: list[float], noticed: int, threshold: float) -> float:
    """Return the place before which the power was last below the threshold.

    Looked for backwards from the place where the tone was noticed, or, if it was still
    rising there, forwards; between two places the amplitude is taken to rise evenly.
    """
    place = noticed
    while place < len(powers) - 1 and powers[place] < threshold:
        place += 1
    while place > 0 and powers[place - 1] >= threshold:
        place -= 1
    if place == 0:
        return float(noticed)
    below, above = math.sqrt(powers[place - 1]), math.sqrt(powers[place])
    if above <= below:
        return float(place)
    return place - (above - math.sqrt(threshold)) / (above - below)
