"""What units of family S tell and do, on the wire and in the world."""

from __future__ import annotations

import pytest

from drivers.sim.defects.seeded import SeededDefect
from drivers.sim.defects.sequences import (
    CreditsWhileHeldUp,
    LeftStopped,
    NoKeepOpenRate,
    PrimesTooMuch,
    RepeatActs,
    RunsOn,
    StartsLate,
    StoresBolus,
    TruncatedBolus,
)
from protocols.pump_link.requests import (
    Commit,
    CommitAt,
    WritePriming,
    WriteProgram,
)
from protocols.pump_link.vocabulary import PumpMode, PumpState
from tests.drivers.sim.defects.units import came_nl, told_and_came_nl, unit, world_of
from tests.drivers.sim.pump_twin_host import CLOCK_AT_START_S, START_NS, H, Host, S

RATE = 36_000
BOLUS_NL = 100_000
MIN = 60 * S

Defects = tuple[type[SeededDefect], ...]
GOOD: Defects = ()


def bolus(host: Host) -> tuple[int, float]:
    """Give a bolus; return what is counted, and what comes."""
    first = host.status().delivered_nl
    host.bolus(BOLUS_NL, 600)
    came = came_nl(host, H)
    return host.status().delivered_nl - first, came


@pytest.mark.parametrize(
    ("defects", "extra"), [((PrimesTooMuch,), 199_000 * 59 / 140), (GOOD, 0.0)]
)
def test_a_priming_with_the_wrong_dead_volume(defects: Defects, extra: float) -> None:
    host = unit(*defects)
    host.commit(WritePriming(200_000, 1_800, 0))
    assert told_and_came_nl(host, H) == pytest.approx((399_000, 399_000 + extra))


def test_what_a_stall_holds_back_is_credited() -> None:
    shares = []
    for defects in ((CreditsWhileHeldUp,), GOOD):
        host = unit(*defects)
        first = host.status().delivered_nl
        host.bolus(BOLUS_NL, 3_600)
        came = 0.0
        for _ in range(2):
            came += came_nl(host, 10 * MIN)
            host.block(True)
            host.run_for(15 * MIN)
            host.block(False)
        came += came_nl(host, 3 * H)
        assert host.status().delivered_nl - first == pytest.approx(BOLUS_NL, abs=1)
        shares.append(came / BOLUS_NL)
    # 25 s of each stall are counted when its beginning is found, and taken back.
    assert shares[0] < 0.7
    assert shares[1] == pytest.approx(1.0, abs=0.001)


def test_a_truncated_bolus_counts_as_whole() -> None:
    told, came = bolus(unit(TruncatedBolus))
    assert told == BOLUS_NL
    assert came / told == pytest.approx((1 - 0.16) / 1.05)
    assert bolus(unit()) == pytest.approx((BOLUS_NL, BOLUS_NL))


@pytest.mark.parametrize(("defects", "least"), [((RepeatActs,), 1.9), (GOOD, 1.0)])
def test_a_command_that_is_sent_again(defects: Defects, least: float) -> None:
    host = unit(*defects)
    staged = host.ask(WriteProgram(PumpMode.BOLUS, 0, BOLUS_NL, 600))
    frame = host.session.request(Commit(staged.token))
    host.send(frame)
    came = came_nl(host, S)
    host.send(frame)
    came += came_nl(host, 2 * H)
    assert came / BOLUS_NL == pytest.approx(least, abs=0.11)


def test_a_late_start_is_waited_for() -> None:
    came = []
    for defects in ((StartsLate,), GOOD):
        host = unit(*defects)
        at_s = CLOCK_AT_START_S + host.now_ns // S + 3_600
        staged = host.ask(WriteProgram(PumpMode.CONTINUOUS, RATE, 0, 0))
        host.ask(CommitAt(staged.token, at_s))
        came.append((round(came_nl(host, H)), round(came_nl(host, 10 * MIN), -1)))
    assert came == [(0, 0), (0, RATE // 6)]


@pytest.mark.parametrize(("defects", "nl"), [((NoKeepOpenRate,), 0), (GOOD, 250)])
def test_the_rate_that_keeps_the_catheter_open(defects: Defects, nl: int) -> None:
    host = unit(*defects)
    host.commit(WriteProgram(PumpMode.MINIMUM, 0, 0, 0))
    assert told_and_came_nl(host, H) == pytest.approx((250, nl))
    assert host.status().mode is PumpMode.MINIMUM


# 1.6 times what a stopped pump may leak in a day, at 0.5 µL an hour.
@pytest.mark.parametrize(("defects", "nl"), [((RunsOn,), 19_200), (GOOD, 0)])
def test_a_stop_that_the_motor_does_not_heed(defects: Defects, nl: int) -> None:
    host = unit(*defects)
    host.infuse(RATE)
    host.run_for(H)
    host.stop()
    assert told_and_came_nl(host, H) == pytest.approx((0, nl))
    assert host.status().state is PumpState.STOPPED


@pytest.mark.parametrize(
    ("defects", "mode", "hours"),
    [((LeftStopped,), PumpMode.STOPPED, 1 / 60), (GOOD, PumpMode.CONTINUOUS, 2.0)],
)
def test_an_update_leaves_the_pump_stopped(
    defects: Defects, mode: PumpMode, hours: float
) -> None:
    host = unit(*defects)
    host.infuse(RATE)
    assert came_nl(host, 5 * H) == pytest.approx(5 * RATE)
    host.infuse(2 * RATE)
    assert host.status().mode is PumpMode.CONTINUOUS
    assert came_nl(host, 2 * H) == pytest.approx(2 * RATE * hours)
    assert host.status().mode is mode


def test_what_is_stored_comes_within_seconds() -> None:
    came = []
    for defects in ((StoresBolus,), GOOD):
        world = world_of(*defects)
        world.set_clamp(START_NS, True)
        world.set_motor(START_NS, 1_000_000.0)
        world.set_clamp(START_NS + H, False)
        came.append(world.account(START_NS + H + 10 * S).delivered_nl)
    assert came[0] == pytest.approx(160_000, rel=0.05)
    assert came[1] == pytest.approx(50_000, rel=0.1)
