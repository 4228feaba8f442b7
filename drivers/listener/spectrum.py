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
_LOWEST_BIN: Final = round(500 / _BIN_HZ)
_LINE: Final = np.arange(-2, 3)
"""The bins of a line, from its middle."""
_OFF_LINE: Final = 0.02
_FULL_SCALE: Final = 32_768
_SCALE: Final = 16 / (3 * WINDOW**2) / _FULL_SCALE**2
_NOT_ZERO: Final = 1e-9
"""Far below the power of the smallest sample; silence is not divided by zero."""
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


class ToneMeter:
    """Measures tones in a sound, stretch by stretch.

    Mains hum and its first harmonics lie below the band that is looked at, and the
    window keeps them there. A line is the five bins round its nominal frequency, which
    hold all of a tone under a Hann window; its centre of gravity may be off by 2 %.

    Source of the scaling: F. J. Harris, Proc. IEEE 66 (1978) 51; the squares of a Hann
    window of N points sum up to 3N/8.

    Args:
        tones_hz: their nominal frequencies.
    """

    def __init__(self, tones_hz: tuple[int, ...]) -> None:
        self._tones_hz = np.array(tones_hz)
        middles = np.round(self._tones_hz / _BIN_HZ).astype(np.intp)
        self._bins = middles[:, np.newaxis] + _LINE

    def lines(self, samples: NDArray[np.int16]) -> Lines:
        """Measure them in every whole stretch of :data:`WINDOW` samples.

        Args:
            samples: contiguous; the first stretch begins with the first of them.
        """
        # A view: each stretch begins a hop behind the one before.
        shape = ((len(samples) - WINDOW) // HOP + 1, WINDOW)
        strides = (HOP * samples.itemsize, samples.itemsize)
        stretches = np.ndarray(shape, samples.dtype, samples, strides=strides)
        amplitudes = np.fft.rfft(stretches * _HANN)[:, _LOWEST_BIN:]
        spectra = amplitudes.real**2 + amplitudes.imag**2
        everything = np.maximum(spectra.sum(axis=1, keepdims=True), _NOT_ZERO)
        found = spectra[:, self._bins - _LOWEST_BIN]
        total = found.sum(axis=2)
        moment = (found * self._bins).sum(axis=2)
        centre_hz = moment * _BIN_HZ / np.maximum(total, _NOT_ZERO)
        near = np.abs(centre_hz - self._tones_hz) <= _OFF_LINE * self._tones_hz
        return Lines(total * _SCALE, np.where(near, total / everything, 0.0))
