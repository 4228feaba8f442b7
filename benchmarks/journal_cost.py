"""What the journal costs a run: the same simulated hours with and without one.

The ways take turns, and the median of the ratios within a turn counts: whatever slows
the computer down slows all of them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
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


class _Unsynced(Journal):
    """Leaves it to the system when its lines come to the disk."""

    def _sync(self) -> None:
        return


@dataclass(frozen=True, slots=True)
class _Way:
    """How a run is recorded."""

    journal: Callable[[Path], Journal]
    recorder: Callable[[Journal, Clock], Recorder]


_SYNCED: Final = _Way(Journal, Recorder)
_WITHOUT_SYNC: Final = _Way(_Unsynced, Recorder)
_WITHOUT_JOURNAL: Final = _Way(Journal, _Nowhere)


def run() -> list[Result]:
    """Measure."""
    ways = _SYNCED, _WITHOUT_SYNC, _WITHOUT_JOURNAL
    turns = [[_hours_s(way) for way in ways] for _ in range(_TURNS)]
    synced, unsynced, nowhere = (median(times) for times in zip(*turns, strict=True))
    return [
        _result(
            "cost: a simulated run with its journal",
            (synced, nowhere),
            median(turn[0] / turn[2] for turn in turns),
            "the same run, recorded nowhere",
        ),
        _result(
            "cost: the journal on the disk once a second",
            (synced, unsynced),
            median(turn[0] / turn[1] for turn in turns),
            "the same run, its journal never synced",
        ),
    ]


def _result(name: str, seconds: tuple[float, float], ratio: float, than: str) -> Result:
    measured, floor = (_SAMPLES / each for each in seconds)
    return Result(
        name, measured, floor, "records/s", than, ratio, "times the floor's time"
    )


def _hours_s(way: _Way) -> float:
    """Wall time of two hours at 2 Hz, pump and balance."""
    clock = VirtualClock(START_NS)
    with (
        simulated(clock),
        connected(clock, in_process_ports(clock), way.journal, way.recorder) as it,
        it.bench.sampling(it.pump.read_status, _PERIOD),
        it.bench.sampling(it.balance.read_weight, _PERIOD),
    ):
        it.bench.run_for(_WARMING)
        begin_s = time.perf_counter()
        it.bench.run_for(_HOURS)
        return time.perf_counter() - begin_s
