"""Clocks: virtual time goes where it is sent, real time follows the host's."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.clock import (
    NS_PER_S,
    RealClock,
    VirtualClock,
    wall_monotonic_ns,
    wall_ns,
)

SLICE_NS = 20_000_000


class Host:
    """A host's time module, of which only a sleep lets time pass."""

    def __init__(self) -> None:
        self.utc_ns = 1_700_000_000 * NS_PER_S
        self.mono_ns = 12_345
        self.sleeps: list[float] = []

    def time_ns(self) -> int:
        return self.utc_ns

    def monotonic_ns(self) -> int:
        return self.mono_ns

    def sleep(self, seconds: float) -> None:
        assert seconds > 0.0
        self.sleeps.append(seconds)
        self.mono_ns += max(1, round(seconds * NS_PER_S))


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Host:
    made = Host()
    monkeypatch.setattr("harness.clock.time", made)
    return made


@given(st.lists(st.integers(-10, 10), max_size=20))
def test_virtual_time_never_runs_back(steps: list[int]) -> None:
    clock = VirtualClock(100)
    for step in steps:
        before_ns = clock.now_ns()
        clock.advance_to(before_ns + step)
        assert clock.now_ns() == max(before_ns, before_ns + step)
        assert clock.sleep_until(before_ns + step) == clock.now_ns()


def test_a_virtual_sleep_ends_at_the_deadline_or_at_the_first_byte() -> None:
    clock = VirtualClock(0)
    assert clock.sleep_until(10) == clock.now_ns() == 10
    clock.attach(lambda deadline_ns: min(deadline_ns, 25))
    assert clock.sleep_until(20) == 20
    assert clock.sleep_until(40) == clock.now_ns() == 25


def test_a_virtual_sleep_into_the_past_asks_nobody_for_bytes() -> None:
    clock = VirtualClock(50)
    asked: list[int] = []

    def ask(deadline_ns: int) -> int:
        asked.append(deadline_ns)
        return deadline_ns

    clock.attach(ask)
    assert clock.sleep_until(50) == clock.sleep_until(3) == 50
    assert asked == []


def test_a_real_clock_starts_at_the_hosts_utc(host: Host) -> None:
    assert RealClock().now_ns() == host.utc_ns


def test_a_step_of_the_hosts_utc_does_not_move_a_real_clock(host: Host) -> None:
    clock = RealClock(start_ns=1_000)
    host.utc_ns += 3600 * NS_PER_S
    assert clock.now_ns() == 1_000
    host.mono_ns += 7
    assert clock.now_ns() == 1_007


def test_factor_one_keeps_every_nanosecond(host: Host) -> None:
    clock = RealClock(start_ns=0)
    host.mono_ns += 10**17 + 1
    assert clock.now_ns() == 10**17 + 1


@pytest.mark.parametrize("factor", [0.001, 0.5, 1.0, 3.0, 1000.0])
def test_a_real_sleep_reaches_its_deadline_in_bench_seconds(
    host: Host, factor: float
) -> None:
    clock = RealClock(factor, start_ns=0)
    begin_ns = host.mono_ns
    assert clock.sleep_until(NS_PER_S) >= NS_PER_S
    slept_ns = host.mono_ns - begin_ns
    assert slept_ns == pytest.approx(NS_PER_S / factor, abs=1_000)
    assert max(host.sleeps) * NS_PER_S <= SLICE_NS


def test_a_real_sleep_into_the_past_does_not_sleep(host: Host) -> None:
    clock = RealClock(start_ns=100)
    assert clock.sleep_until(100) == clock.sleep_until(0) == 100
    assert host.sleeps == []


def test_bytes_wake_a_real_clock_within_a_slice(host: Host) -> None:
    clock = RealClock(start_ns=0)
    born_ns = host.mono_ns
    clock.watch(lambda: host.mono_ns - born_ns >= 3 * NS_PER_S)
    woken_ns = clock.sleep_until(10 * NS_PER_S)
    assert 3 * NS_PER_S <= woken_ns < 3 * NS_PER_S + SLICE_NS
    assert woken_ns == clock.now_ns()


def test_bytes_that_nobody_takes_are_no_busy_loop(host: Host) -> None:
    clock = RealClock(start_ns=0)
    clock.watch(lambda: True)
    wakes = 0
    while clock.sleep_until(10 * NS_PER_S) < 10 * NS_PER_S:
        wakes += 1
    assert wakes <= 10 * NS_PER_S // SLICE_NS


def test_work_is_done_in_every_slice_of_a_real_wait(host: Host) -> None:
    clock = RealClock(start_ns=0)
    done_ns: list[int] = []
    clock.while_waiting(lambda: done_ns.append(clock.now_ns()))
    clock.sleep_until(4 * SLICE_NS)
    assert done_ns == [SLICE_NS, 2 * SLICE_NS, 3 * SLICE_NS, 4 * SLICE_NS]
    clock.sleep_until(0)
    assert len(done_ns) == 4


def test_the_wall_is_the_hosts() -> None:
    before = time.time_ns(), time.monotonic_ns()
    seen = wall_ns(), wall_monotonic_ns()
    assert seen[0] >= before[0]
    assert seen[1] >= before[1]
