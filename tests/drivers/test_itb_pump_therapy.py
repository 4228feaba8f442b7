"""What the pump is told to give, byte by byte, and what it may not answer."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from drivers.itb_pump import ItbPump
from harness.errors import CommandRefused, ConfigurationError, LinkViolation
from harness.readings import BolusDecision
from harness.schedule import Step, WeekSchedule
from harness.units import Quantity, ureg
from tests.drivers.pump_script import (
    Conversation,
    connected,
    in_force,
    ml,
    ml_per_day,
    program,
    running,
    seconds,
    u32,
)
from tests.drivers.scripted import Desk, Exchange, desk

Action = Callable[[ItbPump], object]

BOLUS = program(2, 50_000, 100_000, 600)
MINIMUM = program(5, 0)
PERIODIC = u32(50_000, 100_000, 600, 21_600)
PATIENT = struct.pack(">IIBI", 50_000, 300, 4, 7_200)
PRIMING = u32(150_000, 900, 50_000)
BRIDGE = u32(150_000, 8_000, 50_000)
RATE = program(1, 50_000)


DECISIONS = (
    BolusDecision.GRANTED,
    BolusDecision.LOCKED_OUT,
    BolusDecision.ALLOTMENT_USED,
    BolusDecision.NOT_ALLOWED,
    BolusDecision.ALARM,
)


def bolus(pump: ItbPump) -> None:
    pump.start_bolus(ml(0.1), seconds(600), ml_per_day(1.2))


def periodic(pump: ItbPump) -> None:
    pump.start_periodic(ml_per_day(1.2), ml(0.1), seconds(600), seconds(21_600))


def patient(pump: ItbPump) -> None:
    pump.set_patient_bolus(ml(0.05), seconds(300), 4, seconds(7_200))


def priming(pump: ItbPump) -> float:
    primed = pump.start_priming(ml(0.15), seconds(900), ml_per_day(1.2))
    return float(primed.to("nL").magnitude)


def bridge(pump: ItbPump) -> float:
    slow = ureg.Quantity(8_000, "nL/hour")
    bridged = pump.start_bridge(ml(0.15), slow, ml_per_day(1.2))
    return float(bridged.to("nL").magnitude)


def minimum(pump: ItbPump) -> float:
    return float(pump.start_minimum().to("nL/hour").magnitude)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path) as here:
        yield here


@dataclass(frozen=True, slots=True)
class Programme:
    """What is called, what goes over the line for it, and what it returns."""

    action: Action
    type_: int
    sent: bytes
    echo: bytes
    told: tuple[int, ...]
    returned: float | None = None

    def staged(self, echo: bytes) -> Conversation:
        talk = Conversation().connect()
        return talk.say(self.type_, self.sent, u32(77) + echo)

    def committed(self, mode: int, rate: int) -> Conversation:
        return self.staged(self.echo).say(0x05, u32(77), running(mode, 1, rate))

    def read_back(self, *told: int) -> Conversation:
        mode, rate, *_ = self.told
        return self.committed(mode, rate).say(0x18, b"", in_force(*told))


PROGRAMMES = [
    Programme(bolus, 0x04, BOLUS, BOLUS, (2, 50_000, 100_000, 600)),
    Programme(periodic, 0x12, PERIODIC, PERIODIC, (4, 50_000, 100_000, 600, 21_600)),
    Programme(
        priming,
        0x15,
        PRIMING,
        u32(349_000) + PRIMING,
        (6, 50_000, 349_000, 900),
        returned=349_000,
    ),
    Programme(
        bridge,
        0x16,
        BRIDGE,
        u32(349_000) + BRIDGE,
        # 349 µL at 8 µL/h take 43.625 h.
        (7, 50_000, 349_000, 157_050),
        returned=349_000,
    ),
    Programme(minimum, 0x04, MINIMUM, MINIMUM, (5, 250), returned=250),
]


@pytest.mark.parametrize("programme", PROGRAMMES)
def test_a_programme_is_staged_committed_and_read_back(
    bench: Desk, programme: Programme
) -> None:
    pump, port = connected(bench, programme.read_back(*programme.told))

    assert programme.action(pump) == programme.returned

    port.finish()


@pytest.mark.parametrize("programme", PROGRAMMES)
def test_no_byte_of_an_echo_may_differ(bench: Desk, programme: Programme) -> None:
    for place in range(1, len(programme.sent) + 1):
        wrong = bytearray(programme.echo)
        wrong[-place] ^= 1
        pump, port = connected(bench, programme.staged(bytes(wrong)))

        with pytest.raises(LinkViolation, match="nothing was committed"):
            programme.action(pump)

        port.finish()


@pytest.mark.parametrize("programme", PROGRAMMES)
def test_what_is_committed_must_be_what_was_meant(
    bench: Desk, programme: Programme
) -> None:
    mode, rate, *_ = programme.told
    for says in [(mode - 1, rate), (0, rate), (mode, rate + 1), (mode, 0)]:
        talk = programme.committed(*says)
        if programme.action is minimum and says[0] == mode:
            # The pump chooses this rate, but must stay with it.
            talk.say(0x18, b"", in_force(*programme.told))
        pump, port = connected(bench, talk)

        with pytest.raises(LinkViolation, match=r"it runs|reads back"):
            programme.action(pump)

        port.finish()


@pytest.mark.parametrize("programme", PROGRAMMES)
@pytest.mark.parametrize("place", range(6))
def test_what_is_read_back_must_be_what_was_meant(
    bench: Desk, programme: Programme, place: int
) -> None:
    wrong = [*programme.told, *[0] * (6 - len(programme.told))]
    wrong[place] ^= 1
    pump, port = connected(bench, programme.read_back(*wrong))

    with pytest.raises(LinkViolation, match="reads back"):
        programme.action(pump)

    port.finish()


@pytest.mark.parametrize(
    ("then", "told"),
    [(1.2, in_force(1, 50_000)), (0, in_force(0, 0))],
)
def test_a_bolus_may_be_over_before_it_is_read_back(
    bench: Desk, then: float, told: bytes
) -> None:
    then_nl_per_h = 50_000 if then else 0
    short = program(2, then_nl_per_h, 100, 1)
    talk = Conversation().connect()
    talk.put(0x04, short, short, running(2, 1, then_nl_per_h), told)
    # The first GET_PROGRAM gets lost, so that the bolus of 1 s has ended.
    talk.script.insert(-1, Exchange(talk.script[-1].sent))
    pump, port = connected(bench, talk)

    pump.start_bolus(ml(0.0001), seconds(1), ml_per_day(then))

    port.finish()


def test_a_bolus_cannot_be_over_before_its_time(bench: Desk) -> None:
    talk = Conversation().connect()
    told = in_force(1, 50_000)
    talk.put(0x04, BOLUS, BOLUS, running(2, 1, 50_000), told)
    pump, _ = connected(bench, talk)

    with pytest.raises(LinkViolation, match="reads back"):
        bolus(pump)


def test_a_periodic_programme_is_never_over(bench: Desk) -> None:
    short = u32(50_000, 100, 1, 60)
    talk = Conversation().connect()
    talk.put(0x12, short, short, running(4, 1, 50_000), in_force(1, 50_000))
    talk.script.insert(-1, Exchange(talk.script[-1].sent))
    pump, _ = connected(bench, talk)

    with pytest.raises(LinkViolation, match="reads back"):
        pump.start_periodic(ml_per_day(1.2), ml(0.0001), seconds(1), seconds(60))


def test_a_bridge_without_a_rate_is_the_pumps_to_refuse(bench: Desk) -> None:
    sent = u32(150_000, 0, 50_000)
    talk = Conversation().connect().nak(0x16, sent, 4, 23, 2_000, 10**6)
    talk.put(
        0x16,
        sent,
        u32(349_000) + sent,
        running(7, 1, 50_000),
        in_force(7, 50_000, 349_000),
    )
    pump, port = connected(bench, talk)
    nothing = ml_per_day(0)

    with pytest.raises(CommandRefused, match="BRIDGE_RATE_NL_PER_H"):
        pump.start_bridge(ml(0.15), nothing, ml_per_day(1.2))
    with pytest.raises(LinkViolation, match="reads back"):
        pump.start_bridge(ml(0.15), nothing, ml_per_day(1.2))

    port.finish()


@pytest.mark.parametrize(
    "action",
    [
        lambda pump: pump.start_periodic(
            ml_per_day(1), ml(1), seconds(1.5), seconds(60)
        ),
        lambda pump: pump.start_periodic(
            ml_per_day(1), ml(1), seconds(1), seconds(60.5)
        ),
        lambda pump: pump.set_patient_bolus(ml(1), seconds(0.5), 1, seconds(60)),
        lambda pump: pump.set_patient_bolus(ml(1), seconds(1), 1, seconds(0.5)),
        lambda pump: pump.set_patient_bolus(ml(1), seconds(1), 256, seconds(60)),
        lambda pump: pump.start_priming(ml(1), seconds(0.5), ml_per_day(1)),
        lambda pump: pump.start_priming(ml(-1), seconds(1), ml_per_day(1)),
        lambda pump: pump.start_bridge(ml(1), ml_per_day(1e9), ml_per_day(1)),
        lambda pump: pump.start_schedule(week(ml_per_day(1e-6))),
        lambda pump: pump.start_schedule(week(ml_per_day(-1))),
    ],
)
def test_what_the_link_cannot_carry_is_not_sent(bench: Desk, action: Action) -> None:
    pump, port = connected(bench, Conversation().connect())

    with pytest.raises(ConfigurationError):
        action(pump)

    port.finish()


def test_patient_boluses_are_set(bench: Desk) -> None:
    talk = Conversation().connect().say(0x13, PATIENT, u32(77) + PATIENT)
    talk.say(0x05, u32(77), running(3, 1, 12_345))
    pump, port = connected(bench, talk)

    patient(pump)

    port.finish()


def test_patient_boluses_that_were_misunderstood_are_never_committed(
    bench: Desk,
) -> None:
    for place in range(len(PATIENT)):
        wrong = bytearray(PATIENT)
        wrong[place] ^= 1
        talk = Conversation().connect().say(0x13, PATIENT, u32(77) + bytes(wrong))
        pump, port = connected(bench, talk)

        with pytest.raises(LinkViolation, match="nothing was committed"):
            patient(pump)

        port.finish()


@pytest.mark.parametrize(("number", "decision"), list(enumerate(DECISIONS)))
def test_the_patient_gets_an_answer(
    bench: Desk, number: int, decision: BolusDecision
) -> None:
    talk = Conversation().connect()
    talk.say(0x14, b"", struct.pack(">BBI", number, 3, 7_199))
    pump, port = connected(bench, talk)

    answer = pump.request_patient_bolus()

    assert (answer.decision, answer.given, answer.lockout_s) == (decision, 3, 7_199)
    assert answer.t_ns == bench.clock.now_ns()
    port.finish()


CLOCK_S = 800_000_000


def later(pending_s: int = CLOCK_S, start_s: int = CLOCK_S) -> Conversation:
    talk = Conversation().connect().say(0x04, RATE, u32(77) + RATE)
    talk.say(0x17, u32(77, CLOCK_S), u32(pending_s))
    return talk.say(0x18, b"", in_force(1, 12_500, start_s=start_s))


def test_a_delayed_start_leaves_what_runs_and_is_read_back(bench: Desk) -> None:
    pump, port = connected(bench, later())

    pump.start_continuous_at(ml_per_day(1.2), CLOCK_S)

    port.finish()


@pytest.mark.parametrize(
    "talk", [later(pending_s=CLOCK_S + 600), later(start_s=0), later(start_s=7)]
)
def test_a_start_at_another_time_is_found_out(bench: Desk, talk: Conversation) -> None:
    pump, port = connected(bench, talk)

    with pytest.raises(LinkViolation, match="at 800000000 s of its clock"):
        pump.start_continuous_at(ml_per_day(1.2), CLOCK_S)

    port.finish()


def test_a_start_at_an_impossible_time_is_the_pumps_to_refuse(bench: Desk) -> None:
    talk = Conversation().connect().say(0x04, RATE, u32(77) + RATE)
    talk.nak(0x17, u32(77, CLOCK_S), 4, 15, CLOCK_S + 1, CLOCK_S + 9)
    pump, port = connected(bench, talk)

    with pytest.raises(CommandRefused, match=r"COMMIT_AT.*CLOCK_S.*800000001 to"):
        pump.start_continuous_at(ml_per_day(1.2), CLOCK_S)

    port.finish()


def week(rate: Quantity, monday: Quantity | None = None) -> WeekSchedule:
    """A step and a pause each day; Monday has a rate of its own."""
    first = (Step(0, rate if monday is None else monday), Step(390, ml_per_day(0)))
    others = (Step(0, rate), Step(390, ml_per_day(0)))
    return WeekSchedule((first, *[others] * 6))


def wire_day(day: int, rate: int) -> bytes:
    return struct.pack(">BBHIHI", day, 2, 0, rate, 390, 0)


def schedule(run: bytes, told: bytes) -> Conversation:
    """Seven days at 50 µL/h, Monday at 25 µL/h, staged, committed and read back."""
    talk = Conversation().connect()
    sent = [wire_day(day, 50_000 if day else 25_000) for day in range(7)]
    for token, day in enumerate(sent, 70):
        talk.say(0x11, day, u32(token) + day)
    talk.say(0x05, u32(76), run)
    for number, day in enumerate(sent):
        talk.say(0x19, bytes([number]), day)
    return talk.say(0x18, b"", told)


WEEK = week(ml_per_day(1.2), ml_per_day(0.6))


@pytest.mark.parametrize("rate", [50_000, 25_000, 0])
def test_a_week_is_staged_day_by_day_committed_once_and_read_back(
    bench: Desk, rate: int
) -> None:
    talk = schedule(running(3, 1, rate), in_force(3, 50_000))
    pump, port = connected(bench, talk)

    pump.start_schedule(WEEK)

    port.finish()


@pytest.mark.parametrize("day", range(7))
def test_no_day_of_the_echo_may_differ(bench: Desk, day: int) -> None:
    talk = schedule(b"", b"")
    del talk.script[3 + day :]
    talk.sequence = 1 + day
    sent = wire_day(day, 50_000 if day else 25_000)
    talk.say(0x11, sent, u32(77) + sent[:-6] + struct.pack(">HI", 391, 0))
    pump, port = connected(bench, talk)

    with pytest.raises(LinkViolation, match="nothing was committed"):
        pump.start_schedule(WEEK)

    port.finish()


@pytest.mark.parametrize("day", range(7))
@pytest.mark.parametrize("wrong", [wire_day(6, 50_001), b"\x06\0", wire_day(3, 1)])
def test_no_day_that_is_read_back_may_differ(
    bench: Desk, day: int, wrong: bytes
) -> None:
    talk = schedule(running(3, 1, 0), b"")
    del talk.script[3 + 7 + 1 + day :]
    talk.sequence = 1 + 7 + 1 + day
    talk.say(0x19, bytes([day]), bytes([day]) + wrong[1:])
    pump, port = connected(bench, talk)

    with pytest.raises(LinkViolation, match=r"committed Write.*reads back"):
        pump.start_schedule(WEEK)

    port.finish()


@pytest.mark.parametrize(
    ("run", "told"),
    [
        (running(1, 1, 50_000), b""),
        (running(3, 1, 12_500), b""),
        (running(3, 1, 50_000), in_force(3, 12_500)),
        (running(3, 1, 50_000), in_force(1, 50_000)),
        (running(3, 1, 50_000), in_force(3, 50_000, start_s=9)),
    ],
)
def test_a_schedule_must_run_at_a_rate_of_its_own(
    bench: Desk, run: bytes, told: bytes
) -> None:
    talk = schedule(run, told)
    if not told:
        del talk.script[3 + 7 + 1 :]
    pump, port = connected(bench, talk)

    with pytest.raises(LinkViolation, match=r"it runs|reads back Programme"):
        pump.start_schedule(WEEK)

    port.finish()


def test_a_day_that_the_pump_refuses_ends_the_programming(bench: Desk) -> None:
    talk = Conversation().connect()
    talk.nak(0x11, wire_day(0, 25_000), 4, 18, 2_000, 20_000)
    pump, port = connected(bench, talk)

    with pytest.raises(CommandRefused, match=r"WRITE_SCHEDULE_DAY.*STEPS"):
        pump.start_schedule(WEEK)

    port.finish()
