"""The rig's driver against lines typed by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from drivers.rig import Rig
from harness.bench import CaseAware
from harness.clock import NS_PER_S
from harness.errors import (
    ConfigurationError,
    InstrumentFault,
    InstrumentSilent,
    UnitError,
)
from harness.evidence.records import Kind
from harness.readings import Identity
from harness.units import ureg
from tests.drivers.scripted import ByteByByte, Desk, Exchange, ScriptedPort, desk

OK = (b"OK\r\n",)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path) as here:
        yield here


def on(bench: Desk, port: ScriptedPort) -> Rig:
    return Rig("rig", bench.tap("rig", port), bench.clock, bench.recorder)


@pytest.mark.parametrize("line", [ScriptedPort, ByteByByte])
def test_every_command(bench: Desk, line: type[ScriptedPort]) -> None:
    port = line(
        bench.clock,
        [
            Exchange(b"ID\r\n", (b"ID DOSEBENCH-RIG R1 1.0\r\n",)),
            Exchange(b"ID\r\n", (b"ID DOSEBENCH-RIG R1 1.0\r\n",)),
            Exchange(b"CASE ITB-FLOW-001/low\r\n", OK),
            Exchange(b"CLAMP CLOSED\r\n", OK),
            Exchange(b"CLAMP OPEN\r\n", OK),
            Exchange(b"MAGNET ON\r\n", OK),
            Exchange(b"MAGNET OFF\r\n", OK),
            Exchange(b"FILL 20000000\r\n", OK),
            Exchange(b"WITHDRAW\r\n", OK),
            Exchange(b"EMPTY\r\n", OK),
        ],
    )
    rig = on(bench, port)

    rig.connect()
    assert rig.read_identity() == Identity("DOSEBENCH-RIG", "R1", "1.0")
    assert isinstance(rig, CaseAware)
    rig.set_case("ITB-FLOW-001/low")
    rig.set_closed(True)
    rig.set_closed(False)
    rig.set_present(True)
    rig.set_present(False)
    rig.fill_reservoir(ureg.Quantity(20, "mL"))
    rig.withdraw_reservoir()
    rig.empty_vessel()

    port.finish()
    stimuli = [
        (record.fields["name"], record.fields["action"])
        for record in bench.records(Kind.STIMULUS)
    ]
    assert stimuli == [
        ("clamp", "closed"),
        ("clamp", "opened"),
        ("magnet", "brought"),
        ("magnet", "taken away"),
    ]
    acts = [record.fields["action"] for record in bench.records(Kind.OPERATOR)]
    assert acts == [
        "fill the reservoir with 20 mL",
        "withdraw the residual into the vessel",
        "empty the vessel to its starting content",
    ]


@pytest.mark.parametrize(
    "answer", [b"ERR the reservoir is full\r\n", b"NOW 5\r\n", b"OK \r\n", b"OK\n"]
)
def test_what_is_not_done_is_a_fault_and_no_stimulus(
    bench: Desk, answer: bytes
) -> None:
    rig = on(bench, ScriptedPort(bench.clock, [Exchange(b"MAGNET ON\r\n", (answer,))]))

    with pytest.raises(InstrumentFault):
        rig.set_present(True)

    assert bench.count()[Kind.STIMULUS] == 0


def test_two_answers_to_one_command_are_a_fault(bench: Desk) -> None:
    script = [Exchange(b"MAGNET ON\r\n", (b"OK\r\nOK\r\n",))]

    with pytest.raises(InstrumentFault, match="nobody else"):
        on(bench, ScriptedPort(bench.clock, script)).set_present(True)


def test_something_else_on_the_port_is_no_rig(bench: Desk) -> None:
    rig = on(bench, ScriptedPort(bench.clock, [Exchange(b"ID\r\n", OK)]))

    with pytest.raises(InstrumentFault, match="bench file"):
        rig.connect()


def test_silence_is_told_and_nothing_is_sent_twice(bench: Desk) -> None:
    port = ScriptedPort(bench.clock, [Exchange(b"FILL 1000\r\n")])
    began_ns = bench.clock.now_ns()

    with pytest.raises(InstrumentSilent, match="FILL 1000"):
        on(bench, port).fill_reservoir(ureg.Quantity(1, "µL"))

    port.finish()
    assert bench.clock.now_ns() - began_ns >= 10 * NS_PER_S


def test_a_late_answer_does_not_count_for_the_next_command(bench: Desk) -> None:
    port = ScriptedPort(
        bench.clock,
        [
            Exchange(b"CLAMP OPEN\r\n"),
            Exchange(b"MAGNET OFF\r\n", (b"ERR stuck\r\n",)),
        ],
    )
    rig = on(bench, port)
    with pytest.raises(InstrumentSilent):
        rig.set_closed(False)
    port.incoming = [b"OK\r\n"]

    with pytest.raises(InstrumentFault, match="stuck"):
        rig.set_present(False)


def test_safe_is_clamp_open_then_magnet_away(bench: Desk) -> None:
    port = ScriptedPort(
        bench.clock, [Exchange(b"CLAMP OPEN\r\n", OK), Exchange(b"MAGNET OFF\r\n", OK)]
    )

    assert on(bench, port).set_safe() == "clamp open, magnet away"

    port.finish()


def test_the_magnet_is_taken_away_although_the_clamp_fails(bench: Desk) -> None:
    port = ScriptedPort(
        bench.clock,
        [
            Exchange(b"CLAMP OPEN\r\n", (b"ERR stuck\r\n",)),
            Exchange(b"MAGNET OFF\r\n", OK),
        ],
    )

    with pytest.raises(InstrumentFault, match="stuck"):
        on(bench, port).set_safe()

    port.finish()


@pytest.mark.parametrize(
    ("action", "error"),
    [
        (lambda rig: rig.fill_reservoir(5), TypeError),
        (lambda rig: rig.fill_reservoir(ureg.Quantity(5, "mg")), UnitError),
        (lambda rig: rig.fill_reservoir(ureg.Quantity(-5, "mL")), ConfigurationError),
        (lambda rig: rig.set_case("two words"), ConfigurationError),
    ],
)
def test_what_the_port_cannot_carry_is_not_sent(
    bench: Desk, action: Callable[[Rig], None], error: type[Exception]
) -> None:
    with pytest.raises(error):
        action(on(bench, ScriptedPort(bench.clock, [])))


def test_close_releases_the_port(bench: Desk) -> None:
    port = ScriptedPort(bench.clock, [])

    on(bench, port).close()

    assert port.closed
