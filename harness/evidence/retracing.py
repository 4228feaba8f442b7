"""Writing again what is written already: a broken case, up to where it broke off."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from harness.clock import Clock
from harness.errors import PumpFinding
from harness.evidence.journal import Journal
from harness.evidence.recorder import Recorder
from harness.evidence.records import JsonValue, Kind, Record

_COMPARED: Final[Mapping[Kind, tuple[str, ...]]] = MappingProxyType(
    {
        Kind.EXCHANGE: ("port", "sent"),
        Kind.INTENT: ("instrument", "command", "details"),
        Kind.STIMULUS: ("name", "action"),
        Kind.OPERATOR: ("action",),
        Kind.CASE_BEGIN: ("case",),
        Kind.LIMIT: ("case", "requirement", "lower", "upper", "unit"),
        Kind.LOOK: ("case", "requirement", "finding"),
        Kind.VERDICT: ("case", "requirement", "verdict"),
        Kind.CASE_END: ("case", "verdict"),
    }
)
"""What must be the same; of other kinds, whose times may count, the kind alone."""


class ReplayDiverged(PumpFinding):
    """Today's code does what the recorded run did not, so nobody can answer.

    It leaves its case INCONCLUSIVE, as whatever a case does not expect does, and not
    the run: the next case has a record of its own.
    """


class RetracingRecorder(Recorder):
    """Compares with what is recorded as long as there is any, then writes.

    Args:
        journal: where it goes on.
        clock: bench time.
        recorded: what was written before, in order.
    """

    def __init__(
        self, journal: Journal, clock: Clock, recorded: Iterable[Record]
    ) -> None:
        super().__init__(journal, clock)
        self._recorded = deque(recorded)

    @property
    def left(self) -> int:
        """Number of records that have not been written again."""
        return len(self._recorded)

    def exchange(
        self,
        port: str,
        sent_ns: int,
        sent: bytes,
        received_ns: int,
        received: bytes,
        pauses: Sequence[tuple[int, int]] = (),
    ) -> int:
        """Record an exchange, or find it recorded; return its seq.

        Raises:
            ReplayDiverged: something else is recorded here.
            RecordFault: the journal cannot be written.
        """
        if not self._recorded:
            return super().exchange(port, sent_ns, sent, received_ns, received, pauses)
        return self._find(Kind.EXCHANGE, {"port": port, "sent": sent.hex()})

    def _write(
        self, kind: Kind, fields: Mapping[str, JsonValue], *, sync: bool = False
    ) -> int:
        if not self._recorded:
            return super()._write(kind, fields, sync=sync)
        return self._find(kind, fields)

    def _find(self, kind: Kind, fields: Mapping[str, JsonValue]) -> int:
        then = self._recorded[0]
        for name in _COMPARED.get(kind, ()):
            if then.kind is kind and not _same(fields.get(name), then.fields.get(name)):
                raise _other(then, f"{kind} with {name} {fields.get(name)!s:.80}")
        if then.kind is not kind:
            raise _other(then, kind)
        self._recorded.popleft()
        return then.seq


def _same(now: JsonValue, then: JsonValue) -> bool:
    """Compare as the journal does: a tuple is a list there."""
    if isinstance(now, Mapping) and isinstance(then, Mapping):
        return now.keys() == then.keys() and all(_same(now[k], then[k]) for k in now)
    if isinstance(now, list | tuple) and isinstance(then, list | tuple):
        pairs = zip(now, then, strict=False)
        return len(now) == len(then) and all(_same(*pair) for pair in pairs)
    return now == then


def _other(then: Record, what: str) -> ReplayDiverged:
    return ReplayDiverged(
        f"{then.file}, line {then.line}: the record here is of kind {then.kind}, but"
        f" {what} is to be written; the case cannot go on from its record, so begin it"
        " again"
    )
