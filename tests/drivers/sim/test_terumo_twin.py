"""The Terumo twin alone: it answers its two questions, and obeys nothing but hands."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.sim.surroundings_parameters import SurroundingsParameters
from drivers.sim.syringe_pump import SyringePumpParameters
from drivers.sim.terumo_twin import DEVICE_ID, TerumoTwin
from drivers.sim.world import World
from protocols.terumo.frame import Direction, Envelope, decode, encode
from protocols.terumo.questions import ask_device_id, ask_status, tell_device_id
from protocols.terumo.status import (
    Answer,
    OperatingStatus,
    State,
    TerumoAlarm,
    parse_answer,
)

S = 1_000_000_000
OTHER = "00010070000000120100000A"


def made(serial: str = "S000000001") -> tuple[TerumoTwin, World]:
    parameters = SyringePumpParameters(serial=serial, flow_error=0.0)
    world = World(parameters.mechanical, SurroundingsParameters(), 1, 0)
    world.set_syringe(0, 20e6)
    return TerumoTwin(parameters, world), world


def status(twin: TerumoTwin, t_ns: int, device: str = DEVICE_ID) -> OperatingStatus:
    twin.receive(t_ns, ask_status(device, 9))
    ((_, frame),) = twin.take_output()
    command = decode(frame).command
    assert command is not None
    answer = parse_answer(command)
    assert isinstance(answer, Answer)
    assert answer.sequence == 9
    return answer.status


def test_it_says_who_it_is() -> None:
    twin, _ = made()
    twin.receive(5 * S, ask_device_id())
    assert twin.take_output() == [(5 * S, tell_device_id(DEVICE_ID))]
    named, _ = made(OTHER)
    named.receive(0, ask_device_id())
    assert named.take_output() == [(0, tell_device_id(OTHER))]
    assert not twin.owes_reply()


def test_it_does_what_is_keyed_in_and_counts_what_it_commands() -> None:
    twin, world = made()
    world.start_by_hand(10 * S, 3_600_000)
    twin.advance(10 * S)
    told = status(twin, 110 * S)
    assert (told.state, told.rate_10_ul_per_h) == (State.START, 360)
    assert told.delivered_10_ul == 10
    assert world.account(110 * S).reservoir_nl == pytest.approx(19.9e6, abs=200)
    world.stop_by_hand(110 * S)
    twin.advance(110 * S)
    told = status(twin, 500 * S)
    assert (told.state, told.rate_10_ul_per_h) == (State.STOP, 360)
    assert told.delivered_10_ul == 10


def test_the_keys_count_in_hundredths_of_a_millilitre() -> None:
    twin, world = made()
    world.start_by_hand(0, 2_505_999)
    twin.advance(0)
    assert status(twin, S).rate_10_ul_per_h == 250


def test_pressure_in_the_line_stops_it_and_says_so() -> None:
    twin, world = made()
    world.start_by_hand(0, 36_000_000)
    world.set_clamp(0, closed=True)
    twin.advance(0)
    # 75 kPa of 500 nL each at 10 µL/s, and 2 s of patience.
    while (due_ns := twin.next_event_ns()) < 60 * S:
        twin.advance(due_ns)
    told = status(twin, 60 * S)
    assert (told.state, told.alarms) == (State.STOP, TerumoAlarm.OCCLUSION)
    assert told.monitor == 4


def test_it_stands_without_power_and_tells_of_it_afterwards() -> None:
    twin, world = made()
    world.start_by_hand(0, 36_000_000)
    twin.advance(0)
    world.set_power(10 * S, on=False)
    twin.advance(10 * S)
    twin.receive(20 * S, ask_device_id())
    assert twin.take_output() == []
    world.start_by_hand(20 * S, 1_000_000)
    twin.advance(20 * S)
    world.set_power(30 * S, on=True)
    twin.advance(30 * S)
    told = status(twin, 40 * S)
    assert (told.state, told.alarms) == (State.STOP, TerumoAlarm.POWER_FAILURE)
    assert world.account(40 * S).reservoir_nl == pytest.approx(19.9e6, abs=200)


@pytest.mark.parametrize(
    "data",
    [
        ask_status(OTHER, 1),
        tell_device_id(DEVICE_ID),
        encode(Envelope(Direction.REQUEST, DEVICE_ID, struct.pack(">BBH", 1, 2, 0))),
        ask_device_id()[:-1],
        b"RUN\r",
    ],
)
def test_it_answers_nothing_else(data: bytes) -> None:
    twin, _ = made()
    twin.receive(0, data)
    assert twin.take_output() == []


@settings(max_examples=50)
@given(st.lists(st.binary(max_size=60), max_size=10))
def test_nothing_that_comes_by_the_line_moves_it(chunks: list[bytes]) -> None:
    twin, world = made()
    for number, chunk in enumerate(chunks):
        twin.receive(number * S, chunk)
    assert world.account(100 * S).reservoir_nl == 20e6
