"""Sartorius, A&D, Ohaus and Radwag on the simulated world, against typed lines."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drivers.sim.and_balance_twin import AndTwin
from drivers.sim.balance_body import BalanceBody
from drivers.sim.balance_parameters import BalanceParameters
from drivers.sim.contracts import FAR, PumpParameters
from drivers.sim.ohaus_twin import OhausTwin
from drivers.sim.radwag_twin import RadwagTwin
from drivers.sim.sbi_twin import SbiTwin
from drivers.sim.surroundings_parameters import SurroundingsParameters
from drivers.sim.world import World

S = 1_000_000_000
T0 = 1_767_225_600 * S
STILL = SurroundingsParameters(
    evaporation_ng_per_h=0.0, contact_line_step_ng=0.0, pressure_change_hpa=0.0
)
EXACT = BalanceParameters(
    model="DB225",
    serial="B123",
    firmware="2.10",
    repeatability_ng=0.0,
    zero_drift_ng_per_h=0.0,
)
FULL = replace(EXACT, capacity_ng=10_000_000_000)
"""Glass and liquid, 15 g, are too much for it."""
FAULTY = replace(EXACT, fault_number=54)
WRONG_UNIT = replace(EXACT, wrong_unit_after_s=30.0)
BUSY = replace(EXACT, adjusts_itself=True, adjustment_every_h=0.1)

Twin = type[BalanceBody]


class NamedSbi(SbiTwin):
    NAME = "N"


class PrintingSbi(SbiTwin):
    PRINTS_BY_ITSELF = True


class QuietAnd(AndTwin):
    ACKNOWLEDGES = False


class QuietOhaus(OhausTwin):
    SAYS_DONE = False


def bench(
    twin: Twin, parameters: BalanceParameters = EXACT, *, flowing: bool = False
) -> tuple[World, BalanceBody]:
    world = World(PumpParameters(flow_error=0.0, ripple=0.0), STILL, 1, T0)
    if flowing:
        world.fill(T0, 40_000_000)
        world.set_motor(T0, 1_000_000.0)
    return world, twin(parameters, world, T0)


def ask(twin: BalanceBody, data: bytes, t_ns: int = T0 + 60 * S) -> bytes:
    twin.advance(t_ns)
    twin.receive(t_ns, data)
    return sent(twin)


def sent(twin: BalanceBody) -> bytes:
    return b"".join(line for _, line in twin.take_output())


@pytest.mark.parametrize(
    ("twin", "command", "answer"),
    [
        (SbiTwin, b"\x1bP\r\n", b"+  0.00000 g  \r\n"),
        (NamedSbi, b"\x1bP\r\n", b"N     +  0.00000 g  \r\n"),
        (SbiTwin, b"\x1bx1_\r\n", b"DB225\r\n"),
        (SbiTwin, b"\x1bx2_\r\n", b"B123\r\n"),
        (SbiTwin, b"\x1bx3_\r\n", b"V 2.10\r\n"),
        (SbiTwin, b"\x1bV\r\n", b""),
        (SbiTwin, b"P\r\n", b""),
        (AndTwin, b"SI\r\n", b"ST,+00.00000  g\r\n"),
        (AndTwin, b"Z\r\n", b"\x06\r\n"),
        (QuietAnd, b"Z\r\n", b""),
        (AndTwin, b"?SN\r\n", b"B123\r\n"),
        (AndTwin, b"?TN\r\n", b"DB225\r\n"),
        (AndTwin, b"XX\r\n", b"EC,E01\r\n"),
        (QuietAnd, b"XX\r\n", b""),
        (OhausTwin, b"IP\r\n", b"    0.00000 g     \r\n"),
        (OhausTwin, b"Z\r\n", b"OK!\r\n"),
        (QuietOhaus, b"Z\r\n", b""),
        (OhausTwin, b"PSN\r\n", b"B123\r\n"),
        (OhausTwin, b"PV\r\n", b"Sr 2.10\r\n"),
        (OhausTwin, b"XX\r\n", b"ES\r\n"),
        (RadwagTwin, b"SI\r\n", b"SI       0.00000 g  \r\n"),
        (RadwagTwin, b"Z\r\n", b"Z A\r\nZ D\r\n"),
        (RadwagTwin, b"NB\r\n", b'NB A "B123"\r\n'),
        (RadwagTwin, b"XX\r\n", b"ES\r\n"),
    ],
)
def test_answers(twin: Twin, command: bytes, answer: bytes) -> None:
    _, balance = bench(twin)
    assert ask(balance, command) == answer


@pytest.mark.parametrize(
    ("twin", "command", "answer"),
    [
        (SbiTwin, b"\x1bP\r\n", b"     High     \r\n"),
        (NamedSbi, b"\x1bP\r\n", b"Stat       High     \r\n"),
        (AndTwin, b"SI\r\n", b"OL,+9999999E+19\r\n"),
        (OhausTwin, b"IP\r\n", b"Err 8.3\r\n"),
        (RadwagTwin, b"SI\r\n", b"SI  ^    0.00000 g  \r\n"),
    ],
)
def test_overload(twin: Twin, command: bytes, answer: bytes) -> None:
    _, balance = bench(twin, FULL)
    assert ask(balance, command) == answer


@pytest.mark.parametrize(
    ("twin", "command", "answer"),
    [
        (SbiTwin, b"\x1bP\r\n", b"   Err 054    \r\n"),
        (AndTwin, b"SI\r\n", b"EC,E54\r\n"),
        (OhausTwin, b"IP\r\n", b"Err 54\r\n"),
        (RadwagTwin, b"SI\r\n", b"SI I\r\n"),
    ],
)
def test_a_fault(twin: Twin, command: bytes, answer: bytes) -> None:
    _, balance = bench(twin, FAULTY)
    assert ask(balance, command) == answer


@pytest.mark.parametrize(
    ("twin", "command", "answer"),
    [
        (SbiTwin, b"\x1bP\r\n", b"+     0.00 mg \r\n"),
        (AndTwin, b"SI\r\n", b"ST,+00000.00 mg\r\n"),
        (OhausTwin, b"IP\r\n", b"       0.00 mg    \r\n"),
        (RadwagTwin, b"SI\r\n", b"SI          0.00 mg \r\n"),
    ],
)
def test_somebody_switches_the_unit(twin: Twin, command: bytes, answer: bytes) -> None:
    _, balance = bench(twin, WRONG_UNIT)
    assert ask(balance, command) == answer


@pytest.mark.parametrize(
    ("twin", "command", "answer"),
    [
        (SbiTwin, b"\x1bP\r\n", b"     Cal.     \r\n"),
        (AndTwin, b"SI\r\n", b"EC,E02\r\n"),
        (OhausTwin, b"IP\r\n", b"ES\r\n"),
        (RadwagTwin, b"SI\r\n", b"SI I\r\n"),
        (RadwagTwin, b"Z\r\n", b"Z I\r\n"),
    ],
)
def test_it_is_busy_while_it_adjusts_itself(
    twin: Twin, command: bytes, answer: bytes
) -> None:
    _, balance = bench(twin, BUSY)
    assert ask(balance, command, T0 + 370 * S) == answer


@pytest.mark.parametrize(
    ("twin", "command", "begins", "ends"),
    [
        (SbiTwin, b"\x1bP\r\n", b"+", b"    \r\n"),
        (AndTwin, b"SI\r\n", b"US,+0", b"  g\r\n"),
        (OhausTwin, b"IP\r\n", b"    ", b"g    ?\r\n"),
        (RadwagTwin, b"SI\r\n", b"SI  ?  ", b"g  \r\n"),
    ],
)
def test_a_weight_that_is_not_stable_says_so(
    twin: Twin, command: bytes, begins: bytes, ends: bytes
) -> None:
    _, balance = bench(twin, flowing=True)
    line = ask(balance, command)
    assert line.startswith(begins)
    assert line.endswith(ends)


@pytest.mark.parametrize(
    ("twin", "command", "at_once", "in_vain", "owes"),
    [
        (SbiTwin, b"\x1bV\r\n", b"", b"", False),
        (AndTwin, b"Z\r\n", b"\x06\r\n", b"EC,E11\r\n", False),
        (OhausTwin, b"Z\r\n", b"OK!\r\n", b"ES\r\n", False),
        (RadwagTwin, b"Z\r\n", b"Z A\r\n", b"Z E\r\n", True),
    ],
)
def test_a_zero_waits_for_rest_and_gives_up(
    twin: Twin, command: bytes, at_once: bytes, in_vain: bytes, owes: bool
) -> None:
    _, balance = bench(twin, flowing=True)
    assert ask(balance, command) == at_once
    assert balance.owes_reply() is owes
    while (due_ns := balance.next_event_ns()) < FAR:
        balance.advance(due_ns)
    assert sent(balance) == in_vain


@pytest.mark.parametrize(
    ("twin", "zero", "weigh", "weight"),
    [
        (SbiTwin, b"\x1bV\r\n", b"\x1bP\r\n", b"+  0.00000 g  \r\n"),
        (AndTwin, b"Z\r\n", b"SI\r\n", b"ST,+00.00000  g\r\n"),
        (OhausTwin, b"Z\r\n", b"IP\r\n", b"    0.00000 g     \r\n"),
        (RadwagTwin, b"Z\r\n", b"SI\r\n", b"SI       0.00000 g  \r\n"),
    ],
)
def test_a_zero_really_zeroes(
    twin: Twin, zero: bytes, weigh: bytes, weight: bytes
) -> None:
    world, balance = bench(twin, flowing=True)
    world.set_motor(T0 + 60 * S, 0.0)
    later_ns = T0 + 3600 * S
    assert ask(balance, weigh, later_ns) != weight
    ask(balance, zero, later_ns)
    assert ask(balance, weigh, later_ns) == weight


def test_a_request_starts_and_ends_the_stream_of_automatic_print() -> None:
    _, balance = bench(PrintingSbi)
    one = b"+  0.00000 g  \r\n"
    assert ask(balance, b"\x1bP\r\n") == one
    balance.advance(T0 + 61 * S)
    assert sent(balance) == one * 5
    assert ask(balance, b"\x1bP\r\n", T0 + 61 * S) == b""
    balance.advance(T0 + 70 * S)
    assert sent(balance) == b""


@pytest.mark.parametrize("twin", [SbiTwin, AndTwin, OhausTwin, RadwagTwin])
def test_a_silent_one_says_nothing_and_power_lost_forgets_half_a_line(
    twin: Twin,
) -> None:
    commands = b"\x1bP\r\nSI\r\nIP\r\n"
    _, silent = bench(twin, replace(EXACT, silent=True))
    assert ask(silent, commands) == b""
    _, restarted = bench(twin, replace(EXACT, restarts_after_s=30.0))
    restarted.receive(T0, b"half a li")
    restarted.advance(T0 + 60 * S)
    assert sent(restarted) == b""
    fresh = bench(twin)[1]
    assert ask(restarted, commands) == ask(fresh, commands)
