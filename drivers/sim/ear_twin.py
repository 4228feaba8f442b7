"""The ear's side of its line: a recorder that sends only while something sounds."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Final

import numpy as np
from numpy.typing import NDArray

from drivers.sim import noise
from drivers.sim.contracts import FAR
from drivers.sim.sounds import SoundField
from protocols.ear import (
    SEQUENCE_MODULO,
    AskStatus,
    EarBlock,
    EarReader,
    EarStatus,
    encode,
)

BLOCK_SAMPLES: Final = 2_000
"""A quarter of a second."""

_NS_PER_SAMPLE: Final = 125_000
_MILLION: Final = 1_000_000
_HANG_BLOCKS: Final = 2
_FULL_SCALE: Final = 32_767
# Four uniform numbers of 16 bits: their sum is nearly normal.
_PARTS: Final = 4
_PARTS_MEAN: Final = _PARTS * 65_535 / 2
_PARTS_DEVIATION: Final = 65_536 * math.sqrt(_PARTS / 12)


@dataclass(frozen=True, slots=True)
class EarParameters:
    """One ear; magnitudes are those of a small microphone box [I]."""

    serial: str = "E000000001"
    firmware: str = "1.0"
    gain: Annotated[float, "1"] = 1.0
    noise: Annotated[float, "1"] = 0.001
    """Standard deviation of its own and the room's noise, as a share of full scale."""
    squelch: Annotated[float, "1"] = 0.006
    """Root mean square over a block above which it sends, as a share of full scale."""
    oscillator_ppm: Annotated[float, "1"] = 20.0
    """Millionths by which it samples too fast."""
    deaf: bool = False
    """Its microphone is broken: it answers, and never hears anything."""

    def __post_init__(self) -> None:
        for name, value in (
            ("gain", self.gain),
            ("noise", self.noise),
            ("squelch", self.squelch),
        ):
            if value < 0:
                raise ValueError(
                    f"simulation parameter {name} must be at least 0; correct it"
                )


class EarTwin:
    """Device side of the ear's line; implements :class:`contracts.Device`.

    It keeps the block before the one in which the sound rises above the squelch, and
    sends on for two blocks after the last loud one.

    Args:
        parameters: of the ear.
        field: what it hears.
        seed: of its noise.
        start_ns: when its power came on.
        works: tells whether its microphone does, at a bench time.
    """

    def __init__(
        self,
        parameters: EarParameters,
        field: SoundField,
        seed: int,
        start_ns: int,
        works: Callable[[int], bool] = lambda t_ns: True,
    ) -> None:
        self._parameters = parameters
        self._works = works
        self._field = field
        self._key = int.from_bytes(noise.derive(seed, "ear", parameters.serial), "big")
        self._start_ns = start_ns
        self._reader = EarReader()
        self._output: list[tuple[int, bytes]] = []
        self._sequence = 0
        self._block = 0
        self._sent_block = -1
        self._hang = 0

    def receive(self, t_ns: int, data: bytes) -> None:
        """Take bytes; answer each question."""
        for message in self._reader.feed(data):
            if isinstance(message, AskStatus):
                parameters = self._parameters
                status = EarStatus(
                    parameters.serial,
                    parameters.firmware,
                    self._samples(t_ns),
                    self._sequence,
                )
                self._output.append((t_ns, encode(status)))

    def advance(self, t_ns: int) -> None:
        """Record the blocks that are full by ``t_ns``, and send the loud ones."""
        while (end_ns := self.next_event_ns()) <= t_ns:
            self._block = self._samples(end_ns) // BLOCK_SAMPLES - 1
            self._record(end_ns)
            self._block += 1
        # Whatever has been quiet until now stays so.
        self._block = max(self._block, self._samples(t_ns) // BLOCK_SAMPLES)

    def next_event_ns(self) -> int:
        """Return when the next block is full that may have to be sent, or FAR."""
        block = self._block
        if not (self._hang or self._parameters.noise >= self._parameters.squelch):
            if self._parameters.deaf:
                return FAR
            begin_ns = self._moment(block * BLOCK_SAMPLES)
            sound_ns = self._field.next_sound_ns(begin_ns)
            if sound_ns >= FAR:
                return FAR
            if sound_ns > begin_ns:
                block = self._samples(sound_ns) // BLOCK_SAMPLES
        return self._moment((block + 1) * BLOCK_SAMPLES)

    def take_output(self) -> list[tuple[int, bytes]]:
        """Hand over what was sent since the last call."""
        output, self._output = self._output, []
        return output

    def owes_reply(self) -> bool:
        """Return False."""
        return False

    def _record(self, end_ns: int) -> None:
        pcm = self._render(self._block)
        # Whole numbers, so that the sum is exact in any order.
        values = pcm.astype(np.float64)
        loudness = math.sqrt(float(values @ values) / BLOCK_SAMPLES) / _FULL_SCALE
        if loudness >= self._parameters.squelch:
            before = self._block - 1
            if 0 <= before > self._sent_block:
                self._send(end_ns, before, self._render(before))
            self._hang = _HANG_BLOCKS
        elif self._hang:
            self._hang -= 1
        else:
            return
        self._send(end_ns, self._block, pcm)

    def _send(self, t_ns: int, block: int, pcm: NDArray[np.int16]) -> None:
        message = EarBlock(self._sequence, block * BLOCK_SAMPLES, pcm.tobytes())
        self._output.append((t_ns, encode(message)))
        self._sequence = (self._sequence + 1) % SEQUENCE_MODULO
        self._sent_block = block

    def _render(self, block: int) -> NDArray[np.int16]:
        """Return a block's samples; a loud sound saturates, as a converter does."""
        raw = np.random.Philox(key=self._key, counter=block << 64)
        parts = raw.random_raw(BLOCK_SAMPLES).astype("<u8", copy=False).view("<u2")
        # Two by two: a sum over an axis of four is six times as slow.
        pairs = np.add(parts[::2], parts[1::2], dtype=np.uint32)
        sums = pairs[::2] + pairs[1::2]
        heard = (sums - _PARTS_MEAN) / _PARTS_DEVIATION * self._parameters.noise
        begin_ns = self._moment(block * BLOCK_SAMPLES)
        end_ns = self._moment((block + 1) * BLOCK_SAMPLES)
        if self._hears(begin_ns, end_ns):
            places = np.arange(BLOCK_SAMPLES) * (end_ns - begin_ns) // BLOCK_SAMPLES
            heard += self._parameters.gain * self._field.pressure(begin_ns + places)
        scaled = np.rint(heard * _FULL_SCALE).clip(-_FULL_SCALE - 1, _FULL_SCALE)
        return np.asarray(scaled, dtype="<i2")

    def _hears(self, begin_ns: int, end_ns: int) -> bool:
        """Tell whether a sound between two moments gets through the microphone."""
        return (
            not self._parameters.deaf
            and self._works(begin_ns)
            and self._field.next_sound_ns(begin_ns) < end_ns
        )

    def _moment(self, sample: int) -> int:
        """Return when so many samples have been taken."""
        nominal_ns = sample * _NS_PER_SAMPLE
        fast_ns = round(nominal_ns * self._parameters.oscillator_ppm) // _MILLION
        return self._start_ns + nominal_ns - fast_ns

    def _samples(self, t_ns: int) -> int:
        """Return how many samples have been taken by ``t_ns``."""
        guess = (t_ns - self._start_ns) // _NS_PER_SAMPLE
        # After a year the first correction is out by hundreds of samples.
        for _ in range(2):
            guess += (t_ns - self._moment(guess)) // _NS_PER_SAMPLE
        while self._moment(guess) > t_ns:
            guess -= 1
        while self._moment(guess + 1) <= t_ns:
            guess += 1
        return guess
