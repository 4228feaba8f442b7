"""What units of family X tell and do, on the wire and in the world."""

from __future__ import annotations

from drivers.sim.defects.link import (
    FreezesOnNoise,
    GivesDouble,
    ObeysCorrupted,
    RateUnlimited,
    StopsUnheard,
)
from protocols.pump_link.requests import GetStatus, Stop, WriteProgram
from protocols.pump_link.vocabulary import FieldId, PumpMode, PumpState
from tests.drivers.sim.defects.units import (
    RATE,
    came_nl,
    delivering,
    told_and_came_nl,
    unit,
)
from tests.drivers.sim.pump_twin_host import H, S


def test_a_frame_with_a_wrong_check_value_is_obeyed() -> None:
    modes = []
    for host in (delivering(ObeysCorrupted), delivering()):
        frame = host.session.request(Stop())
        host.send(frame[:-1] + bytes([frame[-1] ^ 0x01]))
        host.run_for(S)
        modes.append(round(came_nl(host, H)))
    assert modes == [0, RATE]


def test_noise_freezes_the_interface_and_not_the_motor() -> None:
    host = delivering(FreezesOnNoise)
    host.send(bytes(100))
    host.run_for(S)
    assert host.send(host.session.request(GetStatus())) == []
    assert round(came_nl(host, H)) == RATE
    good = delivering()
    good.send(bytes(100))
    good.run_for(S)
    assert good.status().state is PumpState.DELIVERING


def test_a_rate_far_above_the_maximum_is_accepted() -> None:
    program = WriteProgram(PumpMode.CONTINUOUS, 1_500_000, 0, 0)
    host = unit(RateUnlimited)
    host.commit(program)
    assert host.status().rate_nl_per_h == 1_500_000
    assert round(came_nl(host, H)) == 1_500_000
    assert unit().refused(program).field is FieldId.RATE_NL_PER_H


def test_the_prescription_is_shown_and_twice_as_much_given() -> None:
    host = delivering(GivesDouble)
    assert round(came_nl(host, H)) == RATE
    told, came = told_and_came_nl(host, H)
    assert (told, round(came)) == (RATE, 2 * RATE)
    assert host.status().rate_nl_per_h == RATE
    assert round(came_nl(delivering(), 3 * H)) == 3 * RATE


def test_silence_on_the_link_stops_the_motor() -> None:
    host = delivering(StopsUnheard)
    assert round(came_nl(host, 5 * H)) == RATE
    assert host.status().state is PumpState.DELIVERING
    assert round(came_nl(host, H)) == RATE
    assert round(came_nl(delivering(), 5 * H)) == 5 * RATE
