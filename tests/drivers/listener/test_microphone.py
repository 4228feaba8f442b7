"""Live audio: through PortAudio and ALSA where they are, else only its refusals."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from drivers.listener.microphone import Microphone
from drivers.listener.recording import read_samples
from harness.errors import ConfigurationError
from harness.roles import AlarmListener, Instrument
from tests.drivers.scripted import desk

ROOT = Path(__file__).parents[3]
SOUNDS = ROOT / "tests" / "data" / "audio" / "sounds.wav"
ALSA = Path("/usr/share/alsa/alsa.conf")

# A sound card whose input is a pipe. PortAudio opens it already while it looks for
# devices, and waits for a writer, so the pipe is held open from both ends.
CARD = """
<{alsa}>
pcm.replay {{
  type file
  slave.pcm "null"
  file "/dev/null"
  infile "{pipe}"
  format "raw"
}}
pcm.!default "replay"
"""

PROGRAM = """
import os, sys, threading
from pathlib import Path
from harness.clock import RealClock
from harness.evidence.journal import Journal
from harness.evidence.recorder import Recorder
from drivers.listener.microphone import Microphone

folder = Path(sys.argv[1])
pipe = os.open(folder / "pipe", os.O_RDWR)
pcm = (folder / "pcm").read_bytes()
parts = [pcm[at : at + 4_000] for at in range(0, len(pcm), 4_000)]
play = threading.Thread(target=lambda: [os.write(pipe, part) for part in parts])
play.daemon = True
play.start()
with Journal(folder / "run") as journal:
    clock = RealClock()
    microphone = Microphone("listener", clock, Recorder(journal, clock))
    microphone.connect()
    began_ns = clock.now_ns()
    heard = []
    while len(heard) < 3 and clock.now_ns() < began_ns + 20_000_000_000:
        clock.sleep_until(clock.now_ns() + 20_000_000)
        heard += microphone.take_sounds()
    for sound in heard:
        print(sound.duration_ms, *sound.tones_hz)
    print(microphone.read_identity().model)
    os.close(pipe)
    microphone.close()
"""


def has_portaudio() -> bool:
    try:
        importlib.import_module("sounddevice")
    except (ImportError, OSError):
        return False
    return ALSA.is_file()


@pytest.mark.skipif(not has_portaudio(), reason="needs sounddevice, PortAudio and ALSA")
def test_live_audio_is_heard(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    # A second of silence behind the last sound ends it.
    pcm = read_samples(SOUNDS).tobytes() + bytes(20_000)
    (tmp_path / "pcm").write_bytes(pcm)
    card = tmp_path / "asound.conf"
    card.write_text(CARD.format(alsa=ALSA, pipe=tmp_path / "pipe"), "utf-8")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "ALSA_CONFIG_PATH": str(card)},
        capture_output=True,
        text=True,
        timeout=50,
        check=True,
    )
    assert done.stdout.splitlines() == [
        "3000 800 1250",
        "500 1250",
        "200 2000",
        "default",
    ]


def test_without_the_package_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    with desk(tmp_path) as bench:
        microphone = Microphone("listener", bench.clock, bench.recorder)
        with pytest.raises(ConfigurationError, match=r"dosebench\[audio\]"):
            microphone.connect()
        microphone.close()


def test_it_is_an_alarm_listener(tmp_path: Path) -> None:
    with desk(tmp_path) as bench:
        microphone = Microphone("listener", bench.clock, bench.recorder)
        assert isinstance(microphone, Instrument)
        assert isinstance(microphone, AlarmListener)
        assert microphone.set_safe() == "listens only"
