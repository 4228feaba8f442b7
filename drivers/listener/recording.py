"""Sounds in a recording: a WAV file of any common sample rate."""

from __future__ import annotations

import wave
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from drivers.listener.detector import NS_PER_SAMPLE, Detector
from drivers.listener.signatures import SIGNATURES, Signature
from drivers.listener.spectrum import SAMPLE_RATE_HZ
from harness.errors import ConfigurationError
from harness.readings import Sound

_SAMPLE_BYTES: Final = 2
_CUTOFF_HZ: Final = 3_600
_ZEROES: Final = 24
_AT_ONCE: Final = 4_096
_FULL_SCALE: Final = 32_767


def read_sounds(
    path: Path, begins_ns: int = 0, signatures: tuple[Signature, ...] = SIGNATURES
) -> list[Sound]:
    """Return the sounds in a recording, in order.

    Args:
        path: a WAV file, mono, 16 bits, 8 kHz or faster.
        begins_ns: bench time of its first sample.
        signatures: the sounds to listen for.

    Raises:
        ConfigurationError: the file cannot be read, or is of another kind.
    """
    detector = Detector(signatures)
    bursts = detector.feed(0, read_samples(path)) + detector.flush()
    return [burst.sound(begins_ns + burst.first * NS_PER_SAMPLE, 0) for burst in bursts]


def read_samples(path: Path) -> NDArray[np.int16]:
    """Return a recording's samples, brought to 8 kHz.

    Raises:
        ConfigurationError: the file cannot be read, or is of another kind.
    """
    try:
        with wave.open(str(path), "rb") as file:
            channels, width = file.getnchannels(), file.getsampwidth()
            rate_hz = file.getframerate()
            raw = file.readframes(file.getnframes())
    except (OSError, EOFError, wave.Error) as error:
        raise ConfigurationError(
            f"{path}: cannot be read as a WAV file ({error}); record it again, or"
            " convert it to 16-bit PCM"
        ) from error
    if channels != 1 or width != _SAMPLE_BYTES or rate_hz < SAMPLE_RATE_HZ:
        raise ConfigurationError(
            f"{path}: has {channels} channels of {8 * width} bits at {rate_hz} Hz;"
            f" convert it to one channel of 16 bits at {SAMPLE_RATE_HZ} Hz or more"
        )
    samples = np.frombuffer(raw, "<i2").astype(np.int16)
    return samples if rate_hz == SAMPLE_RATE_HZ else resample(samples, rate_hz)


def resample(samples: NDArray[np.int16], rate_hz: int) -> NDArray[np.int16]:
    """Bring samples from a faster rate down to 8 kHz.

    Each new sample is a sum over its surroundings, weighted by a sinc under a Hann
    window whose cutoff lies below the new half rate.

    Source: J. O. Smith and P. Gossett, Proc. ICASSP 1984, 19.4.1.
    """
    count = len(samples) * SAMPLE_RATE_HZ // rate_hz
    reach = _ZEROES * rate_hz // (2 * _CUTOFF_HZ)
    padded = np.pad(samples.astype(np.float64), reach + 1)
    offsets = np.arange(-reach, reach + 2)
    result = np.empty(count, np.int16)
    for begin in range(0, count, _AT_ONCE):
        wanted = np.arange(begin, min(begin + _AT_ONCE, count))
        whole, rest = np.divmod(wanted * rate_hz, SAMPLE_RATE_HZ)
        away = offsets - rest[:, None] / SAMPLE_RATE_HZ
        weights = np.sinc(2 * _CUTOFF_HZ / rate_hz * away)
        weights *= 0.5 + 0.5 * np.cos(np.pi * np.clip(away / (reach + 1), -1, 1))
        weights /= weights.sum(axis=1, keepdims=True)
        near = padded[whole[:, None] + offsets + reach + 1]
        summed = np.round((near * weights).sum(axis=1))
        result[begin : begin + len(wanted)] = np.clip(
            summed, -_FULL_SCALE - 1, _FULL_SCALE
        )
    return result
