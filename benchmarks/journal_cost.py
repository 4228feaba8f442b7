"""What the journal costs a run: the same simulated hours with and without one.

Both ways take turns, and the median of the ratios counts: whatever slows the computer
down slows both of them.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryFile
from typing import Final

from benchmarks.bench import START_NS, connected, in_process_ports, simulated
from benchmarks.measuring import Result
from harness.clock import Clock, VirtualClock
from harness.evidence.journal import Journal
from harness.evidence.recorder import NOT_WRITTEN, Recorder
from harness.evidence.records import JsonValue, Kind
from harness.units import ureg

_TURNS: Final = 7
_PERIOD: Final = ureg.Quantity(0.5, "s")
_WARMING: Final = ureg.Quantity(2, "minute")
_HOURS: Final = ureg.Quantity(2, "hour")
_SAMPLES: Final = 2 * 2 * 7200
# What the run writes in a second.
_A_SECOND: Final = bytes(4_000_000)

_MS_PER_S: Final = 1_000.0


class _Nowhere(Recorder):
    """Is told everything, and writes nothing."""

    def exchange(
        self,
        port: str,
        sent_ns: int,
        sent: bytes,
        received_ns: int,
        received: bytes,
        pauses: Sequence[tuple[int, int]] = (),
    ) -> int:
        return NOT_WRITTEN

    def _write(
        self, kind: Kind, fields: Mapping[str, JsonValue], *, sync: bool = False
    ) -> int:
        return NOT_WRITTEN


class _Timed(Journal):
    """Notes how long the disk took, s, each time that it was waited for."""

    def __init__(self, syncs_s: list[float], folder: Path) -> None:
        super().__init__(folder)
        self._syncs_s = syncs_s

    def _sync(self, *, for_good: bool = False) -> None:
        begin_s = time.perf_counter()
        super()._sync(for_good=for_good)
        self._syncs_s.append(time.perf_counter() - begin_s)


@dataclass(frozen=True, slots=True)
class _Took:
    """What two hours took: on a processor, and each wait for the disk, s."""

    processor_s: float
    syncs_s: tuple[float, ...]


def run() -> list[Result]:
    """Measure."""
    pairs = [(_hours(Recorder), _hours(_Nowhere)) for _ in range(_TURNS)]
    own_s = median(own.processor_s for own, _ in pairs)
    floor_s = median(floor.processor_s for _, floor in pairs)
    syncs_s = [each for own, _ in pairs for each in own.syncs_s]
    sync_ms = median(syncs_s) * _MS_PER_S
    return [
        Result(
            "cost: a simulated run with its journal",
            _SAMPLES / own_s,
            _SAMPLES / floor_s,
            "records/s of processor time",
            "the same run, recorded nowhere",
            median(own.processor_s / floor.processor_s for own, floor in pairs),
            "times the floor's time",
        ),
        Result(
            "cost: waiting for the disk, once a second",
            sync_ms,
            _bare_sync_s(len(syncs_s)) * _MS_PER_S,
            "ms",
            "os.fsync of as many bytes in a bare file",
            sync_ms / _MS_PER_S * 100,
            "% of the run",
        ),
    ]


def _hours(recorder_of: Callable[[Journal, Clock], Recorder]) -> _Took:
    """Two hours at 2 Hz, pump and balance."""
    clock, syncs_s = VirtualClock(START_NS), list[float]()
    timed = partial(_Timed, syncs_s)
    with (
        simulated(clock),
        connected(clock, in_process_ports(clock), timed, recorder_of) as it,
        it.bench.sampling(it.pump.read_status, _PERIOD),
        it.bench.sampling(it.balance.read_weight, _PERIOD),
    ):
        it.bench.run_for(_WARMING)
        syncs_s.clear()
        begin_s = time.process_time()
        it.bench.run_for(_HOURS)
        return _Took(time.process_time() - begin_s, tuple(syncs_s))


def _bare_sync_s(repeats: int) -> float:
    """How long the disk takes for what a run writes in a second, s."""
    times = []
    with TemporaryFile(buffering=0) as file:
        for _ in range(repeats):
            file.write(_A_SECOND)
            begin_s = time.perf_counter()
            os.fsync(file.fileno())
            times.append(time.perf_counter() - begin_s)
    return median(times)
