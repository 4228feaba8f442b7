"""The VISA port over a real pseudo terminal and a real socket, by PyVISA-py."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

import pytest

from harness.clock import NS_PER_MS, NS_PER_S, VirtualClock
from harness.errors import PortFault
from harness.ports.base import LineSettings
from harness.ports.platform import HAS_PTY, open_pty
from harness.ports.visa import VisaPort

LINE = LineSettings()
NOON_NS = 1_000 * NS_PER_S


@dataclass(frozen=True, slots=True)
class Peer:
    """The instrument at the far end of an open port."""

    clock: VirtualClock
    port: VisaPort
    say: Callable[[bytes], object]
    hear: Callable[[], bytes]
    hang_up: Callable[[], None]


@contextmanager
def over_a_terminal() -> Iterator[Peer]:
    near, far, path = open_pty()
    clock = VirtualClock(NOON_NS)
    is_open = [True]

    def hang_up() -> None:
        if is_open:
            is_open.clear()
            os.close(near)

    try:
        with closing(VisaPort("balance", f"ASRL{path}::INSTR", LINE, clock)) as port:
            yield Peer(
                clock,
                port,
                lambda data: os.write(near, data),
                lambda: os.read(near, 4096),
                hang_up,
            )
    finally:
        hang_up()
        os.close(far)


@contextmanager
def over_a_socket() -> Iterator[Peer]:
    clock = VirtualClock(NOON_NS)
    with socket.create_server(("127.0.0.1", 0)) as server:
        name = f"TCPIP::127.0.0.1::{server.getsockname()[1]}::SOCKET"
        with closing(VisaPort("balance", name, LINE, clock)) as port:
            peer, _ = server.accept()
            with peer:
                yield Peer(
                    clock, port, peer.sendall, lambda: peer.recv(4096), peer.close
                )


WAYS = [
    pytest.param(
        over_a_terminal,
        id="terminal",
        marks=pytest.mark.skipif(not HAS_PTY, reason="no pseudo terminals here"),
    ),
    pytest.param(over_a_socket, id="socket"),
]


@pytest.fixture(params=WAYS)
def peer(request: pytest.FixtureRequest) -> Iterator[Peer]:
    with request.param() as made:
        yield made


def test_a_question_passes_unchanged_and_an_answer_comes_as_a_line(
    peer: Peer,
) -> None:
    peer.port.write(b"SI\r\n")
    assert peer.hear() == b"SI\r\n"
    peer.say(b"S S    1.00000 g\r\n")
    assert peer.port.read(NOON_NS + NS_PER_S) == b"S S    1.00000 g\r\n"
    assert peer.clock.now_ns() == NOON_NS


def test_two_lines_that_come_together_are_read_one_by_one(peer: Peer) -> None:
    peer.say(b"first\r\nsecond\r\n")
    assert peer.port.read(NOON_NS + NS_PER_S) == b"first\r\n"
    assert peer.port.read(NOON_NS + NS_PER_S) == b"second\r\n"


def test_a_line_longer_than_a_chunk_is_not_lost(peer: Peer) -> None:
    line = b"x" * 3000 + b"y" * 2000 + b"\r\n"
    peer.say(line[:3000])
    heard = b""
    # A pseudo terminal holds no more than 4 KiB, so the rest is said while it is read.
    peer.say(line[3000:])
    while not heard.endswith(b"\n"):
        heard += peer.port.read(NOON_NS + NS_PER_S)
    assert heard == line


@pytest.mark.parametrize("late_ms", [1, 20])
def test_silence_lasts_to_the_deadline_and_not_beyond(peer: Peer, late_ms: int) -> None:
    deadline_ns = NOON_NS + late_ms * NS_PER_MS
    assert peer.port.read(deadline_ns) == b""
    assert peer.clock.now_ns() == deadline_ns


def test_a_deadline_that_is_past_moves_no_time(peer: Peer) -> None:
    assert peer.port.read(NOON_NS - 5) == b""
    assert peer.clock.now_ns() == NOON_NS


def test_after_a_silence_the_next_answer_is_read(peer: Peer) -> None:
    assert peer.port.read(NOON_NS + 5 * NS_PER_MS) == b""
    peer.say(b"late\r\n")
    assert peer.port.read(NOON_NS + NS_PER_S) == b"late\r\n"


def test_a_line_tells_of_what_nobody_asked_for(peer: Peer) -> None:
    assert not peer.port.has_waiting()
    peer.say(b"unasked\r\nagain\r\n")
    # The kernel hands over what was written a moment later.
    while not peer.port.has_waiting():
        pass
    assert peer.port.has_waiting()
    assert peer.port.read(NOON_NS + NS_PER_S) == b"unasked\r\n"
    assert peer.port.has_waiting()
    assert peer.port.read(NOON_NS + NS_PER_S) == b"again\r\n"
    assert not peer.port.has_waiting()
    assert peer.port.read_waiting() == b""
    assert peer.clock.now_ns() == NOON_NS


@pytest.mark.skipif(not HAS_PTY, reason="no pseudo terminals here")
@pytest.mark.parametrize("way", ["write", "read"])
def test_a_cable_pulled_out_is_a_lost_port(way: str) -> None:
    with over_a_terminal() as peer:
        peer.hang_up()
        with pytest.raises(PortFault, match=r"balance: the VISA resource .* was lost"):
            call(peer, way)


def call(peer: Peer, way: str) -> None:
    if way == "write":
        peer.port.write(b"SI\r\n")
    else:
        peer.port.read(NOON_NS + 20 * NS_PER_MS)


def test_a_peer_that_hung_up_a_socket_is_silent_and_then_lost() -> None:
    """PyVISA-py cannot tell the end of a stream from silence; the next writes can."""
    with over_a_socket() as peer:
        peer.hang_up()
        deadline_ns = NOON_NS + 20 * NS_PER_MS
        assert peer.port.read(deadline_ns) == b""
        assert peer.clock.now_ns() == deadline_ns
        with pytest.raises(PortFault, match="was lost"):
            write_until_lost(peer.port)


def write_until_lost(port: VisaPort) -> None:
    while True:
        port.write(b"SI\r\n")


def test_a_socket_to_nobody_is_lost_at_the_first_question() -> None:
    """PyVISA-py opens it without complaint."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        number = server.getsockname()[1]
    name = f"TCPIP::127.0.0.1::{number}::SOCKET"
    with (
        closing(VisaPort("balance", name, LINE, VirtualClock(NOON_NS))) as port,
        pytest.raises(
            PortFault, match=f"balance: the VISA resource {name} cannot be reached"
        ),
    ):
        port.write(b"SI\r\n")


def test_a_closed_port_is_lost(peer: Peer) -> None:
    peer.port.close()
    with pytest.raises(PortFault, match="was lost"):
        peer.port.read(NOON_NS + NS_PER_S)
    with pytest.raises(PortFault, match="was lost"):
        peer.port.write(b"SI\r\n")
    peer.port.close()


@pytest.mark.parametrize(
    "name",
    [
        "ASRL/dev/no-such-port::INSTR",
        "no resource at all",
    ],
)
def test_what_cannot_be_opened_is_a_fault_with_its_name(name: str) -> None:
    with pytest.raises(PortFault) as caught:
        VisaPort("balance", name, LINE, VirtualClock(NOON_NS))
    assert f"balance: the VISA resource {name} cannot be opened" in str(caught.value)


def test_a_lost_socket_is_opened_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        name = f"TCPIP::127.0.0.1::{server.getsockname()[1]}::SOCKET"
        clock = VirtualClock(NOON_NS)
        with closing(VisaPort("balance", name, LINE, clock)) as port:
            first, _ = server.accept()
            first.close()
            was_lost = [port.is_lost]
            with pytest.raises(PortFault):
                write_until_lost(port)
            was_lost.append(port.is_lost)
            port.reopen()
            assert [*was_lost, port.is_lost] == [False, True, False]
            second, _ = server.accept()
            with second:
                port.write(b"I4\r\n")
                assert second.recv(100) == b"I4\r\n"
                second.sendall(b"I4 A\r\n")
                assert port.read(NOON_NS + NS_PER_S) == b"I4 A\r\n"


@pytest.mark.skipif(not HAS_PTY, reason="no pseudo terminals here")
def test_a_port_that_is_gone_cannot_be_opened_again() -> None:
    near, far, path = open_pty()
    clock = VirtualClock(NOON_NS)
    with closing(VisaPort("balance", f"ASRL{path}::INSTR", LINE, clock)) as port:
        os.close(near)
        os.close(far)
        for _ in range(2):
            with pytest.raises(PortFault, match="cannot be opened"):
                port.reopen()
        with pytest.raises(PortFault, match="was lost"):
            port.write(b"SI\r\n")
        assert port.is_lost
