"""The New Era driver on the simulated pump, and against lines that misbehave."""

from __future__ import annotations

import itertools
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pytest

from drivers.new_era import NewEraPump, Setup, read_options
from drivers.new_era.figures import rate_of, volume_of
from drivers.sim.bench import SimulatedBench
from drivers.sim.factory import PUMP, Twins, build
from drivers.sim.new_era_twin import NewEraTwin
from drivers.sim.parts import Simulation
from drivers.sim.syringe_pump import SyringeDefect, SyringePumpParameters
from harness.clock import NS_PER_MS, NS_PER_S, VirtualClock
from harness.errors import (
    CommandRefused,
    ConfigurationError,
    InstrumentFault,
    InstrumentSilent,
    LinkViolation,
)
from harness.evidence.records import Kind
from harness.plans.plan import Role
from harness.ports.base import LineSettings, Port
from harness.ports.replaying import tape
from harness.ports.serial import SerialPort
from harness.readings import Alarm, Identity, PumpMode, PumpState
from harness.toml_files import Table
from harness.units import Quantity, ureg
from protocols.new_era.frames import basic_reply, safe_frame
from protocols.new_era.vocabulary import VolumeUnit
from tests.drivers.scripted import Desk, ScriptedPort, desk

_LINE = LineSettings(baud=19_200)
SAFE = Setup(14_570, timeout_s=255, syringe="BD 10 mL")
BASIC = Setup(14_570, timeout_s=0)


def ml(value: float) -> Quantity:
    return ureg.Quantity(value, "mL")


def ml_per_h(value: float) -> Quantity:
    return ureg.Quantity(value, "mL/hour")


NOTHING_THEN = ml_per_h(0)


class Tampered:
    """A port that changes what is received, and counts the requests."""

    def __init__(self, port: Port, change: Callable[[bytes], bytes]) -> None:
        self.sent: list[bytes] = []
        self.change = change
        self.port = port

    def write(self, data: bytes) -> None:
        self.sent.append(data)
        self.port.write(data)

    def read(self, deadline_ns: int) -> bytes:
        return self.change(self.port.read(deadline_ns))

    def read_waiting(self) -> bytes:
        return self.port.read_waiting()

    def has_waiting(self) -> bool:
        return self.port.has_waiting()

    def close(self) -> None:
        self.port.close()


class Babbling:
    """A line on which something sends the same byte without end."""

    def __init__(self, byte: bytes, port: Port, clock: VirtualClock) -> None:
        self.count = 0
        self._byte = byte
        self._port = port
        self._clock = clock

    def write(self, data: bytes) -> None:
        self._port.write(data)

    def read(self, deadline_ns: int) -> bytes:
        self.count += 1
        assert self.count < 10_000, "it is read without end"
        if self.count % 64 == 0:
            soon_ns = self._clock.now_ns() + 33 * NS_PER_MS
            self._port.read(min(deadline_ns, soon_ns))
        return self._byte

    def read_waiting(self) -> bytes:
        return self._byte

    def has_waiting(self) -> bool:
        return True

    def close(self) -> None:
        self._port.close()


class Damaging:
    """Changes a letter of some answers."""

    def __init__(self, times: int) -> None:
        self._left = times

    def __call__(self, data: bytes) -> bytes:
        if not data or not self._left:
            return data
        self._left -= 1
        return data[:-2] + bytes([data[-2] ^ 1]) + data[-1:]


@dataclass
class Bench:
    desk: Desk
    simulated: SimulatedBench
    port: Tampered
    pump: NewEraPump

    def pass_s(self, seconds: float) -> None:
        """Let time pass as a bench does that wakes for every sign of life."""
        clock = self.desk.clock
        end_ns = clock.now_ns() + round(seconds * NS_PER_S)
        while clock.now_ns() < end_ns:
            clock.sleep_until(min(end_ns, self.pump.due_ns))
            self.pump.listen()

    def moved_nl(self) -> float:
        world = self.simulated.world
        return 10e6 - world.account(self.desk.clock.now_ns()).reservoir_nl

    def power(self, on: bool) -> None:
        now_ns = self.desk.clock.now_ns()
        self.simulated.world.set_power(now_ns, on)
        self.simulated.run(now_ns + 1)
        self.simulated.wires[self.name].device.advance(now_ns + 1)

    @property
    def name(self) -> str:
        return next(name for name in self.simulated.wires if name.endswith(PUMP))

    def sent(self, command: bytes) -> int:
        return sum(command in each for each in self.port.sent)


@contextmanager
def bench_of(
    folder: Path, setup: Setup = SAFE, *defects: SyringeDefect, connects: bool = True
) -> Iterator[Bench]:
    syringe = SyringePumpParameters(flow_error=0.0, defects=frozenset(defects))
    with desk(folder) as here:
        twins = Twins(pump=NewEraTwin)
        simulation = Simulation(syringe=syringe)
        with build(simulation, here.clock, prefix="ne-", twins=twins) as simulated:
            simulated.world.set_syringe(here.clock.now_ns(), 10e6)
            wire = SerialPort("pump", "sim://ne-pump", _LINE, here.clock)
            port = Tampered(wire, lambda data: data)
            tap = here.tap("pump", port)
            pump = NewEraPump("pump", tap, here.clock, here.recorder, setup=setup)
            if connects:
                pump.connect()
            yield Bench(here, simulated, port, pump)


@pytest.mark.parametrize("setup", [SAFE, BASIC])
def test_an_hour_of_delivery(tmp_path: Path, setup: Setup) -> None:
    with bench_of(tmp_path, setup) as bench:
        assert bench.pump.read_identity() == Identity("NE1000", "", "3.923")
        assert bench.pump.read_status().alarms is Alarm.NONE
        ran = bench.pump.start_continuous(ml_per_h(2))
        assert ran.m_as("nL/hour") == 2_000_000
        bench.pass_s(3_600)
        status = bench.pump.read_status()
        assert (status.mode, status.state) == (
            PumpMode.CONTINUOUS,
            PumpState.DELIVERING,
        )
        assert (status.rate_nl_per_h, status.delivered_nl) == (2_000_000, 2_000_000)
        assert (status.uptime_ms, status.reservoir_nl, status.battery_mv) == (None,) * 3
        assert bench.moved_nl() == pytest.approx(2e6, rel=1e-3)
        bench.pump.stop()
        status = bench.pump.read_status()
        assert (status.mode, status.state) == (PumpMode.STOPPED, PumpState.STOPPED)
        assert status.rate_nl_per_h == 0
        assert bench.pump.set_safe() == "stopped"


@pytest.mark.parametrize("setup", [SAFE, BASIC])
def test_a_bolus_ends_at_its_volume(tmp_path: Path, setup: Setup) -> None:
    with bench_of(tmp_path, setup) as bench:
        bench.pump.start_bolus(ml(1.5), ureg.Quantity(90, "s"), NOTHING_THEN)
        bench.pass_s(60)
        status = bench.pump.read_status()
        assert (status.mode, status.rate_nl_per_h) == (PumpMode.BOLUS, 60_000_000)
        bench.pass_s(31)
        status = bench.pump.read_status()
        assert (status.state, status.delivered_nl) == (PumpState.STOPPED, 1_500_000)
        assert bench.moved_nl() == pytest.approx(1.5e6, abs=250)


def test_the_intent_is_on_disk_before_anything_is_sent(tmp_path: Path) -> None:
    with bench_of(tmp_path) as bench:
        bench.port.sent.clear()
        bench.pump.start_continuous(ml_per_h(2))
        (intent,) = bench.desk.records(Kind.INTENT)
        later = [
            record
            for record in bench.desk.records(Kind.EXCHANGE)
            if record.seq > intent.seq
        ]
        assert intent.fields["command"] == "start_continuous"
        assert len(later) == len(bench.port.sent) > 5


def test_an_alarm_is_journalled_once_read_and_told_until_the_next_run(
    tmp_path: Path,
) -> None:
    with bench_of(tmp_path) as bench:
        bench.simulated.world.set_clamp(bench.desk.clock.now_ns(), True)
        bench.pump.start_continuous(ml_per_h(1))
        bench.pass_s(200)
        bench.pump.stop()
        for _ in range(2):
            status = bench.pump.read_status()
            assert status.state is PumpState.STALLED
            assert status.alarms is Alarm.MOTOR_STALL
        raised = [r.fields["raised"] for r in bench.desk.records(Kind.ALARM)]
        assert ["STALLED"] in raised
        bench.simulated.world.set_clamp(bench.desk.clock.now_ns(), False)
        bench.pump.start_continuous(ml_per_h(1))
        assert bench.pump.read_status().alarms is Alarm.NONE


def test_the_count_goes_on_over_a_loss_of_power(tmp_path: Path) -> None:
    with bench_of(tmp_path, BASIC) as bench:
        bench.pump.start_continuous(ml_per_h(2))
        bench.pass_s(3_600)
        assert bench.pump.read_status().delivered_nl == 2_000_000
        bench.power(False)
        with pytest.raises(InstrumentSilent):
            bench.pump.read_status()
        bench.power(True)
        status = bench.pump.read_status()
        assert (status.alarms, status.state) == (Alarm.RESET, PumpState.STOPPED)
        assert status.delivered_nl == 2_000_000
        bench.pump.start_continuous(ml_per_h(2))
        bench.pass_s(1_800)
        assert bench.pump.read_status().delivered_nl == 3_000_000


def test_a_new_connection_does_not_clear_the_count(tmp_path: Path) -> None:
    with bench_of(tmp_path) as bench:
        bench.pump.start_continuous(ml_per_h(2))
        bench.pass_s(1_800)
        begun = bench.sent(b"CLD")
        bench.pump.connect()
        bench.pass_s(1_800)
        assert bench.pump.read_status().delivered_nl == 2_000_000
        assert bench.sent(b"CLD") == begun


def test_the_count_stays_fine_over_several_syringes(tmp_path: Path) -> None:
    """Of 12.005 mL four digits would tell 12.00; and up to 14 mm 10 mL overflow."""
    with bench_of(tmp_path, Setup(14_570, timeout_s=0)) as bench:
        for volume in (8.0, 4.005):
            now_ns = bench.desk.clock.now_ns()
            bench.simulated.world.set_syringe(now_ns, 10e6)
            bench.pump.start_bolus(ml(volume), ureg.Quantity(600, "s"), NOTHING_THEN)
            bench.pass_s(620)
        assert bench.pump.read_status().delivered_nl == 12_005_000


def test_a_count_that_fell_is_found_at_the_next_start(tmp_path: Path) -> None:
    with bench_of(tmp_path, BASIC) as bench:
        bench.pump.start_continuous(ml_per_h(2))
        bench.pass_s(3_600)
        bench.pump.read_status()
        bench.port.change = lambda data: data.replace(b"I2.000W", b"I1.999W")
        with pytest.raises(LinkViolation, match="backwards"):
            bench.pump.start_continuous(ml_per_h(2))
        assert bench.sent(b"RUN") == 1


def test_a_pump_that_stood_has_lost_nothing_by_a_long_silence(tmp_path: Path) -> None:
    """Somebody changes its syringe, and takes his time."""
    with bench_of(tmp_path) as bench:
        bench.pump.start_continuous(ml_per_h(2))
        bench.pump.stop()
        start_ns = bench.desk.clock.now_ns()
        while (now_ns := bench.desk.clock.now_ns()) < start_ns + 900 * NS_PER_S:
            bench.desk.clock.sleep_until(now_ns + 100 * NS_PER_S)
        status = bench.pump.read_status()
        assert (status.state, status.alarms) == (PumpState.STOPPED, Alarm.UNRECOGNISED)
        bench.pump.start_continuous(ml_per_h(2))
        assert bench.pump.read_status().alarms is Alarm.NONE


def test_a_refusal_on_a_line_without_check_values_counts_when_it_comes_twice(
    tmp_path: Path,
) -> None:
    with bench_of(tmp_path, BASIC) as bench:
        damaged: list[bytes] = []

        def misunderstand(data: bytes) -> bytes:
            is_rate = bench.port.sent[-1].startswith(b"0RAT2")
            damaged.extend([data] * is_rate)
            first = is_rate and len(damaged) == 1
            return basic_reply(b"00S?OOR") if first else data

        bench.port.change = misunderstand
        bench.pump.start_continuous(ml_per_h(2))
        assert bench.pump.read_status().state is PumpState.DELIVERING


def test_a_stop_goes_out_at_once_to_a_pump_that_cannot_be_heard(
    tmp_path: Path,
) -> None:
    with bench_of(tmp_path) as bench:
        bench.pump.start_continuous(ml_per_h(2))
        bench.port.change = lambda data: b""
        with pytest.raises(InstrumentSilent):
            bench.pump.read_status()
        bench.port.sent.clear()
        with pytest.raises(InstrumentSilent):
            bench.pump.set_safe()
        assert b"STP" in bench.port.sent[0]
        moved_nl = bench.moved_nl()
        bench.pass_s(60)
        assert bench.moved_nl() == moved_nl


def test_an_alarm_that_waits_before_a_new_connection_is_journalled(
    tmp_path: Path,
) -> None:
    with desk(tmp_path) as bench:
        port = Stranger(bench, b"")
        port.incoming = [safe_frame(b"00A?S")]
        tap = bench.tap("pump", port)
        pump = NewEraPump("pump", tap, bench.clock, bench.recorder, setup=SAFE)
        with pytest.raises(InstrumentSilent):
            pump.connect()
        (alarm,) = bench.records(Kind.ALARM)
        assert alarm.fields["raised"] == ["STALLED"]


def test_what_another_pump_on_the_line_said_is_not_taken_up(tmp_path: Path) -> None:
    with bench_of(tmp_path) as bench:
        t_ns = bench.desk.clock.now_ns()
        other = tape.Exchange(1, "pump", t_ns, b"", t_ns, safe_frame(b"07A?S"))
        bench.pump.take_up([other])
        assert bench.pump.read_status().alarms is Alarm.NONE


def test_the_diameter_is_set_only_where_it_differs(tmp_path: Path) -> None:
    with bench_of(tmp_path) as bench:
        assert bench.sent(b"DIA14.57") == 0
    with bench_of(tmp_path / "other", Setup(26_590)) as bench:
        assert bench.sent(b"DIA26.59") == 1
        bench.pump.start_continuous(ml_per_h(2))
        other = NewEraPump(
            "pump",
            bench.desk.tap("pump", bench.port),
            bench.desk.clock,
            bench.desk.recorder,
            setup=SAFE,
        )
        with pytest.raises(InstrumentFault, match="another diameter"):
            other.connect()


def test_without_a_sign_of_life_the_pump_stops(tmp_path: Path) -> None:
    setup = Setup(14_570, timeout_s=10)
    with bench_of(tmp_path, setup) as bench:
        bench.pump.start_continuous(ml_per_h(2))
        bench.pass_s(120)
        assert bench.pump.read_status().state is PumpState.DELIVERING
        start_ns = bench.desk.clock.now_ns()
        woken_ns = bench.desk.clock.sleep_until(start_ns + 60 * NS_PER_S)
        assert woken_ns - start_ns < 11 * NS_PER_S
        bench.pump.listen()
        with pytest.raises(LinkViolation, match="heard nothing"):
            bench.pump.read_status()
        status = bench.pump.read_status()
        assert (status.state, status.alarms) == (PumpState.STOPPED, Alarm.UNRECOGNISED)


@pytest.mark.parametrize(
    "command", [NewEraPump.stop, lambda pump: pump.start_continuous(ml_per_h(3))]
)
def test_what_a_pump_gave_that_stopped_unheard_is_no_result(
    tmp_path: Path, command: Callable[[NewEraPump], object]
) -> None:
    with bench_of(tmp_path, Setup(14_570, timeout_s=10)) as bench:
        bench.pump.start_continuous(ml_per_h(2))
        bench.desk.clock.sleep_until(bench.desk.clock.now_ns() + 60 * NS_PER_S)
        with pytest.raises(LinkViolation, match="heard nothing"):
            command(bench.pump)
        bench.pump.start_continuous(ml_per_h(3))
        assert bench.pump.read_status().state is PumpState.DELIVERING


def test_a_sign_of_life_is_repeated_until_it_is_answered(tmp_path: Path) -> None:
    with bench_of(tmp_path, Setup(14_570, timeout_s=10)) as bench:
        bench.pump.start_continuous(ml_per_h(2))
        for _ in range(10):
            bench.port.change = Damaging(2)
            bench.pass_s(6)
        bench.port.change = bytes
        assert bench.pump.read_status().state is PumpState.DELIVERING
        assert bench.desk.count()[Kind.REJECTION] >= 10


def test_a_sign_of_life_that_nobody_hears_breaks_nothing(tmp_path: Path) -> None:
    with bench_of(tmp_path, Setup(14_570, timeout_s=10)) as bench:
        bench.power(False)
        bench.pass_s(60)
        bench.power(True)
        assert bench.pump.read_status().alarms is Alarm.RESET


@pytest.mark.parametrize("setup", [SAFE, BASIC])
@pytest.mark.parametrize("byte", [b"\n", b"\x02", b"\r", b"0", b"S"])
def test_a_line_that_only_babbles_is_a_fault_of_the_bench(
    tmp_path: Path, setup: Setup, byte: bytes
) -> None:
    with bench_of(tmp_path, setup) as bench:
        bench.pump.start_continuous(ml_per_h(2))
        sound = bench.port.port
        bench.port.port = Babbling(byte, sound, bench.desk.clock)
        for ask in (bench.pump.listen, bench.pump.read_status, bench.pump.stop):
            with pytest.raises(InstrumentFault, match="pump: 1000 bytes have come"):
                ask()
        bench.port.port = sound
        assert bench.pump.read_status().state is PumpState.STOPPED


@pytest.mark.parametrize("rate", [600.0, 0.005])
def test_a_rate_that_the_syringe_does_not_allow(tmp_path: Path, rate: float) -> None:
    with bench_of(tmp_path) as bench:
        with pytest.raises(CommandRefused) as refusal:
            bench.pump.start_continuous(ml_per_h(rate))
        assert (refusal.value.command, refusal.value.code) == ("RATE", "OUT_OF_RANGE")
        assert bench.sent(b"RUN") == 0


@pytest.mark.parametrize(
    ("volume", "duration_s", "then"),
    [(1.0, 60, 0.1), (1.0, 0, 0.0), (1.2345, 60, 0.0), (0.0, 60, 0.0), (-1, 60, 0.0)],
)
def test_what_cannot_be_told_is_refused_before_anything_moves(
    tmp_path: Path, volume: float, duration_s: float, then: float
) -> None:
    with bench_of(tmp_path) as bench:
        duration = ureg.Quantity(duration_s, "s")
        with pytest.raises(ConfigurationError):
            bench.pump.start_bolus(ml(volume), duration, ml_per_h(then))
        assert not bench.desk.records(Kind.INTENT)
        assert bench.sent(b"STP") == 0


def test_a_pump_that_reads_back_something_else_is_not_run(tmp_path: Path) -> None:
    with bench_of(tmp_path, BASIC) as bench:
        bench.port.change = lambda data: data.replace(b"2000.UH", b"2500.UH")
        with pytest.raises(LinkViolation, match="2500000"):
            bench.pump.start_continuous(ml_per_h(2))
        assert bench.sent(b"RUN") == 0


def test_a_pump_that_counts_backwards_is_a_finding(tmp_path: Path) -> None:
    with bench_of(tmp_path, BASIC) as bench:
        bench.pump.start_continuous(ml_per_h(2))
        bench.pass_s(3_600)
        bench.pump.read_status()
        bench.port.change = lambda data: data.replace(b"I2.000W", b"I1.999W")
        with pytest.raises(LinkViolation, match="backwards"):
            bench.pump.read_status()


class Flipping:
    """Flips one bit of one answer, by its number."""

    def __init__(self, number: int, place: int, bit: int) -> None:
        self._answers = 0
        self._number, self._place, self._bit = number, place, bit

    def __call__(self, data: bytes) -> bytes:
        self._answers += bool(data)
        if not data or self._answers != self._number:
            return data
        place = self._place % len(data)
        flipped = bytes([data[place] ^ 1 << self._bit])
        return data[:place] + flipped + data[place + 1 :]


@pytest.mark.parametrize("number", range(1, 7))
@pytest.mark.parametrize("place", range(4, 11))
@pytest.mark.parametrize(
    "bit", [0, *(pytest.param(bit, marks=pytest.mark.slow) for bit in range(1, 4))]
)
def test_no_flipped_bit_of_a_line_without_check_values_is_believed(
    tmp_path: Path, number: int, place: int, bit: int
) -> None:
    """It is asked again; a count that the flip makes fall says so."""
    with bench_of(tmp_path, BASIC) as bench:
        bench.pump.start_continuous(ml_per_h(2))
        bench.pass_s(3_600)
        bench.port.change = Flipping(number, place, bit)
        told = []
        with suppress(LinkViolation):
            for _ in range(2):
                told.append(bench.pump.read_status())
                bench.pass_s(1)
        assert len(told) == 2 or number % 3 == 0
        for each in told:
            assert (each.state, each.rate_nl_per_h) == (PumpState.DELIVERING, 2_000_000)
            assert each.delivered_nl == pytest.approx(2e6, abs=5e3)


def test_a_pump_that_never_tells_the_same_twice_is_a_finding(tmp_path: Path) -> None:
    with bench_of(tmp_path, BASIC) as bench:
        bench.pump.start_continuous(ml_per_h(2))
        rates = itertools.cycle([b"2000.UH", b"3000.UH"])
        bench.port.change = lambda data: (
            data.replace(b"2000.UH", next(rates)) if b"2000.UH" in data else data
        )
        with pytest.raises(LinkViolation, match="not report the same twice"):
            bench.pump.read_status()


def test_a_pump_that_purges_is_a_finding(tmp_path: Path) -> None:
    with bench_of(tmp_path, BASIC) as bench:
        bench.port.change = lambda data: data.replace(b"00SI", b"00XI")
        with pytest.raises(LinkViolation, match="PURGING"):
            bench.pump.read_status()


def test_a_lost_answer_to_run_does_not_dose_twice(tmp_path: Path) -> None:
    with bench_of(tmp_path) as bench:
        answers: list[bytes] = []

        def lose_first(data: bytes) -> bytes:
            is_started = data == safe_frame(b"00I")
            answers.extend([data] * is_started)
            return b"" if is_started and len(answers) == 1 else data

        bench.port.change = lose_first
        bench.pump.start_bolus(ml(1), ureg.Quantity(60, "s"), NOTHING_THEN)
        assert bench.sent(b"RUN") == 1
        bench.pass_s(120)
        assert bench.moved_nl() == pytest.approx(1e6, abs=250)


@pytest.mark.parametrize("times", [1, 2])
def test_a_damaged_answer_is_journalled_and_asked_for_again(
    tmp_path: Path, times: int
) -> None:
    with bench_of(tmp_path) as bench:
        left = [times]

        def damage(data: bytes) -> bytes:
            if left[0] and b"W0.000ML" in data:
                left[0] -= 1
                return data.replace(b"I0.000", b"I9.000")
            return data

        bench.port.change = damage
        assert bench.pump.read_status().delivered_nl == 0
        rejections = bench.desk.records(Kind.REJECTION)
        assert len(rejections) == times
        assert "computed" in str(rejections[0].fields["reason"])


@pytest.mark.parametrize("setup", [SAFE, BASIC])
def test_doubled_answers_never_answer_the_next_question(
    tmp_path: Path, setup: Setup
) -> None:
    with bench_of(tmp_path, setup) as bench:
        bench.port.change = lambda data: data * 2
        bench.pump.start_continuous(ml_per_h(2))
        assert bench.pump.read_status().rate_nl_per_h == 2_000_000
        bench.pump.stop()
        assert bench.pump.read_status().state is PumpState.STOPPED


def test_what_one_driver_has_heard_another_takes_up(tmp_path: Path) -> None:
    with bench_of(tmp_path) as bench:
        bench.simulated.world.set_clamp(bench.desk.clock.now_ns(), True)
        bench.pump.start_continuous(ml_per_h(1))
        bench.pass_s(200)
        told = bench.pump.read_status()
        section = [
            tape.Exchange(
                record.seq,
                "pump",
                record.t_ns,
                bytes.fromhex(str(record.fields["sent"])),
                record.t_ns,
                bytes.fromhex(str(record.fields["received"])),
            )
            for record in bench.desk.records(Kind.EXCHANGE)
        ]
        bench.pump.take_up([])
        assert bench.pump.read_status().alarms is Alarm.NONE
        bench.pump.take_up(section)
        again = bench.pump.read_status()
        assert (again.alarms, again.delivered_nl) == (told.alarms, told.delivered_nl)


class Stranger(ScriptedPort):
    """Answers everything in the same way."""

    def __init__(self, bench: Desk, answer: bytes) -> None:
        super().__init__(bench.clock, [])
        self.answer = answer

    def write(self, data: bytes) -> None:
        assert b"VER" in data, data
        self.incoming = [self.answer] if self.answer else []


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"", InstrumentSilent),
        (b"ES\r\n", LinkViolation),
        (b"\x00" * 300, LinkViolation),
        (basic_reply(b"00S"), LinkViolation),
        (basic_reply(b"01SNE1000V3.923"), LinkViolation),
        (basic_reply(b"00SXX1000V3.923"), LinkViolation),
        (safe_frame(b"00A?R"), LinkViolation),
    ],
)
def test_a_stranger_is_refused_within_a_second_and_told_nothing(
    tmp_path: Path, answer: bytes, error: type[Exception]
) -> None:
    with desk(tmp_path) as bench:
        tap = bench.tap("pump", Stranger(bench, answer))
        pump = NewEraPump("pump", tap, bench.clock, bench.recorder, setup=SAFE)
        start_ns = bench.clock.now_ns()
        with pytest.raises(error, match="pump"):
            pump.connect()
        assert bench.clock.now_ns() - start_ns <= 950 * NS_PER_MS


@pytest.mark.parametrize(
    ("nl_per_h", "ran", "argument"),
    [
        ("83333", 83_330, "83.33UH"),
        ("2000000", 2_000_000, "2000UH"),
        ("60000000", 60_000_000, "60.00MH"),
        ("12345678", 12_348_000, "205.8UM"),
        ("1", 1, "0.001UH"),
    ],
)
def test_a_rate_in_the_unit_that_comes_nearest(
    nl_per_h: str, ran: int, argument: str
) -> None:
    rate = rate_of(Fraction(nl_per_h), "the rate")
    assert (rate.nl_per_h, rate.argument) == (ran, argument)
    assert abs(rate.nl_per_h - int(nl_per_h)) <= int(nl_per_h) / 2_000


@pytest.mark.parametrize("value", [0, -1, 1e9, float("inf"), float("nan"), 1e-7])
def test_a_rate_that_no_unit_carries(value: float) -> None:
    with pytest.raises(ConfigurationError):
        rate_of(ml_per_h(value), "the rate")


def test_a_volume_is_never_rounded() -> None:
    assert volume_of(ml(0.5), VolumeUnit.ML) == (500_000, "0.500")
    assert volume_of(ml(2), VolumeUnit.UL) == (2_000_000, "2000")
    assert volume_of(ureg.Quantity(0.1 + 0.2, "mL"), VolumeUnit.ML)[0] == 300_000
    for value, unit in ((12.345, VolumeUnit.ML), (0.0005, VolumeUnit.ML)):
        with pytest.raises(ConfigurationError):
            volume_of(ml(value), unit)
    with pytest.raises(ConfigurationError):
        volume_of(ml(10), VolumeUnit.UL)


def options(text: str) -> dict[str, object]:
    return read_options(Table(tomllib.loads(text), "bench.toml"), (Role.PUMP,))


def test_the_keys_of_a_bench_file() -> None:
    assert options('diameter = "14.57 mm"') == {"setup": Setup(14_570)}
    assert options(
        'diameter = "4.699 mm"\naddress = 3\nsafe_mode = "10 s"\nsyringe = "BD 1 mL"'
    ) == {"setup": Setup(4_699, 3, 10, "BD 1 mL")}
    assert options('diameter = "20 mm"\nsafe_mode = "basic"') == {
        "setup": Setup(20_000, timeout_s=0)
    }


@pytest.mark.parametrize(
    "text",
    [
        "",
        'diameter = "14.5701 mm"',
        'diameter = "14.571 mm"',
        'diameter = "0 mm"',
        'diameter = "14.57"',
        'diameter = "20 mm"\naddress = 100',
        'diameter = "20 mm"\nsafe_mode = "0 s"',
        'diameter = "20 mm"\nsafe_mode = "256 s"',
        'diameter = "20 mm"\nsafe_mode = "1.5 s"',
        'diameter = "20 mm"\nsafe_mode = "off"',
    ],
)
def test_wrong_keys_of_a_bench_file(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"bench\.toml"):
        options(text)
