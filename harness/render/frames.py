"""The raw frames behind a number: which exchanges lie in the time of a measurement.

Only the first and the last frame of a stretch are kept as they were read; the number of
the record leads to the rest.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from harness.render.record_fields import Fields, text, whole

_WORD: Final = re.compile(r"[a-z0-9]+")
# How the budget of a weighing names the readings of which a weight is the mean.
_MEAN: Final = re.compile(r"(.{1,80}): (\d{1,9}) readings about (\d{1,20}) ns")


@dataclass(frozen=True, slots=True)
class Frame:
    """One exchange as it crossed the wire.

    Attributes:
        seq: number of its record.
        t_ns: bench time at which the answer had come.
        sent: bytes sent, hex; empty where the answer came unasked.
        received: bytes received, hex; empty where none came.
    """

    seq: int
    t_ns: int
    sent: str
    received: str


@dataclass(frozen=True, slots=True)
class Frames:
    """A stretch of exchanges of one port.

    Attributes:
        what: what it is to the measurement.
        port: name of the port.
        count: how many exchanges there are, first and last included.
        first, last: the ends of the stretch.
    """

    what: str
    port: str
    count: int
    first: Frame
    last: Frame


@dataclass(slots=True)
class _PortLog:
    """The exchanges of a port, in a few bytes each: a week of them is millions."""

    times: array[int] = field(default_factory=lambda: array("q"))
    seqs: array[int] = field(default_factory=lambda: array("q"))
    ends: array[int] = field(default_factory=lambda: array("q"))
    raw: bytearray = field(default_factory=bytearray)

    def take(self, seq: int, t_ns: int, sent: str, received: str) -> None:
        self.times.append(t_ns)
        self.seqs.append(seq)
        for digits in (sent, received):
            self.raw += bytes.fromhex(digits)
            self.ends.append(len(self.raw))

    def frame(self, index: int) -> Frame:
        begin = self.ends[2 * index - 1] if index else 0
        middle, end = self.ends[2 * index], self.ends[2 * index + 1]
        return Frame(
            self.seqs[index],
            self.times[index],
            self.raw[begin:middle].hex(),
            self.raw[middle:end].hex(),
        )

    def stretch(self, what: str, port: str, first: int, count: int) -> Frames:
        last = first + count - 1
        return Frames(what, port, count, self.frame(first), self.frame(last))


class FrameLog:
    """The exchanges since a case began."""

    def __init__(self) -> None:
        self._ports: dict[str, _PortLog] = {}

    def take(self, seq: int, t_ns: int, port: str, sent: str, received: str) -> None:
        """Take in the next exchange, its bytes as hex."""
        if port not in self._ports:
            self._ports[port] = _PortLog()
        self._ports[port].take(seq, t_ns, sent, received)

    def behind(self, measurement: Fields) -> tuple[Frames, ...]:
        """The stretches behind a measurement: while it was measured, then its means.

        Args:
            measurement: the fields of its record.
        """
        instrument = text(measurement, "instrument")
        first_ns = whole(measurement, "t_start_ns")
        last_ns = whole(measurement, "t_end_ns")
        found = self._between(instrument, first_ns, last_ns)
        return (*found, *self._means(measurement))

    def _between(
        self, instrument: str, first_ns: int, last_ns: int
    ) -> Iterator[Frames]:
        for port, log in self._of(instrument):
            begin = bisect_left(log.times, first_ns)
            end = bisect_right(log.times, last_ns)
            if begin < end:
                yield log.stretch("while it was measured", port, begin, end - begin)

    def _of(self, instrument: str) -> list[tuple[str, _PortLog]]:
        """The ports that an instrument's name speaks of; all, if it speaks of none."""
        words = set(_WORD.findall(instrument.lower()))
        named = [
            (port, log)
            for port, log in self._ports.items()
            if words.issuperset(_WORD.findall(port.lower()))
        ]
        return named or list(self._ports.items())

    def _means(self, measurement: Fields) -> Iterator[Frames]:
        budget = measurement.get("budget")
        for line in budget if isinstance(budget, list | tuple) else ():
            if isinstance(line, dict) and (
                said := _MEAN.fullmatch(text(line, "cause"))
            ):
                port, count, t_ns = said[1], int(said[2]), int(said[3])
                yield from self._mean(text(line, "name"), port, count, t_ns)

    def _mean(self, what: str, port: str, count: int, t_ns: int) -> Iterator[Frames]:
        """So many exchanges in a row whose mean time is this very one, or nothing."""
        log = self._ports.get(port)
        if log is None or not 0 < count <= len(log.times):
            return
        times, middle = log.times, bisect_left(log.times, t_ns)
        first = max(0, middle - count)
        whole_ns = sum(times[first : first + count])
        for end in range(first + count, min(middle + count, len(times)) + 1):
            if whole_ns // count == t_ns:
                yield log.stretch(
                    f"{what}: the mean of these", port, end - count, count
                )
                return
            if end < len(times):
                whole_ns += times[end] - times[end - count]
