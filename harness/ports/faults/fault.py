"""What may be wrong with a line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from harness.clock import NS_PER_MS, NS_PER_S


class FaultKind(StrEnum):
    """A kind of fault; the value is its name in a bench file."""

    NOISE = "noise"
    DROPPED = "dropped"
    DOUBLED = "doubled"
    DELAYED = "delayed"
    SPLIT = "split"
    MERGED = "merged"
    SLOW = "slow"
    STUCK = "stuck"
    SILENT = "silent"
    WRONG_BAUD = "wrong-baud"
    DISCONNECTED = "disconnected"


class Toward(StrEnum):
    """Which of the two directions is faulty."""

    HOST = "host"
    INSTRUMENT = "instrument"
    BOTH = "both"


BY_BYTE: Final = frozenset({FaultKind.NOISE, FaultKind.DROPPED, FaultKind.DOUBLED})
"""Kinds that befall single bytes."""

BOTH_WAYS: Final = BY_BYTE | {FaultKind.SILENT, FaultKind.WRONG_BAUD}
"""Kinds that may befall what is sent, too; the others concern what is received."""

RATED: Final = BY_BYTE | {
    FaultKind.DELAYED,
    FaultKind.SPLIT,
    FaultKind.MERGED,
    FaultKind.DISCONNECTED,
}
"""Kinds that happen by chance: per byte, per read (merged) or per question
(disconnected). The others hold all the time."""

USUAL_NS: Final[Mapping[FaultKind, int]] = MappingProxyType(
    {
        FaultKind.DELAYED: 50 * NS_PER_MS,
        FaultKind.SPLIT: 2 * NS_PER_MS,
        FaultKind.MERGED: 20 * NS_PER_MS,
        FaultKind.SLOW: 300 * NS_PER_MS,
        FaultKind.DISCONNECTED: 20 * NS_PER_S,
    }
)
"""How long each kind lasts that lasts, where a fault does not say, ns."""


@dataclass(frozen=True, slots=True)
class LineFault:
    """One fault of a line.

    Attributes:
        kind: what is wrong.
        rate: chance of it, 0 to 1; for what each kind draws, see `RATED`.
        toward: the faulty direction; HOST for kinds outside of `BOTH_WAYS`.
        begin_ns: time since the line was first opened at which it begins, ns.
        end_ns: the same for its end; None where it does not end.
        by_ns: how late bytes are, or for how long the line is away, ns.
        byte: what a stuck line repeats, 0 to 255.
        baud: what the far end is set to where the rates differ, bit/s.
        times: how often a line is disconnected at most.
        is_elsewhere: whether it comes back under another name only.
    """

    kind: FaultKind
    rate: float = 1.0
    toward: Toward = Toward.HOST
    begin_ns: int = 0
    end_ns: int | None = None
    by_ns: int = 0
    byte: int = 0
    baud: int = 0
    times: int = 1
    is_elsewhere: bool = False

    def is_active(self, elapsed_ns: int) -> bool:
        """Tell whether it holds at a time since the line was first opened, ns."""
        is_over = self.end_ns is not None and elapsed_ns >= self.end_ns
        return elapsed_ns >= self.begin_ns and not is_over


@dataclass(frozen=True, slots=True)
class LineFaults:
    """All faults of a line; each befalls what those before it have left.

    Attributes:
        seed: of all chances.
        faults: in the order in which they apply.
    """

    seed: int
    faults: tuple[LineFault, ...]
