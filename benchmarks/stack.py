"""What driver and journal cost beside the bare port: over real wires, in-process."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import Final, cast

import pyvisa
import serial
from pyvisa.resources import MessageBasedResource

from benchmarks.bare import STATUS_SIZE, WEIGH, opening, status_questions
from benchmarks.bench import (
    START_NS,
    Instruments,
    Served,
    connected,
    in_process_ports,
    served,
    simulated,
)
from benchmarks.measuring import Result, best_s
from harness.clock import NS_PER_S, RealClock, VirtualClock
from harness.ports.base import Port

_SERVED_LOOPS: Final = 1_000
_LOOPS: Final = 5_000
_REPEATS: Final = 3
_ROUNDS: Final = 3
_RATIO: Final = 1.5
_ADDED_US: Final = 15.0
_US_PER_S: Final = 1_000_000


def run() -> list[Result]:
    """Measure."""
    return [*_over_wires(), *_in_process()]


def _over_wires() -> list[Result]:
    status_us, weight_us, bare_status_us, bare_weight_us = _best(_served_round)
    pump, balance = (
        "pyserial write and read on the pty",
        "PyVISA write_raw and read_raw",
    )
    return [
        _as_ratio("stack: pump status, pty", status_us, bare_status_us, pump),
        _as_ratio("stack: weight, TCP socket", weight_us, bare_weight_us, balance),
    ]


def _in_process() -> list[Result]:
    status_us, weight_us, bare_status_us, bare_weight_us = _best(_in_process_round)
    return [
        _as_addition("stack: pump status, in-process", status_us, bare_status_us),
        _as_addition("stack: weight, in-process", weight_us, bare_weight_us),
    ]


def _best(measure: Callable[[], tuple[float, ...]]) -> list[float]:
    """Return the least of each figure: a disturbed round must not favour the floor."""
    rounds = [measure() for _ in range(_ROUNDS)]
    return [min(figures) for figures in zip(*rounds, strict=True)]


def _served_round() -> tuple[float, ...]:
    clock = RealClock()
    with served() as bench:
        with connected(clock, bench.ports(clock)) as instruments:
            with_driver = _drivers_us(instruments, _SERVED_LOOPS)
        return (*with_driver, _bare_pump_us(bench), _bare_balance_us(bench))


def _in_process_round() -> tuple[float, ...]:
    clock = VirtualClock(START_NS)
    with simulated(clock):
        with connected(clock, in_process_ports(clock)) as instruments:
            with_driver = _drivers_us(instruments, _LOOPS)
        ports = in_process_ports(clock)
        questions = status_questions()
        _ask(ports["pump"], opening(), clock)
        status_us = _each_us(
            lambda: _ask(ports["pump"], next(questions), clock), _LOOPS
        )
        weight_us = _each_us(lambda: _ask(ports["balance"], WEIGH, clock), _LOOPS)
        for port in ports.values():
            port.close()
    return (*with_driver, status_us, weight_us)


def _drivers_us(instruments: Instruments, loops: int) -> tuple[float, float]:
    return (
        _each_us(instruments.pump.read_status, loops),
        _each_us(instruments.balance.read_weight, loops),
    )


def _bare_pump_us(bench: Served) -> float:
    questions = status_questions()
    with serial.Serial(bench.pump_pty, 115_200, timeout=1) as port:

        def ask() -> None:
            port.write(next(questions))
            if len(port.read(STATUS_SIZE)) != STATUS_SIZE:
                raise RuntimeError("the bare pump is silent")

        port.write(opening())
        port.read(STATUS_SIZE - 20)
        return _each_us(ask, _SERVED_LOOPS)


def _bare_balance_us(bench: Served) -> float:
    name = f"TCPIP::127.0.0.1::{bench.balance_port}::SOCKET"
    manager = pyvisa.ResourceManager("@py")
    with closing(cast(MessageBasedResource, manager.open_resource(name))) as resource:
        resource.read_termination = "\n"

        def ask() -> None:
            resource.write_raw(WEIGH)
            resource.read_raw()

        return _each_us(ask, _SERVED_LOOPS)


def _ask(port: Port, question: bytes, clock: VirtualClock) -> None:
    port.write(question)
    if not port.read(clock.now_ns() + NS_PER_S):
        raise RuntimeError("the bare port is silent")


def _each_us(ask: Callable[[], object], loops: int) -> float:
    def work() -> None:
        for _ in range(loops):
            ask()

    return best_s(work, _REPEATS) / loops * _US_PER_S


def _as_ratio(name: str, measured: float, floor: float, floor_name: str) -> Result:
    ratio = measured / floor
    return Result(
        name, measured, floor, "µs", floor_name, ratio, "times the floor", _RATIO
    )


def _as_addition(name: str, measured: float, floor: float) -> Result:
    added = measured - floor
    what = "write and read of the bare port"
    return Result(name, measured, floor, "µs", what, added, "µs added", _ADDED_US)
