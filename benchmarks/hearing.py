"""``python -m benchmarks.hearing [--trials N]``: how surely the listener hears.

The tones are those of another tool (tests/data/audio); each trial shifts them against
the listener's grid and adds fresh noise, or another stretch of speech. Every figure
comes with a bound that the true rate keeps below with 95 % confidence.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from drivers.listener.detector import EDGE_SAMPLES, Burst, Detector
from drivers.listener.recording import read_samples
from drivers.listener.spectrum import SAMPLE_RATE_HZ

AUDIO: Final = Path(__file__).resolve().parents[1] / "tests" / "data" / "audio"
TRUTH: Final = (
    Burst(4_000, 28_000, (800, 1250), -14.0),
    Burst(32_000, 36_000, (1250,), -14.0),
    Burst(40_000, 41_600, (2000,), -14.0),
)
"""What sounds.wav holds, by its README."""

_DOUBT: Final = 0.05
_TONE_RMS: Final = 0.2 * 32_768 / math.sqrt(2)
_SEED: Final = 20260601
_BLOCK: Final = 2_000

Samples = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Heard:
    """One row: of ``sounded`` sounds so many were ``missed``, and ``false`` ones came.

    A sound is missed unless its tones are right and its beginning and its end are
    each within 32 ms.
    """

    condition: str
    sounded: int
    missed: int
    false: int
    hours: float


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.hearing",
        description="Prints detection and false-alarm rates of the alarm listener.",
    )
    parser.add_argument(
        "--trials", type=int, default=100, help="of each condition (default 100)"
    )
    trials = parser.parse_args().trials
    print("missed sounds, and false ones; in brackets the bound at 95 % confidence")
    for row in run(trials):
        missed = "no tone sounded"
        if row.sounded:
            most = rate_bound(row.missed, row.sounded)
            missed = f"missed {row.missed:3} of {row.sounded} (< {most:.2%})"
        most = count_bound(row.false) / row.hours
        false = f"false {row.false:3} in {row.hours * 60:4.1f} min (< {most:.1f} /h)"
        print(f"{row.condition:32} {missed:32} {false}")


def run(trials: int) -> Iterator[Heard]:
    """Yield a row for each condition."""
    rng = np.random.default_rng(_SEED)
    sounds = read_samples(AUDIO / "sounds.wav").astype(np.float64)
    speech = _scaled(read_samples(AUDIO / "speech.wav").astype(np.float64))
    mains = _scaled(read_samples(AUDIO / "mains.wav").astype(np.float64))
    for snr_db in (20, 10, 6, 3, 0):
        what = f"tones {snr_db} dB above white noise"
        yield _score(what, trials, sounds, rng, _noise(rng, snr_db))
    for snr_db in (10, 6, 3):
        what = f"tones {snr_db} dB above speech"
        yield _score(what, trials, sounds, rng, _stretch(rng, speech, snr_db, 0.1))
    what = "tones 6 dB below mains hum"
    yield _score(what, trials, sounds, rng, _stretch(rng, mains, -6))
    silence = np.zeros_like(sounds)
    for what, disturbance in (
        ("white noise alone", _noise(rng, 0)),
        ("speech alone", _stretch(rng, speech, 0, 0.1)),
        ("mains hum alone", _stretch(rng, mains, 0)),
    ):
        yield _score(what, trials, silence, rng, disturbance)


def rate_bound(events: int, trials: int) -> float:
    """Return the rate at which ``events`` or fewer in ``trials`` have 5 % probability.

    Source: C. J. Clopper and E. S. Pearson, Biometrika 26 (1934) 404, one-sided.
    """
    if events >= trials:
        return 1.0

    def at_most(rate: float) -> float:
        return sum(
            math.comb(trials, k) * rate**k * (1 - rate) ** (trials - k)
            for k in range(events + 1)
        )

    return _where_doubtful(at_most, 1.0)


def count_bound(events: int) -> float:
    """Return the mean at which ``events`` or fewer have 5 % probability.

    Source: F. Garwood, Biometrika 28 (1936) 437, one-sided.
    """

    def at_most(mean: float) -> float:
        terms = (mean**k / math.factorial(k) for k in range(events + 1))
        return math.exp(-mean) * sum(terms)

    return _where_doubtful(at_most, 10.0 + 3 * events)


def _where_doubtful(at_most: Callable[[float], float], high: float) -> float:
    low = 0.0
    for _ in range(60):
        middle = (low + high) / 2
        if at_most(middle) > _DOUBT:
            low = middle
        else:
            high = middle
    return high


def _score(
    condition: str,
    trials: int,
    sounds: Samples,
    rng: np.random.Generator,
    disturbance: Callable[[int], Samples],
) -> Heard:
    truth = TRUTH if sounds.any() else ()
    missed = false = samples = 0
    for _ in range(trials):
        shift = int(rng.integers(0, _BLOCK))
        mixed = np.concatenate([np.zeros(shift), sounds])
        mixed += disturbance(len(mixed))
        samples += len(mixed)
        left = _hear(mixed)
        for burst in truth:
            found = [each for each in left if _is_same(each, burst, shift)]
            missed += not found
            left = [each for each in left if each not in found]
        false += len(left)
    hours = samples / SAMPLE_RATE_HZ / 3_600
    return Heard(condition, trials * len(truth), missed, false, hours)


def _hear(mixed: Samples) -> list[Burst]:
    pcm = np.clip(np.round(mixed), -32_768, 32_767).astype(np.int16)
    detector = Detector()
    heard: list[Burst] = []
    for first in range(0, len(pcm), _BLOCK):
        heard += detector.feed(first, pcm[first : first + _BLOCK])
    return heard + detector.flush()


def _is_same(heard: Burst, truth: Burst, shift: int) -> bool:
    return (
        heard.tones_hz == truth.tones_hz
        and abs(heard.first - shift - truth.first) <= EDGE_SAMPLES
        and abs(heard.end - shift - truth.end) <= EDGE_SAMPLES
    )


def _noise(rng: np.random.Generator, snr_db: float) -> Callable[[int], Samples]:
    rms = _TONE_RMS / 10 ** (snr_db / 20)
    return lambda count: rng.normal(0.0, rms, count)


def _stretch(
    rng: np.random.Generator, sound: Samples, snr_db: float, faster: float = 0.0
) -> Callable[[int], Samples]:
    """Return another stretch each time, and as much faster or slower, a share."""
    rms = _TONE_RMS / 10 ** (snr_db / 20)

    def stretch(count: int) -> Samples:
        speed = rng.uniform(1 - faster, 1 + faster)
        places = rng.integers(0, len(sound)) + np.arange(count) * speed
        heard = np.interp(places, np.arange(len(sound)), sound, period=len(sound))
        return np.asarray(rms * heard)

    return stretch


def _scaled(sound: Samples) -> Samples:
    """Return a sound with a root mean square of 1 over all of it."""
    return np.asarray(sound / np.sqrt(np.mean(np.square(sound))))


if __name__ == "__main__":
    main()
