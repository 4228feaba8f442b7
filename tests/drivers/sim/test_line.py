"""Line time, by hand: at 9600 baud and 10 bits a character takes 1.0416 ms."""

import pytest

from drivers.sim.contracts import FAR
from drivers.sim.line import LATENCY_NS, Line
from harness.ports.base import LineSettings, Parity

CHARACTER_NS = 1_041_666


def test_a_request_takes_its_characters() -> None:
    assert Line(LineSettings(baud=9600)).write(1_000, b"SI\r\n") == (
        1_000 + 4 * CHARACTER_NS
    )


@pytest.mark.parametrize(
    ("settings", "bits"),
    [
        (LineSettings(baud=1_000), 10),
        (LineSettings(baud=1_000, parity=Parity.EVEN), 11),
        (LineSettings(baud=1_000, data_bits=7, parity=Parity.ODD, stop_bits=2), 11),
    ],
)
def test_framing_counts(settings: LineSettings, bits: int) -> None:
    assert Line(settings).write(0, b"x") == bits * 1_000_000


def test_an_answer_arrives_whole_with_its_last_character() -> None:
    line = Line(LineSettings(baud=9600))
    line.send(0, b"abc")
    arrival_ns = LATENCY_NS + 3 * CHARACTER_NS
    assert line.next_arrival_ns() == arrival_ns
    assert line.waiting(arrival_ns - 1) == 0
    assert line.read(arrival_ns - 1, 10) == b""
    assert line.waiting(arrival_ns) == 3
    assert line.next_arrival_ns() == FAR
    assert line.read(arrival_ns, 2) == b"ab"
    assert line.read(arrival_ns, 2) == b"c"


def test_answers_queue_on_the_line() -> None:
    line = Line(LineSettings(baud=9600))
    line.send(0, b"abc")
    line.send(1, b"de")
    first_ns = LATENCY_NS + 3 * CHARACTER_NS
    second_ns = first_ns + 2 * CHARACTER_NS
    assert line.first_arrival_after(0) == first_ns
    assert line.first_arrival_after(first_ns) == second_ns
    assert line.first_arrival_after(second_ns) == FAR
    assert line.read(second_ns, 10) == b"abcde"
