"""The balance's answers, against lines typed from the manual."""

import re
from dataclasses import replace

import fastcrc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.sim.balance_parameters import BalanceParameters
from drivers.sim.balance_twin import BalanceTwin
from drivers.sim.contracts import FAR, PumpParameters
from drivers.sim.kern_twin import KernTwin
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
    assert listed == set(
        b"@ C C0 I0 I1 I2 I3 I4 S SI SIR SC SU SIU SIRU SR SNR SIS Z ZI ZC"
        b" T TI TC TA TAC M01 M02 M03 M21 M67 UPD".split()
    )


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


def flow_out(twin: BalanceTwin, end_ns: int) -> list[tuple[int, bytes]]:
    while twin.next_event_ns() <= end_ns:
        twin.advance(twin.next_event_ns())
    return twin.take_output()


NEW = replace(EXACT, checked_weights=True, tells_uptime=True)


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        (b"I1\r\n", b'I1 A "0123" "2.30" "2.30" "2.30" "2.30"\r\n'),
        (b"C\r\n", b"C B\r\nC A\r\n"),
        (b"SU\r\n", b"S S    0.00000 g\r\n"),
        (b"SIU\r\n", b"S S    0.00000 g\r\n"),
        (b"SC 1000\r\n", b"S S    0.00000 g\r\n"),
        (b"SC\r\n", b"S L\r\n"),
        (b"SC 70000\r\n", b"S L\r\n"),
        (b"TC 1000\r\n", b"TC S    0.00000 g\r\n"),
        (b"ZC 1000\r\n", b"ZC S\r\n"),
        (b"ZC x\r\n", b"ZC L\r\n"),
        (b"SIS\r\n", b'SIS A 0 "0.00000" 0 5 1 0 0\r\n'),
        (b"TA\r\n", b"TA A    0.00000 g\r\n"),
        (b"TA 100.00 g\r\n", b"TA A  100.00000 g\r\n"),
        (b"TA 300 g\r\n", b"TA L\r\n"),
        (b"TA 1 ct\r\n", b"TA L\r\n"),
        (b"TA 1 g\r\nSI\r\n", b"TA A    1.00000 g\r\nS S   -1.00000 g\r\n"),
        (
            b"TA 1 g\r\nTAC\r\nSI\r\n",
            b"TA A    1.00000 g\r\nTAC A\r\nS S    0.00000 g\r\n",
        ),
        (b"M21\r\n", b"M21 B 0 0\r\nM21 B 1 0\r\nM21 A 2 0\r\n"),
        (
            b"M21 0 3\r\nSI\r\nSIU\r\n",
            b"M21 A\r\nS S       0.00 mg\r\nS S    0.00000 g\r\n",
        ),
        (b"M21 0 3\r\nSIS\r\n", b'M21 A\r\nSIS A 0 "0.00" 3 2 1 0 0\r\n'),
        (b"M21 0 5\r\n", b"M21 L\r\n"),
        (b"M21 3 0\r\n", b"M21 L\r\n"),
        (b"UPD 20\r\nUPD\r\n", b"UPD A\r\nUPD A 18.3\r\n"),
        (b"UPD 1\r\nUPD\r\n", b"UPD A\r\nUPD A 1.1\r\n"),
        (b"UPD 24\r\n", b"UPD L\r\n"),
        (b"M67\r\n", b"M67 A 40\r\n"),
        (b"M67 10\r\nM67\r\n", b"M67 A\r\nM67 A 10\r\n"),
        (b"M67 0\r\n", b"M67 L\r\n"),
        (b"SIC1\r\n", b"ES\r\n"),
        (b"I15\r\n", b"ES\r\n"),
    ],
)
def test_the_rest_of_the_language(command: bytes, answer: bytes) -> None:
    _, twin = bench()
    assert ask(twin, command) == answer


def test_a_newer_one_gives_check_values_and_its_uptime() -> None:
    _, twin = bench(NEW)
    assert {b'"SIC1"', b'"SIC2"', b'"I15"'} <= set(ask(twin, b"I0\r\n").split())
    text = b"SIC1 S    0.00000 g "
    check = b"%04X\r\n" % fastcrc.crc16.ibm_3740(text)
    assert ask(twin, b"SIC1\r\n") == text + check
    assert ask(twin, b"I15\r\n", T0 + 3 * 60 * S - 1) == b"I15 A 2\r\n"
    assert ask(twin, b"@\r\nI15\r\n", T0 + 3 * 60 * S) == (
        b'I4 A "B123"\r\nI15 A 3\r\n'
    )


def test_a_restart_begins_its_uptime_anew() -> None:
    _, twin = bench(replace(NEW, restarts_after_s=600.0))
    twin.advance(T0 + 600 * S)
    twin.take_output()
    assert ask(twin, b"I15\r\n", T0 + 661 * S) == b"I15 A 1\r\n"


def test_the_time_limit_that_is_set_is_kept() -> None:
    _, twin = flowing()
    assert ask(twin, b"M67 10\r\nS\r\n") == b"M67 A\r\n"
    assert flow_out(twin, T0 + 200 * S) == [(T0 + 70 * S, b"S I\r\n")]


@pytest.mark.parametrize(
    ("command", "answer"),
    [(b"SC", b"S D    0."), (b"ZC", b"ZC D"), (b"TC", b"TC D   0.")],
)
def test_when_the_given_time_is_over_it_answers_as_it_is(
    command: bytes, answer: bytes
) -> None:
    _, twin = flowing()
    assert ask(twin, command + b" 1007\r\n") == b""
    [(t_ns, line)] = flow_out(twin, T0 + 200 * S)
    assert t_ns == T0 + 61 * S
    assert line.startswith(answer[:4])


@pytest.mark.parametrize("stop", [b"S\r\n", b"SI\r\n", b"@\r\n"])
def test_a_stream_goes_on_until_it_is_stopped(stop: bytes) -> None:
    _, twin = bench()
    weight = b"S S    0.00000 g\r\n"
    assert ask(twin, b"UPD 9\r\nSIR\r\n") == b"UPD A\r\n" + weight
    lines = flow_out(twin, T0 + 70 * S)
    assert [line for _, line in lines] == [weight] * 92
    assert lines[-1][0] - lines[0][0] == round(S / 9.2) * 91
    assert ask(twin, b"I4\r\n", T0 + 70 * S) == b'I4 A "B123"\r\n'
    assert twin.next_event_ns() < FAR
    assert ask(twin, stop, T0 + 70 * S) in (weight, b'I4 A "B123"\r\n')
    assert twin.next_event_ns() == FAR


@pytest.mark.parametrize(
    ("command", "statuses"),
    [(b"SR", b"SDS"), (b"SNR", b"SS"), (b"SR 25 g", b"S"), (b"SNR 5 g", b"SS")],
)
def test_changes_are_reported(command: bytes, statuses: bytes) -> None:
    world, twin = bench()
    world.fill(T0, 20_000_000)
    first = ask(twin, command + b"\r\n")
    world.withdraw_into_vessel(T0 + 70 * S)
    rest = b"".join(line for _, line in flow_out(twin, T0 + 100 * S))
    lines = (first + rest).splitlines()
    assert bytes(line[2] for line in lines) == statuses
    assert lines[0] == b"S S    0.00000 g"
    assert all(line[4:].strip().startswith(b"19.9") for line in lines[1:])


def test_a_threshold_that_is_no_mass_is_refused() -> None:
    _, twin = bench()
    assert ask(twin, b"SR 1\r\nSR 1 %\r\nSNR 0 g\r\n") == b"S L\r\n" * 3


def test_somebody_switches_the_unit() -> None:
    _, twin = bench(replace(NEW, wrong_unit_after_s=100.0))
    assert ask(twin, b"SI\r\n", T0 + 99 * S) == b"S S    0.00000 g\r\n"
    assert ask(twin, b"SI\r\n", T0 + 100 * S) == b"S S       0.00 mg\r\n"


def test_kern_has_a_part_of_it() -> None:
    world, _ = bench()
    twin = KernTwin(NEW, world, T0)
    lines = ask(twin, b"I0\r\n").splitlines()
    listed = {line.split(b'"')[1] for line in lines}
    assert listed == set(b"@ I0 I1 I2 I3 I4 S SI SIR SR Z ZI T TI TA TAC".split())
    assert ask(twin, b"SI\r\nM03\r\nSIC1\r\n") == b"S S    0.00000 g\r\nES\r\nES\r\n"


def test_a_stream_says_that_it_cannot_weigh_while_it_adjusts_itself() -> None:
    _, twin = bench(replace(EXACT, adjusts_itself=True, adjustment_every_h=1.0))
    began_ns = T0 + 3_600 * S
    ask(twin, b"SIR\r\n", began_ns - S)
    lines = [line for _, line in flow_out(twin, began_ns + 61 * S)]
    assert lines.index(b"S I\r\n") == pytest.approx(18, abs=1)
    assert lines.count(b"S I\r\n") == pytest.approx(60 * 18.3, abs=2)
    assert lines[-1] == b"S S    0.00000 g\r\n"


@pytest.mark.parametrize(
    ("parameters", "answer"),
    [
        (replace(EXACT, fault_number=3), b'SIS A 6 "Error"\r\n'),
        (replace(EXACT, capacity_ng=1_000_000_000), b'SIS A 4 "Overload"\r\n'),
    ],
)
def test_a_state_without_weight(parameters: BalanceParameters, answer: bytes) -> None:
    _, twin = bench(parameters)
    assert ask(twin, b"SIS\r\n") == answer


WORDS = (
    b"@ C C0 I0 I1 I2 I15 S SI SIR SC SU SR SNR SIS SIC1 Z ZC T TC TA TAC M21".split()
)
VALUES = [b"", b" 0", b" 1 0", b" 0 3", b" 100 g", b" 0.5 mg", b' "\\"', b" x", b" 8"]
orders = st.builds(
    lambda word, value, end: word + value + end,
    st.sampled_from(WORDS),
    st.sampled_from(VALUES),
    st.sampled_from([b"\r\n", b"\r\n", b"\r\n", b"\n", b""]),
)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.one_of(orders, st.binary(max_size=20)), max_size=30))
def test_whatever_it_is_told_it_goes_on(pieces: list[bytes]) -> None:
    _, twin = bench(NEW)
    for index, piece in enumerate(pieces):
        ask(twin, piece, T0 + index * S // 10)
        twin.advance(T0 + index * S // 10)
    end_ns = T0 + 100 * S
    ask(twin, b"\r\n@\r\n", end_ns)
    assert ask(twin, b"I4\r\n", end_ns) == b'I4 A "B123"\r\n'
