"""What the pump twin delivers and counts: programs, boluses, exactness."""

from fractions import Fraction
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.sim.pump_counter import Flow, VolumeCounter
from protocols.pump_link.requests import (
    WriteRefill,
)
from protocols.pump_link.vocabulary import (
    AlarmFlag,
    LogEvent,
    PumpMode,
    PumpState,
)
from tests.drivers.sim.pump_twin_host import (
    DAY,
    H,
    Host,
    S,
    delivering,
    raised,
)


def test_counter_is_exact_over_sixty_days_and_the_uptime_wrap() -> None:
    host = delivering(7_001)
    begin = host.status()
    host.run_until(60 * DAY + 1)
    end = host.status()
    assert end.uptime_ms == (60 * 86_400_000) % 2**32 < 2**32 - 1
    assert 60 * 86_400_000 > 2**32
    assert end.delivered_nl - begin.delivered_nl == 7_001 * 24 * 60
    assert begin.reservoir_nl - end.reservoir_nl == 7_001 * 24 * 60
    assert end.state is PumpState.DELIVERING
    assert host.mechanism.speeds == [(0, 7_001.0)]
    assert host.notices == []


def test_a_bolus_replaces_the_rate_and_ends_on_the_nanosecond() -> None:
    host = Host()
    host.refill(40_000_000)
    host.run_for(S // 3)
    host.bolus(100_000, 601, 20_000)
    begin_ns, begin = host.now_ns, host.status()
    host.run_for(601 * S - 1)
    assert host.status().mode is PumpMode.BOLUS
    host.run_for(1)
    end = host.status()
    assert (end.mode, end.rate_nl_per_h) == (PumpMode.CONTINUOUS, 20_000)
    assert end.delivered_nl - begin.delivered_nl == 100_000
    assert host.mechanism.speeds == [
        (begin_ns, pytest.approx(100_000 * 3600 / 601)),
        (begin_ns + 601 * S, 20_000.0),
    ]
    assert host.events()[-2:] == [
        (0, LogEvent.BOLUS_START, 100_000),
        (601, LogEvent.BOLUS_END, 100_000),
    ]


def test_a_bolus_without_background_ends_stopped_and_starts_the_48_hours() -> None:
    host = Host()
    host.refill(40_000_000)
    host.bolus(100_000, 600)
    host.run_for(600 * S)
    assert host.status().state is PumpState.STOPPED
    host.run_for(49 * H)
    assert raised(host) == [((600 + 48 * 3600 + 60) * S, AlarmFlag.STOPPED_TOO_LONG)]


@pytest.mark.parametrize("how", ["stop", "program"])
def test_a_bolus_cut_short_is_logged_with_what_was_given(how: str) -> None:
    host = Host()
    host.refill(40_000_000)
    host.bolus(100_000, 600, 20_000)
    host.run_for(150 * S)
    if how == "stop":
        host.stop()
    else:
        host.infuse(2_000)
    event = next(e for e in host.events() if e[1] is LogEvent.BOLUS_END)
    assert event == (150, LogEvent.BOLUS_END, 25_000)
    speed = 0.0 if how == "stop" else 2_000.0
    host.run_for(H)
    assert host.mechanism.speeds[-1] == (150 * S, speed)


def test_a_refill_leaves_a_running_bolus_alone() -> None:
    host = Host()
    host.bolus(100_000, 600, 20_000)
    host.run_for(30 * S)
    host.refill(20_000_000)
    host.run_for(570 * S)
    assert host.mechanism.speeds[1] == (600 * S, 20_000.0)


@given(
    st.integers(1, 10**6),
    st.integers(1, 10**13),
    st.fractions(0, 10**6),
    st.integers(0, 10**12),
)
def test_a_count_is_reached_at_its_very_first_nanosecond(
    volume_nl: int, duration_ns: int, count_nl: Fraction, since_ns: int
) -> None:
    counter = VolumeCounter(0)
    counter.set_flow(since_ns, Flow(volume_nl, duration_ns))
    reached_ns = counter.reaches_ns(count_nl)
    assert counter.exact_nl(reached_ns) >= count_nl or count_nl == 0
    assert counter.exact_nl(reached_ns - 1) < count_nl or reached_ns == 0


class Act(NamedTuple):
    """One command of a generated sequence, and the wait that follows it."""

    kind: str
    rate_nl_per_h: int
    bolus_nl: int
    bolus_s: int
    wait_ns: int


KINDS = ["infuse", "bolus", "bolus then infuse", "stop", "refill", "nothing"]
ACTS = st.builds(
    Act,
    st.sampled_from(KINDS),
    st.integers(2_000, 1_000_000),
    st.integers(2_000, 10_000),
    st.integers(36, 3_600),
    st.integers(0, 2 * H),
)


def do(host: Host, act: Act) -> None:
    if act.kind == "infuse":
        host.infuse(act.rate_nl_per_h)
    elif act.kind == "bolus":
        host.bolus(act.bolus_nl, act.bolus_s)
    elif act.kind == "bolus then infuse":
        host.bolus(act.bolus_nl, act.bolus_s, act.rate_nl_per_h)
    elif act.kind == "stop":
        host.stop()
    elif act.kind == "refill":
        host.commit(WriteRefill(4 * act.rate_nl_per_h, 0, 100, 100))


def given_nl(act: Act, lasting_ns: int) -> Fraction:
    """Return what a program delivers in the time for which it is in force."""
    if act.kind == "stop":
        return Fraction(0)
    bolus_ns = min(lasting_ns, act.bolus_s * S) if "bolus" in act.kind else 0
    bolus_nl = Fraction(act.bolus_nl * bolus_ns, act.bolus_s * S)
    if act.kind == "bolus":
        return bolus_nl
    return bolus_nl + Fraction(act.rate_nl_per_h * (lasting_ns - bolus_ns), H)


@settings(max_examples=60, deadline=None)
@given(st.lists(ACTS, max_size=12))
def test_any_sequence_of_commands_is_counted_like_a_model(sequence: list[Act]) -> None:
    host = Host()
    host.fill(1e12)
    begin_nl = host.status().delivered_nl
    content_nl, refilled_at_nl = 0, begin_nl
    programs = [Act("stop", 0, 0, 1, 0)]
    lasting_ns = [0]
    for act in sequence:
        do(host, act)
        if act.kind == "refill":
            before = sum(map(given_nl, programs, lasting_ns))
            content_nl, refilled_at_nl = 4 * act.rate_nl_per_h, int(begin_nl + before)
        elif act.kind != "nothing":
            programs.append(act)
            lasting_ns.append(0)
        host.run_for(act.wait_ns)
        lasting_ns[-1] += act.wait_ns
        count_nl = int(begin_nl + sum(map(given_nl, programs, lasting_ns)))
        status = host.status()
        assert status.delivered_nl == count_nl
        assert status.reservoir_nl == max(content_nl - count_nl + refilled_at_nl, 0)
