"""What sounds in the simulated room."""

from __future__ import annotations

import numpy as np
import pytest

from drivers.listener.signatures import SIGNATURES
from drivers.sim.contracts import FAR
from drivers.sim.sounds import CRITICAL, NONCRITICAL, REFERENCE, Pattern, SoundField

MS = 1_000_000
T0 = 1_767_225_600_000 * MS


def times(begin_ms: float, end_ms: float) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return T0 + np.arange(round(begin_ms * MS), round(end_ms * MS), 125_000)


@pytest.mark.parametrize(
    ("pattern", "number"), [(CRITICAL, 0), (NONCRITICAL, 1), (REFERENCE, 2)]
)
def test_the_listeners_own_table_says_the_same(pattern: Pattern, number: int) -> None:
    signature = SIGNATURES[number]
    assert tuple(sorted({tone_hz for tone_hz, _ in pattern})) == signature.tones_hz
    assert {duration_ms for _, duration_ms in pattern} == {signature.tone_ms}


def test_the_critical_pattern_lasts_three_seconds() -> None:
    assert sum(duration_ms for _, duration_ms in CRITICAL) == 3_000


def test_a_tone_has_its_frequency_and_level() -> None:
    field = SoundField()
    field.emit(T0, ((1250, 500),))
    heard = field.pressure(times(50, 450))
    spectrum = np.abs(np.fft.rfft(heard))
    assert np.argmax(spectrum) * 8_000 / len(heard) == pytest.approx(1250, abs=2)
    assert np.sqrt(np.mean(heard**2)) == pytest.approx(0.2 / 2**0.5, rel=0.01)


def test_pauses_and_what_is_over_are_silent() -> None:
    field = SoundField()
    field.emit(T0, ((800, 100), (0, 100), (1250, 100)))
    assert np.any(field.pressure(times(0, 100)))
    assert not np.any(field.pressure(times(100.125, 200)))
    assert np.any(field.pressure(times(200, 300)))
    assert not np.any(field.pressure(times(300.125, 400)))


def test_the_next_sound_is_known() -> None:
    field = SoundField()
    assert field.next_sound_ns(T0) == FAR
    field.emit(T0 + 5 * MS, ((800, 100), (0, 100), (1250, 100)))
    assert field.next_sound_ns(T0) == T0 + 5 * MS
    assert field.next_sound_ns(T0 + 50 * MS) == T0 + 50 * MS
    assert field.next_sound_ns(T0 + 105 * MS) == T0 + 205 * MS
    assert field.next_sound_ns(T0 + 305 * MS) == FAR


def test_two_sources_sound_together() -> None:
    field = SoundField()
    field.emit(T0, ((800, 1000),))
    alone = field.pressure(times(100, 200))
    field.emit(T0 + 100 * MS, ((1250, 100),))
    assert not np.allclose(field.pressure(times(100, 200)), alone)
    assert np.allclose(field.pressure(times(300, 400)), field.pressure(times(320, 420)))


def test_every_emission_is_told() -> None:
    told: list[None] = []
    SoundField(lambda: told.append(None)).emit(T0, REFERENCE)
    assert len(told) == 1
