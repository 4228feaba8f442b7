"""``replay://`` leads to a recorded wire, through pyserial and through PyVISA."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import serial

from harness.clock import NS_PER_MS, NS_PER_S
from harness.errors import ConfigurationError, PortFault
from harness.evidence.retracing import ReplayDiverged
from harness.ports.base import LineSettings, Port
from harness.ports.handlers import protocol_replay
from harness.ports.replaying.player import Player
from harness.ports.replaying.tape import Exchange, Part, Section, Tape
from harness.ports.serial import SerialPort
from harness.ports.visa import VisaPort

MS = NS_PER_MS
ASKED = Exchange(1, "balance", 10 * MS, b"SI\r\n", 25 * MS, b"S S 1 g\r\n")
SILENT = Exchange(2, "balance", 30 * MS, b"Z\r\n", 1_030 * MS, b"", ((1_030 * MS, 0),))


@pytest.fixture
def player() -> Iterator[Player]:
    section = Section(Part.START, "", 0, [ASKED, SILENT], [0])
    player = Player(Tape([section], is_whole=True))
    protocol_replay.install()
    protocol_replay.install()
    protocol_replay.register("balance", player.wire("balance"))
    yield player
    protocol_replay.unregister("balance")


@pytest.fixture(params=["serial", "visa"])
def port(request: pytest.FixtureRequest, player: Player) -> Iterator[Port]:
    opened: Port
    if request.param == "serial":
        opened = SerialPort("balance", "replay://balance", LineSettings(), player)
    else:
        url = "ASRLreplay://balance::INSTR"
        opened = VisaPort("balance", url, LineSettings(), player)
    yield opened
    opened.close()


def test_a_question_is_answered_at_its_time(port: Port, player: Player) -> None:
    port.write(b"SI\r\n")
    assert port.read(NS_PER_S) == b"S S 1 g\r\n"
    assert player.now_ns() == 25 * MS


def test_silence_costs_no_time_of_the_host(
    port: Port, player: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    port.write(b"SI\r\n")
    port.read(NS_PER_S)
    reads = 0
    read = protocol_replay.Serial.read

    def counted(self: protocol_replay.Serial, size: int = 1, /) -> bytes:
        nonlocal reads
        reads += 1
        return read(self, size)

    monkeypatch.setattr(protocol_replay.Serial, "read", counted)
    port.write(b"Z\r\n")
    assert port.read(1_030 * MS) == b""
    assert player.now_ns() == 1_030 * MS
    # A loop on the host's clock reads a million times.
    assert reads < 5


def test_a_divergence_passes_through_the_libraries(port: Port) -> None:
    with pytest.raises(ReplayDiverged, match="record 1"):
        port.write(b"Z\r\n")


def test_a_name_that_nobody_plays_is_refused(player: Player) -> None:
    with pytest.raises(
        PortFault, match=r"no replay is open with replay://pump.*balance"
    ):
        SerialPort("pump", "replay://pump", LineSettings(), player)
    with pytest.raises(ConfigurationError, match="replay://balance is open already"):
        protocol_replay.register("balance", player.wire("balance"))
    assert isinstance(serial.serial_for_url("replay://balance"), protocol_replay.Serial)
