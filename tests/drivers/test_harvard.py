"""The Harvard driver against answers typed by hand, and on the simulated bench."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from drivers.harvard import HarvardPump, read_options
from drivers.sim.contracts import PumpParameters
from drivers.sim.factory import PUMP, Twins, build
from drivers.sim.harvard_twin import HarvardTwin
from drivers.sim.parts import Simulation
from drivers.sim.syringe_pump import SyringeDefect, SyringePumpParameters
from drivers.sim.world import World
from harness.clock import VirtualClock
from harness.errors import (
    CommandRefused,
    ConfigurationError,
    InstrumentSilent,
    LinkViolation,
)
from harness.evidence.records import Kind
from harness.ports.base import LineSettings
from harness.ports.serial import SerialPort
from harness.readings import Alarm, Identity, PumpMode, PumpState
from harness.toml_files import Table
from harness.units import magnitude, ureg
from tests.drivers.scripted import ByteByByte, Desk, Exchange, ScriptedPort, desk

RATE = ureg.Quantity(2.5, "mL/hour")
ZERO = ureg.Quantity(0, "mL/hour")
DIAMETER = ureg.Quantity(14.57, "mm")
OK = b"\n:\x11"
RUNS = b"\n>\x11"
POLL = Exchange(b"poll on\r", (OK,))
WHO = Exchange(b"version\r", (b"\nPHD ULTRA 3.0.4\r\n:\x11",))
STOP = Exchange(b"stp\r", (OK,))


def status(volume_fl: int = 0, prompt: str = ":", flags: str = "i...I") -> Exchange:
    line = f"\n694444444 3 {volume_fl} {flags}\r\n{prompt}\x11"
    return Exchange(b"status\r", (line.encode(),))


def says(question: bytes, line: bytes) -> Exchange:
    return Exchange(question + b"\r", (b"\n" + line + b"\r\n:\x11",))


def sets(command: bytes) -> Exchange:
    return Exchange(command + b"\r", (OK,))


LOOK = status(0, ">")
PREPARED = (
    LOOK,
    STOP,
    status(),
    sets(b"diameter 14.57"),
    says(b"diameter", b"14.5700 mm"),
    sets(b"irate 2500 ul/hr"),
    says(b"irate", b"2.5 ml/hr"),
)
FREE = (sets(b"ctvolume"), says(b"tvolume", b"Target volume not set"))
Make = Callable[..., tuple[HarvardPump, Desk, ScriptedPort]]


@pytest.fixture(params=[ScriptedPort, ByteByByte])
def pump_on(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Make]:
    with desk(tmp_path) as bench:

        def made(*script: Exchange) -> tuple[HarvardPump, Desk, ScriptedPort]:
            port = request.param(bench.clock, [POLL, WHO, *script])
            pump = HarvardPump(
                "pump",
                bench.tap("pump", port),
                bench.clock,
                bench.recorder,
                diameter=DIAMETER,
            )
            pump.connect()
            return pump, bench, port

        yield made


def test_a_rate_is_read_back_before_the_pump_runs(pump_on: Make) -> None:
    pump, bench, port = pump_on(
        WHO, *PREPARED, *FREE, Exchange(b"irun\r", (RUNS,)),
        status(10**12, ">"), status(10**12, ">"),
    )  # fmt: skip
    assert pump.read_identity() == Identity("PHD ULTRA", "", "3.0.4")
    assert magnitude(pump.start_continuous(RATE), "nL/hour") == 2_500_000
    reading = pump.read_status()
    assert (reading.mode, reading.state) == (PumpMode.CONTINUOUS, PumpState.DELIVERING)
    assert (reading.rate_nl_per_h, reading.delivered_nl) == (2_500_000, 1_000_000)
    port.finish()
    (intent,) = bench.records(Kind.INTENT)
    assert intent.fields["details"] == {"rate_nl_per_h": 2_500_000}


def test_a_bolus_is_a_target_and_its_count_goes_on(pump_on: Make) -> None:
    pump, _, port = pump_on(
        *PREPARED,
        *2 * (status(7 * 10**9),),
        sets(b"civolume"),
        *2 * (status(0),),
        sets(b"tvolume 1000 ul"),
        says(b"tvolume", b"1 ml"),
        Exchange(b"irun\r", (RUNS,)),
        *2 * (status(10**12, "T*"),),
    )
    minutes = ureg.Quantity(24, "minute")
    pump.start_bolus(ureg.Quantity(1, "mL"), minutes, ZERO)
    reading = pump.read_status()
    assert (reading.mode, reading.state) == (PumpMode.STOPPED, PumpState.STOPPED)
    assert (reading.rate_nl_per_h, reading.delivered_nl) == (0, 1_007_000)
    port.finish()


@pytest.mark.parametrize(
    "script",
    [
        (*PREPARED[:4], says(b"diameter", b"14.58 mm")),
        (*PREPARED[:6], says(b"irate", b"2.6 ml/hr")),
        (*PREPARED[:6], says(b"irate", b"3 ml/hr")),
        (*PREPARED[:6], says(b"irate", b"what")),
        (*PREPARED, *FREE, Exchange(b"irun\r", (OK,))),
        (*PREPARED, *FREE, Exchange(b"irun\r", (b"\n*\x11",))),
        (LOOK, *3 * (STOP, status(0, ">"))),
    ],
)
def test_what_was_understood_otherwise_is_found_and_not_started(
    pump_on: Make, script: tuple[Exchange, ...]
) -> None:
    pump, _, port = pump_on(*script)
    with pytest.raises(LinkViolation):
        pump.start_continuous(RATE)
    port.finish()


def test_a_refusal_names_the_command_and_the_pumps_words(pump_on: Make) -> None:
    pump, _, _ = pump_on(
        *PREPARED[:5], *2 * (says(b"irate 2500 ul/hr", b"Out of range"),)
    )
    with pytest.raises(CommandRefused, match="Out of range") as caught:
        pump.start_continuous(RATE)
    assert (caught.value.command, caught.value.code) == ("irate", "Out of range")


def test_a_start_that_is_not_answered_is_never_repeated(pump_on: Make) -> None:
    pump, bench, port = pump_on(*PREPARED, *FREE, Exchange(b"irun\r", (b"",)))
    with pytest.raises(InstrumentSilent, match="to irun, sent 1 times"):
        pump.start_continuous(RATE)
    port.finish()
    assert bench.count()[Kind.RETRY] == 0


def test_a_refusal_counts_only_when_it_comes_again(pump_on: Make) -> None:
    """Without a check value, a damaged command is refused like a wrong one."""
    pump, bench, port = pump_on(
        *PREPARED[:5],
        says(b"irate 2500 ul/hr", b"Command error"),
        *PREPARED[5:],
        *FREE,
        Exchange(b"irun\r", (RUNS,)),
    )
    pump.start_continuous(RATE)
    port.finish()
    assert bench.count()[Kind.RETRY] == 1


def test_a_stall_just_before_a_stop_is_in_the_journal(pump_on: Make) -> None:
    pump, bench, port = pump_on(*3 * (status(0, "*", "i.S.I"),), STOP, status())
    pump.stop()
    (alarm,) = bench.records(Kind.ALARM)
    assert alarm.fields["raised"] == ["MOTOR_STALL"]
    port.finish()


def test_a_stop_goes_out_to_a_pump_that_says_nothing(pump_on: Make) -> None:
    silent = (b"",)
    pump, _, port = pump_on(
        Exchange(b"status\r", silent),
        Exchange(b"stp\r", silent),
        *3 * (Exchange(b"version\r", silent),),
    )
    with pytest.raises(InstrumentSilent):
        pump.set_safe()
    assert not port.script


@pytest.mark.parametrize(
    "script",
    [
        (sets(b"ctvolume"), says(b"tvolume", b"1 ml")),
        (sets(b"ctvolume"), says(b"tvolume", b"0.5 ul")),
    ],
)
def test_a_target_that_stays_is_found_before_the_pump_runs(
    pump_on: Make, script: tuple[Exchange, ...]
) -> None:
    pump, _, port = pump_on(*PREPARED, *script)
    with pytest.raises(LinkViolation, match="still has a target"):
        pump.start_continuous(RATE)
    port.finish()


def test_a_count_that_stays_is_found_before_a_bolus(pump_on: Make) -> None:
    pump, _, port = pump_on(
        *PREPARED,
        *2 * (status(7 * 10**9),),
        sets(b"civolume"),
        *2 * (status(7 * 10**9),),
    )
    with pytest.raises(LinkViolation, match="still counts 7000 nL"):
        pump.start_bolus(ureg.Quantity(1, "mL"), ureg.Quantity(24, "minute"), ZERO)
    port.finish()


def test_an_answer_that_is_later_than_every_patience_answers_nothing_else(
    tmp_path: Path,
) -> None:
    """It comes while the same question is asked again."""
    stale = b"\n694444444 3 999000000 i...I\r\n:\x11"
    script = [
        POLL,
        WHO,
        Exchange(b"status\r", (b"",)),
        Exchange(b"version\r", (stale, *WHO.answer)),
        *2 * (status(5_000_000),),
    ]
    with desk(tmp_path) as bench:
        port = ScriptedPort(bench.clock, script)
        pump = HarvardPump("pump", bench.tap("p", port), bench.clock, bench.recorder)
        pump.connect()
        assert pump.read_status().delivered_nl == 5
        port.finish()


def test_a_late_answer_never_counts(tmp_path: Path) -> None:
    late = b"\n694444444 3 999000000 i...I\r\n:\x11"
    script = [POLL, WHO, Exchange(b"status\r", (late[:20], b"", late[20:])),
              WHO, status(5_000_000), status(5_000_000)]  # fmt: skip
    with desk(tmp_path) as bench:
        port = ScriptedPort(bench.clock, script)
        pump = HarvardPump("pump", bench.tap("p", port), bench.clock, bench.recorder)
        pump.connect()
        assert pump.read_status().delivered_nl == 5
        assert bench.count()[Kind.RETRY] == 1
        assert bench.count()[Kind.REJECTION] >= 1


def test_it_is_asked_again_after_silence_and_damage(pump_on: Make) -> None:
    silent = Exchange(b"status\r")
    cut = Exchange(b"status\r", (b"\n694444444 3 50",))
    pump, bench, port = pump_on(
        *(cut, WHO, silent, WHO, cut, WHO, silent, WHO),
        *2 * (status(5 * 10**9),),
    )
    assert pump.read_status().delivered_nl == 5_000
    assert bench.count()[Kind.RETRY] == 4
    port.finish()


def test_a_pump_that_falls_silent_is_given_up(pump_on: Make) -> None:
    pump, _, port = pump_on(Exchange(b"status\r"), *2 * (Exchange(b"version\r"),))
    with pytest.raises(InstrumentSilent, match="status, sent 3 times"):
        pump.read_status()
    port.finish()


@pytest.mark.parametrize(
    ("prompt", "flags", "state", "alarm"),
    [
        ("*", "i.S.I", PumpState.STALLED, "MOTOR_STALL"),
        (":", "i.S.I", PumpState.STALLED, "MOTOR_STALL"),
        (">*", "i...I", PumpState.EMPTY, "EMPTY_RESERVOIR"),
        (":", "iI..I", PumpState.EMPTY, "EMPTY_RESERVOIR"),
    ],
)
def test_a_stall_is_journalled_when_it_begins_and_when_it_ends(
    pump_on: Make, prompt: str, flags: str, state: PumpState, alarm: str
) -> None:
    stalled = status(0, prompt, flags)
    pump, bench, _ = pump_on(*4 * (stalled,), *2 * (status(),))
    readings = [pump.read_status() for _ in range(3)]
    assert [each.state for each in readings] == [state, state, PumpState.STOPPED]
    assert readings[0].alarms is Alarm[alarm]
    began, ended = bench.records(Kind.ALARM)
    assert (began.fields["raised"], ended.fields["cleared"]) == ([alarm], [alarm])


def test_a_pump_that_withdraws_is_found(pump_on: Make) -> None:
    pump, _, _ = pump_on(*2 * (status(0, "<", "w...I"),))
    with pytest.raises(LinkViolation, match="withdraws"):
        pump.read_status()


def test_a_stop_is_seen_to(pump_on: Make) -> None:
    pump, _, port = pump_on(LOOK, STOP, status(), LOOK, *3 * (STOP, status(0, ">")))
    assert pump.set_safe() == "stopped"
    with pytest.raises(LinkViolation, match="was told to stop"):
        pump.set_safe()
    port.finish()


@pytest.mark.parametrize(
    "damaged",
    [
        status(9 * 10**9),
        status(10**9),
        status(5 * 10**9, "*"),
        status(5 * 10**9, ">"),
        status(5 * 10**9, flags="i.S.I"),
        says(b"status", b"694444444 3 5000p00000 i...I"),
        says(b"status", b"Command error"),
    ],
)
def test_a_report_with_a_flipped_bit_is_never_believed(
    pump_on: Make, damaged: Exchange
) -> None:
    sound = status(5 * 10**9)
    for script in ((damaged, sound, sound), (sound, damaged, sound, sound)):
        pump, bench, port = pump_on(*script)
        before = bench.count()[Kind.REJECTION]
        reading = pump.read_status()
        assert (reading.state, reading.alarms) == (PumpState.STOPPED, Alarm.NONE)
        assert reading.delivered_nl == 5_000
        assert bench.count()[Kind.REJECTION] > before
        port.finish()


def test_a_pump_that_never_says_the_same_twice_is_found(pump_on: Make) -> None:
    pump, _, port = pump_on(*(status(each * 10**9) for each in (5, 4, 6, 9, 0, 7)))
    with pytest.raises(LinkViolation, match="does not report the same twice"):
        pump.read_status()
    port.finish()


@pytest.mark.parametrize("rate", [0.0, -1.0, 1.5e-7, float("inf")])
def test_a_rate_that_cannot_be_told_is_refused_before_anything_is_sent(
    pump_on: Make, rate: float
) -> None:
    pump, bench, port = pump_on()
    with pytest.raises(ConfigurationError):
        pump.start_continuous(ureg.Quantity(rate, "mL/hour"))
    with pytest.raises(ConfigurationError, match="cannot run on"):
        pump.start_bolus(ureg.Quantity(1, "mL"), ureg.Quantity(1, "minute"), RATE)
    port.finish()
    assert bench.count()[Kind.INTENT] == 0


def test_the_bench_file_names_the_syringe() -> None:
    def read(text: str) -> dict[str, object]:
        return read_options(Table(tomllib.loads(text), "bench.toml"), ())

    assert read('diameter = "14.57 mm"\naddress = 7') == {
        "diameter": DIAMETER,
        "address": 7,
    }
    with pytest.raises(ConfigurationError, match="diameter"):
        read("")
    with pytest.raises(ConfigurationError, match="address is 100"):
        read('diameter = "14.57 mm"\naddress = 100')


@pytest.fixture
def bench_pump(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[tuple[HarvardPump, World, VirtualClock]]:
    defects: frozenset[SyringeDefect] = getattr(request, "param", frozenset())
    syringe = SyringePumpParameters(flow_error=0.0, address=3, defects=defects)
    simulation = Simulation(pump=PumpParameters(), syringe=syringe)
    with desk(tmp_path) as at:
        twins = Twins(pump=HarvardTwin)
        with build(simulation, at.clock, {PUMP: LineSettings()}, "", twins) as bench:
            bench.world.set_syringe(at.clock.now_ns(), 10e6)
            port = SerialPort("pump", "sim://pump", LineSettings(), at.clock)
            pump = HarvardPump(
                "pump",
                at.tap("pump", port),
                at.clock,
                at.recorder,
                diameter=DIAMETER,
                address=3,
            )
            pump.connect()
            yield pump, bench.world, at.clock
            pump.close()


BenchPump = tuple[HarvardPump, World, VirtualClock]


def test_a_bolus_on_the_bench_is_given_and_ends(bench_pump: BenchPump) -> None:
    pump, world, clock = bench_pump
    dose, duration = ureg.Quantity(1, "mL"), ureg.Quantity(10, "minute")
    for given in (1, 2):
        pump.start_bolus(dose, duration, ZERO)
        assert pump.read_status().mode is PumpMode.BOLUS
        clock.sleep_until(clock.now_ns() + 700 * 10**9)
        reading = pump.read_status()
        assert reading.state is PumpState.STOPPED
        assert reading.delivered_nl == pytest.approx(given * 1_000_000, abs=1)
        left_nl = world.account(clock.now_ns()).reservoir_nl
        assert left_nl == pytest.approx(10e6 - given * 1e6, abs=200)


def test_rates_on_the_bench(bench_pump: BenchPump) -> None:
    pump, world, clock = bench_pump
    pump.start_continuous(RATE)
    clock.sleep_until(clock.now_ns() + 3_600 * 10**9)
    assert pump.read_status().rate_nl_per_h == 2_500_000
    pump.stop()
    left_nl = world.account(clock.now_ns()).reservoir_nl
    assert left_nl == pytest.approx(7.5e6, rel=1e-3)
    with pytest.raises(CommandRefused, match="out of range"):
        pump.start_continuous(ureg.Quantity(5, "L/hour"))


def test_a_closed_line_stalls_it_on_the_bench(bench_pump: BenchPump) -> None:
    pump, world, clock = bench_pump
    world.set_clamp(clock.now_ns(), closed=True)
    pump.start_continuous(RATE)
    clock.sleep_until(clock.now_ns() + 600 * 10**9)
    reading = pump.read_status()
    assert (reading.state, reading.alarms) == (PumpState.STALLED, Alarm.MOTOR_STALL)
    assert pump.set_safe() == "stopped"


@pytest.mark.parametrize(
    "bench_pump", [frozenset({SyringeDefect.IGNORES_STOP})], indirect=True
)
def test_only_the_balance_sees_a_pump_that_lies_about_its_stop(
    bench_pump: BenchPump,
) -> None:
    pump, world, clock = bench_pump
    pump.start_continuous(RATE)
    pump.stop()
    before_nl = world.account(clock.now_ns()).reservoir_nl
    clock.sleep_until(clock.now_ns() + 3_600 * 10**9)
    assert pump.read_status().state is PumpState.STOPPED
    assert before_nl - world.account(clock.now_ns()).reservoir_nl > 2e6
