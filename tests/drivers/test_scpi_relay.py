"""The relay's driver against lines typed by hand, and on the simulated relay."""

from __future__ import annotations

import threading
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from drivers.scpi_relay import Channel, ScpiRelay, read_options
from drivers.sim.factory import RELAY, build
from drivers.sim.pace import LockStep
from drivers.sim.parts import Simulation
from drivers.sim.server import Ports, Server
from harness.clock import NS_PER_S, RealClock, VirtualClock
from harness.errors import ConfigurationError, InstrumentFault, InstrumentSilent
from harness.evidence.records import Kind
from harness.plans.plan import Role
from harness.ports.base import LineSettings
from harness.ports.visa import VisaPort
from harness.readings import Identity
from harness.toml_files import Table
from harness.units import ureg
from tests.drivers.scripted import (
    START_NS,
    ByteByByte,
    Desk,
    Exchange,
    ScriptedPort,
    desk,
)

NO_ERROR = (b'+0,"No error"\n',)
IDN = Exchange(b"*IDN?\n", (b"ACME,SW-8,S7,1.2\n",))
QUEUE = Exchange(b"SYST:ERR?\n", NO_ERROR)
CHANNELS = {
    Role.CLAMP: Channel("CLOS 1", "OPEN 1", "CLOS? 1"),
    Role.POWER: Channel("CLOS 3", "OPEN 3", ""),
}
# What the simulated relay understands.
WIRED = {
    role: Channel(*(f"ROUT:{verb} (@{n})" for verb in ("CLOS", "OPEN", "CLOS?")))
    for role, n in ((Role.CLAMP, 101), (Role.MAGNET, 102), (Role.POWER, 103))
}


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path) as here:
        yield here


def on(bench: Desk, port: ScriptedPort) -> ScpiRelay:
    return ScpiRelay(
        "clamp",
        bench.tap("clamp", port),
        bench.clock,
        bench.recorder,
        channels=CHANNELS,
        supply=ureg.Quantity(2.9, "V"),
    )


def stimuli(bench: Desk) -> list[tuple[object, object]]:
    return [
        (record.fields["name"], record.fields["action"])
        for record in bench.records(Kind.STIMULUS)
    ]


@pytest.mark.parametrize("line", [ScriptedPort, ByteByByte])
def test_every_command_is_checked(bench: Desk, line: type[ScriptedPort]) -> None:
    port = line(
        bench.clock,
        [
            Exchange(b"*CLS\n"),
            IDN,
            QUEUE,
            IDN,
            Exchange(b"CLOS 1\n"),
            QUEUE,
            Exchange(b"CLOS? 1\n", (b"1\n",)),
            Exchange(b"OPEN 1\n"),
            QUEUE,
            Exchange(b"CLOS? 1\n", (b"0\r\n",)),
            Exchange(b"OPEN 3\n"),
            QUEUE,
        ],
    )
    relay = on(bench, port)

    relay.connect()
    assert relay.read_identity() == Identity("ACME SW-8", "S7", "1.2")
    relay.set_closed(True)
    relay.set_closed(False)
    relay.set_powered(False)

    port.finish()
    assert stimuli(bench) == [
        ("clamp", "closed"),
        ("clamp", "opened"),
        ("power", "switched off"),
    ]


def test_an_error_in_the_queue_is_a_fault_and_no_stimulus(bench: Desk) -> None:
    error = Exchange(b"SYST:ERR?\n", (b'-113,"Undefined header"\n',))
    port = ScriptedPort(bench.clock, [Exchange(b"CLOS 1\n"), error])

    with pytest.raises(InstrumentFault, match="'CLOS 1' with error -113, 'Undefined"):
        on(bench, port).set_closed(True)

    port.finish()
    assert stimuli(bench) == []


@pytest.mark.parametrize("answer", [b"0\n", b"maybe\n"])
def test_a_relay_that_did_not_move_is_a_fault(bench: Desk, answer: bytes) -> None:
    state = Exchange(b"CLOS? 1\n", (answer,))
    port = ScriptedPort(bench.clock, [Exchange(b"CLOS 1\n"), QUEUE, state])

    with pytest.raises(InstrumentFault):
        on(bench, port).set_closed(True)

    assert stimuli(bench) == []


def test_a_late_answer_is_not_taken_for_the_next_one(bench: Desk) -> None:
    port = ScriptedPort(
        bench.clock,
        [
            Exchange(b"CLOS 1\n"),
            Exchange(b"SYST:ERR?\n"),
            Exchange(b"OPEN 1\n"),
            QUEUE,
            Exchange(b"CLOS? 1\n", (b"0\n",)),
        ],
    )
    relay = on(bench, port)
    began_ns = bench.clock.now_ns()
    with pytest.raises(InstrumentSilent, match="SYST:ERR"):
        relay.set_closed(True)
    assert bench.clock.now_ns() - began_ns >= 2 * NS_PER_S
    port.incoming = [b'-222,"Data out of range"\n']

    relay.set_closed(False)

    port.finish()
    assert stimuli(bench) == [("clamp", "opened")]


def test_safe_is_clamp_open_then_power_on_even_after_a_fault(bench: Desk) -> None:
    error = Exchange(b"SYST:ERR?\n", (b'-200,"Execution error"\n',))
    port = ScriptedPort(
        bench.clock, [Exchange(b"OPEN 1\n"), error, Exchange(b"CLOS 3\n"), QUEUE]
    )

    with pytest.raises(InstrumentFault, match="Execution error"):
        on(bench, port).set_safe()

    port.finish()


def test_it_only_switches(bench: Desk) -> None:
    relay = on(bench, ScriptedPort(bench.clock, []))

    relay.set_supply(ureg.Quantity(2900, "mV"))
    with pytest.raises(
        ConfigurationError, match=r"switches 2\.9 V and cannot give 2\.4"
    ):
        relay.set_supply(ureg.Quantity(2.4, "V"))
    with pytest.raises(ConfigurationError, match="no channel for the magnet"):
        relay.set_present(True)


def entry(text: str) -> Table:
    return Table(tomllib.loads(text), "bench.toml [[instrument]] 3 'scpi-relay'")


GIVEN = """
supply = "2.9 V"
[channels]
clamp = { close = "CLOS 1", open = "OPEN 1", state = "CLOS? 1" }
power = { close = "CLOS 3", open = "OPEN 3" }
"""


def test_the_bench_file_says_what_is_sent() -> None:
    table = entry(GIVEN)
    options = read_options(table, (Role.CLAMP, Role.POWER))
    table.done()
    assert options["channels"] == CHANNELS
    assert options["supply"] == ureg.Quantity(2.9, "V")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("clamp = {", "clomp = {", "[clamp]: the key 'close' is missing"),
        ('open = "OPEN 1", ', "", "[clamp]: the key 'open' is missing"),
        ('"OPEN 1"', '"OPEN é"', "[clamp]: open: SCPI cannot carry"),
        ("state", "stat", "the key 'stat' is unknown; write 'state'"),
        ('supply = "2.9 V"', "", "the key 'supply' is missing"),
        ('"2.9 V"', '"2.9 mL"', "has the wrong dimension"),
        ("[channels]", '[channels]\nmagnet = { close = "a", open = "b" }', "'magnet'"),
    ],
)
def test_a_mistake_in_the_bench_file_is_one_sentence(
    old: str, new: str, said: str
) -> None:
    assert old in GIVEN
    with pytest.raises(ConfigurationError) as caught:
        read_options(entry(GIVEN.replace(old, new, 1)), (Role.CLAMP, Role.POWER))
    assert said in str(caught.value)
    assert "bench.toml [[instrument]] 3" in str(caught.value)


def exercise(relay: ScpiRelay, acts: Callable[[], tuple[bool, bool, int]]) -> None:
    """Move each relay; what really happened is told by closed, magnet, supply."""
    relay.connect()
    assert relay.read_identity().serial == "S000000001"
    relay.set_closed(True)
    relay.set_present(True)
    relay.set_powered(False)
    assert acts() == (True, True, 0)
    assert relay.set_safe() == "clamp open, magnet away, power on"
    assert acts() == (False, False, 2_900)


def test_on_the_simulated_relay_through_pyvisa(bench: Desk) -> None:
    clock = VirtualClock(START_NS)
    line = LineSettings()
    with build(Simulation(), clock, {RELAY: line}) as simulated:
        port = VisaPort("relay", "ASRLsim://relay::INSTR", line, clock)
        tap = bench.tap("relay", port)
        relay = ScpiRelay("relay", tap, clock, bench.recorder, channels=WIRED)
        world = simulated.world
        exercise(
            relay,
            lambda: (world._closed, world._magnet, world.supply_mv(clock.now_ns())),
        )
        wrong = Channel("ROUT:CLOS (@999)", "ROUT:JUMP", "")
        relay = ScpiRelay(
            "relay", tap, clock, bench.recorder, channels={Role.CLAMP: wrong}
        )
        with pytest.raises(InstrumentFault, match="-222, 'Data out of range'"):
            relay.set_closed(True)
        with pytest.raises(InstrumentFault, match="-113, 'Undefined header'"):
            relay.set_closed(False)
        relay.close()


def test_on_the_simulated_relay_over_a_tcp_socket(bench: Desk) -> None:
    simulated = build(Simulation(), VirtualClock(START_NS), {RELAY: LineSettings()})
    clock = RealClock()
    with Server(simulated, LockStep(simulated), Ports()) as server:
        thread = threading.Thread(target=server.run)
        thread.start()
        host, number = server.addresses.tcp[RELAY]
        name = f"TCPIP::{host}::{number}::SOCKET"
        try:
            port = VisaPort("relay", name, LineSettings(), clock)
            relay = ScpiRelay(
                "relay",
                bench.tap("relay", port),
                clock,
                bench.recorder,
                channels=WIRED,
            )
            world = simulated.world
            exercise(
                relay,
                lambda: (world._closed, world._magnet, world._conditions.supply_mv),
            )
            relay.close()
        finally:
            server.stop()
            thread.join()
