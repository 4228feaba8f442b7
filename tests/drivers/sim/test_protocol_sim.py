"""pyserial's handler for ``sim://``, imported directly: pyserial hides ImportErrors."""

from collections.abc import Iterator

import pytest
import serial

from drivers.sim.balance_parameters import BalanceParameters
from drivers.sim.balance_twin import BalanceTwin
from drivers.sim.bench import SimulatedBench
from drivers.sim.contracts import PumpParameters
from drivers.sim.handlers import protocol_sim
from drivers.sim.surroundings_parameters import SurroundingsParameters
from drivers.sim.world import World
from harness.clock import VirtualClock
from harness.errors import ConfigurationError
from harness.ports.base import LineSettings

S = 1_000_000_000
T0 = 1_767_225_600 * S
CHARACTER_NS = 1_041_666
REQUEST_NS = 4 * CHARACTER_NS
ANSWER = b"S S    0.00000 g\r\n"
ANSWER_NS = 2_000_000 + len(ANSWER) * CHARACTER_NS


def bench_of(clock: VirtualClock, name: str, *, silent: bool = False) -> SimulatedBench:
    world = World(PumpParameters(), SurroundingsParameters(), 1, T0)
    balance = BalanceParameters(repeatability_ng=0.0, silent=silent)
    twin = BalanceTwin(balance, world, T0)
    return SimulatedBench(clock, world, {name: (twin, LineSettings())})


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(T0)


@pytest.fixture
def port(clock: VirtualClock) -> Iterator[protocol_sim.Serial]:
    with bench_of(clock, "handler"):
        yield protocol_sim.Serial("sim://handler", timeout=1)


def test_the_handler_is_found_by_url(clock: VirtualClock) -> None:
    with bench_of(clock, "by-url"):
        port = serial.serial_for_url("sim://by-url", timeout=1)
        assert isinstance(port, protocol_sim.Serial)


def test_time_moves_by_the_line(port: protocol_sim.Serial, clock: VirtualClock) -> None:
    assert port.write(b"SI\r\n") == 4
    assert clock.now_ns() == T0 + REQUEST_NS
    assert port.in_waiting == 0
    assert port.read(1) == b"S"
    assert clock.now_ns() == T0 + REQUEST_NS + ANSWER_NS
    assert port.in_waiting == len(ANSWER) - 1
    assert port.read(100) == ANSWER[1:]
    assert clock.now_ns() == T0 + REQUEST_NS + ANSWER_NS + S


def test_silence_costs_the_timeout(
    port: protocol_sim.Serial, clock: VirtualClock
) -> None:
    with pytest.raises(serial.SerialTimeoutException):
        port.read(1)
    assert clock.now_ns() == T0 + S


def test_a_timeout_of_zero_never_moves_time(
    port: protocol_sim.Serial, clock: VirtualClock
) -> None:
    port.timeout = 0
    assert port.read(5) == b""
    port.write(b"SI\r\n")
    assert port.read(5) == b""
    assert clock.now_ns() == T0 + REQUEST_NS
    clock.advance_to(T0 + S)
    assert port.read(5) == ANSWER[:5]
    assert clock.now_ns() == T0 + S


def test_waiting_input_can_be_dropped(
    port: protocol_sim.Serial, clock: VirtualClock
) -> None:
    port.write(b"SI\r\n")
    clock.advance_to(T0 + S)
    port.read(1)
    port.reset_input_buffer()
    assert port.in_waiting == 0


def test_what_came_before_the_port_was_opened_is_lost(clock: VirtualClock) -> None:
    with bench_of(clock, "late") as bench:
        bench.wires["late"].write(b"SI\r\n")
        clock.advance_to(T0 + S)
        assert protocol_sim.Serial("sim://late", timeout=0).read(100) == b""


def test_a_closed_port_says_so(port: protocol_sim.Serial) -> None:
    port.close()
    with pytest.raises(serial.PortNotOpenError):
        port.write(b"SI\r\n")
    with pytest.raises(serial.PortNotOpenError):
        port.read(1)


def test_an_unknown_name_lists_the_known_ones(clock: VirtualClock) -> None:
    with (
        bench_of(clock, "known"),
        pytest.raises(serial.SerialException, match=r"sim://other.*known"),
    ):
        protocol_sim.Serial("sim://other")


def test_a_name_that_is_taken_is_refused_and_leaves_nothing(
    clock: VirtualClock,
) -> None:
    with bench_of(clock, "twice"):
        with pytest.raises(ConfigurationError, match="sim://twice is open already"):
            bench_of(clock, "twice").__enter__()
        protocol_sim.Serial("sim://twice").close()
    assert not protocol_sim._endpoints
