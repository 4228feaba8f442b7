"""Recordings made by another tool; tests/data/audio/README.md says what they hold."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest
from scipy import signal

from drivers.listener.recording import read_samples, read_sounds, resample
from harness.errors import ConfigurationError

AUDIO = Path(__file__).parents[2] / "data" / "audio"
SOUNDS = [(500, 3_000, (800, 1250)), (4_000, 500, (1250,)), (5_000, 200, (2000,))]
S = 1_000_000_000


@pytest.mark.parametrize(
    "name",
    ["sounds", "noise-20", "noise-10", "noise-6", "noise-3", "hum", "babble"],
)
def test_every_sound_is_heard_at_its_time(name: str) -> None:
    heard = read_sounds(AUDIO / f"{name}.wav", begins_ns=7 * S)
    assert [each.tones_hz for each in heard] == [tones for _, _, tones in SOUNDS]
    for sound, (begin_ms, duration_ms, _) in zip(heard, SOUNDS, strict=True):
        assert abs(sound.t_ns - 7 * S - begin_ms * 1_000_000) <= sound.u_ns
        assert sound.u_ns == 32_000_000
        assert sound.duration_ms == pytest.approx(duration_ms, abs=20)
        assert sound.level_db == pytest.approx(-14.0, abs=0.5)


@pytest.mark.parametrize("name", ["speech", "mains", "sweeps", "slams"])
def test_nothing_else_is_a_sound(name: str) -> None:
    assert read_sounds(AUDIO / f"{name}.wav") == []


def test_tones_at_once_are_one_sound() -> None:
    (sound,) = read_sounds(AUDIO / "together.wav")
    assert sound.tones_hz == (800, 1250)
    assert sound.duration_ms == pytest.approx(1_000, abs=10)


def test_a_recording_at_another_rate_is_brought_down() -> None:
    (sound,) = read_sounds(AUDIO / "fast.wav")
    assert sound.tones_hz == (1250,)
    assert sound.duration_ms == pytest.approx(500, abs=10)
    # Alone in the first 200 ms: the whistle at 6950 Hz, which would fold back.
    alone = read_samples(AUDIO / "fast.wav")[100:1_600] / 32_768
    assert np.sqrt(np.mean(alone**2)) < 0.001 * 0.28


@pytest.mark.parametrize(("rate_hz", "up", "down"), [(44_100, 80, 441), (48_000, 1, 6)])
def test_resampling_agrees_with_another_library(
    rate_hz: int, up: int, down: int
) -> None:
    rng = np.random.default_rng(3)
    slow = signal.firwin(401, 2_500, fs=rate_hz)
    noise = signal.lfilter(slow, 1, rng.normal(0, 10_000, rate_hz)).astype(np.int16)
    expected = signal.resample_poly(noise.astype(np.float64), up, down)
    got = resample(noise, rate_hz).astype(np.float64)
    assert len(got) == 8_000
    error = got[100:-100] - expected[100 : len(got) - 100]
    assert np.sqrt(np.mean(error**2)) < 0.005 * np.sqrt(np.mean(got**2))


@pytest.mark.parametrize(
    ("channels", "width", "rate_hz"), [(2, 2, 8_000), (1, 1, 8_000), (1, 2, 4_000)]
)
def test_another_kind_of_file_is_refused(
    tmp_path: Path, channels: int, width: int, rate_hz: int
) -> None:
    path = tmp_path / "other.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate_hz)
        file.writeframes(bytes(800))
    with pytest.raises(ConfigurationError, match=r"other\.wav.*convert"):
        read_sounds(path)


@pytest.mark.parametrize("content", [None, b"", b"no RIFF in here at all"])
def test_what_is_no_recording_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "none.wav"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"none\.wav"):
        read_sounds(path)
