"""A week of bench time at 2 Hz: pump and balance through everything, journal on."""

from __future__ import annotations

import time
from typing import Final

import serial

from benchmarks.bare import STATUS_SIZE, WEIGH, WEIGHT_SIZE, opening, status_questions
from benchmarks.bench import (
    START_NS,
    Instruments,
    connected,
    in_process_ports,
    simulated,
)
from benchmarks.measuring import Result
from harness.clock import NS_PER_S, VirtualClock
from harness.units import ureg

_TARGET_S: Final = 60.0
_TARGET_DAYS: Final = 7
_PERIOD_NS: Final = NS_PER_S // 2
_PERIOD: Final = ureg.Quantity(0.5, "s")
_DAY_NS: Final = 86_400 * NS_PER_S
# Readings are kept while a case samples them; an hour of them fits into any memory.
_BLOCK_NS: Final = 3_600 * NS_PER_S


def run(days: float) -> list[Result]:
    """Measure so many virtual days, each pump and balance sample counted as one."""
    blocks = max(1, round(days * _DAY_NS / _BLOCK_NS))
    pairs = blocks * _BLOCK_NS // _PERIOD_NS
    days = blocks * _BLOCK_NS / _DAY_NS
    seconds, least_s = _driven_s(blocks, pairs), _bare_s(pairs)
    week_s = seconds / days * _TARGET_DAYS
    floor_name = "the same questions as ready bytes on bare sim:// ports of pyserial"
    return [
        Result(
            f"soak: {days:g} virtual days at 2 Hz",
            2 * pairs / seconds,
            2 * pairs / least_s,
            "samples/s",
            floor_name,
            seconds / least_s,
            "times the floor's time",
        ),
        Result(
            "soak: a virtual day",
            seconds / days,
            least_s / days,
            "s",
            "as above",
            week_s,
            "s for 7 days",
            _TARGET_S,
        ),
    ]


def _driven_s(blocks: int, pairs: int) -> float:
    clock = VirtualClock(START_NS)
    with (
        simulated(clock),
        connected(clock, in_process_ports(clock)) as instruments,
    ):
        begin_s = time.perf_counter()
        read = sum(_block(instruments) for _ in range(blocks))
        seconds = time.perf_counter() - begin_s
    if read < 2 * pairs:
        raise RuntimeError(f"{read} samples were read where {2 * pairs} were due")
    return seconds


def _block(instruments: Instruments) -> int:
    bench = instruments.bench
    with (
        bench.sampling(instruments.pump.read_status, _PERIOD) as statuses,
        bench.sampling(instruments.balance.read_weight, _PERIOD) as weights,
    ):
        bench.run_for(ureg.Quantity(_BLOCK_NS, "ns"))
    return len(statuses.readings) + len(weights.readings)


def _bare_s(pairs: int) -> float:
    clock = VirtualClock(START_NS)
    with (
        simulated(clock),
        connected(clock, in_process_ports(clock)),
        serial.serial_for_url("sim://pump", timeout=1) as pump,
        serial.serial_for_url("sim://balance", timeout=1) as balance,
    ):
        questions = status_questions()
        pump.write(opening())
        pump.read(STATUS_SIZE - 20)
        due_ns = clock.now_ns()
        begin_s = time.perf_counter()
        for _ in range(pairs):
            pump.write(next(questions))
            answered = len(pump.read(STATUS_SIZE)) == STATUS_SIZE
            balance.write(WEIGH)
            answered &= len(balance.read(WEIGHT_SIZE)) == WEIGHT_SIZE
            if not answered:
                raise RuntimeError("the bare bench is silent")
            due_ns += _PERIOD_NS
            clock.sleep_until(due_ns)
        return time.perf_counter() - begin_s
