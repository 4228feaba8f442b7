"""A case that is killed on the simulated bench goes on as if nothing had been."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from drivers.balances.mt_sics import MtSicsBalance
from drivers.itb_pump import ItbPump
from drivers.rig import Rig
from drivers.sim.factory import BALANCE, PUMP, RIG, build
from drivers.sim.parts import Simulation
from harness.bench import Bench, Station
from harness.clock import NS_PER_S, Clock, VirtualClock
from harness.errors import PortFault
from harness.evidence import reader
from harness.evidence.journal import Journal
from harness.evidence.recorder import Recorder
from harness.evidence.records import JsonValue, Kind, Record
from harness.evidence.retracing import ReplayDiverged, RetracingRecorder
from harness.ports.base import LineSettings, Port
from harness.ports.replaying import tape
from harness.ports.replaying.fast_forward import FastForward, FollowingTap
from harness.ports.serial import SerialPort
from harness.ports.tap import Tap
from harness.readings import Identity
from harness.units import ureg

START_NS = 1_767_225_600_000_000_000
RATE = ureg.Quantity(1.0, "mL/hour")
EVERY = ureg.Quantity(30.0, "second")
HALF_AN_HOUR = ureg.Quantity(30.0, "minute")
LINES = {
    PUMP: LineSettings(baud=115_200),
    BALANCE: LineSettings(),
    RIG: LineSettings(baud=115_200),
}
# Two readings of a balance with a standard deviation of 0.015 mg, not at the same time.
SCATTER_NG = 100_000
DEAD_NS = 10 * NS_PER_S
NOBODY = Identity("", "", "")


class Killed(BaseException):
    """The process is gone: nothing more is written, nobody makes the bench safe."""


class Mortal(Recorder):
    """A recorder of a process that dies before it writes its n-th record."""

    def __init__(self, journal: Journal, clock: Clock, records: int) -> None:
        super().__init__(journal, clock)
        self._left = records

    def exchange(self, *args: object, **kwargs: object) -> int:
        self._die_if_due()
        return super().exchange(*args, **kwargs)  # type: ignore[arg-type]

    def _write(self, *args: object, **kwargs: object) -> int:
        self._die_if_due()
        return super()._write(*args, **kwargs)  # type: ignore[arg-type]

    def _die_if_due(self) -> None:
        if not self._left:
            raise Killed
        self._left -= 1


@dataclass(frozen=True, slots=True)
class Instruments:
    bench: Bench
    pump: ItbPump
    balance: MtSicsBalance
    rig: Rig


def connected(clock: Clock, recorder: Recorder, ports: dict[str, Port]) -> Instruments:
    taps = {name: Tap(name, port, clock, recorder) for name, port in ports.items()}
    pump = ItbPump(PUMP, taps[PUMP], clock, recorder)
    balance = MtSicsBalance(BALANCE, taps[BALANCE], clock, recorder)
    rig = Rig(RIG, taps[RIG], clock, recorder)
    for each in (rig, pump, balance):
        each.connect()
    stations = [Station(PUMP, pump, NOBODY, "")]
    return Instruments(Bench(clock, recorder, stations), pump, balance, rig)


def weigh(on: Instruments) -> int:
    """Deliver for half an hour and return the weight that came, ng."""
    on.rig.fill_reservoir(ureg.Quantity(20.0, "mL"))
    on.rig.set_closed(False)
    on.pump.start_continuous(RATE)
    before_ng = on.balance.read_weight().mass_ng
    with (
        on.bench.sampling(on.pump.read_status, EVERY),
        on.bench.sampling(on.balance.read_weight, EVERY) as weights,
    ):
        on.bench.run_for(HALF_AN_HOUR)
    on.pump.stop()
    on.bench.recorder.note("the case is over")
    return weights.readings[-1].mass_ng - before_ng


@contextmanager
def world() -> Iterator[tuple[VirtualClock, dict[str, Port]]]:
    clock = VirtualClock(START_NS)
    with build(Simulation(), clock, LINES):
        yield clock, {n: SerialPort(n, f"sim://{n}", LINES[n], clock) for n in LINES}


def records(folder: Path) -> list[Record]:
    return list(reader.read(folder))


def asked(folder: Path) -> list[tuple[object, ...]]:
    return [
        (each.fields["port"], each.fields["sent_ns"], *each.fields.values(), each.t_ns)
        for each in records(folder)
        if each.kind is Kind.EXCHANGE
    ]


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> tuple[int, Path]:
    folder = tmp_path_factory.mktemp("unbroken")
    with world() as (clock, ports), Journal(folder) as journal:
        return weigh(connected(clock, Recorder(journal, clock), ports)), folder


@pytest.mark.parametrize("share", [0.02, 0.1, 0.3, 0.5, 0.77, 0.98])
def test_a_killed_case_goes_on_where_it_was(
    unbroken: tuple[int, Path], tmp_path: Path, share: float
) -> None:
    weight_ng, whole = unbroken
    kept = round(len(records(whole)) * share)
    with world() as (clock, ports):
        with Journal(tmp_path / "dies") as journal, pytest.raises(Killed):
            weigh(connected(clock, Mortal(journal, clock, kept), ports))
        # The pump goes on delivering while nobody looks.
        clock.sleep_until(clock.now_ns() + DEAD_NS)
        before = records(tmp_path / "dies")
        (section,) = tape.read(tmp_path / "dies").sections
        switched: list[int] = []
        with Journal(tmp_path / "goes on") as journal:
            forward = FastForward(section, clock, lambda: switched.append(1))
            recorder = RetracingRecorder(journal, forward, before)
            switching: dict[str, Port] = {
                name: forward.port(name, live) for name, live in ports.items()
            }
            on = connected(forward, recorder, switching)
            found_ng = weigh(on)

    assert switched == [1]
    assert recorder.left == 0
    assert found_ng == pytest.approx(weight_ng, abs=SCATTER_NG)
    together = asked(tmp_path / "dies") + asked(tmp_path / "goes on")
    assert [(port, sent) for port, _, _, _, sent, *_ in together] == [
        (port, sent) for port, _, _, _, sent, *_ in asked(whole)
    ]


def test_a_live_question_is_dated_when_it_is_asked(tmp_path: Path) -> None:
    last = Record(1, START_NS, Kind.NOTE, {"text": "killed here"}, "journal", 1)
    with world() as (clock, ports), Journal(tmp_path / "goes on") as journal:
        clock.sleep_until(START_NS + DEAD_NS)
        forward = FastForward(tape.merged([last]), clock)
        recorder = Recorder(journal, forward)
        wire = forward.port(RIG, ports[RIG])
        tap = FollowingTap(RIG, wire, forward, recorder)
        assert forward.now_ns() == START_NS
        Rig(RIG, tap, forward, recorder).read_identity()
    (question,) = records(tmp_path / "goes on")
    assert question.fields["sent_ns"] == START_NS + DEAD_NS


def test_nothing_is_sent_once_the_case_was_given_up() -> None:
    last = Record(1, START_NS, Kind.NOTE, {"text": "killed here"}, "journal", 1)
    with world() as (clock, ports):
        forward = FastForward(tape.merged([last]), clock)
        forward.is_given_up = True
        with pytest.raises(PortFault, match="nothing is sent any more"):
            forward.port(RIG, ports[RIG]).write(b"ID\r\n")


def test_a_person_is_asked_behind_the_record_alone() -> None:
    record = Record(
        1, 7, Kind.OPERATOR, {"action": "fill it", "answer": "done"}, "journal", 1
    )
    live = VirtualClock(20)
    forward = FastForward(tape.merged([record]), live)
    asked: list[str] = []

    def ask(prompt: str) -> str:
        asked.append(prompt)
        return "yes"

    assert forward.answer("fill it, then press Enter", ask) == "done"
    assert (forward.now_ns(), forward.is_live, asked) == (7, False, [])
    assert forward.answer("empty it", ask) == "yes"
    assert (forward.now_ns(), forward.is_live, asked) == (20, True, ["empty it"])


def test_a_person_who_was_asked_something_else_answers_nothing() -> None:
    fields: dict[str, JsonValue] = {"action": "fill it", "answer": "done"}
    record = Record(1, 7, Kind.OPERATOR, fields, "journal", 1)
    forward = FastForward(tape.merged([record]), VirtualClock(20))
    with pytest.raises(ReplayDiverged, match="but was asked 'fill it'"):
        forward.answer("empty it", lambda prompt: "yes")


def test_a_procedure_that_does_something_else_is_refused(tmp_path: Path) -> None:
    with world() as (clock, ports):
        with Journal(tmp_path / "dies") as journal, pytest.raises(Killed):
            weigh(connected(clock, Mortal(journal, clock, 60), ports))
        before = records(tmp_path / "dies")
        (section,) = tape.read(tmp_path / "dies").sections
        with Journal(tmp_path / "goes on") as journal:
            forward = FastForward(section, clock)
            recorder = RetracingRecorder(journal, forward, before)
            switching: dict[str, Port] = {
                name: forward.port(name, live) for name, live in ports.items()
            }
            on = connected(forward, recorder, switching)
            with pytest.raises(ReplayDiverged, match="begin it again"):
                on.pump.start_continuous(2 * RATE)

    assert not forward.is_live
    assert not asked(tmp_path / "goes on")
