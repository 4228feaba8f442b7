"""Bench time over the control port, against lines typed by hand."""

from __future__ import annotations

import pytest

from drivers.lockstep_clock import LockstepClock
from harness.clock import NS_PER_S, Clock, VirtualClock
from harness.errors import InstrumentFault, InstrumentSilent
from tests.drivers.scripted import ByteByByte, Exchange, ScriptedPort


def clock_on(
    *script: Exchange, line: type[ScriptedPort] = ScriptedPort
) -> tuple[LockstepClock, ScriptedPort]:
    host = VirtualClock(0)
    port = line(host, list(script))
    return LockstepClock("bench", port, host), port


@pytest.mark.parametrize("line", [ScriptedPort, ByteByByte])
def test_time_is_what_the_bench_says(line: type[ScriptedPort]) -> None:
    clock, port = clock_on(
        Exchange(b"NOW\r\n", (b"NOW 1767225600000000000\r\n",)),
        Exchange(b"UNTIL 1767225660000000000\r\n", (b"NOW 1767225601000000007\r\n",)),
        Exchange(b"NOW\r\n", (b"NOW 1767225601000000007\r\n",)),
        line=line,
    )
    as_clock: Clock = clock

    assert as_clock.now_ns() == 1_767_225_600 * NS_PER_S
    assert as_clock.sleep_until(1_767_225_660 * NS_PER_S) == 1_767_225_601_000_000_007
    assert as_clock.now_ns() == 1_767_225_601_000_000_007
    port.finish()


@pytest.mark.parametrize(
    "answer", [b"OK\r\n", b"ERR no\r\n", b"NOW x\r\n", b"NOW 8\r\nNOW 9\r\n"]
)
def test_anything_else_is_a_fault(answer: bytes) -> None:
    clock, _ = clock_on(Exchange(b"NOW\r\n", (answer,)))

    with pytest.raises(InstrumentFault, match="bench"):
        clock.now_ns()


def test_time_never_runs_back() -> None:
    clock, _ = clock_on(
        Exchange(b"NOW\r\n", (b"NOW 8\r\n",)), Exchange(b"NOW\r\n", (b"NOW 7\r\n",))
    )
    clock.now_ns()

    with pytest.raises(InstrumentFault, match="after 8 ns"):
        clock.now_ns()


def test_a_bench_that_is_gone_is_told_by_host_time() -> None:
    clock, port = clock_on(Exchange(b"NOW\r\n"))

    with pytest.raises(InstrumentSilent, match="still runs"):
        clock.now_ns()

    assert port.clock.now_ns() >= 60 * NS_PER_S


def test_close_releases_the_connection() -> None:
    clock, port = clock_on()

    clock.close()

    assert port.closed
