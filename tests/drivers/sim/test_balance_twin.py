"""The balance's answers, against lines typed from the manual."""

import re
from dataclasses import replace

import pytest

from drivers.sim.balance_twin import BalanceTwin
from drivers.sim.contracts import (
    FAR,
    BalanceParameters,
    PumpParameters,
    SurroundingsParameters,
)
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


def bench(parameters: BalanceParameters = EXACT) -> tuple[World, BalanceTwin]:
    world = World(PumpParameters(flow_error=0.0, ripple=0.0), STILL, 1, T0)
    return world, BalanceTwin(parameters, world, T0)


def flowing(parameters: BalanceParameters = EXACT) -> tuple[World, BalanceTwin]:
    world, twin = bench(parameters)
    world.fill(T0, 40_000_000)
    world.set_motor(T0, 1_000_000.0)
    return world, twin


def ask(twin: BalanceTwin, data: bytes, t_ns: int = T0 + 60 * S) -> bytes:
    twin.receive(t_ns, data)
    return b"".join(line for _, line in twin.take_output())


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        (b"@\r\n", b'I4 A "B123"\r\n'),
        (b"I4\r\n", b'I4 A "B123"\r\n'),
        (b"I2\r\n", b'I2 A "DB225 220.00000 g"\r\n'),
        (b"I3\r\n", b'I3 A "2.10"\r\n'),
        (b"M01\r\n", b"M01 A 0\r\n"),
        (b"M02\r\n", b"M02 A 1\r\n"),
        (b"M03\r\n", b"M03 A 0\r\n"),
        (b"C0\r\n", b'C0 A 0 0 ""\r\n'),
        (b"M03 1\r\n", b"M03 A\r\n"),
        (b"M03 2\r\n", b"M03 L\r\n"),
        (b"M03 0 0\r\n", b"M03 L\r\n"),
        (b"C0 1 0\r\n", b"C0 A\r\n"),
        (b"C0 1 1\r\n", b"C0 L\r\n"),
        (b"C0 1\r\n", b"C0 L\r\n"),
        (b"M01 1\r\n", b"M01 L\r\n"),
        (b"UPD\r\n", b"UPD A 18.3\r\n"),
        (b"S\r\n", b"S S    0.00000 g\r\n"),
        (b"SI\r\n", b"S S    0.00000 g\r\n"),
        (b"Z\r\n", b"Z A\r\n"),
        (b"ZI\r\n", b"ZI S\r\n"),
        (b"T\r\n", b"T S    0.00000 g\r\n"),
        (b"TI\r\n", b"TI S    0.00000 g\r\n"),
        (b"SI 1\r\n", b"S L\r\n"),
        (b"Z 1\r\n", b"Z L\r\n"),
        (b"XYZ\r\n", b"ES\r\n"),
        (b"si\r\n", b"ES\r\n"),
        (b"SI\n", b"ES\r\n"),
        (b"\r\n", b"ES\r\n"),
    ],
)
def test_answers(command: bytes, answer: bytes) -> None:
    _, twin = bench()
    assert ask(twin, command) == answer


def test_the_command_list_names_every_command_that_works() -> None:
    _, twin = bench()
    *first, last = ask(twin, b"I0\r\n").splitlines()
    assert all(re.fullmatch(rb'I0 B [0-3] "[@A-Z0-9]+"', line) for line in first)
    assert re.fullmatch(rb'I0 A [0-3] "[@A-Z0-9]+"', last)
    listed = {line.split(b'"')[1] for line in [*first, last]}
    assert listed == set(b"@ C0 I0 I2 I3 I4 S SI Z ZI T TI M01 M02 M03 UPD".split())


def test_a_line_may_come_in_pieces() -> None:
    _, twin = bench()
    assert ask(twin, b"S") == b""
    assert ask(twin, b"I\r") == b""
    assert ask(twin, b"\nI4\r\n") == b'S S    0.00000 g\r\nI4 A "B123"\r\n'


def test_a_moving_weight_is_dynamic() -> None:
    _, twin = flowing()
    assert re.fullmatch(rb"S D    0\.01[56]\d\d g\r\n", ask(twin, b"SI\r\n"))
    assert ask(twin, b"ZI\r\n") == b"ZI D\r\n"


def test_coarser_readability_has_fewer_decimals() -> None:
    _, twin = bench(replace(EXACT, readability_ng=1_000_000))
    assert ask(twin, b"SI\r\n") == b"S S      0.000 g\r\n"
    assert ask(twin, b"I2\r\n") == b'I2 A "DB225 220.000 g"\r\n'


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        (b"S\r\n", b"S S   19.9"),
        (b"Z\r\n", b"Z +\r\n"),
        (b"T\r\n", b"T S   19.9"),
    ],
)
def test_what_waits_for_stability_answers_when_hands_are_off(
    command: bytes, answer: bytes
) -> None:
    world, twin = bench()
    world.fill(T0, 20_000_000)
    world.withdraw_into_vessel(T0 + 60 * S)
    assert ask(twin, command, T0 + 61 * S) == b""
    assert twin.owes_reply()
    while twin.next_event_ns() < FAR:
        twin.advance(twin.next_event_ns())
    [(t_ns, line)] = twin.take_output()
    assert line.startswith(answer)
    assert t_ns == T0 + 64 * S
    assert not twin.owes_reply()


@pytest.mark.parametrize("command", [b"S", b"Z", b"T"])
def test_what_never_becomes_stable_is_refused_at_the_time_limit(command: bytes) -> None:
    _, twin = flowing()
    assert ask(twin, command + b"\r\n") == b""
    twin.advance(T0 + 200 * S)
    [(t_ns, line)] = twin.take_output()
    assert line == command + b" I\r\n"
    assert t_ns == T0 + 100 * S
    assert twin.next_event_ns() == FAR


def test_the_next_command_takes_the_place_of_one_that_waits() -> None:
    _, twin = flowing()
    assert ask(twin, b"S\r\n") == b""
    assert ask(twin, b"I4\r\n", T0 + 61 * S) == b'I4 A "B123"\r\n'
    twin.advance(T0 + 200 * S)
    assert twin.take_output() == []


def test_overload_and_underload() -> None:
    world, twin = bench(replace(EXACT, capacity_ng=30_000_000_000))
    world.fill(T0, 20_000_000)
    world.withdraw_into_vessel(T0)
    assert ask(twin, b"SI\r\n") == b"S +\r\n"
    assert ask(twin, b"S\r\n") == b"S +\r\n"
    assert ask(twin, b"TI\r\n") == b"TI +\r\n"
    assert ask(twin, b"ZI\r\n") == b"ZI +\r\n"


def test_a_fault_stands_in_the_weight_field() -> None:
    _, twin = bench(replace(EXACT, fault_number=3))
    assert ask(twin, b"SI\r\n") == b"S S   Error 3b\r\n"


def test_a_silent_balance_never_answers() -> None:
    _, twin = bench(replace(EXACT, silent=True))
    assert ask(twin, b"SI\r\n") == b""
    assert ask(twin, b"S\r\n") == b""
    assert not twin.owes_reply()


def test_a_restart_announces_itself_and_loses_zero_and_tare() -> None:
    world, twin = bench(replace(EXACT, restarts_after_s=100.0))
    world.fill(T0, 2_000_000)
    world.withdraw_into_vessel(T0)
    assert ask(twin, b"SI\r\n").startswith(b"S S    1.99")
    assert twin.next_event_ns() == T0 + 100 * S
    twin.advance(T0 + 100 * S)
    assert twin.take_output() == [(T0 + 100 * S, b'I4 A "B123"\r\n')]
    assert ask(twin, b"SI\r\n", T0 + 101 * S) == b"S D    0.00000 g\r\n"
    assert twin.next_event_ns() == FAR


def test_what_was_set_is_answered() -> None:
    _, twin = bench()
    assert ask(twin, b"M03 1\r\nM03\r\n") == b"M03 A\r\nM03 A 1\r\n"
    assert ask(twin, b"C0 1 0\r\nC0\r\n") == b'C0 A\r\nC0 A 1 0 ""\r\n'
    assert ask(twin, b"M03 0\r\nM03\r\n") == b"M03 A\r\nM03 A 0\r\n"
    assert ask(twin, b"C0 0 0\r\nC0\r\n") == b'C0 A\r\nC0 A 0 0 ""\r\n'
    assert twin.next_event_ns() == FAR


def test_settings_can_be_given_from_the_start() -> None:
    _, twin = bench(replace(EXACT, autozero=True, adjusts_itself=True))
    assert ask(twin, b"M03\r\nC0\r\n") == b'M03 A 1\r\nC0 A 1 0 ""\r\n'
    assert twin.next_event_ns() == T0 + 4 * 3_600 * S


def test_while_it_adjusts_itself_it_weighs_nothing() -> None:
    _, twin = bench(replace(EXACT, adjusts_itself=True, adjustment_every_h=1.0))
    began_ns = T0 + 3_600 * S
    assert ask(twin, b"S\r\n", began_ns - S) == b"S S    0.00000 g\r\n"
    twin.advance(began_ns)
    assert twin.next_event_ns() == began_ns + 60 * S
    for command in (b"S", b"SI", b"Z", b"ZI", b"T", b"TI"):
        identifier = b"S" if command in (b"S", b"SI") else command
        answer = ask(twin, command + b"\r\n", began_ns + 30 * S)
        assert answer == identifier + b" I\r\n"
    assert ask(twin, b"I4\r\n", began_ns + 30 * S) == b'I4 A "B123"\r\n'
    twin.advance(began_ns + 60 * S)
    assert ask(twin, b"SI\r\n", began_ns + 60 * S) == b"S S    0.00000 g\r\n"
    assert twin.next_event_ns() == began_ns + 3_600 * S


def test_an_adjustment_that_is_switched_off_half_way_is_over() -> None:
    _, twin = bench(replace(EXACT, adjusts_itself=True, adjustment_every_h=1.0))
    began_ns = T0 + 3_600 * S
    twin.advance(began_ns)
    assert ask(twin, b"C0 0 0\r\nS\r\n", began_ns + S) == (
        b"C0 A\r\nS S    0.00000 g\r\n"
    )
    assert twin.next_event_ns() == FAR


def test_what_flows_in_during_adjustments_is_swallowed() -> None:
    honest, busy = (
        flowing(replace(EXACT, adjusts_itself=on, adjustment_every_h=1.0))[1]
        for on in (False, True)
    )
    end_ns = T0 + 24 * 3_600 * S + 120 * S
    while busy.next_event_ns() <= end_ns:
        busy.advance(busy.next_event_ns())
    whole, left = (float(ask(twin, b"SI\r\n", end_ns)[3:14]) for twin in (honest, busy))
    assert whole == pytest.approx(24.033 * 0.9973, rel=0.001)
    assert whole - left == pytest.approx(whole * 24 / (24 * 60 + 2), rel=0.001)


def test_a_command_that_waits_is_not_answered_during_an_adjustment() -> None:
    world, twin = bench(replace(EXACT, adjusts_itself=True, adjustment_every_h=1.0))
    hands_ns = T0 + 3_598 * S
    world.empty_vessel(hands_ns)
    assert ask(twin, b"Z\r\n", hands_ns + S) == b""
    while not (sent := twin.take_output()):
        twin.advance(twin.next_event_ns())
    assert sent == [(hands_ns + 41 * S, b"Z I\r\n")]
