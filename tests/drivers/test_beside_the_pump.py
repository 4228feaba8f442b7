"""Ambient sensor, reference balance and a balance's own doings, on the simulated bench.

The real drivers, through pyserial and PyVISA, in this process and over sockets.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from drivers.balances.mt_sics import MtSicsBalance
from drivers.lockstep_clock import LockstepClock
from drivers.ptu_ambient import PtuAmbient
from drivers.sim.ambient_twin import AmbientParameters
from drivers.sim.balance_parameters import BalanceParameters
from drivers.sim.bench import SimulatedBench
from drivers.sim.contracts import PumpParameters
from drivers.sim.factory import AMBIENT, REFERENCE, build
from drivers.sim.pace import LockStep
from drivers.sim.parts import Simulation
from drivers.sim.server import Ports, Server
from drivers.sim.surroundings_parameters import SurroundingsParameters
from harness.clock import NS_PER_S, Clock, RealClock, VirtualClock
from harness.errors import InstrumentFault, InstrumentSilent
from harness.evidence.journal import Journal
from harness.evidence.recorder import Recorder
from harness.ports.base import LineSettings, Parity
from harness.ports.serial import SerialPort
from harness.ports.tap import Tap
from harness.ports.visa import VisaPort
from harness.readings import BalanceSettings, Identity
from tests.drivers.scripted import START_NS

_HOUR_NS = 3_600 * NS_PER_S
_DAY_NS = 24 * _HOUR_NS
_LINE = LineSettings()
_SENSOR_LINE = LineSettings(baud=4_800, data_bits=7, parity=Parity.EVEN)
_LINES = {AMBIENT: _SENSOR_LINE, REFERENCE: _LINE}
STEADY = SurroundingsParameters(
    air_temperature_change_k=0.0,
    pressure_change_hpa=0.0,
    humidity_change_percent=0.0,
    contact_line_step_ng=0.0,
    evaporation_ng_per_h=0.0,
)
EXACT = BalanceParameters(repeatability_ng=0.0, zero_drift_ng_per_h=0.0)


@dataclass(frozen=True)
class Reached:
    """A clock, and where the instruments of one bench are."""

    clock: Clock
    ambient: str
    reference: str
    balance: str
    bench: SimulatedBench


@contextmanager
def in_process(simulation: Simulation) -> Iterator[Reached]:
    clock = VirtualClock(START_NS)
    with build(simulation, clock, _LINES, "beside-") as bench:
        yield Reached(
            clock,
            "sim://beside-ambient",
            "ASRLsim://beside-reference::INSTR",
            "ASRLsim://beside-balance::INSTR",
            bench,
        )


@contextmanager
def on_the_wire(simulation: Simulation) -> Iterator[Reached]:
    bench = build(simulation, VirtualClock(START_NS), _LINES)
    with Server(bench, LockStep(bench), Ports()) as server:
        thread = threading.Thread(target=server.run)
        thread.start()
        tcp = server.addresses.tcp
        try:
            rig = f"socket://127.0.0.1:{tcp['rig'][1]}"
            time_port = SerialPort("time", rig, _LINE, RealClock())
            with closing(LockstepClock("time", time_port, RealClock())) as clock:
                yield Reached(
                    clock,
                    f"socket://127.0.0.1:{tcp['ambient'][1]}",
                    f"TCPIP::127.0.0.1::{tcp['reference'][1]}::SOCKET",
                    f"TCPIP::127.0.0.1::{tcp['balance'][1]}::SOCKET",
                    bench,
                )
        finally:
            server.stop()
            thread.join()


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal(tmp_path / "run") as journal:
        yield journal


def the_sensor(at: Reached, journal: Journal) -> PtuAmbient:
    recorder = Recorder(journal, at.clock)
    port = SerialPort("ambient", at.ambient, _SENSOR_LINE, at.clock)
    return PtuAmbient(
        "ambient", Tap("ambient", port, at.clock, recorder), at.clock, recorder
    )


def a_balance(at: Reached, journal: Journal, name: str, port: str) -> MtSicsBalance:
    recorder = Recorder(journal, at.clock)
    visa = VisaPort(name, port, _LINE, at.clock)
    balance = MtSicsBalance(
        name, Tap(name, visa, at.clock, recorder), at.clock, recorder
    )
    balance.connect()
    return balance


@pytest.mark.parametrize("fidelity", [in_process, on_the_wire])
def test_a_day_of_air_liquid_and_evaporation(
    fidelity: Callable[[Simulation], AbstractContextManager[Reached]],
    journal: Journal,
) -> None:
    with (
        fidelity(Simulation()) as at,
        closing(the_sensor(at, journal)) as sensor,
        closing(a_balance(at, journal, "reference", at.reference)) as reference,
    ):
        sensor.connect()
        assert sensor.read_identity() == Identity("PTU303", "A000000001", "1.16")
        assert reference.read_identity().serial == "B000000002"
        first = reference.read_weight().mass_ng
        for hour in range(25):
            at.clock.sleep_until(START_NS + _HOUR_NS + hour * _HOUR_NS)
            seen = sensor.read_ambient()
            true = at.bench.world.room.state(seen.t_ns)
            assert seen.air_mk / 1e3 - 273.15 == pytest.approx(true.air_c, abs=0.16)
            assert seen.liquid_mk / 1e3 - 273.15 == pytest.approx(
                true.liquid_c, abs=0.16
            )
            assert seen.pressure_pa == pytest.approx(100 * true.pressure_hpa, abs=16)
            assert seen.humidity_ppm == pytest.approx(
                1e4 * true.humidity_percent, abs=13_000
            )
        lost_ng = first - reference.read_weight().mass_ng
        evaporated_ng = at.bench.world.account(at.clock.now_ns()).evaporated_ng
        assert lost_ng == pytest.approx(1.03 * evaporated_ng, abs=250_000)


def test_a_silent_sensor_costs_its_timeouts_and_is_named(journal: Journal) -> None:
    mute = Simulation(ambient=AmbientParameters(silent=True))
    with in_process(mute) as at, closing(the_sensor(at, journal)) as sensor:
        with pytest.raises(InstrumentSilent, match="ambient did not answer 'FORM"):
            sensor.connect()
        assert at.clock.now_ns() - START_NS < 20 * NS_PER_S


@pytest.mark.parametrize("flags", ["1000", "0100", "0010", "0001"])
def test_a_quantity_that_is_not_measured_is_a_fault(
    journal: Journal, flags: str
) -> None:
    broken = Simulation(ambient=AmbientParameters(flags=flags))
    with (
        in_process(broken) as at,
        closing(the_sensor(at, journal)) as sensor,
        pytest.raises(InstrumentFault, match="a value is missing; see to its"),
    ):
        sensor.connect()


def weighed_ng(
    balance: BalanceParameters, journal: Journal, nl_per_h: float, every_ns: int
) -> tuple[BalanceSettings, int]:
    """Zero, let a pump run for a day and two minutes, and weigh."""
    simulation = Simulation(
        pump=PumpParameters(flow_error=0.0, ripple=0.0),
        balance=balance,
        surroundings=STEADY,
    )
    with in_process(simulation) as at:
        world = at.bench.world
        with closing(a_balance(at, journal, "balance", at.balance)) as driver:
            settings = driver.read_settings()
            driver.set_zero()
            start_ns = at.clock.now_ns()
            world.fill(start_ns, 40_000_000)
            world.set_motor(start_ns, nl_per_h)
            end_ns = start_ns + _DAY_NS + 120 * NS_PER_S
            for due_ns in range(start_ns + every_ns, end_ns, every_ns):
                at.clock.sleep_until(due_ns)
                driver.read_weight()
            at.clock.sleep_until(end_ns)
            return settings, driver.read_weight().mass_ng


@pytest.mark.parametrize("every_ns", [600 * NS_PER_S, 2 * _DAY_NS])
def test_autozero_makes_two_microlitres_an_hour_vanish(
    journal: Journal, every_ns: int
) -> None:
    off = weighed_ng(EXACT, journal, 2_000.0, every_ns)
    on = weighed_ng(_with(autozero=True), journal, 2_000.0, every_ns)
    assert off[0] == BalanceSettings(autozero=False, adjusts_itself=False)
    assert on[0] == BalanceSettings(autozero=True, adjusts_itself=False)
    assert off[1] == pytest.approx(47.9e6, rel=2e-3)  # 48 uL of water, less buoyancy
    assert on[1] == 0


def test_adjusting_itself_leaves_a_bias(journal: Journal) -> None:
    never = 2 * _DAY_NS
    off = weighed_ng(EXACT, journal, 100_000.0, never)
    on = weighed_ng(_with(adjusts_itself=True), journal, 100_000.0, never)
    assert on[0] == BalanceSettings(autozero=False, adjusts_itself=True)
    minutes = (off[1] - on[1]) / off[1] * (24 * 60 + 2)
    assert minutes == pytest.approx(6.0, abs=0.05)


def test_who_reads_during_an_adjustment_is_told_not_now(journal: Journal) -> None:
    with pytest.raises(InstrumentFault, match=r"refused SI .* not now"):
        weighed_ng(_with(adjusts_itself=True), journal, 2_000.0, 20 * NS_PER_S)


def _with(*, autozero: bool = False, adjusts_itself: bool = False) -> BalanceParameters:
    return BalanceParameters(
        repeatability_ng=0.0,
        zero_drift_ng_per_h=0.0,
        autozero=autozero,
        adjusts_itself=adjusts_itself,
    )
