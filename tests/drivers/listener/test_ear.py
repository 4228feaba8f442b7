"""The ear's driver: against frames made by hand, and on the simulated bench."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import fastcrc
import numpy as np
import pytest

from drivers.listener.ear import Ear
from drivers.listener.recording import read_samples
from drivers.sim.bench import SimulatedBench
from drivers.sim.contracts import FAR, Device, PumpParameters
from drivers.sim.ear_twin import EarParameters, EarTwin
from drivers.sim.sounds import CRITICAL, NONCRITICAL, REFERENCE, SoundField
from drivers.sim.surroundings_parameters import SurroundingsParameters
from drivers.sim.world import World
from harness.clock import NS_PER_MS, NS_PER_S
from harness.errors import InstrumentFault, InstrumentSilent
from harness.evidence.records import Kind
from harness.ports.base import LineSettings
from harness.ports.serial import SerialPort
from harness.readings import Identity
from harness.roles import AlarmListener, Instrument
from tests.drivers.scripted import (
    START_NS,
    ByteByByte,
    Desk,
    Exchange,
    ScriptedPort,
    desk,
)

AUDIO = Path(__file__).parents[2] / "data" / "audio"
LINE = LineSettings(baud=921_600)
PATTERNS = (CRITICAL, NONCRITICAL, REFERENCE)
DAY_NS = 86_400 * NS_PER_S


def frame(kind: int, payload: bytes) -> bytes:
    body = struct.pack("<BH", kind, len(payload)) + payload
    return b"\xe5\xa2" + body + struct.pack("<H", fastcrc.crc16.ibm_3740(body))


ASK = frame(0x01, b"")


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path) as here:
        yield here


class Counter:
    """What a real ear would answer: it counts from the start of the desk's clock."""

    def __init__(self, bench: Desk, sent: int = 0) -> None:
        self.bench = bench
        self.sent = sent
        self.ahead = 0

    def status(self, question: bytes) -> bytes:
        assert question == ASK
        return frame(
            0x81,
            b"E1".ljust(16, b"\0")
            + b"1.0".ljust(16, b"\0")
            + struct.pack("<QI", self.sample(), self.sent),
        )

    def sample(self) -> int:
        return (self.bench.clock.now_ns() - START_NS) // 125_000 + self.ahead

    def blocks(
        self, samples: np.ndarray[tuple[int], np.dtype[np.int16]]
    ) -> list[bytes]:
        made = []
        first = self.sample()
        for at in range(0, len(samples), 2_000):
            pcm = samples[at : at + 2_000].astype("<i2").tobytes()
            made.append(frame(0x82, struct.pack("<IQ", self.sent, first + at) + pcm))
            self.sent += 1
        return made


def scripted(
    bench: Desk, questions: int, line: type[ScriptedPort] = ScriptedPort
) -> tuple[Ear, ScriptedPort, Counter]:
    counter = Counter(bench)
    port = line(bench.clock, [Exchange(counter.status)] * questions)
    return (
        Ear("ear", bench.tap("ear", port), bench.clock, bench.recorder),
        port,
        counter,
    )


def test_it_is_an_alarm_listener(bench: Desk) -> None:
    ear, _, _ = scripted(bench, 0)
    assert isinstance(ear, Instrument)
    assert isinstance(ear, AlarmListener)
    assert ear.set_safe() == "listens only"


@pytest.mark.parametrize("line", [ScriptedPort, ByteByByte])
def test_audio_of_another_tool_is_heard(bench: Desk, line: type[ScriptedPort]) -> None:
    ear, port, counter = scripted(bench, 3, line)
    ear.connect()
    assert ear.read_identity() == Identity("DOSEBENCH-EAR", "E1", "1.0")
    began_ns = bench.clock.now_ns()
    stream = counter.blocks(read_samples(AUDIO / "noise-10.wav"))
    bench.clock.advance_to(began_ns + 6 * NS_PER_S)
    for block in stream:
        port.incoming += [block[:1_000], block[1_000:]]
        ear.listen()
    sounds = ear.take_sounds()

    port.finish()
    assert [(s.tones_hz, round(s.duration_ms, -2)) for s in sounds] == [
        ((800, 1250), 3_000),
        ((1250,), 500),
        ((2000,), 200),
    ]
    for sound, begin_ms in zip(sounds, (500, 4_000, 5_000), strict=True):
        assert abs(sound.t_ns - began_ns - begin_ms * NS_PER_MS) <= sound.u_ns
        assert sound.u_ns < 50 * NS_PER_MS


def test_sounds_are_handed_over_once_and_silence_is_proved(bench: Desk) -> None:
    ear, port, _ = scripted(bench, 3)
    ear.connect()
    assert ear.take_sounds() == []
    assert ear.take_sounds() == []
    port.finish()


def test_a_block_that_comes_together_with_the_answer_before_it_is_not_lost(
    bench: Desk,
) -> None:
    counter = Counter(bench)

    def status_and_block(question: bytes) -> bytes:
        status = counter.status(question)
        return status + counter.blocks(np.zeros(2_000, np.int16))[0]

    answers = [counter.status, status_and_block, counter.status]
    port = ScriptedPort(bench.clock, [Exchange(answer) for answer in answers])
    ear = Ear("ear", bench.tap("ear", port), bench.clock, bench.recorder)
    ear.connect()
    assert ear.take_sounds() == []
    assert ear.take_sounds() == []
    assert counter.sent == 1


def lose_the_last(blocks: list[bytes]) -> list[bytes]:
    return blocks[:-1]


def lose_the_first(blocks: list[bytes]) -> list[bytes]:
    return blocks[1:]


def lose_all(blocks: list[bytes]) -> list[bytes]:
    return []


def flip_a_bit(blocks: list[bytes]) -> list[bytes]:
    damaged = bytearray(blocks[2])
    damaged[500] ^= 4
    return [*blocks[:2], bytes(damaged), *blocks[3:]]


def repeat_one(blocks: list[bytes]) -> list[bytes]:
    return [blocks[0], *blocks]


def count_backwards(blocks: list[bytes]) -> list[bytes]:
    again = frame(0x82, struct.pack("<IQ", 1, 0) + bytes(4_000))
    return [blocks[0], again]


def answer_unasked(blocks: list[bytes]) -> list[bytes]:
    return [*blocks, frame(0x81, b"E1".ljust(16, b"\0") * 2 + bytes(12))]


@pytest.mark.parametrize(
    "harm",
    [
        lose_the_first,
        lose_the_last,
        lose_all,
        flip_a_bit,
        repeat_one,
        count_backwards,
        answer_unasked,
    ],
)
def test_what_was_lost_or_damaged_is_a_fault_and_not_silence(
    bench: Desk, harm: Callable[[list[bytes]], list[bytes]]
) -> None:
    ear, port, counter = scripted(bench, 9)
    ear.connect()
    bench.clock.advance_to(START_NS + NS_PER_S)
    port.incoming += harm(counter.blocks(read_samples(AUDIO / "sounds.wav")[:12_000]))
    with pytest.raises(InstrumentFault, match="proves nothing"):
        ear.take_sounds()
    # Then it begins anew.
    port.incoming = []
    port.incoming += counter.blocks(np.zeros(2_000, np.int16))
    ear.listen()
    assert ear.take_sounds() == []


def test_damage_is_journalled(bench: Desk) -> None:
    ear, port, counter = scripted(bench, 2)
    ear.connect()
    port.incoming += flip_a_bit(counter.blocks(np.zeros(8_000, np.int16)))
    with pytest.raises(InstrumentFault, match="check value"):
        ear.listen()
    (rejection,) = bench.records(Kind.REJECTION)
    assert rejection.fields["instrument"] == "ear"


def test_an_ear_that_restarted_is_a_fault(bench: Desk) -> None:
    ear, _, counter = scripted(bench, 3)
    ear.connect()
    bench.clock.advance_to(START_NS + 100 * NS_PER_S)
    counter.ahead = -400_000
    with pytest.raises(InstrumentFault, match="restarted"):
        ear.take_sounds()


def test_a_dead_ear_is_silent_and_not_silence(bench: Desk) -> None:
    port = ScriptedPort(bench.clock, [Exchange(ASK)])
    with pytest.raises(InstrumentSilent, match="heard nothing"):
        Ear("ear", bench.tap("ear", port), bench.clock, bench.recorder).connect()


def test_what_came_before_connecting_does_not_matter(bench: Desk) -> None:
    ear, port, counter = scripted(bench, 2)
    counter.sent = 40
    port.incoming.append(b"\x00rubbish\xe5\xa2\x82")
    ear.connect()
    assert ear.take_sounds() == []


class Sounder:
    """A device that sounds the pattern whose number it is sent, a moment later."""

    DELAY_NS = 123_456_789

    def __init__(self, field: SoundField) -> None:
        self._field = field
        self.begins_ns: list[int] = []

    def receive(self, t_ns: int, data: bytes) -> None:
        self.begins_ns.append(t_ns + self.DELAY_NS)
        self._field.emit(t_ns + self.DELAY_NS, PATTERNS[int(data)])

    def advance(self, t_ns: int) -> None:
        pass

    def next_event_ns(self) -> int:
        return FAR

    def take_output(self) -> list[tuple[int, bytes]]:
        return []

    def owes_reply(self) -> bool:
        return False


class Room:
    """An ear and a sounder on the simulated bench."""

    def __init__(self, here: Desk, parameters: EarParameters) -> None:
        self.desk = here
        world = World(PumpParameters(), SurroundingsParameters(), 1, START_NS)

        def changed() -> None:
            world.revision += 1

        field = SoundField(changed)
        self.sounder = Sounder(field)
        twin = EarTwin(parameters, field, 1, START_NS)
        devices: dict[str, tuple[Device, LineSettings]] = {
            "ear": (twin, LINE),
            "sounder": (self.sounder, LINE),
        }
        self.simulated = SimulatedBench(here.clock, world, devices)
        self.simulated.__enter__()
        clock = here.clock
        port = here.tap("ear", SerialPort("ear", "sim://ear", LINE, clock))
        self.ear = Ear("ear", port, clock, here.recorder)
        self.ear.connect()
        self._button = SerialPort("sounder", "sim://sounder", LINE, clock)

    def sound(self, number: int) -> int:
        """Sound a pattern; return when it begins."""
        self._button.write(str(number).encode())
        return self.sounder.begins_ns[-1]

    def wait(self, duration_ns: int, listen: bool = True) -> None:
        clock = self.desk.clock
        end_ns = clock.now_ns() + duration_ns
        while clock.sleep_until(end_ns) < end_ns:
            if listen:
                self.ear.listen()


@contextmanager
def room(here: Desk, parameters: EarParameters) -> Iterator[Room]:
    made = Room(here, parameters)
    try:
        yield made
    finally:
        made.simulated.close()


@pytest.mark.parametrize("ppm", [-50.0, 50.0])
def test_each_pattern_is_heard_a_month_later(bench: Desk, ppm: float) -> None:
    with room(bench, EarParameters(oscillator_ppm=ppm)) as here:
        for number, tones_hz, duration_ms in (
            (0, (800, 1250), 3_000),
            (1, (1250,), 500),
            (2, (2000,), 200),
        ):
            here.wait(30 * DAY_NS)
            began_ns = here.sound(number)
            here.wait(10 * NS_PER_S)
            (sound,) = here.ear.take_sounds()
            assert sound.tones_hz == tones_hz
            assert abs(sound.duration_ms - duration_ms) <= 20
            assert abs(sound.t_ns - began_ns) <= sound.u_ns
            assert sound.u_ns < 50 * NS_PER_MS


def test_repetition_is_heard(bench: Desk) -> None:
    with room(bench, EarParameters()) as here:
        began_ns = []
        for _ in range(5):
            began_ns.append(here.sound(0))
            here.wait(600 * NS_PER_S)
        sounds = here.ear.take_sounds()
        assert [each.tones_hz for each in sounds] == [(800, 1250)] * 5
        for sound, true_ns in zip(sounds, began_ns, strict=True):
            assert abs(sound.t_ns - true_ns) <= sound.u_ns


def test_what_was_heard_unobserved_is_dated_as_well(bench: Desk) -> None:
    with room(bench, EarParameters()) as here:
        began_ns = here.sound(1)
        here.wait(3_600 * NS_PER_S, listen=False)
        (sound,) = here.ear.take_sounds()
        assert abs(sound.t_ns - began_ns) <= sound.u_ns
        assert sound.u_ns < 500 * NS_PER_MS


def test_a_sound_that_goes_on_is_not_handed_over_yet(bench: Desk) -> None:
    with room(bench, EarParameters()) as here:
        here.sound(0)
        here.wait(2 * NS_PER_S)
        assert here.ear.take_sounds() == []
        here.wait(3 * NS_PER_S)
        assert len(here.ear.take_sounds()) == 1


def test_silence_sends_nothing_over_the_line(bench: Desk) -> None:
    with room(bench, EarParameters()) as here:
        before = bench.count()[Kind.EXCHANGE]
        here.wait(60 * DAY_NS)
        assert bench.count()[Kind.EXCHANGE] == before
        assert here.ear.take_sounds() == []


def test_a_deaf_ear_hears_no_reference(bench: Desk) -> None:
    with room(bench, EarParameters(deaf=True)) as here:
        here.sound(2)
        here.wait(10 * NS_PER_S)
        assert here.ear.take_sounds() == []
