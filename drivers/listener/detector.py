"""Finds bursts of known tones in a stream of samples, however the stream is cut."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from drivers.listener.signatures import SIGNATURES, Signature
from drivers.listener.spectrum import HOP, SAMPLE_RATE_HZ, WINDOW, ToneMeter
from drivers.listener.tones import Tone, ToneTracker
from harness.clock import NS_PER_S
from harness.readings import Sound

EDGE_SAMPLES: Final = 256
"""A beginning or an end is at most so far from where it is said to be, 32 ms."""
NS_PER_SAMPLE: Final = NS_PER_S // SAMPLE_RATE_HZ

_PAUSE: Final = 3 * SAMPLE_RATE_HZ // 10
_LONGEST: Final = 60 * SAMPLE_RATE_HZ
_MS_PER_S: Final = 1_000
_SHORTEST_PERCENT: Final = 70
"""Vowels hold a tone for half the time that an alarm does."""
_FLOOR: Final = 5e-7
"""Mean square below which no tone counts: 60 dB under a full-scale sine."""
_EACH_SHARE: Final = 0.15
_ALL_SHARE: Final = 0.4
"""Noise alone gives a line about 0.04; a tone 3 dB above white noise, 0.7."""


@dataclass(frozen=True, slots=True)
class Burst:
    """Tones without a pause of more than 0.3 s, in samples of the stream.

    Attributes:
        first: index of the sample with which it began.
        end: index of the sample after its last.
        tones_hz: the nominal frequencies heard in it, rising.
        level_db: of its loudest tone, against a full-scale sine.
    """

    first: int
    end: int
    tones_hz: tuple[int, ...]
    level_db: float

    def sound(self, t_ns: int, u_ns: int) -> Sound:
        """Return it as a reading.

        Args:
            t_ns: bench time of its first sample.
            u_ns: half-width of the interval in which that time surely lies.
        """
        return Sound(
            t_ns=t_ns,
            u_ns=u_ns + EDGE_SAMPLES * NS_PER_SAMPLE,
            duration_ms=round((self.end - self.first) * _MS_PER_S / SAMPLE_RATE_HZ),
            tones_hz=self.tones_hz,
            level_db=self.level_db,
        )


class Detector:
    """Takes 16-bit samples at 8 kHz and gives the bursts that have ended.

    How the stream is cut into blocks changes nothing. A missing stretch counts as
    silence. A burst that goes on for a minute is given in pieces of a minute.

    Args:
        signatures: the sounds to look for; every other tone is ignored.
    """

    def __init__(self, signatures: tuple[Signature, ...] = SIGNATURES) -> None:
        self._tones_hz = tuple(sorted({f for s in signatures for f in s.tones_hz}))
        self._trackers = [ToneTracker(_shortest(f, signatures)) for f in self._tones_hz]
        self._meter = ToneMeter(self._tones_hz)
        self._samples = np.empty(0, np.int16)
        self._first = 0
        self._heard: list[tuple[int, Tone]] = []
        self._heard_first = 0
        self._heard_end = 0

    def feed(self, first: int, samples: NDArray[np.int16]) -> list[Burst]:
        """Take the next samples and return the bursts that ended in them.

        Args:
            first: index of the first of them in the stream.
            samples: one-dimensional.

        Raises:
            ValueError: they begin before the end of those already taken.
        """
        ended: list[Burst] = []
        expected = self._first + len(self._samples)
        if first < expected:
            raise ValueError(f"sample {first} comes again; {expected} was expected")
        if first > expected:
            ended += self.flush()
            self._first = first
        self._samples = np.concatenate([self._samples, samples])
        count = (len(self._samples) - WINDOW) // HOP + 1
        if count > 0:
            ended += self._look()
            self._samples = self._samples[count * HOP :]
            self._first += count * HOP
        return ended

    def flush(self) -> list[Burst]:
        """Return what is still going on, as if silence followed."""
        self._first += len(self._samples)
        self._samples = np.empty(0, np.int16)
        ended = self._close_tones()
        return ended + self._end_burst()

    def _look(self) -> list[Burst]:
        found = self._meter.lines(self._samples)
        sounding = _standing_out(found.share) & (found.power >= _FLOOR)
        ended: list[Burst] = []
        middle = self._first + WINDOW // 2
        # Python's own numbers: those of an array are slow to take one by one.
        for powers, sounds in zip(found.power.tolist(), sounding.tolist(), strict=True):
            for column, tracker in enumerate(self._trackers):
                tone = tracker.step(middle, powers[column], sounds[column])
                if tone is not None:
                    ended += self._add(column, tone)
            ended += self._check_burst(middle)
            middle += HOP
        return ended

    def _check_burst(self, middle: int) -> list[Burst]:
        begun = [t.since for t in self._trackers if t.since is not None]
        is_over = not begun
        if self._heard:
            begun.append(self._heard_first)
        elif is_over:
            return []
        if middle - min(begun) >= _LONGEST:
            return self._close_tones() + self._end_burst()
        if is_over and middle - self._heard_end > _PAUSE + WINDOW:
            return self._end_burst()
        return []

    def _close_tones(self) -> list[Burst]:
        ended: list[Burst] = []
        for column, tracker in enumerate(self._trackers):
            tone = tracker.close()
            if tone is not None:
                ended += self._add(column, tone)
        return ended

    def _add(self, column: int, tone: Tone) -> list[Burst]:
        ended: list[Burst] = []
        if self._heard and tone.first - self._heard_end > _PAUSE:
            ended = self._end_burst()
        self._heard.append((column, tone))
        self._heard_first = min(tone.first for _, tone in self._heard)
        self._heard_end = max(tone.end for _, tone in self._heard)
        return ended

    def _end_burst(self) -> list[Burst]:
        heard, self._heard = self._heard, []
        if not heard:
            return []
        loudest = max(tone.power for _, tone in heard)
        return [
            Burst(
                first=self._heard_first,
                end=self._heard_end,
                tones_hz=tuple(sorted({self._tones_hz[column] for column, _ in heard})),
                # A full-scale sine has a mean square of one half.
                level_db=round(10 * math.log10(2 * loudest), 1),
            )
        ]


def _standing_out(share: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell which tones (columns) are most of what each stretch (row) holds."""
    heard = np.where(share >= _EACH_SHARE, share, 0.0)
    enough = heard.sum(axis=1, keepdims=True) >= _ALL_SHARE
    return np.asarray((heard > 0) & enough, dtype=np.bool_)


def _shortest(tone_hz: int, signatures: tuple[Signature, ...]) -> int:
    """Return how many samples of a tone are no chance: 70 % of what is nominal."""
    nominal_ms = min(s.tone_ms for s in signatures if tone_hz in s.tones_hz)
    return nominal_ms * SAMPLE_RATE_HZ * _SHORTEST_PERCENT // 100 // _MS_PER_S
