"""How much of each short stretch of sound is a given tone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE_HZ: Final = 8_000
WINDOW: Final = 256
"""Samples of one stretch, 32 ms: its line in the spectrum is 62 Hz wide."""
HOP: Final = 64
"""Samples from one stretch to the next, 8 ms."""

_BIN_HZ: Final = SAMPLE_RATE_HZ / WINDOW
_LOWEST_HZ: Final = 500
_LINE_BINS: Final = 2
_OFF_LINE: Final = 0.02
_FULL_SCALE: Final = 32_768
_HANN: Final = np.hanning(WINDOW + 1)[:WINDOW]


@dataclass(frozen=True, slots=True)
class Lines:
    """What a series of stretches holds of each tone, both arrays stretches by tones.

    Attributes:
        power: mean square of the tone, full scale squared being 1.
        share: of it in everything above 500 Hz; 0 where the line is another tone's.
    """

    power: NDArray[np.float64]
    share: NDArray[np.float64]


def lines(stretches: NDArray[np.int16], tones_hz: tuple[int, ...]) -> Lines:
    """Measure tones in stretches of :data:`WINDOW` samples (rows).

    Mains hum and its first harmonics lie below the band that is looked at, and the
    window keeps them there. A line is the five bins round its nominal frequency, which
    hold all of a tone under a Hann window; its centre of gravity may be off by 2 %.

    Source of the scaling: F. J. Harris, Proc. IEEE 66 (1978) 51; the squares of a Hann
    window of N points sum up to 3N/8.
    """
    amplitudes = np.fft.rfft(stretches * _HANN)
    spectra = amplitudes.real**2 + amplitudes.imag**2
    lowest = round(_LOWEST_HZ / _BIN_HZ)
    everything = spectra[:, lowest:].sum(axis=1)
    scale = 16 / (3 * WINDOW**2) / _FULL_SCALE**2
    power = np.empty((len(stretches), len(tones_hz)))
    share = np.zeros_like(power)
    for column, tone_hz in enumerate(tones_hz):
        middle = round(tone_hz / _BIN_HZ)
        bins = np.arange(middle - _LINE_BINS, middle + _LINE_BINS + 1)
        line = spectra[:, bins[0] : bins[-1] + 1]
        total = line.sum(axis=1)
        centre_hz = line @ bins * _BIN_HZ / np.maximum(total, 1e-9)
        near = np.abs(centre_hz - tone_hz) <= _OFF_LINE * tone_hz
        power[:, column] = total * scale
        share[:, column] = np.where(near, total / np.maximum(everything, 1e-9), 0.0)
    return Lines(power, share)
