"""A served bench: TCP and pty clients, and lock-step that equals in-process."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
import serial

from drivers.lockstep_clock import LockstepClock
from drivers.sim.factory import build
from drivers.sim.pace import LockStep, Pace, RealTime
from drivers.sim.parts import Simulation
from drivers.sim.plugs import listen
from drivers.sim.server import Addresses, Ports, Server
from harness.clock import Clock, RealClock, VirtualClock
from harness.ports.base import LineSettings, Port
from harness.ports.platform import HAS_PTY
from harness.ports.serial import SerialPort
from harness.ports.visa import VisaPort
from protocols.pump_link.frame import Frame, FrameReader
from protocols.pump_link.messages import ALARM_NOTICE
from protocols.pump_link.replies import ProgramStaged, PumpMessage, RefillStaged
from protocols.pump_link.requests import (
    Commit,
    GetIdentity,
    GetStatus,
    OpenSession,
    Request,
    WriteProgram,
    WriteRefill,
)
from protocols.pump_link.session import HostSession
from protocols.pump_link.vocabulary import PumpMode

S = 1_000_000_000
H = 3_600 * S
T0 = 1_767_225_600 * S
LINE = LineSettings()
SERIAL = 10001


@contextmanager
def served(ports: Ports, *, real_time: float | None = None) -> Iterator[Addresses]:
    """Serve a bench from a thread; a process would be the same, and slower."""
    bench = build(Simulation(), VirtualClock(T0))
    pace: Pace = LockStep(bench) if real_time is None else RealTime(bench, real_time)
    with Server(bench, pace, ports) as server:
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            yield server.addresses
        finally:
            server.stop()
            thread.join()


def socket_url(address: tuple[str, int]) -> str:
    return f"socket://{address[0]}:{address[1]}"


def visa_name(address: tuple[str, int]) -> str:
    return f"TCPIP0::{address[0]}::{address[1]}::SOCKET"


@contextmanager
def dialled(address: tuple[str, int]) -> Iterator[Callable[[bytes], bytes]]:
    """Connect like any program would; one line asked gives one line answered."""
    with (
        socket.create_connection(address, timeout=5) as connection,
        connection.makefile("rb") as answers,
    ):

        def ask(request: bytes) -> bytes:
            connection.sendall(request)
            return answers.readline()

        yield ask


@dataclass
class Client:
    """A harness on three ports."""

    clock: Clock
    pump: Port
    balance: Port
    rig: Port

    def __post_init__(self) -> None:
        self._session = HostSession(SERIAL, 5)
        self._reader = FrameReader()
        self.said: list[tuple[int, bytes]] = []

    def ask(self, port: Port, request: bytes) -> bytes:
        port.write(request)
        answer = b""
        while not answer.endswith(b"\r\n"):
            answer += port.read(self.clock.now_ns() + S)
        self.said.append((self.clock.now_ns(), answer))
        return answer

    def ask_pump(self, request: Request[PumpMessage]) -> PumpMessage:
        self.pump.write(self._session.request(request))
        frame = self.hear_pump()
        reply = self._session.match(frame)
        assert isinstance(reply, PumpMessage)
        return reply

    def hear_pump(self) -> Frame:
        while True:
            data = self.pump.read(self.clock.now_ns() + S)
            for frame in self._reader.feed(data):
                assert isinstance(frame, Frame)
                self.said.append((self.clock.now_ns(), frame.to_bytes()))
                return frame

    def close(self) -> None:
        for port in (self.pump, self.balance, self.rig):
            port.close()


def therapy(client: Client) -> list[tuple[int, bytes]]:
    """Fill, programme, weigh for some hours, stall the motor, wait for the alarm."""
    assert client.ask(client.rig, b"CASE REQ-1/slow\r\n") == b"OK\r\n"
    assert client.ask(client.rig, b"FILL 20000000\r\n") == b"OK\r\n"
    assert client.ask(client.rig, b"EMPTY\r\n") == b"OK\r\n"
    assert client.ask(client.balance, b"Z\r\n") == b"Z A\r\n"  # after settling
    client.ask_pump(OpenSession(5))
    staged = client.ask_pump(WriteRefill(20_000_000, 1_000_000, 90, 180))
    assert isinstance(staged, RefillStaged)
    client.ask_pump(Commit(staged.token))
    program = client.ask_pump(WriteProgram(PumpMode.CONTINUOUS, 50_000, 0, 0))
    assert isinstance(program, ProgramStaged)
    client.ask_pump(Commit(program.token))
    for hour in range(1, 4):
        client.clock.sleep_until(T0 + hour * H)
        client.ask(client.balance, b"SI\r\n")
        client.ask_pump(GetStatus())
    client.pump.write(b"nonsense")
    assert client.pump.read(client.clock.now_ns() + S // 10) == b""
    assert client.ask(client.rig, b"MAGNET ON\r\n") == b"OK\r\n"
    woke_ns = client.clock.sleep_until(T0 + 5 * H)
    assert T0 + 3 * H + 300 * S <= woke_ns < T0 + 3 * H + 310 * S
    assert client.hear_pump().type == ALARM_NOTICE
    return client.said


def in_process() -> list[tuple[int, bytes]]:
    clock = VirtualClock(T0)
    with build(Simulation(), clock):
        client = Client(
            clock,
            SerialPort("pump", "sim://pump", LINE, clock),
            VisaPort("balance", "ASRLsim://balance::INSTR", LINE, clock),
            SerialPort("rig", "sim://rig", LINE, clock),
        )
        said = therapy(client)
        client.close()
    return said


def test_lock_step_gives_what_in_process_gives() -> None:
    with served(Ports()) as addresses:
        control = SerialPort(
            "clock", socket_url(addresses.tcp["rig"]), LINE, RealClock()
        )
        clock = LockstepClock("bench", control, RealClock())
        client = Client(
            clock,
            SerialPort("pump", socket_url(addresses.tcp["pump"]), LINE, clock),
            VisaPort("balance", visa_name(addresses.tcp["balance"]), LINE, clock),
            SerialPort("rig", socket_url(addresses.tcp["rig"]), LINE, clock),
        )
        said = therapy(client)
        client.close()
        clock.close()
    assert said == in_process()


@pytest.mark.skipif(not HAS_PTY, reason="this platform has no pseudo terminals")
def test_the_pump_can_be_a_pseudo_terminal() -> None:
    with (
        served(Ports(pty=True)) as addresses,
        serial.Serial(addresses.pty["pump"], timeout=5) as port,
    ):
        session = HostSession(SERIAL, 5)
        port.write(session.request(GetIdentity()))
        [frame] = FrameReader().feed(port.read(12) + port.read(port.in_waiting or 1))
        assert isinstance(frame, Frame)
        assert frame.serial == SERIAL


def test_real_time_answers_when_it_is_due() -> None:
    with (
        served(Ports(), real_time=1_000.0) as addresses,
        dialled(addresses.tcp["balance"]) as balance,
        dialled(addresses.tcp["rig"]) as rig,
    ):
        assert balance(b"I4\r\n") == b'I4 A "B000000001"\r\n'
        first = int(rig(b"NOW\r\n").split()[1])
        assert int(rig(b"NOW\r\n").split()[1]) > first > T0
        assert rig(b"UNTIL 1\r\n").startswith(b"ERR ")
        assert rig(b"CLAMP CLOSED\r\n") == b"OK\r\n"


def test_each_control_client_hears_its_own_answers() -> None:
    with (
        served(Ports()) as addresses,
        dialled(addresses.tcp["rig"]) as one,
        dialled(addresses.tcp["rig"]) as two,
    ):
        assert two(b"NOW\r\n").startswith(b"NOW ")
        assert one(b"CLAMP CLOSED\r\n") == b"OK\r\n"
        assert two(b"FILL 1000\r\n") == b"OK\r\n"
        assert two(b"bogus\r\n").startswith(b"ERR ")
        assert one(b"ID\r\n") == b"ID DOSEBENCH-RIG R000000001 1.0\r\n"


def test_a_client_may_go_and_another_come() -> None:
    with served(Ports()) as addresses:
        for _ in range(3):
            with dialled(addresses.tcp["balance"]) as ask:
                assert ask(b"I4\r\n") == b'I4 A "B000000001"\r\n'


def test_an_answer_that_takes_bench_time_takes_no_other() -> None:
    with (
        served(Ports()) as addresses,
        dialled(addresses.tcp["balance"]) as balance,
        dialled(addresses.tcp["rig"]) as rig,
    ):
        assert rig(b"EMPTY\r\n") == b"OK\r\n"
        assert balance(b"Z\r\n") == b"Z A\r\n"
        assert int(rig(b"NOW\r\n").split()[1]) > T0 + 4 * S


def test_what_was_sent_to_an_instrument_comes_before_what_lets_time_pass() -> None:
    bench = build(Simulation(), VirtualClock(T0))
    with (
        Server(bench, LockStep(bench), Ports()) as server,
        socket.create_connection(server.addresses.tcp["rig"], timeout=5) as rig,
        socket.create_connection(server.addresses.tcp["balance"], timeout=5) as balance,
    ):
        server._accept(bench.wires["rig"])
        [plug] = server._plugs[bench.wires["rig"]]
        balance.sendall(b"SI\r\n")
        rig.sendall(b"UNTIL %d\r\n" % (T0 + H))
        assert server._serve(bench.wires["rig"], plug)
        balance.setblocking(False)
        assert balance.recv(100).startswith(b"S S ")
        assert rig.recv(100) == b"NOW %d\r\n" % (T0 + H)


def test_only_the_loopback_interface_is_served() -> None:
    with served(Ports()) as addresses:
        assert {host for host, _ in addresses.tcp.values()} == {"127.0.0.1"}
        assert set(addresses.tcp) == {"pump", "balance", "rig"}


def test_a_port_that_is_taken_is_an_error_and_leaves_nothing_open() -> None:
    with listen(0) as taken:
        number = taken.getsockname()[1]
        bench = build(Simulation(), VirtualClock(T0))
        with pytest.raises(OSError, match="in use"):
            Server(bench, LockStep(bench), Ports(tcp={"balance": number}))
