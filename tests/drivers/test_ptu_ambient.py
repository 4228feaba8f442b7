"""The ambient sensor's driver against a script typed by hand from the manual."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from functools import reduce
from pathlib import Path

import pytest

from drivers.ptu_ambient import PtuAmbient
from harness.clock import NS_PER_MS, NS_PER_S
from harness.errors import InstrumentFault, InstrumentSilent
from harness.evidence.records import Kind
from harness.readings import Identity
from harness.roles import AmbientSensor
from tests.drivers.scripted import ByteByByte, Desk, Exchange, ScriptedPort, desk

ECHO = Exchange(b"ECHO OFF\r", (b"Echo           : OFF\r\n",))
FORM = (
    b'FORM "P=" 4.2 P U4 "T=" 3.2 T U3 "TA=" 3.2 TA U3 "RH=" 3.2 RH U4 ERR " X=" CSX'
    b" #r#n\r"
)
SHOWN = (
    b'Output format  : "P=" 4.2 P U4 "T=" 3.2 T U3 "TA=" 3.2 TA U3 "RH=" 3.2 RH U4 ERR'
    b' " X=" CSX \\r \\n\r\n'
)
READING = b"P=1013.25hPa T= 21.37'C TA= 20.98'C RH= 45.30%RH 0000 X=0A\r\n"
OTHER = b"P=1013.26hPa T= 21.37'C TA= 20.98'C RH= 45.30%RH 0000 X=09\r\n"
INFORMATION = (
    b"PTU303 / 1.16\r\n",
    b"Serial number  : A1234567\r\nBatch number   : A7654321\r\n",
    b"Start mode     : STOP\r\n",
)
SETUP = [
    Exchange(b"\r"),
    Exchange(b"S\r"),
    ECHO,
    Exchange(FORM, (b"OK\r\n",)),
    Exchange(b"FORM ?\r", (SHOWN,)),
]
FIRST = Exchange(b"SEND\r", (READING,))


class Prompting(ScriptedPort):
    """Sends a prompt after each answer, although the echo is off."""

    def chunks(self, answer: bytes) -> list[bytes]:
        return [answer + b">"]

    def write(self, data: bytes) -> None:
        if data == ECHO.sent and self.script[0].sent != data:
            self.incoming.append(b"Echo           : OFF\r\n>")
        else:
            super().write(data)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path) as here:
        yield here


def connected(
    bench: Desk, *more: Exchange, line: type[ScriptedPort] = ScriptedPort
) -> tuple[PtuAmbient, ScriptedPort]:
    port = line(bench.clock, [*SETUP, FIRST, *more])
    sensor = on(bench, port)
    sensor.connect()
    return sensor, port


def on(bench: Desk, port: ScriptedPort) -> PtuAmbient:
    return PtuAmbient(
        "ambient", bench.tap("ambient", port), bench.clock, bench.recorder
    )


@pytest.mark.parametrize("line", [ScriptedPort, ByteByByte, Prompting])
def test_every_command_on_every_line(bench: Desk, line: type[ScriptedPort]) -> None:
    sensor, port = connected(
        bench,
        Exchange(b"?\r", INFORMATION),
        Exchange(b"SEND\r", (OTHER,)),
        line=line,
    )
    assert isinstance(sensor, AmbientSensor)
    assert sensor.read_identity() == Identity("PTU303", "A1234567", "1.16")
    found = sensor.read_ambient()
    assert found.t_ns <= bench.clock.now_ns()
    assert (found.air_mk, found.liquid_mk) == (294_520, 294_130)
    assert (found.pressure_pa, found.humidity_ppm) == (101_326, 453_000)
    assert sensor.set_safe() == "only measures"
    sensor.close()
    assert port.closed
    assert not port.script
    assert bench.count()[Kind.RETRY] == 0


def test_a_reading_has_the_time_of_its_last_byte(bench: Desk) -> None:
    sensor, _ = connected(bench, Exchange(b"SEND\r", (READING,)))
    before_ns = bench.clock.now_ns()
    found = sensor.read_ambient()
    assert found.t_ns == bench.clock.now_ns()
    assert found.t_ns - before_ns < 10 * NS_PER_MS  # it waits for no silence


def test_a_transmitter_in_run_mode_with_echo_is_stopped_first(bench: Desk) -> None:
    old = b"P=  1013.2 hPa   T= 21.4 'C RH= 45.3 %RH \r\n"
    port = ScriptedPort(
        bench.clock,
        [
            Exchange(b"\r", (old, old)),
            Exchange(b"S\r", (old, b">")),
            Exchange(b"ECHO OFF\r", (b"ECHO OFF\r\nEcho           : OFF\r\n",)),
            *SETUP[3:],
            FIRST,
        ],
    )
    on(bench, port).connect()
    port.finish()


def test_a_damaged_line_is_rejected_and_asked_again(bench: Desk) -> None:
    damaged = READING.replace(b"1013", b"1012")
    sensor, port = connected(
        bench, Exchange(b"SEND\r", (damaged,)), ECHO, Exchange(b"SEND\r", (READING,))
    )
    assert sensor.read_ambient().pressure_pa == 101_325
    port.finish()
    (rejected,) = bench.records(Kind.REJECTION)
    assert rejected.fields["raw"] == damaged.hex()
    assert rejected.fields["reason"] == "check value differs: 0B computed, 0A sent"
    (retry,) = bench.records(Kind.RETRY)
    assert (retry.fields["command"], retry.fields["attempt"]) == ("SEND", 2)


def test_a_late_reading_never_passes_for_a_fresh_one(bench: Desk) -> None:
    late = ScriptedPort(bench.clock, [*SETUP, FIRST, Exchange(b"SEND\r", (b"",))])
    sensor = on(bench, late)
    sensor.connect()
    # The old answer comes while the driver gets back in step, the tail of it before.
    late.script += [
        Exchange(b"ECHO OFF\r", (READING[20:], READING, ECHO.answer[0])),
        Exchange(b"SEND\r", (OTHER,)),
    ]
    assert sensor.read_ambient().pressure_pa == 101_326
    late.finish()


def test_two_readings_for_one_question_are_none(bench: Desk) -> None:
    sensor, port = connected(
        bench,
        Exchange(b"SEND\r", (READING + OTHER,)),
        ECHO,
        Exchange(b"SEND\r", (OTHER,)),
    )
    assert sensor.read_ambient().pressure_pa == 101_326
    port.finish()


def test_what_waits_before_a_question_is_read_first(bench: Desk) -> None:
    sensor, port = connected(bench, ECHO, Exchange(b"SEND\r", (OTHER,)))
    port.incoming.append(READING)
    assert sensor.read_ambient().pressure_pa == 101_326
    (rejected,) = bench.records(Kind.REJECTION)
    assert rejected.fields["reason"] == "Conditions that answers no waiting command"


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (
            b"P=1013.25hPa T= 21.37'C TA=***.**'C RH= 45.30%RH 0010",
            "a value is missing",
        ),
        (
            b"P=1013.25hPa T= 21.37'C TA= 20.98'C RH= 45.30%RH 0001",
            "flags for P, T, TA, RH are 0001",
        ),
        (b"P=1013.25hPa T= 70.47'F TA= 69.76'F RH= 45.30%RH 0000", "a unit"),
    ],
)
def test_what_is_not_measured_is_a_fault_that_shows_the_bytes(
    bench: Desk, message: bytes, said: str
) -> None:
    covered = message + b" X="
    whole = covered + b"%02X\r\n" % reduce(operator.xor, covered)
    sensor, _ = connected(bench, Exchange(b"SEND\r", (whole,)))
    with pytest.raises(InstrumentFault) as caught:
        sensor.read_ambient()
    text = str(caught.value)
    assert text.startswith(f"ambient sent {whole!r}: ")
    assert said in text
    assert text.endswith("UNIT P hPa")
    assert bench.count()[Kind.RETRY] == 0


def test_silence_is_said_after_three_questions(bench: Desk) -> None:
    sensor, port = connected(bench, Exchange(b"SEND\r"), *[Exchange(b"ECHO OFF\r")] * 2)
    before_ns = bench.clock.now_ns()
    with pytest.raises(InstrumentSilent, match="did not answer 'SEND', sent 3 times"):
        sensor.read_ambient()
    port.finish()
    assert bench.clock.now_ns() - before_ns < 10 * NS_PER_S
    assert bench.count()[Kind.RETRY] == 2


def test_another_format_than_the_one_set_is_refused(bench: Desk) -> None:
    other = [SETUP[3], Exchange(b"FORM ?\r", (SHOWN.replace(b"TA U3", b"TD U3"),))]
    port = ScriptedPort(bench.clock, [*SETUP[:3], *other, *other])
    with pytest.raises(InstrumentFault, match="additional temperature probe"):
        on(bench, port).connect()


def test_a_format_that_was_damaged_on_the_way_is_set_again(bench: Desk) -> None:
    damaged = Exchange(b"FORM ?\r", (SHOWN.replace(b"X=", b"X=="),))
    port = ScriptedPort(bench.clock, [*SETUP[:4], damaged, *SETUP[3:], FIRST])
    on(bench, port).connect()
    port.finish()


class Stuck(ScriptedPort):
    """A line that says the same for ever once the sensor is asked for a reading."""

    def read(self, deadline_ns: int) -> bytes:
        asked = len(self.script) == 0
        return b"\n" if asked and not self.incoming else super().read(deadline_ns)


def test_a_line_that_is_stuck_is_a_fault_and_no_hang(bench: Desk) -> None:
    sensor, _ = connected(bench, Exchange(b"SEND\r", (b"P=",)), line=Stuck)
    with pytest.raises(InstrumentFault, match="sends without end"):
        sensor.read_ambient()


def test_an_instrument_of_another_kind_is_a_fault(bench: Desk) -> None:
    answers = [Exchange(b"?\r", (b"DOSE-O-MAT 3000\r\n",)), ECHO] * 6
    sensor, _ = connected(bench, *answers)
    with pytest.raises(InstrumentFault, match="DOSE-O-MAT"):
        sensor.read_identity()
