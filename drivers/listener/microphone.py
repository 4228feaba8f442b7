"""Data sheet: a microphone on this computer's sound card."""

from __future__ import annotations

import importlib
from collections import deque
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from drivers.listener.detector import Burst, Detector
from drivers.listener.index_time import Sighting
from drivers.listener.signatures import SIGNATURES, Signature
from drivers.listener.spectrum import SAMPLE_RATE_HZ
from harness.clock import NS_PER_S, Clock
from harness.errors import ConfigurationError, InstrumentFault, PortFault
from harness.evidence.recorder import Recorder
from harness.readings import Identity, Sound
from harness.roles import AlarmListener, Instrument

_BLOCK: Final = SAMPLE_RATE_HZ // 4
_KEPT: Final = 4 * 3600
"""Blocks that wait to be taken in, an hour."""
_SILENCE_NS: Final = 2 * NS_PER_S


@dataclass(frozen=True, slots=True)
class _Block:
    first: int
    pcm: bytes
    came_ns: int
    overflowed: bool


class Microphone(Instrument, AlarmListener):
    """Hears the known sounds in live audio, through PortAudio.

    Its samples are not kept: the journal has a note of each sound, and whoever needs
    the audio itself as evidence uses an ear. It needs the package ``sounddevice`` and a
    clock that runs in real time.

    Args:
        name: what the journal and messages call it.
        clock: bench time.
        recorder: where the sounds are noted.
        device: PortAudio's name of the input; None for the system's default.
        signatures: the sounds to listen for.
    """

    def __init__(
        self,
        name: str,
        clock: Clock,
        recorder: Recorder,
        *,
        device: str | None = None,
        signatures: tuple[Signature, ...] = SIGNATURES,
    ) -> None:
        self._name = name
        self._clock = clock
        self._recorder = recorder
        self._device = device
        self._detector = Detector(signatures)
        # PortAudio's thread puts blocks in, the bench's takes them out.
        self._blocks: deque[_Block] = deque(maxlen=_KEPT)
        self._came = 0
        self._taken = 0
        self._last_ns = 0
        self._stream: Any = None
        self._sounds: list[Sound] = []

    def connect(self) -> None:
        """Open the input, and begin to listen.

        Raises:
            ConfigurationError: sounddevice or PortAudio is not installed.
            PortFault: there is no such input, or it cannot record.
        """
        sounddevice = _library()
        try:
            self._stream = sounddevice.RawInputStream(
                samplerate=SAMPLE_RATE_HZ,
                blocksize=_BLOCK,
                device=self._device,
                channels=1,
                dtype="int16",
                callback=self._receive,
            )
            self._last_ns = self._clock.now_ns()
            self._stream.start()
        except (sounddevice.PortAudioError, ValueError) as error:
            raise PortFault(
                f"{self._name}: the audio input {self._device!r} cannot be opened"
                f" ({error}); plug it in, or correct its name"
            ) from error

    def read_identity(self) -> Identity:
        """Return the input's name; a sound card has no serial number to ask for."""
        sounddevice = _library()
        found = sounddevice.query_devices(self._device, "input")
        _, version = sounddevice.get_portaudio_version()
        return Identity(str(found["name"]), "", str(version))

    def listen(self) -> None:
        """Take in the blocks that have come.

        Raises:
            InstrumentFault: samples were lost, or none come any more.
        """
        while self._blocks:
            block = self._blocks.popleft()
            if block.overflowed or block.first != self._taken:
                self._taken = block.first + len(block.pcm) // 2
                raise InstrumentFault(
                    f"{self._name} lost samples, so silence proves nothing; let no"
                    " other program keep this computer busy, and run again"
                )
            samples = np.frombuffer(block.pcm, np.int16)
            self._taken += len(samples)
            self._last_ns = block.came_ns
            for burst in self._detector.feed(block.first, samples):
                self._add(burst, block)
        if self._clock.now_ns() - self._last_ns > _SILENCE_NS:
            raise InstrumentFault(
                f"{self._name} has sent nothing for 2 s; plug it in, and run again"
            )

    def take_sounds(self) -> list[Sound]:
        """Hand over the sounds that have ended since the last call."""
        self.listen()
        sounds, self._sounds = self._sounds, []
        return sounds

    def set_safe(self) -> str:
        """Do nothing: a microphone moves nothing."""
        return "listens only"

    def close(self) -> None:
        """Release the input."""
        if self._stream is not None:
            self._stream.close()

    def _receive(self, data: Any, frames: int, times: Any, status: Any) -> None:
        overflowed = bool(status.input_overflow)
        pcm = bytes(data)
        self._blocks.append(_Block(self._came, pcm, self._clock.now_ns(), overflowed))
        self._came += frames

    def _add(self, burst: Burst, block: _Block) -> None:
        """Date a burst: a block comes when it is full, and at most a latency later."""
        end = block.first + len(block.pcm) // 2
        latency_ns = round(self._stream.latency * NS_PER_S)
        seen = Sighting(end, block.came_ns - latency_ns, block.came_ns)
        sound = burst.sound(*seen.when(burst.first))
        tones = " and ".join(f"{tone_hz} Hz" for tone_hz in sound.tones_hz)
        self._recorder.note(
            f"{self._name}: heard {tones} for {sound.duration_ms} ms at"
            f" {sound.level_db} dB, from {sound.t_ns} ns on"
        )
        self._sounds.append(sound)


def _library() -> Any:
    try:
        return importlib.import_module("sounddevice")
    except (ImportError, OSError) as error:
        raise ConfigurationError(
            f"live audio needs the package sounddevice and PortAudio ({error}); install"
            " dosebench[audio], on Linux also libportaudio2, or use an ear"
        ) from error
