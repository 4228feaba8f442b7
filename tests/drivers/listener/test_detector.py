"""The detector on tones made here, in any cut, and on audio of another tool."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from drivers.listener.detector import EDGE_SAMPLES, Burst, Detector
from drivers.listener.recording import read_samples
from drivers.listener.signatures import Signature

AUDIO = Path(__file__).parents[2] / "data" / "audio"
Samples = NDArray[np.int16]


def tone(ms: int, *tones_hz: float, amplitude: float = 0.2) -> NDArray[np.float64]:
    t_s = np.arange(8 * ms) / 8_000
    waves = [np.sin(2 * np.pi * f * t_s) for f in tones_hz]
    return np.asarray(amplitude * 32_767 * np.sum([np.zeros(8 * ms), *waves], axis=0))


def pcm(*parts: NDArray[np.float64]) -> Samples:
    return np.round(np.concatenate(parts)).astype(np.int16)


def hear(
    samples: Samples, first: int = 0, detector: Detector | None = None
) -> list[Burst]:
    detector = detector or Detector()
    return detector.feed(first, samples) + detector.flush()


def ms_of(bursts: list[Burst]) -> list[tuple[int, int, tuple[int, ...]]]:
    return [(round(b.first / 8), round(b.end / 8), b.tones_hz) for b in bursts]


def about(
    bursts: list[Burst],
    *expected: tuple[int, int, tuple[int, ...]],
    within_ms: int = 10,
) -> None:
    found = ms_of(bursts)
    assert [each[2] for each in found] == [each[2] for each in expected]
    for (begin, end, _), (right_begin, right_end, _) in zip(
        found, expected, strict=True
    ):
        assert abs(begin - right_begin) <= within_ms
        assert abs(end - right_end) <= within_ms


@given(st.lists(st.integers(1, 9_000), min_size=1, max_size=30))
@settings(max_examples=40, deadline=None)
def test_how_the_stream_is_cut_changes_nothing(sizes: list[int]) -> None:
    samples = read_samples(AUDIO / "noise-6.wav")
    detector = Detector()
    heard, first = [], 0
    while first < len(samples):
        size = sizes[first % len(sizes)]
        heard += detector.feed(first, samples[first : first + size])
        first += size
    assert heard + detector.flush() == hear(samples)


def test_a_minute_of_sample_by_sample_is_a_burst_of_its_own() -> None:
    samples = pcm(tone(300), tone(500, 1250), tone(500))
    detector = Detector()
    heard = [
        b for i in range(len(samples)) for b in detector.feed(i, samples[i : i + 1])
    ]
    about(heard, (300, 800, (1250,)))


@pytest.mark.parametrize(
    ("pause_ms", "count"), [(0, 1), (250, 1), (350, 2), (1_000, 2)]
)
def test_a_pause_above_300_ms_parts_two_sounds(pause_ms: int, count: int) -> None:
    heard = hear(
        pcm(tone(200), tone(500, 1250), tone(pause_ms), tone(500, 1250), tone(99))
    )
    assert len(heard) == count
    if count == 2:
        second = 700 + pause_ms
        about(heard, (200, 700, (1250,)), (second, second + 500, (1250,)))


def test_a_sound_is_given_as_soon_as_its_pause_is_over() -> None:
    detector = Detector()
    assert detector.feed(0, pcm(tone(500), tone(500, 1250), tone(250))) == []
    assert len(detector.feed(10_000, pcm(tone(150)))) == 1


def test_alternating_and_simultaneous_tones_are_both_dual() -> None:
    pair = [tone(250, 800), tone(250, 1250)] * 3
    heard = hear(pcm(tone(100), *pair, tone(1000), tone(500, 800, 1250), tone(100)))
    about(heard, (100, 1600, (800, 1250)), (2600, 3100, (800, 1250)))


@pytest.mark.parametrize("off_hz", [-12, 0, 12])
def test_a_tone_may_be_a_little_off(off_hz: int) -> None:
    about(
        hear(pcm(tone(100), tone(500, 1250 + off_hz), tone(100))), (100, 600, (1250,))
    )


@pytest.mark.parametrize("tone_hz", [700, 900, 1150, 1350, 1800, 2500])
def test_another_tone_is_none_of_ours(tone_hz: int) -> None:
    assert hear(pcm(tone(100), tone(500, tone_hz), tone(100))) == []


@pytest.mark.parametrize(("ms", "count"), [(120, 0), (160, 0), (200, 1)])
def test_a_tone_much_shorter_than_the_signature_is_chance(ms: int, count: int) -> None:
    assert len(hear(pcm(tone(100), tone(ms, 1250), tone(400)))) == count


def test_the_level_is_that_of_the_tone() -> None:
    for amplitude, level_db in ((1.0, 0.0), (0.1, -20.0), (0.002, -54.0)):
        (burst,) = hear(pcm(tone(100), tone(500, 1250, amplitude=amplitude), tone(99)))
        assert burst.level_db == pytest.approx(level_db, abs=0.2)
    assert hear(pcm(tone(100), tone(500, 1250, amplitude=0.0005), tone(100))) == []


def test_a_missing_stretch_is_silence() -> None:
    detector = Detector()
    samples = pcm(tone(100), tone(500, 1250))
    assert detector.feed(1_000_000, samples) == []
    first = detector.feed(1_000_000 + len(samples) + 4_000, samples)
    second = detector.flush()
    assert [b.first for b in first + second] == [
        pytest.approx(1_000_800, abs=EDGE_SAMPLES),
        pytest.approx(1_000_800 + 4_800 + 4_000, abs=EDGE_SAMPLES),
    ]


def test_samples_that_come_again_are_refused() -> None:
    detector = Detector()
    detector.feed(0, pcm(tone(100)))
    with pytest.raises(ValueError, match="comes again"):
        detector.feed(799, pcm(tone(100)))


def test_a_sound_without_end_is_told_minute_by_minute() -> None:
    heard = hear(pcm(tone(1_000), tone(150_000, 1250)))
    assert [b.tones_hz for b in heard] == [(1250,)] * 3
    assert heard[0].end - heard[0].first == pytest.approx(480_000, abs=EDGE_SAMPLES)
    for before, after in pairwise(heard):
        assert abs(after.first - before.end) <= EDGE_SAMPLES


def test_a_slam_within_a_tone_does_not_part_it() -> None:
    samples = pcm(tone(100), tone(500, 1250), tone(400)).astype(np.float64)
    rng = np.random.default_rng(1)
    samples[2_400:2_600] += rng.normal(0, 12_000, 200)
    heard = hear(np.clip(samples, -32_768, 32_767).astype(np.int16))
    about(heard, (100, 600, (1250,)), within_ms=32)


def test_the_table_decides_what_is_heard() -> None:
    low = Detector((Signature("low", (640,), 500),))
    heard = hear(pcm(tone(50), tone(500, 640), tone(900), tone(500, 1250)), 0, low)
    about(heard, (50, 550, (640,)))


def test_a_burst_becomes_a_reading() -> None:
    sound = Burst(100, 4_100, (1250,), -14.0).sound(5_000_000_000, 1_000)
    assert sound.t_ns == 5_000_000_000
    assert sound.u_ns == 1_000 + 32_000_000
    assert sound.duration_ms == 500
    assert sound.tones_hz == (1250,)
    assert sound.level_db == -14.0
