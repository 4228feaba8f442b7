"""The ear's side of its line."""

from __future__ import annotations

import math
import struct
from typing import Any

import numpy as np
import pytest

from drivers.sim.contracts import FAR
from drivers.sim.ear_twin import EarParameters, EarTwin
from drivers.sim.noise import derive
from drivers.sim.sounds import CRITICAL, NONCRITICAL, SoundField
from protocols.ear import AskStatus, EarBlock, EarReader, EarStatus, encode

S = 1_000_000_000
T0 = 1_767_225_600 * S
DAY = 86_400 * S
EXACT = EarParameters(oscillator_ppm=0.0)


def ear(parameters: EarParameters = EXACT) -> tuple[EarTwin, SoundField]:
    field = SoundField()
    return EarTwin(parameters, field, 1, T0), field


def blocks(twin: EarTwin) -> list[tuple[int, EarBlock]]:
    found = []
    for t_ns, data in twin.take_output():
        (message,) = EarReader().feed(data)
        assert isinstance(message, EarBlock)
        found.append((t_ns, message))
    return found


def status(twin: EarTwin, t_ns: int) -> EarStatus:
    twin.advance(t_ns)
    twin.take_output()
    twin.receive(t_ns, encode(AskStatus()))
    ((sent_ns, data),) = twin.take_output()
    assert sent_ns == t_ns
    (message,) = EarReader().feed(data)
    assert isinstance(message, EarStatus)
    return message


def test_silent_months_send_nothing_and_cost_nothing() -> None:
    twin, _ = ear()
    assert twin.next_event_ns() == FAR
    twin.advance(T0 + 200 * DAY)
    assert twin.take_output() == []
    assert status(twin, T0 + 200 * DAY) == EarStatus(
        "E000000001", "1.0", 200 * 86_400 * 8_000, 0
    )


def test_a_beep_is_sent_with_the_block_before_and_half_a_second_after() -> None:
    twin, field = ear()
    at_ns = T0 + DAY + S // 10
    field.emit(at_ns, NONCRITICAL)  # from 0.1 s to 0.6 s: blocks 0, 1 and 2 of that day
    twin.advance(T0 + DAY + 10 * S)
    sent = blocks(twin)
    day = 86_400 * 8_000
    assert [block.first_sample - day for _, block in sent] == [
        -2_000, 0, 2_000, 4_000, 6_000, 8_000
    ]  # fmt: skip
    assert [block.sequence for _, block in sent] == list(range(6))
    # The block before waits until something is loud.
    assert [t_ns - T0 - DAY for t_ns, _ in sent] == [
        S // 4, S // 4, S // 2, 3 * S // 4, S, 5 * S // 4
    ]  # fmt: skip
    assert twin.next_event_ns() == FAR


def test_how_often_it_is_looked_at_changes_nothing() -> None:
    coarse, field = ear()
    field.emit(T0 + S, CRITICAL)
    coarse.advance(T0 + 9 * S)
    fine, field = ear()
    field.emit(T0 + S, CRITICAL)
    for step in range(900):
        fine.advance(T0 + step * S // 100)
    assert coarse.take_output() == fine.take_output()


def test_the_samples_hold_the_tone_and_the_noise() -> None:
    twin, field = ear(EarParameters(oscillator_ppm=0.0, gain=0.5, noise=0.002))
    field.emit(T0 + S, ((800, 1000),))
    twin.advance(T0 + 9 * S)
    pcm = {
        b.first_sample: np.frombuffer(b.pcm, "<i2") / 32_767 for _, b in blocks(twin)
    }
    spectrum = np.abs(np.fft.rfft(pcm[10_000]))
    assert np.argmax(spectrum) * 4 == 800
    assert np.sqrt(np.mean(pcm[10_000] ** 2)) == pytest.approx(0.1 / 2**0.5, rel=0.02)
    assert np.std(pcm[6_000]) == pytest.approx(0.002, rel=0.1)
    assert not np.array_equal(pcm[6_000], pcm[18_000])


def test_the_noise_of_a_sample_is_the_sum_of_the_four_parts_of_a_random_word() -> None:
    twin, _ = ear(EarParameters(oscillator_ppm=0.0, noise=0.01))
    twin.advance(T0 + S // 2)
    _, (_, second) = blocks(twin)
    key = int.from_bytes(derive(1, "ear", "E000000001"), "big")
    words = np.random.Philox(key=key, counter=1 << 64).random_raw(2_000).tolist()
    sums = [sum(word >> shift & 0xFFFF for shift in (0, 16, 32, 48)) for word in words]
    deviation = 65_536 * math.sqrt(4 / 12)
    noise = [(total - 131_070) / deviation * 0.01 for total in sums]
    assert list(struct.unpack("<2000h", second.pcm)) == [
        round(share * 32_767) for share in noise
    ]


def test_a_loud_sound_saturates() -> None:
    twin, field = ear(EarParameters(gain=100.0))
    field.emit(T0, ((800, 250),))
    twin.advance(T0 + S)
    pcm = np.frombuffer(blocks(twin)[0][1].pcm, "<i2")
    assert pcm.max() == 32_767
    assert pcm.min() == -32_768


def test_below_the_squelch_nothing_is_sent() -> None:
    twin, field = ear(EarParameters(gain=0.01))
    field.emit(T0, CRITICAL)
    twin.advance(T0 + 9 * S)
    assert twin.take_output() == []
    assert status(twin, T0 + 9 * S).next_sequence == 0


def test_a_deaf_ear_answers_and_hears_nothing() -> None:
    twin, field = ear(EarParameters(deaf=True))
    field.emit(T0, CRITICAL)
    twin.advance(T0 + 9 * S)
    assert twin.take_output() == []
    assert status(twin, T0 + 9 * S).serial == "E000000001"


def test_noise_above_the_squelch_is_sent_all_the_time() -> None:
    twin, _ = ear(EarParameters(noise=0.01))
    twin.advance(T0 + 10 * S)
    assert [block.sequence for _, block in blocks(twin)] == list(range(40))


@pytest.mark.parametrize("ppm", [-50.0, 0.0, 20.0, 50.0])
def test_the_oscillator_runs_fast_by_its_parameter(ppm: float) -> None:
    twin, _ = ear(EarParameters(oscillator_ppm=ppm))
    counted = status(twin, T0 + 10 * DAY).sample
    nominal = 10 * 86_400 * 8_000
    assert counted / nominal - 1 == pytest.approx(ppm * 1e-6, rel=1e-3, abs=1e-9)


@pytest.mark.parametrize("name", ["gain", "noise", "squelch"])
def test_what_cannot_be_is_refused(name: str) -> None:
    wrong: dict[str, Any] = {name: -0.1}
    with pytest.raises(ValueError, match=name):
        EarParameters(**wrong)
