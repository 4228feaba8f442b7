"""The serial port over a real pseudo terminal and a real socket."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import serial
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.clock import NS_PER_MS, NS_PER_S, RealClock, VirtualClock
from harness.errors import PortFault
from harness.ports.base import LineSettings, Parity
from harness.ports.platform import HAS_PTY, open_pty
from harness.ports.serial import SerialPort

pytestmark = pytest.mark.skipif(not HAS_PTY, reason="no pseudo terminals here")

LINE = LineSettings()
NOON_NS = 1_000 * NS_PER_S


class Terminal:
    """A pseudo terminal; the instrument is at its near end."""

    def __init__(self) -> None:
        self.near, self.far, self.path = open_pty()
        self.is_cut = False

    def say(self, data: bytes) -> None:
        os.write(self.near, data)

    def hear(self) -> bytes:
        return os.read(self.near, 4096)

    def cut(self) -> None:
        """Pull the cable out."""
        if not self.is_cut:
            self.is_cut = True
            os.close(self.far)
            os.close(self.near)


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    made = Terminal()
    yield made
    made.cut()


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(NOON_NS)


@pytest.fixture
def port(terminal: Terminal, clock: VirtualClock) -> Iterator[SerialPort]:
    with closing(SerialPort("pump", terminal.path, LINE, clock)) as made:
        yield made


def test_every_byte_passes_unchanged(port: SerialPort, terminal: Terminal) -> None:
    everything = bytes(range(256))
    port.write(everything)
    assert terminal.hear() == everything
    terminal.say(everything)
    heard = b""
    while len(heard) < 256:
        heard += port.read(NOON_NS + NS_PER_S)
    assert heard == everything


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["read", "waiting"]), st.binary(min_size=1)),
        max_size=6,
    )
)
def test_pieces_come_whole_and_once(pieces: list[tuple[str, bytes]]) -> None:
    terminal = Terminal()
    try:
        clock = VirtualClock(NOON_NS)
        with closing(SerialPort("pump", terminal.path, LINE, clock)) as port:
            for how, piece in pieces:
                assert not port.has_waiting()
                terminal.say(piece)
                while not port.has_waiting():
                    pass  # the terminal hands bytes over when it gets round to it
                heard = b""
                while len(heard) < len(piece):
                    late_ns = NOON_NS + NS_PER_S
                    heard += (
                        port.read(late_ns) if how == "read" else (port.read_waiting())
                    )
                assert heard == piece
            assert clock.now_ns() == NOON_NS
    finally:
        terminal.cut()


@pytest.mark.parametrize("late_ms", [0, 1, 20])
def test_silence_lasts_to_the_deadline_and_not_beyond(
    port: SerialPort, clock: VirtualClock, late_ms: int
) -> None:
    deadline_ns = NOON_NS + late_ms * NS_PER_MS + 7
    assert port.read(deadline_ns) == b""
    assert clock.now_ns() == deadline_ns


def test_a_deadline_that_is_past_moves_no_time_and_yet_takes_what_is_there(
    port: SerialPort, terminal: Terminal, clock: VirtualClock
) -> None:
    assert port.read(NOON_NS - 5) == b""
    terminal.say(b"there")
    heard = b""
    while len(heard) < 5:
        heard += port.read(NOON_NS - 5)
    assert heard == b"there"
    assert clock.now_ns() == NOON_NS


def test_a_read_brings_all_that_has_come(port: SerialPort, terminal: Terminal) -> None:
    terminal.say(b"all of it")
    while port._serial.in_waiting < 9:
        pass
    assert port.read(NOON_NS + NS_PER_S) == b"all of it"


def test_no_wait_when_only_what_has_come_is_asked_for(
    port: SerialPort, clock: VirtualClock
) -> None:
    assert port.read_waiting() == b""
    assert not port.has_waiting()
    assert clock.now_ns() == NOON_NS


def test_a_real_clock_reaches_the_deadline_too(terminal: Terminal) -> None:
    clock = RealClock()
    deadline_ns = clock.now_ns() + 5 * NS_PER_MS
    with closing(SerialPort("pump", terminal.path, LINE, clock)) as port:
        assert port.read(deadline_ns) == b""
    assert clock.now_ns() >= deadline_ns


@pytest.mark.parametrize("way", ["write", "read", "read_waiting", "has_waiting"])
@pytest.mark.parametrize("how", ["cut", "closed"])
def test_a_lost_port_is_a_fault_of_the_bench(
    terminal: Terminal, clock: VirtualClock, way: str, how: str
) -> None:
    port = SerialPort("pump", terminal.path, LINE, clock)
    if how == "cut":
        terminal.cut()
    else:
        port.close()
    calls = {
        "write": lambda: port.write(b"x"),
        "read": lambda: port.read(NOON_NS + NS_PER_S),
        "read_waiting": port.read_waiting,
        "has_waiting": port.has_waiting,
    }
    with pytest.raises(PortFault, match=f"pump: the port {terminal.path} was lost"):
        calls[way]()
    port.close()


def test_a_port_that_another_program_holds_is_busy(
    terminal: Terminal, clock: VirtualClock
) -> None:
    with (
        serial.Serial(terminal.path, exclusive=True),
        pytest.raises(PortFault, match="is in use by another program"),
    ):
        SerialPort("pump", terminal.path, LINE, clock)


def test_our_own_port_is_exclusive_until_it_is_closed(
    terminal: Terminal, clock: VirtualClock
) -> None:
    first = SerialPort("pump", terminal.path, LINE, clock)
    with pytest.raises(PortFault, match=r"balance: .* is in use by another program"):
        SerialPort("balance", terminal.path, LINE, clock)
    first.close()
    SerialPort("pump", terminal.path, LINE, clock).close()


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("clockwork", "does not exist; plug it in, or correct `port`"),
        ("folder", "cannot be opened"),
        ("file", "cannot be opened"),
    ],
)
def test_a_path_that_is_no_port(
    tmp_path: Path, clock: VirtualClock, name: str, says: str
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(PortFault) as caught:
        SerialPort("pump", str(tmp_path / name), LINE, clock)
    assert says in str(caught.value)
    assert "lost" not in str(caught.value)


def test_an_unknown_scheme_is_no_port_name(clock: VirtualClock) -> None:
    with pytest.raises(PortFault, match="is not a port name"):
        SerialPort("pump", "carrier-pigeon://loft", LINE, clock)


@pytest.mark.parametrize(
    ("line", "parity", "stop_bits"),
    [
        (LineSettings(19_200, 7, Parity.EVEN, 2, True), serial.PARITY_EVEN, 2),
        (LineSettings(9_600, 8, Parity.ODD), serial.PARITY_ODD, 1),
        (LineSettings(115_200, 8, Parity.NONE), serial.PARITY_NONE, 1),
    ],
)
def test_line_settings_reach_the_port(
    monkeypatch: pytest.MonkeyPatch,
    terminal: Terminal,
    clock: VirtualClock,
    line: LineSettings,
    parity: str,
    stop_bits: int,
) -> None:
    # A pseudo terminal has no parity of its own and refuses to be given one.
    monkeypatch.setattr(serial.Serial, "_reconfigure_port", lambda *_, **__: None)
    with closing(SerialPort("pump", terminal.path, line, clock)) as port:
        told = port._serial
        assert (told.baudrate, told.bytesize) == (line.baud, line.data_bits)
        assert (told.parity, told.stopbits) == (parity, stop_bits)
        assert told.xonxoff is line.xonxoff


@pytest.fixture
def server() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as made:
        yield made


def test_a_socket_is_a_port_and_its_peer_can_be_lost(
    server: socket.socket, clock: VirtualClock
) -> None:
    url = f"socket://127.0.0.1:{server.getsockname()[1]}"
    with closing(SerialPort("pump", url, LINE, clock)) as port:
        peer, _ = server.accept()
        with peer:
            port.write(b"question")
            assert peer.recv(100) == b"question"
            peer.sendall(b"answer")
            heard = b""
            while len(heard) < 6:
                heard += port.read(NOON_NS + NS_PER_S)
            assert heard == b"answer"
            assert clock.now_ns() == NOON_NS
        with pytest.raises(PortFault, match="was lost"):
            port.read(NOON_NS + NS_PER_S)


def test_a_socket_to_nobody_cannot_be_opened(
    server: socket.socket, clock: VirtualClock
) -> None:
    url = f"socket://127.0.0.1:{server.getsockname()[1]}"
    server.close()
    with pytest.raises(PortFault, match=r"cannot be opened .*check the address"):
        SerialPort("pump", url, LINE, clock)


def test_a_lost_port_is_opened_again_under_its_name(
    tmp_path: Path, terminal: Terminal, clock: VirtualClock
) -> None:
    name, again = tmp_path / "ttyUSB0", Terminal()
    name.symlink_to(terminal.path)
    try:
        with closing(SerialPort("pump", str(name), LINE, clock)) as port:
            was_lost = [port.is_lost]
            terminal.cut()
            name.unlink()
            with pytest.raises(PortFault):
                port.write(b"x")
            with pytest.raises(PortFault, match="does not exist"):
                port.reopen()
            was_lost.append(port.is_lost)
            name.symlink_to(again.path)
            port.reopen()
            assert [*was_lost, port.is_lost] == [False, True, False]
            port.write(b"who are you")
            assert again.hear() == b"who are you"
            again.say(b"I")
            assert port.read(NOON_NS + NS_PER_S) == b"I"
            assert port.read(NOON_NS + 20 * NS_PER_MS) == b""
    finally:
        again.cut()
