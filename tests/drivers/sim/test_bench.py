"""The simulated bench through pyserial and PyVISA, on its virtual clock."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from drivers.sim.balance_parameters import BalanceParameters
from drivers.sim.bench import SimulatedBench
from drivers.sim.contracts import FAR, Device, PumpParameters
from drivers.sim.factory import build
from drivers.sim.handlers import protocol_sim
from drivers.sim.parts import Simulation
from drivers.sim.surroundings_parameters import SurroundingsParameters
from drivers.sim.world import World
from harness.clock import VirtualClock
from harness.errors import ConfigurationError, PortFault
from harness.ports.base import LineSettings
from harness.ports.serial import SerialPort
from harness.ports.visa import VisaPort

S = 1_000_000_000
H = 3_600 * S
T0 = 1_767_225_600 * S
EXACT = Simulation(
    pump=PumpParameters(flow_error=0.02, ripple=0.0),
    balance=BalanceParameters(repeatability_ng=0.0, zero_drift_ng_per_h=0.0),
)


class Client:
    """Balance and rig of one bench, as a harness sees them."""

    def __init__(self, simulation: Simulation = EXACT, prefix: str = "") -> None:
        self.clock = VirtualClock(T0)
        self.bench: SimulatedBench = build(simulation, self.clock, prefix=prefix)
        self.bench.__enter__()
        line = LineSettings()
        self.balance = VisaPort(
            "balance", f"ASRLsim://{prefix}balance::INSTR", line, self.clock
        )
        self.rig = SerialPort("rig", f"sim://{prefix}rig", line, self.clock)

    def ask(self, port: VisaPort | SerialPort, request: bytes) -> bytes:
        port.write(request)
        return port.read(self.clock.now_ns() + S)

    def weigh(self) -> bytes:
        return self.ask(self.balance, b"SI\r\n")

    def close(self) -> None:
        self.balance.close()
        self.rig.close()
        self.bench.close()


@pytest.fixture
def client() -> Iterator[Client]:
    client = Client()
    yield client
    client.close()


def test_a_query_through_the_whole_stack(client: Client) -> None:
    assert client.weigh() == b"S S    0.00000 g\r\n"
    line_ns = 22 * 1_041_666 + 2_000_000
    assert client.clock.now_ns() == T0 + line_ns


def test_delivery_is_seen_on_the_balance(client: Client) -> None:
    assert client.ask(client.rig, b"FILL 40000000\r\n") == b"OK\r\n"
    world = client.bench.world
    world.set_motor(client.clock.now_ns(), 10_000.0)
    client.clock.sleep_until(T0 + 40 * H)
    grams = float(client.weigh()[3:14])
    # 0.408 mL of water less buoyancy, more for the needle, less 0.48 mg evaporated
    assert grams == pytest.approx(
        0.408 * 0.9982067 / 1.001055 * 1.000625 - 0.00048, abs=2e-4
    )


def test_a_silent_balance_costs_one_timeout_and_hardly_a_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = Client(replace(EXACT, balance=BalanceParameters(silent=True)))
    reads = []
    read = protocol_sim.Serial.read

    def counted(self: protocol_sim.Serial, size: int = 1, /) -> bytes:
        reads.append(size)
        return read(self, size)

    monkeypatch.setattr(protocol_sim.Serial, "read", counted)
    client.balance.write(b"SI\r\n")
    asked_ns = client.clock.now_ns()
    assert client.balance.read(asked_ns + 5 * S) == b""
    assert client.clock.now_ns() == asked_ns + 5 * S
    assert len(reads) == 1
    client.close()


def test_a_reply_that_takes_long_wakes_the_reader(client: Client) -> None:
    client.ask(client.rig, b"EMPTY\r\n")
    disturbed_ns = client.bench.world.disturbed_ns
    client.balance.write(b"Z\r\n")
    assert client.balance.read(client.clock.now_ns() + 10 * S) == b"Z A\r\n"
    waited_ns = client.clock.now_ns() - disturbed_ns
    assert 4 * S <= waited_ns < 4.2 * S


def test_the_clock_wakes_for_an_unasked_byte_and_only_once() -> None:
    balance = BalanceParameters(restarts_after_s=100.0)
    client = Client(replace(EXACT, balance=balance))
    arrival_ns = T0 + 100 * S + 2_000_000 + len(b'I4 A "B000000001"\r\n') * 1_041_666
    assert client.clock.sleep_until(T0 + H) == arrival_ns
    assert client.clock.sleep_until(T0 + H) == T0 + H
    assert client.balance.read(T0 + H + S) == b'I4 A "B000000001"\r\n'
    client.close()


def test_two_benches_in_one_process_do_not_meet() -> None:
    one = Client(prefix="one-")
    two = Client(prefix="two-")
    one.ask(one.rig, b"FILL 40000000\r\n")
    assert one.bench.world.reservoir_nl(one.clock.now_ns()) == 40_000_000
    assert two.bench.world.reservoir_nl(two.clock.now_ns()) == 0
    assert two.clock.now_ns() == T0
    one.close()
    assert two.weigh() == b"S S    0.00000 g\r\n"
    two.close()
    assert not protocol_sim._endpoints


def test_a_second_bench_of_the_same_names_is_refused(client: Client) -> None:
    with pytest.raises(ConfigurationError, match="open already"):
        Client()
    assert client.weigh() == b"S S    0.00000 g\r\n"


def test_a_closed_bench_has_no_ports() -> None:
    client = Client()
    client.close()
    with pytest.raises(PortFault, match="sim://pump"):
        SerialPort("pump", "sim://pump", LineSettings(), client.clock)


class Watcher:
    """Notes the magnet whenever it is advanced."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.seen: list[tuple[int, bool]] = []

    def receive(self, t_ns: int, data: bytes) -> None:
        pass

    def advance(self, t_ns: int) -> None:
        self.seen.append((t_ns, self.world.is_rotor_blocked(t_ns)))

    def next_event_ns(self) -> int:
        return FAR

    def take_output(self) -> list[tuple[int, bytes]]:
        return []

    def owes_reply(self) -> bool:
        return False


class Actor(Watcher):
    """Brings the magnet by itself, at its own time."""

    at_ns = T0 + 7 * S

    def advance(self, t_ns: int) -> None:
        if t_ns >= self.at_ns:
            self.world.set_magnet(self.at_ns, present=True)
            self.at_ns = FAR

    def next_event_ns(self) -> int:
        return self.at_ns


def test_a_device_sees_what_another_does_to_the_world_at_once() -> None:
    world = World(PumpParameters(), SurroundingsParameters(), 1, T0)
    watcher = Watcher(world)
    devices: dict[str, tuple[Device, LineSettings]] = {
        "watcher": (watcher, LineSettings()),
        "actor": (Actor(world), LineSettings()),
    }
    bench = SimulatedBench(VirtualClock(T0), world, devices)
    assert bench.next_event_ns() == T0 + 7 * S
    bench.run(T0 + 60 * S)
    assert watcher.seen[-1] == (T0 + 7 * S, True)
    assert bench.clock.now_ns() == T0 + 60 * S


def test_a_seed_repeats_every_byte() -> None:
    def run(seed: int, extra_reads: int) -> list[bytes]:
        client = Client(Simulation(seed=seed))
        client.ask(client.rig, b"CASE A-1/x\r\n")
        client.ask(client.rig, b"FILL 1000000\r\n")
        start_ns = client.clock.now_ns()
        client.bench.world.set_motor(start_ns, 8_333.0)
        seen = []
        for hour in range(1, 20):
            for i in range(extra_reads):
                client.clock.sleep_until(start_ns + hour * H - (10 - i) * 60 * S)
                client.weigh()
            client.clock.sleep_until(start_ns + hour * H)
            seen.append(client.weigh())
        client.close()
        return seen

    assert run(1, 0) == run(1, 0)
    assert run(1, 0) == run(1, 3)
    assert run(1, 0) != run(2, 0)
